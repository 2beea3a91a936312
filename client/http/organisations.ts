/** Configuration over the operations API: read, changed, tried, compared, taken back. No secret is ever answered. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { openChoices } from '../../domain/policy/rows.ts';
import { publicationsOf } from '../../store/due/publication.ts';
import { changesBetween } from '../../store/organisations/changes.ts';
import { loadContactPassed } from '../../store/organisations/contacts.ts';
import { type OrganisationDraft, type Version, withoutSecrets } from '../../store/organisations/organisations.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { type PutDone, type Putting, putOrganisation, UndecidedOpen } from '../operations/organisation-put.ts';
import { checkWire } from '../operations/organisation-wire.ts';
import { previewConfiguration } from '../operations/preview.ts';
import { startPublications } from '../operations/publishing.ts';
import type { OperationsDeps } from './deps.ts';
import { who } from './request.ts';
import { Refused, route } from './route.ts';

const params = z.object({ id: z.string() });
const draft = z.record(z.string(), z.unknown());
const open = z.enum(openChoices).optional();
const changed = who.extend({ version: z.int().min(0), organisation: draft, open });
const back = who.extend({ version: z.int().min(1), to: z.int().min(1), open });
const tried = z.object({ organisation: draft, limit: z.int().min(1).max(2000).default(500) });
const between = z.object({ from: z.coerce.number().int().min(1), to: z.coerce.number().int().min(1) });

/** Adds the routes by which organisations are read and changed. */
export function organisationRoutes(app: FastifyInstance, deps: OperationsDeps): void {
  readingRoutes(app, deps);
  changingRoutes(app, deps);
}

function readingRoutes(app: FastifyInstance, { installation: { db, organisations } }: OperationsDeps): void {
  route(app, 'GET /operations/organisations', {}, async () => {
    const all = await organisations.list();
    return Promise.all(
      all.map(async ({ id, name, active, policy }) => {
        const latest = await organisations.version(id);
        const contactPassedAt = await loadContactPassed(db, id);
        return { id, name, active, rows: policy.rows, version: latest?.version ?? null, contactPassedAt };
      }),
    );
  });

  route(app, 'GET /operations/organisations/:id', { params }, async ({ params: { id } }) =>
    show(db, await organisations.version(id)),
  );

  route(app, 'GET /operations/organisations/:id/versions', { params }, async ({ params: { id } }) => {
    const all = await organisations.versions(id);
    if (all.length === 0) throw nobody();
    return all.map(({ version, madeBy, why, madeAt, organisation }, n) => {
      const before = all[n + 1];
      return {
        version,
        madeBy,
        why,
        madeAt,
        changed: before === undefined ? [] : changesBetween(before.organisation, organisation),
      };
    });
  });

  route(
    app,
    'GET /operations/organisations/:id/diff',
    { params, query: between },
    async ({ params: { id }, query }) => {
      const [from, to] = await Promise.all([
        organisations.version(id, query.from),
        organisations.version(id, query.to),
      ]);
      if (from === undefined || to === undefined) throw new Refused(404, 'there is no such version');
      return { from: from.version, to: to.version, changed: changesBetween(from.organisation, to.organisation) };
    },
  );

  route(app, 'GET /operations/organisations/:id/publications', { params }, ({ params: { id } }) =>
    publicationsOf(db, id),
  );
}

function changingRoutes(app: FastifyInstance, { installation, temporal }: OperationsDeps): void {
  const { organisations, db } = installation;

  /** What was made is published at once; where that cannot be started now, the service does it within seconds. */
  const publish = async (id: string, { said }: PutDone, request: FastifyRequest) => {
    await startPublications(installation, temporal).catch((error: unknown) =>
      request.log.warn({ err: error }, 'a version could not be published; will try again'),
    );
    return { ...(await show(db, await organisations.version(id))), said };
  };

  const put = async (draft: OrganisationDraft, putting: Putting) => {
    try {
      return await putOrganisation(installation, draft, putting);
    } catch (error) {
      if (!(error instanceof UndecidedOpen)) throw error;
      throw new Refused(409, error.message, { open: openChoices, rows: error.rows, count: error.count });
    }
  };

  // `version` is the one that was seen, 0 for a new organisation. What is left out goes back to its default, a secret stays. `open` says
  // what becomes of what is open in rows that go on.
  route(
    app,
    'PUT /operations/organisations/:id',
    { params, body: changed },
    async ({ params: { id }, body, request }) => {
      const { who: madeBy, why, version: seen, open } = body;
      const draft = { ...body.organisation, id } as OrganisationDraft;
      return publish(id, await put(draft, { madeBy, why, seen, ...(open === undefined ? {} : { open }) }), request);
    },
  );

  route(
    app,
    'POST /operations/organisations/:id/rollback',
    { params, body: back },
    async ({ params: { id }, body, request }) => {
      const { who: madeBy, version: seen, to, open } = body;
      const why = body.why || `back to version ${to}`;
      const draft = await organisations.draftAsOf(id, to);
      return publish(id, await put(draft, { madeBy, why, seen, ...(open === undefined ? {} : { open }) }), request);
    },
  );

  route(app, 'POST /operations/organisations/:id/try', { params, body: tried }, async ({ params: { id }, body }) => {
    const before = await organisations.get(id);
    if (before === undefined) throw nobody();
    return previewConfiguration(db, before, await organisations.tried(checked(body.organisation, id)), body.limit);
  });
}

/** A draft whose codes the wire knows. @throws OrganisationError */
function checked(organisation: z.output<typeof draft>, id: string): OrganisationDraft {
  const whole = { ...organisation, id } as OrganisationDraft;
  checkWire(whole);
  return whole;
}

/** A version without its secrets, and whether a first contact has passed. @throws Refused where there is none. */
async function show(db: Queryable, found: Version | undefined) {
  if (found === undefined) throw nobody();
  const contactPassedAt = await loadContactPassed(db, found.organisation.id);
  return { ...found, organisation: withoutSecrets(found.organisation), contactPassedAt };
}

const nobody = () => new Refused(404, 'there is no such organisation');
