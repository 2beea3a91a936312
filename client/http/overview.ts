/** What is owed, why, and what was counted; where one consignment stands, and what would have been sent of it. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { placeOf } from '../../connectors/qargo/read.ts';
import { showCause } from '../../domain/words/causes.ts';
import { listUnused } from '../../store/intake/unused.ts';
import { countOutstanding, counts, lastSweeps, loadTimeline } from '../../store/views/overview.ts';
import { openQuestions } from '../../store/views/questions.ts';
import { piecesOfWork } from '../../store/views/work.ts';
import { cutOffOf } from '../operations/cut-off.ts';
import { shadowOf } from '../operations/shadow.ts';
import { known, ofConsignment, only } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { rowsOfOrganisation } from './request.ts';
import { route } from './route.ts';

const counting = z.object({ since: z.iso.datetime({ offset: true }).optional() });

/** Adds the routes that read what is owed, of all and of one consignment; they change nothing. */
export function overviewRoutes(app: FastifyInstance, { installation, temporal }: OperationsDeps): void {
  const { db } = installation;
  route(app, 'GET /operations/counts', { query: counting }, ({ query }) => counts(db, query.since));
  route(app, 'GET /operations/owed', {}, () => countOutstanding(db));
  route(app, 'GET /operations/unused', { query: z.object({ organisation: z.string().optional() }) }, ({ query }) =>
    listUnused(db, query.organisation),
  );
  route(app, 'GET /operations/sweeps', {}, () => lastSweeps(db));
  route(app, 'GET /operations/questions', { query: rowsOfOrganisation }, ({ query }) =>
    openQuestions(db, query.organisation),
  );

  route(app, 'GET /operations/work', { query: rowsOfOrganisation }, async ({ query }) => {
    const pieces = await piecesOfWork(db, query.organisation);
    return pieces.map((piece) => ({
      ...piece,
      ...showCause(piece.cause),
      field: piece.kind === 'order' ? placeOf(piece.cause) : null,
    }));
  });

  route(app, 'GET /operations/consignments/:reference', ofConsignment, async (asked) => {
    const found = await known(db, asked);
    return Promise.all(
      found.map(async (row) => {
        const told = await loadTimeline(db, row);
        const cutOff = await cutOffOf(installation, row.organisation, told.service);
        return { ...told, cutOff, workflow: row.workflow };
      }),
    );
  });

  route(app, 'GET /operations/consignments/:reference/shadow', ofConsignment, async (asked) =>
    shadowOf(installation, temporal, await only(db, asked)),
  );
}
