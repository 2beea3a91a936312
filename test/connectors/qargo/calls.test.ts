import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fetchToken, QargoClient, type TokenSource } from '../../../connectors/qargo/calls.ts';
import type { QargoAccess } from '../../../connectors/qargo/config.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { CallError } from '../../../domain/calls/error.ts';
import { readRetryAfter } from '../../../domain/calls/retry-after.ts';
import { delivery, access as plain } from './orders.ts';
import { ids } from './stored.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

let answer: (seen: Seen, respond: Parameters<RequestListener>[1]) => void = () => {};
let seen: Seen[] = [];
let server: Server;
let access: QargoAccess;
let dispatcher: Agent;
const gated: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts),
      };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  access = {
    ...plain,
    baseUrl,
    timeouts: { connect: 1_000, headers: 300, body: 300, total: 2_000 },
    limits: { json: 10_000, document: 1_000 },
  };
  dispatcher = new Agent({ connect: { timeout: 1_000 } });
});

afterAll(async () => {
  await dispatcher.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

afterEach(() => {
  seen = [];
  gated.length = 0;
});

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  answer = (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

const tokens = (...given: string[]): TokenSource & { readonly bad: string[] } => {
  const bad: string[] = [];
  return {
    bad,
    get: () => Promise.resolve(given[bad.length] ?? given.at(-1) ?? 'none'),
    refused: (token) => {
      bad.push(token);
      return Promise.resolve();
    },
  };
};

function client(
  more: { readonly tokens?: TokenSource; readonly signal?: AbortSignal; readonly access?: QargoAccess } = {},
): QargoClient {
  const gate = ({ name }: { readonly name: string }) => {
    gated.push(name);
    return Promise.resolve();
  };
  return new QargoClient(more.access ?? access, {
    tokens: tokens('first-token', 'second-token'),
    gate,
    dispatcher,
    ...more,
  });
}

async function failure(call: Promise<unknown>): Promise<CallError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

const order = orderInput(delivery, { operation: 'CREATE', orderIdentifier: 'c-1-1', access: plain });
const upload = { upload_id: ids.order, upload_status: 'TODO', upload_url: '/v1/x', order_id: null, news: true };
const calls = {
  read: () => client().getOrderStatus(ids.order),
  write: () => client().uploadOrder(order),
  hook: () =>
    client().partialUpdate({
      updates: [{ match: { matches_all: [{ order: { id: { matches_any: [ids.order] } } }] } }],
    }),
};

describe('the retry class of an answer', () => {
  test.each<[keyof typeof calls, number, string]>([
    ['read', 400, 'refused'],
    ['write', 400, 'refused'],
    ['hook', 400, 'refused'],
    ['write', 422, 'refused'],
    ['read', 404, 'refused'],
    ['write', 409, 'refused'],
    ['read', 302, 'refused'],
    ['read', 403, 'auth'],
    ['write', 401, 'auth'],
    ['hook', 401, 'auth'],
    ['hook', 403, 'auth'],
    ['read', 429, 'busy'],
    ['write', 429, 'busy'],
    ['hook', 429, 'busy'],
    ['read', 503, 'busy'],
    ['write', 503, 'busy'],
    ['read', 500, 'down'],
    ['read', 502, 'down'],
    ['write', 500, 'lost'],
    ['write', 504, 'lost'],
    ['hook', 500, 'lost'],
    ['hook', 502, 'lost'],
  ])('of a %s answered %i is %s', async (call, status, retry) => {
    answering(status, { message: 'no' });
    const error = await failure(calls[call]());
    expect([error.retry, error.status]).toEqual([retry, status]);
  });

  test.each<[keyof typeof calls, string]>([
    ['read', 'down'],
    ['write', 'lost'],
    ['hook', 'lost'],
  ])('of a %s answered 200 with a page is %s', async (call, retry) => {
    answering(200, '<html>Oops</html>');
    expect((await failure(calls[call]())).retry).toBe(retry);
  });

  test.each<[keyof typeof calls, string]>([
    ['read', 'down'],
    ['write', 'lost'],
    ['hook', 'lost'],
  ])('of a %s that hears nothing in time, or half an answer, or is hung up on, is %s', async (call, retry) => {
    answer = () => {};
    expect((await failure(calls[call]())).retry).toBe(retry);
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
    };
    expect((await failure(calls[call]())).retry).toBe(retry);
    answer = (_, response) => response.destroy();
    expect((await failure(calls[call]())).retry).toBe(retry);
  });

  test('of any call to where nobody listens is down: nothing was sent', async () => {
    const port = await new Promise<number>((done) => {
      const nobody = createTcpServer().listen(0, '127.0.0.1', () => {
        const { port } = nobody.address() as AddressInfo;
        nobody.close(() => done(port));
      });
    });
    const away = client({ access: { ...access, baseUrl: `http://127.0.0.1:${port}` } });
    for (const call of [() => away.getOrder(ids.order), () => away.uploadOrder(order), () => away.stopStatusUpdate()]) {
      expect((await failure(call())).retry).toBe('down');
    }
  });

  test('given up before it was sent is down, after it was sent lost', async () => {
    expect((await failure(client({ signal: AbortSignal.abort() }).uploadOrder(order))).retry).toBe('down');
    expect(seen).toEqual([]);
    const ending = new AbortController();
    answer = () => ending.abort();
    expect((await failure(client({ signal: ending.signal }).uploadOrder(order))).retry).toBe('lost');
  });

  test.each<[unknown, string | null]>([
    [null, null],
    ['', null],
    [{}, null],
    [{ errors: null }, null],
    [{ errors: [] }, null],
    [{ errors: [{ error_type: 'USER_INPUT_ERROR', error_message: 'no such order' }] }, 'refused'],
    [{ errors: [{ error_type: 'NOT_SUPPORTED' }] }, 'refused'],
    [{ errors: [{ error_type: 'INTERNAL_ERROR' }] }, 'lost'],
    [{ errors: [{ error_type: 'USER_INPUT_ERROR' }, { error_type: 'INTERNAL_ERROR' }] }, 'lost'],
  ])('of a webhook answered 200 with %j is %s', async (body, retry) => {
    answering(200, body);
    const heard = await calls.hook().then(
      () => null,
      (error: unknown) => (error instanceof CallError ? error.retry : 'none'),
    );
    expect(heard).toBe(retry);
  });
});

describe('a refusal', () => {
  test.each<[string, number, unknown, readonly string[], string]>([
    [
      'now',
      400,
      { message: 'Invalid', errors: [{ message: 'unknown', path: '$.customer.code', field: 'code' }] },
      ['$.customer.code'],
      'unknown',
    ],
    ['before', 400, { detail: 'unknown', field: 'code', path: '$.customer.code' }, ['$.customer.code'], 'unknown'],
    ['a message alone', 400, { message: 'Order was cancelled' }, [], 'Order was cancelled'],
    [
      'FastAPI',
      422,
      { detail: [{ loc: ['body', 'consignments', 0, 'goods', 1, 'quantity'], msg: 'not a number', type: 'int' }] },
      ['$.consignments[0].goods[1].quantity'],
      'not a number',
    ],
  ])('names the fields and the reason in the shape of %s', async (_, status, body, fields, text) => {
    answering(status, body);
    const error = await failure(calls.write());
    expect(error.fields).toEqual(fields);
    expect(error.message).toContain(text);
  });

  test('names neither secret nor token, though Qargo repeats them', async () => {
    answer = (one, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          message: `bad ${one.headers.authorization}`,
          errors: [{ message: 'hook-secret', path: one.headers.authorization }],
        }),
      );
    };
    for (const call of [calls.read, calls.write, calls.hook, () => fetchToken(access, dispatcher)]) {
      const error = await failure(call());
      const told = JSON.stringify([error.message, error.fields, String(error.cause), error.stack]);
      const sent = seen.at(-1)?.headers.authorization?.split(' ')[1] ?? expect.fail();
      for (const secret of [sent, 'client-secret', 'hook-secret', 'first-token']) {
        if (call === calls.hook || secret !== 'hook-secret') expect(told).not.toContain(secret);
      }
    }
  });
});

