/** What a telephone's wrong clock tells is placed by rank within its attempt, and one order of time holds for every rule. Pure. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, MilestoneFact, MilestoneName } from '../../domain/facts/facts.ts';
import { correctsTime, isBehind } from '../../domain/facts/order-of-time.ts';
import { editStage, failedAttempts } from '../../domain/policy/decision.ts';
import { baseOf } from '../../domain/receipts/base.ts';
import { emptyState, fold, type State, stageOf } from '../../domain/state/state.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 10, 23, 6) + n * 60_000).toISOString();
const wrong = { before: '2020-01-01T00:00:00.000Z', ahead: '2026-12-23T06:00:00.000Z' } as const;
type Clock = 'right' | keyof typeof wrong;

/** What was heard at minute `n`, with the time of a clock that is right or wrong. */
const base = (n: number, clock: Clock) =>
  ({
    at: clock === 'right' ? minute(n) : wrong[clock],
    zone: 'UTC',
    heard: minute(n),
    source: 'qargo',
    via: 'push',
    ...(clock === 'right' ? {} : { doubt: clock }),
  }) as const;
const milestone = (what: MilestoneName, n: number, clock: Clock = 'right', stop = `stop of ${what}`): Fact => ({
  ...base(n, clock),
  kind: 'milestone',
  id: `${what} ${clock} ${n}`,
  milestone: what,
  stop,
});
const load = (n: number, clock: Clock = 'right'): Fact => ({
  ...base(n, clock),
  kind: 'scan',
  id: `load ${clock} ${n}`,
  barcode: `B${n}`,
  scan: 'load',
});
const plan = (trip: string, n: number): Fact => ({
  ...base(n, 'right'),
  kind: 'plan',
  id: `${trip} ${n}`,
  trip,
  vehicle: '',
  seen: minute(n),
});
const stage = (...facts: readonly Fact[]) => stageOf(fold(emptyState, facts));
const late = (...facts: readonly Fact[]) => editStage(fold(emptyState, facts));

const delivered = [plan('trip-1', 0), load(1), milestone('out', 2), milestone('arrived', 3), milestone('delivered', 4)];
const carded = [plan('trip-1', 0), load(1), milestone('out', 2), milestone('failed', 4)];

const clock = fc.constantFrom<Clock>('right', 'before', 'ahead');
const wrongClock = fc.constantFrom<Clock>('before', 'ahead');
const what = fc.constantFrom<MilestoneName>('out', 'arrived', 'delivered', 'failed');
const happening = fc.oneof(
  fc
    .tuple(what, fc.nat(9), clock, fc.constantFrom('s1', 's2'))
    .map(([name, n, by, stop]) => milestone(name, n, by, stop)),
  fc.tuple(fc.nat(9), clock).map(([n, by]) => load(n, by)),
  fc.nat(9).map((n): Fact => ({ ...load(n), id: `unload ${n}`, scan: 'unload' }) as Fact),
  fc.tuple(fc.constantFrom('trip-1', 'trip-2'), fc.nat(9)).map(([trip, n]) => plan(trip, n)),
  fc.nat(9).map(
    (n): Fact => ({
      ...base(n, 'right'),
      source: 'engine',
      kind: 'revived',
      id: `revived ${n}`,
      revival: 1,
      generation: 2,
    }),
  ),
);
const life = fc.uniqueArray(happening, { selector: ({ id }) => id, maxLength: 14 });

