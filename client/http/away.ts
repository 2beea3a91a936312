/** What is answered while the record is away: 503, and when to ask again. All else that nobody foresaw is our fault: 500. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isMomentary, isStoreOutage } from '../../store/postgres/outage.ts';

/** Whether asking again in a moment may well help: the record is away, or has too much to do just now. */
export const isAway = (error: unknown): boolean => isStoreOutage(error) || isMomentary(error);

export function storeAway(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('retry-after', '10').send({ error: 'the store is away; send it again' });
}

/** Of every route of the service: what a route throws is answered so; 4xx of Fastify's own stay as they are. */
export function answerAway(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (!isAway(error)) return reply.send(error);
    request.log.warn({ err: error }, 'the store is away');
    return storeAway(reply);
  });
}
