import { describe, expect, test } from 'vitest';
import type {
  Counted,
  ExceptionFact,
  Fact,
  LabelsFact,
  MilestoneFact,
  PodFact,
  ScanFact,
} from '../../domain/facts/facts.ts';
import { sayCounted, signedFor } from '../../domain/state/signed-for.ts';
import { minute } from './arbitraries.ts';

const [a, b, c] = ['B00432B6FC', 'B00432B6FD', 'B00432B6FE'] as const;
const base = (at: number) =>
  ({ at: minute(at), zone: 'UTC', heard: minute(at), source: 'qargo', via: 'push' }) as const;
const labels: LabelsFact = { ...base(0), source: 'palletways', kind: 'labels', id: 'labels', barcodes: [a, b, c] };
const pod = (at: number): PodFact => ({ ...base(at), kind: 'pod', id: `pod ${at}` });
const delivered = (at: number, counted?: Counted): MilestoneFact => {
  const fact = { ...base(at), kind: 'milestone', id: `delivered ${at}`, milestone: 'delivered', stop: 's' } as const;
  return counted === undefined ? fact : { ...fact, counted };
};
const scanned = (barcode: string, at: number): Fact[] => {
  const scan: ScanFact = { ...base(at), kind: 'scan', id: `scan ${barcode}`, barcode, scan: 'delivery' };
  return [scan];
};
const refused = (barcode: string, at: number): ExceptionFact => ({
  ...base(at),
  kind: 'exception',
  id: `refused ${barcode}`,
  code: 'REFUSED',
  stop: 's',
  barcode,
});
const said = (facts: readonly Fact[], of = pod(20)) => {
  const counted = signedFor(facts, of);
  // However they are given.
  expect(signedFor([...facts].reverse(), of)).toEqual(counted);
  return counted === null ? null : sayCounted(counted);
};

describe('how many pallets a signature is for', () => {
  test('is what Qargo counted at the stop', () => {
    expect(
      said([labels, delivered(21, { units: 2, of: 3 }), ...scanned(a, 19), ...scanned(b, 19), ...scanned(c, 19)]),
    ).toBe('2 of 3');
  });

  test('of two stops that were counted it is the one that ended nearest to it', () => {
    const facts = [labels, delivered(21, { units: 2, of: 3 }), delivered(90, { units: 1, of: 3 })];
    expect([said(facts), said(facts, pod(88))]).toEqual(['2 of 3', '1 of 3']);
  });

  test('is what the scans and what was left over tell, where Qargo counted nothing', () => {
    expect(said([labels, delivered(21), ...scanned(a, 19), ...scanned(b, 19), refused(c, 20)])).toBe('2 of 3');
    expect(said([labels, delivered(21), ...scanned(a, 19), ...scanned(b, 19), ...scanned(c, 19)])).toBe('3 of 3');
  });

  test('is not said where nobody counted', () => {
    expect(said([labels, delivered(21)])).toBeNull();
    expect(said([])).toBeNull();
  });
});
