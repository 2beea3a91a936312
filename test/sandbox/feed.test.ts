/** How the Palletways twin pulls a feed of exceptions. The feed here is a stand-in of ours, page by page. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Palletways } from './twins-under-test.ts';

const palletways = new Palletways();
const PHOTO = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x01]);
const heldSchema = z.object({
  pulled: z.array(
    z.object({
      id: z.string(),
      times: z.number(),
      item: z.looseObject({}),
      photos: z.array(
        z.object({ url: z.string(), sha256: z.string().nullable(), size: z.number(), status: z.number() }),
      ),
    }),
  ),
});

let server: Server;
let base: string;
let asked: { path: string; authorization: string | undefined }[];
let pages: Record<string, unknown>;

beforeEach(async () => {
  await palletways.start();
  asked = [];
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://none');
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    if (request.headers.authorization === 'Bearer wrong') return response.writeHead(401).end('no');
    if (pathname === '/photo/1.jpg') return response.end(PHOTO);
    if (pathname !== '/feed') return response.writeHead(404).end();
    return response.end(JSON.stringify(pages[searchParams.get('cursor') ?? 'start']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const consignment = { trackingId: '60012340168', conNo: '2557392-564' };
  const item = { consignment, code: 'DMG', at: '2026-11-23T09:00:00+00:00', note: 'crushed' };
  const photos = [
    { name: '1.jpg', url: `${base}/photo/1.jpg` },
    { name: '2.jpg', url: '/photo/gone.jpg' },
  ];
  pages = {
    start: { items: [{ ...item, id: 'a', photos }], cursor: '7' },
    '7': { items: [{ ...item, id: 'b' }], cursor: '8' },
    '8': { items: [], cursor: '8' },
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await palletways.stop();
});

const pull = (more: Record<string, unknown>) =>
  palletways.control('POST', 'organisations/north/pull', { url: `${base}/feed`, ...more });
const pulled = async () => heldSchema.parse(await palletways.control('GET', 'held')).pulled;

test('a feed is read page by page from where it was left off, each photo by its link with the same credentials', async () => {
  expect(await pull({ token: 'good' })).toMatchObject({ items: [{ id: 'a', times: 1 }], cursor: '7' });
  expect(await pull({ user: 'pw', password: 'x' })).toMatchObject({ items: [{ id: 'b' }], cursor: '8' });
  expect(await pull({ token: 'good' })).toEqual({ items: [], cursor: '8' });
  const basic = `Basic ${Buffer.from('pw:x').toString('base64')}`;
  expect(asked).toEqual([
    { path: '/feed', authorization: 'Bearer good' },
    { path: '/photo/1.jpg', authorization: 'Bearer good' },
    { path: '/photo/gone.jpg', authorization: 'Bearer good' },
    { path: '/feed?cursor=7', authorization: basic },
    { path: '/feed?cursor=8', authorization: 'Bearer good' },
  ]);
  expect(await pulled()).toMatchObject([
    {
      id: 'a',
      times: 1,
      item: { code: 'DMG', note: 'crushed', consignment: { trackingId: '60012340168' } },
      photos: [
        {
          url: `${base}/photo/1.jpg`,
          sha256: createHash('sha256').update(PHOTO).digest('hex'),
          size: PHOTO.length,
          status: 200,
        },
        { url: '/photo/gone.jpg', sha256: null, size: 0, status: 404 },
      ],
    },
    { id: 'b', times: 1, photos: [] },
  ]);
});

test('a second copy of an item is counted, and a reset forgets items and place', async () => {
  await pull({});
  expect(await pull({ cursor: null })).toMatchObject({ items: [{ id: 'a', times: 2 }] });
  expect(await pulled()).toMatchObject([{ id: 'a', times: 2 }]);
  await palletways.control('POST', 'reset');
  expect(await pulled()).toEqual([]);
  expect(await pull({})).toMatchObject({ items: [{ id: 'a', times: 1 }] });
});

test('a feed that refuses, or is none, changes nothing and leaves the place where it was', async () => {
  await pull({});
  await expect(pull({ token: 'wrong' })).rejects.toThrow(/502.*401/);
  pages['7'] = { entries: [] };
  await expect(pull({})).rejects.toThrow(/502/);
  await expect(palletways.control('POST', 'organisations/nobody/pull', { url: `${base}/feed` })).rejects.toThrow(/404/);
  expect(await pulled()).toHaveLength(1);
  pages['7'] = { items: [{ id: 12 }], cursor: null };
  expect(await pull({})).toMatchObject({ items: [{ id: '12' }], cursor: '7' });
});
