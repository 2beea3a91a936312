/** Where a pallet was scanned in, where no stop was named: the times of the pickup stop tell (wire assumption 42). */
import { expect, test } from 'vitest';
import type { MilestoneFact, MilestoneName, PlanFact, ScanFact } from '../../domain/facts/facts.ts';
import { placeOfScan } from '../../domain/state/scan-place.ts';

const at = (hour: number) => `2025-11-24T${String(hour).padStart(2, '0')}:00:00.000Z`;
const base = (hour: number) => ({ at: at(hour), heard: at(hour), zone: 'UTC', source: 'qargo', via: 'push' }) as const;
const scan = (hour: number): ScanFact => ({
  ...base(hour),
  kind: 'scan',
  id: 's',
  barcode: 'B',
  scan: 'unload',
  unplaced: true,
});
const milestone = (name: MilestoneName, hour: number, began?: number, trip = 'one'): MilestoneFact => ({
  ...base(hour),
  kind: 'milestone',
  id: `${name}${hour}`,
  milestone: name,
  stop: 'x',
  trip,
  ...(began === undefined ? {} : { began: at(began) }),
});
const plan = (hour: number, trip: string | null): PlanFact => ({
  ...base(hour),
  kind: 'plan',
  id: `p${hour}`,
  trip,
  vehicle: '',
});

const cases: readonly [string, number, readonly MilestoneFact[], PlanFact | undefined, string][] = [
  ['while the pickup stop was on: loaded', 6, [milestone('out', 7, 5)], plan(1, 'one'), 'load'],
  ['at the very beginning of the pickup stop: loaded', 5, [milestone('out', 7, 5)], plan(1, 'one'), 'load'],
  ['before the pickup stop began: at the depot', 4, [milestone('out', 7, 5)], plan(1, 'one'), 'unload'],
  ['after the pickup stop ended: at a depot', 9, [milestone('out', 7, 5)], plan(1, 'one'), 'unload'],
  ['before it was planned: at the depot', 4, [], undefined, 'unload'],
  ['taken off its trip: at the depot', 4, [], plan(1, null), 'unload'],
  ['planned and not out: it waits', 6, [], plan(1, 'one'), 'open'],
  ['before a pickup of which nobody told the beginning', 6, [milestone('out', 7)], plan(1, 'one'), 'unclear'],
  ['delivered without a pickup', 6, [milestone('delivered', 9)], plan(1, 'one'), 'unclear'],
  ['back after a failure', 12, [milestone('out', 7, 5), milestone('failed', 10)], plan(1, 'one'), 'unload'],
  [
    'planned anew after a failure: it waits',
    14,
    [milestone('out', 7, 5), milestone('failed', 10)],
    plan(13, 'two'),
    'open',
  ],
  [
    'loaded for the second attempt',
    15,
    [milestone('out', 7, 5), milestone('failed', 10), milestone('out', 16, 14, 'two')],
    plan(13, 'two'),
    'load',
  ],
];

for (const [what, hour, milestones, planned, place] of cases)
  test(`a scan without a stop ${what}`, () => {
    expect(placeOfScan(scan(hour), milestones, planned)).toBe(place);
    expect(placeOfScan(scan(hour), milestones.toReversed(), planned)).toBe(place);
  });
