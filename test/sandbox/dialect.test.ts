/** A Palletways that reads everything assumed otherwise, beside one that does not: what is public is the same in both. */
import { Readable } from 'node:stream';
import { Client } from 'basic-ftp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { CONSIGNMENT, Ears, Palletways, until } from './twins-under-test.ts';

const palletways = new Palletways();
const ears = new Ears();
const created = z.object({ responseId: z.string(), conNo: z.string(), trackingId: z.string() });

const DIALECT = {
  elements: {
    Notification: 'Message',
    Event: 'Type',
    TrackingID: 'SysCon',
    ResponseID: 'ImportRef',
    SysNote: 'NoteRef',
    DepotNumber: 'Depot',
  },
  order: 'reversed',
  events: { CREATED: 'NEW', CANCELLED: 'DEAD' },
  noteCodes: { 'STS/OFD': 'EVT/10', 'CAN/CAN': 'EVT/99' },
  ftpFolder: '/in/{depot}/photos',
  zone: 'Asia/Kolkata',
};

async function setUp(dialect: Record<string, unknown>): Promise<void> {
  await palletways.control('PUT', 'organisations/other', {
    apiKey: 'other-key',
    account: '434482',
    depot: '571',
    zone: 'Europe/London',
    push: { url: `${url}/push`, user: 'u', password: 'p', format: 'xml' },
    ftp: { user: 'other', password: 'secret' },
    dialect,
  });
}

let url = '';
beforeEach(async () => {
  await palletways.start();
  url = await ears.start();
});
afterEach(async () => {
  await palletways.stop();
  await ears.stop();
});

const create = async (organisation: string, more = {}) =>
  created.parse(await palletways.control('POST', 'consignments', { organisation, consignment: CONSIGNMENT, ...more }));
const read = async (path: string, format = 'xml') =>
  (await fetch(`${palletways.base}/${path}?apikey=other-key&outputformat=${format}&output=${format}`)).text();

async function note(trackingId: string, group: string, type: string, description = ''): Promise<string> {
  const data = `<notes><header><create_date>23/11/26</create_date><create_time>06:15</create_time><notes_qty>1</notes_qty></header>
    <note><pw_id>${trackingId}</pw_id><note_create_date>23/11/26</note_create_date><note_create_time>06:12</note_create_time>
    <note_group>${group}</note_group><note_type>${type}</note_type><note_description>${description}</note_description></note></notes>`;
  const body = new URLSearchParams({
    apikey: 'other-key',
    commit: 'yes',
    inputformat: 'xml',
    outputformat: 'xml',
    data,
  });
  return (await fetch(`${palletways.base}/createSystemNote`, { method: 'POST', body })).text();
}

test('pushes go in the names, the order, the events and the clock of the dialect, and another organisation hears the standard', async () => {
  await setUp(DIALECT);
  const { trackingId, responseId, conNo } = await create('other');
  await until(() => ears.heard.length === 1);
  const [push = ''] = ears.heard;
  expect(push).toMatch(
    /<Message><Manifest><Depot><Account><Consignment>.*<\/Consignment><Code>434482<\/Code>.*<Type>NEW<\/Type><\/Message>$/s,
  );
  expect(push).toContain(`<ImportRef>${responseId}</ImportRef><SysCon>${trackingId}</SysCon><Number>${conNo}</Number>`);
  const [, time = '', date = ''] = /<Time>([\d:]+)<\/Time><Date>([\d-]+)<\/Date>/.exec(push) ?? [];
  expect(Math.abs(Date.parse(`${date}T${time}+05:30`) - Date.now())).toBeLessThan(60_000);
  await create('north');
  await until(() => palletways.ears.heard.length === 1);
  expect(palletways.ears.heard[0]).toMatch(/<Notification><Event>CREATED<\/Event><Manifest>.*<TrackingID>/s);
});

test('JSON in place of XML', async () => {
  await setUp({ ...DIALECT, pushFormat: 'json' });
  const { trackingId } = await create('other');
  await until(() => ears.heard.length === 1);
  expect(JSON.parse(ears.heard[0] ?? '')).toMatchObject({
    Type: 'NEW',
    Manifest: { Depot: { Account: { Consignment: { SysCon: trackingId } } } },
  });
});

