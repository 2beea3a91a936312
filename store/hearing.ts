/**
 * From what was heard to fact rows, in one transaction: match to a consignment, drop what is no news, store content once,
 * park what cannot be matched. The fact row is what is dispatched, parked and marked.
 */
import type { Fact, NewFact, Via } from '../domain/facts.ts';
import type { Aliases, Heard } from '../domain/heard.ts';
import { orderDigest } from '../domain/order-digest.ts';
import type { Queryable } from './database.ts';
import { addNames, findConsignments, mint, type Name, namesOf, unmint } from './identity.ts';

export interface HearingContext {
  readonly organisation: string;
  readonly journal: number | null;
  /** UTC ISO, database clock. */
  readonly heard: string;
  readonly via: Via;
  /** The consignment that was asked about, where the message is an answer. */
  readonly consignment?: string;
  /** True where the caller hands the facts to the workflow itself; they are not dispatched again. */
  readonly handedOver?: boolean;
  /** True where a person said it: it is stored as told, whether it is news or not. */
  readonly asTold?: boolean;
}

export interface Hearing {
  /** The consignment, or null where the facts were parked. */
  readonly consignment: string | null;
  /** Facts that are news, with their instants and content references. */
  readonly facts: readonly Fact[];
}

/** JSON for a `jsonb` column, which cannot hold the character NUL. */
const withoutNul = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? each.replaceAll('\u0000', '') : each));

/** Facts from which a consignment may begin: Palletways is where consignments come from. */
const beginnings: ReadonlySet<NewFact['kind']> = new Set(['order', 'labels', 'tracking']);

/** When the hint of a consignment without an order is true: before every order. */
const begunAt = '1970-01-01T00:00:00.000Z';

/** Takes in what was heard of one consignment. Must run in a transaction. */
export async function hear(tx: Queryable, heard: Heard, context: HearingContext): Promise<Hearing> {
  const names = namesOf(heard.aliases);
  let consignment = context.consignment ?? (await findOne(tx, context.organisation, names));
  if (consignment === null && heard.facts.some((fact) => fact.source === 'palletways' && beginnings.has(fact.kind))) {
    consignment = await begin(tx, context.organisation, names);
  }
  if (consignment === null) {
    await park(tx, heard, names, context);
    return { consignment: null, facts: [] };
  }
  await tx.query('select 1 from consignment where id = $1 for update', [consignment]);
  await nameIt(tx, context.organisation, consignment, heard.aliases, names);
  const facts: Fact[] = [];
  const begun = await isBegun(tx, consignment);
  for (const fact of heard.facts) {
    const news = context.asTold ? fact : await asNews(tx, consignment, fact, heard.untimed === true, context);
    if (news === null) continue;
    const stored = await store(tx, consignment, news, context);
    if (stored !== null) facts.push(stored);
  }
  if (!begun && !context.asTold && !heard.facts.some((fact) => fact.kind === 'order')) {
    // Labels or a tracking id came before the order itself: one read of the whole consignment tells it.
    // Older than any order: where the order's own push was only overtaken, it comes in a moment and nothing need be read.
    const hint: NewFact = { kind: 'hint', id: `hint:begun:${consignment}`, at: begunAt, zone: 'UTC', source: 'engine' };
    const stored = await store(tx, consignment, hint, context);
    if (stored !== null) facts.push(stored);
  }
  return { consignment, facts };
}

async function findOne(tx: Queryable, organisation: string, names: readonly Name[]): Promise<string | null> {
  const { consignments, strong } = await findConsignments(tx, organisation, names);
  // Two strong names that point to two consignments: the older stands; a weak name that fits two chooses none.
  if (consignments.length === 1) return consignments[0] ?? null;
  if (consignments.length === 0 || !strong) return null;
  const { rows } = await tx.query<{ id: string }>('select id from consignment where id = any($1) order by created_at, id limit 1', [
    consignments,
  ]);
  return rows[0]?.id ?? null;
}

/** A new consignment, or the one that somebody else began under the same names while we looked. */
async function begin(tx: Queryable, organisation: string, names: readonly Name[]): Promise<string> {
  const minted = await mint(tx, organisation);
  // Waits for whoever adds the same strong name in a transaction of their own; theirs stands.
  const taken = await addNames(
    tx,
    organisation,
    minted,
    names.filter((name) => name.strong),
  );
  if (taken.length === 0) return minted;
  await unmint(tx, minted);
  const first = await findOne(tx, organisation, names);
  if (first === null) throw new Error(`consignment of ${taken.map(({ kind }) => kind).join(', ')} is not found`);
  return first;
}

async function nameIt(tx: Queryable, organisation: string, consignment: string, aliases: Aliases, names: readonly Name[]): Promise<void> {
  await addNames(tx, organisation, consignment, names);
  if (aliases.conNo || aliases.trackingId) {
    await tx.query('update consignment set reference = coalesce($2, reference), tracking_id = coalesce($3, tracking_id) where id = $1', [
      consignment,
      aliases.conNo ?? null,
      aliases.trackingId ?? null,
    ]);
  }
  await matchParked(tx, organisation, names);
}

