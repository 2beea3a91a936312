/** Calls of the control API of a twin. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';

const CALL_TIMEOUT_MS = 30_000;
/** A twin that is being started again is waited for this long. */
const DOWN_AT_MOST_MS = 60_000;

/** The twin said no. */
export class Refused extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body.slice(0, 300)}`);
    this.status = status;
  }
}

/** Nothing was sent, so the call can be made again whatever it does. */
function neverConnected(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ECONNREFUSED' || error.code === 'UND_ERR_CONNECT_TIMEOUT')
  );
}

export class Control {
  readonly #base: string;
  readonly #agent = new Agent({ connections: 32, keepAliveTimeout: 30_000 });

  constructor(base: string) {
    this.#base = base.replace(/\/+$/, '');
  }

  /** @throws Refused when the answer is not 2xx; a ZodError when it is not what the contract says. */
  async call<T>(schema: z.ZodType<T>, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
    const until = Date.now() + DOWN_AT_MOST_MS;
    for (;;) {
      try {
        return schema.parse(await this.#once(method, path, body));
      } catch (error) {
        if (!neverConnected(error) || Date.now() > until) throw error;
        await sleep(250);
      }
    }
  }

  post<T>(schema: z.ZodType<T>, path: string, body: unknown): Promise<T> {
    return this.call(schema, 'POST', path, body);
  }

  get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    return this.call(schema, 'GET', path);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #once(method: 'GET' | 'POST' | 'PUT', path: string, body: unknown): Promise<unknown> {
    const answer = await request(`${this.#base}${path}`, {
      method,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw new Refused(`${method} ${path}`, answer.statusCode, text);
    return text === '' ? {} : (JSON.parse(text) as unknown);
  }
}

/** An answer of which nothing is used. */
export const anything = z.unknown();
