import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChargeKind } from '../../domain/facts/facts.ts';
import { type Notation, readNumber } from '../../domain/facts/number.ts';
import { chargeValue } from '../../domain/policy/charge-text.ts';

/** What each text comes to, by the notation of the account. */
function reads(
  kind: ChargeKind,
  table: Readonly<Record<string, readonly [point: string | null, comma: string | null]>>,
) {
  const read = (notation: Notation) => Object.keys(table).map((text) => [text, chargeValue(kind, text, notation)]);
  expect(read('point')).toEqual(Object.entries(table).map(([text, [point]]) => [text, point]));
  expect(read('comma')).toEqual(Object.entries(table).map(([text, [, comma]]) => [text, comma]));
}

describe('a number in a text from outside', () => {
  test('is read whole in the notation of the account, or not at all: a weight', () => {
    reads('weight', {
      'Reweighed at hub: 1,250 KG': ['1250', null],
      '1,250.5 kg': ['1250.5', null],
      '640,5 kg': [null, '640.5'],
      '1.250,50 kg': [null, '1250.5'],
      '1 250 kg': [null, null],
      '1\u00a0250 kg': ['1250', '1250'],
      'hub 1 250 kg': [null, null],
      '12,50,300 kg': [null, null],
      '1,25 kg': [null, '1.25'],
      '1.250 kg': [null, '1250'],
      '640.5kg': ['640.5', null],
      '-640 kg': [null, null],
      '1234567890 kg': [null, null],
      'B00432700 kg': [null, null],
      '700 kg/m2': [null, null],
      '2 x 350 kg': [null, null],
      '350 kg each': [null, null],
    });
  });

  test('has its unit beside it: no number of something else is a weight', () => {
    reads('weight', {
      700: ['700', '700'],
      'Weight: 700': ['700', '700'],
      'see docket 12345': [null, null],
      'at bay 7': [null, null],
      'reweighed 23/11/26': [null, null],
      '1400 lbs': [null, null],
      '1.2 tonnes': [null, null],
    });
  });

  test('of several is the one after the word of change, and none where it is not plain which', () => {
    reads('weight', {
      'WEIGHT 640 KG NOW 712.5KG': ['712.5', null],
      'WEIGHT 640 KG NOW 712,5KG': [null, '712.5'],
      '640 kg -> 700 kg': ['700', '700'],
      'gross 700 kg, pallet 25 kg': [null, null],
      '640 kg to 1.700,5 lbs': [null, null],
      'now 700 kg (was 640 kg)': [null, null],
    });
  });

  test('is an amount where a currency or nothing else stands beside it: no percentage, time or count is one', () => {
    reads('surcharge', {
      'Surcharge 12,50 EUR': [null, '12.50 EUR'],
      'Surcharge 12.50 EUR': ['12.50 EUR', null],
      '€ 1,250.00': ['1250.00 EUR', null],
      '£12.50': ['12.50 GBP', null],
      'Fuel GBP 12.50 plus 20% VAT': ['12.50 GBP', null],
      'VAT 20%': [null, null],
      '20 %': [null, null],
      'GBP 12.50 VAT 20.00 %': ['12.50 GBP', null],
      'waiting 30 MIN': [null, null],
      '2 pallets': [null, null],
      'GBP -12.50': [null, null],
      '12.50- GBP': [null, null],
      'GBP 12.50 per hour': [null, null],
      'GBP 12.5': ['12.50 GBP', null],
      'GBP 12.505': [null, '12505.00 GBP'],
      'GBP 12.50 EUR 14.20': [null, null],
      12: ['12.00', '12.00'],
      'Amount: 12.50': ['12.50', null],
    });
  });

  test('is a side of a pallet where there are three of one unit, and no side is longer than a trailer', () => {
    reads('dimensions', {
      '120 x 100 x 150 cm': ['1.2x1x1.5', '1.2x1x1.5'],
      '1,20 x 1,00 x 1,50 m': [null, '1.2x1x1.5'],
      '1.20 x 1.00 x 1.50 m': ['1.2x1x1.5', null],
      '1,200 x 1,000 x 1,500 mm': ['1.2x1x1.5', null],
      '120cm x 100cm x 150cm': ['1.2x1x1.5', '1.2x1x1.5'],
      '1200×1000×1500mm': ['1.2x1x1.5', '1.2x1x1.5'],
      '120x100x150': [null, null],
      '2 x 120 x 100 x 150 cm': [null, null],
      '120 x 100 x 150 x 3 cm': [null, null],
      '100x100x100 cm -> 120x100x150 cm': ['1.2x1x1.5', '1.2x1x1.5'],
    });
  });

  test('is a number of bill units where nothing else is said', () => {
    reads('regrade', {
      'FP 2 -> HP 2': ['HP:2', 'HP:2'],
      'hp x 2, QP 1': ['HP:2,QP:1', 'HP:2,QP:1'],
      'Regraded: 2 x HP and 1 QP.': ['HP:2,QP:1', 'HP:2,QP:1'],
      'FP 2.5': [null, null],
      'FP:1,250': [null, null],
      'HP 2 by user JIM 12': [null, null],
      'regraded at hub 3': [null, null],
      'HP 1234': [null, null],
    });
  });

  test('is never another number than the one that was written, whatever stands around it', () => {
    const digits = fc.integer({ min: 1, max: 999_999 });
    const cents = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(
        digits,
        cents,
        fc.constantFrom<Notation>('point', 'comma'),
        fc.boolean(),
        (whole, part, notation, grouped) => {
          const [group, decimal] = notation === 'point' ? [',', '.'] : ['.', ','];
          const head = grouped ? String(whole).replace(/\B(?=(\d{3})+$)/g, group) : String(whole);
          const text = `${head}${decimal}${String(part).padStart(2, '0')}`;
          expect(readNumber(text, notation)).toBe(Number(`${whole}.${String(part).padStart(2, '0')}`));
          expect([null, Number(`${whole}.${String(part).padStart(2, '0')}`)]).toContain(
            readNumber(text, notation === 'point' ? 'comma' : 'point'),
          );
        },
      ),
    );
  });
});
