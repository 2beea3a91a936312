/**
 * Turns a received message into fact rows, in one transaction: it matches the message to a consignment, drops what is no news, stores
 * content once, and parks what cannot be matched. The fact row is what is dispatched, parked and marked.
 */

import { isDeepStrictEqual } from 'node:util';
import type { OrderContent } from '../../domain/facts/content.ts';
import { isCorrectable } from '../../domain/facts/corrections.ts';
import type { EtaFact, Fact, NewFact } from '../../domain/facts/facts.ts';
import { factKinds, isSnapshot } from '../../domain/facts/kinds.ts';
import { type OrderDomain, orderDigest } from '../../domain/facts/order-digest.ts';
import type { Message } from '../../domain/facts/reading.ts';
import { cleanValue } from '../../domain/facts/text.ts';
import { isOfOwnOrder } from '../../domain/obligations/kinds.ts';
import { judgeCancelled } from '../decisions/cancellations.ts';
import {
  addNames,
  createIdentity,
  discardIdentity,
  findConsignments,
  isOrderName,
  keepBarcodes,
  lockNames,
  type Name,
  type NameMatches,
  namesOf,
  ownerOfOrder,
} from '../identity/identity.ts';
import { mergeAndLock, nameConsignment } from '../identity/merge.ts';
import { reinstateIfOrderedAgain, saveCreated } from '../identity/reinstatement.ts';
import { followDepots } from '../identity/roles.ts';
import { policyOf } from '../organisations/policy.ts';
import { completeOrder } from '../outbox/carry-over.ts';
import { endWaiting } from '../outbox/receipts.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { rawContent } from '../record/contents.ts';
import { withStandingTelling } from '../record/corrections.ts';
import { type Provenance, seenAt, storeFact } from '../record/facts.ts';
import { isTied, joinWithTied, noteUnseen } from './amendments.ts';
import { chargesAmended, toCharge } from './charges.ts';
import { findChecks } from './evidence.ts';
import { matchParked, park } from './parked.ts';
import { notePresence } from './presence.ts';

export interface IngestContext extends Provenance {
  /** The consignment that was asked about, where the message is an answer. */
  readonly consignment?: string;
  /** True where the caller hands the facts to the workflow itself; they are not dispatched again. */
  readonly handedOver?: boolean;
  /** News from Qargo has the consignment read at Palletways, if it was not read there for this long (ms). */
  readonly staleMs?: number;
  /** True where a person entered it: it is stored as entered, whether it is news or not. */
  readonly asTold?: boolean;
}

export interface Ingested {
  /** The consignment, or null where the facts were parked. */
  readonly consignment: string | null;
  /** Facts that are news, with their instants and content references. */
  readonly facts: readonly Fact[];
}

/** The instant of the hint of a consignment without an order: it lies before every order. */
const begunAt = '1970-01-01T00:00:00.000Z';

/** Takes in a message about one consignment. If it proves that two consignments are one, they are merged. Must run in a transaction. */
export async function ingest(tx: Queryable, reported: Message, context: IngestContext): Promise<Ingested> {
  const { organisation } = context;
  const message = cleanValue(reported);
  const names = namesOf(message.aliases);
  const pointed = await lookUp(tx, organisation, names);
  const begins = message.facts.some((fact) => fact.source === 'palletways' && factKinds[fact.kind].begins === true);
  const found = await matchConsignment(tx, organisation, pointed, context.consignment);
  const matched = found ?? (begins ? await createConsignment(tx, organisation, names) : null);
  if (matched === null) {
    await park(tx, message, names, pointed, context);
    return { consignment: null, facts: [] };
  }
  // What was looked up about the names is still right, if nobody merged the consignment in the meantime.
  const known = found !== null && pointed.consignments.includes(matched) ? { known: pointed.known } : {};
  const { consignment, added } = await nameConsignment(tx, organisation, matched, names, {
    saidNow: context.via === 'push',
    ...known,
  });
  if (added.length > 0) await saveNames(tx, organisation, consignment, added);
  const order = message.facts.some(isOfOwnOrder) ? await orderOf(tx, names, consignment, context) : consignment;
  const isBegun = context.asTold === true || !begins || (await isConsignmentBegun(tx, consignment));
  const work: Ingesting = { tx, context, consignment, facts: [] };
  await keepNews(work, message, order);
  // Labels or a tracking id came before the order itself, so a hint asks for one read of the whole consignment. Its instant is
  // before any order, so it asks for nothing once the order's own push arrives, which may only have been overtaken.
  if (!isBegun && !message.facts.some((fact) => fact.kind === 'order'))
    await keepHint(work, `hint:begun:${consignment}`, begunAt);
  await followUp(work, message, pointed);
  if (begins) pushFact(work, await notePresence(tx, consignment, true, context));
  if (work.facts.some((fact) => fact.kind === 'tracking')) await showNames(tx, consignment);
  if (work.facts.some((fact) => fact.kind === 'labels')) await keepBarcodes(tx, organisation, consignment);
  return { consignment, facts: work.facts };
}

