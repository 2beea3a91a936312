/** The two hosts of Palletways on one port: `/` is api.palletways.com, `/api/` is portal.palletways.com/api. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, cutAfter } from '../server/cut.ts';
import type { Faults } from '../server/faults.ts';
import type { Late } from '../server/late.ts';
import { reshaped } from '../server/shapes.ts';
import { type Answer, type Call, type Context, type Host, hiddenAnswer, PROSE } from './answer.ts';
import type { CallLog } from './calls.ts';
import { methodOf } from './catalogue.ts';
import { AnswerWriter, type Format } from './encode.ts';
import type { Limits } from './limit.ts';
import type { Organisation } from './organisation.ts';
import { first, type Value } from './tree.ts';
import type { World } from './world.ts';
import { page, type Written, write } from './written.ts';

export interface HttpParts {
  context: Context;
  faults: Faults;
  late: Late;
  limits: Limits;
  calls: CallLog;
}

interface Asked {
  host: Host;
  method: string;
  args: string[];
  params: ReadonlyMap<string, string>;
  /** Of the address, characters. */
  length: number;
}

/** Flip 18b. */
const LONGEST_ADDRESS = 8_000;
/** F PW-WOO: api.palletways.com sets one; callers ignore it. */
const COOKIE = 'PORTAL=sandbox; path=/';

export function serveApi(app: FastifyInstance, parts: HttpParts): void {
  const writer = new AnswerWriter();
  const { world } = parts.context;
  app.route({
    method: ['GET', 'POST'],
    url: '/*',
    handler: async (request, reply) => {
      const asked = await askedOf(request, world);
      const organisation = world.ofKey(asked.params.get('apikey') ?? '');
      const { method, args } = asked;
      const log = (status: number) =>
        parts.calls.add({ organisation: organisation?.name ?? null, method, about: args[0] ?? null, status });
      const limit = parts.limits.of(countOf(world, asked));
      const strike = limit.admit(Date.now(), world.plays('32d'))
        ? parts.faults.take({ method: asked.method, organisation: organisation?.name ?? null })
        : null;
      if (strike?.ban) limit.ban(Date.now());
      if (strike === null || strike.ban) return banned(world, reply, log);
      if (strike.silence) {
        log(0);
        return reply.hijack();
      }
      if (strike.delayMs > 0) await sleep(strike.delayMs);
      const act = () => answer(asked, organisation, parts.context);
      if (strike.late !== null || strike.drop === 'before') {
        log(0);
        if (strike.late !== null) parts.late.after(strike.late, act);
        return cut(reply);
      }
      const written: Written =
        strike.status === null
          ? await writtenOf(world, writer, asked, act)
          : { status: strike.status, contentType: 'text/html; charset=utf-8', body: strike.body ?? '' };
      if (strike.answerLate > 0) await sleep(strike.answerLate);
      const { drop, truncate } = strike;
      log(drop === null && truncate === null ? written.status : 0);
      if (drop === 'after') return cut(reply);
      const bytes = Buffer.from(written.body);
      const whole = { status: written.status, headers: { 'content-type': written.contentType }, bytes };
      if (drop === 'answer') return cutAfter(reply, whole, Math.floor(bytes.length / 2));
      if (truncate !== null) return cutAfter(reply, whole, truncate);
      if (world.isPublished && asked.host === 'api') reply.header('set-cookie', COOKIE);
      return reply.code(written.status).header('content-type', written.contentType).send(bytes);
    },
  });
}

/** Calls under one name are counted together (32). */
function countOf(world: World, asked: Asked): string {
  if (world.plays('32b')) return asked.host;
  return world.plays('32e') ? `key ${asked.params.get('apikey') ?? ''}` : 'all';
}

/** A ban says nothing: the connection stays open until the caller gives up (F PW-DOC25). How it is otherwise: 32. */
function banned(world: World, reply: FastifyReply, log: (status: number) => void): FastifyReply {
  if (world.plays('32a')) {
    log(429);
    const { status, contentType, body } = page(429, 'Too Many Requests');
    return reply.code(status).header('content-type', contentType).send(body);
  }
  log(0);
  if (world.plays('32c')) reply.raw.socket?.resetAndDestroy();
  return reply.hijack();
}