describe('a wrong clock', () => {
  test('leaves a delivered consignment delivered, whatever else of the attempt comes from it, and however late', () => {
    for (const by of ['before', 'ahead'] as const)
      expect(stage(...delivered, milestone('out', 9, by), milestone('arrived', 9, by))).toBe('delivered');
    const more = fc.array(
      fc.oneof(
        fc.tuple(what, fc.integer({ min: 4, max: 60 }), wrongClock).map(([name, n, by]) => milestone(name, n, by)),
      ),
      { maxLength: 6 },
    );
    fc.assert(fc.property(more, (some) => stage(...delivered, ...some) === 'delivered'));
  });

  test('tells the stage where nothing plausible tells more', () => {
    expect(stage(plan('trip-1', 0), milestone('out', 2, 'before'))).toBe('out for delivery');
    expect(stage(plan('trip-1', 0), milestone('out', 2), milestone('delivered', 4, 'before'))).toBe('delivered');
    expect(stage(plan('trip-1', 0), milestone('out', 2, 'ahead'), milestone('failed', 4, 'ahead'))).toBe('failed');
  });

  test('takes no failure back by what came late of that attempt, and blocks no redelivery', () => {
    const [out, again] = [milestone('out', 6, 'before'), milestone('delivered', 7, 'before')];
    expect(stage(...carded, out)).toBe('failed');
    expect(stage(...carded, out, again)).toBe('delivered');
    expect(stage(...carded, plan('trip-2', 5), out)).toBe('out for delivery');
    // The trip on which it failed, seen again by a later read, is no new plan.
    const onTrip = { ...milestone('failed', 4), trip: 'trip-1' } as Fact;
    expect(stage(load(1), milestone('out', 2), onTrip, plan('trip-1', 5), out)).not.toBe('out for delivery');
  });

  test('makes nothing loaded again after a failure, unless it is planned anew', () => {
    const again = load(6, 'before');
    expect(late(...carded, again)).toBe('failed');
    expect(late(...carded, plan('trip-2', 5))).toBe('planned');
    expect(late(...carded, plan('trip-2', 5), again)).toBe('loaded');
    expect(late(...carded, plan('trip-2', 7), again)).toBe('planned');
  });
});

describe('a pickup that is ticked at the desk', () => {
  test('after the arrival or the delivery says nothing of where the goods are', () => {
    expect(stage(...delivered, milestone('out', 9))).toBe('delivered');
    expect(stage(...delivered, milestone('arrived', 9))).toBe('delivered');
    expect(stage(...delivered.slice(0, 4), milestone('out', 9))).toBe('at consignee');
    expect(stage(...delivered, milestone('out', 9), milestone('arrived', 10), milestone('out', 11))).toBe('delivered');
    expect(late(...delivered, milestone('out', 9))).toBe('delivered');
    expect(stage(...delivered, milestone('failed', 9))).toBe('failed');
  });

  test('of the next attempt is where they are', () => {
    expect(stage(...carded, milestone('out', 9))).toBe('out for delivery');
    expect(stage(...carded, milestone('out', 9), milestone('delivered', 10), milestone('out', 11))).toBe('delivered');
    const turnedAway = [plan('trip-1', 0), milestone('out', 2), milestone('arrived', 3)];
    expect(stage(...turnedAway, plan('trip-2', 5), milestone('out', 9))).toBe('out for delivery');
  });
});

describe('what was loaded', () => {
  const unload = (n: number): Fact => ({ ...load(n), id: `unload ${n}`, scan: 'unload' }) as Fact;

  test('and unloaded and planned again is planned, in whichever order the last two are heard', () => {
    expect(late(plan('trip-1', 0), load(1), unload(3), plan('trip-2', 5))).toBe('planned');
    expect(late(plan('trip-1', 0), load(1), plan('trip-2', 3), unload(5))).toBe('planned');
    expect(late(plan('trip-1', 0), load(1), load(2), unload(3), unload(4), plan('trip-2', 5))).toBe('planned');
    expect(late(plan('trip-1', 0), load(1), unload(3), plan('trip-2', 5), load(6))).toBe('loaded');
  });

  test('and not unloaded, or not planned again, is loaded', () => {
    expect(late(plan('trip-1', 0), load(1), plan('trip-2', 5))).toBe('loaded');
    expect(late(plan('trip-1', 0), load(1), unload(3))).toBe('loaded');
    expect(late(plan('trip-1', 0), unload(1), load(3), plan('trip-2', 5))).toBe('loaded');
  });
});

