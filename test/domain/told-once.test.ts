/** What is told once though it is heard twice, and what is told twice though it sounds the same. */
import { describe, expect, test } from 'vitest';
import type { Fact, NetworkFact, PlanFact, PodFact } from '../../domain/facts/facts.ts';
import { noteReference } from '../../domain/facts/hash.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { emptyState, fold } from '../../domain/state/state.ts';

const base = (id: string, at: string) => ({ id, at, zone: 'UTC', heard: at, via: 'push' }) as const;
const signed = (at: string): PodFact => ({ ...base(`qg:pod:${at}`, at), kind: 'pod', source: 'qargo' });
const network = (code: string, nth: number): NetworkFact =>
  ({
    ...base(`pw:network:${nth}`, `2026-11-24T0${nth}:00:00.000Z`),
    kind: 'network',
    source: 'palletways',
    code,
  }) as NetworkFact;
const plan = (trip: string | null, seconds: string): PlanFact => {
  const at = `2026-11-24T06:00:${seconds}.000Z`;
  return { ...base(`qg:plan:${trip ?? '-'}:-:${at}`, at), kind: 'plan', source: 'qargo', trip, vehicle: '', seen: at };
};
const state = (...facts: readonly Fact[]) => fold(emptyState, facts);
const of = (kind: string, ...facts: readonly Fact[]) =>
  owed(state(...facts)).flatMap((one) => (one.kind === kind ? [`${one.key} ${one.digest}`] : []));

describe('a signature', () => {
  test('that is told twice within one second is one note, in whichever order and with whichever parts of it', () => {
    const [whole, early, late] = [
      '2026-11-24T10:14:30.000Z',
      '2026-11-24T10:14:30.120Z',
      '2026-11-24T10:14:30.980Z',
    ].map(signed) as [PodFact, PodFact, PodFact];
    for (const facts of [
      [whole, early],
      [early, whole],
      [late, early],
      [early, late, whole],
    ])
      expect(of('pod', ...facts)).toEqual(['pod:2026-11-24T10:14:30.000Z 1']);
  });

  test('of another second is another one', () => {
    expect(of('pod', signed('2026-11-24T10:14:30.000Z'), signed('2026-11-25T10:14:30.000Z'))).toHaveLength(2);
    expect(of('pod', signed('2026-11-24T10:14:30.000Z'), signed('2026-11-24T10:14:32.000Z'))).toHaveLength(2);
  });
});

describe('news of the network', () => {
  test('with a second estimate is told again, and where the goods are, said again, is not', () => {
    const [first, second] = [network('ETA', 1), network('ETA', 2)];
    expect(of('journey', first, second)).not.toEqual(of('journey', first));
    expect(of('journey', first, first)).toEqual(of('journey', first));
    for (const code of ['AT_HUB', 'OUT_FOR_DELIVERY', 'STOCK_HELD'])
      expect(of('journey', network(code, 1), network(code, 2))).toEqual(of('journey', network(code, 1)));
    expect(of('journey', first, network('AT_HUB', 3))).not.toEqual(of('journey', first));
  });
});

describe('a note', () => {
  test('has a reference of its own: planned, taken off and planned again within seconds are three', () => {
    const plans = [plan('R1', '00'), plan(null, '10'), plan('R1', '20'), plan('R1', '31')];
    const references = plans.map(({ id }) => noteReference('c', 'plan', id, 1));
    expect(new Set(references).size).toBe(plans.length);
    expect(references.every((each) => /^[0-9a-z]{10}$/.test(each))).toBe(true);
    expect(noteReference('c', 'plan', plans[0]?.id ?? '', 2)).not.toBe(references[0]);
  });
});
