/** Reading every open consignment at Palletways: asked for by a person, and how many are still to be read. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { askReads, readsDue } from '../../store/outbox/reads-asked.ts';
import { scheduleId } from '../operations/schedules.ts';
import type { OperationsDeps } from './deps.ts';
import { who } from './request.ts';
import { route } from './route.ts';

const whose = who.extend({ organisation: z.string().optional() });

/** Adds the routes by which a person has all open consignments read, and sees how many are left. */
export function readRoutes(
  app: FastifyInstance,
  { installation: { db, organisations }, temporal }: OperationsDeps,
): void {
  route(app, 'GET /operations/reads', {}, async () => ({ due: await readsDue(db) }));

  // They are read now, and with as many sweeps as it takes.
  route(app, 'POST /operations/reads', { body: whose }, async ({ body, request }) => {
    const asked = await askReads(db, body.organisation);
    const all = await organisations.list();
    const swept = all.filter(({ id, active }) => active && (body.organisation ?? id) === id);
    // Where a sweep cannot be started now, the schedule's next one reads them.
    await Promise.allSettled(swept.map(({ id }) => temporal.schedule.getHandle(scheduleId(id)).trigger()));
    request.log.info({ who: body.who, asked }, 'open consignments are read');
    return { asked };
  });
}
