/** What the Palletways twin promises, over real HTTP and FTP. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseXml } from '@rgrove/parse-xml';
import { Client } from 'basic-ftp';
import { PDFDocument } from 'pdf-lib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTwin, type Twin, type TwinOptions } from '../../sandbox/palletways/twin.ts';
import { former } from './twins-under-test.ts';

interface Heard {
  type: string;
  authorization: string;
  body: string;
}

let directory: string;
let twin: Twin;
let ears: Server;
let heard: Heard[];
let answers: number[];

const CONSIGNMENT = {
  Type: 'D',
  Reference: 'PO 7',
  Lifts: 2,
  Weight: 110,
  TailLift: true,
  ManifestNote: 'Ring <first> & wait',
  DeliveryDate: '2026-11-24',
  Service: { Type: 'Delivery', Code: 'A', Surcharge: 'A' },
  Address: [
    {
      Type: 'Delivery',
      CompanyName: 'Bäckerei Groß',
      Line: ['1 High St', 'Yard'],
      Town: 'Lichfield',
      PostCode: 'WS13 6AA',
      Country: 'GB',
    },
  ],
  BillUnit: { Type: 'FP', Amount: 2 },
};

const created = z.object({ responseId: z.string(), conNo: z.string(), trackingId: z.string().nullable() });
const view = z.object({ trackingId: z.string().nullable(), status: z.number(), barcodes: z.array(z.string()) });
const held = z.object({
  notes: z.array(
    z.object({
      sysNote: z.string(),
      group: z.string(),
      type: z.string(),
      instant: z.string().nullable(),
      ref: z.string().nullable(),
    }),
  ),
  files: z.array(
    z.object({
      depot: z.string().nullable(),
      trackingId: z.string().nullable(),
      name: z.string(),
      size: z.number(),
      sha256: z.string(),
    }),
  ),
});
const said = z.object({
  items: z.array(
    z.object({
      n: z.number(),
      kind: z.string(),
      at: z.string(),
      saidAt: z.number(),
      subject: z.record(z.string(), z.unknown()),
      content: z.unknown(),
      push: z.unknown(),
    }),
  ),
  next: z.number(),
});

async function start(options: Partial<TwinOptions> = {}): Promise<void> {
  twin = await startTwin({
    port: 0,
    ftpPort: 0,
    directory,
    pace: 1,
    pushTries: 4,
    ftpTls: null,
    character: former,
    ...options,
  });
}

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const options =
    body === undefined
      ? { method }
      : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${twin.port}/control/${path}`, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function addOrganisation(name: string, changes: Record<string, unknown> = {}): Promise<void> {
  const address = ears.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await control('PUT', `organisations/${name}`, {
    apiKey: `key,${name}=/`,
    account: '434481',
    depot: '564',
    depotName: 'Lichfield',
    zone: 'Europe/Madrid',
    push: {
      url: `http://127.0.0.1:${port}/palletways/${name}/push`,
      user: 'u',
      password: 'p',
      format: 'xml',
      ...changes,
    },
    ftp: { user: `ftp-${name}`, password: 'secret' },
  });
}

async function create(extra: Record<string, unknown> = {}) {
  return created.parse(
    await control('POST', 'consignments', { organisation: 'north', consignment: CONSIGNMENT, ...extra }),
  );
}

/** An API call of organisation north. */
async function call(path: string, parameters: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  const query = new URLSearchParams({ apikey: 'key,north=/', ...parameters });
  return fetch(`http://127.0.0.1:${twin.port}/${path}?${query}`, init);
}

const jsonOf = async (path: string): Promise<unknown> =>
  (await call(path, { outputformat: 'json', output: 'json' })).json();
const xmlOf = async (path: string): Promise<string> => (await call(path, { outputformat: 'xml' })).text();

function notesXml(
  notes: { id: string; group: string; type: string; text?: string; barcode?: string; name?: string }[],
): string {
  const inner = notes.map(
    (
      note,
    ) => `<note><pw_id>${note.id}</pw_id><barcode>${note.barcode ?? ''}</barcode><note_create_date>23/11/26</note_create_date>
      <note_create_time>06:12</note_create_time><customer_name>${note.name ?? ''}</customer_name><bin_ref/>
      <free_text>${note.text ?? ''}</free_text><note_group>${note.group}</note_group><note_type>${note.type}</note_type><note_description/></note>`,
  );
  return `<notes><header><create_date>23/11/26</create_date><create_time>06:15</create_time><orig_filename>x.xml</orig_filename>
    <notes_qty>${notes.length}</notes_qty></header>${inner.join('')}</notes>`;
}

