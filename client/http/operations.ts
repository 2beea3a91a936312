/** The operations API, JSON: all its routes, behind one token. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { adoptingRoutes } from './adopting.ts';
import { attentionRoutes } from './attention.ts';
import { caseRoutes } from './cases.ts';
import { chargeRoutes } from './charges.ts';
import { closeOutRoutes } from './close-outs.ts';
import { commandRoutes } from './commands.ts';
import type { OperationsDeps } from './deps.ts';
import { organisationRoutes } from './organisations.ts';
import { overviewRoutes } from './overview.ts';
import { palletRoutes } from './pallets.ts';
import { parkedRoutes } from './parked.ts';
import { readRoutes } from './reads.ts';
import { unmatchedRoutes } from './unmatched.ts';

const parts = [
  adoptingRoutes,
  caseRoutes,
  chargeRoutes,
  closeOutRoutes,
  commandRoutes,
  organisationRoutes,
  overviewRoutes,
  palletRoutes,
  parkedRoutes,
  readRoutes,
  unmatchedRoutes,
];

/** Makes the operations API; without a token it lets everybody in. */
export function operations(deps: OperationsDeps): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (deps.operationsToken === undefined) return;
      const said = Buffer.from(request.headers.authorization ?? '');
      const expected = Buffer.from(`Bearer ${deps.operationsToken}`);
      if (said.length !== expected.length || !timingSafeEqual(said, expected))
        return reply.code(401).send({ error: 'operations token' });
    });
    attentionRoutes(app, deps.installation);
    for (const addRoutes of parts) addRoutes(app, deps);
  };
}