async function isBegun(tx: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await tx.query(`select 1 from fact where consignment = $1 and kind in ('order', 'hint') limit 1`, [consignment]);
  return rows.length > 0;
}

/** The fact if it is news, a hint in its place where only a read can decide, null where it is no news. */
async function asNews(
  tx: Queryable,
  consignment: string,
  fact: NewFact,
  untimed: boolean,
  { heard, via }: Pick<HearingContext, 'heard' | 'via'>,
): Promise<NewFact | null> {
  if (fact.kind !== 'order' && fact.kind !== 'plan' && fact.kind !== 'labels' && fact.kind !== 'tracking') return fact;
  const { rows } = await tx.query<{ latest: Fact | null; said: string | null; copy: boolean | null }>(
    `select c.said->>$2 as said, (select k.at = $4 from fact k where k.consignment = $1 and k.id = $3) as copy,
            (select f.envelope from fact f where f.consignment = $1 and f.kind = $2
              order by coalesce(f.envelope->>'seen', f.envelope->>'at') desc, f.id desc limit 1) as latest
       from consignment c where c.id = $1`,
    [consignment, fact.kind, fact.id, fact.at],
  );
  const { latest, said, copy } = rows[0] ?? { latest: null, said: null, copy: null };
  const old = said !== null && fact.at < said;
  if (fact.kind === 'plan' && via === 'push' && !untimed) {
    // Plans are ordered by when they are seen, but of two pushes Qargo's own clock tells which is history.
    if (old) return null;
    await saidAgain(tx, consignment, fact);
  }
  if (latest === null) return fact.kind === 'plan' && fact.trip === null ? null : fact;
  if (copy === true) return null;
  if (fact.kind === 'tracking') return withWhatIsKnown(fact, latest, copy === false);
  if (saysTheSame(fact, latest)) {
    // What is said again is no fact, but it tells until when nothing else was true.
    if (fact.kind !== 'plan' && !untimed && fact.at > latest.at) await saidAgain(tx, consignment, fact);
    return null;
  }
  if (fact.kind === 'plan') return fact;
  if (old || (fact.kind === 'order' && via !== 'read' && (untimed || isAmbiguous(fact.at, latest)))) {
    // It came late, or it is an edit that the clocks of two systems hide: one read decides.
    const at = [heard, fact.at, latest.at].sort().at(-1) ?? heard;
    return { kind: 'hint', id: `hint:${fact.id}`, at, zone: fact.zone, source: fact.source };
  }
  // The id of labels names their barcodes alone: where the same ones return after others they are a fact of their own.
  return copy === false ? { ...fact, id: `${fact.id}:${fact.at}` } : fact;
}

/** Identifiers come one by one: what one message leaves out another has said. Null where nothing is new. */
function withWhatIsKnown(fact: Extract<NewFact, { kind: 'tracking' }>, latest: Fact, taken: boolean): NewFact | null {
  if (latest.kind !== 'tracking') return fact;
  const trackingId = fact.trackingId ?? latest.trackingId;
  const conNo = fact.conNo ?? latest.conNo;
  const responseId = fact.responseId ?? latest.responseId;
  if (trackingId === latest.trackingId && conNo === latest.conNo && responseId === latest.responseId) return null;
  return { ...fact, id: taken ? `${fact.id}:${fact.at}` : fact.id, trackingId, conNo, responseId };
}

function saysTheSame(fact: NewFact, latest: Fact): boolean {
  if (fact.kind === 'plan' && latest.kind === 'plan') return fact.trip === latest.trip && fact.vehicle === latest.vehicle;
  if (fact.kind === 'labels' && latest.kind === 'labels') return [...fact.barcodes].sort().join() === [...latest.barcodes].sort().join();
  return fact.kind === 'order' && latest.kind === 'order' && orderDigest(fact) === orderDigest(latest);
}

/** Remembers the latest instant at which a snapshot was said, whether it was news or not. */
async function saidAgain(tx: Queryable, consignment: string, { kind, at }: NewFact): Promise<void> {
  await tx.query('update consignment set said = said || jsonb_build_object($2::text, greatest(said->>$2, $3)) where id = $1', [
    consignment,
    kind,
    at,
  ]);
}

/** A push and what is known were true at nearly the same moment, or a read stands near it: one read decides. */
function isAmbiguous(at: string, latest: Fact): boolean {
  if (at === latest.at) return true;
  return latest.via === 'read' && Math.abs(Date.parse(at) - Date.parse(latest.at)) < 60_000;
}

