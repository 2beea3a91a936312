import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { ChargeFact, Counterpart, Source } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { chargeValue } from '../../domain/policy/charge-text.ts';
import {
  applyCharges,
  changeBy,
  type Known,
  sizeOf,
  sizeValue,
  standingCharges,
  unitsOf,
  unitsValue,
  weightValue,
} from '../../domain/policy/charges.ts';
import { type Direction, directions } from '../../domain/policy/settings.ts';
import { emptyState, fold } from '../../domain/state/state.ts';
import { minute } from './arbitraries.ts';

const sides = ['palletways', 'qargo'] as const;
const other = (side: Counterpart): Counterpart => (side === 'qargo' ? 'palletways' : 'qargo');

const change = (n: number, over: Partial<ChargeFact>): ChargeFact => ({
  kind: 'charge',
  id: `c${n}`,
  at: minute(n),
  zone: 'UTC',
  heard: minute(n),
  source: 'qargo',
  via: 'read',
  charge: 'weight',
  about: '',
  old: null,
  new: '700',
  owe: [],
  ...over,
});

describe('whom a change is owed to', () => {
  const known: Known = { standing: '640', said: { palletways: '640', qargo: '640' } };

  test('never the side that said it, and the other only where the configuration wants it', () => {
    const owe = (source: Source, wanted: Direction) => changeBy(source, '700', known, wanted)?.owe;
    expect(directions.map((wanted) => owe('qargo', wanted))).toEqual([undefined, [], ['palletways'], ['palletways']]);
    expect(directions.map((wanted) => owe('palletways', wanted))).toEqual([undefined, ['qargo'], [], ['qargo']]);
    expect(directions.map((wanted) => owe('person', wanted))).toEqual([
      undefined,
      ['qargo'],
      ['palletways'],
      ['palletways', 'qargo'],
    ]);
  });

  test('what stands already, and what a side said already, is no change', () => {
    expect(changeBy('qargo', '640', known, 'both')).toBeNull();
    const said = { standing: '700', said: { palletways: '640', qargo: '700' } };
    expect(changeBy('palletways', '640', said, 'both')).toBeNull();
    expect(changeBy('person', '640', said, 'both')).toEqual({ old: '700', owe: ['qargo'] });
  });

  test('a change back to what a side was told before is told again: between the two another stood', () => {
    const digestOf = (fact: ChargeFact) =>
      owed(fold(emptyState, [fact])).find(({ key }) => key === 'charge:palletways:weight:')?.digest;
    const [first, again] = [change(1, { owe: ['palletways'] }), change(3, { owe: ['palletways'] })];
    expect(digestOf(first)).toBeDefined();
    expect(digestOf(first)).not.toBe(digestOf(again));
  });
});

/**
 * Two sides that hold a value each, a link between them as the product is one, and people who change values now and then. Each side
 * repeats what it was told; reads come late, twice and in any order between the deliveries.
 */
type Step =
  | { readonly what: 'person'; readonly value: number }
  | { readonly what: 'edit'; readonly side: Counterpart; readonly value: number }
  | { readonly what: 'read'; readonly side: Counterpart }
  | { readonly what: 'deliver'; readonly side: Counterpart };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ what: fc.constant('person' as const), value: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('edit' as const),
      side: fc.constantFrom(...sides),
      value: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('read' as const), side: fc.constantFrom(...sides) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('deliver' as const), side: fc.constantFrom(...sides) }) },
);

class Link {
  readonly held: Record<Counterpart, string> = { palletways: '0', qargo: '0' };
  /** What each was last known to say: read, or told by us. */
  readonly said: Record<Counterpart, string> = { palletways: '0', qargo: '0' };
  standing = '0';
  readonly open = new Map<Counterpart, string>();
  told = 0;
  changes = 0;
  readonly wanted: Direction;
  constructor(wanted: Direction) {
    this.wanted = wanted;
  }

  hear(source: Source, value: string): void {
    const found = changeBy(source, value, { standing: this.standing, said: this.said }, this.wanted);
    if (found !== null) {
      this.standing = value;
      this.open.clear();
      for (const side of found.owe) this.open.set(side, value);
      if (source !== 'person') expect(found.owe).not.toContain(source);
      this.changes += 1;
    }
    if (source === 'palletways' || source === 'qargo') this.said[source] = value;
  }

  act(one: Step): void {
    if (one.what === 'person') this.hear('person', String(one.value));
    else if (one.what === 'edit') this.held[one.side] = String(one.value);
    else if (one.what === 'read') this.hear(one.side, this.held[one.side]);
    else {
      const value = this.open.get(one.side);
      if (value === undefined) return;
      // Told, taken, and read back as ours.
      this.open.delete(one.side);
      this.held[one.side] = value;
      this.said[one.side] = value;
      this.told += 1;
    }
  }
}

