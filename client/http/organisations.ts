/** Configuration over the operations API: read, changed, tried, compared, taken back. No secret is ever answered. */
import type { Client } from '@temporalio/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Installation } from '../../store/installation.ts';
import { changesBetween } from '../../store/organisation-changes.ts';
import { type OrganisationDraft, OrganisationError, StaleVersion, type Version, withoutSecrets } from '../../store/organisations.ts';
import { publicationsOf } from '../../store/publication.ts';
import { checkWire } from '../organisation-wire.ts';
import { startPublications } from '../publishing.ts';
import { tryConfiguration } from '../trying.ts';
import { parse, problem, who } from './request.ts';

const draft = z.record(z.string(), z.unknown());
const changed = who.extend({ version: z.int().min(0), organisation: draft });
const back = who.extend({ version: z.int().min(1), to: z.int().min(1) });
const tried = z.object({ organisation: draft, limit: z.int().min(1).max(2000).default(500) });
const between = z.object({ from: z.coerce.number().int().min(1), to: z.coerce.number().int().min(1) });

export function organisationRoutes(
  app: FastifyInstance,
  { installation, temporal }: { installation: Installation; temporal: Client },
): void {
  const { organisations, db } = installation;
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;
  const nobody = (reply: FastifyReply) => reply.code(404).send({ error: 'there is no such organisation' });

  /** What was made is published at once; where that cannot be started now, the service does it within seconds. */
  const keeping = async (request: FastifyRequest, reply: FastifyReply, make: () => Promise<unknown>) => {
    try {
      await make();
    } catch (error) {
      if (error instanceof StaleVersion) return reply.code(409).send({ error: error.message, version: error.version });
      if (error instanceof OrganisationError)
        return reply.code(400).send({ error: 'the organisation is not as it must be', fields: error.fields });
      throw error;
    }
    await startPublications(installation, temporal).catch((error: unknown) =>
      request.log.warn({ err: error }, 'a version could not be published; will try again'),
    );
    const latest = await organisations.version(idOf(request));
    return latest === undefined ? nobody(reply) : shown(latest);
  };

  app.get('/operations/organisations', async () => {
    const all = await organisations.list();
    return Promise.all(
      all.map(async ({ id, name, active, policy }) => ({
        id,
        name,
        active,
        rows: policy.rows,
        version: (await organisations.version(id))?.version ?? null,
      })),
    );
  });

  app.get('/operations/organisations/:id', async (request, reply) => {
    const latest = await organisations.version(idOf(request));
    return latest === undefined ? nobody(reply) : shown(latest);
  });

  // `version` is the one that was seen, 0 for a new organisation. What is left out goes back to its default, a secret stays.
  app.put('/operations/organisations/:id', async (request, reply) => {
    const asked = changed.safeParse(parse(request.body));
    if (!asked.success) return reply.code(400).send(problem(asked.error));
    const { why, version, organisation } = asked.data;
    return keeping(request, reply, async () => {
      const whole = { ...organisation, id: idOf(request) } as OrganisationDraft;
      checkWire(whole);
      await organisations.put(whole, { madeBy: asked.data.who, why, seen: version });
    });
  });

  app.post('/operations/organisations/:id/rollback', async (request, reply) => {
    const asked = back.safeParse(parse(request.body));
    if (!asked.success) return reply.code(400).send(problem(asked.error));
    const { why, version, to } = asked.data;
    return keeping(request, reply, () => organisations.rollback(idOf(request), to, { madeBy: asked.data.who, why, seen: version }));
  });

  app.get('/operations/organisations/:id/versions', async (request, reply) => {
    const all = await organisations.versions(idOf(request));
    if (all.length === 0) return nobody(reply);
    return all.map(({ version, madeBy, why, madeAt, organisation }, n) => {
      const before = all[n + 1];
      return { version, madeBy, why, madeAt, changed: before === undefined ? [] : changesBetween(before.organisation, organisation) };
    });
  });

  app.get('/operations/organisations/:id/diff', async (request, reply) => {
    const asked = between.safeParse(request.query);
    if (!asked.success) return reply.code(400).send(problem(asked.error));
    const [from, to] = await Promise.all([asked.data.from, asked.data.to].map((each) => organisations.version(idOf(request), each)));
    if (from === undefined || to === undefined) return reply.code(404).send({ error: 'there is no such version' });
    return { from: from.version, to: to.version, changed: changesBetween(from.organisation, to.organisation) };
  });

  app.get('/operations/organisations/:id/publications', (request) => publicationsOf(db, idOf(request)));

  app.post('/operations/organisations/:id/try', async (request, reply) => {
    const asked = tried.safeParse(parse(request.body));
    if (!asked.success) return reply.code(400).send(problem(asked.error));
    const before = await organisations.get(idOf(request));
    if (before === undefined) return nobody(reply);
    try {
      const whole = { ...asked.data.organisation, id: idOf(request) } as OrganisationDraft;
      checkWire(whole);
      return await tryConfiguration(db, before, await organisations.tried(whole), asked.data.limit);
    } catch (error) {
      if (error instanceof OrganisationError)
        return reply.code(400).send({ error: 'the organisation is not as it must be', fields: error.fields });
      throw error;
    }
  });
}

function shown({ organisation, ...version }: Version) {
  return { ...version, organisation: withoutSecrets(organisation) };
}
