/** The two hosts of Palletways on one port: `/` is api.palletways.com, `/api/` is portal.palletways.com/api. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FaultAction, Faults } from '../server/faults.ts';
import { type Answer, type Call, type Context, type Host, PROSE } from './answer.ts';
import type { CallLog } from './calls.ts';
import { methodOf } from './catalogue.ts';
import { AnswerWriter, type Format } from './encode.ts';
import type { Limit } from './limit.ts';
import type { Organisation } from './organisation.ts';

export interface HttpParts {
  context: Context;
  faults: Faults;
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
      const log = (status: number) => parts.calls.add({ organisation: organisation?.name ?? null, method: asked.method, status });
      const actions = parts.limit.admit(Date.now())
        ? parts.faults.take({ method: asked.method, organisation: organisation?.name ?? null })
        : null;
      if (actions?.some((action) => 'ban' in action)) parts.limit.ban(Date.now());
      // A ban says nothing: the connection stays open until the caller gives up (F PW-DOC25).
      if (actions === null || actions.some((action) => 'ban' in action || 'silence' in action)) {
        log(0);
        return reply.hijack();
      }
      await pause(actions);
      const drop = actions.find((action) => 'drop' in action)?.drop;
      if (drop === 'before') {
        log(0);
        return cut(reply);
      }
      const forced = actions.find((action) => 'status' in action);
      const written: Written =
        forced === undefined
          ? write(writer, formatOf(asked), await answer(asked, organisation, parts.context))
          : { status: forced.status, contentType: 'text/html; charset=utf-8', body: forced.body ?? '' };
      log(drop === undefined ? written.status : 0);
      if (drop === 'after') return cut(reply);
      if (drop === 'answer') return cutHalfway(reply, written);
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
  return method.run(call, context);
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

async function pause(actions: FaultAction[]): Promise<void> {
  for (const action of actions) {
    if ('delayMs' in action) await new Promise((resolve) => setTimeout(resolve, action.delayMs));
  }
}

function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}

function cutHalfway(reply: FastifyReply, written: Written): FastifyReply {
  reply.hijack();
  const bytes = Buffer.from(written.body);
  reply.raw.writeHead(written.status, { 'content-type': written.contentType, 'content-length': bytes.length });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reply.raw.destroy());
  return reply;
}
