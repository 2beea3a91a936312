/** Proofs that match nothing, for the people who know whose they are. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findByReference } from '../../store/record/consignments.ts';
import { assignPod, listUnmatched } from '../../store/views/unmatched.ts';
import type { OperationsDeps } from './deps.ts';
import { answerPage, paging, rowNumber, who } from './request.ts';
import { Refused, route } from './route.ts';

const params = z.object({ seq: rowNumber });
const assignment = who.extend({
  organisation: z.string().optional(),
  consignments: z.array(z.string().min(1).max(100)).min(1).max(50),
  move: z.boolean().default(false),
});

/** Adds the list of proofs that belong to nobody, and the route by which a person gives one away. */
export function unmatchedRoutes(app: FastifyInstance, { installation: { db }, stored }: OperationsDeps): void {
  route(app, 'GET /operations/unmatched', { query: paging }, ({ query, reply }) =>
    answerPage(reply, listUnmatched(db, query)),
  );

  route(app, 'POST /operations/unmatched/:seq/assign', { params, body: assignment }, async ({ params, body }) => {
    const { consignments, organisation, ...more } = body;
    const to: string[] = [];
    for (const reference of consignments) {
      const [row, other] = await findByReference(db, reference, organisation);
      if (row === undefined || other !== undefined)
        throw new Refused(404, `no single consignment is known as ${reference}`);
      to.push(row.id);
    }
    const done = await assignPod(db, params.seq, { ...more, to });
    if (done === null) throw new Refused(404, 'no such proof in that organisation');
    stored();
    return done;
  });
}
