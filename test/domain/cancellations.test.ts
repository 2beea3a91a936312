/** What a cancellation comes to: nothing until it is decided, and a person's word stands above Palletways' own. Pure. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fact } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { cancellationOf, emptyState, fold, isEnded } from '../../domain/state/state.ts';
import { questionsOf } from '../../domain/words/questions.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 10, 23, 6) + n * 60_000).toISOString();
const base = (n: number) =>
  ({ at: minute(n), zone: 'UTC', heard: minute(n), source: 'palletways', via: 'push' }) as const;
const cancels = (n: number, source: 'palletways' | 'person'): Fact => ({
  ...base(n),
  kind: 'cancellation',
  id: `${source} ${n}`,
  source,
});
const judged = (decision: 'asked' | 'accepted' | 'refused', on = 'cancel'): Fact => ({
  ...base(6),
  kind: 'decision',
  id: `${decision} ${on}`,
  source: 'engine',
  on,
  decision,
  stage: 'loaded',
  attempt: 0,
  fields: [],
  tell: [],
});
const revived = (n: number): Fact => ({
  ...base(n),
  kind: 'revived',
  id: 'revived:1',
  source: 'engine',
  revival: 1,
  generation: 1,
});
const revisionOf = (facts: readonly Fact[]) =>
  owed(fold(emptyState, facts)).find(({ key }) => key === 'cancel')?.revision;

test('a person cancels what was asked, Palletways says it again: in any order it has ended, once, and nobody is asked any more', () => {
  const all = [cancels(5, 'palletways'), judged('asked'), cancels(7, 'person'), cancels(9, 'palletways')];
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      const state = fold(emptyState, shuffled);
      expect([isEnded(state), cancellationOf(state)?.source, questionsOf(state)]).toEqual([true, 'person', []]);
      expect(revisionOf(shuffled)).toBe(2);
    }),
  );
});

test('a person cancels what was accepted: it is the same word again, and the order is not taken back twice', () => {
  const accepted = [cancels(5, 'palletways'), judged('accepted')];
  expect([revisionOf(accepted), revisionOf([...accepted, cancels(7, 'person')])]).toEqual([1, 1]);
});

test("a person's cancellation ends with a revival as any; what Palletways says after it is judged", () => {
  const life = [cancels(5, 'person'), revived(8)];
  expect(cancellationOf(fold(emptyState, life))).toBeNull();
  const again = [...life, cancels(9, 'palletways')];
  expect([cancellationOf(fold(emptyState, again))?.id, isEnded(fold(emptyState, again))]).toEqual([
    'palletways 9',
    false,
  ]);
  expect(isEnded(fold(emptyState, [...again, judged('accepted', 'cancel:1')]))).toBe(true);
});
