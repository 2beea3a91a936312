/** What a person asks of one consignment: to be read, to have something sent again, and a decision on what waits for one. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { askRefresh, askResend } from '../../store/record/commands.ts';
import { settleDecision } from '../operations/decisions.ts';
import { ofConsignment, only } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { who } from './request.ts';
import { Refused, route } from './route.ts';

const asking = { ...ofConsignment, body: who };
const resending = { ...ofConsignment, body: who.extend({ obligation: z.string().min(1).max(200) }) };
const settling = {
  ...ofConsignment,
  body: who.extend({ edit: z.string().min(1).max(200).optional(), decision: z.enum(['accepted', 'refused']) }),
};

/** Adds the routes by which a person asks something of one consignment; each answers once that is stored. */
export function commandRoutes(app: FastifyInstance, { installation, stored }: OperationsDeps): void {
  const { db } = installation;

  route(app, 'POST /operations/consignments/:reference/refresh', asking, async (asked) => {
    const refreshed = await askRefresh(db, await only(db, asked), asked.body);
    stored();
    return refreshed;
  });

  // What was never owed is refused, with what there is.
  route(app, 'POST /operations/consignments/:reference/resend', resending, async (asked) => {
    const resent = await askResend(db, await only(db, asked), asked.body.obligation, asked.body);
    stored();
    return resent;
  });

  // Whoever prints asks for it: the sheet is read from Palletways again and goes to the Qargo order again.
  route(app, 'POST /operations/consignments/:reference/labels', asking, async (asked) => {
    const resent = await askResend(db, await only(db, asked), 'labels', asked.body);
    stored();
    return resent;
  });

  // A person settles what was asked: a late edit, a cancellation after loading, a consignment that is missing at its source.
  route(app, 'POST /operations/consignments/:reference/decision', settling, async (asked) => {
    const settled = await settleDecision(installation, await only(db, asked), asked.body);
    if (settled === null)
      throw new Refused(409, 'no such question is open: it was settled, replaced by a newer edit, or withdrawn');
    stored();
    return settled;
  });
}
