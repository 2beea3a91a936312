/**
 * The projection makes the outstanding obligations in the record, and the status of a consignment, from facts and receipts. The store runs
 * it under the consignment's lock, in the transaction that adds a fact, a decision or an outcome (store/record/projection.ts), and writes
 * the difference. Its result does not depend on the current time or on an organisation's switches: they are joined when work is taken.
 * Pure.
 */

import { callPriorities } from '../calls/error.ts';
import type { Counterpart, Fact } from '../facts/facts.ts';
import { lineOf } from '../facts/kinds.ts';
import { momentOf } from '../facts/order-of-time.ts';
import type { Leg, Role } from '../facts/roles.ts';
import type { Cause } from '../obligations/causes.ts';
import { type Need, type ObligationKind, rowOf, type Sort } from '../obligations/kinds.ts';
import { type Lane, laneOf } from '../obligations/lanes.ts';
import { legOf, rolesIn } from '../obligations/leg.ts';
import type { Obligation } from '../obligations/obligation.ts';
import { owed } from '../obligations/obligations.ts';
import type { Asked, Page } from '../obligations/plan.ts';
import { editStage } from '../policy/decision.ts';
import type { EditStage } from '../policy/edits.ts';
import type { Row } from '../policy/rows.ts';
import { type CaseStatus, caseStatusOf } from '../state/cases.ts';
import {
  cancelKey,
  isEnded,
  lastMilestone,
  openDoubt,
  openPlannerQuestion,
  type Stage,
  type State,
  stageOf,
  standingFact,
} from '../state/state.ts';
import { baseOf } from './base.ts';
import { isPointless, isTakenBack, type Ledger, orderAccepted, type Receipt, settles } from './receipts.ts';

/**
 * The version of these rules. A projection that another version made is made again when somebody next changes the consignment, and by a
 * slow pass over all.
 */
export const rulesVersion = 2;

/** An obligation that is not met, as a row of the record. */
export interface OpenObligation {
  readonly key: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  readonly sort: Sort;
  /** The row of the integration that switches it; null where no row does. */
  readonly row: Row | null;
  readonly lane: Lane;
  readonly change: Obligation['change'];
  /** The index into `callPriorities`. */
  readonly rank: number;
  readonly revision: number;
  readonly generation: number;
  readonly fact: string;
  readonly needs: readonly Need[];
  readonly gives: Need | null;
  /** UTC ISO. */
  readonly happenedAt: string;
  readonly state: 'open' | 'refused' | 'unknown';
  readonly cause: Cause | null;
  /** UTC ISO. */
  readonly notBefore: string | null;
}

/** Returns which of these obligations are open, given their receipts. */
export function openObligations(state: State, obligations: readonly Obligation[], ledger: Ledger): OpenObligation[] {
  const ended = isEnded(state);
  return obligations.flatMap((o) => (isPointless(o, ledger, ended) ? [] : (openObligation(o, ledger[o.key]) ?? [])));
}

function openObligation(o: Obligation, receipt: Receipt | undefined): OpenObligation | null {
  const stuck = receipt?.state === 'refused' || receipt?.state === 'unknown' ? receipt.state : null;
  const met = settles(receipt, o);
  if (met && stuck === null) return null;
  const waits =
    !met &&
    receipt?.state === 'not yet' &&
    receipt.until !== undefined &&
    receipt.digest === o.digest &&
    receipt.revision === o.revision;
  return {
    key: o.key,
    to: o.to,
    kind: o.kind,
    sort: o.sort,
    row: rowOf[o.sort],
    lane: laneOf(o),
    change: o.change,
    rank: callPriorities.indexOf(o.priority),
    revision: o.revision,
    generation: o.generation,
    fact: o.fact,
    needs: o.needs,
    gives: o.gives ?? null,
    happenedAt: o.at,
    state: met && stuck !== null ? stuck : 'open',
    cause: met || waits ? (receipt?.cause ?? null) : null,
    notBefore: waits ? receipt.until : null,
  };
}

/** Returns the keys of the receipts that other obligations depend on, too. */
export function decisiveKeys(state: State): string[] {
  const revival = standingFact(state, 'revived')?.revival ?? 0;
  return ['order', 'plan', cancelKey(revival), ...(revival === 0 ? [] : [cancelKey(revival - 1)])];
}

/** Returns the needs that are met. */
export function metNeeds(state: State, ledger: Ledger): Need[] {
  const met: Need[] = [];
  if (standingFact(state, 'tracking') !== undefined) met.push('tracking id');
  if (orderAccepted(ledger)) met.push('order accepted');
  const revived = standingFact(state, 'revived');
  if (revived === undefined || isTakenBack(ledger[cancelKey(revived.revival - 1)]))
    met.push('earlier order taken back');
  return met;
}

