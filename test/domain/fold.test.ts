import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, FactKind } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { emptyState, fold, join, type State, standing } from '../../domain/state/state.ts';
import { fact, factOf, facts, kinds } from './arbitraries.ts';

type Fold = (state: State, facts: Iterable<Fact>) => State;
type Join = (a: State, b: State) => State;

const byKey = (a: Obligation, b: Obligation) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** State and obligations, the obligations in an order of their own since the list's means nothing. */
const endOf = (state: State) => ({ state, owes: owed(state).sort(byKey) });

/** The same facts: in another order, with copies, heard at other times, cut into batches. */
const hearings = fc.array(fact(), { maxLength: 16 }).chain((said) =>
  fc.record({
    said: fc.constant(said),
    order: fc.shuffledSubarray([...said.keys()], { minLength: said.length }),
    copies: fc.array(fc.record({ of: fc.nat(), place: fc.nat() }), { maxLength: 6 }),
    cuts: fc.array(fc.nat(20), { maxLength: 5 }),
  }),
);

interface Hearing {
  readonly said: readonly Fact[];
  readonly batches: readonly (readonly Fact[])[];
}

function heardSo({
  said,
  order,
  copies,
  cuts,
}: {
  said: readonly Fact[];
  order: number[];
  copies: { of: number; place: number }[];
  cuts: number[];
}): Hearing {
  const heard = order.flatMap((at) => said[at] ?? []);
  for (const { of, place } of copies) {
    const copied = said[of % Math.max(1, said.length)];
    if (copied !== undefined) heard.splice(place % (heard.length + 1), 0, copied);
  }
  const ends = [...new Set(cuts)].sort((a, b) => a - b);
  return { said, batches: [0, ...ends].map((from, i) => heard.slice(from, ends[i] ?? heard.length)) };
}

const seenKinds = new Set<FactKind>();

/** However the same facts are heard, they end in the same state and the same obligations. */
const orderDoesNotMatter = (foldWith: Fold) =>
  fc.property(hearings.map(heardSo), ({ said, batches }) => {
    for (const each of said) seenKinds.add(each.kind);
    return isDeepStrictEqual(endOf(batches.reduce(foldWith, emptyState)), endOf(foldWith(emptyState, said)));
  });

/** However partial states are joined, in whatever order and however often, they end in the same as one fold. */
const joinsDoNotMatter = (foldWith: Fold, joinWith: Join) =>
  fc.property(hearings.map(heardSo), fc.infiniteStream(fc.nat()), ({ said, batches }, choices) => {
    const parts = batches.map((batch) => foldWith(emptyState, batch));
    const take = () => parts.splice(choices.next().value % parts.length, 1)[0] ?? emptyState;
    while (parts.length > 1) {
      const a = take();
      const b = take();
      // One in four is joined twice: a join is idempotent.
      parts.push(choices.next().value % 4 === 0 ? joinWith(b, joinWith(a, b)) : joinWith(a, b));
    }
    return isDeepStrictEqual(endOf(take()), endOf(foldWith(emptyState, said)));
  });

/** A fold whose join is broken on purpose: of two facts about one subject `wrong` chooses. */
function brokenFold(wrong: (known: Fact, arrived: Fact) => Fact): Fold {
  return (state, batch) => {
    const subjects: Record<string, Fact> = { ...state.subjects };
    for (const each of batch) {
      const subject = subjectOf(each);
      const known = subjects[subject];
      subjects[subject] = known === undefined ? each : wrong(known, each);
    }
    return { subjects };
  };
}

const joinBy =
  (foldWith: Fold): Join =>
  (a, b) =>
    foldWith(a, Object.values(b.subjects));

const laterArrivalStands = (_: Fact, arrived: Fact) => arrived;
/** Right but for facts of one instant, where the first to arrive stands: the kind of fault that looks harmless. */
const firstOfAnInstantStands = (known: Fact, arrived: Fact) =>
  known.at === arrived.at ? known : standing(known, arrived);

describe('the state of a consignment', () => {
  test('10,000 permutations with copies, cut into any batches, end in the same state and the same obligations', () => {
    fc.assert(orderDoesNotMatter(fold), { numRuns: 10_000 });
    expect([...seenKinds].sort()).toEqual([...kinds].sort());
    expect(kinds).toHaveLength(25);
  });

  test('partial states joined in any order, and twice, end in the same state and the same obligations', () => {
    fc.assert(joinsDoNotMatter(fold, join), { numRuns: 2_000 });
  });

  test.for([
    ['the later arrival stands', laterArrivalStands],
    ['of one instant the first to arrive stands', firstOfAnInstantStands],
  ] as const)('a join broken on purpose is caught: %s', ([, wrong]) => {
    const broken = brokenFold(wrong);
    expect(fc.check(orderDoesNotMatter(broken), { numRuns: 10_000 }).failed).toBe(true);
    expect(fc.check(joinsDoNotMatter(broken, joinBy(broken)), { numRuns: 10_000 }).failed).toBe(true);
    // The same fold around the true choice passes: it is the choice that fails, not the harness.
    expect(fc.check(orderDoesNotMatter(brokenFold(standing)), { numRuns: 500 }).failed).toBe(false);
  });

  test('for each subject the latest instant stands, whatever else is known', () => {
    fc.assert(
      fc.property(
        facts(kinds.filter((kind) => !['resend', 'revived', 'decision', 'charge', 'ending'].includes(kind))),
        (said) => {
          const { subjects } = fold(emptyState, said);
          for (const each of said) expect((subjects[subjectOf(each)] ?? each).at >= each.at).toBe(true);
          expect(Object.keys(subjects).sort()).toEqual([...new Set(said.map(subjectOf))].sort());
        },
      ),
    );
  });

  test('of two resends of one obligation the higher revision stands, though it was said earlier', () => {
    const higher = factOf({ kind: 'resend', at: 0, heard: 0, subject: 0, content: 2 });
    const later = factOf({ kind: 'resend', at: 5, heard: 0, subject: 0, content: 0 });
    expect(Object.values(fold(emptyState, [higher, later]).subjects)).toEqual([higher]);
    expect(Object.values(fold(emptyState, [later, higher]).subjects)).toEqual([higher]);
  });

  test('of two copies of one fact the one heard first stands, so that the record never gets younger', () => {
    const first = factOf({ kind: 'scan', at: 1, heard: 0, subject: 0, content: 0 });
    const copy = factOf({ kind: 'scan', at: 1, heard: 3, subject: 0, content: 0 });
    expect(fold(emptyState, [copy, first]).subjects).toEqual(fold(emptyState, [first, copy]).subjects);
    expect(Object.values(fold(emptyState, [copy, first, copy]).subjects)).toEqual([first]);
  });

  test('a fold changes neither the state nor the facts that it is given', () => {
    fc.assert(
      fc.property(facts(), facts(), (before, after) => {
        const state = fold(emptyState, before);
        const frozen = structuredClone({ state, after });
        fold(state, after);
        return isDeepStrictEqual({ state, after }, frozen);
      }),
    );
  });
});
