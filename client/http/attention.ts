/** One list of all that needs somebody, page by page. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { canBePutAside, putAside } from '../../store/intake/aside.ts';
import type { Database } from '../../store/postgres/database.ts';
import { attention } from '../../store/views/attention.ts';
import { paging, who } from './request.ts';
import { Refused, route } from './route.ts';

const aside = who.extend({ line: z.string().min(1).max(60), why: z.string().min(1).max(300) });

/** Adds the list, and the route by which a line of it is put aside. */
export function attentionRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  route(app, 'GET /operations/attention', { query: paging }, ({ query }) => attention(db, query));

  route(app, 'POST /operations/attention/aside', { body: aside }, async ({ body }) => {
    const done = await putAside(db, body.line, body);
    if (done === null) throw new Refused(400, canBePutAside);
    if (!done) throw new Refused(404, `no line ${body.line} waits`);
    return { line: body.line, aside: true };
  });
}
