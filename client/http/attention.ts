/** One list of all that needs somebody, page by page. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { canBePutAside, putAside } from '../../store/aside.ts';
import { attention } from '../../store/attention.ts';
import type { Database } from '../../store/database.ts';
import { AskedWrongly } from '../../store/pages.ts';
import { paging, parse, problem, who } from './request.ts';

const aside = who.extend({ line: z.string().min(1).max(60), why: z.string().min(1).max(300) });

export function attentionRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  app.get('/operations/attention', async (request, reply) => {
    const query = paging.safeParse(request.query);
    if (!query.success) return reply.code(400).send(problem(query.error));
    try {
      return await attention(db, query.data);
    } catch (error) {
      if (!(error instanceof AskedWrongly)) throw error;
      return reply.code(400).send({ error: error.message });
    }
  });

  app.post('/operations/attention/aside', async (request, reply) => {
    const wanted = aside.safeParse(parse(request.body));
    if (!wanted.success) return reply.code(400).send(problem(wanted.error));
    const done = await putAside(db, wanted.data.line, wanted.data);
    if (done === null) return reply.code(400).send({ error: canBePutAside });
    return done ? { line: wanted.data.line, aside: true } : reply.code(404).send({ error: `no line ${wanted.data.line} waits` });
  });
}
