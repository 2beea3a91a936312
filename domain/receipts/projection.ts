/**
 * The projection: from facts and receipts to what stands in the record as outstanding, and to the status of a consignment. The store
 * runs it under the consignment's lock in the transaction that adds a fact, a decision or an outcome (store/record/projection.ts) and writes the
 * difference. Nothing here is true for a moment only: time and the switches of an organisation are joined when work is taken. Pure.
 */

import { callPriorities } from '../calls/error.ts';
import type { Counterpart, Fact } from '../facts/facts.ts';
import { lineOf } from '../facts/kinds.ts';
import { momentOf } from '../facts/order-of-time.ts';
import type { Leg, Role } from '../facts/roles.ts';
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
  isMissing,
  lastMilestone,
  openPlannerQuestion,
  type Stage,
  type State,
  stageOf,
  standingFact,
} from '../state/state.ts';
import { baseOf } from './base.ts';
import { isPointless, isTakenBack, type Ledger, orderAccepted, type Receipt, settles } from './receipts.ts';

/** Of these rules: a projection that others made is made again by who touches it next, and by a paced pass. */
export const rulesVersion = 1;

/** An obligation that is not met, as a row of the record. */
export interface OpenObligation {
  readonly key: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  readonly sort: Sort;
  /** The row of the integration that switches it; null: nothing does. */
  readonly row: Row | null;
  readonly lane: Lane;
  readonly change: Obligation['change'];
  /** Index into `callPriorities`. */
  readonly rank: number;
  readonly revision: number;
  readonly generation: number;
  readonly fact: string;
  readonly needs: readonly Need[];
  readonly gives: Need | null;
  /** UTC ISO. */
  readonly happenedAt: string;
  readonly state: 'open' | 'refused' | 'unknown';
  readonly cause: string | null;
  /** UTC ISO. */
  readonly notBefore: string | null;
}

/** What of some obligations is open, given what came of them. */
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

/** Keys of receipts that more depends on than the obligation itself. */
export function decisiveKeys(state: State): string[] {
  const revival = standingFact(state, 'revived')?.revival ?? 0;
  return ['order', 'plan', cancelKey(revival), ...(revival === 0 ? [] : [cancelKey(revival - 1)])];
}

/** The needs that are met. */
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
  /** The stage as edits, cancellations and scheduled pulls go by it. */
  readonly editStage: EditStage;
  readonly ended: boolean;
  /** Nothing more is expected of it: delivered and signed for (or a person does without), cancelled, or no leg of ours. */
  readonly over: boolean;
  /** When it was delivered, while that is its stage; UTC ISO. */
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
      ...(isMissing(state) ? ['missing' as const] : []),
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

/** What facts add to the page's list of what happened. */
export function happenedOf(facts: readonly Fact[]): Happened[] {
  return facts.flatMap((fact): Happened[] => {
    const line = lineOf(fact);
    return line === undefined ? [] : [[fact.at, line]];
  });
}

/** So many lines of what happened are kept, the latest. */
const happenedLines = 12;

/** The latest of two lists of what happened, oldest first: a join, too. */
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

/** All of a consignment from all of its facts and what came of its obligations. */
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
 * What news about one thing is about: the obligations that it changed or whose `keys` something came of, and the keys that are owed no
 * more. The news decides nothing for all of the consignment (`modeOf`).
 */
export function aboutNews(
  before: State,
  after: State,
  keys: ReadonlySet<string>,
): { about: Obligation[]; gone: string[] } {
  const owedAfter = owed(after);
  const { changed, gone } = changedBetween(owed(before), owedAfter);
  const about = new Map<string, Obligation>(changed.map((o) => [o.key, o]));
  // A decision for Qargo is pointless where there is no order: its acceptance may make one due.
  for (const o of owedAfter) if (keys.has(o.key) || (keys.has('order') && o.kind === 'decision')) about.set(o.key, o);
  const present = new Set(owedAfter.map(({ key }) => key));
  return { about: [...about.values()], gone: [...gone, ...[...keys].filter((key) => !present.has(key))] };
}

/** Obligations that news changed: those of one state that another has not, or has otherwise; and keys that are owed no more. */
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
