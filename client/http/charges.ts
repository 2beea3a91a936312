/** Operations API: changes of what is charged for, said by a person, and what a person keys in at a side that has no call for it. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { chargeValue } from '../../domain/charges.ts';
import { chargeKinds, type NewFact } from '../../domain/facts.ts';
import { shortHash } from '../../domain/hash.ts';
import { markKeyedIn, openCharges } from '../../store/charges.ts';
import { askResend } from '../../store/commands.ts';
import { inTransaction } from '../../store/database.ts';
import { hear } from '../../store/hearing.ts';
import type { Installation } from '../../store/installation.ts';
import { announce, keepAnswer } from '../../store/journal.ts';
import { notOne, only } from './consignment.ts';
import { parse, problem } from './request.ts';

const said = z.object({
  who: z.string().min(1).max(80),
  charge: z.enum(chargeKinds),
  /** Barcode or bill unit measured, code of a surcharge; empty: the whole consignment. */
  about: z.string().max(30).default(''),
  value: z.string().min(1).max(80),
  proof: z.string().max(2000).default(''),
  /** When it was measured; now where left out. */
  at: z.iso.datetime({ offset: true }).optional(),
});
const done = z.object({ who: z.string().min(1).max(80), obligation: z.string().min(1).max(200) });

/** `stored` is called after something was stored that a workflow is to be told. */
export function chargeDesk({ installation, stored }: { installation: Installation; stored: () => void }): FastifyPluginAsync {
  return async (app) => {
    app.get('/operations/charges', (request) => openCharges(installation.db, (request.query as { organisation?: string }).organisation));

    app.post('/operations/consignments/:reference/charges', async (request, reply) => {
      const asked = said.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const value = chargeValue(asked.data.charge, asked.data.value);
      if (value === null) return reply.code(400).send({ error: `value: says no ${asked.data.charge}` });
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      const facts = await take(of, { ...asked.data, value });
      if (facts.length > 0) stored();
      return { change: facts[0] ?? null, ...(facts.length === 0 ? { why: 'it stands so already, or such changes are off' } : {}) };
    });

    app.post('/operations/consignments/:reference/charges/done', async (request, reply) => {
      const asked = done.safeParse(parse(request.body));
      if (!asked.success) return reply.code(400).send(problem(asked.error));
      const of = await only(installation.db, request);
      if (of === null) return reply.code(404).send(notOne);
      const { obligation, who } = asked.data;
      const waited = await inTransaction(installation.db, (tx) => markKeyedIn(tx, of.consignment, obligation, who));
      if (!waited) return reply.code(409).send({ error: 'nothing waits to be keyed in under that key' });
      const resent = await askResend(installation.db, of, obligation, { who, why: 'keyed in' });
      stored();
      return resent;
    });

    /** Journals what the person said and takes it in; the dispatcher tells the workflow. */
    function take(of: { organisation: string; consignment: string }, asked: z.output<typeof said>) {
      const { organisation, consignment } = of;
      return inTransaction(installation.db, async (tx) => {
        const body = Buffer.from(JSON.stringify(asked));
        const context = { consignment };
        const received = await announce(tx);
        const { id, receivedAt } = received;
        const at = asked.at === undefined ? receivedAt : new Date(asked.at).toISOString();
        const fact: NewFact = {
          kind: 'charge',
          id: `hand:charge:${shortHash(JSON.stringify({ ...asked, at }))}`,
          at,
          zone: 'UTC',
          source: 'person',
          charge: asked.charge,
          about: asked.about,
          old: null,
          new: asked.value,
          owe: [],
          body: { who: asked.who, proof: asked.proof },
        };
        const from = { organisation, journal: id, heard: receivedAt, via: 'hand', consignment } as const;
        const { facts } = await hear(tx, { aliases: {}, facts: [fact] }, from);
        await keepAnswer(tx, received, { organisation, channel: 'hand', contentType: 'application/json', body, context }, []);
        return facts;
      });
    }
  };
}