async function writtenOf(
  world: World,
  writer: AnswerWriter,
  asked: Asked,
  act: () => Promise<Answer>,
): Promise<Written> {
  if (asked.length > LONGEST_ADDRESS && world.plays('18b')) return page(414, 'Request-URI Too Long');
  return write(world, writer, formatOf(asked), await act());
}

async function answer(asked: Asked, organisation: Organisation | null, context: Context): Promise<Answer> {
  const shape = shapeOf(context.world, asked.method);
  const outcome = shape?.hosts[asked.host];
  const isElsewhere = outcome === 'refused' || outcome === 'away';
  const method = isElsewhere ? null : methodOf(asked.host, asked.method, context.world, outcome !== undefined);
  if (method === null) return { prose: PROSE.noMethod };
  if (!asked.params.get('apikey')) return { prose: PROSE.noKey };
  if (organisation === null) return { prose: PROSE.wrongKey };
  const call: Call = { organisation, args: asked.args, params: asked.params, format: formatOf(asked), now: Date.now() };
  const hidden = method.of?.(call, context)?.hidden ?? null;
  return hidden === null ? inShape(await method.run(call, context), shape?.row) : hiddenAnswer(hidden);
}

function shapeOf({ shapes }: World, method: string): World['shapes'][string] | undefined {
  return Object.entries(shapes).find(([name]) => name.toLowerCase() === method.toLowerCase())?.[1];
}

/** Rows as a first contact saw them. */
function inShape(given: Answer, shape: unknown): Answer {
  if (!('document' in given) || typeof shape !== 'object' || shape === null) return given;
  const { Data: data } = first(given.document, 'Detail');
  if (data === undefined || data === '') return given;
  return { ...given, document: { ...given.document, Detail: { Data: reshaped(data, shape) as Value } } };
}

/** Both spellings occur (apis 1.1). The default is not public: XML, JSON on the portal (assumed). */
function formatOf(asked: Asked): Format {
  const format = (asked.params.get('outputformat') ?? asked.params.get('output') ?? '').toLowerCase();
  if (format === 'json' || format === 'xml') return format;
  return asked.host === 'portal' ? 'json' : 'xml';
}

/**
 * Parameters count in the query; `data` may stand in a form body or a multipart one as well (apis 1.4). In the former
 * character every parameter may. A raw body is not looked at. Other readings: 18.
 */
async function askedOf(request: FastifyRequest, world: World): Promise<Asked> {
  const url = new URL(request.url, 'http://twin');
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  const portal = segments[0]?.toLowerCase() === 'api';
  const [method = '', ...args] = portal ? segments.slice(1) : segments;
  const params = new Map<string, string>();
  for (const [name, value] of url.searchParams) params.set(name.toLowerCase(), value);
  for (const [name, value] of await bodyParams(request, world))
    if (countsInBody(world, name.toLowerCase())) params.set(name.toLowerCase(), value);
  return { host: portal ? 'portal' : 'api', method, args, params, length: request.url.length };
}

function countsInBody(world: World, name: string): boolean {
  if (name === 'data' || world.plays('18d')) return true;
  if (world.plays('18a')) return name !== 'commit';
  return !world.isPublished;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function bodyParams(request: FastifyRequest, world: World): Promise<[string, string][]> {
  const type = request.headers['content-type'] ?? '';
  if (!Buffer.isBuffer(request.body)) return [];
  if (/^application\/x-www-form-urlencoded/i.test(type))
    return world.plays('18c') ? [] : [...new URLSearchParams(request.body.toString('utf8'))];
  if (!/^multipart\/form-data/i.test(type)) return [];
  const fields: [string, string][] = [];
  try {
    const form = await new Response(new Uint8Array(request.body), { headers: { 'content-type': type } }).formData();
    for (const [name, value] of form) fields.push([name, typeof value === 'string' ? value : await value.text()]);
  } catch {
    return []; // a broken multipart body carries nothing
  }
  return fields;
}
