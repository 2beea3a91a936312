/** What people and far sides send that holds half an emoji, a NUL or less: the service answers for it, and never with 500. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildService } from '../../client/http/server.ts';
import { addNames, createIdentity, namesOf } from '../../store/identity/identity.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { storeFact } from '../../store/record/facts.ts';
import { haulier } from '../cast.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
let installation: Installation;
let app: FastifyInstance;
const asked: unknown[] = [];
let consignment = '';

const opened = (url: string, schema: string) =>
  openInstallation('odd text', {
    variables: {
      DATABASE_URL: url,
      DATABASE_SCHEMA: schema,
      PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
      PALLETWAYS_QARGO_BLOBS: join(tmpdir(), 'odd-text-blobs'),
    },
  });
const workflow = {
  executeUpdateWithStart: async (_: unknown, { args }: { args: unknown[] }) => {
    asked.push(...args);
    return { asked: 'now' };
  },
};
const service = (on: Installation) =>
  buildService({
    installation: on,
    temporal: { workflow } as unknown as Client,
    log: pino({ level: 'silent' }),
    operationsToken: undefined,
    stored: () => undefined,
  });

beforeAll(async () => {
  store = await freshSchema();
  installation = opened(store.url, store.schema);
  app = service(installation);
  await installation.organisations.put(haulier('alpha'), 'test');
  await inTransaction(store.db, async (tx) => {
    consignment = await createIdentity(tx, 'alpha');
    await addNames(tx, 'alpha', consignment, namesOf({ trackingId: '60012345678', conNo: '2557391-564' }));
    const at = '2025-11-24T06:00:00.000Z';
    await storeFact(
      tx,
      consignment,
      { kind: 'labels', id: 'pw:labels:B1', at, zone: 'Europe/London', source: 'palletways', barcodes: ['B1'] },
      { organisation: 'alpha', journal: null, heard: at, via: 'push' },
    );
  });
});
afterAll(async () => {
  await app.close();
  await installation.close();
  await store.close();
});

const post = (path: string, payload: object | string) =>
  app.inject({ method: 'POST', url: `/operations/consignments/60012345678/${path}`, payload });
const half = '\ud83d';

test.for([
  ['half an emoji in the reason', { who: 'ana', why: `Jose ${half}` }, 200],
  ['a NUL in the reason', { who: 'ana', why: 'a\0b' }, 200],
  ['half an emoji in a name', { who: `ana ${half}`, why: 'agreed' }, 200],
  ['control characters in both', { who: 'a\u0007na\u0090', why: '\ufeffagreed\u000b' }, 200],
  ['nothing but half an emoji for a name', { who: half, why: 'agreed' }, 400],
  ['nothing but a NUL for a reason', { who: 'ana', why: '\0' }, 400],
] as const)('a close-out with %s is answered, and never with 500', async ([, payload, status]) => {
  await store.db.query(`delete from decision where key = 'close-out accepted'`);
  const answer = await post('close-out', payload);
  expect([answer.statusCode, answer.body]).toEqual([status, answer.body]);
  const { rows } = await store.db.query<{ value: { who: string; why: string } }>(
    `select value from decision where key = 'close-out accepted'`,
  );
  expect(rows).toHaveLength(status === 200 ? 1 : 0);
});

test.for([
  ['resend', { obligation: `labels${half}`, who: `ana${half}`, why: `Jose ${half}\0` }],
  ['refresh', { who: `ana${half}`, why: half }],
  ['labels', { who: `ana${half}`, why: half }],
  ['decision', { who: `ana${half}`, why: `\0${half}`, decision: 'accepted', edit: `e${half}` }],
  ['charges', { who: `ana${half}`, charge: 'weight', value: '640', about: `B1${half}`, proof: `seen\0 ${half}` }],
] as const)(
  '%s with half an emoji in every text is answered, and what reaches Temporal holds none',
  async ([path, payload]) => {
    asked.length = 0;
    const answer = await post(path, payload);
    expect([answer.statusCode < 500, answer.body]).toEqual([true, answer.body]);
    expect(JSON.stringify(asked)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
    const kept = await store.db.query<{ said: string }>(
      `select convert_from(body, 'UTF8') as said from journal where channel = 'hand'`,
    );
    expect(kept.rows.map(({ said }) => said).join()).not.toMatch(/\\ud[89a-f]|\\u0000/i);
    if (path !== 'resend') return;
    // Who asked, and why, stands in the record alone: nothing reaches Temporal but that there is something new.
    expect([answer.statusCode, answer.json(), asked]).toEqual([200, { obligation: 'labels', revision: 2 }, []]);
    const { rows } = await store.db.query<{ said: string }>(
      `select convert_from(body, 'UTF8') as said from journal where channel = 'hand' and context->>'consignment' = $1`,
      [consignment],
    );
    expect(rows.map(({ said }) => JSON.parse(said))).toMatchObject([
      { obligation: 'labels', who: 'ana', why: 'Jose ' },
    ]);
  },
);

test('a consignment is found by its number with blanks, a line end or a scanner’s affix around it', async () => {
  for (const said of ['2557391-564', '2557391-564%20', '%20 2557391-564%0D%0A', '%5DC12557391-564', '2557391-564%00']) {
    const answer = await app.inject({ method: 'GET', url: `/operations/consignments/${said}` });
    expect([said, answer.statusCode]).toEqual([said, 200]);
  }
});

const login = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');
const xml = Buffer.from('<Notification><Event>CREATED</Event><Town>Málaga</Town></Notification>');
const { user = '', password = '' } = haulier('alpha').palletways?.push ?? {};
const basic = login(user, password);

test.for<readonly [string, Buffer, Readonly<Record<string, string>>, string?]>([
  ['as ever', xml, { authorization: `Basic ${basic}`, 'content-type': 'application/xml' }],
  ['with its log-in in lower case', xml, { authorization: `basic ${basic}`, 'content-type': 'application/xml' }],
  ['with its log-in in capitals', xml, { authorization: `BASIC  ${basic} `, 'content-type': 'application/xml' }],
  ['with a slash at its end', xml, { authorization: `Basic ${basic}` }, '/palletways/alpha/push/'],
  ['with two slashes in its path', xml, { authorization: `Basic ${basic}` }, '//palletways/alpha//push'],
  ['without a content type', xml, { authorization: `Basic ${basic}`, 'content-type': '' }],
  ['under a content type that is none', xml, { authorization: `Basic ${basic}`, 'content-type': 'xml' }],
  [
    'under a content type with half a charset',
    xml,
    { authorization: `Basic ${basic}`, 'content-type': 'text/xml;charset' },
  ],
  [
    'under a content type in capitals',
    xml,
    { authorization: `Basic ${basic}`, 'content-type': 'TEXT/XML; CHARSET=UTF8' },
  ],
  [
    'under a content type with commas',
    xml,
    { authorization: `Basic ${basic}`, 'content-type': 'text/xml, application/xml' },
  ],
  ['as gzip', gzipSync(xml), { authorization: `Basic ${basic}`, 'content-encoding': 'gzip' }],
  ['as gzip without its label', gzipSync(xml), { authorization: `Basic ${basic}` }],
  [
    'as gzip under the label of nothing',
    gzipSync(xml),
    { authorization: `Basic ${basic}`, 'content-encoding': 'identity' },
  ],
  ['as deflate', deflateSync(xml), { authorization: `Basic ${basic}`, 'content-encoding': 'Deflate' }],
  ['as bare deflate', deflateRawSync(xml), { authorization: `Basic ${basic}`, 'content-encoding': 'deflate' }],
  ['as Brotli', brotliCompressSync(xml), { authorization: `Basic ${basic}`, 'content-encoding': 'br' }],
  ['unpacked under the label of gzip', xml, { authorization: `Basic ${basic}`, 'content-encoding': 'gzip' }],
])('a push is taken in %s', async ([, payload, headers, url = '/palletways/alpha/push']) => {
  const answer = await app.inject({ method: 'POST', url, payload, headers });
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  const { rows } = await store.db.query<{ body: Buffer }>('select body from journal where id = $1', [
    answer.json<{ received: string }>().received,
  ]);
  expect(rows[0]?.body.toString()).toBe(xml.toString());
});

test('a push of which little is sent and much comes is not let in; one that is packed wrongly is kept as it came', async () => {
  const headers = { authorization: `Basic ${basic}`, 'content-encoding': 'gzip' };
  const send = (payload: Buffer) => app.inject({ method: 'POST', url: '/palletways/alpha/push', payload, headers });
  expect((await send(gzipSync(Buffer.alloc(17 * 1024 * 1024)))).statusCode).toBe(413);
  const cut = gzipSync(xml).subarray(0, 30);
  const answer = await send(cut);
  expect(answer.statusCode).toBe(200);
  const { rows } = await store.db.query<{ body: Buffer }>('select body from journal where id = $1', [
    answer.json<{ received: string }>().received,
  ]);
  expect(rows[0]?.body).toEqual(cut);
});

test.for<readonly [string, Buffer]>([
  ['UTF-16, as PowerShell writes', Buffer.from('\ufeff{"who":"José","why":"agreed"}', 'utf16le')],
  ['UTF-8 with a mark', Buffer.from('\ufeff{"who":"José","why":"agreed"}')],
  ['Windows-1252', Buffer.from('{"who":"José","why":"agreed"}', 'latin1')],
])('a command of a person is read in %s', async ([, payload]) => {
  const answer = await app.inject({ method: 'POST', url: '/operations/consignments/60012345678/refresh', payload });
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  const { rows } = await store.db.query<{ said: string }>(
    `select convert_from(body, 'UTF8') as said from journal where channel = 'hand' order by id desc limit 1`,
  );
  expect(rows[0]?.said).toContain('José');
});

test('a push to an organisation with a NUL in its name is not let in', async () => {
  const answer = await app.inject({ method: 'POST', url: '/qargo/al%00pha/visibility', payload: '{}' });
  expect(answer.statusCode).toBe(401);
});

test('while the record is away every route answers 503 and when to ask again; an error of ours is 500', async () => {
  const away = opened('postgresql://a:b@127.0.0.1:1/none', 'public');
  const other = service(away);
  const payload = { who: 'ana', why: 'agreed' };
  for (const [method, url] of [
    ['POST', '/qargo/alpha/visibility'],
    ['GET', '/operations/counts'],
    ['GET', '/operations/consignments/60012345678'],
    ['POST', '/operations/consignments/60012345678/close-out'],
  ] as const) {
    const answer = await other.inject(method === 'GET' ? { method, url } : { method, url, payload });
    expect([url, answer.statusCode, answer.headers['retry-after']]).toEqual([url, 503, '10']);
  }
  await other.close();
  await away.close();

  const broken = service({
    ...installation,
    db: installation.db,
    organisations: { cached: async () => Promise.reject(new TypeError('ours')) } as never,
  });
  const answer = await broken.inject({ method: 'POST', url: '/qargo/alpha/visibility', payload: '{}' });
  expect(answer.statusCode).toBe(500);
  await broken.close();
});
