/** The tray of proofs that match nothing, for the people who know whose they are. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findByReference } from '../../store/consignments.ts';
import type { Installation } from '../../store/installation.ts';
import { assignProof, listTray } from '../../store/tray.ts';
import { answerPage, parse, problem, who } from './request.ts';

const assignment = who.extend({
  organisation: z.string().optional(),
  consignments: z.array(z.string().min(1).max(100)).min(1).max(50),
  move: z.boolean().default(false),
});
const number = z.coerce.number().int().positive();

/** `assigned` is called once an assignment is stored. */
export function trayRoutes(app: FastifyInstance, installation: Installation, assigned: () => void): void {
  app.get('/operations/tray', (request, reply) => answerPage(reply, request.query, (page) => listTray(installation.db, page)));

  app.post('/operations/tray/:seq/assign', async (request, reply) => {
    const body = assignment.safeParse(parse(request.body));
    if (!body.success) return reply.code(400).send(problem(body.error));
    const seq = number.safeParse((request.params as { seq: string }).seq);
    const { consignments, organisation, ...more } = body.data;
    const to: string[] = [];
    for (const reference of consignments) {
      const [row, other] = await findByReference(installation.db, reference, organisation);
      if (row === undefined || other !== undefined)
        return reply.code(404).send({ error: `no single consignment is known as ${reference}` });
      to.push(row.id);
    }
    const done = seq.success ? await assignProof(installation.db, seq.data, { ...more, to }) : null;
    if (done === null) return reply.code(404).send({ error: 'no such proof in that organisation' });
    assigned();
    return done;
  });
}
