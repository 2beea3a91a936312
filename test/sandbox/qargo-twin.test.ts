/** The promises of the Qargo twin, over real HTTP. The API description is read where it is present, and never copied. */
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type QargoTwin, startQargoTwin } from '../../sandbox/qargo/server.ts';
import { loadDescription, whyNot } from '../openapi/description.ts';
import { former } from './twins-under-test.ts';

const description = loadDescription();

const FAST = 100;
const AT = '2026-11-23T08:00:00.000Z';

/** Our side: keeps what the twin pushes, answers what `answers` says, then 200. */
class Receiver {
  readonly got: { path: string; body: unknown; at: number; authorization: string }[] = [];
  answers: number[] = [];
  #server: Server | null = null;
  url = '';

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        this.got.push({
          path: request.url ?? '',
          body,
          at: Date.now(),
          authorization: request.headers.authorization ?? '',
        });
        response.statusCode = this.answers.shift() ?? 200;
        response.end();
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((done) => (this.#server === null ? done() : this.#server.close(() => done())));
  }

  /** Update types and what they tell, in the order they came. */
  events(): string[] {
    return this.got
      .filter((one) => one.path === '/visibility')
      .flatMap((one) => messageSchema.parse(one.body).events.map(wordOf));
  }
}

const updateSchema = z.looseObject({
  type: z.string(),
  status: z.string().optional(),
  stop: z.looseObject({ status: z.string(), stop_type: z.string() }).nullish(),
});
const messageSchema = z.looseObject({ events: z.array(z.looseObject({ update: updateSchema })) });

function wordOf(event: { update: z.infer<typeof updateSchema> }): string {
  const { type, status, stop } = event.update;
  return [type, status, type === 'Stop' ? `${stop?.stop_type} ${stop?.status}` : ''].filter(Boolean).join(' ');
}

const orderSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  orderIdentifier: z.string(),
  palletways: z.object({ tracking_id: z.string().nullable(), consignment_number: z.string().nullable() }),
  goods: z.array(z.looseObject({ id: z.string(), barcodes: z.array(z.string()) })),
  documents: z.array(z.looseObject({ id: z.string(), type: z.string() })),
  effects: z.object({ created: z.number(), updated: z.number(), cancelled: z.number(), partial: z.number() }),
});
const saidSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), kind: z.string(), event: z.boolean(), saidAt: z.number() })),
  next: z.number(),
});
const uploadSchema = z.object({
  upload_id: z.string(),
  upload_status: z.string(),
  upload_url: z.string(),
  order_id: z.string().nullable(),
  order_url: z.string().nullable(),
});
const statusSchema = z.looseObject({
  status: z.string(),
  shipments: z.array(z.looseObject({ name: z.string() })),
  stops: z.array(
    z.looseObject({
      status: z.string(),
      incidents: z.array(z.looseObject({ code: z.string() })),
      end_timestamp: z.string().nullable(),
    }),
  ),
  consignments: z.array(z.looseObject({ signatures: z.array(z.looseObject({ type: z.string(), name: z.string() })) })),
});
const documentsSchema = z.array(z.looseObject({ id: z.string(), type: z.string(), download_url: z.string() }));

let data: string;
let twin: QargoTwin;
let receiver: Receiver;
let token = '';

async function start(options: { pace?: number; pushTries?: number } = {}): Promise<void> {
  twin = await startQargoTwin({
    port: 0,
    data,
    pace: options.pace ?? FAST,
    pushTries: options.pushTries ?? 4,
    character: former,
  });
}

