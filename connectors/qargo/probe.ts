/**
 * What a first contact may ask of Qargo: reads by name, and whether the webhook's credentials are taken, which shows only when an update
 * of nothing is posted. Nothing here can change anything. An answer of whatever status is data.
 */
import type { Dispatcher } from 'undici';
import { CallError, type Gate } from '../../domain/calls/error.ts';
import { decodeText } from '../../domain/facts/encoding.ts';
import { parseJsonText } from '../../domain/facts/json-text.ts';
import type { QargoAccess } from './config.ts';
import { send } from './http.ts';

/** All that may be asked, by path; `{id}` is an order's, a trip's or a document's. */
export const probePaths = {
  me: '/me',
  order: '/v1/orders/order/{id}',
  orderStatus: '/v1/orders/order/{id}/status',
  orderDocuments: '/v1/orders/order/{id}/documents',
  orderCharges: '/v1/orders/order/{id}/charges',
  orderExport: '/v1/orders/order/{id}/export',
  trip: '/v1/trips/trip/{id}',
  companies: '/v1/companies/company',
  download: '/v1/documents/document/{id}/download?direct=true',
} as const;
export type ProbePath = keyof typeof probePaths;

export interface QargoProbeAnswer {
  readonly path: ProbePath | 'webhook';
  readonly id: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** The body where it is JSON; undefined where it is not, or there is none. */
  readonly json: unknown;
  readonly contentType: string;
  readonly retryAfter: string | null;
}

export class QargoProbe {
  readonly #access: QargoAccess;
  readonly #gate: Gate;
  readonly #dispatcher: Dispatcher;
  readonly #token: () => Promise<string>;

  constructor(
    access: QargoAccess,
    setting: { readonly gate: Gate; readonly dispatcher: Dispatcher; readonly token: () => Promise<string> },
  ) {
    this.#access = access;
    this.#gate = setting.gate;
    this.#dispatcher = setting.dispatcher;
    this.#token = setting.token;
  }

  /**
   * One read.
   * @throws CallError `budget` where the gate gives no call, and what the token throws; RangeError for a path that is not on the list.
   */
  async read(path: ProbePath, id = ''): Promise<QargoProbeAnswer> {
    if (!Object.hasOwn(probePaths, path)) throw new RangeError(`a first contact does not read ${String(path)}`);
    const token = await this.#token();
    await this.#gate({ name: path });
    const url = new URL(probePaths[path].replace('{id}', encodeURIComponent(id)), this.#access.baseUrl);
    return this.#asked(path, id, {
      method: 'GET',
      url,
      headers: { authorization: `Bearer ${token}`, accept: path === 'download' ? '*/*' : 'application/json' },
    });
  }

  /** Whether the webhook's own credentials are taken: an update of nothing, which matches and changes nothing. */
  async webhookLogin(): Promise<QargoProbeAnswer> {
    await this.#gate({ name: 'webhook' });
    const { user, password } = this.#access.webhook;
    const basic = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
    return this.#asked('webhook', '', {
      method: 'POST',
      url: new URL('/v1/webhook/partial-order-update', this.#access.baseUrl),
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ updates: [] }),
    });
  }

  async #asked(
    path: QargoProbeAnswer['path'],
    id: string,
    sent: Pick<Parameters<typeof send>[0], 'method' | 'url' | 'headers' | 'body'>,
  ): Promise<QargoProbeAnswer> {
    try {
      const limit = path === 'download' ? this.#access.limits.document : this.#access.limits.json;
      const received = await send(
        { ...sent, call: path, effectful: false, limit },
        this.#access,
        this.#dispatcher,
        undefined,
      );
      return {
        path,
        id,
        status: received.status,
        json: path === 'download' ? undefined : parsed(received.bytes),
        contentType: String(received.headers['content-type'] ?? ''),
        retryAfter: received.headers['retry-after'] === undefined ? null : String(received.headers['retry-after']),
      };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      return { path, id, status: 0, json: undefined, contentType: '', retryAfter: null };
    }
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJsonText(decodeText(bytes));
  } catch {
    return undefined;
  }
}