describe('waiting', () => {
  test('busy says until when, in seconds', async () => {
    answering(429, { error: 'Rate limit exceeded' }, { 'retry-after': '7' });
    const now = Date.now();
    const error = await failure(calls.read());
    expect((error.until ?? 0) - now).toBeGreaterThanOrEqual(7_000);
    expect((error.until ?? 0) - now).toBeLessThan(9_000);
    expect(error.message).toContain('Rate limit exceeded');
  });

  const now = Date.UTC(2026, 10, 23, 12, 0, 0);
  test.each<[string | undefined, number | undefined]>([
    ['3', now + 3_000],
    ['0', now],
    ['1.5', now + 1_500],
    ['Mon, 23 Nov 2026 12:01:00 GMT', now + 60_000],
    ['Monday, 23-Nov-26 12:01:00 GMT', now + 60_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', now],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('takes of Retry-After %j its instant, or none where it has none', (header, until) => {
    expect(readRetryAfter(header, now)?.until).toBe(until);
  });
});

describe('a token', () => {
  test('is asked for with Basic, JSON and an empty body, and comes with its life', async () => {
    answering(200, { access_token: 'jwt', token_type: 'bearer', expires_in: 3600 });
    expect(await fetchToken(access, dispatcher)).toEqual({ token: 'jwt', expiresInSeconds: 3600 });
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/auth/token' });
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('client:client-secret').toString('base64')}`,
      'content-type': 'application/json',
    });
    expect(seen[0]?.body.length).toBe(0);
    answering(200, { access_token: 'jwt', token_type: 'bearer', expires_in: null });
    expect((await fetchToken(access, dispatcher)).expiresInSeconds).toBeNull();
  });

  test.each([
    [401, 'auth'],
    [429, 'busy'],
    [500, 'down'],
  ])('answered %i is %s', async (status, retry) => {
    answering(status, {});
    expect((await failure(fetchToken(access, dispatcher))).retry).toBe(retry);
  });

  test('that is refused is renewed once, and the call sent again with the new one', async () => {
    answer = (one, response) => {
      response.writeHead(one.headers.authorization === 'Bearer second-token' ? 200 : 401, {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify(upload));
    };
    const source = tokens('first-token', 'second-token');
    expect(await client({ tokens: source }).uploadOrder(order)).toEqual({
      upload_id: ids.order,
      upload_status: 'TODO',
      order_id: null,
    });
    expect(source.bad).toEqual(['first-token']);
    expect(gated).toEqual(['uploadOrder', 'uploadOrder']);
  });

  test('that is refused twice is auth, after two requests and no more', async () => {
    answering(401, {});
    expect((await failure(calls.write())).retry).toBe('auth');
    expect(seen).toHaveLength(2);
  });
});

describe('the gate', () => {
  test('is asked before every REST request and before no webhook', async () => {
    answering(200, { charges: [] });
    const qargo = client();
    await qargo.getCharges(ids.order);
    await qargo.me();
    await qargo.partialUpdate({
      updates: [{ match: { matches_all: [{ order: { id: { matches_any: [ids.order] } } }] } }],
    });
    await qargo.stopStatusUpdate({
      stop: { id: ids.delivery, status: 'COMPLETED' },
      event_time: '2026-11-24T10:00:00Z',
    });
    expect(gated).toEqual(['getCharges', 'me']);
    expect(seen.map((one) => one.url)).toEqual([
      `/v1/orders/order/${ids.order}/charges`,
      '/me',
      '/v1/webhook/partial-order-update',
      '/v1/webhook/subco-status-update',
    ]);
    expect(seen[2]?.headers.authorization).toBe(`Basic ${Buffer.from('hook:hook-secret').toString('base64')}`);
  });

  test('that says not before T sends nothing', async () => {
    const closed = new QargoClient(access, {
      tokens: tokens('t'),
      gate: () => Promise.reject(new CallError('budget', 'no token', { until: 5 })),
      dispatcher,
    });
    expect(await failure(closed.getOrder(ids.order))).toMatchObject({ retry: 'budget', until: 5 });
    expect(seen).toEqual([]);
  });
});

describe('documents', () => {
  test('come as their bytes with their type, up to the limit', async () => {
    answer = (one, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.end(Buffer.alloc(one.url.includes('long') ? 1_001 : 1_000, 7));
    };
    const document = await client().downloadDocument('short');
    expect([document.bytes.length, document.contentType]).toEqual([1_000, 'image/png']);
    expect(seen[0]?.url).toBe('/v1/documents/document/short/download?direct=true');
    expect((await failure(client().downloadDocument('long'))).retry).toBe('refused');
  });

  test('go as raw bytes with name and type in the query', async () => {
    answering(200, null);
    const label = {
      orderId: ids.order,
      filename: 'étiquette & 1.pdf',
      type: 'PALLET_LABEL_EXTERNAL',
      name: 'Label',
      contentType: 'application/pdf',
    };
    await client().importDocument({ ...label, bytes: new Uint8Array([1, 2, 3]) });
    const url = new URL(seen[0]?.url ?? '', access.baseUrl);
    expect([url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
      '/v1/webhook/document-import',
      { filename: 'étiquette & 1.pdf', document_type: 'PALLET_LABEL_EXTERNAL', document_name: 'Label', id: ids.order },
    ]);
    expect([...(seen[0]?.body ?? [])]).toEqual([1, 2, 3]);
    expect(seen[0]?.headers['content-type']).toBe('application/pdf');
    expect((await failure(client().importDocument({ ...label, bytes: new Uint8Array(1_001) }))).retry).toBe('refused');
  });

  test('an id cannot leave its place in the path', async () => {
    answering(200, {});
    await client().getOrder('../../me?x=1');
    expect(seen[0]?.url).toBe('/v1/orders/order/..%2F..%2Fme%3Fx%3D1');
  });
});
