/**
 * What a run of a consignment's workflow begins with: the record folded, without what is settled for good, and of what is owed no
 * more than a page. However long a life was, a page is bounded, and what it leaves out comes with the next.
 */
import { type Delivery, type Ledger, settles } from '../domain/deliveries.ts';
import { ledgerOf, marked } from '../domain/digests.ts';
import type { Fact, FactKind } from '../domain/facts.ts';
import { type Lane, lanes } from '../domain/lanes.ts';
import { owed } from '../domain/obligations.ts';
import { nothingWithheld, rowOf, type Sort, sortsWithheld, switchedOff, type Withheld } from '../domain/rows.ts';
import { emptyState, fold, isEnded } from '../domain/state.ts';
import { explained, forget, remembered, type WorkingMemory } from '../domain/working-memory.ts';
import { type DeliveryRow, deliveriesTold, toDelivery } from './consignments.ts';
import type { Queryable } from './database.ts';

export interface Page extends WorkingMemory {
  /** Lanes of which more is owed than this page holds. */
  readonly more: readonly Lane[];
}

/** A page beyond what is held already. */
export interface Beyond {
  readonly lanes: readonly Lane[];
  /** Ids of the facts that are held. */
  readonly facts: readonly string[];
}

/** Bytes of JSON that a page holds at most, less what a run is told besides. */
const pageBytes = 30 * 1024;
/** Of these at most for what a person must look at, for what one asked to have sent again, and for each lane that fills slowly. */
const stuckBytes = 7 * 1024;
const againBytes = 5 * 1024;
const slowLaneBytes = 4 * 1024;
const rowsAtOnce = 120;
const resendsAtOnce = 20;

/** Facts of which only the unsettled matter, lane by lane, in the order in which they are loaded. */
const streams: readonly { readonly lane: Lane; readonly kinds: readonly FactKind[] }[] = [
  { lane: 'qargo', kinds: ['milestone', 'document', 'refresh', 'exception', 'proof'] },
  { lane: 'files', kinds: ['document'] },
  { lane: 'palletways', kinds: ['pod'] },
  { lane: 'palletways', kinds: ['scan', 'milestone', 'exception', 'refresh'] },
];
/** Of these more than its cancellation is told of what was cancelled. */
const proved: typeof streams = [
  { lane: 'files', kinds: ['document'] },
  { lane: 'palletways', kinds: ['pod'] },
];
/** A case owes nothing: people see it in the record. */
const many: readonly FactKind[] = ['case', ...new Set(streams.flatMap(({ kinds }) => kinds))];
const settled = ['delivered', 'void', 'refused', 'unknown', 'erased'];

/**
 * A page of what the record knows of a consignment. The first holds what stands, whatever is settled, and what is owed, in each
 * lane the oldest first; one `beyond` holds only what is owed. Of what is switched off nothing is owed.
 */
export async function load(db: Queryable, consignment: string, beyond?: Beyond, withheld: Withheld = nothingWithheld): Promise<Page> {
  const page = new Filling(db, consignment, beyond?.facts ?? [], withheld);
  const end = beyond === undefined ? await page.addWhatStands() : null;
  if (end === 'merged') return page.done([]);
  const asked = beyond?.lanes ?? lanes;
  const more = new Set<Lane>((await page.addAskedAgain()) ? asked : []);
  for (const { lane, kinds } of end === 'cancelled' ? proved : streams) {
    if (!asked.includes(lane)) continue;
    if (await page.addUnsettled(lane, kinds, lane === 'palletways' ? pageBytes : slowLaneBytes)) more.add(lane);
  }
  return page.done([...more]);
}

/** A page while it is filled. */
class Filling {
  readonly #db: Queryable;
  readonly #consignment: string;
  readonly #held: readonly string[];
  readonly #withheld: Withheld;
  readonly #facts = new Map<string, Fact>();
  readonly #ledger: Record<string, Delivery> = {};
  #bytes = 0;
  #stuck = 0;

