/** What surrounds every call of Qargo's API: who calls, faults, credentials, limits, the answer, and the log of calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, cutAfter, type Whole } from '../server/cut.ts';
import type { Strike } from '../server/faults.ts';
import { reshaped } from '../server/shapes.ts';
import { basicOf, tenantOfToken, whoIs } from './auth.ts';
import { flat, forbidden, Refusal, tooMany, unauthorised } from './errors.ts';
import { rewriteInstants } from './instants.ts';
import type { Limit } from './limits.ts';
import type { CallEntry, Twin } from './twin.ts';

export interface Call {
  organisation: string;
  request: FastifyRequest;
  /** The raw body; empty when there is none. */
  body: Buffer;
  path: (name: string) => string | undefined;
  query: (name: string) => string | undefined;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Bytes go as they are, anything else as JSON. */
  body: unknown;
}

export interface CallDefinition {
  http: 'GET' | 'POST';
  url: string;
  /** Name in the log of calls and in `match.method` of a fault. */
  method: string;
  class: CallEntry['class'];
  /** What this call is about, for a fault that strikes only such: `match.method` `upload:CREATE`. */
  detail?: (call: Pick<Call, 'body' | 'query'>) => string | null;
  handle: (call: Call) => Answer | Promise<Answer>;
}

const REVOKED_AFTER_MS = 300_000;

