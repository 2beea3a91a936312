/**
 * What a run of a consignment's workflow begins with: the record folded, without what is settled for good, and of what is owed no
 * more than a page. However long a life was, a page is bounded, and what it leaves out comes with the next.
 */
import type { Delivery, Ledger } from '../domain/deliveries.ts';
import type { Fact } from '../domain/facts.ts';
import { owed } from '../domain/obligations.ts';
import { emptyState, fold } from '../domain/state.ts';
import { forget, type WorkingMemory } from '../domain/working-memory.ts';
import { type DeliveryRow, toDelivery } from './consignments.ts';
import type { Queryable } from './database.ts';

export interface Page extends WorkingMemory {
  /** Where the next page begins; undefined where this is the last. */
  readonly next?: number;
}

interface Row {
  readonly seq: number;
  readonly envelope: Fact;
}

/** Bytes of JSON that a page holds at most, less what a run is told besides. */
const pageBytes = 30 * 1024;
const rowsAtOnce = 200;

/** Kinds of which a consignment has few, or of which only the latest stands. */
const few = ['order', 'labels', 'tracking', 'plan', 'hint', 'cancellation', 'resend', 'merged', 'revived', 'verdict', 'presence', 'held'];

/** A page of what the record knows of a consignment; `after` is what the page before answered as `next`. */
export async function load(db: Queryable, consignment: string, after = 0): Promise<Page> {
  const facts = await db.query<Row>(standing, [consignment, few]);
  const base = fold(
    emptyState,
    facts.rows.map((row) => row.envelope),
  );
  const ledger: Record<string, Delivery> = {};
  const settled = await db.query<DeliveryRow>(`select ${columns} from delivery d where consignment = $1 and key = any($2)`, [
    consignment,
    ['order', 'plan', 'references', 'labels', 'cancel', ...owed(base).map(({ key }) => key)],
  ]);
  for (const row of settled.rows) ledger[row.key] = toDelivery(row);
  let memory = forget({ state: base, ledger });
  let bytes = sizeOf(memory);
  for (let from = after; ; ) {
    const { rows } = await db.query<Row>(unsettled, [consignment, few, from, rowsAtOnce]);
    for (const { memory: one, seq } of await whatIsOwed(db, consignment, rows)) {
      bytes += sizeOf(one);
      if (bytes > pageBytes) return { ...memory, next: seq - 1 };
      memory = { state: fold(memory.state, Object.values(one.state.subjects)), ledger: { ...memory.ledger, ...one.ledger } };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return memory;
    from = last.seq;
  }
}

const sizeOf = (memory: WorkingMemory) => Buffer.byteLength(JSON.stringify(memory));

/** Each of the facts by itself with what is known of what it owes, where anything is open. */
async function whatIsOwed(db: Queryable, consignment: string, rows: readonly Row[]): Promise<{ seq: number; memory: WorkingMemory }[]> {
  const each = rows.map(({ seq, envelope }) => {
    const state = fold(emptyState, [envelope]);
    return { seq, state, keys: owed(state).map(({ key }) => key) };
  });
  const keys = [...new Set(each.flatMap((one) => one.keys))];
  const known = await db.query<DeliveryRow>(`select ${columns} from delivery d where consignment = $1 and key = any($2)`, [
    consignment,
    keys,
  ]);
  const ledger = new Map(known.rows.map((row) => [row.key, toDelivery(row)]));
  return each.flatMap(({ seq, state, keys: own }) => {
    const mine: Ledger = Object.fromEntries(own.flatMap((key) => [[key, ledger.get(key)] as const]).filter(isKnown));
    const memory = forget({ state, ledger: mine });
    return Object.keys(memory.state.subjects).length === 0 ? [] : [{ seq, memory }];
  });
}

const isKnown = (entry: readonly [string, Delivery | undefined]): entry is readonly [string, Delivery] => entry[1] !== undefined;

const columns = 'd.key, d.digest, d.revision, d.state, d.ever, d.cause, d.until, d.settled_at, d.written_at';

/**
 * What stands, whatever is settled: the snapshots, the latest milestone of each name and the latest POD, what a person asked to
 * have sent again, and the latest that was refused or is unknown.
 */
const standing = `
  select seq, envelope from fact where consignment = $1 and kind = any($2)
  union
  (select distinct on (kind, envelope->>'milestone') seq, envelope from fact where consignment = $1 and kind in ('milestone', 'pod')
    order by kind, envelope->>'milestone', envelope->>'at' desc, id desc)
  union
  select f.seq, f.envelope from fact r join delivery d on d.consignment = r.consignment and d.key = r.envelope->>'obligation'
    join fact f on f.consignment = d.consignment and f.id = d.fact
   where r.consignment = $1 and r.kind = 'resend' and d.revision < (r.envelope->>'revision')::int
  union
  select f.seq, f.envelope from
    (select fact from delivery where consignment = $1 and state in ('refused', 'unknown') order by settled_at desc limit 20) d
    join fact f on f.consignment = $1 and f.id = d.fact`;

/** Facts of which something may be open, in the order of arrival. Each owes one thing or two: it is left out where two are settled, or its only one. */
const unsettled = `
  select f.seq, f.envelope from fact f
   where f.consignment = $1 and not f.kind = any($2) and f.seq > $3
     and (select count(*) from delivery d
           where d.consignment = $1 and d.fact = f.id and d.state in ('delivered', 'void', 'erased', 'refused', 'unknown'))
         < case when f.kind = 'refresh' then 2
                when f.kind = 'milestone' and f.envelope->>'via' = 'push' and f.envelope->>'milestone' in ('delivered', 'failed') then 2
                when f.kind = 'document' and f.envelope->>'via' = 'push' and f.envelope->>'role' in ('signature', 'pod') then 2
                else 1 end
   order by f.seq limit $4`;
