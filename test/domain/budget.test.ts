import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BudgetRules,
  type BudgetState,
  decide,
  decideAll,
  emptyBudget,
  held,
  palletwaysBudget,
  qargoBudget,
} from '../../domain/calls/budget.ts';
import { type CallPriority, callPriorities } from '../../domain/calls/error.ts';
import { type Caller, callsOf, most } from './callers.ts';

const palletways = palletwaysBudget({ palletwaysCallsPer2s: 3 });
const qargo = qargoBudget({ qargoCallsPerSecond: 2 });

const organisation = fc.constantFrom('alpha', 'beta', 'gamma', 'delta');
const priority = fc.constantFrom(...callPriorities);
const weight = fc.integer({ min: 1, max: 9 });
const anyRules: fc.Arbitrary<BudgetRules> = fc.record({
  windows: fc.array(fc.record({ ms: fc.integer({ min: 10, max: 90_000 }), calls: fc.integer({ min: 1, max: 12 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  reserveForHigher: fc.double({ min: 0, max: 0.6, noNaN: true }),
  weights: fc.record({ cancellation: weight, pod: weight, label: weight, milestone: weight, poll: weight }),
});

describe('a call budget', () => {
  test('never lets a window hold more than its limit, whoever asks in whatever order', () => {
    const asks = fc.array(
      fc.record({
        organisation,
        priority,
        step: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 30_000 })),
      }),
      { maxLength: 250 },
    );
    fc.assert(
      fc.property(anyRules, asks, (rules, list) => {
        let state: BudgetState = emptyBudget;
        let now = 1_000_000;
        const times: number[] = [];
        for (const { step, ...who } of list) {
          now += step;
          const decision = decide(state, { ...who, now }, rules);
          if (decision.granted) times.push(decision.at);
          else expect(decision.notBefore).toBeGreaterThan(now);
          state = JSON.parse(JSON.stringify(decision.state)) as BudgetState;
        }
        for (const { ms, calls } of rules.windows) expect(most(times, ms)).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 300 },
    );
  });

  test('never lets a window hold more than its limit in true time, when the clock is set back and forth', () => {
    const asks = fc.array(
      fc.record({
        organisation,
        priority,
        step: fc.integer({ min: 0, max: 900 }),
        set: fc.oneof(
          { weight: 9, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 0 }) },
        ),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(asks, (list) => {
        let state: BudgetState = emptyBudget;
        let truth = 1_000_000;
        let offset = 0;
        const times: number[] = [];
        for (const { step, set, organisation: who, priority: what } of list) {
          truth += step;
          offset += set;
          const decision = decide(state, { organisation: who, priority: what, now: truth + offset }, palletways);
          if (decision.granted) times.push(truth);
          state = decision.state;
        }
        expect(most(times, 2_000)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300 },
    );
  });

  test('asked for many at once, by whichever process, holds its limits, gives nobody too many, and turns nobody away for whom a call is free', () => {
    const request = fc.record({ organisation, priority, calls: fc.integer({ min: 1, max: 4 }) });
    const requests = fc.uniqueArray(request, {
      maxLength: 12,
      selector: (each) => `${each.organisation} ${each.priority}`,
    });
    const asks = fc.array(fc.record({ requests, step: fc.integer({ min: 0, max: 4_000 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(anyRules, asks, (rules, list) => {
        let state: BudgetState = emptyBudget;
        let now = 1_000_000;
        const times: number[] = [];
        for (const { requests: all, step } of list) {
          now += step;
          const { grants, told, state: after } = decideAll(state, all, now, rules);
          times.push(...grants.map(() => now));
          const left = all.map((each, n) => ({ ...each, calls: each.calls - grants.filter((to) => to === n).length }));
          for (const [n, { calls }] of left.entries()) {
            expect(calls).toBeGreaterThanOrEqual(0);
            if (calls === 0) expect(told[n]?.notBefore).toBeNull();
            else expect(told[n]?.notBefore).toBeGreaterThan(now);
          }
          expect(
            decideAll(
              after,
              left.filter(({ calls }) => calls > 0),
              now,
              rules,
            ).grants,
          ).toEqual([]);
          state = JSON.parse(JSON.stringify(after)) as BudgetState;
        }
        for (const { ms, calls } of rules.windows) expect(most(times, ms)).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 150 },
    );
  });

  test('asked for many at once, grants in the order of their turns, whatever the order they are named in', () => {
    const all = callPriorities.map((what) => ({ organisation: 'alpha', priority: what }));
    const ofAll = (requests: typeof all) =>
      decideAll(emptyBudget, requests, 1_000, palletways).grants.map((n) => requests[n]?.priority);
    expect(ofAll(all)).toEqual(['label', 'cancellation', 'pod']);
    expect(ofAll([...all].reverse())).toEqual(['label', 'cancellation', 'pod']);
  });

  test('who comes later may wait for the next free call without an ask, unless others wait elsewhere', () => {
    const one = [{ organisation: 'alpha', priority: 'label', calls: 5 }] as const;
    const alone = decideAll(emptyBudget, one, 1_000, palletways);
    expect(alone.newcomersAt).toBe(3_001);
    const beside = decideAll(alone.state, [{ organisation: 'beta', priority: 'label' }], 1_500, palletways);
    expect(beside.newcomersAt).toBe(1_500);
  });

  test('lets Palletways see at most 93 calls in any minute, and nearly 90 are used', () => {
    const agents = callPriorities.map(
      (what, i): Caller => ({ organisation: `org${i}`, priority: what, from: i, gap: 1, calls: 10_000 }),
    );
    const times = callsOf(agents, palletways, 600_000).map(({ t }) => t);
    expect(most(times, 60_000)).toBeLessThanOrEqual(93);
    expect(times.length).toBeGreaterThan(85 * 10);
  });

  test('lets Qargo see at most 2 calls in any second and 1,200 in any ten minutes, and nearly all are used', () => {
    const times = callsOf(
      [{ organisation: 'alpha', priority: 'label', from: 0, gap: 1, calls: 100_000 }],
      qargo,
      3_000_000,
    ).map(({ t }) => t);
    expect(most(times, 1_000)).toBeLessThanOrEqual(2);
    expect(most(times, 600_000)).toBeLessThanOrEqual(1_200);
    expect(times.length).toBeGreaterThan(5 * 1_200 * 0.95);
  });

  test('serves a waiting cancellation before any poll', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 5_000, max: 60_000 }),
        fc.integer({ min: 0, max: 30 }),
        (orgs, from, late) => {
          const polls = Array.from(
            { length: orgs },
            (_, i): Caller => ({ organisation: `org${i}`, priority: 'poll', from: i * 7, gap: 1, calls: 10_000 }),
          );
          const cancellation: Caller = { organisation: 'org0', priority: 'cancellation', from, gap: 1, calls: 1 };
          const served = callsOf([...polls, cancellation], palletways, from + 10_000, () => late);
          const done = served.find(({ caller }) => caller === cancellation);
          // At the first time it is told the call is there; others have only what was open beside it.
          expect(done?.asks).toBeLessThanOrEqual(2);
          expect((done?.t ?? 0) - from).toBeLessThanOrEqual(2_001 + 30);
          const single = { ...palletways, windows: [{ ms: 500, calls: 1 }] };
          const oneByOne = callsOf([...polls, cancellation], single, from + 10_000, () => late);
          const turn = oneByOne.find(({ caller }) => caller === cancellation)?.t ?? Number.POSITIVE_INFINITY;
          expect(oneByOne.filter(({ t }) => t > from && t < turn)).toEqual([]);
        },
      ),
    );
  });

  test('serves a waiting cancellation after one call of each other class at most, whatever waits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20_000 }),
        fc.array(fc.record({ organisation, priority }), { minLength: 1, maxLength: 10 }),
        (from, others) => {
          const agents = others
            .filter((other) => other.priority !== 'cancellation')
            .map(
              ({ organisation: who, priority: what }, i): Caller => ({
                organisation: who,
                priority: what,
                from: i,
                gap: 1,
                calls: 10_000,
              }),
            );
          const cancellation: Caller = { organisation: 'omega', priority: 'cancellation', from, gap: 1, calls: 1 };
          const single = { ...palletways, windows: [{ ms: 500, calls: 1 }] };
          const served = callsOf([...agents, cancellation], single, from + 10_000);
          const turn = served.find(({ caller }) => caller === cancellation)?.t ?? Number.POSITIVE_INFINITY;
          const before = served.filter(({ t }) => t > from && t < turn).map(({ caller }) => caller.priority);
          expect(before.length).toBe(new Set(before).size);
        },
      ),
    );
  });

  test('lets others through where cancellations never end: labels have their weight of the calls, and never wait for three', () => {
    const cancellations = ['alpha', 'beta', 'gamma'].map(
      (who): Caller => ({ organisation: who, priority: 'cancellation', from: 0, gap: 1, calls: 10_000 }),
    );
    const labels = ['delta', 'omega'].map(
      (who): Caller => ({ organisation: who, priority: 'label', from: 0, gap: 1, calls: 10_000 }),
    );
    const order = callsOf([...cancellations, ...labels], palletways, 120_000).map(({ caller }) =>
      caller.priority === 'label' ? 'l' : 'c',
    );
    const { cancellation, label } = palletways.weights;
    const labelShare = order.filter((each) => each === 'l').length / order.length;
    expect(Math.abs(labelShare - label / (label + cancellation))).toBeLessThan(0.05);
    expect(order.join('').slice(6)).not.toMatch(/ccc/);
  });

  test('gives organisations that wait for the same class the same number of calls', () => {
    // alpha asks from twenty places, the others from one each.
    const agents = ['alpha', 'beta', 'gamma'].map(
      (who): Caller => ({ organisation: who, priority: 'milestone', from: 0, gap: 1, calls: 10_000 }),
    );
    const many = Array.from(
      { length: 19 },
      (): Caller => ({ organisation: 'alpha', priority: 'milestone', from: 1, gap: 1, calls: 10_000 }),
    );
    const served = callsOf([...agents, ...many], palletways, 200_000);
    const count = (who: string) => served.filter(({ caller }) => caller.organisation === who).length;
    expect(
      Math.max(count('alpha'), count('beta'), count('gamma')) - Math.min(count('alpha'), count('beta'), count('gamma')),
    ).toBeLessThanOrEqual(3);
  });

  test('of those that wait since the same millisecond each is served, in as many windows as they are', () => {
    const rules: BudgetRules = { ...palletways, windows: [{ ms: 300, calls: 1 }] };
    for (const priority of callPriorities) {
      const agents = ['alpha', 'beta', 'gamma', 'delta'].map((organisation) => ({
        organisation,
        priority,
        from: 1_000,
        gap: 1,
        calls: 1,
      }));
      const served = callsOf(agents, rules, 60_000);
      expect(served.length).toBe(4);
      expect(Math.max(...served.map(({ t }) => t))).toBeLessThan(1_000 + 4 * 310);
    }
  });

  test('polls alone leave one call of the window to a cancellation that comes', () => {
    const polls = ['alpha', 'beta', 'gamma'].map(
      (who): Caller => ({ organisation: who, priority: 'poll', from: 0, gap: 1, calls: 10_000 }),
    );
    const from = 9_500;
    const served = callsOf(
      [...polls, { organisation: 'beta', priority: 'cancellation', from, gap: 1, calls: 1 }],
      palletways,
      20_000,
    );
    const done = served.find(({ caller }) => caller.priority === 'cancellation');
    expect(done?.t).toBe(from);
  });

  test('who waited and went away holds nobody up for more than about a second after its time', () => {
    let state: BudgetState = emptyBudget;
    let now = 0;
    const ask = (who: string, what: CallPriority) => {
      const decision = decide(state, { organisation: who, priority: what, now }, palletways);
      state = decision.state;
      return decision;
    };
    for (let i = 0; i < 3; i++) expect(ask('alpha', 'label').granted).toBe(true);
    const gone = ask('beta', 'cancellation');
    now = (gone.granted ? 0 : gone.notBefore) + 1_001;
    expect(ask('alpha', 'milestone').granted).toBe(true);
    expect(ask('alpha', 'milestone').granted).toBe(true);
    expect(ask('alpha', 'milestone').granted).toBe(true);
  });

  test('held, grants nothing before the time, and then goes on', () => {
    const state = held(held(emptyBudget, 50_000), 40_000);
    const early = decide(state, { organisation: 'alpha', priority: 'cancellation', now: 1_000 }, palletways);
    expect(early).toMatchObject({ granted: false, notBefore: 50_000 });
    expect(
      decide(early.state, { organisation: 'alpha', priority: 'cancellation', now: 50_000 }, palletways).granted,
    ).toBe(true);
  });

  test('a pace of ten is ten times the calls in the same window', () => {
    const fast = palletwaysBudget({ palletwaysCallsPer2s: 3 }, 10);
    const times = callsOf(
      [{ organisation: 'alpha', priority: 'label', from: 0, gap: 1, calls: 10_000 }],
      fast,
      60_000,
    ).map(({ t }) => t);
    expect(most(times, 2_000)).toBe(30);
  });

  test('a clock that is set back lets no waiter that went away hold others up for longer', () => {
    const single = { ...palletways, windows: [{ ms: 500, calls: 1 }] };
    const at = 10_000_000;
    const served = decide(emptyBudget, { organisation: 'alpha', priority: 'label', now: at }, single);
    const gone = decide(served.state, { organisation: 'beta', priority: 'cancellation', now: at }, single);
    const back = at - 3_600_000;
    const first = decide(gone.state, { organisation: 'alpha', priority: 'label', now: back }, single);
    expect(first.granted).toBe(false);
    expect(decide(first.state, { organisation: 'alpha', priority: 'label', now: back + 2_000 }, single).granted).toBe(
      true,
    );
  });

  test('its state stays small: five classes of 50 organisations are kept in under 40 KB, and one that was quiet in under 1 KB', () => {
    let state: BudgetState = emptyBudget;
    let now = 0;
    for (let i = 0; i < 20_000; i++) {
      now += 400;
      const organisation = `organisation-${Math.floor(i / 5) % 50}`;
      state = decide(state, { organisation, priority: callPriorities[i % 5] ?? 'poll', now }, qargo).state;
    }
    expect(JSON.stringify(state).length).toBeLessThan(40_000);
    state = decide(state, { organisation: 'alpha', priority: 'label', now: now + 3_600_000 }, qargo).state;
    expect(JSON.stringify(state).length).toBeLessThan(1_000);
  });
});
