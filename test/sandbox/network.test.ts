/** What the Palletways twin does of the network's own: notes, a consignment out of sight, one that lives again. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../sandbox/judge/judge.ts';
import { readEvidence } from '../../sandbox/judge/read.ts';
import { Palletways, Qargo, until } from './twins-under-test.ts';

const palletways = new Palletways();
const saidSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      at: z.string(),
      event: z.boolean(),
      readable: z.object({ until: z.number().nullable() }).nullable(),
      content: z.looseObject({}),
    }),
  ),
});

beforeEach(() => palletways.start());
afterEach(() => palletways.stop());

const of = (responseId: string, deed: string, body: unknown) =>
  palletways.control('POST', `consignments/${responseId}/${deed}`, body);
const said = async () => saidSchema.parse(await palletways.control('GET', 'said?since=0')).items;

test('a note of the network is in all four forms of getNotes, with its time, status and words, and is not held as one of ours', async () => {
  const { responseId, trackingId, conNo } = await palletways.create();
  const before = Math.floor(Date.now() / 1000);
  const note = {
    group: 'HUB',
    type: 'ARR',
    text: 'At Fradley',
    barcode: 'B000000001',
    statusCode: 500,
    at: '2026-07-01T05:12:33Z',
  };
  const { sysNote } = z.object({ sysNote: z.string() }).parse(await of(responseId, 'note', note));
  const range = 'dateRange/2026-07-01/06:12:33/2026-07-01/06:12:33'; // London is an hour ahead in July
  for (const form of [`trackingId/${trackingId}`, `conNo/${conNo}`, range, `delta/${before}`]) {
    const xml = await palletways.read(`getNotes/${form}`);
    expect(xml).toContain(`<SysNote>${sysNote}</SysNote><Barcode>B000000001</Barcode><NoteDate>2026-07-01</NoteDate>`);
    expect(xml).toContain('<NoteTime>06:12:33</NoteTime>');
    expect(xml).toContain(
      '<NoteText>At Fradley</NoteText><StatusCode>500</StatusCode><NoteGroup>HUB</NoteGroup><NoteType>ARR</NoteType>',
    );
  }
  expect(await palletways.read(`conStatusByTrackingId/${trackingId}`)).toContain(
    '<StatusDescription>AT THE HUB</StatusDescription>',
  );
  expect((await palletways.held()).notes).toEqual([]);
  expect((await said()).at(-1)).toMatchObject({
    kind: 'network',
    at: '2026-07-01T05:12:33.000Z',
    event: false,
    content: { sysNote, group: 'HUB', statusCode: 500 },
  });
});

test('a book-in has date, time, contact and reference of its own, a POD the name that signed', async () => {
  const { responseId, trackingId } = await palletways.create();
  const bookIn = { date: '2026-11-25', time: '09:30', contact: 'Pat', reference: 'BK-7' };
  await of(responseId, 'note', { group: 'BIN', type: 'BIN', codeId: '32', text: 'Booked', bookIn });
  await of(responseId, 'note', { group: 'POD', type: 'POD', customerName: 'Sam Reed', statusCode: 900 });
  const xml = await palletways.read(`getNotes/trackingId/${trackingId}`);
  expect(xml).toContain(
    '<BookInDate>2026-11-25</BookInDate><BookInTime>09:30:00</BookInTime><BookInContact>Pat</BookInContact>',
  );
  expect(xml).toContain('<BookInReference>BK-7</BookInReference><NoteText>Booked</NoteText><StatusCode>0</StatusCode>');
  expect(xml).toContain('<PodSignature>Sam Reed</PodSignature>');
  await expect(
    of(responseId, 'note', { group: 'BIN', type: 'BIN', bookIn: { ...bookIn, time: '25:00' } }),
  ).rejects.toThrow(/400/);
});

const READS = [
  'getConsignment/T',
  'conStatusById/R',
  'conStatusByConNo/C',
  'getNotes/trackingId/T',
  'getNotes/conNo/C',
  'getLabelsByTID/T',
];

test.each([
  ['none', (text: string) => expect(text).toContain('<Code>NO_RESULTS_FOUND</Code>')],
  ['error', (text: string) => expect(text).toBe('ERROR: The consignment data could not be retrieved.')],
  ['empty', (text: string) => expect(text).toBe('')],
])(
  'a hidden consignment (%s) is out of sight in every read of it and back when shown again, and nothing is said',
  async (as, check) => {
    const { responseId, trackingId, conNo } = await palletways.create();
    const other = await palletways.create();
    await of(responseId, 'label', {});
    const paths = READS.map((path) =>
      path.replace('/T', `/${trackingId}`).replace('/R', `/${responseId}`).replace('/C', `/${conNo}`),
    );
    const saidBefore = await said();
    expect(await of(responseId, 'hide', { as })).toMatchObject({ hidden: as, cancelled: false });
    for (const path of paths) check(await palletways.read(path));
    const list = await palletways.read('consEntered');
    expect([list.includes(`>${responseId}<`), list.includes(`>${other.responseId}<`)]).toEqual([false, true]);
    expect(await palletways.read(`getConsignment/${other.trackingId}`)).toContain(`<Number>${other.conNo}</Number>`);
    expect((await palletways.notes([trackingId ?? ''])).status).toBe(200);
    expect((await palletways.held()).notes).toHaveLength(1);
    await of(responseId, 'hide', { as: null });
    expect(await palletways.read(paths[0] ?? '')).toContain(`<Number>${conNo}</Number>`);
    expect(await said()).toHaveLength(saidBefore.length);
  },
);

test('a cancelled consignment lives again: CREATED is pushed whole, and said as revived; one that lives cannot be revived', async () => {
  const { responseId, conNo } = await palletways.create({ push: false });
  await expect(of(responseId, 'revive', {})).rejects.toThrow(/409/);
  await of(responseId, 'cancel', { push: false });
  expect(await of(responseId, 'revive', {})).toMatchObject({ cancelled: false });
  await until(() => palletways.ears.heard.length === 1);
  expect(palletways.ears.heard[0]).toContain('<Event>CREATED</Event>');
  expect(palletways.ears.heard[0]).toContain(`<Number>${conNo}</Number>`);
  expect(palletways.ears.heard[0]).toContain('<Town>Lichfield</Town>');
  const [, cancelled, revived] = await said();
  expect([cancelled?.kind, cancelled?.readable?.until]).toEqual(['cancelled', expect.any(Number)]);
  expect(revived).toMatchObject({ kind: 'revived', event: true, content: { version: 2 } });
  await of(responseId, 'cancel', { push: false });
  await of(responseId, 'revive', { push: false });
  expect((await said()).at(-1)).toMatchObject({ kind: 'revived', event: false, readable: null });
  expect(palletways.ears.heard).toHaveLength(1);
});

test('a note of a code that is not known is refused, an estimate is, and one that the organisation has besides', async () => {
  const { trackingId } = await palletways.create({ push: false });
  const send = async (type: string) => (await palletways.notes([trackingId ?? ''], type)).text();
  expect(await send('ETA')).toContain('<Code>OK</Code>');
  expect(await send('XTR')).toContain('ERROR_NOTE_NOTE_TYPE_VALUE');
  await palletways.control('PUT', 'organisations/north', {
    apiKey: 'key',
    account: '434481',
    depot: '564',
    zone: 'Europe/London',
    push: { url: 'http://127.0.0.1:9/push', user: 'u', password: 'p', format: 'xml' },
    ftp: { user: 'ftp', password: 'secret' },
    moreCodes: ['STS/XTR'],
  });
  expect(await send('XTR')).toContain('<Code>OK</Code>');
  expect((await palletways.held()).notes.map(({ type }) => type)).toEqual(['ETA', 'XTR']);
});

test('labelled again a lift keeps its barcode, issued anew it gets another', async () => {
  const { responseId } = await palletways.create({ push: false });
  const barcodesOf = z.looseObject({ barcodes: z.array(z.string()) });
  const [first, again, anew] = [
    barcodesOf.parse(await of(responseId, 'label', { push: false })).barcodes,
    barcodesOf.parse(await of(responseId, 'label', { push: false })).barcodes,
    barcodesOf.parse(await of(responseId, 'label', { reissue: true })).barcodes,
  ];
  expect(again).toEqual(first);
  expect(new Set([...first, ...anew]).size).toBe(4);
  await until(() => palletways.ears.heard.length === 1);
  expect(palletways.ears.heard[0]).toContain(`<Pallet>${anew[0]}</Pallet><Pallet>${anew[1]}</Pallet>`);
  expect((await said()).at(-1)).toMatchObject({ kind: 'labelled', content: { barcodes: anew } });
});

test('amended bill units and delivery depot are read and pushed, and said as edited', async () => {
  const { responseId, trackingId } = await palletways.create({ push: false });
  const BillUnit = [
    { Type: 'FP', Amount: 1 },
    { Type: 'QP', Amount: 3 },
  ];
  await of(responseId, 'amend', { changes: { BillUnit } });
  await of(responseId, 'amend', { changes: { DeliveryDepot: '571' } });
  await until(() => palletways.ears.heard.length === 2);
  for (const told of [
    palletways.ears.heard.find((push) => push.includes('571')) ?? '',
    await palletways.read(`getConsignment/${trackingId}`),
  ]) {
    expect(told).toContain(
      '<BillUnit><Type>FP</Type><Amount>1</Amount></BillUnit><BillUnit><Type>QP</Type><Amount>3</Amount></BillUnit>',
    );
    expect(told).toContain('<DeliveryDepot>571</DeliveryDepot>');
  }
  expect(await palletways.read(`conStatusById/${responseId}`)).toContain('<DeliveryDepot>571</DeliveryDepot>');
  const edits = (await said()).filter(({ kind }) => kind === 'edited');
  expect(
    edits.map(({ content }) => [
      content.version,
      z.looseObject({ DeliveryDepot: z.string() }).parse(content.consignment).DeliveryDepot,
    ]),
  ).toEqual([
    [2, '564'],
    [3, '571'],
  ]);
});

test('what the table has no row for leaves the table as it is', async () => {
  const qargo = new Qargo();
  await qargo.start();
  try {
    const { responseId } = await palletways.create({ push: false });
    const table = async () => {
      const { said: heard, held } = await readEvidence({ palletways: palletways.base, qargo: qargo.base });
      return judge(heard, held).rows.map(({ kind, said: count }) => [kind, count]);
    };
    const before = await table();
    await of(responseId, 'note', { group: 'HUB', type: 'ARR' });
    await of(responseId, 'cancel', { push: false });
    await of(responseId, 'revive', { push: false });
    expect(await table()).toEqual(before.map(([kind, count]) => [kind, kind === 'cancelled' ? 1 : count]));
  } finally {
    await qargo.stop();
  }
});

test('a shared consignment is pushed to, read by and noted by each of its organisations; others see nothing of it', async () => {
  const setting = (name: string, depot: string) => ({
    apiKey: `key-${name}`,
    account: '1',
    depot,
    depotName: name,
    zone: 'Europe/London',
    push: { url: `${palletways.ears.url}/${name}`, user: 'u', password: 'p', format: 'xml' },
    ftp: { user: name, password: 'p' },
  });
  for (const [name, depot] of [
    ['second', '312'],
    ['stranger', '118'],
  ] as const)
    await palletways.control('PUT', `organisations/${name}`, setting(name, depot));
  const { responseId, trackingId } = await palletways.create({ shared: ['second'], requesting: '571' });
  await until(() => palletways.ears.heard.length === 2);
  for (const push of palletways.ears.heard) expect(push).toContain('<Number>571</Number>');
  await of(responseId, 'note', { group: 'HUB', type: 'SCN' });
  const seen = async (name: string) => [
    (await palletways.read(`getConsignment/${trackingId}`, `key-${name}`)).includes(`${trackingId}`),
    (await palletways.read('getNotes/delta/0', `key-${name}`)).includes('<NoteGroup>HUB</NoteGroup>'),
  ];
  expect([await seen('second'), await seen('stranger')]).toEqual([
    [true, true],
    [false, false],
  ]);
});
