/** Calls to Qargo (apis 2.2-2.11). Every failure is a CallError with one retry class; no secret or token is in any. */
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { CallError, type Gate } from '../../domain/calls/error.ts';
import { decodeText } from '../../domain/facts/encoding.ts';
import { parseJsonText } from '../../domain/facts/json-text.ts';
import type { QargoAccess } from './config.ts';
import { refusal, webhookErrors } from './errors.ts';
import { qargoDispatcher, type Received, send } from './http.ts';
import * as wire from './wire.ts';
import type { OrderInput } from './write-order.ts';
import type { OrderUpdatePayload } from './write-partial-update.ts';

export { qargoDispatcher } from './http.ts';

/** Where tokens come from: 5 an hour for a tenant (apis 2.3), so they are shared by all who call. */
export interface TokenSource {
  /** A token that is believed to be good. */
  get(): Promise<string>;
  /** This one was answered 401: the next `get` must give another. */
  refused(token: string): Promise<void>;
}

export interface DownloadedDocument {
  readonly bytes: Buffer;
  /** Empty where Qargo named none. */
  readonly contentType: string;
}

/** One stop's status, by its id (apis 2.10). Instants are ISO 8601 with an offset. */
export interface StopStatusUpdate {
  readonly stop: {
    readonly id: string;
    readonly status?: 'AT_STOP' | 'COMPLETED';
    readonly eta_start?: string;
    readonly eta_end?: string;
  };
  readonly event_time: string;
}

/**
 * A new token. The caller keeps it, and to the budget of 5 an hour.
 * @returns its life in seconds, or null where Qargo does not say.
 * @throws CallError `auth`, `busy`, `down` or `refused`; never `lost`: a token that never came is none.
 */
export async function fetchToken(
  access: QargoAccess,
  dispatcher: Dispatcher = qargoDispatcher(access),
  signal?: AbortSignal,
): Promise<{ token: string; expiresInSeconds: number | null }> {
  const call = 'token';
  const received = await send(
    {
      call,
      method: 'POST',
      url: new URL('/v1/auth/token', access.baseUrl),
      headers: {
        authorization: basic(access.clientId, access.secret),
        'content-type': 'application/json',
        accept: 'application/json',
      },
      effectful: false,
      limit: access.limits.json,
    },
    access,
    dispatcher,
    signal,
  );
  if (!taken(received)) throw told(received, call, false, [access.secret, credentials(access.clientId, access.secret)]);
  const parsed = wire.token.safeParse(json(received));
  if (!parsed.success)
    throw new CallError('down', 'Qargo answered token with something that is no token', { status: received.status });
  return { token: parsed.data.access_token, expiresInSeconds: lifeOf(parsed.data.expires_in) };
}

/** No token is taken for good for longer than this, seconds, whatever its answer says. */
const longestLife = 86_400;
const lifeOf = (said: number | null | undefined): number | null =>
  said === null || said === undefined ? null : Math.min(Math.max(said, 0), longestLife);

interface RestCall {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly effectful: boolean;
  readonly limit: number;
  readonly accept?: string;
}

/**
 * One tenant's Qargo. The gate is asked before each REST request, a repeated one included; webhooks are outside
 * Qargo's stated limits (apis 2.3) and go without.
 */
export class QargoClient {
  readonly #access: QargoAccess;
  readonly #tokens: TokenSource;
  readonly #gate: Gate;
  readonly #dispatcher: Dispatcher;
  readonly #signal: AbortSignal | undefined;

  constructor(
    access: QargoAccess,
    more: {
      readonly tokens: TokenSource;
      readonly gate: Gate;
      readonly dispatcher?: Dispatcher;
      readonly signal?: AbortSignal;
    },
  ) {
    this.#access = access;
    this.#tokens = more.tokens;
    this.#gate = more.gate;
    this.#dispatcher = more.dispatcher ?? qargoDispatcher(access);
    this.#signal = more.signal;
  }

