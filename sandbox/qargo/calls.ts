/** What surrounds every call of Qargo's API: who calls, faults, credentials, limits, the answer, and the log of calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FaultAction } from '../server/faults.ts';
import { basicOf, tenantOfToken, whoIs } from './auth.ts';
import { forbidden, Refusal, tooMany, unauthorised } from './errors.ts';
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
  handle: (call: Call) => Answer | Promise<Answer>;
}

function one(source: unknown, name: string): string | undefined {
  const value: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The tenant, before anything is refused: faults are matched by it. */
function tenantOf(twin: Twin, definition: CallDefinition, header: string | undefined): string | null {
  if (definition.class === 'rest') return tenantOfToken(twin.state, header, Date.now());
  const basic = basicOf(header);
  return basic === null ? null : (whoIs(twin.state, basic)?.organisation ?? null);
}

/** Credentials of a client get tokens, those of a webhook open webhooks; neither does the other's (apis 2.2). */
function authorise(twin: Twin, definition: CallDefinition, header: string | undefined): string {
  const tenant = tenantOf(twin, definition, header);
  if (tenant === null) throw unauthorised(definition.class === 'rest' ? 'Bearer' : 'Basic');
  const basic = definition.class === 'rest' ? null : basicOf(header);
  if (basic !== null && whoIs(twin.state, basic)?.kind !== (definition.class === 'webhook' ? 'webhook' : 'client')) throw forbidden();
  return tenant;
}

function limit(twin: Twin, definition: CallDefinition, tenant: string): void {
  if (definition.class === 'webhook') return;
  const wait = (definition.class === 'token' ? twin.tokenLimit : twin.restLimit).take(tenant, Date.now());
  if (wait !== null) throw tooMany(wait);
}

async function answer(twin: Twin, definition: CallDefinition, request: FastifyRequest): Promise<Answer> {
  try {
    const organisation = authorise(twin, definition, request.headers.authorization);
    limit(twin, definition, organisation);
    return await definition.handle({
      organisation,
      request,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      path: (name) => one(request.params, name),
      query: (name) => one(request.query, name),
    });
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, headers: error.headers, body: error.body };
    process.stderr.write(`${definition.method}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return { status: 500, body: { message: 'Internal Server Error' } };
  }
}

function encode(result: Answer): { type: string; bytes: Buffer } {
  if (Buffer.isBuffer(result.body)) return { type: result.headers?.['content-type'] ?? 'application/octet-stream', bytes: result.body };
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(result.body ?? null)) };
}

/** Cuts the connection, after half of the answer where one is given. */
function cut(reply: FastifyReply, result: Answer | null): void {
  reply.hijack();
  const socket = reply.raw.socket;
  if (result === null) {
    socket?.destroy();
    return;
  }
  const { type, bytes } = encode(result);
  reply.raw.writeHead(result.status ?? 200, { 'content-type': type, 'content-length': bytes.length });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => socket?.destroy());
}

/** What strikes before the effect: true when the call is over. */
async function struckBefore(actions: FaultAction[], reply: FastifyReply, log: (status: number) => void): Promise<boolean> {
  for (const action of actions) {
    if ('delayMs' in action) await sleep(action.delayMs);
    if ('silence' in action) {
      log(0);
      reply.hijack();
      return true;
    }
    if ('drop' in action && action.drop === 'before') {
      log(0);
      cut(reply, null);
      return true;
    }
    if ('status' in action) {
      log(action.status);
      reply.code(action.status).type('application/json');
      if (action.status === 429) reply.header('retry-after', '1');
      await reply.send(action.body ?? JSON.stringify({ message: 'fault' }));
      return true;
    }
  }
  return false;
}

export function serveCall(app: FastifyInstance, twin: Twin, definition: CallDefinition): void {
  app.route({
    method: definition.http,
    url: definition.url,
    handler: async (request, reply) => {
      const at = Date.now();
      const organisation = tenantOf(twin, definition, request.headers.authorization);
      const log = (status: number) => twin.logCall({ at, organisation, method: definition.method, class: definition.class, status });
      const actions = twin.faults.take({ method: definition.method, organisation });
      if (await struckBefore(actions, reply, log)) return reply;
      const result = await answer(twin, definition, request);
      log(result.status ?? 200);
      for (const action of actions) {
        if (!('drop' in action)) continue;
        cut(reply, action.drop === 'answer' ? result : null);
        return reply;
      }
      const { type, bytes } = encode(result);
      return reply
        .code(result.status ?? 200)
        .headers(result.headers ?? {})
        .type(type)
        .send(bytes);
    },
  });
}
