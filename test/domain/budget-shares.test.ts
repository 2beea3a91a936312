/** Shares of a call budget, with a virtual clock: who waits how long while all work at once, and that no limit is passed. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BudgetRules, palletwaysBudget, qargoBudget } from '../../domain/calls/budget.ts';
import { type CallPriority, callPriorities } from '../../domain/calls/error.ts';
import { type Call, type Caller, callsOf, most } from './callers.ts';

const palletways = palletwaysBudget({ palletwaysCallsPer2s: 3 });
const qargo = qargoBudget({ qargoCallsPerSecond: 2 });
const minute = 60_000;

/** The classes' weights as the budget has them, all together. */
const allWeights = callPriorities.reduce((sum, name) => sum + palletways.weights[name], 0);
const organisations = Array.from({ length: 50 }, (_, n) => `haulier-${n}`);

/** Each of these classes of each organisation asks again at once whenever it was served. */
function always(who: readonly string[], classes: readonly CallPriority[]): Caller[] {
  return who.flatMap((organisation) =>
    classes.map((priority): Caller => ({ organisation, priority, from: 0, gap: 1, calls: 100_000 })),
  );
}

const waitOf = ({ t, asked }: Call) => t - asked;
const longest = (calls: readonly Call[]) => Math.max(0, ...calls.map(waitOf));
const ofClass = (calls: readonly Call[], priority: CallPriority) =>
  calls.filter(({ caller }) => caller.priority === priority);

/** How long from one call to the next of a class of an organisation by its fair share, ms, at the pace that the address has. */
function fairWait(
  rules: BudgetRules,
  priority: CallPriority,
  sharers = organisations.length,
  weights = allWeights,
): number {
  const [window] = rules.windows;
  return ((window?.ms ?? 0) / (window?.calls ?? 1)) * ((sharers * weights) / rules.weights[priority]);
}

describe('five classes and 50 organisations at one address, all work at once', () => {
  const end = 30 * minute;
  let calls: readonly Call[] = [];
  beforeAll(() => {
    calls = callsOf(always(organisations, callPriorities), palletways, end);
  });

  test('none waits more than twice its fair share, from the first call on', () => {
    for (const priority of callPriorities) {
      const own = ofClass(calls, priority);
      const fair = fairWait(palletways, priority);
      expect({ priority, most: longest(own) <= 2 * fair }).toEqual({ priority, most: true });
      // Nor did anyone wait in vain: at the end nobody's last call is longer ago.
      for (const organisation of organisations) {
        const times = own.filter(({ caller }) => caller.organisation === organisation).map(({ t }) => t);
        expect(end - (times.at(-1) ?? 0)).toBeLessThanOrEqual(2 * fair);
      }
    }
  });

  test('each class has its weight of the calls, within one in a hundred, and each organisation the same, give or take two', () => {
    for (const priority of callPriorities) {
      const own = ofClass(calls, priority);
      expect(Math.abs(own.length / calls.length - palletways.weights[priority] / allWeights)).toBeLessThan(0.01);
      const counts = organisations.map(
        (organisation) => own.filter(({ caller }) => caller.organisation === organisation).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    }
  });

  test('the address sees at most 93 calls in any minute, and uses nearly 90', () => {
    const times = calls.map(({ t }) => t);
    expect(most(times, 2_000)).toBe(3);
    expect(most(times, minute)).toBeLessThanOrEqual(93);
    expect(calls.length).toBeGreaterThan(88 * 30);
  });

  test('a new order waits under 10 s, at an organisation that had none for a while, although all others ask for labels without end', () => {
    const busy = always(organisations.slice(1), callPriorities);
    const own = always(organisations.slice(0, 1), ['cancellation', 'pod', 'milestone', 'poll']);
    const orders = {
      organisation: organisations[0] ?? '',
      priority: 'label',
      from: 200_000,
      gap: 130_000,
      calls: 12,
    } as const;
    const served = callsOf([...busy, ...own, orders], palletways, end).filter(({ caller }) => caller === orders);
    expect(served.length).toBe(12);
    expect(longest(served)).toBeLessThan(10_000);
  });

  test('new orders wait under 10 s, whenever and wherever they come, up to the labels’ share', () => {
    const others = always(organisations, ['cancellation', 'pod', 'milestone', 'poll']);
    // 20 orders a minute of the 34 that are the labels' share, a label each, at times that are drawn.
    const drawn = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 2_999 }), who: fc.constantFrom(...organisations) }),
      {
        minLength: 40,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(drawn, (list) => {
        const orders = list.map(({ at, who }, n): Caller => {
          return { organisation: who, priority: 'label', from: minute + n * 3_000 + at, gap: 1, calls: 1 };
        });
        const labels = ofClass(callsOf([...others, ...orders], palletways, 4 * minute), 'label');
        expect(labels.length).toBe(40);
        expect(longest(labels)).toBeLessThan(10_000);
      }),
      { numRuns: 6 },
    );
  });
});

