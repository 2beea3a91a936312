/**
 * What every send shares: an intent, one handler an item, an outcome; and what a failed call means for the item and for the whole
 * activity. A cause that holds up every item (no token, no answer, a ban) becomes the activity's own next retry delay, which adds nothing to
 * the workflow's history. A cause that holds up one item makes that item `not yet`, with a time.
 */

import { randomUUID } from 'node:crypto';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { CallError, reasonOf, waitOf } from '../../domain/calls/error.ts';
import type { Counterpart, Fact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { counterpartOf, type Lane } from '../../domain/obligations/lanes.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { isTry } from '../../domain/receipts/last-try.ts';
import { takeWork } from '../../store/due/take.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import {
  countFaults,
  type Intent,
  type Item,
  intend,
  keepLastTry,
  keepWaited,
  markAnswered,
  markNotSent,
  markSending,
  type Outcome,
  type Owner,
  settle,
} from '../../store/outbox/receipts.ts';
import { clockAheadMs } from '../../store/postgres/clock.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { isMomentary, isStoreOutage } from '../../store/postgres/outage.ts';
import { type ConsignmentRow, factOf } from '../../store/record/consignments.ts';
import { holdLane } from '../../store/record/due.ts';
import { wakeConsignments } from '../../store/record/wake.ts';
import type { SendInput } from '../types.ts';
import type { Counterparts } from './counterparts.ts';
import type { NoteBatcher } from './note-batcher.ts';
import { type FaultWatch, faultTries, logUnforeseen } from './unforeseen.ts';

export interface Services extends FaultWatch {
  readonly installation: Installation;
  readonly counterparts: Counterparts;
  readonly desk: NoteBatcher;
}

/** What a send is doing at the moment, for the log of slow sends. */
export interface Doing {
  step: string;
}

/** One activity's work on one consignment. */
export interface Work {
  readonly services: Services;
  readonly organisation: Organisation;
  readonly consignment: string;
  /** This run of the activity: only the last one that wrote an intent may send. */
  readonly sender: string;
  /** Keys whose call this run has put on the wire and that have no answer yet. */
  readonly onTheWire: Set<string>;
  row: ConsignmentRow;
  readonly signal: AbortSignal | undefined;
  readonly doing: Doing;
  readonly lane: Lane;
  /** All items that were due in the lane when the send took it. */
  readonly items: readonly Item[];
  /** The facts of the items, by id. */
  readonly taken: ReadonlyMap<string, Fact>;
  /** How far the database's clock is ahead of this process's, ms: deadlines go by the database's. */
  readonly aheadMs: number;
  /** How long calls waited for a budget in this run of the activity, ms. */
  waitedMs: number;
  /** `ended`: keys that this run gave an outcome (`not yet` too) or postponed; `met`: those of them that were met. */
  readonly ended: Set<string>;
  readonly met: Set<string>;
  /** Facts from reads that this run made. */
  readonly facts: Fact[];
}

/** Takes the items that are due in a lane. @throws a `Held` failure if the organisation is not active. */
export async function startWork(
  services: Services,
  input: SendInput,
  signal: AbortSignal | undefined,
  doing: Doing,
): Promise<Work> {
  const { db, organisations } = services.installation;
  const organisation = await organisations.cached(input.organisation);
  if (organisation === undefined) throw new Error(`no organisation ${input.organisation}`);
  const { consignment, lane } = input;
  const aheadMs = await clockAheadMs(db);
  const { items, facts: taken, row } = await takeWork(db, organisation.id, consignment, lane);
  if (!organisation.active) {
    // Nothing is sent for an inactive organisation; what comes in is stored, and is sent when it is active again.
    const wait = Math.ceil(60_000 / services.counterparts.pace);
    await holdLane(db, consignment, lane, 'not active', inMs({ aheadMs }, wait));
    throw ApplicationFailure.create({
      message: 'held: not active',
      type: 'Held',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: wait,
    });
  }
  const fresh = {
    sender: randomUUID(),
    onTheWire: new Set<string>(),
    waitedMs: 0,
    ended: new Set<string>(),
    met: new Set<string>(),
    facts: [],
  };
  return { services, organisation, consignment, lane, row, signal, doing, items, taken, aheadMs, ...fresh };
}

