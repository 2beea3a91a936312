/**
 * What every delivery shares: intent, one handler an item, outcome; and what a failed call means for the item and for the
 * whole activity. What holds all alike (no token, no answer, a ban) becomes the activity's own next retry delay and costs no
 * history; what holds one thing is `not yet` with a time.
 */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { CallError, waitOf } from '../domain/call-error.ts';
import type { Delivery } from '../domain/deliveries.ts';
import type { Counterpart, Fact } from '../domain/facts.ts';
import { isTry } from '../domain/last-try.ts';
import type { Organisation } from '../domain/organisation.ts';
import { type ConsignmentRow, consignmentRow, factOf } from '../store/consignments.ts';
import { inTransaction, type Queryable } from '../store/database.ts';
import {
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
} from '../store/deliveries.ts';
import type { Installation } from '../store/installation.ts';
import type { Counterparts } from './counterparts.ts';
import type { NoteDesk } from './note-desk.ts';
import type { DeliverInput } from './types.ts';

export interface Services {
  readonly installation: Installation;
  readonly counterparts: Counterparts;
  readonly desk: NoteDesk;
}

/** What a delivery is doing just now, for the log of slow ones. */
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
  /** Keys whose call this run has put on the wire and that was not answered yet. */
  readonly onTheWire: Set<string>;
  row: ConsignmentRow;
  readonly signal: AbortSignal | undefined;
  readonly doing: Doing;
  /** What is to be delivered: of a merged identity its order's cancellation alone. */
  readonly items: readonly Item[];
  /** How long calls waited for a budget in this run of the activity, ms. */
  waitedMs: number;
  /** Outcomes so far, as ledger entries. */
  readonly outcomes: Delivery[];
  /** Facts that reads on the way told. */
  readonly facts: Fact[];
}

export async function begin(services: Services, input: DeliverInput, signal: AbortSignal | undefined, doing: Doing): Promise<Work> {
  const organisation = await services.installation.organisations.cached(input.organisation);
  if (organisation === undefined) throw new Error(`no organisation ${input.organisation}`);
  if (!organisation.active) {
    // Nothing is sent for it; what comes in is stored and goes on when it is active again.
    throw ApplicationFailure.create({
      message: 'held: not active',
      type: 'Held',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: Math.ceil(60_000 / services.counterparts.pace),
    });
  }
  const row = await consignmentRow(services.installation.db, input.consignment);
  const { consignment } = input;
  const fresh = { sender: randomUUID(), onTheWire: new Set<string>(), waitedMs: 0, outcomes: [], facts: [] };
  const work: Work = { services, organisation, consignment, row, signal, doing, items: input.items, ...fresh };
  if (row.mergedInto === null) return work;
  // All else is owed by the consignment that goes on, and what was owed here has moved there.
  const at = new Date().toISOString();
  const left = input.items.filter((item) => item.kind !== 'cancel');
  work.outcomes.push(...left.map(({ key, digest, revision }): Delivery => ({ key, digest, revision, state: 'void', cause: 'merged', at })));
  return { ...work, items: input.items.filter((item) => item.kind === 'cancel') };
}

/**
 * Writes intents; what was settled before answers with its outcome (and the facts its read told) and is left out, and so is,
 * as `not yet`, what may still act at the far side.
 */
