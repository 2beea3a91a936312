/** Adopting what already runs, over the operations API. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { adoptList } from '../operations/adopting.ts';
import type { OperationsDeps } from './deps.ts';
import { instant, who } from './request.ts';
import { Refused, route } from './route.ts';

const params = z.object({ id: z.string() });
const body = who.extend({ since: instant.optional(), csv: z.string().min(1).max(500_000) });

/** Adds the route by which orders of a list are taken over. */
export function adoptingRoutes(app: FastifyInstance, { installation, stored }: OperationsDeps): void {
  route(
    app,
    'POST /operations/organisations/:id/adopt',
    { params, body },
    async ({ params: { id }, body: { csv, ...by } }) => {
      if ((await installation.organisations.get(id)) === undefined)
        throw new Refused(404, 'there is no such organisation');
      const done = await adoptList(installation, id, csv, by);
      stored();
      return done;
    },
  );
}
