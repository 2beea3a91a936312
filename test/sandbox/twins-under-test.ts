/** Both twins in one process with one organisation each, for tests that look at the wire. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startTwin, type Twin, type TwinOptions } from '../../sandbox/palletways/twin.ts';
import { type QargoTwin, startQargoTwin } from '../../sandbox/qargo/server.ts';
import type { TwinOptions as QargoOptions } from '../../sandbox/qargo/twin.ts';

export const CONSIGNMENT = {
  Type: 'D',
  Lifts: 2,
  Weight: 110,
  Service: { Type: 'Delivery', Code: 'A', Surcharge: 'A' },
  Address: [
    {
      Type: 'Delivery',
      CompanyName: 'Hartley',
      Line: ['1 High St'],
      Town: 'Lichfield',
      PostCode: 'WS13 6AA',
      Country: 'GB',
    },
  ],
  BillUnit: { Type: 'FP', Amount: 2 },
};

const created = z.object({ responseId: z.string(), conNo: z.string(), trackingId: z.string().nullable() });
const heldSchema = z.object({
  notes: z.array(z.looseObject({ group: z.string(), type: z.string(), trackingId: z.string().nullable() })),
  files: z.array(
    z.looseObject({ name: z.string(), size: z.number(), copies: z.number(), takenAt: z.number().nullable() }),
  ),
});

async function control(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const options =
    body === undefined
      ? { method }
      : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${base}/control/${path}`, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Our side: takes every push, keeping its body. */
export class Ears {
  readonly heard: string[] = [];
  /** Most pushes that were being answered at one time. */
  most = 0;
  /** Ms each push is kept waiting. */
  slow = 0;
  answer = 204;
  #now = 0;
  #server = createServer((request, response) => {
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.heard.push(Buffer.concat(chunks).toString('utf8'));
      setTimeout(() => {
        this.#now -= 1;
        response.writeHead(this.answer).end();
      }, this.slow);
    });
  });

  async start(): Promise<string> {
    this.heard.length = 0;
    Object.assign(this, { most: 0, slow: 0, answer: 204 });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.url;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What the tests of single methods play: it has every element that a twin can show. */
export const former = { character: 'former', flips: [] } as { character: 'former'; flips: string[] };

export class Palletways {
  readonly ears = new Ears();
  #directory = '';
  #twin: Twin | null = null;

  get twin(): Twin {
    if (this.#twin === null) throw new Error('not started');
    return this.#twin;
  }

  get base(): string {
    return `http://127.0.0.1:${this.twin.port}`;
  }

  async start(options: Partial<TwinOptions> = {}): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'palletways-'));
    const defaults = {
      port: 0,
      ftpPort: 0,
      directory: this.#directory,
      pace: 100,
      pushTries: 1,
      ftpTls: null,
      character: former,
    };
    this.#twin = await startTwin({ ...defaults, ...options });
    const url = await this.ears.start();
    await this.control('PUT', 'organisations/north', {
      apiKey: 'key',
      account: '434481',
      depot: '564',
      zone: 'Europe/London',
      push: { url: `${url}/push`, user: 'u', password: 'p', format: 'xml' },
      ftp: { user: 'ftp', password: 'secret' },
    });
  }

  async stop(): Promise<void> {
    await this.#twin?.close();
    await this.ears.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  control(method: string, path: string, body?: unknown): Promise<unknown> {
    return control(this.base, method, path, body);
  }

  strike(method: string, what: Record<string, unknown>): Promise<unknown> {
    return this.control('PUT', 'faults', { faults: [{ match: { method }, times: 1, do: what }] });
  }

  async create(more: Record<string, unknown> = {}) {
    return created.parse(
      await this.control('POST', 'consignments', { organisation: 'north', consignment: CONSIGNMENT, ...more }),
    );
  }

  async held() {
    return heldSchema.parse(await this.control('GET', 'held'));
  }

  async late(): Promise<number> {
    return z.object({ late: z.number() }).parse(await this.control('GET', 'pending')).late;
  }

  read(path: string, key = 'key'): Promise<string> {
    return fetch(`${this.base}/${path}?apikey=${key}&outputformat=xml&output=xml`).then((answer) => answer.text());
  }

  /** createSystemNote with one note for each consignment. */
  notes(trackingIds: string[], type = 'OFD'): Promise<Response> {
    const inner = trackingIds.map(
      (
        id,
      ) => `<note><pw_id>${id}</pw_id><note_create_date>23/11/26</note_create_date><note_create_time>06:12</note_create_time>
        <free_text>2026-11-23T06:12:00+00:00 #0123456789</free_text><note_group>STS</note_group><note_type>${type}</note_type></note>`,
    );
    const data = `<notes><header><create_date>23/11/26</create_date><create_time>06:15</create_time>
      <notes_qty>${trackingIds.length}</notes_qty></header>${inner.join('')}</notes>`;
    const body = new URLSearchParams({ apikey: 'key', commit: 'yes', inputformat: 'xml', outputformat: 'xml', data });
    return fetch(`${this.base}/createSystemNote`, { method: 'POST', body });
  }
}

