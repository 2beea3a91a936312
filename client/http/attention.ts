/** One list of all that needs somebody, page by page. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AskedWrongly, attention, linesAtMost } from '../../store/attention.ts';
import type { Database } from '../../store/database.ts';
import { problem } from './request.ts';

const asked = z.object({
  organisation: z.string().min(1).max(40).optional(),
  limit: z.coerce.number().int().min(1).max(linesAtMost).optional(),
  cursor: z.string().min(1).max(1_000).optional(),
});

export function attentionRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  app.get('/operations/attention', async (request, reply) => {
    const query = asked.safeParse(request.query);
    if (!query.success) return reply.code(400).send(problem(query.error));
    try {
      return await attention(db, query.data);
    } catch (error) {
      if (!(error instanceof AskedWrongly)) throw error;
      return reply.code(400).send({ error: error.message });
    }
  });
}
