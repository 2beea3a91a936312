/** Row 4, planning status: allocated to a vehicle and a round, moved, taken off; what Qargo does not tell is found by a read. */
import { expect } from 'vitest';
import { delivery, noted, notesOf, plan, sync } from '../../../bench/people.ts';
import { call } from '../../../local/loopback.ts';
import { onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { asked, ready, switched } from './people.ts';

const house = useHouse({
  pace: 20,
  organisations: 2,
  schedules: true,
  policy: (organisation) => (organisation === 'fenland' ? switched({ planning: 'off' }) : {}),
});

const remove = (trip: string, orderId: string) =>
  call('POST', `${house().qargo}/control/trips/${trip}/remove`, { orders: [orderId], at: new Date().toISOString() });

onRealParts(
  'planning: Palletways is told vehicle and round, the round it moved to, and that it was taken off',
  120_000,
  async () => {
    const of = house();
    const { made, orderId } = await ready(of, 'northgate');
    await plan(of, 'northgate', 'ROUND-1', [orderId]);
    const [first] = await noted(of, made, 'PLN/ALC');
    expect(first).toMatchObject({ description: 'ROUND-1', barcode: null });
    const moved = await plan(of, 'northgate', 'ROUND-2', [orderId]);
    const [, second] = await noted(of, made, 'PLN/ALC', 2);
    expect(second).toMatchObject({ description: 'ROUND-2' });
    const said = (await call('GET', `${of.palletways}/control/held`)) as {
      notes: { trackingId: string; freeText: string }[];
    };
    const texts = said.notes.filter(({ trackingId }) => trackingId === made.trackingId).map(({ freeText }) => freeText);
    expect(texts[1]).toContain('Planned on ROUND-2 with V1');
    // Qargo tells no un-planning: the sweep reads it.
    await remove(moved, orderId);
    await noted(of, made, 'PLN/UNA');
    expect(await asked<{ stage: string }>(of, made)).toMatchObject({ stage: 'announced' });
    await nothingOutstanding(of);
    expect((await notesOf(of, made)).map(({ group, type }) => `${group}/${type}`)).toEqual([
      'PLN/ALC',
      'PLN/ALC',
      'PLN/UNA',
    ]);
  },
);

onRealParts('planning off: the plan is heard, and Palletways is told of the load and of no plan', 120_000, async () => {
  const of = house();
  const { made, orderId, barcodes } = await ready(of, 'fenland');
  await plan(of, 'fenland', 'ROUND-3', [orderId]);
  await sync(of, delivery(orderId, barcodes).slice(0, 2));
  await noted(of, made, 'SCN/LOD', 2);
  await nothingOutstanding(of);
  expect((await notesOf(of, made)).map(({ group }) => group)).toEqual(['SCN', 'SCN']);
  const { facts } = await asked<{ facts: { kind: string }[] }>(of, made);
  expect(facts.map(({ kind }) => kind)).toContain('plan');
});