async function call(
  method: string,
  path: string,
  options: { body?: unknown; raw?: Buffer; headers?: Record<string, string> } = {},
) {
  const answer = await fetch(`${twin.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(options.raw !== undefined
      ? { body: new Uint8Array(options.raw) }
      : options.body === undefined
        ? {}
        : { body: JSON.stringify(options.body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const json = (answer.headers.get('content-type') ?? '').startsWith('application/json');
  const body: unknown = json ? JSON.parse(bytes.toString()) : null;
  return { status: answer.status, headers: answer.headers, body, bytes };
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const control = async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, `/control${path}`, { body });
  expect([path, answer.status, answer.body]).toEqual([path, 200, answer.body]);
  return answer.body;
};
const rest = (method: string, path: string, body?: unknown) =>
  call(method, path, { body, headers: { authorization: `Bearer ${token}` } });
const webhook = (path: string, body: unknown) => call('POST', path, { body, headers: basic('hook', 'hook-secret') });

async function takeToken(): Promise<void> {
  const answer = await call('POST', '/v1/auth/token', {
    headers: { ...basic('client', 'secret'), 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  token = z
    .object({ access_token: z.string(), token_type: z.string(), expires_in: z.literal(3600) })
    .parse(answer.body).access_token;
}

function orderBody(identifier: string, more: Record<string, unknown> = {}, conNo = `CON-${identifier}`) {
  const stop = (name: string, extra: Record<string, unknown> = {}) => ({
    date: '2026-11-23',
    location: { name, address: '1 High Street', city: 'Leeds', postal_code: 'LS1 1AA', country: 'GB' },
    ...extra,
  });
  const unit = (value: string) => ({ barcode: { value, source: 'PALLETWAYS' } });
  return {
    operation: 'CREATE',
    order_identifier: identifier,
    customer: { code: 'PALLETWAYS' },
    customer_reference_number: conNo,
    transport_service: { code: 'PALLETS' },
    service_level: { code: 'B-24' },
    consignments: [
      {
        consignment_reference_number: conNo,
        pickup_stop: stop('Depot'),
        delivery_stop: stop('Shop', {
          time_window: { start_time: '08:00', end_time: '12:00', is_enforced: true },
          extras: [{ code: 'TAIL_LIFT' }],
        }),
        goods: [
          {
            quantity: 2,
            total_weight_kg: 400.5,
            packaging_type: { packaging_size: { code: 'FP' } },
            handling_units: [unit(`${conNo}-1`), unit(`${conNo}-2`)],
          },
        ],
      },
    ],
    ...more,
  };
}

async function ended(uploadId: string): Promise<z.infer<typeof uploadSchema>> {
  for (;;) {
    const upload = uploadSchema.parse((await rest('GET', `/v1/orders/order/upload/${uploadId}`)).body);
    if (['COMPLETED', 'ERROR', 'SKIPPED', 'DUPLICATE'].includes(upload.upload_status)) return upload;
    await new Promise((done) => setTimeout(done, 10));
  }
}

async function upload(body: unknown): Promise<z.infer<typeof uploadSchema>> {
  const answer = await rest('POST', '/v1/orders/order/upload', body);
  expect([answer.status, answer.body]).toEqual([200, answer.body]);
  return ended(uploadSchema.parse(answer.body).upload_id);
}

async function newOrder(identifier: string): Promise<string> {
  return z.string().parse((await upload(orderBody(identifier))).order_id);
}

const held = async () => z.object({ orders: z.array(orderSchema) }).parse(await control('GET', '/held')).orders;
const said = async () => saidSchema.parse(await control('GET', '/said')).items;
const statusOf = async (id: string) => statusSchema.parse((await rest('GET', `/v1/orders/order/${id}/status`)).body);
const plan = (orders: string[], name = 'T-1', more: Record<string, unknown> = {}) => {
  const vehicle = { code: 'V1', name: 'Truck 1', plate: 'AB12 CDE' };
  return control('POST', '/trips', {
    organisation: 'acme',
    name,
    orders,
    vehicle,
    driver: { name: 'Dee' },
    at: AT,
    ...more,
  });
};
const settled = () =>
  expect
    .poll(async () => control('GET', '/pending'), { timeout: 8_000, interval: 20 })
    .toEqual({ pushes: 0, uploads: 0, late: 0 });

async function setUp(organisation = 'acme', client = 'client', hook = 'hook'): Promise<void> {
  const push = {
    visibilityUrl: `${receiver.url}/visibility`,
    dispatchUrl: `${receiver.url}/dispatch`,
    user: 'us',
    password: 'ours',
  };
  await control('PUT', `/organisations/${organisation}`, {
    clientId: client,
    secret: 'secret',
    webhook: { user: hook, password: 'hook-secret' },
    push,
  });
}

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'qargo-twin-'));
  receiver = new Receiver();
  await receiver.start();
  await start();
  await setUp();
  await takeToken();
});

afterEach(async () => {
  await twin.close();
  await receiver.stop();
  for (const push of receiver.got) {
    const schema = push.path === '/dispatch' ? 'SubcontractorDispatch' : 'OperationalVisibilityUpdate';
    expect(description?.check(schema, push.body) ?? []).toEqual([]);
  }
});

describe('credentials and limits', () => {
  test('a tenant gets five tokens an hour, then 429 with Retry-After', async () => {
    await twin.close();
    await start({ pace: 1 });
    for (let n = 0; n < 5; n += 1) await takeToken();
    const refused = await call('POST', '/v1/auth/token', { headers: basic('client', 'secret') });
    expect([refused.status, refused.body]).toEqual([429, { error: 'Rate limit exceeded' }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
  });

  test('REST takes three calls in a second, the fourth is 429 with Retry-After, and webhooks stand outside', async () => {
    await twin.close();
    await start({ pace: 1 });
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await rest('GET', '/me'));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.headers.get('retry-after')).toBe('1');
    for (let n = 0; n < 10; n += 1)
      expect((await webhook('/v1/webhook/partial-order-update', { updates: [] })).status).toBe(200);
    const calls = z.object({
      items: z.array(z.object({ n: z.number(), class: z.string(), status: z.number() }).loose()),
    });
    const { items } = calls.parse(await control('GET', '/calls?organisation=acme'));
    expect(items.filter((one) => one.class === 'rest' && one.status === 429)).toHaveLength(1);
    expect(items.filter((one) => one.class === 'webhook')).toHaveLength(10);
  });

  test('credentials of one kind do not open the other, and a tenant does not see another', async () => {
    await setUp('other', 'client-2', 'hook-2');
    const id = await newOrder('1-1');
    expect((await call('POST', '/v1/auth/token', { headers: basic('hook', 'hook-secret') })).status).toBe(403);
    expect((await call('POST', '/v1/auth/token', { headers: basic('client', 'wrong') })).status).toBe(401);
    expect(
      (await call('POST', '/v1/webhook', { body: {}, headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(401);
    expect((await call('GET', '/me', { headers: { authorization: 'Bearer a.b.c' } })).status).toBe(401);
    const other = await call('POST', '/v1/auth/token', { headers: basic('client-2', 'secret') });
    token = z.looseObject({ access_token: z.string() }).parse(other.body).access_token;
    expect((await rest('GET', `/v1/orders/order/${id}`)).status).toBe(404);
  });
});

describe('imports', () => {
  test('an upload walks through its states to COMPLETED and then names the order', async () => {
    await twin.close();
    await start({ pace: 4 });
    const first = uploadSchema.parse((await rest('POST', '/v1/orders/order/upload', orderBody('1-1'))).body);
    expect([first.upload_status, first.order_id]).toEqual(['TODO', null]);
    const seen = new Set<string>();
    let last = first;
    while (last.upload_status !== 'COMPLETED') {
      last = uploadSchema.parse((await rest('GET', `/v1/orders/order/upload/${first.upload_id}`)).body);
      seen.add(last.upload_status);
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(seen.size).toBeGreaterThan(1);
    expect((await statusOf(z.string().parse(last.order_id))).status).toBe('TO_PLAN');
  });

  test('a second CREATE of the same identifier is DUPLICATE and has no second effect, even at the same moment', async () => {
    const both = await Promise.all([upload(orderBody('1-1')), upload(orderBody('1-1'))]);
    expect(both.map((one) => one.upload_status).toSorted()).toEqual(['COMPLETED', 'DUPLICATE']);
    expect(both[0]?.order_id).toBe(both[1]?.order_id);
    expect((await held()).map((order) => order.effects)).toEqual([
      { created: 1, updated: 0, cancelled: 0, partial: 0 },
    ]);
  });

  test('an UPDATE takes effect once, its identical repeat is SKIPPED', async () => {
    await newOrder('1-1');
    const body = orderBody('1-1', { operation: 'UPDATE', planning_instructions: 'ring first' });
    expect((await upload(body)).upload_status).toBe('COMPLETED');
    expect((await upload(body)).upload_status).toBe('SKIPPED');
    expect((await held())[0]).toMatchObject({
      effects: { created: 1, updated: 1 },
      goods: [{ barcodes: ['CON-1-1-1', 'CON-1-1-2'] }],
    });
  });

  test('a cancelled identifier is never used again, and a repeated cancel does no harm', async () => {
    await newOrder('1-1');
    expect((await upload(orderBody('1-1', { operation: 'DELETE' }))).upload_status).toBe('COMPLETED');
    expect((await upload(orderBody('1-1', { operation: 'DELETE' }))).upload_status).toBe('SKIPPED');
    expect((await upload(orderBody('1-1'))).upload_status).toBe('ERROR');
    expect((await upload(orderBody('1-1', { operation: 'UPDATE' }))).upload_status).toBe('ERROR');
    expect(await held()).toMatchObject([{ status: 'CANCELLED', effects: { created: 1, updated: 0, cancelled: 1 } }]);
  });

  test('a misspelt field is refused with its path, a bad id in the other shape', async () => {
    const body = orderBody('1-1');
    const [consignment] = body.consignments;
    const refused = await rest('POST', '/v1/orders/order/upload', {
      ...body,
      consignments: [{ ...consignment, refrence: 'x' }],
    });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ errors: [{ path: '$.consignments[0].refrence', field: 'refrence' }] });
    const bad = await rest('GET', '/v1/orders/order/nonsense/status');
    expect([bad.status, bad.body]).toMatchObject([422, { detail: [{ loc: ['path', 'order_id'] }] }]);
    expect(
      (await call('POST', '/v1/webhook', { raw: Buffer.from('{'), headers: basic('hook', 'hook-secret') })).status,
    ).toBe(422);
    expect(await held()).toEqual([]);
  });
});

describe('partial updates and documents in', () => {
  const update = (order: unknown, consignment: unknown) => ({
    updates: [{ match: { matches_all: [{ order }] }, consignment: { updates: [consignment] } }],
  });

  test('a partial update that matches nothing, or two orders, is discarded with 200 null', async () => {
    await upload(orderBody('1-1', {}, 'SAME'));
    await upload(orderBody('2-1', {}, 'SAME'));
    const palletways = {
      update: { operation: 'UPDATE', data: { palletways: { tracking_id: '600', consignment_number: 'X' } } },
    };
    for (const order of [
      { id: { matches_any: ['nobody'] } },
      { customer_reference_number: { matches_any: ['SAME'] } },
    ]) {
      const answer = await webhook('/v1/webhook/partial-order-update', update(order, palletways));
      expect([answer.status, answer.body]).toEqual([200, null]);
    }
    expect((await held()).map((order) => [order.palletways.tracking_id, order.effects.partial])).toEqual([
      [null, 0],
      [null, 0],
    ]);
  });

  test('a partial update sets identifiers, barcodes of one good and a stop by its type', async () => {
    const id = await newOrder('1-1');
    const good = (await held())[0]?.goods[0]?.id;
    const unit = (barcode: string) => ({
      update: { operation: 'CREATE', data: { barcode: { value: barcode, source: 'EXTERNAL' } } },
    });
    const consignment = {
      match: { matches_all: [{ consignment: { order_sequence_number: 1 } }] },
      update: { operation: 'UPDATE', data: { palletways: { tracking_id: '600', consignment_number: 'C' } } },
      good: {
        updates: [
          {
            match: { matches_all: [{ good: { id: { matches_any: [good] } } }] },
            handling_unit: { updates: [unit('B3'), unit('B3')] },
          },
        ],
      },
      stop: {
        updates: [
          {
            match: { matches_all: [{ stop: { stop_type: 'DELIVERY' } }] },
            update: { operation: 'UPDATE', data: { note: 'ring' } },
          },
        ],
      },
    };
    expect(
      (await webhook('/v1/webhook/partial-order-update', update({ id: { matches_any: [id] } }, consignment))).body,
    ).toBeNull();
    expect(await held()).toMatchObject([
      {
        palletways: { tracking_id: '600' },
        goods: [{ barcodes: ['CON-1-1-1', 'CON-1-1-2', 'B3'] }],
        effects: { partial: 1 },
        stops: [{}, { note: 'ring' }],
      },
    ]);
    const remove = {
      good: {
        updates: [
          {
            handling_unit: {
              updates: [
                {
                  match: { matches_all: [{ handling_unit: { barcode: { matches_any: ['B3'] } } }] },
                  update: { operation: 'DELETE' },
                },
              ],
            },
          },
        ],
      },
    };
    await webhook('/v1/webhook/partial-order-update', update({ id: { matches_any: [id] } }, remove));
    expect((await held())[0]?.goods[0]?.barcodes).toEqual(['CON-1-1-1', 'CON-1-1-2']);
  });

  test('a document is attached to the one order that matches, its bytes come back, and else it is discarded', async () => {
    const id = await newOrder('1-1');
    const label = Buffer.from('%PDF-1.7 label');
    const send = (order: string) =>
      call('POST', `/v1/webhook/document-import?filename=label.pdf&document_type=PALLET_LABEL_EXTERNAL&id=${order}`, {
        raw: label,
        headers: { ...basic('hook', 'hook-secret'), 'content-type': 'application/pdf' },
      });
    expect((await send('nobody')).body).toEqual({});
    expect((await send(id)).body).toEqual({});
    const [document, ...others] = documentsSchema.parse((await rest('GET', `/v1/orders/order/${id}/documents`)).body);
    expect([document?.type, others]).toEqual(['PALLET_LABEL_EXTERNAL', []]);
    expect((await rest('GET', `${document?.download_url}`)).status).toBe(307);
    expect((await rest('GET', `${document?.download_url}?direct=true`)).bytes).toEqual(label);
  });
});

describe('what is said', () => {
  test('a planned trip is one message for all its orders, a delivery is told to its end', async () => {
    const [one, two] = [await newOrder('1-1'), await newOrder('2-1')];
    await plan([one, two]);
    await control('POST', `/orders/${one}/scan`, {
      barcode: 'CON-1-1-1',
      status: 'SCANNED_OUT',
      stop: 'PICKUP',
      at: AT,
    });
    await control('POST', `/orders/${one}/stop`, { stop: 'PICKUP', status: 'COMPLETED', at: AT });
    await control('POST', `/orders/${one}/stop`, { stop: 'DELIVERY', status: 'AT_STOP', at: AT });
    await control('POST', `/orders/${one}/stop`, { stop: 'DELIVERY', status: 'COMPLETED', at: AT });
    await settled();
    const planned = receiver.got.find((push) => JSON.stringify(push.body).includes('PLANNED"}'));
    expect(planned?.authorization).toBe(basic('us', 'ours').authorization);
    expect(planned?.body).toMatchObject({ trip: { name: 'T-1', orders: [{ id: one }, { id: two }] } });
    expect(receiver.events().toSorted()).toEqual(
      [
        'Trip PLANNED',
        'Resource',
        'Resource',
        'HandlingUnit SCANNED_OUT',
        'Stop PICKUP COMPLETED',
        'Stop DELIVERY AT_STOP',
        'Stop DELIVERY COMPLETED',
        'Order COMPLETED',
      ].toSorted(),
    );
    expect((await said()).map((entry) => entry.kind)).toEqual([
      'planned',
      'planned',
      'scan',
      'milestone',
      'milestone',
      'milestone',
    ]);
  });

  test('a failed stop is never said, only read, with its incident and photos', async () => {
    const id = await newOrder('1-1');
    await plan([id]);
    await settled();
    const before = receiver.got.length;
    const incident = {
      code: 'CARDED',
      name: 'Carded',
      description: 'nobody in',
      photos: [{ name: 'door.jpg', base64: Buffer.from('jpg').toString('base64') }],
    };
    await control('POST', `/orders/${id}/stop`, { stop: 'DELIVERY', status: 'FAILED', at: AT, incident });
    await settled();
    expect(receiver.events().filter((event) => event.startsWith('Stop') || event.startsWith('Document'))).toEqual([]);
    expect(receiver.got.slice(before).map((push) => push.body)).toMatchObject([
      { events: [{ update: { type: 'Trip', status: 'COMPLETED' } }] },
    ]);
    expect((await said()).slice(1).map((entry) => [entry.kind, entry.event])).toEqual([
      ['failed', false],
      ['exception', false],
    ]);
    const read = await statusOf(id);
    expect(read.stops[1]).toMatchObject({ status: 'IGNORED', incidents: [{ code: 'CARDED' }], end_timestamp: AT });
    expect(documentsSchema.parse((await rest('GET', `/v1/orders/order/${id}/documents`)).body)).toMatchObject([
      { type: 'PHOTO_DAMAGED_GOODS' },
    ]);
    await plan([id], 'T-2');
    expect((await statusOf(id)).stops[1]).toMatchObject({ status: 'PLANNED', incidents: [{ code: 'CARDED' }] });
  });

  test('un-planning is never said, only read; a dispatched trip left empty sends its CANCEL', async () => {
    const [one, two] = [await newOrder('1-1'), await newOrder('2-1')];
    const tripSchema = z.object({ tripId: z.string() });
    const { tripId } = tripSchema.parse(await plan([one]));
    await settled();
    const before = receiver.got.length;
    await control('POST', `/trips/${tripId}/remove`, { orders: [one], at: AT });
    await settled();
    expect(receiver.got).toHaveLength(before);
    expect(await statusOf(one)).toMatchObject({
      status: 'TO_PLAN',
      shipments: [],
      stops: [{ status: 'TO_PLAN' }, { status: 'TO_PLAN' }],
    });
    expect((await said()).at(-1)).toMatchObject({ kind: 'unplanned', event: false });

    const dispatched = tripSchema.parse(await plan([two], 'T-2', { dispatch: true }));
    await control('POST', `/trips/${dispatched.tripId}/remove`, { orders: [two], at: AT });
    await settled();
    const operations = receiver.got
      .filter((push) => push.path === '/dispatch')
      .map((push) => z.looseObject({ operation: z.string() }).parse(push.body).operation);
    expect(operations.toSorted()).toEqual(['CANCEL', 'CREATE']);
    expect((await said()).at(-1)).toMatchObject({ kind: 'unplanned', event: true });
  });

  test('a POD is one thing said: signature and documents are read, the types that are sent are pushed', async () => {
    const id = await newOrder('1-1');
    const file = (type: string, text: string) => ({
      type,
      name: `${type}.png`,
      contentType: 'image/png',
      base64: Buffer.from(text).toString('base64'),
    });
    const documents = [
      file('PHOTO_OF_GOODS_DELIVERY', 'photo'),
      file('CONSIGNEE_SIGNATURE', 'sign'),
      file('PROOF_OF_DELIVERY_DRIVER_APP', 'app'),
    ];
    await control('POST', `/orders/${id}/pod`, { name: 'J Smith', at: AT, documents });
    await settled();
    expect(receiver.events()).toEqual(['Document CREATED', 'Document CREATED']);
    const all = await said();
    expect(all).toMatchObject([
      {
        kind: 'pod',
        event: true,
        content: { name: 'J Smith', photos: [expect.any(String)], documents: [expect.any(String), expect.any(String)] },
      },
    ]);
    expect((await statusOf(id)).consignments[0]?.signatures).toMatchObject([{ type: 'CONSIGNEE', name: 'J Smith' }]);
  });

  test('a batch changes the state in order and sends its events shuffled and each twice', async () => {
    const id = await newOrder('1-1');
    await plan([id]);
    await settled();
    receiver.got.length = 0;
    const stop = (status: string, type = 'DELIVERY') => ({
      method: 'POST',
      path: `/control/orders/${id}/stop`,
      body: { stop: type, status, at: AT },
    });
    await control('POST', '/batch', {
      calls: [stop('COMPLETED', 'PICKUP'), stop('AT_STOP'), stop('COMPLETED')],
      shuffle: 7,
      twice: true,
    });
    await settled();
    const events = receiver.events();
    expect(events).toHaveLength(10);
    for (const event of new Set(events)) expect(events.filter((other) => other === event)).toHaveLength(2);
    expect((await said()).filter((entry) => entry.kind === 'milestone')).toHaveLength(3);
    expect((await statusOf(id)).stops[1]?.status).toBe('COMPLETED');
  });

  test('a push that is not answered 2xx is tried again, and faults strike it', async () => {
    const id = await newOrder('1-1');
    receiver.answers = [500, 503];
    await plan([id]);
    await settled();
    expect(receiver.got).toHaveLength(3);
    expect((receiver.got[1]?.at ?? 0) - (receiver.got[0]?.at ?? 0)).toBeGreaterThanOrEqual(95);
    const entry = (await said())[0];
    expect(entry).toMatchObject({ push: { tries: 3, delivered: true } });
    expect(Math.abs((entry?.saidAt ?? 0) - (receiver.got[0]?.at ?? 0))).toBeLessThan(80);

    receiver.got.length = 0;
    await control('PUT', '/faults', { faults: [{ match: { method: 'push' }, times: 1, do: { duplicate: true } }] });
    await control('POST', `/orders/${id}/stop`, { stop: 'PICKUP', status: 'AT_STOP', at: AT });
    await settled();
    expect(receiver.events()).toEqual(['Stop PICKUP AT_STOP', 'Stop PICKUP AT_STOP']);

    receiver.got.length = 0;
    await control('PUT', '/faults', { faults: [{ match: { method: 'push' }, times: 1, do: { reorder: true } }] });
    await control('POST', `/orders/${id}/stop`, { stop: 'PICKUP', status: 'COMPLETED', at: AT });
    await control('POST', `/orders/${id}/stop`, { stop: 'DELIVERY', status: 'AT_STOP', at: AT });
    await settled();
    expect(receiver.events()).toEqual(['Stop DELIVERY AT_STOP', 'Stop PICKUP COMPLETED']);

    receiver.got.length = 0;
    await control('PUT', '/faults', {
      faults: [{ match: { method: 'push', organisation: 'acme' }, times: 1, do: { drop: 'answer' } }],
    });
    await control('POST', `/orders/${id}/scan`, { barcode: 'CON-1-1-1', status: 'STORED', at: AT });
    await settled();
    expect(receiver.events()).toEqual(['HandlingUnit STORED', 'HandlingUnit STORED']);
  });
});

describe('faults and restart', () => {
  test('a fault strikes a call by its method, before or after its effect', async () => {
    const faults = [
      { match: { method: 'upload' }, times: 1, do: { status: 503, body: '{}' } },
      { match: { method: 'upload' }, times: 1, do: { drop: 'after' } },
    ];
    await control('PUT', '/faults', { faults: faults.slice(0, 1) });
    expect((await rest('POST', '/v1/orders/order/upload', orderBody('1-1'))).status).toBe(503);
    expect(await control('GET', '/pending')).toMatchObject({ uploads: 0 });
    await control('PUT', '/faults', { faults: faults.slice(1) });
    await expect(rest('POST', '/v1/orders/order/upload', orderBody('1-1'))).rejects.toThrow();
    await settled();
    expect(await held()).toHaveLength(1);
  });

  test('a restart keeps orders, documents, what was said, tokens and uploads not ended', async () => {
    const id = await newOrder('1-1');
    await control('POST', `/orders/${id}/pod`, {
      name: 'J',
      at: AT,
      documents: [{ type: 'CONSIGNEE_SIGNATURE', name: 's.png', contentType: 'image/png', base64: 'c2lnbg==' }],
    });
    await settled();
    const [orders, things] = [await held(), await said()];
    await twin.close();
    await start({ pace: 1 });
    const pending = uploadSchema.parse((await rest('POST', '/v1/orders/order/upload', orderBody('2-1'))).body);
    await twin.close();
    await start();
    expect((await ended(pending.upload_id)).upload_status).toBe('COMPLETED');
    expect((await held()).filter((order) => order.id === id)).toEqual(orders);
    expect(await said()).toEqual(things);
    const [document] = documentsSchema.parse((await rest('GET', `/v1/orders/order/${id}/documents`)).body);
    expect((await rest('GET', `${document?.download_url}?direct=true`)).bytes.toString()).toBe('sign');
    await control('POST', '/reset');
    expect([await held(), await said()]).toEqual([[], []]);
    expect((await rest('GET', '/me')).status).toBe(200);
  });
});

describe('the API description', () => {
  const name = 'every event and every answer is valid against it, and holds nothing that it does not name';
  test.skipIf(description === null)(description === null ? `${name} — not run: ${whyNot}` : name, async () => {
    const check = (schema: string, value: unknown) => description?.check(schema, value) ?? [];
    const [one, two] = [await newOrder('1-1'), await newOrder('2-1')];
    const body = orderBody('3-1');
    expect(check('OrderInput', body)).toEqual([]);
    await plan([one, two], 'T-1', { dispatch: true });
    await control('POST', `/orders/${one}/scan`, {
      barcode: 'CON-1-1-1',
      status: 'SCANNED_OUT',
      stop: 'PICKUP',
      at: AT,
      by: 'Dee',
    });
    await control('POST', `/orders/${one}/stop`, { stop: 'PICKUP', status: 'COMPLETED', at: AT });
    await control('POST', `/orders/${two}/stop`, {
      stop: 'DELIVERY',
      status: 'FAILED',
      at: AT,
      incident: { code: 'CARDED' },
    });
    await control('POST', `/orders/${one}/stop`, { stop: 'DELIVERY', status: 'AT_STOP', at: AT });
    await control('POST', `/orders/${one}/stop`, { stop: 'DELIVERY', status: 'COMPLETED', at: AT });
    const file = {
      type: 'PROOF_OF_DELIVERY_SIGNED',
      name: 'pod.pdf',
      contentType: 'application/pdf',
      base64: 'JVBERg==',
    };
    await control('POST', `/orders/${one}/pod`, {
      name: 'J Smith',
      at: AT,
      position: { longitude: -1.5, latitude: 53.8 },
      documents: [file],
    });
    await settled();
    expect(new Set(receiver.events())).toEqual(
      new Set([
        'Trip PLANNED',
        'Resource',
        'HandlingUnit SCANNED_OUT',
        'Stop PICKUP COMPLETED',
        'Stop DELIVERY AT_STOP',
        'Stop DELIVERY COMPLETED',
        'Order COMPLETED',
        'Trip COMPLETED',
        'Document CREATED',
      ]),
    );
    for (const push of receiver.got)
      expect(
        check(push.path === '/dispatch' ? 'SubcontractorDispatch' : 'OperationalVisibilityUpdate', push.body),
      ).toEqual([]);
    for (const id of [one, two]) {
      expect(check('OrderOutput-Output', (await rest('GET', `/v1/orders/order/${id}`)).body)).toEqual([]);
      expect(check('OrderWithStatus', (await rest('GET', `/v1/orders/order/${id}/status`)).body)).toEqual([]);
      expect(check('OrderExport', (await rest('GET', `/v1/orders/order/${id}/export`)).body)).toEqual([]);
      expect(check('OrderChargesOutput', (await rest('GET', `/v1/orders/order/${id}/charges`)).body)).toEqual([]);
    }
    for (const document of documentsSchema.parse((await rest('GET', `/v1/orders/order/${one}/documents`)).body))
      expect(check('Document', document)).toEqual([]);
    const form = new FormData();
    form.set('file', new Blob(['bytes'], { type: 'application/pdf' }), 'a.pdf');
    const content = await fetch(`${twin.url}/v1/documents/document/upload_content`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${token}` },
    });
    expect([content.status, check('DocumentUploadResponse', await content.json())]).toEqual([201, []]);
    expect(check('AvailableTasks', (await rest('GET', '/v1/tasks/available-tasks')).body)).toEqual([]);
    const uploaded = await rest('POST', '/v1/orders/order/upload', body);
    expect(check('OrderImport', uploaded.body)).toEqual([]);
    expect(check('ValidationErrorResponse', (await rest('POST', '/v1/orders/order/upload', {})).body)).toEqual([]);
    expect(check('HTTPValidationError', (await rest('GET', '/v1/orders/order/x')).body)).toEqual([]);
    const trip = z
      .looseObject({ shipments: z.array(z.looseObject({ id: z.string() })) })
      .parse((await rest('GET', `/v1/orders/order/${one}/status`)).body).shipments[0];
    expect(check('TripOutput', (await rest('GET', `/v1/trips/trip/${trip?.id}`)).body)).toEqual([]);
    const wrong = {
      updates: [
        {
          match: { matches_all: [{ order: { id: { matches_any: [one] } } }] },
          consignment: { updates: [{ update: { operation: 'CREATE' } }] },
        },
      ],
    };
    const errors = await webhook('/v1/webhook/partial-order-update', wrong);
    expect([errors.status, errors.body]).toMatchObject([200, { errors: [{ error_type: 'NOT_SUPPORTED' }] }]);
    expect(check('PartialOrderUpdateResponse', errors.body)).toEqual([]);
  });
});