describe('a milestone is told as late', () => {
  const [out, arrived, done] = [milestone('out', 2), milestone('arrived', 3), milestone('delivered', 4)];
  const is = (each: Fact, ...told: readonly Fact[]) =>
    isBehind(each as MilestoneFact, told as MilestoneFact[], { plan: undefined, since: '' });

  test('where what was told goes further in the same attempt, also by a time that is earlier', () => {
    expect([is(out, arrived), is(arrived, done), is(out, done)]).toEqual([true, true, true]);
    expect([
      is(milestone('out', 9), done),
      is(milestone('out', 9), arrived),
      is(milestone('arrived', 9), done),
    ]).toEqual([true, true, true]);
    expect([is(milestone('out', 9, 'before'), done), is(milestone('arrived', 9, 'ahead'), done)]).toEqual([true, true]);
  });

  test('where it is of an earlier attempt than one that was told to be out', () => {
    const failed = milestone('failed', 4);
    const again = milestone('out', 9);
    expect([is(failed, again), is(out, again, failed), is(arrived, again, failed)]).toEqual([true, true, true]);
    expect(is(failed, milestone('delivered', 9))).toBe(true);
    expect(is(failed, milestone('arrived', 9, 'right', 'another stop'))).toBe(true);
  });

  test('and in no other case', () => {
    const failed = milestone('failed', 4);
    expect([is(out), is(arrived, out), is(done, out, arrived), is(failed, out, arrived)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([is(milestone('out', 9), failed), is(milestone('delivered', 9), failed, out)]).toEqual([false, false]);
    expect(is(milestone('failed', 9), failed, milestone('out', 6))).toBe(false);
    // Told again with a corrected time.
    expect([is(milestone('out', 1), out), is(milestone('delivered', 5), done)]).toEqual([false, false]);
  });
});

test('a milestone corrects one that was told of the same stop with another time, and none of another attempt or stop', () => {
  const [done, failed, out] = [milestone('delivered', 4), milestone('failed', 4), milestone('out', 6)];
  const is = (each: Fact, ...told: readonly Fact[]) => correctsTime(each as MilestoneFact, told as MilestoneFact[]);
  expect([is(milestone('delivered', 5), done), is(milestone('delivered', 3), done)]).toEqual([true, true]);
  expect([is(milestone('out', 7), out), is(milestone('failed', 5), failed)]).toEqual([true, true]);
  expect([is(done), is(done, done), is(done, out), is(done, milestone('delivered', 5, 'right', 'another'))]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(is(milestone('failed', 9), failed, out)).toBe(false);
  expect(is(milestone('failed', 9), failed, milestone('arrived', 7))).toBe(false);
});

describe('the order of time', () => {
  const seen = (state: State) => [stageOf(state), editStage(state)];

  test('is one, in whatever order facts are heard', () => {
    fc.assert(
      fc.property(life, fc.infiniteStream(fc.nat(9)), (all, draws) => {
        const shuffled = all
          .map((fact) => [draws.next().value ?? 0, fact] as const)
          .sort(([a], [b]) => a - b)
          .map(([, fact]) => fact);
        expect(seen(fold(emptyState, shuffled))).toEqual(seen(fold(emptyState, all)));
        expect(failedAttempts(fold(emptyState, shuffled))).toBe(failedAttempts(fold(emptyState, all)));
      }),
    );
  });

  test('is that of the base too, and the base of a base and news is the base of all', () => {
    fc.assert(
      fc.property(life, life, (some, news) => {
        const known = new Set(some.map(({ id }) => id));
        const all = [...some, ...news.filter(({ id }) => !known.has(id))];
        const ofAll = baseOf(fold(emptyState, all));
        const step = baseOf(fold(baseOf(fold(emptyState, some)), all.slice(some.length)));
        expect(step).toEqual(ofAll);
        expect(seen(ofAll)).toEqual(seen(fold(emptyState, all)));
      }),
      { numRuns: 2_000 },
    );
  });
});
