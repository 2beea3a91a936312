/**
 * From what was heard to fact rows, in one transaction: match to a consignment, drop what is no news, store content once,
 * park what cannot be matched. The fact row is what is dispatched, parked and marked.
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
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { rawContent } from '../record/contents.ts';
import { withStandingTelling } from '../record/corrections.ts';
import { type Provenance, seenAt, storeFact } from '../record/facts.ts';
import { chargesAmended, toCharge } from './charges.ts';
import { findChecks } from './evidence.ts';
import { matchParked, park } from './parked.ts';
import { notePresence } from './presence.ts';

export interface IngestContext extends Provenance {
  /** The consignment that was asked about, where the message is an answer. */
  readonly consignment?: string;
  /** True where the caller hands the facts to the workflow itself; they are not dispatched again. */
  readonly handedOver?: boolean;
  /** What Qargo tells of a consignment that was not read at Palletways for so long (ms) has it read. */
  readonly staleMs?: number;
  /** True where a person said it: it is stored as told, whether it is news or not. */
  readonly asTold?: boolean;
}

export interface Ingested {
  /** The consignment, or null where the facts were parked. */
  readonly consignment: string | null;
  /** Facts that are news, with their instants and content references. */
  readonly facts: readonly Fact[];
}

/** When the hint of a consignment without an order is true: before every order. */
const begunAt = '1970-01-01T00:00:00.000Z';

