/** News that fits nothing yet: what there is, and one of it tried again. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parkedFacts, tryParkedAgain } from '../../store/intake/parked.ts';
import type { OperationsDeps } from './deps.ts';
import { answerPage, paging, rowNumber } from './request.ts';
import { Refused, route } from './route.ts';

const params = z.object({ seq: rowNumber });

/** Adds the list of what is parked, and the route by which one of it is tried again. */
export function parkedRoutes(app: FastifyInstance, { installation: { db }, stored }: OperationsDeps): void {
  route(app, 'GET /operations/parked', { query: paging }, ({ query, reply }) =>
    answerPage(reply, parkedFacts(db, query)),
  );

  route(app, 'POST /operations/parked/:seq/retry', { params }, async ({ params: { seq } }) => {
    const state = await tryParkedAgain(db, seq);
    if (state === null) throw new Refused(404, 'no such fact is parked');
    if (state === 'new') stored();
    return { seq, state };
  });
}
