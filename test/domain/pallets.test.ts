import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockDoubt } from '../../domain/facts/clock-doubt.ts';
import type { ExceptionFact, Fact, LabelsFact, MilestoneFact, ScanFact, ScanKind } from '../../domain/facts/facts.ts';
import { doorOutcome, palletsOf, type QuorumRules, stepsOf } from '../../domain/state/pallets.ts';
import { facts as anyFacts, minute } from './arbitraries.ts';

const [a, b, c, d] = ['B00432B6FC', 'B00432B6FD', 'B00432B6FE', 'B00432B6FF'] as const;
const base = (at: number, heard = at) =>
  ({ at: minute(at), zone: 'UTC', heard: minute(heard), source: 'qargo', via: 'push' }) as const;
const labels = (at: number, ...barcodes: string[]): LabelsFact => ({
  ...base(at),
  source: 'palletways',
  kind: 'labels',
  id: `labels ${at}`,
  barcodes,
});
const scan = (kind: ScanKind, barcode: string, at: number): ScanFact => ({
  ...base(at),
  kind: 'scan',
  id: `${kind} ${barcode} ${at}`,
  barcode,
  scan: kind,
});
const exception = (code: string, barcode: string, at: number): ExceptionFact => ({
  ...base(at),
  kind: 'exception',
  id: `${code} ${barcode} ${at}`,
  code,
  stop: 's',
  barcode,
});
const milestone = (name: MilestoneFact['milestone'], at: number): MilestoneFact => ({
  ...base(at),
  kind: 'milestone',
  id: `${name} ${at}`,
  milestone: name,
  stop: 's',
});
const failed = (at: number) => milestone('failed', at);
const four = labels(0, a, b, c, d);
const rules = (over: Partial<QuorumRules> = {}): QuorumRules => ({
  loaded: 'all',
  delivered: 'all',
  minutes: 30,
  ...over,
});
const step = (facts: Fact[], name: 'loaded' | 'delivered', over: Partial<QuorumRules> = {}, now = 20) => {
  const found = stepsOf(facts, rules(over), minute(now)).find((each) => each.step === name);
  if (found === undefined) throw new Error('no such step');
  return found;
};
const positions = (facts: Fact[]) =>
  Object.fromEntries(palletsOf(facts).map(({ barcode, position }) => [barcode, position]));

describe('where a pallet is', () => {
  test('is told by the latest that happened to it, whatever was heard last', () => {
    const facts = [
      four,
      scan('delivery', a, 9),
      scan('load', a, 5),
      scan('load', b, 5),
      scan('unload', b, 8),
      exception('SHORT', c, 4),
    ];
    expect(positions(facts)).toEqual({ [a]: 'delivered', [b]: 'unloaded', [c]: 'missing', [d]: 'expected' });
  });

  test('a pallet scanned and reported damaged in one second is damaged, and one that is found again is not missing', () => {
    const facts = [
      four,
      scan('delivery', a, 9),
      exception('DAMAGE', a, 9),
      exception('SHORT', b, 4),
      scan('load', b, 6),
    ];
    expect(positions(facts)).toMatchObject({ [a]: 'damaged', [b]: 'loaded' });
    expect(palletsOf(facts).find(({ barcode }) => barcode === b)?.trouble).toBe('SHORT');
  });

  test('a scan of an old label is a scan of its pallet; labels that came and went unevenly are not guessed', () => {
    const again = labels(3, a, b, c, 'B00432B700');
    expect(positions([four, again, scan('load', d, 5)])).toMatchObject({ [a]: 'expected', B00432B700: 'loaded' });
    expect(positions([four, again, scan('load', d, 5)])).not.toHaveProperty(d);
    const once = labels(6, a, b, c, 'B00432B701');
    expect(palletsOf([four, once, again, scan('load', d, 5)]).at(3)).toMatchObject({
      barcode: 'B00432B701',
      former: [d, 'B00432B700'],
    });
    expect(positions([four, labels(3, a, b, 'B00432B700'), scan('load', d, 5)])).toMatchObject({
      B00432B700: 'expected',
      [d]: 'loaded',
    });
  });

  test('is the same for every order and every copy of the facts', () => {
    fc.assert(
      fc.property(
        anyFacts(['labels', 'scan', 'exception', 'milestone'], 12),
        fc.infiniteStream(fc.nat(1_000)),
        (facts, dice) => {
          const once = [...new Map(facts.map((fact) => [fact.id, fact])).values()];
          const shuffled = [...once, ...once.slice(0, 3)]
            .map((fact) => ({ fact, key: dice.next().value ?? 0 }))
            .sort((x, y) => x.key - y.key)
            .map(({ fact }) => fact);
          const told = (all: Fact[]) =>
            stepsOf(all, rules(), minute(50)).map(({ state, done, of }) => [state, done, of]);
          const sorted = (all: Fact[]) => palletsOf(all).sort((x, y) => (x.barcode < y.barcode ? -1 : 1));
          expect(sorted(shuffled)).toEqual(sorted(once));
          expect(told(shuffled)).toEqual(told(once));
        },
      ),
    );
  });
});