async function store(tx: Queryable, consignment: string, fact: NewFact, context: HearingContext): Promise<Fact | null> {
  const known = await tx.query('select 1 from fact where consignment = $1 and id = $2', [consignment, fact.id]);
  if (known.rows.length > 0) return null;
  const envelope = await envelopeOf(tx, consignment, fact, context);
  const { rows } = await tx.query<{ seq: number }>(
    `insert into fact (organisation, consignment, id, kind, at, heard, envelope, journal, state, dispatched_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9 = 'dispatched' then clock_timestamp() end)
     on conflict (consignment, id) where consignment is not null do nothing returning seq`,
    [
      context.organisation,
      consignment,
      fact.id,
      fact.kind,
      fact.at,
      context.heard,
      withoutNul(envelope),
      context.journal,
      context.handedOver ? 'dispatched' : 'new',
    ],
  );
  return rows.length === 0 ? null : envelope;
}

async function envelopeOf(tx: Queryable, consignment: string | null, fact: NewFact, context: HearingContext): Promise<Fact> {
  const { body, ...rest } = fact;
  const envelope: Record<string, unknown> = { ...rest, heard: context.heard, via: context.via };
  if (fact.kind === 'plan') envelope.seen = context.via === 'read' ? fact.at : context.heard;
  if (body !== undefined) {
    const { rows } = await tx.query<{ id: number }>(
      'insert into content (organisation, consignment, body) values ($1, $2, $3) returning id',
      [context.organisation, consignment, withoutNul(body)],
    );
    envelope.content = String(rows[0]?.id);
  }
  return envelope as unknown as Fact;
}

/**
 * What is parked is known by its id and its strongest names: a plan of one trip has one id for all its orders. On its
 * consignment it has the id that its source gave it.
 */
async function park(tx: Queryable, heard: Heard, names: readonly Name[], context: HearingContext): Promise<void> {
  const strong = names.some((name) => name.strong);
  const whose = names.filter((name) => name.strong === strong).map((name) => `${name.kind}=${name.value}`);
  for (const fact of heard.facts) {
    const id = [fact.id, ...whose].join('|');
    const known = await tx.query('select 1 from fact where organisation = $1 and id = $2 and consignment is null', [
      context.organisation,
      id,
    ]);
    if (known.rows.length > 0) continue;
    const envelope = await envelopeOf(tx, null, fact, context);
    const { rows } = await tx.query<{ seq: number }>(
      `insert into fact (organisation, consignment, id, kind, at, heard, envelope, journal, state, cause)
       values ($1, null, $2, $3, $4, $5, $6, $7, 'parked', 'unmatched')
       on conflict (organisation, id) where consignment is null do nothing returning seq`,
      [context.organisation, id, fact.kind, fact.at, context.heard, withoutNul(envelope), context.journal],
    );
    const seq = rows[0]?.seq;
    if (seq === undefined) continue;
    await tx.query(
      'insert into parked_alias (fact, organisation, kind, value) select $1, $2, k, v from unnest($3::text[], $4::text[]) as n (k, v) on conflict do nothing',
      [seq, context.organisation, names.map((n) => n.kind), names.map((n) => n.value)],
    );
  }
}

/**
 * Gives parked facts to the consignments that their names point to by now (all names where none are given). A fact the
 * consignment has already is dropped. Answers how many were matched. Run it once more after the parking transaction has
 * committed: a name that appeared between the look-up and the parking is found then.
 */
export async function matchParked(tx: Queryable, organisation: string, names?: readonly Name[]): Promise<number> {
  const { rows } = await tx.query<{ seq: number; consignment: string; envelope: Fact }>(
    `select f.seq, min(a.consignment) as consignment, f.envelope
       from fact f
       join parked_alias p on p.fact = f.seq
       join alias a on a.organisation = p.organisation and a.kind = p.kind and a.value = p.value and a.valid_to is null
      where f.organisation = $1 and f.state = 'parked' and f.cause = 'unmatched'
        and ($2::text[] is null or (p.kind, p.value) in (select k, v from unnest($2::text[], $3::text[]) as n (k, v)))
      group by f.seq, f.envelope
     having count(distinct a.consignment) = 1 and bool_or(a.strong)
      order by f.seq limit 500`,
    [organisation, names?.map((n) => n.kind) ?? null, names?.map((n) => n.value) ?? null],
  );
  for (const { seq, consignment, envelope } of rows) {
    // Another may have matched it since: then it is parked no more, and the fact that is known there is itself.
    const mine = await tx.query(`select 1 from fact where seq = $1 and state = 'parked' for update`, [seq]);
    if (mine.rows.length === 0) continue;
    const known = await tx.query('select 1 from fact where consignment = $1 and id = $2', [consignment, envelope.id]);
    if (known.rows.length > 0) await tx.query('delete from fact where seq = $1', [seq]);
    else {
      await tx.query(`update fact set consignment = $2, id = $3, state = 'new', cause = null where seq = $1`, [
        seq,
        consignment,
        envelope.id,
      ]);
      if (envelope.content !== undefined)
        await tx.query('update content set consignment = $2 where id = $1', [envelope.content, consignment]);
    }
  }
  return rows.length;
}