/** Answers the instant `ms` from now, UTC ISO, of the database's clock. */
const inMs = ({ aheadMs }: Pick<Work, 'aheadMs'>, ms: number): string =>
  new Date(Date.now() + aheadMs + ms).toISOString();

/** Writes intents. It leaves out items that are not outstanding in exactly this version, and items whose earlier call may still act. */
export async function writeIntents(
  work: Work,
  counterpart: Counterpart,
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[]> {
  if (items.length === 0) return [];
  work.doing.step = `intents ${items.map(({ item }) => item.key).join(' ')}`;
  const written = await intend(work.services.installation.db, ownerOf(work, counterpart), items);
  const open = written.filter(({ quietUntil }) => quietUntil === null);
  const left = new Set(open.map(({ item }) => item.key));
  for (const { item } of items) if (!left.has(item.key)) work.ended.add(item.key);
  return open;
}

/** Answers the owner of this work's receipts. A call without an answer may act until its time-out, and in the quiet time after it. */
export function ownerOf(work: Work, counterpart: Counterpart): Owner {
  const { consignment, sender, organisation } = work;
  const { counterparts } = work.services;
  const doubtMs = counterparts.callMs(organisation)[counterpart] + counterparts.quietMs(organisation);
  return { organisation: organisation.id, consignment, counterpart, sender, doubtMs };
}

/**
 * Marks items as on the wire, just before their call is sent. @throws if another run of the activity has claimed one of them: this run is
 * late (its worker stood still, or Temporal lost it) and must not send.
 */
export async function markOnTheWire(
  work: Work,
  items: readonly Item[],
  progress: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const keys = items.map(({ key }) => key);
  const mine = await markSending(work.services.installation.db, work, keys, progress);
  if (!mine) throw ApplicationFailure.create({ message: 'another run has taken this over', type: 'TakenOver' });
  for (const key of keys) work.onTheWire.add(key);
  for (const item of items) work.services.faults?.('send', item);
}

/** Marks items whose call was answered, while its outcome is not written yet. */
export async function markCallAnswered(work: Work, items: readonly Item[]): Promise<void> {
  const keys = items.map(({ key }) => key);
  await markAnswered(work.services.installation.db, work, keys);
  for (const key of keys) work.onTheWire.delete(key);
}

/** After a failed call, removes the mark `on the wire` from its items, if the call certainly did not act. */
export async function markUnsent(work: Work, error: CallError): Promise<void> {
  const keys = [...work.onTheWire];
  work.onTheWire.clear();
  if (error.retry !== 'lost' && keys.length > 0) await markNotSent(work.services.installation.db, work, keys);
}

/** Counts the time that this work's calls wait for a budget. */
export const waitedOf = (work: Work) => (ms: number) => {
  work.waitedMs += ms;
};

/** Writes outcomes in one transaction of their own. */
export async function finish(work: Work, ...outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.length === 0) return;
  work.doing.step = `finish ${outcomes.map(({ item, state }) => `${item.key} ${state}`).join(' ')}`;
  const settled = await inTransaction(work.services.installation.db, async (tx) => {
    const keys = outcomes.map(({ item }) => item.key);
    const written = await settle(tx, { organisation: work.organisation.id, consignment: work.consignment }, outcomes);
    await keepWaited(tx, work.consignment, keys, work.waitedMs);
    return written;
  });
  noteEnds(work, outcomes, settled);
}

