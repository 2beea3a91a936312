/**
 * The HTTP service: the doors for both counterparts' pushes, and the operations API.
 *
 * A push is authenticated, limited, written to the journal, and only then answered 2xx; it never waits for Temporal. 4xx is for
 * what is not let in, 503 with Retry-After while the store is away.
 */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { charsetOf } from '../../domain/facts/encoding.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { awaitAnswer } from '../../store/postgres/database.ts';
import { answerAway } from './away.ts';
import type { OperationsDeps } from './deps.ts';
import { exceptionFeed } from './exceptions.ts';
import { operations } from './operations.ts';
import { pushReceivers } from './receivers.ts';
import { unpack } from './unpack.ts';

export interface ServiceOptions extends Omit<OperationsDeps, 'installation'> {
  readonly installation: Installation;
  readonly log: Logger;
  /** Required for /operations where the service is not bound to loopback. */
  readonly operationsToken: string | undefined;
}

/** Matches a content type that is well formed as far as its parameters, as Fastify takes it (RFC 9110, 8.3.1). */
const mediaType = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;

/** Of a content type that is none its charset alone is kept. */
function typeOfUnknown(said: string): string {
  const charset = charsetOf(said);
  return `application/octet-stream${charset === undefined ? '' : `; charset=${charset}`}`;
}

/** Largest push that is let in, bytes. */
const pushBytes = 16 * 1024 * 1024;

export function buildService(options: ServiceOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: pushBytes,
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer) =>
    unpack(body, request.headers['content-encoding'], pushBytes),
  );
  // A content type that is none is no reason to refuse a body: what it is, its bytes say.
  app.addHook('onRequest', async ({ raw: { headers } }) => {
    const said = headers['content-type'];
    if (said !== undefined && !mediaType.test(said)) headers['content-type'] = typeOfUnknown(said);
  });
  answerAway(app);
  app.get('/livez', () => ({ ok: true }));
  app.get('/health', () => ({ ok: true }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await awaitAnswer(options.installation.db);
      return { ok: true };
    } catch {
      return reply.code(503).send({ ok: false, cause: 'the store does not answer' });
    }
  });
  app.register(pushReceivers(options));
  app.register(exceptionFeed(options));
  app.register(operations(options));
  return app;
}