const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}` });
const orders = z.object({
  orders: z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      goods: z.array(z.looseObject({ id: z.string(), barcodes: z.array(z.string()) })),
      documents: z.array(z.looseObject({ type: z.string() })),
      effects: z.object({ created: z.number(), updated: z.number(), cancelled: z.number(), partial: z.number() }),
    }),
  ),
});

export class Qargo {
  readonly ears = new Ears();
  #directory = '';
  #token = '';
  #twin: QargoTwin | null = null;

  get base(): string {
    if (this.#twin === null) throw new Error('not started');
    return this.#twin.url;
  }

  async start(options: Partial<QargoOptions> = {}): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'qargo-'));
    this.#twin = await startQargoTwin({
      port: 0,
      data: this.#directory,
      pace: 100,
      pushTries: 1,
      character: former,
      ...options,
    });
    const url = await this.ears.start();
    await this.control('PUT', 'organisations/north', {
      clientId: 'client',
      secret: 'secret',
      webhook: { user: 'hook', password: 'secret' },
      push: { visibilityUrl: `${url}/visibility`, user: 'us', password: 'ours' },
    });
    const answer = await fetch(`${this.base}/v1/auth/token`, { method: 'POST', headers: basic('client') });
    this.#token = z.looseObject({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  async stop(): Promise<void> {
    await this.#twin?.close();
    await this.ears.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  control(method: string, path: string, body?: unknown): Promise<unknown> {
    return control(this.base, method, path, body);
  }

  strike(method: string, what: Record<string, unknown>): Promise<unknown> {
    return this.control('PUT', 'faults', { faults: [{ match: { method }, times: 1, do: what }] });
  }

  async held() {
    return orders.parse(await this.control('GET', 'held')).orders;
  }

  async pending() {
    return z
      .object({ pushes: z.number(), uploads: z.number(), late: z.number() })
      .parse(await this.control('GET', 'pending'));
  }

  rest(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    return fetch(`${this.base}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  }

  upload(operation: string, changes: Record<string, unknown> = {}): Promise<Response> {
    return this.rest('POST', '/v1/orders/order/upload', { ...orderBody(), operation, ...changes });
  }

  webhook(path: string, body: unknown): Promise<Response> {
    const bytes = Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
    return fetch(`${this.base}/v1/webhook${path}`, { method: 'POST', headers: basic('hook'), body: bytes });
  }

  /** The order of {@link orderBody}, imported. */
  async order(barcodes?: string[]): Promise<string> {
    await (await this.upload('CREATE', barcodes === undefined ? {} : orderBody(barcodes))).text();
    await until(async () => (await this.pending()).uploads === 0);
    return (await this.held())[0]?.id ?? '';
  }
}

export function orderBody(barcodes: string[] = ['B000000001', 'B000000002']): Record<string, unknown> {
  const stop = {
    date: '2026-11-23',
    location: { name: 'Shop', address: '1 High St', city: 'Leeds', postal_code: 'LS1 1AA', country: 'GB' },
  };
  const goods = [
    {
      quantity: barcodes.length,
      handling_units: barcodes.map((value) => ({ barcode: { value, source: 'PALLETWAYS' } })),
    },
  ];
  return {
    order_identifier: '1-1',
    customer: { code: 'PALLETWAYS' },
    customer_reference_number: '2557391-564',
    transport_service: { code: 'PALLETS' },
    consignments: [{ pickup_stop: stop, delivery_stop: stop, goods }],
  };
}

export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 8_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One HTTP request by hand: all bytes that came until the connection ended, as the wire had them. */
export function raw(base: string, request: string): Promise<string> {
  return bytesOf(connect(Number(new URL(base).port), '127.0.0.1'), request);
}

function bytesOf(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
    socket.write(request);
  });
}
