/** The published character of the Palletways twin: what a source shows, and what is stated where none does. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { texts, Wire } from './wire.ts';

const wire = new Wire();
beforeEach(() => wire.start('published', [], 100));
afterEach(() => wire.stop());

/** Names of the elements below Consignment, in their order. */
function elementsOf(xml: string): string[] {
  const inner = /<Consignment>(.*)<\/Consignment>/s.exec(xml)?.[1] ?? '';
  const flat = inner.replace(/<(BillUnit|Service|Address|Hub)>.*?<\/\1>/gs, '<$1/>');
  return [...flat.matchAll(/<(\w+)/g)].map(([, name = '']) => name);
}

test('a read has the elements of the published sample and no others, in its order, empty ones printed', async () => {
  const { responseId, trackingId } = await wire.create({ NotificationSet: { Email: 'a@b.c' }, Product: { Code: 'X' } });
  await wire.deed(responseId, 'label', { push: false });
  const xml = await wire.read(`getConsignment/${trackingId}`);
  expect(elementsOf(xml).join(' ')).toBe(
    'Number TrackingID Type Classification CollectionReference Lifts Weight HandBall TailLift ADRGoods ' +
      'LimitedQuantityGoods Insurance PaperworkType CollectionDepot DeliveryDepot DueDate DueTime BookedIn BookInRequest ' +
      'BookInContactName BookInEmailAddress BookInReference Pallet Pallet BillUnit Service Address Hub Hub',
  );
  expect(xml).toContain('<BookInEmailAddress/>');
  expect(xml).toContain('<DueTime>20:00</DueTime>');
  expect(xml).toContain('<Line>1 High St</Line><Addr1>1 High St</Addr1><Town>Lichfield</Town><County/>');
});

test('a push has everything that was entered, so that a read leaves out what the push told', async () => {
  const { trackingId } = await wire.create({}, { push: true });
  expect(await wire.pushes()).toContain('<ManifestNote>Ring first</ManifestNote>');
  expect(await wire.read(`getConsignment/${trackingId}`)).not.toContain('Ring first');
});

test('an inbound consignment stands under the depot that entered it and is not in consEntered; one of our own is', async () => {
  const inbound = await wire.create();
  const own = await wire.create({ Type: 'C' });
  const list = await wire.read('consEntered');
  expect(texts(list, 'TrackingID')).toEqual([own.trackingId]);
  expect(inbound.conNo).toMatch(/-563$/);
  const headed = /<Depot><Number>(\d+)<\/Number><Account><Name>([^<]*)<\/Name><Code>([^<]*)</;
  const head = async (id: string) => headed.exec(await wire.read(`getConsignment/${id}`))?.slice(1);
  expect([await head(inbound.trackingId), await head(own.trackingId)]).toEqual([
    ['563', 'Depot 563', 'D563'],
    ['564', 'north', '434481'],
  ]);
});

test('what no push told of an inbound consignment can be read from the first note of it on', async () => {
  const said = z.object({ items: z.array(z.looseObject({ kind: z.string(), readable: z.unknown() })) });
  const { responseId } = await wire.create();
  await wire.deed(responseId, 'amend', { changes: { Weight: 20 }, push: false });
  await wire.deed(responseId, 'amend', { changes: { Weight: 30 }, push: false });
  const readable = async () =>
    said.parse(await wire.twin.control('GET', 'said?since=0')).items.map((item) => item.readable !== null);
  expect(await readable()).toEqual([false, false, false]);
  await wire.deed(responseId, 'note', { group: 'HUB', type: 'ARR' });
  expect(await readable()).toEqual([true, false, true, true]);
});

test('a note of any code is taken as JIN/GIN text and moves no status; what was sent is held', async () => {
  const { trackingId: id, responseId } = await wire.create();
  expect(await wire.notes([{ id, group: 'STS', type: 'DLV', text: 'Delivered #0123456789' }])).toMatch(
    /<Code>OK<.*<ImportDetail><ImportID\/><ResponseID>\d{7}<\/ResponseID><Information>/,
  );
  const row = await wire.read(`getNotes/trackingId/${id}`);
  expect(row).toContain('<SysNote>21971</SysNote>');
  expect(row).toContain('<NoteText>Delivered #0123456789</NoteText><StatusCode>0</StatusCode><NoteGroup>JIN<');
  expect((await wire.view(responseId)).status).toBe(100);
  expect((await wire.twin.held()).notes).toMatchObject([
    { group: 'STS', type: 'DLV', keptAs: { group: 'JIN', type: 'GIN' } },
  ]);
});

test('numbers of notes are unique within a consignment only', async () => {
  const [one, two] = [await wire.create(), await wire.create()];
  for (const { responseId } of [one, one, two]) await wire.deed(responseId, 'note', { group: 'HUB', type: 'ARR' });
  const xml = await wire.read('getNotes/delta/0');
  expect(texts(xml, 'SysNote')).toEqual(['21971', '21972', '21971']);
});

test('parameters in a form body do not count, but for the data', async () => {
  const { trackingId: id } = await wire.create();
  expect(await wire.notes([{ id }], 'form')).toBe('API Key not specified.');
  for (const how of ['query', 'mixed', 'multipart'] as const)
    expect(await wire.notes([{ id }], how)).toContain('<ImportDetail>');
});

test('a booking is shown on the consignment: booked in, with its reference, and the due date stays', async () => {
  const { responseId, trackingId } = await wire.create({ DeliveryDate: '2026-12-02' });
  const bookIn = { date: '2026-12-04', time: '09:30', reference: 'BK-7' };
  await wire.deed(responseId, 'note', { group: 'BIN', type: 'BIN', bookIn });
  expect(await wire.read(`getConsignment/${trackingId}`)).toMatch(
    /<DueDate>2026-12-02<\/DueDate><DueTime>20:00<\/DueTime><BookedIn>yes<.*<BookInReference>BK-7</,
  );
});

test('a failed attempt of another depot is a BIN/BIN note that books the next day', async () => {
  const { responseId, trackingId } = await wire.create({ DeliveryDate: '2026-12-02' });
  await wire.deed(responseId, 'fail', { reason: 'closed' });
  expect(await wire.read(`getNotes/trackingId/${trackingId}`)).toMatch(
    /<BookInDate>2026-12-03<\/BookInDate><BookInTime>20:00:00<.*<NoteGroup>BIN<\/NoteGroup><NoteType>BIN<.*<NoteCodeID>32</,
  );
});

test('a change of what no read shows is said to be told by the push alone', async () => {
  const items = z.object({ items: z.array(z.looseObject({ readable: z.unknown() })) });
  const { responseId } = await wire.create({ Type: 'C' });
  await wire.deed(responseId, 'amend', { changes: { ManifestNote: 'Ring twice' }, push: false });
  await wire.deed(responseId, 'amend', { changes: { Weight: 20 }, push: false });
  const told = items.parse(await wire.twin.control('GET', 'said?since=0')).items;
  expect(told.map(({ readable }) => readable !== null)).toEqual([true, false, true]);
});

test('the former character knows none of it: reads have all that was entered, forms count, codes are known', async () => {
  await wire.twin.control('PUT', 'character', { character: 'former' });
  const { trackingId: id, responseId } = await wire.create();
  expect(await wire.read(`getConsignment/${id}`)).toContain('<ManifestNote>Ring first</ManifestNote>');
  expect(await wire.notes([{ id, group: 'STS', type: 'OFD' }], 'form')).toMatch(/<Index>1<\/Index><SysNote>\d{8}</);
  expect((await wire.view(responseId)).status).toBe(800);
});