test('assumed answers are in the dialect, public ones are not', async () => {
  await setUp(DIALECT);
  const { trackingId, responseId, conNo } = await create('other');
  for (const path of ['consEntered', `conStatusById/${responseId}`]) {
    const xml = await read(path);
    expect(xml).toContain(
      `<ConNo>${conNo}</ConNo><ImportRef>${responseId}</ImportRef><SysCon>${trackingId}</SysCon></Data>`,
    );
    expect(xml).toContain('<Response><Status><Code>OK</Code>');
  }
  expect(await read('keytest')).toContain('<Depot>571</Depot>');
  expect(await note(trackingId, 'JIN', 'GIN')).toMatch(
    /<ImportDetail><NoteRef>\d+<\/NoteRef><Index>1<\/Index><\/ImportDetail>/,
  );
  expect(await read(`getConsignment/${trackingId}`)).toContain(
    `<Number>${conNo}</Number><TrackingID>${trackingId}</TrackingID><Type>D</Type>`,
  );
  expect(await read(`getNotes/trackingId/${trackingId}`)).toMatch(
    /<Data><Delta>\d+<\/Delta><TrackingID>\d+<\/TrackingID>.*<SysNote>/,
  );
});

test('notes are taken and told in the codes of the dialect, and held in the standard ones', async () => {
  await setUp(DIALECT);
  const { trackingId, responseId } = await create('other');
  expect(await note(trackingId, 'STS', 'OFD')).toContain('ERROR_NOTE_NOTE_TYPE_VALUE');
  expect(await note(trackingId, 'EVT', '11')).toContain('ERROR_NOTE_NOTE_TYPE_VALUE');
  expect(await note(trackingId, 'XYZ', '10')).toContain('ERROR_NOTE_NOTE_GROUP_VALUE');
  expect(await note(trackingId, 'EVT', '10')).toContain('<Code>OK</Code>');
  expect(await note(trackingId, 'STS', 'ARR')).toContain('<Code>OK</Code>');
  expect(await note(trackingId, 'JIN', 'GIN', 'LATE 10')).toContain('<Code>OK</Code>');
  expect(await read(`conStatusById/${responseId}`)).toContain('<StatusCode>800</StatusCode>');
  await palletways.control('POST', `consignments/${responseId}/cancel`, { push: false });
  const xml = await read(`getNotes/trackingId/${trackingId}`);
  const told = [...xml.matchAll(/<NoteGroup>(\w+)<\/NoteGroup><NoteType>(\w+)<\/NoteType>/g)].map(
    ([, group, type]) => `${group}/${type}`,
  );
  expect(told).toEqual(['EVT/10', 'STS/ARR', 'JIN/GIN', 'EVT/99']);
  expect((await palletways.held()).notes).toMatchObject([
    { group: 'STS', type: 'OFD', sentAs: { group: 'EVT', type: '10' } },
    { group: 'STS', type: 'ARR' },
    { group: 'JIN', type: 'GIN', description: 'LATE OFD' },
  ]);
});

test('files go into the folder of the dialect, which is there before the first one, and the assumed one is not', async () => {
  await setUp(DIALECT);
  const { trackingId } = await create('other', { push: false });
  const client = new Client(5_000);
  try {
    await client.access({ host: '127.0.0.1', port: palletways.twin.ftpPort, user: 'other', password: 'secret' });
    await expect(client.uploadFrom(Readable.from(['x']), `/pod/571/${trackingId}_01.jpg`)).rejects.toThrow();
    await client.uploadFrom(Readable.from(['photo']), `/in/571/photos/${trackingId}_01.jpg`);
  } finally {
    client.close();
  }
  expect((await palletways.held()).files).toMatchObject([{ depot: '571', trackingId, name: `${trackingId}_01.jpg` }]);
});

test('a dialect in which two words become one is refused', async () => {
  await expect(setUp({ elements: { TrackingID: 'Id', ResponseID: 'Id' } })).rejects.toThrow(/400/);
  await expect(setUp({ zone: 'Mars/Olympus' })).rejects.toThrow(/400/);
});