/** One message on its way into one consignment, with the facts that are news so far. */
interface Ingesting {
  readonly tx: Queryable;
  readonly context: IngestContext;
  readonly consignment: string;
  readonly facts: Fact[];
}

function pushFact({ facts }: Ingesting, fact: Fact | null): void {
  if (fact !== null) facts.push(fact);
}

/**
 * Whether the caller hands the facts to the workflow itself. If the consignment that was asked about has merged since, the caller does not:
 * the facts are dispatched to the consignment that it was merged into.
 */
const isHandedOver = ({ handedOver, consignment }: IngestContext, to: string): boolean =>
  handedOver === true && to === consignment;

async function keepFact(work: Ingesting, on: string, fact: NewFact): Promise<void> {
  pushFact(work, await storeFact(work.tx, on, fact, { ...work.context, handedOver: isHandedOver(work.context, on) }));
}

/** Stores a hint: the whole consignment is to be read at Palletways. */
const keepHint = (work: Ingesting, id: string, at: string): Promise<void> =>
  keepFact(work, work.consignment, { kind: 'hint', id, at, zone: 'UTC', source: 'engine' });

/**
 * Stores each fact that is news, and with an amended order the charges that the amendment changes. `order` is the consignment that owns the
 * order in the message.
 */
async function keepNews(work: Ingesting, message: Message, order: string): Promise<void> {
  const { tx, context, consignment } = work;
  for (const fact of message.facts) {
    const on = isOfOwnOrder(fact) ? order : consignment;
    const { whole, beside } = await completeOrder(tx, on, fact, context.heard);
    const news = context.asTold ? fact : await selectNews(tx, on, whole, message.untimed === true, context);
    if (news === null && message.amended === true) await noteUnseen(tx, on, whole, context);
    // A read decides only about the fields that a read contains. What only this message contains is kept, whatever the read finds.
    if (news?.kind === 'hint' && beside !== null) await keepOrder(work, on, beside);
    if (news === null || (news.kind === 'hint' && beside !== null && isSameReport(whole, beside as Fact))) continue;
    if (news.kind === 'order') await keepOrder(work, on, news);
    else await keepFact(work, on, news);
  }
}

/** Stores an order, and the charges that it changes. */
async function keepOrder(work: Ingesting, on: string, order: Extract<NewFact, { kind: 'order' }>): Promise<void> {
  const changes = await chargesAmended(work.tx, work.context.organisation, on, order);
  for (const each of [order, ...changes]) await keepFact(work, on, each);
}

/** Stores what follows from the news: checks of a POD, a reinstated order, depots, a hint to read the consignment, a decision. */
async function followUp(work: Ingesting, message: Message, pointed: NameMatches): Promise<void> {
  const { tx, context, consignment, facts } = work;
  const { organisation, heard, staleMs } = context;
  const here = { ...context, handedOver: isHandedOver(context, consignment) };
  for (const check of await findChecks(tx, organisation, consignment, facts, heard))
    await keepFact(work, consignment, check);
  // What a scan without a stop was, the end of the pickup stop tells.
  if (facts.some((fact) => fact.kind === 'milestone' && fact.milestone === 'out'))
    await endWaiting(tx, { organisation, consignment }, 'scan not placed');
  if (message.created !== undefined) await saveCreated(tx, consignment, message.created);
  if (message.created !== undefined || facts.some((fact) => fact.kind === 'cancellation'))
    pushFact(work, await reinstateIfOrderedAgain(tx, consignment, here));
  for (const order of facts.filter((fact) => fact.kind === 'order' && fact.roles !== undefined))
    pushFact(work, await followDepots(tx, consignment, order.id, here));
  if (
    staleMs !== undefined &&
    facts.some(({ source }) => source === 'qargo') &&
    mayBeOverdue(pointed.readAt.get(consignment), heard, staleMs) &&
    (await isReadOverdue(tx, consignment, staleMs))
  )
    await keepHint(work, `hint:stale:${heard}`, heard);
  if (facts.some(({ kind }) => kind === 'cancellation' || kind === 'revived'))
    pushFact(work, await judgeCancelled(tx, { organisation, consignment, handedOver: here.handedOver }));
}