/** Takes in what was heard of one consignment; where it proves that two are one they are merged. Must run in a transaction. */
export async function ingest(tx: Queryable, told: Message, context: IngestContext): Promise<Ingested> {
  const { organisation } = context;
  const message = cleanValue(told);
  const names = namesOf(message.aliases);
  const pointed = await lookUp(tx, organisation, names);
  const begins = message.facts.some((fact) => fact.source === 'palletways' && factKinds[fact.kind].begins === true);
  const found = await matchConsignment(tx, organisation, pointed, context.consignment);
  const whom = found ?? (begins ? await createConsignment(tx, organisation, names) : null);
  if (whom === null) {
    await park(tx, message, names, pointed, context);
    return { consignment: null, facts: [] };
  }
  // What was known of the names still is where nobody merged it meanwhile.
  const known = found !== null && pointed.consignments.includes(whom) ? { known: pointed.known } : {};
  const { consignment, added } = await nameConsignment(tx, organisation, whom, names, {
    saidNow: context.via === 'push',
    ...known,
  });
  if (added.length > 0) await saveNames(tx, organisation, consignment, added);
  const order = message.facts.some(isOfOwnOrder) ? await orderOf(tx, names, consignment, context) : consignment;
  const isBegun = context.asTold === true || !begins || (await isConsignmentBegun(tx, consignment));
  const work: Ingesting = { tx, context, consignment, facts: [] };
  await keepNews(work, message, order);
  // Labels or a tracking id came before the order itself: one read of the whole consignment tells it.
  // Older than any order: where the order's own push was only overtaken, it comes in a moment and nothing need be read.
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

/** What was asked of one that has merged since is told to the one that goes on. */
const isHandedOver = ({ handedOver, consignment }: IngestContext, to: string): boolean =>
  handedOver === true && to === consignment;

async function keepFact(work: Ingesting, on: string, fact: NewFact): Promise<void> {
  pushFact(work, await storeFact(work.tx, on, fact, { ...work.context, handedOver: isHandedOver(work.context, on) }));
}

/** Keeps that the whole consignment is to be read at Palletways. */
const keepHint = (work: Ingesting, id: string, at: string): Promise<void> =>
  keepFact(work, work.consignment, { kind: 'hint', id, at, zone: 'UTC', source: 'engine' });

/** Keeps each fact that is news, an amendment of an order with the changes of charges that it makes. `order`: whose order is spoken of. */
async function keepNews(work: Ingesting, message: Message, order: string): Promise<void> {
  const { tx, context, consignment } = work;
  for (const fact of message.facts) {
    const on = isOfOwnOrder(fact) ? order : consignment;
    const { whole, beside } = await completeOrder(tx, on, fact, context.heard);
    const news = context.asTold ? fact : await selectNews(tx, on, whole, message.untimed === true, context);
    // A read decides only about what reads tell: what this message alone tells is kept whatever it comes to.
    if (news?.kind === 'hint' && beside !== null) await keepOrder(work, on, beside);
    if (news === null || (news.kind === 'hint' && beside !== null && saysTheSame(whole, beside as Fact))) continue;
    if (news.kind === 'order') await keepOrder(work, on, news);
    else await keepFact(work, on, news);
  }
}

/** Keeps an order, with the changes of charges that it makes. */
async function keepOrder(work: Ingesting, on: string, order: Extract<NewFact, { kind: 'order' }>): Promise<void> {
  const changes = await chargesAmended(work.tx, work.context.organisation, on, order);
  for (const each of [order, ...changes]) await keepFact(work, on, each);
}

/** What follows from the news: checks of a POD, an order that is reinstated, depots, a read where little is known, a decision. */
async function followUp(work: Ingesting, message: Message, pointed: NameMatches): Promise<void> {
  const { tx, context, consignment, facts } = work;
  const { organisation, heard, staleMs } = context;
  const here = { ...context, handedOver: isHandedOver(context, consignment) };
  for (const check of await findChecks(tx, organisation, consignment, facts, heard))
    await keepFact(work, consignment, check);
  if (message.created !== undefined) await saveCreated(tx, consignment, message.created);
  if (message.created !== undefined || facts.some((fact) => fact.kind === 'cancellation'))
    pushFact(work, await reinstateIfOrderedAgain(tx, consignment, here));
  for (const order of facts.filter((fact) => fact.kind === 'order' && fact.roles !== undefined))
    pushFact(work, await followDepots(tx, consignment, order.id, here));
  if (
    staleMs !== undefined &&
    facts.some(({ source }) => source === 'qargo') &&
    mayBeStale(pointed.readAt.get(consignment), heard, staleMs) &&
    (await isStale(tx, consignment, staleMs))
  )
    await keepHint(work, `hint:stale:${heard}`, heard);
  if (facts.some(({ kind }) => kind === 'cancellation' || kind === 'revived'))
    pushFact(work, await judgeCancelled(tx, { organisation, consignment, handedOver: here.handedOver }));
}

/**
 * What the names point to. Where one of them is not known yet, something may be begun, named or merged by it: then they are locked first.
 */
async function lookUp(tx: Queryable, organisation: string, names: readonly Name[]): Promise<NameMatches> {
  const pointed = await findConsignments(tx, organisation, names);
  const isKnown = (name: Name) =>
    pointed.known.some(({ kind, value, valid }) => valid && kind === name.kind && value === name.value);
  if (names.length === 0 || (pointed.consignments.length === 1 && names.every(isKnown))) return pointed;
  await lockNames(tx, organisation, names);
  return findConsignments(tx, organisation, names);
}

/** Whether it can be that it was not read for so long; where that is not known here, the record is asked. */
const mayBeStale = (readAt: Date | null | undefined, heard: string, staleMs: number) =>
  readAt === undefined || (readAt !== null && readAt.getTime() < Date.parse(heard) - staleMs + 1_000);

/** The consignment that is meant, locked; null where none is known, or a weak name fits several. */
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

/** Whose the order at Qargo is that is spoken of: an identity that was merged keeps what is said of its own order alone. */
async function orderOf(
  tx: Queryable,
  names: readonly Name[],
  consignment: string,
  context: IngestContext,
): Promise<string> {
  if (!names.some(isOrderName)) return context.consignment ?? consignment;
  return (await ownerOfOrder(tx, context.organisation, names)) ?? consignment;
}

/** A new consignment, or the one that somebody else began under the same names while we looked. */
async function createConsignment(tx: Queryable, organisation: string, names: readonly Name[]): Promise<string> {
  const minted = await createIdentity(tx, organisation, names);
  const strong = names.filter((name) => name.strong);
  // Waits for whoever adds the same strong name in a transaction of their own; theirs stands.
  const { taken } = await addNames(tx, organisation, minted, strong);
  if (taken.length === 0) return minted;
  await discardIdentity(tx, minted);
  const { consignments } = await findConsignments(tx, organisation, strong);
  if (consignments.length === 0)
    throw new Error(`consignment of ${taken.map(({ kind }) => kind).join(', ')} is not found`);
  return mergeAndLock(tx, organisation, consignments);
}

/** New names: people see them where there were none, and what was parked under them is attached. */
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

/** The names that people see, and under which Palletways is told: those of the identifiers that stand, as the state has them. */
async function showNames(tx: Queryable, consignment: string): Promise<void> {
  await tx.query(
    `update consignment c set reference = coalesce(t.envelope->>'conNo', c.reference), tracking_id = coalesce(t.envelope->>'trackingId', c.tracking_id)
       from (select envelope from fact where consignment = $1 and kind = 'tracking'
              order by envelope->>'trackingId' is not null desc, at desc, id desc limit 1) as t
      where c.id = $1`,
    [consignment],
  );
}

/** Not read at Palletways, nor asked to be read, for so long. */
async function isStale(tx: Queryable, consignment: string, ms: number): Promise<boolean> {
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

/** The fact if it is news, a hint in its place where only a read can decide, null where it is no news. */
async function selectNews(
  tx: Queryable,
  consignment: string,
  fact: NewFact,
  untimed: boolean,
  { heard, via, organisation }: Pick<IngestContext, 'heard' | 'via' | 'organisation'>,
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
    // Plans are ordered by when they are seen, but of two pushes Qargo's own clock tells which is history.
    if (old) return null;
    await saidAgain(tx, consignment, fact);
  }
  if (latest === null) return fact.kind === 'plan' && fact.trip === null ? null : fact;
  if (copy === true) return null;
  if (fact.kind === 'tracking') return withWhatIsKnown(fact, latest, copy === false);
  if (saysTheSame(fact, latest) || (await hasTheSameContent(tx, fact, latest))) {
    // What is said again is no fact, but it tells until when nothing else was true.
    if (fact.kind !== 'plan' && !untimed && fact.at > latest.at) await saidAgain(tx, consignment, fact);
    return null;
  }
  if (fact.kind === 'plan') return fact;
  // Two pushes of one second may overtake each other, and each tells the labels as they were when it was made.
  const tied = fact.kind === 'labels' && via !== 'read' && fact.at === latest.at;
  if (old || tied || (fact.kind === 'order' && via !== 'read' && (untimed || isAmbiguous(fact.at, latest)))) {
    // It came late, or it is an edit that the clocks of two systems hide: one read decides.
    const at = [heard, fact.at, latest.at].sort().at(-1) ?? heard;
    return { kind: 'hint', id: `hint:${fact.id}`, at, zone: fact.zone, source: fact.source };
  }
  // The id of labels names their barcodes alone: where the same ones return after others they are a fact of their own.
  return copy === false ? { ...fact, id: `${fact.id}:${fact.at}` } : fact;
}

/**
 * The first estimate of a stop, or one that moved by at least as much as the organisation wants to tell, counted from the last that it
 * did. What was expected of a stop before it was reached is no news after that. Of two pushes Qargo's own clock tells which is history;
 * between a push and a read, whose clocks are two, what was seen later stands.
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

/** Another part of ours in the same order (another configuration) is news, but not where none was known: that was heard before there were any. */
function samePart(fact: Extract<NewFact, { kind: 'order' }>, latest: Extract<Fact, { kind: 'order' }>): boolean {
  if (fact.roles === undefined || latest.roles === undefined) return true;
  return fact.leg === latest.leg && fact.roles.join() === latest.roles.join();
}

/**
 * Whether an order or a plan that differs by nothing but keyed digests has the content of the latest all the same: then another release
 * digested it. What no content tells (the services of the other leg) has changed where its digest has.
 */
async function hasTheSameContent(tx: Queryable, fact: NewFact, latest: Fact): Promise<boolean> {
  if (fact.body === undefined || latest.content === undefined) return false;
  if (fact.kind === 'plan') {
    if (latest.kind !== 'plan' || fact.trip === null || fact.trip !== latest.trip || !fact.vehicle || !latest.vehicle)
      return false;
  } else if (fact.kind !== 'order' || latest.kind !== 'order' || !samePart(fact, latest)) return false;
  else if (fact.digests.services !== latest.digests.services || namesOnly(fact) !== namesOnly(latest)) return false;
  const told = await rawContent(tx, latest.content);
  return (
    typeof told === 'object' &&
    told !== null &&
    isDeepStrictEqual(withoutNames(told), withoutNames(JSON.parse(storableJson(fact.body)) as object))
  );
}

/** An order without the digests themselves: only what was said at all. */
const namesOnly = (order: OrderDomain): string =>
  orderDigest({ ...order, digests: Object.fromEntries(Object.keys(order.digests).map((name) => [name, ''])) });

/** Names of the consignment and its pallets are facts of their own. */
const withoutNames = ({ conNo: _c, trackingId: _t, responseId: _r, barcodes: _b, ...said }: Partial<OrderContent>) =>
  said;

/** Remembers the latest instant at which a snapshot was said, whether it was news or not. */
async function saidAgain(tx: Queryable, consignment: string, { kind, at }: NewFact): Promise<void> {
  await tx.query(
    'update consignment set said = said || jsonb_build_object($2::text, greatest(said->>$2, $3)) where id = $1',
    [consignment, kind, at],
  );
}

/** A push and what is known were true at nearly the same moment, or a read stands near it: one read decides. */
function isAmbiguous(at: string, latest: Fact): boolean {
  if (at === latest.at) return true;
  return latest.via === 'read' && Math.abs(Date.parse(at) - Date.parse(latest.at)) < 60_000;
}