describe('our own sweep', () => {
  test('never goes before a new order: from when it waits until it is served no poll is granted', () => {
    const comes = fc.record({ from: fc.integer({ min: 70_000, max: 100_000 }), orgs: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(comes, fc.subarray([...callPriorities], { minLength: 0 }), ({ from, orgs }, more) => {
        const busy = always(organisations.slice(0, orgs), [...new Set<CallPriority>([...more, 'poll'])]);
        const order = { organisation: 'newcomer', priority: 'label', from, gap: 1, calls: 1 } as const;
        const one = { ...palletways, windows: [{ ms: 667, calls: 1 }] };
        const calls = callsOf([...busy, order], one, from + 20_000);
        const served = calls.find(({ caller }) => caller === order);
        expect(waitOf(served ?? { t: Number.POSITIVE_INFINITY, asked: 0, asks: 0, caller: order })).toBeLessThan(
          10_000,
        );
        const before = calls.filter(({ t }) => t > from && t < (served?.t ?? 0));
        expect(ofClass(before, 'poll')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('two readers of it keep no label waiting, and milestones have their share beside them', () => {
    const sweep = always(['alpha'], ['poll', 'poll']);
    const notes = always(['alpha'], ['milestone']);
    const order = { organisation: 'alpha', priority: 'label', from: 30_000, gap: 5_000, calls: 10 } as const;
    const calls = callsOf([...sweep, ...notes, order], qargo, 2 * minute);
    const labels = calls.filter(({ caller }) => caller === order);
    expect(labels.length).toBe(10);
    expect(longest(labels)).toBeLessThan(2_000);
    expect(ofClass(calls, 'milestone').length).toBeGreaterThan(calls.length * 0.45);
    expect(ofClass(calls, 'poll').length).toBeGreaterThan(calls.length / 4);
  });

  test('is not kept out by new orders without end: they too leave it half its share at least', () => {
    const crowd = Array.from({ length: 120 }, (_, n) => `haulier-${n}`);
    const calls = callsOf([...always(crowd, ['label']), ...always(['alpha'], ['poll'])], palletways, 10 * minute);
    expect(ofClass(calls, 'poll').length / calls.length).toBeGreaterThan(
      palletways.weights.poll / (palletways.weights.poll + palletways.weights.label) / 2,
    );
  });
});

describe('whoever calls whenever', () => {
  const someone = fc.record({
    organisation: fc.constantFrom(...organisations.slice(0, 12)),
    priority: fc.constantFrom(...callPriorities),
    from: fc.integer({ min: 0, max: 3 * minute }),
    gap: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 20_000 })),
    calls: fc.integer({ min: 1, max: 400 }),
  });
  const arrivals = fc.array(someone, { minLength: 1, maxLength: 60 });
  const lates = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 20 });

  test('the limit is passed in no sliding minute, nor in any shorter window', () => {
    fc.assert(
      fc.property(arrivals, lates, fc.constantFrom(1, 2, 3), (callers, late, limit) => {
        let n = 0;
        const lateness = () => late[n++ % late.length] ?? 0;
        const rules = palletwaysBudget({ palletwaysCallsPer2s: limit });
        const times = callsOf(callers, rules, 6 * minute, lateness).map(({ t }) => t);
        expect(most(times, 2_000)).toBeLessThanOrEqual(limit);
        expect(most(times, minute)).toBeLessThan(100);
        const atQargo = callsOf(callers, qargo, 6 * minute, lateness).map(({ t }) => t);
        expect(most(atQargo, 1_000)).toBeLessThanOrEqual(2);
        expect(most(atQargo, minute)).toBeLessThanOrEqual(120);
      }),
      { numRuns: 25 },
    );
  });

  test('a class of an organisation waits at most twice its fair share among those who ever ask, and a call of each class', () => {
    const crowd = fc.array(someone, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(crowd, (callers) => {
        const places = [
          ...new Map(callers.map((one) => [`${one.organisation} ${one.priority}`, { ...one, calls: 10_000 }])).values(),
        ];
        const calls = callsOf(places, palletways, 15 * minute);
        const classes = callPriorities.filter((name) => places.some(({ priority }) => priority === name));
        const weights = classes.reduce((sum, name) => sum + palletways.weights[name], 0);
        for (const name of classes) {
          const sharers = places.filter(({ priority }) => priority === name).length;
          const bound = 2 * fairWait(palletways, name, sharers, weights) + (classes.length + 1) * 667 + 2_001;
          expect({ name, within: longest(ofClass(calls, name)) <= bound }).toEqual({ name, within: true });
        }
        for (const one of places) expect(calls.some(({ caller }) => caller === one)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('who dies while it waits costs the others one call at most, and a second where they wait for it', () => {
    const fatal = fc.array(
      fc.record({ organisation: fc.constantFrom('x', 'y', 'z'), priority: fc.constantFrom(...callPriorities) }),
      {
        maxLength: 15,
      },
    );
    fc.assert(
      fc.property(fatal, (list) => {
        const dead = list.map(
          (one, n): Caller => ({ ...one, from: 10_000 + n * 400, gap: 1, calls: 1, diesAfterAsks: 1 }),
        );
        const busy = always(['alpha', 'beta'], callPriorities);
        const whole = callsOf(busy, palletways, 2 * minute).length;
        const calls = callsOf([...busy, ...dead], palletways, 2 * minute).filter(({ caller }) => busy.includes(caller));
        // A call of 667 ms, and a second for which its place is kept.
        expect(whole - calls.length).toBeLessThanOrEqual(dead.length * (1 + 1_000 / 667) + 1);
      }),
      { numRuns: 25 },
    );
  });
});
