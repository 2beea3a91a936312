/** Row 6, scans: each to Palletways once; the history of every barcode; the quorum names the pallet that holds the consignment up. */
import { request } from 'undici';
import { expect } from 'vitest';
import { delivery, noted, notesOf, plan, sync } from '../../../bench/people.ts';
import { onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { asked, ready, switched } from './people.ts';

const house = useHouse({
  pace: 20,
  organisations: 3,
  policy: (organisation) =>
    organisation === 'fenland' ? switched({ scans: 'off' }) : organisation === 'clydeside' ? { loadedQuorum: '3' } : {},
});

interface Story {
  readonly steps: readonly { readonly state: string; readonly sentence: string }[];
  readonly pallets: readonly {
    readonly barcode: string;
    readonly position: string;
    readonly scans: readonly { readonly told: string | null }[];
  }[];
  readonly remarks?: readonly string[];
}

/** Three of four pallets are loaded. */
async function threeOfFour(organisation: string) {
  const of = house();
  const life = await ready(of, organisation, 4);
  await plan(of, organisation, 'SCAN-1', [life.orderId]);
  await sync(of, delivery(life.orderId, life.barcodes).slice(0, 3));
  return life;
}

onRealParts(
  'scans: three of four loaded, and the fourth is named; the audit lists each scan and what Palletways was told',
  120_000,
  async () => {
    const of = house();
    const { made, barcodes } = await threeOfFour('northgate');
    await noted(of, made, 'SCN/LOD', 3);
    await nothingOutstanding(of);
    const { steps, pallets } = await asked<Story>(of, made, '/scans');
    expect(steps[0]).toMatchObject({ state: 'timed out' });
    expect(steps[0]?.sentence).toContain(`loaded 3 of 4: ${barcodes[3]} was not scanned`);
    expect(pallets.map(({ position }) => position)).toEqual(['loaded', 'loaded', 'loaded', 'expected']);
    expect(pallets[0]?.scans.map(({ told }) => told)).toEqual(['met']);
    expect((await asked<Story>(of, made)).remarks?.[0]).toContain('loaded 3 of 4');
    const { body } = await request(`${of.service}/operations/scans?organisation=northgate&format=csv`);
    const lines = (await body.text()).trimEnd().split('\r\n');
    expect(lines.slice(1).map((line) => line.split(',')[4])).toEqual(expect.arrayContaining(barcodes.slice(0, 3)));
    expect(lines).toHaveLength(4);
  },
);

onRealParts('scans with a quorum of three: three of four is loaded, and nobody is kept waiting', 120_000, async () => {
  const of = house();
  const { made } = await threeOfFour('clydeside');
  await noted(of, made, 'SCN/LOD', 3);
  const { steps, remarks } = await asked<Story>(of, made);
  expect(steps[0]).toMatchObject({ state: 'complete' });
  expect(remarks).toEqual([]);
});

onRealParts('scans off: the history is kept, and Palletways is told the round and no scan', 120_000, async () => {
  const of = house();
  const { made } = await threeOfFour('fenland');
  await noted(of, made, 'PLN/ALC');
  await nothingOutstanding(of);
  const { pallets } = await asked<Story>(of, made, '/scans');
  expect(pallets.flatMap(({ scans }) => scans.map(({ told }) => told))).toEqual([null, null, null]);
  expect((await notesOf(of, made)).map(({ group }) => group)).toEqual(['PLN']);
});
