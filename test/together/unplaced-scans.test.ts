/** Scans in without a stop: loaded or at the depot, the times of the pickup stop tell, and nothing is told before (wire assumption 42). */
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { attention } from '../../store/views/attention.ts';
import { ago, atQargo, type Made, make, notesOf, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({}, {}, { scanHours: 0 }, {});

async function planned(place: number, flips: readonly string[]): Promise<Made> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips });
  const made = await make(of, of.organisations[place] ?? '');
  await plan(made, `T${made.trackingId}`, 300);
  await of.hear(made.id);
  return made;
}

const scanIn = (made: Made, stop: 'PICKUP' | null, minutes: number, barcode = made.barcodes[0]) =>
  atQargo(made, 'scan', { barcode, status: 'SCANNED_IN', stop, at: ago(minutes), by: 'Declan Foley' });
const leave = (made: Made, more: object = { startedAt: ago(250) }) =>
  atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), ...more });
const scans = async (made: Made) =>
  (await notesOf(made)).flatMap(({ group, type }) => (group === 'SCN' ? [type] : [])).toSorted();
const lines = async ({ of, id }: Made) =>
  (await attention(of.installation.db, {})).lines.filter((line) => line.consignment === id.consignment);

test('where no scan names a stop what was loaded is told as loaded and what was at the depot as unloaded, once the pickup has ended', async () => {
  const made = await planned(0, ['42a']);
  const [one, two] = made.barcodes;
  await scanIn(made, null, 290, one);
  await scanIn(made, 'PICKUP', 245, one);
  await scanIn(made, 'PICKUP', 244, two);
  await made.of.hear(made.id);
  expect(await scans(made)).toEqual([]);
  expect(await lines(made)).toEqual([]);
  await leave(made);
  await made.of.hear(made.id);
  expect(await scans(made)).toEqual(['LOD', 'LOD', 'UNL']);
});

test('where a loading was told with its stop, a scan in without one is told at once as unloaded', async () => {
  const first = await planned(1, []);
  await scanIn(first, 'PICKUP', 245);
  await first.of.hear(first.id);
  const made = await planned(1, []);
  await scanIn(made, null, 290);
  await made.of.hear(made.id);
  expect(await scans(made)).toEqual(['UNL']);
});

test('where the organisation says so, it is told at once as its table says', async () => {
  const made = await planned(2, ['42a']);
  await scanIn(made, null, 290);
  await made.of.hear(made.id);
  expect(await scans(made)).toEqual(['UNL']);
});

test('a scan of which nothing tells what it was is a line of work with the setting, and a person can have it told', async () => {
  const made = await planned(3, ['42a']);
  await scanIn(made, null, 290);
  await made.of.hear(made.id);
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) });
  await made.of.hear(made.id);
  await made.of.installation.db.query(`update receipt set until = clock_timestamp() where state = 'not yet'`);
  await made.of.installation.db.query(
    `update obligation set not_before = null where cause->>'code' = 'scan not placed'`,
  );
  await made.of.drive(made.id);
  expect(await scans(made)).toEqual([]);
  const line = (await lines(made)).find(({ what }) => what.includes('assumption 42'));
  expect(line?.next).toContain('wire.qargo.scanKinds');
  const key = (await made.of.facts(made.id)).find(({ kind }) => kind === 'scan');
  await made.of.resend(made.id, `scan:${made.barcodes[0]}:unload:${key?.at}`);
  expect(await scans(made)).toEqual(['UNL']);
});
