/** Operations API: what is final, as JSON or CSV, what holds a close-out, and a person who lets it be closed. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  acceptCloseOut,
  closeOutPass,
  heldCloseOuts,
  holdsOfOne,
  lookAtCloseOut,
} from '../../store/close-out/close-out.ts';
import { closeOuts } from '../../store/close-out/export.ts';
import { closeOutCsv } from '../export/close-out-csv.ts';
import { notOne, ofConsignment, only } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { answerPage, paging, person, who } from './request.ts';
import { route } from './route.ts';

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
const accepting = who.extend({ why: z.string().min(1).max(300) });
const passing = z.object({ who: person, organisation: z.string().max(40).optional() });

/** Adds the export and what is held, and the routes by which a person has close-outs looked at, or accepts one. */
export function closeOutRoutes(
  app: FastifyInstance,
  { installation: { db, organisations }, stored }: OperationsDeps,
): void {
  route(app, 'GET /operations/close-outs', { query: listing }, async ({ query: { format, ...asked }, reply }) => {
    const rows = await closeOuts(db, asked);
    // Where nothing has come yet it is asked for again: never from the first row.
    const next = rows.at(-1)?.seq ?? asked.since ?? 0;
    if (format === 'json') return { rows, next };
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('x-next', String(next))
      .send(closeOutCsv(rows));
  });

  route(app, 'GET /operations/close-outs/held', { query: paging }, ({ query, reply }) =>
    answerPage(reply, heldCloseOuts(db, query)),
  );

  // As each sweep does: looks at what is new and freezes what is ready.
  route(app, 'POST /operations/close-outs', { body: passing }, async ({ body }) => {
    const found = { closed: 0, adjusted: 0, held: 0 };
    for (const { id, policy } of await organisations.list()) {
      if (id !== (body.organisation ?? id)) continue;
      const passed = await closeOutPass(db, id, policy.closeOut);
      for (const name of ['closed', 'adjusted', 'held'] as const) found[name] += passed[name];
    }
    return found;
  });

  route(
    app,
    'POST /operations/consignments/:reference/close-out',
    { ...ofConsignment, body: accepting },
    async (asked) => {
      const of = await only(db, asked);
      const organisation = await organisations.cached(of.organisation);
      if (organisation === undefined) throw notOne();
      const accepted = await acceptCloseOut(db, of.consignment, asked.body);
      const state = await lookAtCloseOut(db, of.consignment, organisation.policy.closeOut);
      stored();
      return { state, holds: state === 'held' ? await holdsOfOne(db, of) : [], accepted };
    },
  );
}
