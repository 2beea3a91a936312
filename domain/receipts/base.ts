/**
 * The base of a consignment's state: the facts that its stage, its leg, or what is owed for other facts is told from. It is bounded,
 * however long the life is; every other fact owes what it owes by itself. A join like `fold`: the base of a base and news is the base of
 * all (test/domain/projection.test.ts). Pure.
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

/** What is kept of the facts of one kind of which there can be many. */
type Keeper<K extends BaseKind> = (facts: readonly Extract<Fact, { kind: K }>[], state: State) => readonly Fact[];

const keepers: { readonly [K in BaseKind]: Keeper<K> } = {
  milestone: (facts) => [
    // What a wrong clock tells is placed among what is plausible, so that both are needed.
    ...latestOfEach(facts, (fact) => `${fact.milestone}${doubtful(fact)}`, momentOf),
    // An estimate ends with whatever happened at its stop since.
    ...latestOfEach(facts, ({ stop }) => stop, happenedAt),
  ],
  scan: (facts) =>
    latestOfEach(
      facts.filter(({ scan }) => scan === 'load'),
      doubtful,
      momentOf,
    ),
  pod: (facts) => latestOfEach(facts, () => 'pod', happenedAt),
  decision: (facts, state) => {
    const judged = new Set([...judgedKinds].map((kind) => state.subjects[kind]?.id));
    return facts.filter(({ on }) => judged.has(on) || isOfCancellation(on));
  },
};

const judgedKinds = factKindsWith(({ isJudged }) => isJudged === true);

/** The part of a state that others depend on. */
export function baseOf(state: State): State {
  const some = (Object.keys(keepers) as BaseKind[]).flatMap((kind) => keep(kind, state));
  const kept: ReadonlySet<Fact> = new Set(some);
  const subjects = Object.entries(state.subjects).filter(
    ([, fact]) => factKinds[fact.kind].inBase === 'all' || kept.has(fact),
  );
  return { subjects: Object.fromEntries(subjects) };
}

const keep = <K extends BaseKind>(kind: K, state: State): readonly Fact[] => keepers[kind](factsOf(state, kind), state);

/** Of each group of facts the one that is the latest, by this instant. */
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
  return factKinds[fact.kind].isJudged === true ? [own, `decision:${fact.id}`] : [own];
}

/** The same of an obligation of which something came, as far as its key tells: ends of a stop at one instant owe one look. */
export function subjectsBesideKey(key: string): string[] {
  const [, stop, at] = /^milestone:(.*):(?:out|arrived|delivered|failed):(.*)$/.exec(key) ?? [];
  return stop === undefined || at === undefined ? [] : milestonesAt(stop, at);
}

const milestonesAt = (stop: string, at: string) =>
  ['out', 'arrived', 'delivered', 'failed'].map((milestone) => `milestone:${stop}:${milestone}:${at}`);