/** Remembers the outcomes of items in this run of the activity. */
export function noteEnds(work: Work, outcomes: readonly Outcome[], settled: readonly string[]): void {
  for (const { item, state } of outcomes) {
    work.ended.add(item.key);
    if (state === 'met' && settled.includes(item.key)) work.met.add(item.key);
  }
}

/** Ends looks: it takes in their facts first, then writes outcomes whose proof names the facts. A repeated look gives the same facts. */
export async function endLooks(
  work: Work,
  looks: readonly Intent[],
  takeInAnswers: () => Promise<Fact[]>,
  proof: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const facts = await takeInAnswers();
  work.facts.push(...facts);
  const withFacts = { ...proof, facts: facts.map((fact) => fact.id) };
  await finish(work, ...looks.map(({ item }): Outcome => ({ item, state: 'met', proof: withFacts })));
}

/** Answers the fact that an item is derived from. @throws if the store does not have it: then the item cannot be sent. */
export async function factFor<K extends Fact['kind']>(
  work: Work,
  item: Item,
  kind: K,
): Promise<Extract<Fact, { kind: K }>> {
  const fact = work.taken.get(item.fact) ?? (await factOf(work.services.installation.db, work.consignment, item.fact));
  if (fact === null || fact.kind !== kind)
    throw new Error(`no ${kind} fact ${item.fact} in consignment ${work.consignment}`);
  return fact as Extract<Fact, { kind: K }>;
}

/** Answers the instant `seconds` (divided by the pace) from now, UTC ISO. */
export function instantIn(work: Work, seconds: number): string {
  return inMs(work, (seconds * 1000) / work.services.counterparts.pace);
}

/** Answers the outcome of an item whose call was refused or lost; null if the cause holds up every item. */
export function outcomeOf(work: Work, item: Item, error: CallError): Outcome | null {
  if (error.retry === 'refused') return { item, state: 'refused', cause: { code: 'refused' }, reason: reasonOf(error) };
  if (error.retry === 'lost') {
    const until = instantIn(work, work.organisation.policy.quietSeconds);
    return { item, state: 'not yet', cause: { code: 'answer lost' }, reason: reasonOf(error), until, inDoubt: true };
  }
  return null;
}

/**
 * Handles an unforeseen error in the work for some items. They are tried again a few times, and then parked as our fault, with a reference
 * that finds the error in the log; other items go on. @throws the error again if it comes from the database or from Temporal.
 */
export async function parkAsOurFault(work: Work, items: readonly Item[], error: unknown): Promise<void> {
  if (
    error instanceof ApplicationFailure ||
    isStoreOutage(error) ||
    isMomentary(error) ||
    work.signal?.aborted === true
  )
    throw error;
  const reason = logUnforeseen(work.services, error, {
    consignment: work.consignment,
    items: items.map(({ key }) => key),
  });
  const { db } = work.services.installation;
  const open = items.filter((item) => !work.ended.has(item.key));
  const tries = await countFaults(db, work.organisation.id, work.consignment, counterpartOf(work.lane), open);
  await finish(
    work,
    ...open.map((item): Outcome => {
      const nth = tries.get(item.key) ?? 1;
      // Nobody knows what the call of this item did: the next try looks first, once the call cannot act any more.
      const inDoubt = work.onTheWire.has(item.key);
      if (nth >= faultTries)
        return { item, state: inDoubt ? 'unknown' : 'refused', cause: { code: 'our fault' }, reason };
      const until = instantIn(work, Math.max(5 * nth * nth, inDoubt ? work.organisation.policy.quietSeconds : 0));
      return { item, state: 'not yet', cause: { code: 'our fault' }, reason, until, inDoubt };
    }),
  );
  for (const { key } of open) work.onTheWire.delete(key);
}

/**
 * Runs handlers one after the other, until one meets a cause that holds up every item. Then, if nothing was settled, the activity itself is
 * tried again at the right time. Otherwise the rest is `not yet`, so that the workflow learns what was settled. An unforeseen error ends only
 * the items of its own handler.
 */
