/**
 * Parked facts: held with a stated cause, never dropped. What was heard of a consignment that nobody knows, or that a weak name
 * does not single out, waits under its names.
 */

import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import type { Message } from '../../domain/facts/reading.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { isOfOwnOrder } from '../../domain/obligations/kinds.ts';
import { showCause } from '../../domain/words/causes.ts';
import { judgeCancelled } from '../decisions/cancellations.ts';
import type { Name, NameMatches } from '../identity/identity.ts';
import { mergeAndLock } from '../identity/merge.ts';
import { reinstateIfOrderedAgain } from '../identity/reinstatement.ts';
import type { Database, Queryable } from '../postgres/database.ts';
import { inTransaction, now } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { numberIn, organisationsAsked, type PageAsked, type PageOf, pageByNumber } from '../postgres/pages.ts';
import { toCause } from '../record/causes.ts';
import { envelopeOf, type Provenance } from '../record/facts.ts';
import { touchByFact } from '../record/touch.ts';
import { toCharge } from './charges.ts';
import { lookAfter } from './evidence.ts';

/** Facts attached in one statement at most. */
const batch = 1_000;

/**
 * What is parked is known by its id and its strongest names: a plan of one trip has one id for all its orders. On its
 * consignment it has the id that its source gave it.
 */
export async function park(
  tx: Queryable,
  heard: Message,
  names: readonly Name[],
  pointed: NameMatches,
  said: Provenance,
): Promise<void> {
  const strong = names.some((name) => name.strong);
  const whose = names.filter((name) => name.strong === strong).map((name) => `${name.kind}=${name.value}`);
  for (const fact of heard.facts) {
    const id = [fact.id, ...whose].join('|');
    const known = await tx.query('select 1 from fact where organisation = $1 and id = $2 and consignment is null', [
      said.organisation,
      id,
    ]);
    if (known.rows.length > 0) continue;
    const envelope = await envelopeOf(tx, null, fact, said);
    const { rows } = await tx.query<{ seq: number }>(
      `insert into fact (organisation, consignment, id, kind, subject, at, heard, envelope, journal, state, cause, said)
       values ($1, null, $2, $3, $10, $4, $5, $6, $7, 'parked', $8, $9)
       on conflict (organisation, id) where consignment is null do nothing returning seq`,
      [
        said.organisation,
        id,
        fact.kind,
        fact.at,
        said.heard,
        storableJson(envelope),
        said.journal,
        causeOf(pointed),
        fact.said ?? null,
        subjectOf(envelope),
      ],
    );
    const seq = rows[0]?.seq;
    if (seq === undefined) continue;
    await tx.query(
      'insert into parked_alias (fact, organisation, kind, value) select $1, $2, k, v from unnest($3::text[], $4::text[]) as n (k, v) on conflict do nothing',
      [seq, said.organisation, names.map((n) => n.kind), names.map((n) => n.value)],
    );
  }
}

function causeOf({ consignments, by }: NameMatches): Cause {
  if (consignments.length < 2) return { code: 'unmatched' };
  return { code: 'ambiguous', by, count: consignments.length, consignments: consignments.slice(0, 5) };
}

interface Attached {
  readonly seq: number;
  readonly consignment: string;
}

/** A pallet is scanned around the time at which it is labelled: a scan that is older, in days, is of another pallet with that barcode. */
const scanDays = 14;

/**
 * Gives parked facts to the consignments that their strong names point to by now (all names where none are given), and a scan that names
 * its pallet alone to the one open consignment that has that barcode; a consignment number decides nothing here. A fact the consignment has already is dropped. Answers how many were attached. Run it once more after
 * the parking transaction has committed: a name that appeared between the look-up and the parking is found then.
 */
export async function matchParked(tx: Queryable, organisation: string, names?: readonly Name[]): Promise<number> {
  const strong = names?.filter((name) => name.strong);
  const barcodes = names?.filter(({ kind }) => kind === 'barcode');
  const byStrong =
    strong?.length === 0 ? 0 : await matchAll(tx, organisation, () => byStrongNames(tx, organisation, strong));
  const byLabel =
    barcodes?.length === 0
      ? 0
      : await matchAll(tx, organisation, () =>
          byBarcodes(
            tx,
            organisation,
            barcodes?.map(({ value }) => value),
          ),
        );
  return byStrong + byLabel;
}

interface Matched {
  readonly seq: number;
  readonly envelope: Fact;
  /** Consignments that its names point to. */
  readonly living: string[];
  /** The one whose order at Qargo it names. */
  readonly own: string | null;
}