/**
 * Finds the consignments that the names point to. If one of the names is not known yet, a consignment may be begun, named or merged by it, so
 * the names are locked first.
 */
async function lookUp(tx: Queryable, organisation: string, names: readonly Name[]): Promise<NameMatches> {
  const pointed = await findConsignments(tx, organisation, names);
  const isKnown = (name: Name) =>
    pointed.known.some(({ kind, value, valid }) => valid && kind === name.kind && value === name.value);
  if (names.length === 0 || (pointed.consignments.length === 1 && names.every(isKnown))) return pointed;
  await lockNames(tx, organisation, names);
  return findConsignments(tx, organisation, names);
}

/** Whether the last read may be longer ago than `staleMs`. True also where its instant is not known here: then the record is asked. */
const mayBeOverdue = (readAt: Date | null | undefined, heard: string, staleMs: number) =>
  readAt === undefined || (readAt !== null && readAt.getTime() < Date.parse(heard) - staleMs + 1_000);

/** Answers the consignment that the names mean, locked; null if none is known, or if a weak name fits several. */
async function matchConsignment(
  tx: Queryable,
  organisation: string,
  { consignments, strong }: NameMatches,
  asked: string | undefined,
): Promise<string | null> {
  const proven = strong || (asked === undefined && consignments.length === 1) ? consignments : [];
  const all = asked === undefined ? proven : [asked, ...proven];
  return all.length === 0 ? null : mergeAndLock(tx, organisation, all);
}

/** Answers the consignment that owns the Qargo order in the message. A merged consignment keeps the facts about its own order. */
async function orderOf(
  tx: Queryable,
  names: readonly Name[],
  consignment: string,
  context: IngestContext,
): Promise<string> {
  if (!names.some(isOrderName)) return context.consignment ?? consignment;
  return (await ownerOfOrder(tx, context.organisation, names)) ?? consignment;
}

/** Answers a new consignment, or the one that another transaction began under the same names in the meantime. */
async function createConsignment(tx: Queryable, organisation: string, names: readonly Name[]): Promise<string> {
  const created = await createIdentity(tx, organisation, names);
  const strong = names.filter((name) => name.strong);
  // This waits for a transaction that adds the same strong name; if there is one, the name belongs to its consignment.
  const { taken } = await addNames(tx, organisation, created, strong);
  if (taken.length === 0) return created;
  await discardIdentity(tx, created);
  const { consignments } = await findConsignments(tx, organisation, strong);
  if (consignments.length === 0)
    throw new Error(`consignment of ${taken.map(({ kind }) => kind).join(', ')} is not found`);
  return mergeAndLock(tx, organisation, consignments);
}

/** Saves new names: people see a name where there was none, and messages that were parked under the names are attached. */
async function saveNames(
  tx: Queryable,
  organisation: string,
  consignment: string,
  added: readonly Name[],
): Promise<void> {
  const named = (kind: Name['kind']) => added.find((name) => name.kind === kind)?.value ?? null;
  await tx.query(
    `update consignment set reference = coalesce(reference, $2), tracking_id = coalesce(tracking_id, $3),
            workflow = coalesce(workflow, organisation || '/' || regexp_replace(coalesce(reference, $2, tracking_id, $3, $4), '[^A-Za-z0-9.-]', '_', 'g')
                                          || '/' || id)
      where id = $1`,
    [consignment, named('conNo'), named('trackingId'), added[0]?.value ?? ''],
  );
  await matchParked(tx, organisation, added);
}

/** Updates the names that people see and that Palletways is sent: they are those of the tracking fact that stands in the state. */
async function showNames(tx: Queryable, consignment: string): Promise<void> {
  await tx.query(
    `update consignment c set reference = coalesce(t.envelope->>'conNo', c.reference), tracking_id = coalesce(t.envelope->>'trackingId', c.tracking_id)
       from (select envelope from fact where consignment = $1 and kind = 'tracking'
              order by envelope->>'trackingId' is not null desc, at desc, id desc limit 1) as t
      where c.id = $1`,
    [consignment],
  );
}