export async function runAll(
  work: Work,
  steps: readonly { items: readonly Item[]; run: () => Promise<void> }[],
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await step.run();
    } catch (error) {
      if (await endItems(work, step.items, error)) continue;
      const rest = steps.slice(index).flatMap(({ items }) => items);
      return retryAllLater(work, error as CallError, rest);
    }
  }
}

/**
 * Writes the outcomes of an error that concerns only these items; an unforeseen one is our fault. For a CallError that holds up every item it
 * writes nothing and answers false. @throws the error again if it comes from the database or from Temporal.
 */
export async function endItems(work: Work, items: readonly Item[], error: unknown): Promise<boolean> {
  if (!(error instanceof CallError)) {
    await parkAsOurFault(work, items, error);
    return true;
  }
  await markUnsent(work, error);
  const own = items.filter((item) => !work.ended.has(item.key)).map((item) => outcomeOf(work, item, error));
  if (!own.every((outcome): outcome is Outcome => outcome !== null)) return false;
  await finish(work, ...own);
  return true;
}

/**
 * Handles a cause that holds up every item: the activity is tried again or, if something was settled already, the rest is `not yet`. `own`
 * gives the error of each remaining item, if it differs from `error`.
 */
export async function retryAllLater(
  work: Work,
  error: CallError,
  rest: readonly Item[],
  own: (item: Item) => CallError = () => error,
): Promise<void> {
  if (!isTry(error.retry)) throw error;
  const wait = waitMs(work, error);
  const waited = work.waitedMs + (error.retry === 'budget' ? (wait ?? 0) : 0);
  await keepWaited(
    work.services.installation.db,
    work.consignment,
    rest.map((item) => item.key),
    waited,
  );
  if (work.ended.size === 0) {
    const again = wait === undefined ? {} : { until: untilOf(work, error, wait) };
    await holdLane(work.services.installation.db, work.consignment, work.lane, error.retry, again.until);
    for (const held of new Set(rest.map(own))) {
      if (!isTry(held.retry)) continue;
      const keys = rest.flatMap((item) => (own(item) === held ? [item.key] : []));
      const reason = held.retry === 'budget' ? null : reasonOf(held);
      await keepLastTry(work.services.installation.db, work.consignment, keys, { cause: held.retry, reason, ...again });
    }
    // A failed run answers no facts to the workflow, so it is woken for the facts that were read in this run.
    if (work.facts.length > 0) await wakeConsignments(work.services.installation.db, [work.consignment]);
    throw ApplicationFailure.create({
      message: `held: ${error.retry}`,
      type: 'Held',
      category: ApplicationFailureCategory.BENIGN,
      ...(wait === undefined ? {} : { nextRetryDelay: wait }),
    });
  }
  const until = untilOf(work, error, wait ?? 5_000 / work.services.counterparts.pace);
  const open = rest.filter((item) => !work.ended.has(item.key));
  await finish(
    work,
    ...open.map(
      (item): Outcome => ({ item, state: 'not yet', cause: causeOf(own(item)), reason: reasonOf(own(item)), until }),
    ),
  );
}

const causeOf = ({ retry }: CallError): Cause => ({ code: retry === 'lost' ? 'answer lost' : retry });

/** Answers when it is tried again, UTC ISO of the database's clock, of which a budget's own instant is already. */
const untilOf = (work: Work, error: CallError, waitMs: number): string =>
  error.retry === 'budget' && error.until !== undefined ? new Date(error.until).toISOString() : inMs(work, waitMs);

/** Answers the milliseconds until the next try; undefined for the retry policy's own growing delay. */
function waitMs(work: Work, error: CallError): number | undefined {
  const asked = waitOf(error, Date.now());
  if (asked !== undefined) return Math.max(50, asked);
  const { pace } = work.services.counterparts;
  if (error.retry === 'banned') return 60_000 / pace;
  if (error.retry === 'auth') return 60_000 / pace;
  return undefined;
}