  constructor(db: Queryable, consignment: string, held: readonly string[], withheld: Withheld) {
    this.#db = db;
    this.#consignment = consignment;
    this.#held = held;
    this.#withheld = withheld;
  }

  done(more: readonly Lane[]): Page {
    const memory = forget({ state: fold(emptyState, this.#facts.values()), ledger: this.#ledger }, this.#withheld);
    const shown = owed(memory.state, this.#withheld).filter((o) => isCounted(o) && isStuck(memory.ledger[o.key])).length;
    const { stuck: _, ...rest } = memory;
    const ledger = ledgerOf(marked, memory.ledger, memory.state);
    return { ...rest, ledger, ...(this.#stuck > shown ? { stuck: this.#stuck - shown } : {}), more };
  }

  /** Adds what does not depend on what is settled, and what a person is to see; answers how it ended, null where it did not. */
  async addWhatStands(): Promise<'merged' | 'cancelled' | null> {
    const standing = await this.#read(standingFacts, [many, [...remembered]]);
    const base = fold(emptyState, standing);
    const keys = owed(base).map(({ key }) => key);
    for (const [key, delivery] of await this.#ledgerOf([...remembered, ...keys])) this.#ledger[key] = delivery;
    for (const fact of standing) this.#facts.set(fact.id, fact);
    this.#bytes = sizeOf([standing, this.#ledger]) + 100 * standing.length;
    const end = !isEnded(base) ? null : base.subjects.merged === undefined ? 'cancelled' : 'merged';
    if (end === 'merged') return end;

    // Of what was cancelled its proof alone can be work for a person.
    const none = end === null ? sortsWithheld(this.#withheld) : sorts.filter((sort) => !proving.has(sort) || this.#isOff(sort));
    const { rows } = await this.#db.query<{ n: number }>(stuckCount, [this.#consignment, [...remembered], none]);
    this.#stuck = rows[0]?.n ?? 0;
    const full = this.#bytes + stuckBytes;
    if (this.#stuck > 0)
      for (const fact of await this.#read(stuckFacts, [[...remembered], none, explained])) await this.#addWithLedger(fact, full);
    return end;
  }

  /** Adds resends that were not met and what they ask for again; true where some were left out. */
  async addAskedAgain(): Promise<boolean> {
    const full = this.#bytes + againBytes;
    const { rows } = await this.#db.query<{ envelope: Fact; again: Fact | null }>(askedAgain, [
      this.#consignment,
      settled,
      this.#held,
      resendsAtOnce,
    ]);
    for (const { envelope, again } of rows) {
      if (again !== null && !(await this.#addWithLedger(again, full))) return true;
      if (!this.#add(envelope, full)) return again !== null;
    }
    return rows.length === resendsAtOnce && rows.at(-1)?.again !== null;
  }

  /** Adds of a lane what is not settled, in the order of arrival, up to `room` bytes; true where something was left out. */
  async addUnsettled(lane: Lane, kinds: readonly FactKind[], room: number): Promise<boolean> {
    const full = Math.min(pageBytes, this.#bytes + room);
    for (let after = 0; ; ) {
      const { rows } = await this.#db.query<{ seq: number; envelope: Fact }>(unsettled(lane), [
        this.#consignment,
        kinds,
        after,
        settled,
        this.#held,
        rowsAtOnce,
      ]);
      const ledger = new Map(await this.#ledgerOf(rows.flatMap(({ envelope }) => owedFor(envelope).map(({ key }) => key))));
      for (const { envelope } of rows) {
        if (this.#facts.has(envelope.id) || owedFor(envelope).every((o) => this.#isOff(o.sort) || settles(ledger.get(o.key), o))) continue;
        if (!this.#add(envelope, full, ledger)) return true;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsAtOnce) return false;
      after = last.seq;
    }
  }

  async #addWithLedger(fact: Fact, full: number): Promise<boolean> {
    return this.#facts.has(fact.id) || this.#add(fact, full, new Map(await this.#ledgerOf(owedFor(fact).map(({ key }) => key))));
  }

  #add(fact: Fact, full: number, ledger: ReadonlyMap<string, Delivery> = new Map()): boolean {
    const entries = owedFor(fact).flatMap(({ key }) => {
      const delivery = ledger.get(key);
      return delivery === undefined ? [] : [delivery];
    });
    // Each stands under its subject or key, too.
    const bytes = sizeOf([fact, entries]) + 100 * (1 + entries.length);
    if (this.#bytes + bytes > full) return false;
    this.#bytes += bytes;
    this.#facts.set(fact.id, fact);
    for (const delivery of entries) this.#ledger[delivery.key] = delivery;
    return true;
  }

  #isOff(sort: Sort): boolean {
    return switchedOff(sort, this.#withheld) !== undefined;
  }

  async #read(sql: string, values: readonly unknown[]): Promise<Fact[]> {
    const { rows } = await this.#db.query<{ envelope: Fact }>(sql, [this.#consignment, ...values]);
    return rows.map(({ envelope }) => envelope);
  }

  async #ledgerOf(keys: readonly string[]): Promise<[string, Delivery][]> {
    if (keys.length === 0) return [];
    const { rows } = await this.#db.query<DeliveryRow>(`select * from ${deliveriesTold} as d where consignment = $1 and key = any($2)`, [
      this.#consignment,
      keys,
    ]);
    return rows.map((row) => [row.key, toDelivery(row)]);
  }
}

const sorts = Object.keys(rowOf) as Sort[];
const proving: ReadonlySet<Sort> = new Set(['pod', 'file', 'file:exception']);
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
/** Whether `stuck` below counts it; of the others what stands is always here. */
const isCounted = (o: { readonly key: string; readonly kind: string }) =>
  !remembered.has(o.key) && o.kind !== 'consignment' && o.kind !== 'charge' && o.kind !== 'close-out';
const isStuck = (delivery: Ledger[string] | undefined) => delivery?.state === 'refused' || delivery?.state === 'unknown';
/** What a fact owes by itself. */
const owedFor = (fact: Fact) => owed(fold(emptyState, [fact]));

/**
 * What stands, whatever is settled: of what is true until something newer is, the latest of each subject (as `standing` in
 * domain/state.ts orders them), less estimates of stops that were reached since; the latest milestone of each name and the latest POD;
 * every verdict; of the resends the last of what later versions replace, and the one with the highest revision.
 */
const standingFacts = `
  (select distinct on (kind, envelope->>'trackingId' is null, envelope->>'stop', envelope ? 'bookIn') envelope from fact
    where consignment = $1 and not kind = any($2) and kind not in ('resend', 'charge', 'verdict', 'revived')
      and not (kind = 'eta' and exists (select 1 from fact m where m.consignment = $1 and m.kind = 'milestone'
                                         and m.envelope->>'stop' = fact.envelope->>'stop' and m.envelope->>'at' >= fact.envelope->>'at'))
    order by kind, envelope->>'trackingId' is null, envelope->>'stop', envelope ? 'bookIn',
             coalesce(envelope->>'seen', envelope->>'at') collate "C" desc, id collate "C" desc)
  union all
  (select distinct on (envelope->>'charge', envelope->>'about') envelope from fact where consignment = $1 and kind = 'charge'
    order by envelope->>'charge', envelope->>'about', envelope->>'heard' collate "C" desc, id collate "C" desc)
  union all
  (select distinct on (kind, envelope->>'milestone') envelope from fact where consignment = $1 and kind in ('milestone', 'pod')
    order by kind, envelope->>'milestone', (case when envelope ? 'doubt' then envelope->>'heard' else envelope->>'at' end) collate "C" desc,
             id collate "C" desc)
  union all
  (select envelope from fact where consignment = $1 and kind in ('verdict', 'revived'))
  union all
  (select distinct on (envelope->>'obligation') envelope from fact
    where consignment = $1 and kind = 'resend' and envelope->>'obligation' = any($3)
    order by envelope->>'obligation', (envelope->>'revision')::int desc, envelope->>'at' collate "C" desc, id collate "C" desc)
  union all
  (select envelope from fact where consignment = $1 and kind = 'resend' order by (envelope->>'revision')::int desc limit 1)`;

/**
 * What a person asked to have sent again and was not since, with the fact it is of where it was tried before; that first, and the
 * newest first. What was never tried is found with what is not settled.
 */
const askedAgain = `
  select r.envelope, f.envelope as again
    from (select distinct on (envelope->>'obligation') seq, id, envelope from fact where consignment = $1 and kind = 'resend'
           order by envelope->>'obligation', (envelope->>'revision')::int desc, envelope->>'at' collate "C" desc, id collate "C" desc) r
    left join delivery d on d.consignment = $1 and d.key = r.envelope->>'obligation'
    left join fact f on f.consignment = $1 and f.id = d.fact
   where not r.id = any($3)
     and (d.key is null or not (d.state = any($2) and d.revision >= (r.envelope->>'revision')::int))
   order by f.seq is null, r.seq desc limit $4`;

/** What `sortOf` in domain/rows.ts says of the delivery `d`; of a fact that is not here its kind. */
const sortInSql = `d.kind || coalesce((
  select case when s.kind = 'document' and s.envelope->>'role' = 'exception-photo' then ':exception'
              when s.kind = 'verdict' and s.envelope->>'on' ~ '^cancel(:|$)' then ':cancel' end
    from fact s where d.kind in ('file', 'verdict') and s.consignment = d.consignment and s.id = d.fact), '')`;

/** Refused or unknown, and nobody asked since to have it sent again. What later versions replace is told by what stands. */
const stuck = `
  from delivery d where d.consignment = $1 and d.state in ('refused', 'unknown') and not d.key = any($2) and d.kind not in ('consignment', 'charge', 'close-out')
   and not ${sortInSql} = any($3)
   and not exists (select 1 from fact r where r.consignment = $1 and r.kind = 'resend' and r.envelope->>'obligation' = d.key
                      and (r.envelope->>'revision')::int > d.revision)`;
const stuckCount = `select count(*) as n ${stuck}`;
const stuckFacts = `
  select f.envelope from (select d.fact, d.settled_at ${stuck} order by d.settled_at desc limit $4) d
    join fact f on f.consignment = $1 and f.id = d.fact order by d.settled_at desc`;

/** The outcome that settles what a fact owes in a lane. */
const outcomeIn: Readonly<Record<Lane, string>> = {
  palletways: `d.counterpart = 'palletways' and d.kind <> 'file'`,
  files: `d.kind = 'file'`,
  qargo: `d.counterpart = 'qargo'`,
};
/** Which facts of these kinds owe something there, as `owed` in domain/obligations.ts says. */
const owesIn: Readonly<Record<Lane, string>> = {
  palletways: `not (f.kind = 'exception' and f.envelope->>'source' = 'palletways')`,
  files: 'true',
  qargo: `(f.kind in ('refresh', 'proof') or f.kind = 'exception' and f.envelope->>'source' = 'palletways' or f.envelope->>'via' = 'push'
           and (f.envelope->>'milestone' in ('delivered', 'failed') or f.envelope->>'role' in ('signature', 'pod')))`,
};
// `not in`: what is settled is read once. For `not exists` the planner may go through all of it for each fact, where it takes a long life for a short one.
const unsettled = (lane: Lane) => `
  select f.seq, f.envelope from fact f
   where f.consignment = $1 and f.kind = any($2) and f.seq > $3 and ${owesIn[lane]} and not f.id = any($5)
     and f.id not in (select d.fact from delivery d where d.consignment = $1 and d.state = any($4) and ${outcomeIn[lane]})
   order by f.seq limit $6`;
