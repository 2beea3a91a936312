/** The operations API for configuration: people read, change, try, compare and roll back organisations. No answer contains a secret. */
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

/** An organisation as JSON. Its fields are checked where it is put or tried, not here. */
const organisationBody = z.record(z.string(), z.unknown());
const params = z.object({ id: z.string() });
const open = z.enum(openChoices).optional();
const putBody = who.extend({ version: z.int().min(0), organisation: organisationBody, open });
const rollbackBody = who.extend({ version: z.int().min(1), to: z.int().min(1), open });
const tryBody = z.object({ organisation: organisationBody, limit: z.int().min(1).max(2000).default(500) });
const diffQuery = z.object({ from: z.coerce.number().int().min(1), to: z.coerce.number().int().min(1) });

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
    if (all.length === 0) throw noOrganisation();
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
    { params, query: diffQuery },
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

  /** Has the new version published, and returns it. If that cannot be started now, the service starts it itself within seconds. */
  const publish = async (id: string, { said }: PutDone, request: FastifyRequest) => {
    await startPublications(installation, temporal).catch((error: unknown) =>
      request.log.warn({ err: error }, 'a version could not be published; will try again'),
    );
    return { ...(await show(db, await organisations.version(id))), said };
  };

  /** Makes a version. Throws Refused (409) if somebody must first say what becomes of open updates, and what `putOrganisation` throws. */
  const put = async (draft: OrganisationDraft, putting: Putting) => {
    try {
      return await putOrganisation(installation, draft, putting);
    } catch (error) {
      if (!(error instanceof UndecidedOpen)) throw error;
      throw new Refused(409, error.message, { open: openChoices, rows: error.rows, count: error.count });
    }
  };

  // `version` is the version that the person saw, 0 for a new organisation. A setting that is left out goes back to its default; a secret
  // that is left out stays. `open` says what becomes of the updates that are open in rows that are switched on.
  route(
    app,
    'PUT /operations/organisations/:id',
    { params, body: putBody },
    async ({ params: { id }, body, request }) => {
      const { who: madeBy, why, version: seen, open } = body;
      const draft = { ...body.organisation, id } as OrganisationDraft;
      return publish(id, await put(draft, { madeBy, why, seen, ...(open === undefined ? {} : { open }) }), request);
    },
  );

  route(
    app,
    'POST /operations/organisations/:id/rollback',
    { params, body: rollbackBody },
    async ({ params: { id }, body, request }) => {
      const { who: madeBy, version: seen, to, open } = body;
      const why = body.why || `back to version ${to}`;
      const draft = await organisations.draftAsOf(id, to);
      return publish(id, await put(draft, { madeBy, why, seen, ...(open === undefined ? {} : { open }) }), request);
    },
  );

  route(app, 'POST /operations/organisations/:id/try', { params, body: tryBody }, async ({ params: { id }, body }) => {
    const before = await organisations.get(id);
    if (before === undefined) throw noOrganisation();
    return previewConfiguration(db, before, await organisations.tried(checked(body.organisation, id)), body.limit);
  });
}

/** Returns the draft with its id, after the connectors have checked its `wire` settings. Throws OrganisationError if one is wrong. */
function checked(organisation: z.output<typeof organisationBody>, id: string): OrganisationDraft {
  const whole = { ...organisation, id } as OrganisationDraft;
  checkWire(whole);
  return whole;
}

/** Returns a version without its secrets, and when a first contact passed (null: none has). Throws Refused (404) if there is no version. */
async function show(db: Queryable, found: Version | undefined) {
  if (found === undefined) throw noOrganisation();
  const contactPassedAt = await loadContactPassed(db, found.organisation.id);
  return { ...found, organisation: withoutSecrets(found.organisation), contactPassedAt };
}

const noOrganisation = () => new Refused(404, 'there is no such organisation');