/** Whether the consignment was neither read at Palletways, nor asked to be read, for `ms`. */
async function isReadOverdue(tx: Queryable, consignment: string, ms: number): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from consignment c where c.id = $1 and c.tracking_id is not null
        and coalesce(c.palletways_read_at, c.created_at) < clock_timestamp() - $2 * interval '1 ms'
        and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'hint'
                           and f.heard > clock_timestamp() - $2 * interval '1 ms')`,
    [consignment, ms],
  );
  return rows.length > 0;
}

async function isConsignmentBegun(tx: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await tx.query(`select 1 from fact where consignment = $1 and kind in ('order', 'hint') limit 1`, [
    consignment,
  ]);
  return rows.length > 0;
}

/** Answers the fact if it is news, a hint in its place if only a read can decide, and null if it is no news. */
async function selectNews(
  tx: Queryable,
  consignment: string,
  fact: NewFact,
  untimed: boolean,
  { heard, via, organisation, journal }: Provenance,
): Promise<NewFact | null> {
  if (isCorrectable(fact.kind)) return withStandingTelling(tx, consignment, fact, { heard, via });
  if (fact.kind === 'charge') return toCharge(tx, organisation, consignment, fact);
  if (fact.kind === 'eta') return (await isEtaMoved(tx, consignment, fact, { heard, via })) ? fact : null;
  if (!isSnapshot(fact)) return fact;
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
    // Plans are ordered by when we saw them, but Qargo's own clock orders two pushes: the earlier one is history.
    if (old) return null;
    await noteRepeated(tx, consignment, fact);
  }
  if (latest === null) return fact.kind === 'plan' && fact.trip === null ? null : fact;
  if (copy === true) return null;
  if (fact.kind === 'tracking') return withKnownIdentifiers(fact, latest, copy === false);
  if (isSameReport(fact, latest) || (await hasTheSameContent(tx, fact, latest))) {
    // A repeated report is no new fact, but it proves that nothing else was true until its instant.
    if (fact.kind !== 'plan' && !untimed && fact.at > latest.at) await noteRepeated(tx, consignment, fact);
    return null;
  }
  if (fact.kind === 'plan') return fact;
  if (!old && !untimed && fact.kind === 'order' && latest.kind === 'order' && isTied(fact, latest, via)) {
    const joined = await joinWithTied(tx, consignment, fact, latest, { organisation, journal });
    if (joined !== undefined) return joined;
  }
  // Two pushes of the same second may overtake each other, and each contains the labels as they were when it was made.
  const tied = fact.kind === 'labels' && via !== 'read' && fact.at === latest.at;
  if (old || tied || (fact.kind === 'order' && via !== 'read' && (untimed || isAmbiguous(fact.at, latest)))) {
    // The report came late, or it is an edit that the clocks of two systems hide: one read decides.
    const at = [heard, fact.at, latest.at].sort().at(-1) ?? heard;
    return { kind: 'hint', id: `hint:${fact.id}`, at, zone: fact.zone, source: fact.source };
  }
  // The id of a labels fact is made from its barcodes only. If the same barcodes return after others, they become a fact of their own.
  return copy === false ? { ...fact, id: `${fact.id}:${fact.at}` } : fact;
}

/**
 * Whether an estimate is news: it is the first of its stop, or it moved from the last stored one by at least the organisation's threshold.
 * Once the stop was reached, no estimate for it is news. Qargo's own clock orders two pushes. A push and a read have two clocks, so of
 * these the one that we saw later stands.
 */
async function isEtaMoved(
  tx: Queryable,
  consignment: string,
  fact: Extract<NewFact, { kind: 'eta' }>,
  said: Pick<IngestContext, 'heard' | 'via'>,
): Promise<boolean> {
  const { stop, eta, at } = fact;
  type Before = { organisation: string; latest: EtaFact | null; pushed: string | null; reached: boolean };
  const { rows } = await tx.query<Before>(
    `select c.organisation,
            exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone' and f.envelope->>'stop' = $2
                       and f.at >= $3 and not f.envelope ? 'doubt') as reached,
            (select f.envelope from fact f where f.consignment = c.id and f.kind = 'eta' and f.envelope->>'stop' = $2
              order by coalesce(f.envelope->>'seen', f.envelope->>'at') desc, f.at desc, f.id desc limit 1) as latest,
            (select max(f.envelope->>'at') from fact f
              where f.consignment = c.id and f.kind = 'eta' and f.envelope->>'stop' = $2 and f.envelope->>'via' <> 'read') as pushed
       from consignment c where c.id = $1`,
    [consignment, stop, at],
  );
  const [row] = rows;
  if (row?.reached === true) return false;
  if (row?.latest === undefined || row.latest === null) return true;
  const isRead = said.via === 'read';
  if (!isRead && row.pushed !== null && at <= row.pushed) return false;
  if ((isRead || row.latest.via === 'read') && seenAt(fact, said) <= (row.latest.seen ?? row.latest.at)) return false;
  const { etaMinutes } = await policyOf(tx, row.organisation);
  return Math.abs(Date.parse(eta) - Date.parse(row.latest.eta)) >= etaMinutes * 60_000 && eta !== row.latest.eta;
}

/** Adds the identifiers that are known already, since each message may contain only some of them. Answers null if nothing is new. */
function withKnownIdentifiers(
  fact: Extract<NewFact, { kind: 'tracking' }>,
  latest: Fact,
  isIdUsed: boolean,
): NewFact | null {
  if (latest.kind !== 'tracking') return fact;
  const trackingId = fact.trackingId ?? latest.trackingId;
  const conNo = fact.conNo ?? latest.conNo;
  const responseId = fact.responseId ?? latest.responseId;
  if (trackingId === latest.trackingId && conNo === latest.conNo && responseId === latest.responseId) return null;
  return { ...fact, id: isIdUsed ? `${fact.id}:${fact.at}` : fact.id, trackingId, conNo, responseId };
}

function isSameReport(fact: NewFact, latest: Fact): boolean {
  if (fact.kind === 'plan' && latest.kind === 'plan')
    return fact.trip === latest.trip && fact.vehicle === latest.vehicle;
  if (fact.kind === 'labels' && latest.kind === 'labels')
    return [...fact.barcodes].sort().join() === [...latest.barcodes].sort().join();
  return (
    fact.kind === 'order' &&
    latest.kind === 'order' &&
    orderDigest(fact) === orderDigest(latest) &&
    samePart(fact, latest)
  );
}

/**
 * Whether our roles in the order are the same. Another role (after a change of configuration) is news, but not if one of the two facts has
 * no roles: it was stored before roles were.
 */
function samePart(fact: Extract<NewFact, { kind: 'order' }>, latest: Extract<Fact, { kind: 'order' }>): boolean {
  if (fact.roles === undefined || latest.roles === undefined) return true;
  return fact.leg === latest.leg && fact.roles.join() === latest.roles.join();
}

/**
 * Whether an order or a plan that differs from the latest only in keyed digests still has the same content: then another release made the
 * digests. The services of the other leg are not in the content, so they have changed if their digest has.
 */
async function hasTheSameContent(tx: Queryable, fact: NewFact, latest: Fact): Promise<boolean> {
  if (fact.body === undefined || latest.content === undefined) return false;
  if (fact.kind === 'plan') {
    if (latest.kind !== 'plan' || fact.trip === null || fact.trip !== latest.trip || !fact.vehicle || !latest.vehicle)
      return false;
  } else if (fact.kind !== 'order' || latest.kind !== 'order' || !samePart(fact, latest)) return false;
  else if (fact.digests.services !== latest.digests.services || namesOnly(fact) !== namesOnly(latest)) return false;
  const stored = await rawContent(tx, latest.content);
  return (
    typeof stored === 'object' &&
    stored !== null &&
    isDeepStrictEqual(withoutNames(stored), withoutNames(JSON.parse(storableJson(fact.body)) as object))
  );
}

/** Answers the digest of an order without the values of its keyed digests: only which of them there are counts. */
const namesOnly = (order: OrderDomain): string =>
  orderDigest({ ...order, digests: Object.fromEntries(Object.keys(order.digests).map((name) => [name, ''])) });

/** Leaves out the names of the consignment and its pallets, which are facts of their own. */
const withoutNames = ({ conNo: _c, trackingId: _t, responseId: _r, barcodes: _b, ...said }: Partial<OrderContent>) =>
  said;

/** Stores the latest instant at which a snapshot was reported, whether it was news or not. */
async function noteRepeated(tx: Queryable, consignment: string, { kind, at }: NewFact): Promise<void> {
  await tx.query(
    'update consignment set said = said || jsonb_build_object($2::text, greatest(said->>$2, $3)) where id = $1',
    [consignment, kind, at],
  );
}

/** Whether a push and the latest fact are of the same instant, or a read is less than a minute from it: then one read decides. */
function isAmbiguous(at: string, latest: Fact): boolean {
  if (at === latest.at) return true;
  return latest.via === 'read' && Math.abs(Date.parse(at) - Date.parse(latest.at)) < 60_000;
}