export async function intents(
  work: Work,
  counterpart: Counterpart,
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[]> {
  if (items.length === 0) return [];
  work.doing.step = `intents ${items.map(({ item }) => item.key).join(' ')}`;
  const { installation } = work.services;
  const open: Intent[] = [];
  for (const intent of await intend(installation.db, ownerOf(work, counterpart), items)) {
    if (intent.quietUntil !== null) {
      const { key, digest, revision } = intent.item;
      const at = new Date().toISOString();
      work.outcomes.push({ key, digest, revision, state: 'not yet', at, until: intent.quietUntil, cause: 'answer lost' });
    } else if (intent.settled === null) open.push(intent);
    else {
      work.outcomes.push(intent.settled);
      const told = intent.proof?.facts;
      if (!Array.isArray(told)) continue;
      for (const id of told) {
        const fact = await factOf(installation.db, work.consignment, String(id));
        if (fact !== null) work.facts.push(fact);
      }
    }
  }
  return open;
}

/** Whose the deliveries of this work are. A call that nobody answers for may act as long as it may take, and the quiet time after it. */
export function ownerOf(work: Work, counterpart: Counterpart): Owner {
  const { consignment, sender, organisation } = work;
  const { counterparts } = work.services;
  const doubtMs = counterparts.callMs(organisation)[counterpart] + counterparts.quietMs(organisation);
  return { organisation: organisation.id, consignment, counterpart, sender, doubtMs };
}

/**
 * Marks items as on the wire, just before their call is sent. @throws where another run of the activity has taken one of them
 * over: this one is late (its worker stood still, or Temporal lost it) and must not send.
 */
export async function sending(work: Work, items: readonly Item[], progress: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const keys = items.map(({ key }) => key);
  const mine = await markSending(work.services.installation.db, work, keys, progress);
  if (!mine) throw ApplicationFailure.create({ message: 'another run has taken this over', type: 'TakenOver' });
  for (const key of keys) work.onTheWire.add(key);
}

/** The call of these items was answered; only its outcome is not written yet. */
export async function answered(work: Work, items: readonly Item[]): Promise<void> {
  const keys = items.map(({ key }) => key);
  await markAnswered(work.services.installation.db, work, keys);
  for (const key of keys) work.onTheWire.delete(key);
}

/** After a failed call: what was on the wire and surely did not act is so no more. */
export async function takeBack(work: Work, error: CallError): Promise<void> {
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
  const written = await inTransaction(work.services.installation.db, async (tx) => {
    await keepWaited(
      tx,
      work.consignment,
      outcomes.map(({ item }) => item.key),
      work.waitedMs,
    );
    return settle(tx, work.consignment, outcomes);
  });
  work.outcomes.push(...written);
}

/**
 * Ends looks with what they told: facts, and outcomes whose proof names them, in one transaction, so that a repeated activity
 * answers with the same facts.
 */
export async function endLooks(
  work: Work,
  looks: readonly Intent[],
  takeInAnswers: (tx: Queryable) => Promise<Fact[]>,
  proof: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const written = await inTransaction(work.services.installation.db, async (tx) => {
    const facts = await takeInAnswers(tx);
    const told = { ...proof, facts: facts.map((fact) => fact.id) };
    const outcomes = await settle(
      tx,
      work.consignment,
      looks.map(({ item }): Outcome => ({ item, state: 'delivered', proof: told })),
    );
    return { facts, outcomes };
  });
  work.facts.push(...written.facts);
  work.outcomes.push(...written.outcomes);
}

/** The fact an item is derived from; an item whose fact the store does not know cannot be sent. */
export async function factFor<K extends Fact['kind']>(work: Work, item: Item, kind: K): Promise<Extract<Fact, { kind: K }>> {
  const fact = await factOf(work.services.installation.db, work.consignment, item.fact);
  if (fact === null || fact.kind !== kind) throw new Error(`no ${kind} fact ${item.fact} in consignment ${work.consignment}`);
  return fact as Extract<Fact, { kind: K }>;
}

/** An instant `seconds` from now, divided by the pace, UTC ISO. */
export function soon(work: Work, seconds: number): string {
  return new Date(Date.now() + (seconds * 1000) / work.services.counterparts.pace).toISOString();
}

/** What a refused or lost call means for one item; null where it holds everything alike. */
export function outcomeOf(work: Work, item: Item, error: CallError): Outcome | null {
  if (error.retry === 'refused') return { item, state: 'refused', cause: 'refused', reason: reasonOf(error) };
  if (error.retry === 'lost') {
    const until = soon(work, work.organisation.policy.quietSeconds);
    return { item, state: 'not yet', cause: 'answer lost', reason: reasonOf(error), until, inDoubt: true };
  }
  return null;
}

export function reasonOf(error: CallError): string {
  return [error.message, ...error.fields].join('; ').slice(0, 2000);
}

/**
 * Runs handlers one after the other until one meets what holds all alike. Then, if nothing was settled, the activity itself is
 * tried again at the right time; otherwise the rest is `not yet`, so that what was settled is told.
 */
export async function runAll(work: Work, steps: readonly { items: readonly Item[]; run: () => Promise<void> }[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await step.run();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      await takeBack(work, error);
      const ended = new Set(work.outcomes.map((outcome) => outcome.key));
      const own = step.items.filter((item) => !ended.has(item.key)).map((item) => outcomeOf(work, item, error));
      if (own.every((outcome): outcome is Outcome => outcome !== null)) {
        await finish(work, ...own);
        continue;
      }
      await heldAlike(
        work,
        error,
        steps.slice(index).flatMap(({ items }) => items),
      );
      return;
    }
  }
}

/**
 * What holds all alike: a retry of the activity, or `not yet` for the rest where something was settled already. `own` is what held each
 * of the rest, where that is another.
 */
export async function heldAlike(
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
  if (work.outcomes.length === 0) {
    const again = wait === undefined ? {} : { until: new Date(error.until ?? Date.now() + wait).toISOString() };
    for (const held of new Set(rest.map(own))) {
      if (!isTry(held.retry)) continue;
      const keys = rest.flatMap((item) => (own(item) === held ? [item.key] : []));
      const reason = held.retry === 'budget' ? null : reasonOf(held);
      await keepLastTry(work.services.installation.db, work.consignment, keys, { cause: held.retry, reason, ...again });
    }
    throw ApplicationFailure.create({
      message: `held: ${error.retry}`,
      type: 'Held',
      category: ApplicationFailureCategory.BENIGN,
      ...(wait === undefined ? {} : { nextRetryDelay: wait }),
    });
  }
  const until = new Date(error.until ?? Date.now() + (wait ?? 5_000 / work.services.counterparts.pace)).toISOString();
  const ended = new Set(work.outcomes.map((outcome) => outcome.key));
  const open = rest.filter((item) => !ended.has(item.key));
  await finish(
    work,
    ...open.map((item): Outcome => ({ item, state: 'not yet', cause: own(item).retry, reason: reasonOf(own(item)), until })),
  );
}

/** Milliseconds until the next try, or undefined for the retry policy's own growing delay. */
function waitMs(work: Work, error: CallError): number | undefined {
  const told = waitOf(error, Date.now());
  if (told !== undefined) return Math.max(50, told);
  const { pace } = work.services.counterparts;
  if (error.retry === 'banned') return 60_000 / pace;
  if (error.retry === 'auth') return 60_000 / pace;
  return undefined;
}