  /** Creates, changes or cancels an order; asynchronous: ask for the upload until it has ended. */
  async uploadOrder(order: OrderInput): Promise<wire.OrderImport> {
    const answer = await this.#json({
      name: 'uploadOrder',
      method: 'POST',
      path: '/v1/orders/order/upload',
      body: JSON.stringify(order),
      effectful: true,
    });
    return shaped(wire.orderImport, answer, 'uploadOrder', true);
  }

  async getUpload(uploadId: string): Promise<wire.OrderImport> {
    const answer = await this.#json({
      name: 'getUpload',
      method: 'GET',
      path: `/v1/orders/order/upload/${encodeURIComponent(uploadId)}`,
      effectful: false,
    });
    return shaped(wire.orderImport, answer, 'getUpload', false);
  }

  /** The order as answered; for `findDifferences`. */
  getOrder(orderId: string): Promise<unknown> {
    return this.#json({
      name: 'getOrder',
      method: 'GET',
      path: `/v1/orders/order/${encodeURIComponent(orderId)}`,
      effectful: false,
    });
  }

  /** The order and its state as answered; for `readOrderStatus`, and `findDifferences` too. */
  getOrderStatus(orderId: string): Promise<unknown> {
    return this.#json({
      name: 'getOrderStatus',
      method: 'GET',
      path: `/v1/orders/order/${encodeURIComponent(orderId)}/status`,
      effectful: false,
    });
  }

  /** A trip as answered, with the stops of all its orders; for `readTrip`. Whether a tenant's client may read trips is not published. */
  getTrip(tripId: string): Promise<unknown> {
    return this.#json({
      name: 'getTrip',
      method: 'GET',
      path: `/v1/trips/trip/${encodeURIComponent(tripId)}`,
      effectful: false,
    });
  }

  /** The documents of an order as answered; for `readDocuments`. */
  getOrderDocuments(orderId: string): Promise<unknown> {
    return this.#json({
      name: 'getOrderDocuments',
      method: 'GET',
      path: `/v1/orders/order/${encodeURIComponent(orderId)}/documents`,
      effectful: false,
    });
  }

  /** The charges of an order, as free objects: their form is not public. */
  async getCharges(orderId: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const path = `/v1/orders/order/${encodeURIComponent(orderId)}/charges`;
    const answer = await this.#json({ name: 'getCharges', method: 'GET', path, effectful: false });
    return shaped(wire.charges, answer, 'getCharges', false).charges ?? [];
  }

  /** The bytes of a document (`direct=true`, apis 2.6). @throws CallError `refused` where it is longer than the limit. */
  async downloadDocument(documentId: string): Promise<DownloadedDocument> {
    const path = `/v1/documents/document/${encodeURIComponent(documentId)}/download?direct=true`;
    const limit = this.#access.limits.document;
    const received = await this.#rest({
      name: 'downloadDocument',
      method: 'GET',
      path,
      effectful: false,
      limit,
      accept: '*/*',
    });
    return { bytes: received.bytes, contentType: header(received, 'content-type') ?? '' };
  }

  /** Who the credentials are; any object. For a check of the configuration. */
  me(): Promise<unknown> {
    return this.#json({ name: 'me', method: 'GET', path: '/me', effectful: false });
  }

  /** @throws CallError `refused` for USER_INPUT_ERROR and NOT_SUPPORTED, `lost` for INTERNAL_ERROR, though the answer is 200. */
  partialUpdate(payload: OrderUpdatePayload): Promise<void> {
    return this.#webhook(
      'partialUpdate',
      '/v1/webhook/partial-order-update',
      JSON.stringify(payload),
      'application/json',
    );
  }

  /** Attaches a document to an order, e.g. the label as `PALLET_LABEL_EXTERNAL` (apis 2.11). */
  importDocument(document: {
    readonly orderId: string;
    readonly filename: string;
    readonly type: string;
    readonly name: string;
    readonly contentType: string;
    readonly bytes: Uint8Array;
  }): Promise<void> {
    if (document.bytes.length > this.#access.limits.document) {
      return Promise.reject(
        new CallError('refused', `the document is longer than ${this.#access.limits.document} bytes`),
      );
    }
    const names = this.#access.documentImport;
    const query = new URLSearchParams({
      filename: document.filename,
      [names.document_type]: document.type,
      [names.document_name]: document.name,
      [names.id]: document.orderId,
    });
    return this.#webhook(
      'importDocument',
      `/v1/webhook/document-import?${query.toString()}`,
      document.bytes,
      document.contentType,
    );
  }

  /** Its 200 may have any body (apis 2.10); errors in it are heard all the same. */
  stopStatusUpdate(...updates: readonly StopStatusUpdate[]): Promise<void> {
    return this.#webhook(
      'stopStatusUpdate',
      '/v1/webhook/subco-status-update',
      JSON.stringify({ updates }),
      'application/json',
    );
  }

  async #json(call: Omit<RestCall, 'limit'>): Promise<unknown> {
    const received = await this.#rest({ ...call, limit: this.#access.limits.json });
    const value = json(received);
    if (value === undefined)
      throw new CallError(call.effectful ? 'lost' : 'down', `Qargo answered ${call.name} with no JSON`, {
        status: received.status,
      });
    return value;
  }

  async #rest(call: RestCall): Promise<Received> {
    const first = await this.#tokens.get();
    const received = await this.#once(call, first);
    if (received.status !== 401) return this.#checked(received, call, first);
    await this.#tokens.refused(first);
    const second = await this.#tokens.get();
    return this.#checked(await this.#once(call, second), call, second);
  }

  async #once(call: RestCall, token: string): Promise<Received> {
    await this.#gate({ name: call.name });
    const headers = {
      authorization: `Bearer ${token}`,
      accept: call.accept ?? 'application/json',
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const { name, method, effectful, limit } = call;
    const body = call.body === undefined ? {} : { body: call.body };
    const url = new URL(call.path, this.#access.baseUrl);
    return send(
      { call: name, method, url, headers, effectful, limit, ...body },
      this.#access,
      this.#dispatcher,
      this.#signal,
    );
  }

  #checked(received: Received, call: RestCall, token: string): Received {
    if (taken(received)) return received;
    throw told(received, call.name, call.effectful, [token]);
  }

  async #webhook(call: string, path: string, body: string | Uint8Array, contentType: string): Promise<void> {
    const { user, password } = this.#access.webhook;
    const received = await send(
      {
        call,
        method: 'POST',
        url: new URL(path, this.#access.baseUrl),
        headers: { authorization: basic(user, password), 'content-type': contentType, accept: 'application/json' },
        body,
        effectful: true,
        limit: this.#access.limits.json,
      },
      this.#access,
      this.#dispatcher,
      this.#signal,
    );
    const secrets = [password, credentials(user, password)];
    if (!taken(received)) throw told(received, call, true, secrets);
    const value = received.bytes.length === 0 ? null : json(received);
    if (value === undefined && call !== 'stopStatusUpdate')
      throw new CallError('lost', `Qargo answered ${call} with no JSON`, { status: received.status });
    const errors = webhookErrors(call, value);
    if (errors !== null) throw silenced(errors, secrets);
  }
}

