/** Read models over the whole record, for the operations API and the demonstration's table. */

import type { Counterpart, ExceptionFact, Fact } from '../../domain/facts/facts.ts';
import { momentOf } from '../../domain/facts/order-of-time.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import { rolesIn } from '../../domain/obligations/leg.ts';
import { isShown } from '../../domain/policy/decision.ts';
import { type Row, type Switch, type Withheld, withheldOf } from '../../domain/policy/rows.ts';
import { isTry, type LastTry } from '../../domain/receipts/last-try.ts';
import type { Ledger, Receipt } from '../../domain/receipts/receipts.ts';
import { doorOutcome, type LeftOver, palletsOf, stepsOf } from '../../domain/state/pallets.ts';
import { emptyState, factsOf, fold, stageOf, standingFact } from '../../domain/state/state.ts';
import { showCause } from '../../domain/words/causes.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';
import { nameUpdate } from '../../domain/words/outstanding.ts';
import { questionsOf } from '../../domain/words/questions.ts';
import { type Confirmed, type ExceptionWords, standingOf, withLastWord } from '../../domain/words/standing.ts';
import { type RowsBegunBy, sayNoContact, sayPast } from '../../domain/words/switching.ts';
import { loadContactPassed } from '../organisations/contacts.ts';
import { policyOf, quorumRules } from '../organisations/policy.ts';
import { lastTries } from '../outbox/receipts.ts';
import { type Database, now } from '../postgres/database.ts';
import { toCause } from '../record/causes.ts';
import { type ConsignmentRow, type ReceiptRow, shownReceipts, toReceipt } from '../record/consignments.ts';
import { readableContent } from '../record/contents.ts';
import { rowIsOn, standards } from '../record/due.ts';

export interface Counts {
  /** Since when is counted, UTC ISO. */
  readonly since: string;
  /** Facts by kind. */
  readonly facts: Readonly<Record<string, number>>;
  /** Obligations that were met (or had nothing to be sent), by kind; each version of one counts. */
  readonly receipts: Readonly<Record<string, number>>;
  readonly parked: number;
  /** Time between "due" and "on the wire" that went to waiting for a call budget, ms, by counterpart. */
  readonly waits: Readonly<Record<string, { readonly p50: number; readonly p99: number }>>;
}

/** How many facts were heard and how many obligations were met since an instant (UTC ISO), by kind; of the last 24 hours where none is said. */
export async function counts(db: Database, from?: string): Promise<Counts> {
  // What is counted is read: a day, and not the years of a record.
  const since = from ?? new Date(Date.parse(await now(db)) - 86_400_000).toISOString();
  // Side by side: each reads a day of another table.
  const [facts, receipts, parked, waits] = await Promise.all([
    db.query<{ name: string; n: number }>(
      `select kind as name, count(*) as n from fact where state <> 'parked' and heard >= $1 group by kind`,
      [since],
    ),
    db.query<{ name: string; n: number }>(
      `select kind as name, count(*) as n from attempt where outcome in ('met', 'void') and at >= $1 group by kind`,
      [since],
    ),
    db.query<{ n: number }>(`select count(*) as n from fact where state = 'parked'`),
    waitsSince(db, since),
  ]);
  const table = (rows: { name: string; n: number }[]) => Object.fromEntries(rows.map((row) => [row.name, row.n]));
  return {
    since,
    facts: table(facts.rows),
    receipts: table(receipts.rows),
    parked: parked.rows[0]?.n ?? 0,
    waits,
  };
}

/**
 * Notes wait at the desk for their credential's next token; all else counts its own waiting. Counted by the millisecond: sorted one by one
 * they would cost more than all else.
 */
async function waitsSince(db: Database, since: string): Promise<Counts['waits']> {
  const { rows } = await db.query<{ counterpart: string; p50: number; p99: number }>(
    `select counterpart, min(waited) filter (where upto >= 0.5 * n) as p50, min(waited) filter (where upto >= 0.99 * n) as p99
       from (select counterpart, waited, sum(count(*)) over (partition by counterpart order by waited) as upto,
                    sum(count(*)) over (partition by counterpart) as n
               from (select counterpart,
                            round(case when payload is null then waited_ms else date_part('epoch', sent_at - written_at) * 1000 end) as waited
                       from receipt where ever and written_at >= $1) as w
              where waited is not null group by counterpart, waited) as c group by counterpart`,
    [since],
  );
  return Object.fromEntries(rows.map(({ counterpart, ...waited }) => [counterpart, waited]));
}

