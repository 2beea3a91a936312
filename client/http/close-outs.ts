/** Operations API: what is final, as JSON or CSV, what holds a close-out, and a person who lets it be closed. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { acceptCloseOut, closeOutPass, heldCloseOuts, holdsOfOne, lookAtCloseOut } from '../../store/close-out.ts';
import { closeOuts } from '../../store/close-out-export.ts';
import type { Installation } from '../../store/installation.ts';
import { closeOutCsv } from '../close-out-csv.ts';
import { notOne, only } from './consignment.ts';
import { answerPage, parse, problem } from './request.ts';

/** A row's `seq`, or a day (of UTC) or instant from which on. */
export const since = z.union([
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  z.iso.date().transform((day) => `${day}T00:00:00.000Z`),
  z.iso.datetime({ offset: true }),
]);

const listing = z.object({
  since: since.optional(),
  organisation: z.string().max(40).optional(),
  format: z.enum(['json', 'csv']).default('json'),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
});
const accepting = z.object({ who: z.string().min(1).max(80), why: z.string().min(1).max(300) });
const passing = z.object({ who: z.string().min(1).max(80), organisation: z.string().max(40).optional() });

/** `stored` is called after something may have been stored that a workflow is to be told. */
export function closeOutDesk({ installation, stored }: { installation: Installation; stored: () => void }): FastifyPluginAsync {
  const { db, organisations } = installation;
  return async (app) => {
    app.get('/operations/close-outs', async (request, reply) => {
      const asked = listing.safeParse(request.query);
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const { since: from, organisation, limit, format } = asked.data;
      const rows = await closeOuts(db, {
        ...(limit === undefined ? {} : { limit }),
        ...(from === undefined ? {} : { since: from }),
        ...(organisation === undefined ? {} : { organisation }),
      });
      // Where nothing has come yet it is asked for again: never from the first row.
      const next = rows.at(-1)?.seq ?? from ?? 0;
      if (format === 'json') return { rows, next };
      return reply.header('content-type', 'text/csv; charset=utf-8').header('x-next', String(next)).send(closeOutCsv(rows));
    });

    app.get('/operations/close-outs/held', (request, reply) => answerPage(reply, request.query, (page) => heldCloseOuts(db, page)));

    // As each sweep does: looks at what is new and freezes what is ready.
    app.post('/operations/close-outs', async (request, reply) => {
      const asked = passing.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const found = { closed: 0, adjusted: 0, held: 0 };
      for (const { id, policy } of await organisations.list()) {
        if (id !== (asked.data.organisation ?? id)) continue;
        const passed = await closeOutPass(db, id, policy.closeOut);
        for (const name of ['closed', 'adjusted', 'held'] as const) found[name] += passed[name];
      }
      return found;
    });

    app.post('/operations/consignments/:reference/close-out', async (request, reply) => {
      const asked = accepting.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(db, request);
      const organisation = of === null ? undefined : await organisations.cached(of.organisation);
      if (of === null || organisation === undefined) return reply.code(404).send(notOne);
      const accepted = await acceptCloseOut(db, of.consignment, asked.data);
      const state = await lookAtCloseOut(db, of.consignment, organisation.policy.closeOut);
      stored();
      return { state, holds: state === 'held' ? await holdsOfOne(db, of) : [], accepted };
    });
  };
}