async function byStrongNames(
  tx: Queryable,
  organisation: string,
  strong: readonly Name[] | undefined,
): Promise<Matched[]> {
  const { rows } = await tx.query<Matched>(
    `select f.seq, f.envelope, array_agg(distinct coalesce(c.merged_into, c.id)) as living,
            min(c.id) filter (where a.kind in ('qargoOrderId', 'orderIdentifier')) as own
       from fact f
       join parked_alias p on p.fact = f.seq
       join alias a on a.organisation = p.organisation and a.kind = p.kind and a.value = p.value and a.valid_to is null and a.strong
       join consignment c on c.id = a.consignment
      where f.organisation = $1 and f.state = 'parked' and f.consignment is null
        and ($2::text[] is null or f.seq in (
              select n.fact from parked_alias n join unnest($2::text[], $3::text[]) as asked (k, v) on asked.k = n.kind and asked.v = n.value
               where n.organisation = $1))
      group by f.seq, f.envelope order by f.seq limit $4`,
    [organisation, strong?.map((n) => n.kind) ?? null, strong?.map((n) => n.value) ?? null, batch],
  );
  return rows;
}

/** What names nothing but barcodes, and of which exactly one open consignment has these by its latest labels. */
async function byBarcodes(
  tx: Queryable,
  organisation: string,
  barcodes: readonly string[] | undefined,
): Promise<Matched[]> {
  const { rows } = await tx.query<Matched>(
    `select f.seq, f.envelope, array_agg(distinct c.id) as living, null::text as own
       from fact f
       join parked_alias p on p.fact = f.seq
       join alias a on a.organisation = p.organisation and a.kind = p.kind and a.value = p.value and a.valid_to is null
       join consignment c on c.id = a.consignment and c.closed_at is null and c.merged_into is null
      where f.organisation = $1 and f.state = 'parked' and f.consignment is null and f.heard > clock_timestamp() - $4 * interval '1 day'
        and not exists (select 1 from parked_alias o where o.fact = f.seq and o.kind <> 'barcode')
        and ($2::text[] is null or f.seq in (
              select n.fact from parked_alias n where n.organisation = $1 and n.kind = 'barcode' and n.value = any($2)))
      group by f.seq, f.envelope having count(distinct c.id) = 1 order by f.seq limit $3`,
    [organisation, barcodes ?? null, batch, scanDays],
  );
  return rows;
}

/** Attaches all that is found, batch by batch. */
async function matchAll(tx: Queryable, organisation: string, find: () => Promise<readonly Matched[]>): Promise<number> {
  let matched = 0;
  for (;;) {
    const rows = await find();
    if (rows.length === 0) return matched;
    const attached: Attached[] = [];
    const known = new Map<string, string>();
    for (const { seq, envelope, living, own } of rows) {
      const of = living.join(' ');
      // Strong names of two consignments in one message prove that they are one.
      const consignment = known.get(of) ?? (await mergeAndLock(tx, organisation, living));
      known.set(of, consignment);
      attached.push({ seq, consignment: isOfOwnOrder(envelope as NewFact) ? (own ?? consignment) : consignment });
    }
    const kept = new Set(
      await attachAsNews(tx, organisation, attached, new Map(rows.map((row) => [row.seq, row.envelope]))),
    );
    for (const each of new Set(attached.map(({ consignment }) => consignment))) {
      const mine = attached
        .filter(({ seq, consignment }) => consignment === each && kept.has(seq))
        .map(({ seq }) => seq);
      const news = rows.filter(({ seq }) => mine.includes(seq)).map(({ envelope }) => envelope);
      await lookAfter(tx, organisation, each, news);
      // It may have been said as created since.
      if (news.some(({ kind }) => kind === 'cancellation')) {
        await reinstateIfOrderedAgain(tx, each, { organisation, journal: null, heard: await now(tx), via: 'push' });
        await judgeCancelled(tx, { organisation, consignment: each });
      }
    }
    matched += rows.length;
    if (rows.length < batch) return matched;
  }
}

/**
 * Attaches what is news. Whom a change of what is charged for is owed to, and whether it is one, is decided by what its consignment
 * knows: each is asked once those before it are attached.
 */
async function attachAsNews(
  tx: Queryable,
  organisation: string,
  attached: readonly Attached[],
  envelopes: ReadonlyMap<number, Fact>,
): Promise<number[]> {
  const isCharge = ({ seq }: Attached) => envelopes.get(seq)?.kind === 'charge';
  const kept = await attach(
    tx,
    attached.filter((each) => !isCharge(each)),
  );
  for (const each of attached.filter(isCharge)) {
    const envelope = envelopes.get(each.seq);
    if (envelope?.kind !== 'charge') continue;
    const news = await toCharge(tx, organisation, each.consignment, envelope);
    if (news === null)
      await tx.query(`delete from fact where seq = $1 and state = 'parked' and consignment is null`, [each.seq]);
    else {
      await tx.query(
        `update fact set envelope = envelope || $2 where seq = $1 and state = 'parked' and consignment is null`,
        [each.seq, storableJson({ old: news.old, owe: news.owe })],
      );
      kept.push(...(await attach(tx, [each])));
    }
  }
  return kept;
}

