/** Operations API: changes of what is charged for, said by a person, and what a person keys in at a side that has no call for it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { palletwaysWire } from '../../connectors/palletways/read.ts';
import { chargeKinds, type Fact, type NewFact } from '../../domain/facts/facts.ts';
import { shortHash } from '../../domain/facts/hash.ts';
import { chargeValue } from '../../domain/policy/charge-text.ts';
import { markKeyedIn, openCharges } from '../../store/intake/charges.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { type Database, inTransaction } from '../../store/postgres/database.ts';
import { askResend } from '../../store/record/commands.ts';
import { keepAnswer, reserveEntry } from '../../store/record/journal.ts';
import type { Claim } from '../../store/record/wake.ts';
import { ofConsignment, only } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { person, rowsOfOrganisation } from './request.ts';
import { Refused, route } from './route.ts';

const said = z.object({
  who: person,
  charge: z.enum(chargeKinds),
  /** Barcode or bill unit measured, code of a surcharge; empty: the whole consignment. */
  about: z.string().max(30).default(''),
  value: z.string().min(1).max(80),
  proof: z.string().max(2000).default(''),
  /** When it was measured; now where left out. */
  at: z.iso.datetime({ offset: true }).optional(),
});
const done = z.object({ who: person, obligation: z.string().min(1).max(200) });

/** Adds the list of charges that a side does not have yet, and the routes by which a person says one or keyed it in. */
export function chargeRoutes(
  app: FastifyInstance,
  { installation: { db, organisations }, stored }: OperationsDeps,
): void {
  route(app, 'GET /operations/charges', { query: rowsOfOrganisation }, ({ query }) =>
    openCharges(db, query.organisation),
  );

  route(app, 'POST /operations/consignments/:reference/charges', { ...ofConsignment, body: said }, async (asked) => {
    const of = await only(db, asked);
    const { wire } = (await organisations.cached(of.organisation)) ?? { wire: { palletways: {} } };
    const { numbers = 'point' } = palletwaysWire.parse(wire.palletways);
    const value = chargeValue(asked.body.charge, asked.body.value, numbers);
    if (value === null) throw new Refused(400, `value: says no plain ${asked.body.charge}, with a decimal ${numbers}`);
    const facts = await takeIn(db, of, { ...asked.body, value });
    if (facts.length > 0) stored();
    return {
      change: facts[0] ?? null,
      ...(facts.length === 0 ? { why: 'it stands so already, or such changes are off' } : {}),
    };
  });

  route(
    app,
    'POST /operations/consignments/:reference/charges/done',
    { ...ofConsignment, body: done },
    async (asked) => {
      const of = await only(db, asked);
      const { obligation, who } = asked.body;
      const waited = await inTransaction(db, (tx) => markKeyedIn(tx, of.consignment, obligation, who));
      if (!waited) throw new Refused(409, 'nothing waits to be keyed in under that key');
      const resent = await askResend(db, of, obligation, { who, why: 'keyed in' });
      stored();
      return resent;
    },
  );
}

/** Journals what the person said and takes it in; the dispatcher tells the workflow. */
function takeIn(
  db: Database,
  { organisation, consignment }: Claim,
  asked: z.output<typeof said>,
): Promise<readonly Fact[]> {
  return inTransaction(db, async (tx) => {
    const received = await reserveEntry(tx);
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
    const { facts } = await ingest(tx, { aliases: {}, facts: [fact] }, from);
    const body = Buffer.from(JSON.stringify(asked));
    const answer = {
      organisation,
      channel: 'hand',
      contentType: 'application/json',
      body,
      context: { consignment },
    } as const;
    await keepAnswer(tx, received, answer, []);
    return facts;
  });
}
