/** The operations API: what is owed, why, and what was counted. JSON. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { z } from 'zod';
import { placeOf } from '../../connectors/qargo/translate.ts';
import { askRefresh, askResend, NoSuchThing } from '../../store/commands.ts';
import { counts, lastSweeps, owedNow, story } from '../../store/overview.ts';
import { parkedFacts, tryParkedAgain } from '../../store/parked.ts';
import { openQuestions } from '../../store/questions.ts';
import { askReads, readsDue } from '../../store/reads-asked.ts';
import type { Claim } from '../../store/wake.ts';
import { piecesOfWork } from '../../store/work.ts';
import { cutOffOf } from '../cut-off.ts';
import { scheduleId } from '../schedules.ts';
import { shadowOf } from '../shadow.ts';
import { settleVerdict } from '../verdicts.ts';
import { adoptingRoutes } from './adopting.ts';
import { attentionRoutes } from './attention.ts';
import { caseRoutes } from './cases.ts';
import { chargeDesk } from './charges.ts';
import { closeOutDesk } from './close-outs.ts';
import { known, nobody, notOne, only } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { organisationRoutes } from './organisations.ts';
import { palletRoutes } from './pallets.ts';
import { answerPage, parse, problem, who } from './request.ts';
import { trayRoutes } from './tray.ts';

const counting = z.object({ since: z.iso.datetime({ offset: true }).optional() });
const whose = who.extend({ organisation: z.string().optional() });
const settlement = who.extend({ edit: z.string().min(1).max(200).optional(), verdict: z.enum(['accepted', 'refused']) });
const again = who.extend({ obligation: z.string().min(1).max(200) });

export function operations({ installation, temporal, operationsToken, stored }: OperationsDeps): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (operationsToken === undefined) return;
      const said = Buffer.from(request.headers.authorization ?? '');
      const expected = Buffer.from(`Bearer ${operationsToken}`);
      if (said.length !== expected.length || !timingSafeEqual(said, expected)) return reply.code(401).send({ error: 'operations token' });
    });

    await app.register(chargeDesk({ installation, stored }));
    await app.register(closeOutDesk({ installation, stored }));

    app.get('/operations/counts', async (request, reply) => {
      const asked = counting.safeParse(request.query);
      return asked.success ? counts(installation.db, asked.data.since) : reply.code(400).send(problem(asked.error));
    });

    app.get('/operations/owed', () => owedNow(installation.db));
    app.get('/operations/sweeps', () => lastSweeps(installation.db));
    app.get('/operations/parked', (request, reply) => answerPage(reply, request.query, (page) => parkedFacts(installation.db, page)));

    attentionRoutes(app, installation);
    caseRoutes(app, installation, stored);
    trayRoutes(app, installation, stored);
    adoptingRoutes(app, installation, stored);

    app.post('/operations/parked/:seq/retry', async (request, reply) => {
      const seq = z.coerce
        .number()
        .int()
        .positive()
        .safeParse((request.params as { seq: string }).seq);
      const state = seq.success ? await tryParkedAgain(installation.db, seq.data) : null;
      if (state === 'new') stored();
      return state === null ? reply.code(404).send({ error: 'no such fact is parked' }) : { seq: seq.data, state };
    });

    organisationRoutes(app, { installation, temporal });

    app.get('/operations/work', async (request) => {
      const { organisation } = request.query as { organisation?: string };
      const pieces = await piecesOfWork(installation.db, organisation);
      return pieces.map((piece) => ({ ...piece, field: piece.kind === 'order' ? placeOf(piece.cause) : null }));
    });

    app.get('/operations/questions', (request) => {
      const { organisation } = request.query as { organisation?: string };
      return openQuestions(installation.db, organisation);
    });

    app.get('/operations/reads', async () => ({ due: await readsDue(installation.db) }));

    // Reads every open consignment at Palletways: now, and with as many sweeps as it takes.
    app.post('/operations/reads', async (request, reply) => {
      const wanted = whose.safeParse(parse(request.body));
      if (!wanted.success) return reply.code(400).send(problem(wanted.error));
      const asked = await askReads(installation.db, wanted.data.organisation);
      const all = await installation.organisations.list();
      const swept = all.filter(({ id, active }) => active && (wanted.data.organisation ?? id) === id);
      // Where a sweep cannot be started now, the schedule's next one reads them.
      await Promise.allSettled(swept.map(({ id }) => temporal.schedule.getHandle(scheduleId(id)).trigger()));
      request.log.info({ who: wanted.data.who, asked }, 'open consignments are read');
      return { asked };
    });

    app.get('/operations/consignments/:reference', async (request, reply) => {
      const found = await known(installation.db, request);
      if (found.length === 0) return reply.code(404).send(nobody(request));
      return Promise.all(
        found.map(async (row) => {
          const told = await story(installation.db, row);
          const cutOff = await cutOffOf(installation, row.organisation, told.service);
          return { ...told, cutOff, workflow: row.workflow };
        }),
      );
    });

    app.get('/operations/consignments/:reference/shadow', async (request, reply) => {
      const of = await only(installation.db, request);
      return of === null ? reply.code(404).send(notOne) : shadowOf(installation, temporal, of);
    });

    app.post('/operations/consignments/:reference/refresh', async (request, reply) => {
      const asked = who.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      const refreshed = await askRefresh(installation.db, of, { who: asked.data.who, why: asked.data.why });
      stored();
      return refreshed;
    });

    app.post('/operations/consignments/:reference/resend', async (request, reply) => {
      const asked = again.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      return sendAgain(reply, of, asked.data.obligation, asked.data);
    });

    palletRoutes(app, installation);

    /** Has something sent again; what was never owed is refused, with what there is. */
    async function sendAgain(reply: FastifyReply, of: Claim, obligation: string, { who: person, why }: { who: string; why: string }) {
      try {
        const resent = await askResend(installation.db, of, obligation, { who: person, why });
        stored();
        return resent;
      } catch (error) {
        if (!(error instanceof NoSuchThing)) throw error;
        return reply.code(404).send({ error: error.message });
      }
    }

    // Asked for by whoever prints: the sheet is read from Palletways again and goes to the Qargo order again.
    app.post('/operations/consignments/:reference/labels', async (request, reply) => {
      const asked = who.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      return sendAgain(reply, of, 'labels', asked.data);
    });

    // A person settles what was asked: a late edit, a cancellation after loading, a consignment that is missing at its source.
    app.post('/operations/consignments/:reference/verdict', async (request, reply) => {
      const asked = settlement.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      const settled = await settleVerdict(installation, of, asked.data);
      if (settled !== null) stored();
      return settled ?? reply.code(409).send({ error: 'no such question is open: it was settled, replaced by a newer edit, or withdrawn' });
    });
  };
}
