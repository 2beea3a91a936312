/**
 * The base of a consignment's state: the facts that its stage, its leg, or what is owed for other facts is told from. It is bounded,
 * however long the life is; every other fact owes what it owes by itself. A join like `fold`: the base of a base and news is the base of
 * all (test/domain/projection.test.ts). Pure.
 */

import type { Fact, FactKind } from '../facts/facts.ts';
import { momentOf } from '../facts/order-of-time.ts';
import { legOf } from '../obligations/leg.ts';
import {
  cancelDecision,
  cancellationOf,
  carriedOut,
  factsOf,
  isOfCancellation,
  type State,
  standingFact,
  subjectOf,
} from '../state/state.ts';

/** Kinds of which there can be many, and of which the base holds some at most. */
const events: ReadonlySet<FactKind> = new Set([
  'scan',
  'document',
  'exception',
  'case',
  'refresh',
  'pod',
  'proof',
  'milestone',
  'decision',
]);

/** The part of a state that others depend on. */
export function baseOf(state: State): State {
  const kept = keptEvents(state);
  const subjects = Object.entries(state.subjects).filter(([, fact]) => !events.has(fact.kind) || kept.has(fact));
  return { subjects: Object.fromEntries(subjects) };
}

function keptEvents(state: State): ReadonlySet<Fact> {
  const kept = new Set<Fact>();
  const latest = new Map<string, { fact: Fact; at: string }>();
  const keepLatest = (of: string, fact: Fact, at: string) => {
    const known = latest.get(of);
    if (known === undefined || at > known.at || (at === known.at && isLater(fact, known.fact)))
      latest.set(of, { fact, at });
  };
  for (const fact of factsOf(state, 'milestone')) {
    // What a wrong clock tells is placed among what is plausible, so that both are needed.
    keepLatest(`name ${fact.milestone}${doubtful(fact)}`, fact, momentOf(fact));
    // An estimate ends with whatever happened at its stop since.
    keepLatest(`stop ${fact.stop}`, fact, fact.at);
  }
  for (const fact of factsOf(state, 'scan'))
    if (fact.scan === 'load') keepLatest(`load${doubtful(fact)}`, fact, momentOf(fact));
  for (const fact of factsOf(state, 'pod')) keepLatest('pod', fact, fact.at);
  for (const { fact } of latest.values()) kept.add(fact);
  const judged = new Set([standingFact(state, 'order')?.id, standingFact(state, 'held')?.id]);
  for (const decision of factsOf(state, 'decision'))
    if (judged.has(decision.on) || isOfCancellation(decision.on)) kept.add(decision);
  return kept;
}

const doubtful = (fact: Fact) => (fact.doubt === undefined ? '' : ' doubtful');

const isLater = (a: Fact, b: Fact) => (a.at === b.at ? a.id > b.id : a.at > b.at);

/**
 * What decides for all of a consignment whether it is owed: where two states differ in it everything is projected anew, where they do
 * not, only what the news is about.
 */
export function modeOf(state: State): string {
  const revived = standingFact(state, 'revived');
  return JSON.stringify([
    standingFact(state, 'merged')?.into,
    cancellationOf(state)?.id,
    carriedOut(state)?.id,
    cancelDecision(state)?.id,
    legOf(state),
    standingFact(state, 'order')?.leg === 'none',
    revived?.id,
    standingFact(state, 'close-out')?.accepted,
  ]);
}

/** Subjects of facts that must be looked at beside a fact that is news: what it stands against, and what owes the same thing. */
export function subjectsBeside(fact: Fact): string[] {
  const own = subjectOf(fact);
  if (fact.kind === 'milestone') return milestonesAt(fact.stop, fact.at);
  return fact.kind === 'order' || fact.kind === 'held' ? [own, `decision:${fact.id}`] : [own];
}

/** The same of an obligation of which something came, as far as its key tells: ends of a stop at one instant owe one look. */
export function subjectsBesideKey(key: string): string[] {
  const [, stop, at] = /^milestone:(.*):(?:out|arrived|delivered|failed):(.*)$/.exec(key) ?? [];
  return stop === undefined || at === undefined ? [] : milestonesAt(stop, at);
}

const milestonesAt = (stop: string, at: string) =>
  ['out', 'arrived', 'delivered', 'failed'].map((milestone) => `milestone:${stop}:${milestone}:${at}`);
