/**
 * The base of a consignment's state holds the facts that its stage, its leg and the obligations of other facts are worked out from. It is
 * bounded, however old the consignment is; every other fact makes its obligations by itself. It is a join like `fold`: the base of a base
 * and new facts is the base of all facts (test/domain/projection.test.ts). Pure.
 */

import type { Fact } from '../facts/facts.ts';
import { type BaseKind, factKinds, factKindsWith, subjectOf } from '../facts/kinds.ts';
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
} from '../state/state.ts';

/** Keeps some of the facts of one kind of which there can be many. */
type Keeper<K extends BaseKind> = (facts: readonly Extract<Fact, { kind: K }>[], state: State) => readonly Fact[];

const keepers: { readonly [K in BaseKind]: Keeper<K> } = {
  milestone: (facts) => [
    // A milestone of a wrong clock is placed among plausible ones, so both are kept.
    ...latestOfEach(facts, (fact) => `${fact.milestone}${doubtful(fact)}`, momentOf),
    // Any event at a stop ends the estimates for that stop that are older.
    ...latestOfEach(facts, ({ stop }) => stop, happenedAt),
  ],
  scan: (facts) =>
    latestOfEach(
      facts.filter(({ scan }) => scan === 'load' || scan === 'unload'),
      (fact) => `${fact.scan}${doubtful(fact)}`,
      momentOf,
    ),
  pod: (facts) => latestOfEach(facts, () => 'pod', happenedAt),
  decision: (facts, state) => {
    const judged = new Set([...judgedKinds].map((kind) => state.subjects[kind]?.id));
    return facts.filter(({ on }) => judged.has(on) || isOfCancellation(on));
  },
};

const judgedKinds = factKindsWith(({ isJudged }) => isJudged === true);

/** Returns the part of a state that other facts depend on. */
export function baseOf(state: State): State {
  const some = (Object.keys(keepers) as BaseKind[]).flatMap((kind) => keep(kind, state));
  const kept: ReadonlySet<Fact> = new Set(some);
  const subjects = Object.entries(state.subjects).filter(
    ([, fact]) => factKinds[fact.kind].inBase === 'all' || kept.has(fact),
  );
  return { subjects: Object.fromEntries(subjects) };
}

const keep = <K extends BaseKind>(kind: K, state: State): readonly Fact[] => keepers[kind](factsOf(state, kind), state);

/** Returns the latest fact of each group, by this instant. */
function latestOfEach<F extends Fact>(
  facts: readonly F[],
  groupOf: (fact: F) => string,
  instantOf: (fact: F) => string,
): F[] {
  const latest = new Map<string, F>();
  for (const fact of facts) {
    const group = groupOf(fact);
    const known = latest.get(group);
    if (known === undefined || isAfter(fact, known, instantOf)) latest.set(group, fact);
  }
  return [...latest.values()];
}

function isAfter<F extends Fact>(fact: F, known: F, instantOf: (fact: F) => string): boolean {
  const [at, knownAt] = [instantOf(fact), instantOf(known)];
  return at === knownAt ? isLater(fact, known) : at > knownAt;
}

const happenedAt = ({ at }: Fact) => at;

const doubtful = (fact: Fact) => (fact.doubt === undefined ? '' : ' doubtful');

const isLater = (a: Fact, b: Fact) => (a.at === b.at ? a.id > b.id : a.at > b.at);

/**
 * Describes what decides, for a whole consignment, whether things are owed. If two states differ in it, everything is projected again;
 * otherwise only what the news is about is.
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

/**
 * Returns the subjects of the facts that must be loaded with a new fact: the fact that it may replace, and those that owe the same thing.
 */
export function subjectsBeside(fact: Fact): string[] {
  const own = subjectOf(fact);
  if (fact.kind === 'milestone') return milestonesAt(fact.stop, fact.at);
  return factKinds[fact.kind].isJudged === true ? [own, `decision:${fact.id}`] : [own];
}

/**
 * Returns the same subjects for an obligation that has a new outcome, as far as its key shows them. Ends of a stop at one instant share one
 * look.
 */
export function subjectsBesideKey(key: string): string[] {
  const [, stop, at] = /^milestone:(.*):(?:out|arrived|delivered|failed):(.*)$/.exec(key) ?? [];
  return stop === undefined || at === undefined ? [] : milestonesAt(stop, at);
}

const milestonesAt = (stop: string, at: string) =>
  ['out', 'arrived', 'delivered', 'failed'].map((milestone) => `milestone:${stop}:${milestone}:${at}`);
