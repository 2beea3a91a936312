/** An event that is told again with another content: it is news once, and in any order the last telling stands. Pure. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { correctionOf, digestOfTelling, type Telling } from '../../domain/facts/corrections.ts';
import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { openObligations } from '../../domain/receipts/projection.ts';
import { settles } from '../../domain/receipts/receipts.ts';
import { emptyState, fold } from '../../domain/state/state.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 10, 23, 6) + n * 60_000).toISOString();
const pod = (name: string): NewFact => ({
  kind: 'pod',
  id: 'pod',
  at: minute(0),
  zone: 'UTC',
  source: 'qargo',
  body: { name },
});
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What is kept of names that are told one after the other, a minute apart. */
function told(names: readonly string[], via: Fact['via'] = 'read'): Telling[] {
  const kept: Telling[] = [];
  for (const [n, name] of names.entries()) {
    const news = correctionOf(pod(name), kept, { heard: minute(10 + n), via, same });
    if (news === null) continue;
    const { body, said: _said, ...fact } = news;
    kept.push({ fact: { ...fact, heard: minute(10 + n), via } as Fact, body });
  }
  return kept;
}
const standing = (tellings: readonly Telling[]) =>
  fold(
    emptyState,
    tellings.map(({ fact }) => fact),
  ).subjects[`pod:${minute(0)}`];

describe('an event that is told again', () => {
  test('is news where it says something else than what stands, and by a read alone where it says what was said before', () => {
    expect(told(['Kim', 'Kim', 'Lee', 'Lee', 'Kim']).map(({ body }) => body)).toEqual([
      { name: 'Kim' },
      { name: 'Lee' },
      { name: 'Kim' },
    ]);
    expect(told(['Kim', 'Lee', 'Kim'], 'push').map(({ body }) => body)).toEqual([{ name: 'Kim' }, { name: 'Lee' }]);
    expect(told(['Kim', '  ', '']).map(({ body }) => body)).toEqual([{ name: 'Kim' }]);
    expect(told(['', 'Kim']).map(({ body }) => body)).toEqual([{ name: '' }, { name: 'Kim' }]);
  });

  test('is no news where the read was begun before what stands was heard', () => {
    const [kim, lee] = [told(['Kim']), told(['Kim', 'Lee'])];
    expect(correctionOf(pod('Lee'), kim, { heard: minute(10), via: 'read', same })).toBeNull();
    expect(correctionOf(pod('Kim'), lee, { heard: minute(11), via: 'read', same })).toBeNull();
  });

  test('stands as it was told last, however the tellings come, and its digest goes by what it says', () => {
    const names = fc.array(fc.constantFrom('Kim', 'Lee', 'Ann', ''), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, fc.infiniteStream(fc.nat(9)), (said, draws) => {
        const tellings = told(said);
        const shuffled = [...tellings]
          .map((each) => [draws.next().value ?? 0, each] as const)
          .sort(([a], [b]) => a - b);
        const last = tellings.at(-1);
        expect(standing(shuffled.map(([, each]) => each))).toEqual(last?.fact);
        for (const a of tellings)
          for (const b of tellings)
            expect(digestOfTelling(a.fact) === digestOfTelling(b.fact)).toBe(same(a.body, b.body));
      }),
    );
  });

  test('stands by when it was told, not by what its facts are called', () => {
    const [first, second] = told(['Kim', 'Lee']);
    if (first === undefined || second === undefined) throw new Error('two tellings are kept');
    const elsewhere = { ...first, fact: { ...first.fact, id: 'z' } };
    for (const all of [
      [elsewhere, second],
      [second, elsewhere],
    ])
      expect(standing(all)).toEqual(second.fact);
  });

  test('is owed once more after a receipt of another telling, and not where the receipt says the same', () => {
    const [first, lee, again] = told(['Kim', 'Lee', 'Kim']).map(({ fact }) => fact);
    const receipt = (of: Fact | undefined) =>
      ({
        key: `pod:${minute(0)}`,
        digest: of === undefined ? '' : digestOfTelling(of),
        revision: 1,
        state: 'met',
        at: minute(30),
        ever: true,
      }) as const;
    const open = (facts: readonly (Fact | undefined)[], of: Fact | undefined) => {
      const state = fold(
        emptyState,
        facts.flatMap((fact) => fact ?? []),
      );
      const [obligation] = owed(state).filter(({ kind }) => kind === 'pod');
      expect(obligation && settles(receipt(of), obligation)).toBe(
        openObligations(state, owed(state), { [receipt(of).key]: receipt(of) }).every(({ kind }) => kind !== 'pod'),
      );
      return openObligations(state, owed(state), { [receipt(of).key]: receipt(of) }).flatMap(({ kind, change }) =>
        kind === 'pod' ? [change] : [],
      );
    };
    expect([open([first], first), open([first, lee], first), open([first, lee], lee)]).toEqual([[], ['correct'], []]);
    expect([open([first, lee, again], first), open([first, lee, again], lee)]).toEqual([[], ['correct']]);
  });
});
