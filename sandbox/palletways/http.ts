/** The two hosts of Palletways on one port: `/` is api.palletways.com, `/api/` is portal.palletways.com/api. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cut, cutAfter } from '../server/cut.ts';
import type { Faults } from '../server/faults.ts';
import type { Late } from '../server/late.ts';
import { type Answer, type Call, type Context, type Host, hiddenAnswer, PROSE } from './answer.ts';
import type { CallLog } from './calls.ts';
import { methodOf } from './catalogue.ts';
import { AnswerWriter, type Format } from './encode.ts';
import type { Limit } from './limit.ts';
import type { Organisation } from './organisation.ts';

export interface HttpParts {
  context: Context;
  faults: Faults;
  late: Late;
  limit: Limit;
  calls: CallLog;
}

interface Written {
  status: number;
  contentType: string;
  body: string | Uint8Array;
}

interface Asked {
  host: Host;
  method: string;
  args: string[];
  params: ReadonlyMap<string, string>;
}

export function serveApi(app: FastifyInstance, parts: HttpParts): void {
  const writer = new AnswerWriter();
  app.route({
    method: ['GET', 'POST'],
    url: '/*',
    handler: async (request, reply) => {
      const asked = await askedOf(request);
      const organisation = parts.context.world.ofKey(asked.params.get('apikey') ?? '');
      const { method, args } = asked;
      const log = (status: number) =>
        parts.calls.add({ organisation: organisation?.name ?? null, method, about: args[0] ?? null, status });
      const strike = parts.limit.admit(Date.now())
        ? parts.faults.take({ method: asked.method, organisation: organisation?.name ?? null })
        : null;
      if (strike?.ban) parts.limit.ban(Date.now());
      // A ban says nothing: the connection stays open until the caller gives up (F PW-DOC25).
      if (strike === null || strike.ban || strike.silence) {
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
          ? write(writer, formatOf(asked), await act())
          : { status: strike.status, contentType: 'text/html; charset=utf-8', body: strike.body ?? '' };
      if (strike.answerLate > 0) await sleep(strike.answerLate);
      const { drop, truncate } = strike;
      log(drop === null && truncate === null ? written.status : 0);
      if (drop === 'after') return cut(reply);
      const bytes = Buffer.from(written.body);
      const whole = { status: written.status, headers: { 'content-type': written.contentType }, bytes };
      if (drop === 'answer') return cutAfter(reply, whole, Math.floor(bytes.length / 2));
      if (truncate !== null) return cutAfter(reply, whole, truncate);
      return reply.code(written.status).header('content-type', written.contentType).send(written.body);
    },
  });
}

async function answer(asked: Asked, organisation: Organisation | null, context: Context): Promise<Answer> {
  const method = methodOf(asked.host, asked.method);
  if (method === null) return { prose: PROSE.noMethod };
  if (!asked.params.get('apikey')) return { prose: PROSE.noKey };
  if (organisation === null) return { prose: PROSE.wrongKey };
  const call: Call = { organisation, args: asked.args, params: asked.params, format: formatOf(asked), now: Date.now() };
  const hidden = method.of?.(call, context)?.hidden ?? null;
  return hidden === null ? method.run(call, context) : hiddenAnswer(hidden);
}

/** Both spellings occur (apis 1.1). The default is not public: XML, JSON on the portal (assumed). */
function formatOf(asked: Asked): Format {
  const format = (asked.params.get('outputformat') ?? asked.params.get('output') ?? '').toLowerCase();
  if (format === 'json' || format === 'xml') return format;
  return asked.host === 'portal' ? 'json' : 'xml';
}

/** Everything is answered with 200; errors are sentences in HTML clothes (F PW-DOC25, PW-ODOO-A/B). */
function write(writer: AnswerWriter, format: Format, given: Answer): Written {
  if ('pdf' in given) return { status: 200, contentType: 'application/pdf', body: given.pdf };
  if ('prose' in given) return { status: 200, contentType: 'text/html; charset=utf-8', body: given.prose };
  return { status: 200, ...writer.write(format, given.document) };
}

/** Parameters come in the query, a form body or multipart; a raw body is not looked at (apis 1.4). */
async function askedOf(request: FastifyRequest): Promise<Asked> {
  const url = new URL(request.url, 'http://twin');
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  const portal = segments[0]?.toLowerCase() === 'api';
  const [method = '', ...args] = portal ? segments.slice(1) : segments;
  const params = new Map<string, string>();
  for (const [name, value] of url.searchParams) params.set(name.toLowerCase(), value);
  for (const [name, value] of await bodyParams(request)) params.set(name.toLowerCase(), value);
  return { host: portal ? 'portal' : 'api', method, args, params };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function bodyParams(request: FastifyRequest): Promise<[string, string][]> {
  const type = request.headers['content-type'] ?? '';
  if (!Buffer.isBuffer(request.body)) return [];
  if (/^application\/x-www-form-urlencoded/i.test(type)) return [...new URLSearchParams(request.body.toString('utf8'))];
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
