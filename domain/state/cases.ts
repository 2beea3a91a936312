/**
 * An exception is a case. It is open until it is over, and a person may decide its next step. Cases are derived from facts, never edited.
 */

import type { CaseFact, ExceptionFact, Fact, FactKind, NextStep } from '../facts/facts.ts';
import { factKindsFor } from '../facts/kinds.ts';
import { byTime } from '../facts/order-of-time.ts';
import { carriedOut, emptyState, fold } from './state.ts';

export interface Case {
  readonly exception: ExceptionFact;
  readonly state: 'open' | 'resolved';
  /** The next step that a person decided; null where nobody has. */
  readonly next: Exclude<NextStep, 'resolved'> | null;
  /** How and when (UTC ISO) the case ended; null while it is open. */
  readonly resolved: { readonly how: 'redelivered' | 'cancelled' | 'by a person'; readonly at: string } | null;
  /** The id of the decision that stands, or null. */
  readonly decision: string | null;
}

/**
 * Returns the cases of one consignment, oldest first. A case is over when a person decides so, when the consignment is cancelled, or when
 * the consignment goes out again: on a trip that was not its trip before, or delivered after it had failed. Pure; the order of the facts
 * does not matter.
 */
export function casesOf(facts: Iterable<Fact>): Case[] {
  const all = [...facts];
  const exceptions = all.filter((fact): fact is ExceptionFact => fact.kind === 'exception');
  const cancelled = carriedOut(fold(emptyState, all));
  // The decisions are searched once, not once for each exception, because after a long time there may be thousands of each.
  const decisions = new Map<string, CaseFact>();
  for (const fact of all.filter((each) => each.kind === 'case').sort(byTime)) decisions.set(fact.exception, fact);
  const moves = all.filter(({ kind }) => kind === 'plan' || kind === 'milestone');
  return exceptions.sort(byTime).map((exception): Case => {
    const decision = decisions.get(exception.id);
    const again = redelivery(moves, exception);
    const common = { exception, decision: decision?.id ?? null };
    const next = decision === undefined || decision.step === 'resolved' ? null : decision.step;
    if (again !== null) return { ...common, state: 'resolved', next, resolved: { how: 'redelivered', at: again } };
    if (decision?.step === 'resolved')
      return { ...common, state: 'resolved', next, resolved: { how: 'by a person', at: decision.at } };
    if (cancelled !== null)
      return { ...common, state: 'resolved', next, resolved: { how: 'cancelled', at: cancelled.at } };
    return { ...common, state: 'open', next, resolved: null };
  });
}

/** Returns when the consignment first went out again after an exception, by its plans and milestones, UTC ISO; null where it did not. */
function redelivery(facts: readonly Fact[], { at, source }: ExceptionFact): string | null {
  const before = new Set(facts.flatMap((fact) => (fact.at <= at ? tripOf(fact) : [])));
  for (const trip of ownTrips(facts, at, source === 'qargo' && before.size === 0)) before.add(trip);
  const again = facts.filter((fact) => fact.at > at && tripOf(fact).some((trip) => !before.has(trip)));
  // A driver who comes back in the afternoon is still on the trip of the morning.
  const failed = facts
    .filter((fact) => fact.kind === 'milestone' && fact.milestone === 'failed' && fact.at >= at)
    .sort(byTime)[0];
  if (failed !== undefined)
    again.push(
      ...facts.filter((fact) => fact.kind === 'milestone' && fact.milestone === 'delivered' && fact.at > failed.at),
    );
  return again.sort(byTime)[0]?.at ?? null;
}

/**
 * Returns the trips on which it happened, though they were heard of later: that of the failure beside it, and, where `isNameless` says that
 * no trip was known then, the first one that was heard of.
 */
function ownTrips(facts: readonly Fact[], at: string, isNameless: boolean): string[] {
  const later = facts.filter((fact) => fact.at > at).sort(byTime);
  const failed = facts
    .filter((fact) => fact.kind === 'milestone' && fact.milestone === 'failed' && fact.at >= at)
    .sort(byTime)[0];
  const own = failed?.kind === 'milestone' && failed.trip !== undefined ? [failed.trip] : [];
  return own.length > 0 || !isNameless ? own : later.flatMap(tripOf).slice(0, 1);
}

function tripOf(fact: Fact): string[] {
  if (fact.kind === 'plan') return fact.trip === null ? [] : [fact.trip];
  return fact.kind === 'milestone' && fact.milestone !== 'failed' && fact.trip !== undefined ? [fact.trip] : [];
}

/** The kinds of the facts that decide what is a case and whether it is open. There are few such facts, however old a consignment is. */
export const caseKinds: readonly FactKind[] = factKindsFor('cases');

/** The part of a consignment's status that is about its cases. */
export interface CaseStatus {
  /** The number of open cases. */
  readonly count: number;
  /** The instant of the oldest open case's exception, UTC ISO; null where none is open. */
  readonly since: string | null;
  readonly first: { readonly exception: string; readonly code: string; readonly next: Case['next'] } | null;
  /** The instant at which the latest closed case ended, UTC ISO; null where none has ended. */
  readonly ended: string | null;
}

export const noCases: CaseStatus = { count: 0, since: null, first: null, ended: null };

/** Works out the status from all facts of {@link caseKinds} that a consignment has. One that was merged into another has no cases. */
export function caseStatusOf(facts: readonly Fact[]): CaseStatus {
  if (facts.some(({ kind }) => kind === 'merged')) return noCases;
  const cases = casesOf(facts);
  const ended =
    cases
      .flatMap(({ resolved }) => (resolved === null ? [] : [resolved.at]))
      .sort()
      .at(-1) ?? null;
  const open = cases.filter(({ state }) => state === 'open');
  const [first] = open;
  if (first === undefined) return { ...noCases, ended };
  const { id, code, at } = first.exception;
  return { count: open.length, since: at, first: { exception: id, code, next: first.next }, ended };
}