export interface OwedNow {
  /** Obligations not met, by kind. */
  readonly owed: number;
  readonly kinds: Readonly<Record<string, number>>;
  /** Messages not yet taken in, and consignments whose workflow is not told yet. */
  readonly waiting: number;
  /** Refused or unknown: a person must act. */
  readonly stuck: number;
  readonly examples: readonly string[];
}

/** What is outstanding over all open consignments, less what is switched off. */
export async function countOutstanding(db: Database): Promise<OwedNow> {
  const { rows } = await db.query<{ kind: string | null; owed: number; stuck: number; examples: string[] }>(
    `select o.kind, count(*) filter (where o.state = 'open') as owed, count(*) filter (where o.state <> 'open') as stuck,
            coalesce((array_agg(o.consignment || ' ' || o.key order by o.since) filter (where o.state = 'open'))[1:5], '{}') as examples
       from obligation o join organisation g on g.id = o.organisation where ${rowIsOn('o', 'g', '$1')} group by o.kind`,
    [standards],
  );
  const more = await db.query<{ waiting: number; asked: number }>(
    `select (select count(*) from inbox) + (select count(*) from wake where pending) as waiting,
            (select coalesce(sum(cardinality(s.asked)), 0)::int from status s join consignment c on c.id = s.consignment
              where s.asked <> '{}' and c.closed_at is null) as asked`,
  );
  return {
    owed: rows.reduce((sum, { owed }) => sum + owed, 0),
    kinds: Object.fromEntries(rows.flatMap(({ kind, owed }) => (kind === null || owed === 0 ? [] : [[kind, owed]]))),
    waiting: more.rows[0]?.waiting ?? 0,
    stuck: rows.reduce((sum, { stuck }) => sum + stuck, 0) + (more.rows[0]?.asked ?? 0),
    examples: rows.flatMap(({ examples }) => examples).slice(0, 5),
  };
}

/** What each organisation has switched off. */
async function switches(db: Database, organisation?: string): Promise<ReadonlyMap<string, Withheld>> {
  const { rows } = await db.query<{ id: string; rows: Partial<Record<Row, Switch>> | null }>(
    `select id, settings->'policy'->'rows' as rows from organisation where $1::text is null or id = $1`,
    [organisation ?? null],
  );
  return new Map(rows.map((row) => [row.id, withheldOf(row.rows)]));
}

export interface LastSweep {
  readonly organisation: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly found: number;
  readonly trips: {
    /** The last trip that Qargo showed, UTC ISO; null: none ever. */
    readonly lastReadAt: string | null;
    /** The HTTP status with which trips are refused, since when and until when they are not asked for; null where they are not. */
    readonly refused: number | null;
    readonly refusedAt: string | null;
    readonly triedAgainAt: string | null;
  };
}

/** The last completed sweep of each organisation. */
export async function lastSweeps(db: Database): Promise<LastSweep[]> {
  const { rows } = await db.query<{
    organisation: string;
    started_at: Date;
    ended_at: Date;
    found: number;
    read_at: Date | null;
    refused_at: Date | null;
    status: number | null;
    again_at: Date | null;
  }>(
    `select o.id as organisation, s.started_at, s.ended_at, s.found, a.read_at, a.refused_at, a.status, a.again_at
       from organisation o cross join lateral (
         select started_at, ended_at, found from sweep where organisation = o.id and ended_at is not null order by id desc limit 1) s
       left join trip_access a on a.organisation = o.id
      order by o.id`,
  );
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return rows.map((row) => ({
    organisation: row.organisation,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at.toISOString(),
    found: row.found,
    trips: {
      lastReadAt: iso(row.read_at),
      refused: row.status,
      refusedAt: iso(row.refused_at),
      triedAgainAt: iso(row.again_at),
    },
  }));
}

