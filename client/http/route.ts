/** Adds routes to the service. A request is checked before its handler sees it, and an error of the caller becomes a 4xx answer here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { charsetOf, decodeText } from '../../domain/facts/encoding.ts';
import { parseJsonText } from '../../domain/facts/json-text.ts';
import { cleanValue } from '../../domain/facts/text.ts';
import { OrganisationError, StaleVersion } from '../../store/organisations/organisations.ts';
import { AskedWrongly } from '../../store/postgres/pages.ts';
import { NoSuchThing } from '../../store/record/commands.ts';

/** A handler throws this to answer with the status `status`, 4xx. The fields of `more` stand beside `error` in the body of the answer. */
export class Refused extends Error {
  readonly status: number;
  readonly more: object;
  constructor(status: number, error: string, more: object = {}) {
    super(error);
    this.status = status;
    this.more = more;
  }
}

/** The schemas of the parts of a request that a route uses; its body is JSON. The handler does not get a part that has no schema. */
type Schemas = { readonly [Part in 'params' | 'query' | 'body']?: z.ZodType };

type Asked<S extends Schemas> = { readonly [Part in keyof S]: z.output<NonNullable<S[Part]>> } & {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/**
 * Adds a route; `at` is its method and path. A request that does not fit the schemas gets a 400 that names each wrong field. An error that
 * is not the caller's goes on to the service, which answers it.
 */
export function route<S extends Schemas>(
  app: FastifyInstance,
  at: `${'GET' | 'POST' | 'PUT'} /${string}`,
  schemas: S,
  answer: (asked: Asked<S>) => unknown,
): void {
  const [method = '', url = ''] = at.split(' ');
  const schema = z.object(schemas as z.ZodRawShape);
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      const { params, query } = request;
      const said = schema.safeParse({ params, query, body: schemas.body && parse(request) });
      if (!said.success) throw notUnderstood(said.error);
      return await answer({ ...(said.data as Asked<S>), request, reply });
    } catch (error) {
      const { status, message, more } = refusalOf(error);
      return reply.code(status).send({ error: message, ...more });
    }
  };
  app.route({ method, url, handler });
}

/** Parses a body as JSON; undefined if it is not JSON. Each text is cleaned, because it goes into the record and to Temporal. */
function parse({ body, headers }: FastifyRequest): unknown {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    return cleanValue(parseJsonText(decodeText(body, charsetOf(headers['content-type'] ?? ''))));
  } catch {
    return undefined;
  }
}

/** Returns the 400 that names each field that does not fit its schema, with the reason. */
function notUnderstood({ issues }: z.ZodError): Refused {
  const fields = issues.map(({ path, message }) => ({ field: path.slice(1).join('.') || 'body', reason: message }));
  return new Refused(400, 'the request is not understood', { fields });
}

/** Returns the answer to an error that is the caller's. Throws any other error again. */
function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof AskedWrongly) return new Refused(400, error.message);
  if (error instanceof NoSuchThing) return new Refused(404, error.message);
  if (error instanceof StaleVersion) return new Refused(409, error.message, { version: error.version });
  if (error instanceof OrganisationError)
    return new Refused(400, 'the organisation is not as it must be', { fields: error.fields });
  throw error;
}
