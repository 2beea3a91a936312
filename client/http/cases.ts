/** Exceptions as cases, for the people who decide what comes next. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { nextSteps } from '../../domain/facts.ts';
import { decideCase, listCases } from '../../store/cases.ts';
import type { Installation } from '../../store/installation.ts';
import { answerPage, parse, problem, who } from './request.ts';

const asked = z.object({ state: z.enum(['open', 'resolved', 'all']).default('open') });
const decision = who.extend({ step: z.enum(nextSteps) });
const id = z.coerce.number().int().positive();

/** `decided` is called once a decision is stored. */
export function caseRoutes(app: FastifyInstance, installation: Installation, decided: () => void): void {
  app.get('/operations/cases', async (request, reply) => {
    const query = asked.safeParse(request.query);
    if (!query.success) return reply.code(400).send(problem(query.error));
    return answerPage(reply, request.query, (page) => listCases(installation.db, query.data.state, page));
  });

  app.post('/operations/cases/:id', async (request, reply) => {
    const body = decision.safeParse(parse(request.body));
    if (!body.success) return reply.code(400).send(problem(body.error));
    const of = id.safeParse((request.params as { id: string }).id);
    const shown = of.success ? await decideCase(installation.db, of.data, body.data) : null;
    if (shown === null) return reply.code(404).send({ error: 'no such case' });
    decided();
    return shown;
  });
}
