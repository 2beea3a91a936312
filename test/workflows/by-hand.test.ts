import { describe, expect, test } from 'vitest';
import { handFact } from '../../domain/facts/by-hand.ts';

const now = '2026-11-24T06:00:00.000Z';
const half = '\ud83d';

describe('a signal by hand', () => {
  test('names its pallet, trip or reason as a scanner’s affixes, blanks and half emojis around it would not', () => {
    expect(handFact('scan', { barcode: `]C1B1${half}\r`, scan: 'load' }, now)).toMatchObject({
      kind: 'scan',
      barcode: 'B1',
    });
    expect(handFact('allocation', { trip: ` T7\0${half}` }, now)).toMatchObject({ kind: 'plan', trip: 'T7' });
    expect(handFact('exception', { code: `DAMAGE${half}\n` }, now)).toMatchObject({
      kind: 'exception',
      code: 'DAMAGE',
    });
    expect(handFact('milestone', { milestone: 'failed', reason: `${half}CLOSED` }, now)).toMatchObject({
      kind: 'milestone',
      reason: 'CLOSED',
    });
  });

  test('is cut where it is too long, and never in the middle of a character', () => {
    const fact = handFact('exception', { code: `${'x'.repeat(19)}\u{1f600}` }, now);
    expect(fact).toMatchObject({ code: 'x'.repeat(19) });
  });

  test('that names nothing but half an emoji names nothing, and is not read', () => {
    expect(handFact('scan', { barcode: half, scan: 'load' }, now)).toBe(null);
    expect(handFact('exception', { code: '\0\r' }, now)).toBe(null);
  });
});
