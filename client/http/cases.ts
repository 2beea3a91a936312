/** Exceptions as cases, for the people who decide what comes next. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { nextSteps } from '../../domain/facts/facts.ts';
import { decideCase, listCases } from '../../store/close-out/cases.ts';
import type { OperationsDeps } from './deps.ts';
import { answerPage, paging, rowNumber, who } from './request.ts';
import { Refused, route } from './route.ts';

const asked = paging.extend({ state: z.enum(['open', 'resolved', 'all']).default('open') });
const params = z.object({ id: rowNumber });
const decision = who.extend({ step: z.enum(nextSteps) });

/** Adds the list of cases, and the route by which a person decides one. */
export function caseRoutes(app: FastifyInstance, { installation: { db }, stored }: OperationsDeps): void {
  route(app, 'GET /operations/cases', { query: asked }, ({ query: { state, ...page }, reply }) =>
    answerPage(reply, listCases(db, state, page)),
  );

  route(app, 'POST /operations/cases/:id', { params, body: decision }, async ({ params, body }) => {
    const shown = await decideCase(db, params.id, body);
    if (shown === null) throw new Refused(404, 'no such case');
    stored();
    return shown;
  });
}
