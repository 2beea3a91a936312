/** One route of the service: what is asked is checked before its handler sees it, and what cannot be done is answered here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cleanValue } from '../../domain/facts/text.ts';
import { OrganisationError, StaleVersion } from '../../store/organisations/organisations.ts';
import { AskedWrongly } from '../../store/postgres/pages.ts';
import { NoSuchThing } from '../../store/record/commands.ts';

/** What a handler, or what it calls, throws where it answers with a status of 4xx; `more` stands beside the error in the body. */
export class Refused extends Error {
  readonly status: number;
  readonly more: object;
  constructor(status: number, error: string, more: object = {}) {
    super(error);
    this.status = status;
    this.more = more;
  }
}

/** What a route looks at of a request; a body is JSON. What it leaves out its handler does not get. */
type Schemas = { readonly [Part in 'params' | 'query' | 'body']?: z.ZodType };

type Asked<S extends Schemas> = { readonly [Part in keyof S]: z.output<NonNullable<S[Part]>> } & {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** Adds a route: `at` is its method and path. 400 names each field that is not as its schema has it; what else is thrown is the service's. */
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
      const said = schema.safeParse({ params, query, body: schemas.body && parse(request.body) });
      if (!said.success) throw notUnderstood(said.error);
      return await answer({ ...(said.data as Asked<S>), request, reply });
    } catch (error) {
      const { status, message, more } = refusalOf(error);
      return reply.code(status).send({ error: message, ...more });
    }
  };
  app.route({ method, url, handler });
}

/** The JSON of a body, every text in it clean; undefined where it is none. What a person says goes into the record and to Temporal. */
function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    return cleanValue(JSON.parse(new TextDecoder().decode(body)) as unknown);
  } catch {
    return undefined;
  }
}

function notUnderstood({ issues }: z.ZodError): Refused {
  const fields = issues.map(({ path, message }) => ({ field: path.slice(1).join('.') || 'body', reason: message }));
  return new Refused(400, 'the request is not understood', { fields });
}

/** What is answered to an error; one that says nothing about the request is thrown again. */
function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof AskedWrongly) return new Refused(400, error.message);
  if (error instanceof NoSuchThing) return new Refused(404, error.message);
  if (error instanceof StaleVersion) return new Refused(409, error.message, { version: error.version });
  if (error instanceof OrganisationError)
    return new Refused(400, 'the organisation is not as it must be', { fields: error.fields });
  throw error;
}
