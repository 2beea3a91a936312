/** Palletways behaves otherwise than a setting says: one line names the setting, and a usual day has none. */
import { expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { vouchForContact } from '../../store/organisations/contacts.ts';
import { attention } from '../../store/views/attention.ts';
import { useRecord } from './record.ts';
import { minute, order, trackingFact } from './said.ts';

const record = useRecord();
let made = 0;

const lines = async () =>
  (await attention(record().db, { organisation: record().organisation })).lines.filter(
    ({ kind }) => kind === 'assumption',
  );
const inZone = async (zone: string) =>
  void (await record().db.query(
    `update organisation set settings = jsonb_build_object('palletways', jsonb_build_object('zone', $2::text)) where id = $1`,
    [record().organisation, zone],
  ));

/** A push that came at that minute and says a local time. */
async function pushed(heard: number, said: string): Promise<void> {
  const fact: NewFact = { ...order('A', heard), said };
  await record().heard({ trackingId: `6001239${String(++made).padStart(4, '0')}` }, [fact], { heard });
}
const local = (n: number, hours: number, seconds = 0): string =>
  new Date(Date.parse(minute(n)) + hours * 3_600_000 - seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');

test.for([
  ['an hour ahead', 1, '60 minutes before'],
  ['an hour behind', -1, '60 minutes after'],
  ['two hours ahead', 2, '120 minutes before'],
] as const)('pushes that say a time %s, all of the last, are a line that names the zone', async ([, hours, words]) => {
  await inZone('UTC');
  for (let n = 0; n < 4; n++) await pushed(n, local(n, hours, n));
  expect(await lines()).toEqual([]);
  await pushed(4, local(4, hours, 40));
  const [line, ...others] = await lines();
  expect(others).toEqual([]);
  expect(line).toMatchObject({ owner: 'administrator', count: 5 });
  expect(line?.what).toContain(words);
  expect(line?.what).toContain('UTC');
  expect(line?.next).toContain('palletways.zone');
});

test('pushes that say the time at which they come, or that a closed door kept for some while, are no line', async () => {
  await inZone('Europe/Madrid');
  for (let n = 0; n < 6; n++) await pushed(n, local(n, 1));
  expect(await lines()).toEqual([]);
  for (const late of [61, 47, 33, 12, 3]) await pushed(100 + late, local(100, 1));
  expect(await lines()).toEqual([]);
});

test('a time in a form that nobody reads hides no line and is none', async () => {
  await inZone('UTC');
  for (let n = 0; n < 6; n++) await pushed(n, '23/11/26 05:12');
  expect(await lines()).toEqual([]);
});

const found = async (n: number, via: 'read' | 'push') =>
  record().heard({ trackingId: `6001238${String(++made).padStart(4, '0')}` }, [order('A', n)], { via, heard: n });
const aged = () =>
  record().db.query(`update consignment set created_at = created_at - interval '1 hour' where organisation = $1`, [
    record().organisation,
  ]);

test('where the last consignments were all found by reads, one line says so, until a push comes or the account is known to push nothing', async () => {
  for (let n = 0; n < 5; n++) await found(n, 'read');
  expect(await lines()).toEqual([]);
  await aged();
  expect(await lines()).toMatchObject([{ cause: { code: 'none pushed' }, count: 5, owner: 'administrator' }]);
  expect((await lines())[0]?.next).toContain('wire.palletways.pushes');
  await record().db.query(
    `update organisation set settings = '{"wire": {"palletways": {"pushes": false}}}' where id = $1`,
    [record().organisation],
  );
  expect(await lines()).toEqual([]);
  await record().db.query(`update organisation set settings = '{}' where id = $1`, [record().organisation]);
  await found(6, 'push');
  await aged();
  expect(await lines()).toEqual([]);
});

test('a read that finds a consignment before its push does is no line', async () => {
  for (let n = 0; n < 5; n++) {
    const consignment = await found(n, 'read');
    await record().hear({}, [trackingFact(n, `6001238${String(made).padStart(4, '0')}`, null)], { consignment });
  }
  await aged();
  expect(await lines()).toEqual([]);
});

test('nothing heard for a day after the first contact is a line, later for a week', async () => {
  const { db, organisation } = record();
  const silence = async () => (await lines()).filter(({ cause }) => cause.code === 'nothing heard');
  expect(await silence()).toEqual([]);
  await vouchForContact(db, organisation, 1, { who: 'Ana', why: 'a test' });
  expect(await silence()).toEqual([]);
  await db.query(`update contact set made_at = made_at - interval '25 hours' where organisation = $1`, [organisation]);
  expect(await silence()).toMatchObject([{ owner: 'administrator', cause: { ever: false } }]);
  await found(1, 'read');
  const heard = (ago: string) =>
    db.query(`update fact set heard = clock_timestamp() - $2::interval where organisation = $1`, [organisation, ago]);
  await heard('6 days');
  expect(await silence()).toEqual([]);
  await heard('8 days');
  expect(await silence()).toMatchObject([{ cause: { ever: true } }]);
});