describe('a step of the consignment', () => {
  const three = [four, scan('load', a, 5), scan('load', b, 6), scan('load', c, 7)];

  test('waits for the pallet that was not scanned, and names it', () => {
    expect(step(three, 'loaded')).toMatchObject({ state: 'waiting', done: 3, needed: 4, of: 4, holding: [d] });
    expect(step(three, 'loaded').sentence).toBe('loaded 3 of 4: B00432B6FF was not scanned');
    expect(step(three, 'delivered')).toMatchObject({ state: 'not begun', sentence: '' });
  });

  test.each([
    ['any', 1, 'complete'],
    [3, 3, 'complete'],
    [4, 4, 'waiting'],
    [9, 4, 'waiting'],
    ['all', 4, 'waiting'],
  ] as const)('with the quorum %s needs %i of four and is %s with three', (loaded, needed, state) => {
    expect(step(three, 'loaded', { loaded })).toMatchObject({ needed, state });
  });

  test('is decided without the rest when its time is over, and says so', () => {
    expect(step(three, 'loaded', {}, 36)).toMatchObject({ state: 'timed out', holding: [d] });
    expect(step(three, 'loaded', {}, 35).state).toBe('waiting');
    expect(step(three, 'loaded', {}, 36).sentence).toContain('not waited for after 30 minutes');
  });

  test('a refused pallet is not delivered, though it was scanned at the door', () => {
    const door = [
      ...three,
      scan('load', d, 8),
      ...[a, b, c, d].map((code) => scan('delivery', code, 15)),
      exception('REFUSED', d, 16),
    ];
    expect(step(door, 'delivered')).toMatchObject({ state: 'waiting', done: 3, holding: [d] });
    expect(step(door, 'delivered').sentence).toBe('delivered 3 of 4: B00432B6FF is refused');
    expect(step(door, 'loaded').state).toBe('complete');
  });

  test('a second attempt begins anew', () => {
    expect(step([...three, scan('load', d, 8), failed(10)], 'loaded').state).toBe('not begun');
    expect(step([...three, scan('load', d, 8), failed(10), scan('load', a, 12)], 'loaded')).toMatchObject({
      state: 'waiting',
      done: 1,
    });
  });
});

test('three delivered, one refused, one missing: what is left at the door, and why', () => {
  const five = labels(0, a, b, c, d, 'B00432B700');
  const facts = [
    five,
    ...[a, b, c].map((code) => scan('delivery', code, 9)),
    exception('REFUSED', d, 9),
    exception('SHORT', 'B00432B700', 9),
  ];
  expect(doorOutcome(facts, minute(9))).toEqual({
    delivered: [a, b, c],
    left: [
      { barcode: d, position: 'refused', trouble: 'REFUSED', next: 'return' },
      { barcode: 'B00432B700', position: 'missing', trouble: 'SHORT', next: 'redeliver' },
    ],
  });
});

test('what was left at the door in an earlier attempt is not left there when it comes again', () => {
  const [both, refused] = [labels(0, a, b), exception('REFUSED', b, 9)];
  const again = [both, refused, milestone('failed', 9), milestone('out', 20), milestone('delivered', 30)];
  expect(doorOutcome(again, minute(30)).left).toEqual([]);
  // A part of it came first: the rest came in another attempt.
  const rest = [both, refused, milestone('delivered', 9), milestone('out', 20), milestone('delivered', 30)];
  expect(doorOutcome(rest, minute(9)).left).toMatchObject([{ barcode: b }]);
  expect(doorOutcome(rest, minute(30)).left).toEqual([]);
  // One end told twice is one.
  expect(
    doorOutcome([both, refused, milestone('delivered', 9), milestone('delivered', 10)], minute(10)).left,
  ).toMatchObject([{ barcode: b }]);
});

test('a clock is doubted only beyond its tolerance, ahead of the hearing or days before the consignment', () => {
  const tolerance = { clockAheadMinutes: 10, clockBehindDays: 2 };
  const doubt = (at: string) => clockDoubt(at, '2026-11-23T12:00:00.000Z', '2026-11-23T06:00:00.000Z', tolerance);
  expect(doubt('2026-11-23T12:10:00.000Z')).toBeNull();
  expect(doubt('2026-11-23T12:10:00.001Z')).toBe('ahead');
  expect(doubt('2026-11-21T06:00:00.000Z')).toBeNull();
  expect(doubt('2026-11-21T05:59:59.999Z')).toBe('before');
});