function taken(received: Received): boolean {
  return received.status >= 200 && received.status < 300;
}

function told(received: Received, call: string, effectful: boolean, secrets: readonly string[]): CallError {
  const answer = {
    call,
    status: received.status,
    retryAfter: header(received, 'retry-after'),
    body: json(received),
    effectful,
    now: Date.now(),
  };
  return silenced(refusal(answer), secrets);
}

/** Qargo's own words may hold what we sent: secrets are taken out of them. */
function silenced(error: CallError, secrets: readonly string[]): CallError {
  const clean = (text: string) =>
    secrets.filter((secret) => secret !== '').reduce((so, secret) => so.replaceAll(secret, '***'), text);
  return new CallError(error.retry, clean(error.message), {
    ...(error.until === undefined ? {} : { until: error.until }),
    ...(error.status === undefined ? {} : { status: error.status }),
    fields: error.fields.map(clean),
  });
}

function shaped<S extends z.ZodType>(schema: S, value: unknown, call: string, effectful: boolean): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.map(String).join('.'));
  throw new CallError(
    effectful ? 'lost' : 'down',
    `Qargo's answer to ${call} cannot be read at ${fields.join(', ') || 'its root'}`,
    {
      fields,
    },
  );
}

function json(received: Received): unknown {
  try {
    return parseJsonText(decodeText(received.bytes));
  } catch {
    return undefined;
  }
}

function header(received: Received, name: string): string | undefined {
  const value = received.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function credentials(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
}

function basic(user: string, password: string): string {
  return `Basic ${credentials(user, password)}`;
}
