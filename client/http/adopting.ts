/** Adopting what already runs, over the operations API. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Installation } from '../../store/installation.ts';
import { adoptList } from '../adopting.ts';
import { parse, problem, who } from './request.ts';

const asked = who.extend({
  since: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text).toISOString())
    .optional(),
  csv: z.string().min(1).max(500_000),
});

/** `adopted` is called once a list is stored. */
export function adoptingRoutes(app: FastifyInstance, installation: Installation, adopted: () => void): void {
  app.post('/operations/organisations/:id/adopt', async (request, reply) => {
    const { id } = request.params as { id: string };
    const body = asked.safeParse(parse(request.body));
    if (!body.success) return reply.code(400).send(problem(body.error));
    if ((await installation.organisations.get(id)) === undefined) return reply.code(404).send({ error: 'there is no such organisation' });
    const { csv, since, ...by } = body.data;
    const done = await adoptList(installation, id, csv, { ...by, ...(since === undefined ? {} : { since }) });
    adopted();
    return done;
  });
}