async function sendNotes(notes: Parameters<typeof notesXml>[0]): Promise<string> {
  const body = new URLSearchParams({
    apikey: 'key,north=/',
    commit: 'yes',
    inputformat: 'xml',
    outputformat: 'xml',
    data: notesXml(notes),
  });
  return (await fetch(`http://127.0.0.1:${twin.port}/createsystemnote`, { method: 'POST', body })).text();
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 8_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

async function ftpClient(): Promise<Client> {
  const client = new Client(5_000);
  await client.access({ host: '127.0.0.1', port: twin.ftpPort, user: 'ftp-north', password: 'secret' });
  return client;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'palletways-twin-'));
  heard = [];
  answers = [];
  ears = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization = '', 'content-type': type = '' } = request.headers;
      heard.push({ type, authorization, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => ears.listen(0, '127.0.0.1', resolve));
  await start();
  await addOrganisation('north');
});

afterEach(async () => {
  await twin.close();
  ears.closeAllConnections();
  await new Promise((resolve) => ears.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

describe('reads', () => {
  test('a consignment is read in XML under Response, and in JSON without it', async () => {
    const { trackingId, conNo } = await create();
    const xml = await xmlOf(`GETCONSIGNMENT/${trackingId}`);
    expect(parseXml(xml).root?.name).toBe('Response');
    expect(xml).toContain('<Status><Code>OK</Code><Description>Successful</Description><Count>1</Count></Status>');
    expect(xml).toContain(`<Number>${conNo}</Number><TrackingID>${trackingId}</TrackingID><Type>D</Type>`);
    expect(xml).toContain('<Weight>110.00</Weight><HandBall>no</HandBall><TailLift>yes</TailLift>');
    expect(xml).toContain('<ManifestNote>Ring &lt;first&gt; &amp; wait</ManifestNote>');
    const json = await jsonOf(`getConsignment/${trackingId}`);
    expect(json).not.toHaveProperty('Response');
    expect(json).toHaveProperty('Detail.Data.Manifest.Depot.Account.Consignment.Service.Code', 'A');
    expect(json).toHaveProperty('Detail.Data.Manifest.Depot.Account.Consignment.Address.Line', ['1 High St', 'Yard']);
    expect(json).toHaveProperty('Detail.Data.Manifest.Depot.Account.Consignment.DueDate', '2026-11-24');
  });

  test('an empty element is an empty list or object in JSON, and Status is a list now and then', async () => {
    await create({ trackingDelayMs: 60_000 });
    const seen = new Set<string>();
    let statusLists = 0;
    for (let look = 0; look < 8; look += 1) {
      const answer = z
        .object({ Status: z.unknown(), Detail: z.object({ Data: z.object({ TrackingID: z.unknown() }) }) })
        .parse(await jsonOf('consEntered'));
      seen.add(JSON.stringify(answer.Detail.Data.TrackingID));
      if (Array.isArray(answer.Status)) statusLists += 1;
    }
    expect([...seen].sort()).toEqual(['[]', '{}']);
    expect(statusLists).toBe(1);
  });

  test('errors are sentences with HTTP 200: no key, wrong key, no such method, method of the other host', async () => {
    const base = `http://127.0.0.1:${twin.port}`;
    const said200 = async (path: string) => {
      const answer = await fetch(`${base}/${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      return answer.text();
    };
    expect(await said200('keytest')).toBe('API Key not specified.');
    expect(await said200('keytest?apikey=nobody')).toBe(
      'The API key provided is not authorised to use the requested API.',
    );
    expect(await said200('noSuchThing?apikey=key%2Cnorth%3D%2F')).toBe('The requested API is not available.');
    expect(await said200('api/getNotes/delta/0?apikey=key%2Cnorth%3D%2F')).toBe('The requested API is not available.');
    expect(await said200('podimages/1?apikey=key%2Cnorth%3D%2F')).toBe('The requested API is not available.');
    expect(await (await call('api/podimages/1')).text()).toBe('ERROR: POD not found for this ID.');
  });

  test('an organisation does not see consignments of another', async () => {
    await addOrganisation('south');
    const { trackingId } = await create();
    const answer = await call(`getConsignment/${trackingId}`, { apikey: 'key,south=/' });
    expect(await answer.text()).toContain(
      '<Code>NO_RESULTS_FOUND</Code><Description>No results found.</Description><Count>0</Count>',
    );
  });

  test('a late tracking id is empty at first, then known to reads and pushed as TRACKED', async () => {
    const { responseId, trackingId } = await create({ trackingDelayMs: 250 });
    expect(trackingId).toBeNull();
    expect(await xmlOf(`conStatusById/${responseId}`)).toContain('<TrackingID/>');
    await until(() => heard.some(({ body }) => body.includes('<Event>TRACKED</Event>')));
    expect(heard[0]?.body).toContain(`<Event>CREATED</Event>`);
    expect(heard[0]?.body).toContain('<TrackingID/>');
    expect(await xmlOf(`conStatusById/${responseId}`)).toMatch(/<TrackingID>6000?\d{6,}<\/TrackingID>/);
  });

  test('a label is a sentence until it is ready, then a PDF with a page per pallet', async () => {
    const { responseId, trackingId } = await create();
    const label = () => call(`getLabelsByTID/${trackingId}`);
    expect(await (await label()).text()).toMatch(/^There was an error generating this label/);
    await control('POST', `consignments/${responseId}/label`, { readyDelayMs: 300 });
    expect(await (await label()).text()).toMatch(/^There was an error generating this label/);
    await new Promise((resolve) => setTimeout(resolve, 320));
    const ready = await label();
    expect(ready.headers.get('content-type')).toBe('application/pdf');
    expect((await PDFDocument.load(await ready.arrayBuffer())).getPageCount()).toBe(2);
    const { barcodes } = view.parse(await control('GET', `consignments/${responseId}`));
    expect(barcodes).toHaveLength(2);
    for (const barcode of barcodes) expect(barcode).toMatch(/^B[0-9A-F]{9}$/);
    expect(await xmlOf('getLabelsByTID/60000000000')).toContain('NO_RESULTS_FOUND');
    // what was asked for can be told from the list of calls
    const { items } = z
      .object({ items: z.array(z.object({ method: z.string(), about: z.string().nullable() })) })
      .parse(await control('GET', 'calls'));
    expect(items.at(-1)).toMatchObject({ method: 'getLabelsByTID', about: '60000000000' });
  });
});

describe('limits', () => {
  test('the 101st call of a minute gets no answer, nor does any after it', async () => {
    for (let n = 0; n < 100; n += 1) expect((await call('keytest')).status).toBe(200);
    await expect(call('keytest', {}, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    await expect(call('version', {}, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    const { items } = z
      .object({ items: z.array(z.object({ status: z.number() })) })
      .parse(await control('GET', 'calls?since=99'));
    expect(items.map(({ status }) => status)).toEqual([200, 0, 0]);
  });

  test('a ban ends after 15 minutes divided by the pace', async () => {
    await twin.close();
    await start({ pace: 1_800 }); // half a second
    await control('PUT', 'faults', { faults: [{ match: { method: 'keytest' }, times: 1, do: { ban: true } }] });
    const from = Date.now();
    await expect(call('keytest', {}, { signal: AbortSignal.timeout(150) })).rejects.toThrow();
    await until(
      async () => (await call('keytest', {}, { signal: AbortSignal.timeout(50) }).catch(() => null))?.status === 200,
    );
    expect(Date.now() - from).toBeGreaterThanOrEqual(480);
  });

  test('the twin ends at once though callers are held in silence', async () => {
    await control('PUT', 'faults', { faults: [{ match: {}, times: 1, do: { silence: true } }] });
    const silent = call('keytest').catch(() => 'cut');
    await until(
      async () => z.object({ items: z.array(z.unknown()) }).parse(await control('GET', 'calls')).items.length === 1,
    );
    const from = Date.now();
    await twin.close();
    expect(await silent).toBe('cut');
    expect(Date.now() - from).toBeLessThan(1_000);
    await start();
  });

  test('a call dropped after its effect has the effect, one dropped before has none', async () => {
    const { trackingId } = await create();
    const id = trackingId ?? '';
    await control('PUT', 'faults', {
      faults: [{ match: { method: 'createSystemNote' }, times: 1, do: { drop: 'before' } }],
    });
    await expect(sendNotes([{ id, group: 'STS', type: 'OFD' }])).rejects.toThrow();
    expect(held.parse(await control('GET', 'held')).notes).toHaveLength(0);
    for (const drop of ['after', 'answer']) {
      await control('PUT', 'faults', { faults: [{ match: { method: 'createSystemNote' }, times: 1, do: { drop } }] });
      await expect(sendNotes([{ id, group: 'STS', type: 'OFD' }])).rejects.toThrow();
    }
    expect(held.parse(await control('GET', 'held')).notes).toHaveLength(2);
  });
});

describe('notes', () => {
  test('a note sent is held with its instant and reference, comes back in the delta, and sets the status', async () => {
    const { responseId, trackingId } = await create();
    const id = trackingId ?? '';
    const text = 'Out for delivery 2026-11-23T06:12:33+01:00 #ab12cd34ef';
    const answer = await sendNotes([{ id, group: 'STS', type: 'OFD', text }]);
    expect(answer).toMatch(/<Code>OK<\/Code>.*<ImportDetail><Index>1<\/Index><SysNote>\d+<\/SysNote><\/ImportDetail>/);
    const [note] = held.parse(await control('GET', 'held')).notes;
    expect(note).toMatchObject({ group: 'STS', type: 'OFD', instant: '2026-11-23T05:12:33.000Z', ref: 'ab12cd34ef' });
    const delta = /<Delta>(\d+)<\/Delta>/.exec(await xmlOf('getNotes/delta/0'))?.[1] ?? '';
    expect(await xmlOf(`getNotes/delta/${delta}`)).toContain(`<NoteText>${text}</NoteText>`);
    expect(await xmlOf(`getNotes/delta/${Number(delta) + 1}`)).toContain('NO_RESULTS_FOUND');
    expect(await xmlOf(`getNotes/trackingId/${trackingId}`)).toContain(
      '<NoteDate>2026-11-23</NoteDate><NoteTime>06:12:00</NoteTime>',
    );
    expect(await xmlOf('getNotes/dateRange/2026-11-23/06:00:00/2026-11-23/07:00:00')).toContain(text);
    expect(view.parse(await control('GET', `consignments/${responseId}`)).status).toBe(800);
  });

  test('one wrong note of many is named by its index, and none is stored', async () => {
    const { trackingId } = await create();
    const id = trackingId ?? '';
    const answer = await sendNotes([
      { id, group: 'STS', type: 'OFD' },
      { id: '60000000000', group: 'STS', type: 'OFD' },
      { id, group: 'STS', type: 'NOPE' },
      { id, group: 'SCN', type: 'LOD' },
    ]);
    expect(answer).toContain('<Code>ERROR_VALIDATION</Code>');
    expect(answer).toContain('<Note><Index>2</Index><Error><Code>ERROR_NOTE_PW_ID_VALUE</Code>');
    expect(answer).toContain('<Note><Index>3</Index><Error><Code>ERROR_NOTE_NOTE_TYPE_VALUE</Code>');
    expect(answer).toContain('<Note><Index>4</Index><Error><Code>ERROR_NOTE_BARCODE_MANDATORY</Code>');
    expect(answer).not.toContain('<Index>1</Index>');
    expect(held.parse(await control('GET', 'held')).notes).toHaveLength(0);
    expect(await sendNotes(Array.from({ length: 51 }, () => ({ id, group: 'STS', type: 'OFD' })))).toContain(
      'ERROR_HEADER_NOTES_QTY_VALUE',
    );
  });

  test('data is taken from the query and from multipart too, and not stored without commit', async () => {
    const { trackingId } = await create();
    const data = notesXml([{ id: trackingId ?? '', group: 'JIN', type: 'GIN', text: 'hello' }]);
    const dry = await call('createSystemNote', { commit: 'no', inputformat: 'xml', outputformat: 'xml', data });
    expect(await dry.text()).toContain('No data has been imported as it was not requested.');
    const form = new FormData();
    form.set('data', data);
    const wet = await call(
      'createSystemNote',
      { commit: 'yes', inputformat: 'xml', outputformat: 'xml' },
      { method: 'POST', body: form },
    );
    expect(await wet.text()).toContain('<SysNote>');
    expect(await (await call('createSystemNote', { commit: 'yes', inputformat: 'json', data })).text()).toContain(
      'ERROR_FORMAT_INVALID',
    );
    expect(held.parse(await control('GET', 'held')).notes).toHaveLength(1);
  });

  test('a cancellation is pushed and stands in the delta as a note of group CAN', async () => {
    const { responseId } = await create();
    await control('POST', `consignments/${responseId}/cancel`, {});
    await until(() => heard.some(({ body }) => body.includes('<Event>CANCELLED</Event>')));
    expect(await xmlOf('getNotes/delta/0')).toContain('<NoteGroup>CAN</NoteGroup>');
  });
});

describe('createConsignment', () => {
  const manifest = (consignment: unknown) =>
    JSON.stringify({ Manifest: { Confirm: 'yes', Depot: { Account: { Code: '434481', Consignment: consignment } } } });
  const submit = async (data: string, commit = 'yes') =>
    (await call('createConsignment', { commit, inputformat: 'JSON', outputformat: 'xml', data })).text();

  test('a valid one is stored, answered with its identifiers and pushed as created', async () => {
    expect(await submit(manifest(CONSIGNMENT), 'no')).toContain('No data has been imported');
    expect(await submit(manifest({ ...CONSIGNMENT, ImportID: 'b7', Number: '31102' }))).toMatch(
      /<ImportID>b7<\/ImportID><ResponseID>\d{7,8}<\/ResponseID><TrackingID>\d{11}<\/TrackingID><Information>Consignment type:Delivery.<\/Information>/,
    );
    await until(() => heard.length === 1);
    expect(heard[0]?.body).toContain('<Number>31102-564</Number>');
  });

  test('an invalid one is refused with the documented codes', async () => {
    const { Type: _type, ...untyped } = CONSIGNMENT;
    const answer = await submit(manifest([CONSIGNMENT, { ...untyped, BillUnit: { Type: 'QP', Amount: -3 } }]));
    expect(answer).toContain('<Consignment><Index>2</Index>');
    expect(answer).toContain('[Consignment] provided does not contain the required [Type] node.');
    expect(answer).toContain(
      'BillUnit [Amount] is not in the required [unsignedinteger] format. Value provided = [-3]',
    );
    expect(await xmlOf('consEntered')).toContain('NO_RESULTS_FOUND');
  });
});

describe('pushes', () => {
  test('a push is tried again until it is taken, and what was said keeps the time of the first try', async () => {
    await twin.close();
    await start({ pace: 100 }); // 100 ms, 600 ms, 3 s
    answers = [503, 500];
    const from = Date.now();
    await create();
    await until(() => heard.length === 3);
    expect(heard.map(({ body }) => body)).toEqual(Array(3).fill(heard[0]?.body));
    expect(heard[0]?.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    await until(async () => z.object({ pushes: z.number() }).parse(await control('GET', 'pending')).pushes === 0);
    const [entry] = said.parse(await control('GET', 'said?since=0')).items;
    expect(entry).toMatchObject({ kind: 'created', push: { tries: 3, delivered: true } });
    expect((entry?.saidAt ?? 0) - from).toBeLessThan(90);
  });

  test('an organisation that wants JSON and partial amendments gets the identifiers and what changed', async () => {
    await addOrganisation('north', { format: 'json', partial: true });
    const { responseId, conNo, trackingId } = await create();
    await control('POST', `consignments/${responseId}/amend`, { changes: { ManifestNote: 'Gate 4', Weight: 110 } });
    await until(() => heard.length === 2);
    const amended = heard.map(({ body }) => JSON.parse(body)).find(({ Event }) => Event === 'AMENDED');
    expect(amended).not.toHaveProperty('Notification');
    expect(amended).toHaveProperty('Manifest.Depot.Account.Consignment', {
      Number: conNo,
      TrackingID: trackingId,
      ResponseID: responseId,
      ManifestNote: 'Gate 4',
    });
    const edited = said.parse(await control('GET', 'said?since=1')).items[0];
    expect(edited).toMatchObject({
      kind: 'edited',
      content: { version: 2, consignment: { ManifestNote: 'Gate 4', Weight: '110.00' } },
    });
  });
});

describe('files', () => {
  test('a file put by FTP is held once it has its name, and not before', async () => {
    const { trackingId } = await create();
    const name = `${trackingId}_01.jpg`;
    const bytes = Buffer.alloc(70_000, 7);
    const client = await ftpClient();
    try {
      await client.cd('/pod/564');
      await client.uploadFrom(Readable.from(bytes), `${name}.part`);
      expect(held.parse(await control('GET', 'held')).files).toHaveLength(0);
      await client.rename(`${name}.part`, name);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(held.parse(await control('GET', 'held')).files).toEqual([
        expect.objectContaining({ depot: '564', trackingId, name, size: 70_000, sha256 }),
      ]);
      expect((await client.list()).map((file) => [file.name, file.size])).toEqual([[name, 70_000]]);
      expect(await client.size(name)).toBe(70_000);
      await expect(client.cd('/pod/999')).rejects.toThrow('550');
      await client.cd('../../../..');
      expect(await client.pwd()).toBe('/');
      await expect(client.send('APPE x')).rejects.toThrow('502');
      await expect(client.send('AUTH TLS')).rejects.toThrow('502');
      await control('POST', 'files/take', { organisation: 'north' });
      expect(await client.list('/pod/564')).toEqual([]);
      expect(held.parse(await control('GET', 'held')).files).toHaveLength(1);
    } finally {
      client.close();
    }
  });

  test('a POD is a PDF of the note and the images that came', async () => {
    const { trackingId } = await create();
    const id = trackingId ?? '';
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const client = await ftpClient();
    try {
      await client.uploadFrom(Readable.from(png), `/pod/564/${id}_01.png`);
    } finally {
      client.close();
    }
    expect(await (await call(`getPodByTrackingId/${id}`)).text()).toBe('ERROR: POD not found for this ID.');
    await sendNotes([{ id, group: 'POD', type: 'POD', name: 'J Doe' }]);
    expect(await xmlOf(`getNotes/trackingId/${id}`)).toContain('<PodSignature>J Doe</PodSignature>');
    const pod = await call(`getPodByTrackingId/${id}`);
    expect((await PDFDocument.load(await pod.arrayBuffer())).getPageCount()).toBe(2);
    const images = await call(`api/podimages/${id}`);
    expect((await PDFDocument.load(await images.arrayBuffer())).getPageCount()).toBe(1);
  });

  test('an upload cut halfway is not held', async () => {
    const { trackingId } = await create();
    await control('PUT', 'faults', { faults: [{ match: { method: 'STOR' }, times: 1, do: { cutData: 20_000 } }] });
    const client = await ftpClient();
    try {
      await expect(
        client.uploadFrom(Readable.from(Buffer.alloc(70_000)), `/pod/564/${trackingId}_01.jpg`),
      ).rejects.toThrow();
    } finally {
      client.close();
    }
    expect(held.parse(await control('GET', 'held')).files).toHaveLength(0);
  });
});

describe('state', () => {
  /** What was said, without how its pushes went. */
  const saidBut = async () => said.parse(await control('GET', 'said')).items.map(({ push: _push, ...entry }) => entry);

  test('a restart keeps all that is held and said, gives no number twice, and sends what was not yet taken', async () => {
    answers = [500];
    const before = await create();
    await sendNotes([{ id: before.trackingId ?? '', group: 'STS', type: 'OFD' }]);
    const late = await create({ trackingDelayMs: 400 });
    await until(() => heard.length === 2);
    const heldBefore = await control('GET', 'held');
    const saidBefore = await saidBut();
    await twin.close();
    await start();
    expect(await control('GET', 'held')).toEqual(heldBefore);
    expect(await saidBut()).toEqual(saidBefore);
    await until(
      () => heard.filter(({ body }) => body.includes(`<ResponseID>${before.responseId}</ResponseID>`)).length === 2,
    );
    await until(() => heard.some(({ body }) => body.includes('TRACKED') && body.includes(late.responseId)));
    expect(new Set([before, late, await create()].map(({ responseId }) => responseId)).size).toBe(3);
  });

  test('a reset forgets everything but the organisations', async () => {
    await create();
    await control('POST', 'reset');
    expect(said.parse(await control('GET', 'said'))).toEqual({ items: [], next: 0 });
    expect(await xmlOf('consEntered')).toContain('NO_RESULTS_FOUND');
    expect(await xmlOf('keytest')).toContain('<DepotNumber>564</DepotNumber>');
  });
});