describe('loops', () => {
  test('however reads, echoes and deliveries interleave, it ends: nothing is told but what somebody changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...directions), fc.array(step, { maxLength: 40 }), (wanted, steps) => {
        const link = new Link(wanted);
        for (const one of steps) link.act(one);
        const hands = steps.filter(({ what }) => what === 'person' || what === 'edit').length;
        expect(link.changes).toBeLessThanOrEqual(hands);
        expect(link.told).toBeLessThanOrEqual(2 * hands);

        // Nobody changes anything any more: after each side was read and told once or twice nothing moves again.
        const settle = () => {
          for (const side of sides) link.act({ what: 'read', side });
          for (const side of sides) link.act({ what: 'deliver', side });
        };
        for (let round = 0; round < 3; round += 1) settle();
        const before = link.told;
        for (let round = 0; round < 5; round += 1) settle();
        expect(link.told).toBe(before);
        expect(link.open.size).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('with both directions on, a change that was told is what both sides hold', () => {
    for (const side of sides) {
      const link = new Link('both');
      link.act({ what: 'edit', side, value: 2 });
      for (let round = 0; round < 3; round += 1) {
        for (const each of sides) link.act({ what: 'read', side: each });
        for (const each of sides) link.act({ what: 'deliver', side: each });
      }
      expect([link.held.palletways, link.held.qargo, link.told]).toEqual(['2', '2', 1]);
      expect(link.said[other(side)]).toBe('2');
    }
  });
});

describe('values', () => {
  test('weight, size and bill units are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), (n) => {
        expect(chargeValue('weight', `${weightValue(n / 100)} kg`, 'point')).toBe(weightValue(n / 100));
      }),
    );
    const metre = fc.integer({ min: 1, max: 400 }).map((cm) => cm / 100);
    fc.assert(
      fc.property(metre, metre, metre, (l, w, h) => {
        expect(sizeOf(sizeValue([l, w, h]))).toEqual([l, w, h]);
        expect(chargeValue('dimensions', sizeValue([l, w, h]), 'point')).toBe(sizeValue([l, w, h]));
      }),
    );
    expect(
      unitsOf(
        unitsValue([
          { type: 'HP', amount: 1 },
          { type: 'FP', amount: 2 },
          { type: 'HP', amount: 1 },
        ]),
      ),
    ).toEqual([
      { type: 'FP', amount: 2 },
      { type: 'HP', amount: 2 },
    ]);
  });

  test('what people and notes write is understood, the new one of two; what says nothing is null', () => {
    const said: [Parameters<typeof chargeValue>[0], string, string | null][] = [
      ['weight', '700', '700'],
      ['weight', 'WEIGHT 640 KG NOW 712.5KG', '712.5'],
      ['weight', '0 kg', null],
      ['weight', 'heavy', null],
      ['dimensions', '120 x 100 x 150 cm', '1.2x1x1.5'],
      ['dimensions', '1.2x1.0x1.5', '1.2x1x1.5'],
      ['dimensions', '1200x1000x1500mm', '1.2x1x1.5'],
      ['dimensions', '120 by 100', null],
      ['regrade', 'FP 2 -> HP 2', 'HP:2'],
      ['regrade', 'hp x 2, QP 1', 'HP:2,QP:1'],
      ['regrade', 'two pallets', null],
      ['surcharge', 'GBP 12.5', '12.50 GBP'],
      ['surcharge', '12', '12.00'],
      ['surcharge', 'much', null],
    ];
    expect(said.map(([kind, text]) => chargeValue(kind, text, 'point'))).toEqual(said.map(([, , value]) => value));
  });
});

describe('the order as Qargo is to have it', () => {
  const order = { weight: 640, lifts: 2, billUnits: [{ type: 'FP', amount: 2 }] } as unknown as OrderContent;

  test('takes what Qargo measured itself, and what it is owed', () => {
    expect(applyCharges(order, [change(1, {})]).weight).toBe(700);
    expect(applyCharges(order, [change(1, { source: 'person', owe: ['qargo'] })]).weight).toBe(700);
    expect(applyCharges(order, [change(1, { charge: 'regrade', new: 'HP:2' })]).billUnits).toEqual([
      { type: 'HP', amount: 2 },
    ]);
  });

  test('is as Palletways orders it where a change is not for Qargo, and after Palletways amended it', () => {
    expect(applyCharges(order, [change(1, { source: 'person', owe: ['palletways'] })])).toEqual(order);
    expect(applyCharges(order, [change(1, {}), change(2, { source: 'palletways', new: '640' })])).toEqual(order);
    expect(applyCharges(order, [change(1, { charge: 'dimensions', new: '1x1x1' })])).toEqual(order);
  });

  test('of several the latest stands, in whatever order they are given', () => {
    const all = [change(1, {}), change(2, { new: '710' }), change(3, { new: '720' })];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 3 }), (some) => standingCharges(some)[0]?.new === '720'),
    );
  });
});