function one(source: unknown, name: string): string | undefined {
  const value: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The tenant, before anything is refused: faults are matched by it. */
function tenantOf(twin: Twin, definition: CallDefinition, header: string | undefined): string | null {
  const revokedAfterMs = twin.plays('63b') ? REVOKED_AFTER_MS / twin.options.pace : undefined;
  if (definition.class === 'rest') return tenantOfToken(twin.state, header, Date.now(), revokedAfterMs);
  const basic = basicOf(header);
  return basic === null ? null : (whoIs(twin.state, basic)?.organisation ?? null);
}

/** Credentials of a client get tokens, those of a webhook open webhooks; neither does the other's (apis 2.2). */
function authorise(twin: Twin, definition: CallDefinition, header: string | undefined): string {
  const tenant = tenantOf(twin, definition, header);
  if (tenant === null) throw unauthorised(definition.class === 'rest' ? 'Bearer' : 'Basic');
  const basic = definition.class === 'rest' ? null : basicOf(header);
  if (basic !== null && whoIs(twin.state, basic)?.kind !== (definition.class === 'webhook' ? 'webhook' : 'client'))
    throw forbidden();
  return tenant;
}

function limit(twin: Twin, definition: CallDefinition, tenant: string): void {
  if (definition.class === 'webhook' && !twin.plays('62c')) return;
  const wait = (definition.class === 'token' ? tokenLimit(twin) : restLimit(twin)).take(tenant, Date.now());
  if (wait === null) return;
  if (twin.plays('62d')) throw tooMany(null);
  throw tooMany(twin.plays('62e') ? AN_HOUR : wait);
}

const AN_HOUR = 3_600;

function tokenLimit(twin: Twin): Limit {
  return twin.plays('63c') ? twin.sharedTokenLimit : twin.tokenLimit;
}

function restLimit(twin: Twin): Limit {
  if (twin.plays('62b')) return twin.lowRestLimit;
  return twin.plays('62a') ? twin.sharedRestLimit : twin.restLimit;
}

type Asked = Omit<Call, 'organisation'>;

function askedOf(request: FastifyRequest): Asked {
  return {
    request,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    path: (name) => one(request.params, name),
    query: (name) => one(request.query, name),
  };
}

/** Bodies of 401 and 403 are not described; a 400 had another shape before July 2026 (flips of assumption 98). */
function refusalOnWire(twin: Twin, { status, headers, body }: Refusal): Answer {
  if ((status === 401 || status === 403) && twin.plays('98b')) return { status, headers, body: Buffer.alloc(0) };
  if (status === 400 && twin.plays('98a')) return { status, headers, body: flat(body) };
  return { status, headers, body };
}

/** Refusals as answers, anything else as 500. */
async function orRefusal(
  twin: Twin,
  definition: CallDefinition,
  work: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return refusalOnWire(twin, error);
    process.stderr.write(`${definition.method}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return { status: 500, body: { message: 'Internal Server Error' } };
  }
}

/** Who may call is decided when the call comes, also where it acts late. */
function admitted(twin: Twin, definition: CallDefinition, asked: Asked): () => Promise<Answer> {
  try {
    const organisation = authorise(twin, definition, asked.request.headers.authorization);
    limit(twin, definition, organisation);
    return () =>
      orRefusal(twin, definition, async () => {
        const call = { organisation, ...asked };
        return inShape(twin, definition.method, await definition.handle(call));
      });
  } catch (error) {
    return () =>
      orRefusal(twin, definition, () => {
        throw error;
      });
  }
}

/** An answer as a first contact saw it; one that it saw refused is refused. */
function inShape(twin: Twin, method: string, given: Answer): Answer {
  const shape = twin.options.shapes?.qargo[method === 'charges' ? 'orderCharges' : method];
  if (shape === undefined || (given.status ?? 200) >= 300) return given;
  if (shape.status === 401 || shape.status === 403)
    throw new Refusal(shape.status, { message: 'as a first contact saw it' });
  if (Buffer.isBuffer(given.body) || shape.body === null || given.body === null) return given;
  return { ...given, body: reshaped(given.body, shape.body) };
}

function whole(twin: Twin, result: Answer): Whole {
  const { body } = result;
  const status = result.status ?? 200;
  if (Buffer.isBuffer(body))
    return { status, headers: { 'content-type': 'application/octet-stream', ...result.headers }, bytes: body };
  const headers = { ...result.headers, 'content-type': 'application/json' };
  const json = rewriteInstants((flip) => twin.plays(flip), JSON.stringify(body ?? null));
  return { status, headers, bytes: Buffer.from(json) };
}

async function refuse(reply: FastifyReply, status: number, body: string | null): Promise<FastifyReply> {
  reply.code(status).type('application/json');
  if (status === 429) reply.header('retry-after', '1');
  return reply.send(body ?? JSON.stringify({ message: 'fault' }));
}

export function serveCall(app: FastifyInstance, twin: Twin, definition: CallDefinition): void {
  const { method } = definition;
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const at = Date.now();
    const organisation = tenantOf(twin, definition, request.headers.authorization);
    const log = (status: number) => twin.logCall({ at, organisation, method, class: definition.class, status });
    const asked = askedOf(request);
    const strike: Strike = twin.faults.take({ method, organisation, detail: definition.detail?.(asked) ?? null });
    if (strike.delayMs > 0) await sleep(strike.delayMs);
    if (strike.silence || strike.ban) {
      log(0);
      return reply.hijack();
    }
    if (strike.status !== null) {
      log(strike.status);
      return refuse(reply, strike.status, strike.body);
    }
    if (strike.drop === 'before') {
      log(0);
      return cut(reply);
    }
    const act = admitted(twin, definition, asked);
    if (strike.late !== null) {
      log(0);
      twin.late.after(strike.late, act);
      return cut(reply);
    }
    const answer = whole(twin, await act());
    if (strike.answerLate > 0) await sleep(strike.answerLate);
    const { drop, truncate } = strike;
    log(drop === null && truncate === null ? answer.status : 0);
    if (drop === 'after') return cut(reply);
    if (drop === 'answer') return cutAfter(reply, answer, Math.floor(answer.bytes.length / 2));
    if (truncate !== null) return cutAfter(reply, answer, truncate);
    return reply.code(answer.status).headers(answer.headers).send(answer.bytes);
  };
  app.route({ method: definition.http, url: definition.url, handler: serve });
}
