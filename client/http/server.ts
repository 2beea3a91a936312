/**
 * The HTTP service: the doors for both counterparts' pushes, and the operations API.
 *
 * A push is authenticated, limited, written to the journal, and only then answered 2xx; it never waits for Temporal. 4xx is for
 * what is not let in, 503 with Retry-After while the store is away.
 */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Installation } from '../../store/organisations/installation.ts';
import { awaitAnswer } from '../../store/postgres/database.ts';
import { answerAway } from './away.ts';
import type { OperationsDeps } from './deps.ts';
import { exceptionFeed } from './exceptions.ts';
import { operations } from './operations.ts';
import { pushReceivers } from './receivers.ts';

export interface ServiceOptions extends Omit<OperationsDeps, 'installation'> {
  readonly installation: Installation;
  readonly log: Logger;
  /** Required for /operations where the service is not bound to loopback. */
  readonly operationsToken: string | undefined;
}

/** Largest push that is let in, bytes. */
const pushBytes = 16 * 1024 * 1024;

export function buildService(options: ServiceOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: pushBytes,
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
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