/** Loads one consignment's story: where it stands, what happened, what was told, and why what is open is open. */
export async function loadTimeline(db: Database, row: ConsignmentRow) {
  const found = await readTimeline(db, row);
  const { told, state, receipts, recorded, steps } = found;
  // Only of a delivery that has ended: what is missing at the depot may still be found.
  const delivered = factsOf(state, 'milestone').findLast(({ milestone }) => milestone === 'delivered');
  const left = delivered === undefined ? [] : doorOutcome(told, momentOf(delivered)).left;
  return {
    organisation: row.organisation,
    consignment: row.id,
    reference: row.reference,
    trackingId: row.trackingId,
    qargoOrder: row.qargo.orderId ?? null,
    stage: stageOf(state),
    service: standingFact(state, 'order')?.service ?? null,
    /** Whose leg it is; none where Palletways names no depots. */
    ours: rolesIn(state),
    mergedInto: row.mergedInto,
    /** What waits for a person's decision. */
    questions: questionsOf(state).map(({ edit, stage, fields }) => ({ edit, stage, fields })),
    decisions: factsOf(state, 'decision')
      .filter(isShown)
      .map(({ on, decision, stage, fields, source, at }) => ({ on, decision, stage, fields, source, at })),
    /** Every decision that the record keeps, as it was made. */
    recorded,
    /** Where it stands, since when and why; null where nothing was ever said of it. */
    standing: told.length === 0 ? null : standingOf(told, await exceptionWords(db, row.id)),
    why: explainOpen(found),
    /** The update that was confirmed last. */
    confirmed: confirmedLast(receipts),
    pallets: palletsOf(told),
    /** Pallets that a delivery left over, and what is open for each. */
    left,
    steps,
    /** What a person should know and nobody need do: pallets that hold a step up, telephones whose clock is wrong. */
    remarks: [
      ...steps.filter(({ state: how }) => how === 'waiting' || how === 'timed out').map((step) => step.sentence),
      ...left.map(leftOver),
      ...told.flatMap(strange),
      ...withheldAtStart(receipts),
      ...(await heldByContact(db, row.organisation, found.withheld)),
    ],
    facts: found.facts.map(showFact),
    receipts: receipts.map(showReceipt),
  };
}

interface TimelineFact {
  readonly seq: number;
  readonly envelope: Fact;
  readonly said: string | null;
}

/** Reads all that a story is told from. */
async function readTimeline(db: Database, row: ConsignmentRow) {
  const withheld = (await switches(db, row.organisation)).get(row.organisation);
  const { rows: facts } = await db.query<TimelineFact>(
    'select seq, envelope, said from fact where consignment = $1 order by at, seq',
    [row.id],
  );
  const { rows: receipts } = await db.query<StoryReceipt>(
    `select * from ${shownReceipts} as d where consignment = $1 order by written_at`,
    [row.id],
  );
  const { rows: recorded } = await db.query<{ key: string; value: unknown; at: Date }>(
    'select key, value, at from decision where consignment = $1 order by at, key',
    [row.id],
  );
  const tries = await triesOf(db, row, receipts);
  const told = facts.map((fact) => fact.envelope);
  const now = new Date().toISOString();
  const steps = stepsOf(told, quorumRules(await policyOf(db, row.organisation)), now);
  return { withheld, facts, receipts, recorded, tries, told, state: fold(emptyState, told), now, steps };
}

/** Explains each update that is open, one sentence each, with what the far side said last. */
function explainOpen({ state, receipts, now, withheld, tries }: Awaited<ReturnType<typeof readTimeline>>): string[] {
  const ledger: Record<string, Receipt> = {};
  for (const receipt of receipts) ledger[receipt.key] = toReceipt(receipt);
  return diagnose(state, ledger as Ledger, now, [], withheld, tries).map(({ obligation, to, sentence }) => {
    const receipt = receipts.find(({ key }) => key === obligation);
    if (receipt === undefined) return sentence;
    const sentAt = receipt.sent_at?.toISOString() ?? null;
    return withLastWord(sentence, nameUpdate({ key: obligation, kind: receipt.kind, to }), to, {
      ...receipt,
      cause: toCause(receipt.cause),
      sentAt,
    });
  });
}

/** By `seq` a POD is given to another consignment (store/views/unmatched.ts). */
const showFact = ({ seq, envelope: { kind, at, zone, heard, via, source, id, doubt }, said }: TimelineFact) => ({
  seq,
  kind,
  at,
  zone,
  said,
  heard,
  via,
  source,
  id,
  ...(doubt === undefined ? {} : { doubt }),
});

const showReceipt = ({ key, counterpart, state, settled_at, cause, reason, proof }: StoryReceipt) => ({
  key,
  to: counterpart,
  state,
  settledAt: settled_at,
  ...showCause(toCause(cause)),
  reason,
  proof,
});

