import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, MilestoneFact, MilestoneName, PlanFact } from '../../domain/facts/facts.ts';
import { type Stage, stageOf } from '../../domain/state/state.ts';
import { fact, factOf, facts, minute, stateOf, uncancelled, undecided } from './arbitraries.ts';

const milestone = (name: MilestoneName, at: number, stop = 'stop-1'): MilestoneFact => ({
  ...(factOf({ kind: 'milestone', at: 0, heard: 0, subject: 0, content: 0 }) as MilestoneFact),
  id: `qg:stop:${stop}:${name}:${at}`,
  at: minute(at),
  milestone: name,
  stop,
});
const plan = (trip: string | null, at: number): PlanFact => ({
  ...(factOf({ kind: 'plan', at: 0, heard: 0, subject: 0, content: 0 }) as PlanFact),
  id: `qg:plan:${trip}:${at}`,
  at: minute(at),
  trip,
});
const stageAfter = (...said: Fact[]): Stage => stageOf(stateOf(said));

describe('the stage of a consignment', () => {
  test('goes with the day: announced, planned, out for delivery, at consignee, delivered', () => {
    const day = [
      factOf({ kind: 'order', at: 0, heard: 0, subject: 0, content: 0 }),
      plan('trip-1', 1),
      milestone('out', 2),
      milestone('arrived', 3),
      milestone('delivered', 4),
    ];
    expect(day.map((_, n) => stageAfter(...day.slice(0, n + 1)))).toEqual([
      'announced',
      'planned',
      'out for delivery',
      'at consignee',
      'delivered',
    ]);
  });

  test('a redelivery is not blocked by the failure before it', () => {
    const failed = [plan('trip-1', 1), milestone('out', 2), milestone('failed', 3)];
    expect(stageAfter(...failed)).toBe('failed');
    expect(stageAfter(...failed, plan('trip-2', 4))).toBe('planned');
    expect(stageAfter(...failed, plan('trip-2', 4), milestone('out', 5))).toBe('out for delivery');
    expect(stageAfter(...failed, plan('trip-2', 4), milestone('out', 5), milestone('delivered', 6))).toBe('delivered');
  });

  test('the plan that led to a failure is not the plan of another try', () => {
    expect(stageAfter(milestone('failed', 3), plan('trip-1', 1))).toBe('failed');
    expect(stageAfter(milestone('failed', 3), plan('trip-1', 1), plan(null, 4))).toBe('failed');
  });

  test('a return is not blocked by "delivered wins": the latest thing that happened decides', () => {
    expect(stageAfter(milestone('delivered', 3), plan('trip-2', 4), milestone('out', 5, 'stop-2'))).toBe(
      'out for delivery',
    );
  });

  test('taken off its trip it is announced again', () => {
    expect(stageAfter(plan('trip-1', 1), plan(null, 2))).toBe('announced');
  });

  test('cancelled is cancelled where it was accepted or a person said it, whatever else is said before or after; undecided it is not', () => {
    const cancellation = factOf({ kind: 'cancellation', at: 2, heard: 0, subject: 0, content: 0 });
    const byPerson: Fact = { ...cancellation, id: 'by hand', source: 'person' };
    const accepted = {
      ...factOf({ kind: 'decision', at: 2, heard: 0, subject: 1, content: 1 }),
      source: 'engine',
    } as Fact;
    fc.assert(
      fc.property(facts(undecided.filter((kind) => kind !== 'merged')), (all) => {
        const isCancelled = (...said: Fact[]) => stageOf(stateOf([...all, ...said])) === 'cancelled';
        expect([
          isCancelled(cancellation),
          isCancelled(cancellation, accepted),
          isCancelled(byPerson),
          isCancelled(byPerson, cancellation),
        ]).toEqual([false, true, true, true]);
      }),
    );
  });

  test('merged into another it is merged, whatever else is said before or after, a cancellation too', () => {
    const merged = factOf({ kind: 'merged', at: 2, heard: 0, subject: 0, content: 0 });
    fc.assert(fc.property(facts(), (all) => stageOf(stateOf([...all, merged])) === 'merged'));
  });

  test('is never cancelled without a cancellation: silence says nothing', () => {
    fc.assert(fc.property(facts(uncancelled), (all) => stageOf(stateOf(all)) !== 'cancelled'));
  });

  test('a late fact never moves a consignment: what happened before the end of its attempt changes nothing', () => {
    const end = fc.constantFrom('delivered', 'failed');
    fc.assert(
      fc.property(facts(uncancelled), fact(['milestone']), end, fact(uncancelled), (some, last, how, late) => {
        const known = [...some, { ...last, at: minute(6), milestone: how } as Fact];
        return stageOf(stateOf([...known, late])) === stageOf(stateOf(known));
      }),
      { numRuns: 1_000 },
    );
  });
});
