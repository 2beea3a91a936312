import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseFact, ExceptionFact, Fact, MilestoneFact, NextStep, PlanFact } from '../../domain/facts/facts.ts';
import { casesOf } from '../../domain/state/cases.ts';
import { minute, facts as someFacts } from './arbitraries.ts';

const base = (kind: string, at: number) =>
  ({
    id: `${kind}-${at}`,
    at: minute(at),
    zone: 'Europe/London',
    heard: minute(at),
    source: 'qargo',
    via: 'push',
  }) as const;
const exception = (code: string, at: number): ExceptionFact => ({
  ...base(code, at),
  kind: 'exception',
  code,
  stop: 'stop-1',
});
const plan = (trip: string | null, at: number): PlanFact => ({
  ...base(`plan-${trip}`, at),
  kind: 'plan',
  trip,
  vehicle: '',
});
const milestone = (what: MilestoneFact['milestone'], at: number, trip?: string): MilestoneFact => ({
  ...base(what, at),
  kind: 'milestone',
  milestone: what,
  stop: 'stop-1',
  ...(trip === undefined ? {} : { trip }),
});
const decided = (of: ExceptionFact, step: NextStep, at: number): CaseFact => ({
  ...base(`case-${step}`, at),
  kind: 'case',
  source: 'person',
  exception: of.id,
  step,
});
const cancellation = (at: number): Fact => ({ ...base('cancelled', at), kind: 'cancellation' });
const carded = exception('CARDED', 10);
const first = [plan('R1', 1), milestone('out', 2, 'R1'), milestone('failed', 10, 'R1'), carded];
const only = (facts: Fact[]) => {
  const [one, ...more] = casesOf(facts);
  expect(more).toEqual([]);
  return { state: one?.state, next: one?.next, how: one?.resolved?.how ?? null };
};

describe('an exception is a case', () => {
  test('that is open with nobody having decided what comes next', () => {
    expect(only(first)).toEqual({ state: 'open', next: null, how: null });
  });

  test.each(['redeliver', 'return', 'hold'] as const)('that stays open with %s decided', (step) => {
    expect(only([...first, decided(carded, step, 11)])).toEqual({ state: 'open', next: step, how: null });
  });

  test('whose latest decision counts, and which a person ends and opens again', () => {
    const ended = [...first, decided(carded, 'hold', 11), decided(carded, 'resolved', 12)];
    expect(only(ended)).toEqual({ state: 'resolved', next: null, how: 'by a person' });
    expect(only([...ended, decided(carded, 'return', 13)])).toEqual({ state: 'open', next: 'return', how: null });
  });

  test('that a redelivery ends by itself: planned on another trip, or delivered after it failed', () => {
    expect(only([...first, plan('R2', 20)]).how).toBe('redelivered');
    expect(only([...first, milestone('out', 20, 'R2')]).how).toBe('redelivered');
    expect(only([...first, milestone('delivered', 20, 'R1')]).how).toBe('redelivered');
  });

  test('that its own trip does not end, however late it is told, nor being taken off it', () => {
    expect(only([...first, plan('R1', 20)]).state).toBe('open');
    expect(only([...first, plan(null, 20)]).state).toBe('open');
  });

  test('that its own trip does not end though it was heard of late, by a read after the exception', () => {
    const failed = milestone('failed', 10, 'R1');
    const nameless = milestone('failed', 10);
    expect(only([carded, failed, plan('R1', 20)]).state).toBe('open');
    expect(only([carded, nameless, plan('R1', 20)]).state).toBe('open');
    expect(only([carded, plan('R1', 20)]).state).toBe('open');
    expect(only([carded, milestone('out', 12, 'R1'), plan('R1', 20)]).state).toBe('open');
    expect(only([carded, milestone('failed', 11, 'R1'), plan('R1', 20)]).state).toBe('open');
    // The next one does.
    expect(only([carded, failed, plan('R1', 20), plan('R2', 30)]).how).toBe('redelivered');
    expect(only([carded, nameless, plan('R1', 20), milestone('out', 30, 'R2')]).how).toBe('redelivered');
    expect(only([carded, failed, plan('R2', 20)]).how).toBe('redelivered');
    expect(only([carded, nameless, plan('R1', 20), milestone('delivered', 30, 'R1')]).how).toBe('redelivered');
  });

  test('that a delivery with damage does not end', () => {
    const damage = exception('DAMAGE', 10);
    expect(only([plan('R1', 1), damage, milestone('delivered', 10, 'R1')]).state).toBe('open');
  });

  test('of which each attempt has its own', () => {
    const again = exception('CLOSED', 30);
    const all = [...first, plan('R2', 20), milestone('failed', 30, 'R2'), again];
    expect(casesOf(all).map(({ exception: { code }, state }) => [code, state])).toEqual([
      ['CARDED', 'resolved'],
      ['CLOSED', 'open'],
    ]);
  });

  test('that a cancellation ends once it is accepted', () => {
    const decision = (said: 'accepted' | 'refused'): Fact => ({
      ...base('decision', 21),
      kind: 'decision',
      on: 'cancel',
      decision: said,
      stage: 'failed',
      attempt: 1,
      fields: [],
      tell: [],
    });
    expect(only([...first, cancellation(20), decision('accepted')]).how).toBe('cancelled');
    expect(only([...first, cancellation(20), decision('refused')]).state).toBe('open');
    expect(only([...first, cancellation(20)]).state).toBe('open');
  });

  test('and the order in which facts are looked at means nothing', () => {
    // The record has each fact once.
    const once = someFacts().map((all) => [...new Map(all.map((fact) => [fact.id, fact])).values()]);
    const inAnyOrder = once.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(inAnyOrder, ([all, shuffled]) => {
        expect(casesOf(shuffled)).toEqual(casesOf(all));
      }),
    );
  });
});