/** Answers which of them their consignments did not have yet. */
async function attach(tx: Queryable, attached: readonly Attached[]): Promise<number[]> {
  const seqs = attached.map(({ seq }) => seq);
  // Another may have attached them since: then they are parked no more.
  const mine = await tx.query<{ seq: number }>(
    `select seq from fact where seq = any($1) and state = 'parked' and consignment is null order by seq for update`,
    [seqs],
  );
  const free = new Set(mine.rows.map(({ seq }) => seq));
  const rest = attached.filter(({ seq }) => free.has(seq));
  const columns = [rest.map(({ seq }) => seq), rest.map(({ consignment }) => consignment)];
  // One message parked under two sets of names is one fact on its consignment.
  const { rows } = await tx.query<{ seq: number; organisation: string; consignment: string; envelope: Fact }>(
    `with asked as (
       select distinct on (n.consignment, f.envelope->>'id') f.seq, n.consignment, f.envelope->>'id' as id
         from unnest($1::bigint[], $2::text[]) as n (seq, consignment) join fact f on f.seq = n.seq
        order by n.consignment, f.envelope->>'id', f.seq
     )
     update fact f set consignment = asked.consignment, id = asked.id, state = 'kept', cause = null
       from asked
      where f.seq = asked.seq and not exists (select 1 from fact k where k.consignment = asked.consignment and k.id = asked.id)
     returning f.seq, f.organisation, f.consignment, f.envelope`,
    columns,
  );
  const kept = rows.map(({ seq }) => seq);
  for (const row of rows) touchByFact(tx, row.organisation, row.consignment, row.envelope, true);
  await tx.query('delete from fact where seq = any($1) and not seq = any($2)', [columns[0], kept]);
  await tx.query(
    `update content c set consignment = f.consignment from fact f
      where f.seq = any($1) and f.envelope ? 'content' and c.id = (f.envelope->>'content')::bigint`,
    [kept],
  );
  return kept;
}

export interface ParkedFact {
  readonly seq: number;
  readonly organisation: string;
  /** Null where it is not known whose it is. */
  readonly consignment: string | null;
  readonly kind: string;
  readonly source: string;
  readonly at: string;
  readonly heard: string;
  readonly cause: string | null;
  /** Its code. */
  readonly code: string | null;
  /** The names it came with, `kind=value`. */
  readonly names: readonly string[];
}

/** A page of what is parked, oldest first; 100 where no limit is said. @throws AskedWrongly */
export async function parkedFacts(
  db: Queryable,
  { organisation, limit = 100, cursor }: PageAsked = {},
): Promise<PageOf<ParkedFact>> {
  const { rows } = await db.query<
    Omit<ParkedFact, 'at' | 'heard' | 'cause' | 'code'> & { at: Date; heard: Date; cause: unknown }
  >(
    `select f.seq, f.organisation, f.consignment, f.kind, f.envelope->>'source' as source, f.at, f.heard, f.cause,
            coalesce((select array_agg(p.kind || '=' || p.value order by p.kind, p.value) from parked_alias p where p.fact = f.seq), '{}') as names
       from ${organisationsAsked('$1')} org cross join lateral (
              select * from fact p where p.organisation = org.id and p.state = 'parked' and p.seq > $3 order by p.seq limit $2) f
      order by f.seq limit $2`,
    [organisation ?? null, limit + 1, numberIn(cursor)],
  );
  return pageByNumber(
    rows.map((row) => ({
      ...row,
      ...showCause(toCause(row.cause)),
      at: row.at.toISOString(),
      heard: row.heard.toISOString(),
    })),
    limit,
  );
}

/** Looks up again whose a parked fact is. Answers what became of it (`parked`: still so), null where no such fact is parked. */
export async function tryParkedAgain(db: Database, seq: number): Promise<'new' | 'parked' | null> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{ organisation: string; consignment: string | null }>(
      `select organisation, consignment from fact where seq = $1 and state = 'parked' for update`,
      [seq],
    );
    const [fact] = rows;
    if (fact === undefined) return null;
    await matchParked(tx, fact.organisation);
    const still = await tx.query(`select 1 from fact where seq = $1 and state = 'parked'`, [seq]);
    return still.rows.length > 0 ? 'parked' : 'new';
  });
}