export interface Status {
  readonly stage: Stage;
  /** The stage by which edits, cancellations and scheduled pulls are judged. */
  readonly editStage: EditStage;
  readonly ended: boolean;
  /**
   * True where nothing more is expected: it is delivered and signed for (or a person does without), it is cancelled or merged, or we drive
   * no leg.
   */
  readonly over: boolean;
  /** The instant of the delivery, while its stage is *delivered*; UTC ISO. */
  readonly deliveredAt: string | null;
  readonly leg: Leg;
  readonly roles: readonly Role[];
  readonly service: string;
  readonly has: readonly Need[];
  readonly asked: readonly Asked[];
  readonly goods: Page['goods'] | null;
}

export function statusOf(state: State, ledger: Ledger): Status {
  const order = standingFact(state, 'order');
  const stage = stageOf(state);
  const last = stage === 'delivered' ? lastMilestone(state) : undefined;
  const doubt = openDoubt(state);
  return {
    stage,
    editStage: editStage(state),
    ended: isEnded(state),
    over: isOver(state),
    deliveredAt: last === undefined ? null : momentOf(last),
    leg: legOf(state),
    roles: rolesIn(state),
    service: order?.service ?? '',
    has: metNeeds(state, ledger),
    asked: [
      ...(doubt === null ? [] : [doubt.sign === undefined ? ('missing' as const) : ('sign' as const)]),
      ...(openPlannerQuestion(state) === null ? [] : ['held' as const]),
    ],
    goods: order === undefined ? null : { lifts: order.lifts, weight: order.weight },
  };
}

function isOver(state: State): boolean {
  const stage = stageOf(state);
  if (stage === 'cancelled' || stage === 'merged') return true;
  const leg = legOf(state);
  if (leg === 'none' || (leg === 'collection' && stage === 'delivered')) return true;
  if (stage !== 'delivered') return false;
  return Object.values(state.subjects).some(
    (fact) => fact.kind === 'pod' || (fact.kind === 'close-out' && fact.accepted === true),
  );
}

type Happened = Page['happened'][number];

/** Returns the lines that facts add to the page's list of what happened. */
export function happenedOf(facts: readonly Fact[]): Happened[] {
  return facts.flatMap((fact): Happened[] => {
    const line = lineOf(fact);
    return line === undefined ? [] : [[fact.at, line]];
  });
}

/** The list of what happened keeps so many lines, the latest. */
const happenedLines = 12;

/** Joins two lists of what happened and keeps the latest lines, oldest first. This is a join, too. */
export function joinHappened(a: readonly Happened[], b: readonly Happened[]): Happened[] {
  const unique = new Map([...a, ...b].map((line) => [line.join(' '), line]));
  return [...unique.entries()]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .slice(-happenedLines)
    .map(([, line]) => line);
}

export interface Projection {
  readonly base: readonly Fact[];
  readonly open: readonly OpenObligation[];
  readonly status: Status;
  readonly happened: readonly Happened[];
  readonly cases: CaseStatus;
}

/** Projects a whole consignment from all of its facts and its receipts. */
export function projectWhole(state: State, facts: readonly Fact[], ledger: Ledger): Projection {
  return {
    base: Object.values(baseOf(state).subjects),
    open: openObligations(state, owed(state), ledger),
    status: statusOf(state, ledger),
    happened: joinHappened([], happenedOf(facts)),
    cases: caseStatusOf(facts),
  };
}

/**
 * Returns what news about one thing affects: the obligations that it changed, those whose `keys` have a new outcome, and the keys that are
 * not owed any more. It is only for news that decides nothing for the whole consignment (`modeOf`).
 */
export function aboutNews(
  before: State,
  after: State,
  keys: ReadonlySet<string>,
): { about: Obligation[]; gone: string[] } {
  const owedAfter = owed(after);
  const { changed, gone } = changedBetween(owed(before), owedAfter);
  const about = new Map<string, Obligation>(changed.map((o) => [o.key, o]));
  // A decision has no point for Qargo while the order is not there. When the order is accepted, the decision may become due.
  for (const o of owedAfter) if (keys.has(o.key) || (keys.has('order') && o.kind === 'decision')) about.set(o.key, o);
  const present = new Set(owedAfter.map(({ key }) => key));
  return { about: [...about.values()], gone: [...gone, ...[...keys].filter((key) => !present.has(key))] };
}

/**
 * Returns the obligations that news changed, i.e. that are new or different in the second state, and the keys that are not owed any more.
 */
function changedBetween(
  before: readonly Obligation[],
  after: readonly Obligation[],
): { changed: Obligation[]; gone: string[] } {
  const known = new Map(before.map((o) => [o.key, JSON.stringify(o)]));
  const keys = new Set(after.map(({ key }) => key));
  return {
    changed: after.filter((o) => known.get(o.key) !== JSON.stringify(o)),
    gone: before.map(({ key }) => key).filter((key) => !keys.has(key)),
  };
}