type StoryReceipt = ReceiptRow & {
  readonly counterpart: Counterpart;
  readonly kind: ObligationKind;
  readonly proof: unknown;
  readonly reason: string | null;
  readonly sent_at: Date | null;
};

/** What held up the last try of each obligation: its own, or what holds its whole lane. */
async function triesOf(
  db: Database,
  { id, organisation }: Pick<ConsignmentRow, 'id' | 'organisation'>,
  receipts: readonly StoryReceipt[],
): Promise<(key: string) => LastTry | undefined> {
  const { rows: own } = await db.query<{ active: boolean }>('select active from organisation where id = $1', [
    organisation,
  ]);
  if (own[0]?.active === false) return () => ({ cause: 'not active', reason: null });
  const { rows } = await db.query<{ key: string; cause: string; until: Date | null }>(
    `select o.key, l.cause, l.until from obligation o join lane l on l.consignment = o.consignment and l.lane = o.lane
      where o.consignment = $1 and o.state = 'open' and l.cause is not null`,
    [id],
  );
  const lanes = new Map(
    rows.flatMap(({ key, cause, until }) =>
      isTry(cause)
        ? [[key, { cause, reason: null, ...(until === null ? {} : { until: until.toISOString() }) }] as const]
        : [],
    ),
  );
  const known = lastTries(receipts);
  return (key) => known.get(key) ?? lanes.get(key);
}

async function exceptionWords(db: Database, consignment: string): Promise<ExceptionWords> {
  const { rows } = await db.query<{ id: string; body: unknown }>(
    `select f.id, t.body from fact f join content t on t.id = (f.envelope->>'content')::bigint where f.consignment = $1 and f.kind = 'exception'`,
    [consignment],
  );
  const known = new Map(
    rows.flatMap(({ id, body }) => {
      const words = readableContent('exception', body);
      return words === null ? [] : [[id, words] as const];
    }),
  );
  return (fact: ExceptionFact) => known.get(fact.id);
}

function confirmedLast(receipts: readonly StoryReceipt[]): Confirmed | null {
  const last = receipts
    .filter(({ state, settled_at }) => state === 'met' && settled_at !== null)
    .reduce<StoryReceipt | undefined>(
      (latest, each) => ((latest?.settled_at ?? 0) >= (each.settled_at ?? 0) ? latest : each),
      undefined,
    );
  if (last === undefined || last.settled_at === null) return null;
  return { key: last.key, kind: last.kind, to: last.counterpart, at: last.settled_at.toISOString() };
}

/** What was withheld when somebody switched its row on from then on. */
function withheldAtStart(receipts: readonly StoryReceipt[]): string[] {
  const by = new Map<string, string[]>();
  for (const { key, state, cause, proof } of receipts) {
    if (state !== 'void' || toCause(cause)?.code !== 'before its row') continue;
    const whose = JSON.stringify(proof);
    by.set(whose, [...(by.get(whose) ?? []), key]);
  }
  return [...by].map(([whose, keys]) => sayPast(keys, JSON.parse(whose) as RowsBegunBy));
}

/** That rows are in shadow because no first contact has passed. */
async function heldByContact(db: Database, organisation: string, withheld: Withheld | undefined): Promise<string[]> {
  const isHeld = Object.values(withheld ?? {}).includes('shadow');
  return isHeld && (await loadContactPassed(db, organisation)) === null ? [sayNoContact(organisation)] : [];
}

const leftOver = ({ barcode, position, trouble, next }: LeftOver): string =>
  `${barcode} is ${position} (${trouble}): ${next === 'return' ? 'it is to be returned' : 'it is to be found and delivered in another attempt'}.`;

/** A sentence where the clock of whoever said it cannot be right. */
function strange(fact: Fact): string[] {
  if (fact.doubt === undefined) return [];
  const what =
    fact.kind === 'milestone'
      ? fact.milestone
      : fact.kind === 'scan'
        ? `${fact.scan} scan of ${fact.barcode}`
        : fact.kind;
  const why = fact.doubt === 'ahead' ? 'which lies in the future of' : 'which lies days before the consignment;';
  const heard = fact.doubt === 'ahead' ? `the moment it was heard, ${fact.heard}` : `it was heard at ${fact.heard}`;
  return [
    `${what} says ${fact.at}, ${why} ${heard}: the telephone's clock is wrong, and the time is told as it was said.`,
  ];
}
