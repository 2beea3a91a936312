import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import type { Seal } from '../postgres/secrets.ts';
import { type Secrets, secretsIn, withoutSecrets, withSecrets } from './credentials.ts';
import { type OrganisationInput, organisationSchema } from './schema.ts';

export { withoutSecrets } from './credentials.ts';

/** What `put` takes: everything that has a default may be left out, and a secret left out stays as it was. */
export type OrganisationDraft = Unfinished<OrganisationInput> & { readonly id: string };
type Unfinished<T> = T extends object ? { readonly [K in keyof T]?: Unfinished<T[K]> } : T;

/** What is wrong with an organisation; `fields` names each one, `palletways.zone`. No value is repeated: it may be a secret. */
export class OrganisationError extends Error {
  readonly fields: readonly { readonly field: string; readonly reason: string }[];

  constructor(fields: readonly { readonly field: string; readonly reason: string }[]) {
    super(fields.map(({ field, reason }) => `${field}: ${reason}`).join('; '));
    this.name = 'OrganisationError';
    this.fields = fields;
  }
}

/** Somebody has changed the organisation since it was read: nothing was changed. */
export class StaleVersion extends Error {
  readonly seen: number;
  readonly version: number;

  constructor(id: string, seen: number, version: number) {
    super(`${id} is at version ${version}, and this was made from version ${seen}`);
    this.name = 'StaleVersion';
    this.seen = seen;
    this.version = version;
  }
}

/** Who makes a version, why, and the version that was seen (where it is not the latest it is refused). */
export interface Making {
  readonly madeBy: string;
  readonly why?: string;
  readonly seen?: number;
}

/** One version; its secrets are in it. */
export interface Version {
  readonly version: number;
  readonly madeBy: string;
  readonly why: string;
  /** UTC ISO, database clock. */
  readonly madeAt: string;
  readonly organisation: Organisation;
}

interface Row {
  readonly id: string;
  readonly settings: unknown;
  readonly secrets: Buffer;
  readonly version: number;
}

interface VersionRow extends Row {
  readonly made_by: string;
  readonly why: string;
  readonly made_at: Date;
}

/** The organisations of this installation. Secrets are sealed in the table and clear in what is returned. */
export class Organisations {
  readonly #db: Database;
  readonly #seal: Seal;
  readonly #ttlMs: number;
  readonly #kept = new Map<
    string,
    { readonly until: number; readonly organisation: Promise<Organisation | undefined> }
  >();

  /** `ttlMs`: how old an answer of `cached` can be, 2,000 unless told. */
  constructor(db: Database, seal: Seal, { ttlMs = 2000 }: { readonly ttlMs?: number } = {}) {
    this.#db = db;
    this.#seal = seal;
    this.#ttlMs = ttlMs;
  }

  /**
   * Makes or changes an organisation and returns it with defaults filled in. `madeBy` is the person or command.
   * Throws an OrganisationError naming every field that is wrong, or StaleVersion; then nothing was changed. `beside` is done in the same
   * transaction, after a new version was written.
   */
  async put(
    draft: OrganisationDraft,
    made: string | Making,
    beside?: (tx: Queryable, version: number) => Promise<void>,
  ): Promise<Organisation> {
    const making = typeof made === 'string' ? { madeBy: made } : made;
    const organisation = await inTransaction(this.#db, (tx) => this.#putIn(tx, draft, making, beside));
    this.#kept.delete(draft.id);
    return organisation;
  }

  /**
   * Makes the first organisations of an installation, all or none; where there is one already nothing is made or looked at, and none is
   * answered. Throws an OrganisationError naming every field that is wrong, by its place in the list: `1.palletways.zone`.
   */
  async beginWith(drafts: readonly OrganisationDraft[], making: Making): Promise<Organisation[]> {
    return inTransaction(this.#db, async (tx) => {
      // Services may start at once: the second waits, and finds what the first has made.
      await tx.query('lock table organisation in share row exclusive mode');
      const { rows } = await tx.query('select 1 from organisation limit 1');
      if (rows.length > 0) return [];
      const wrong: { field: string; reason: string }[] = [];
      const made: Organisation[] = [];
      for (const [place, draft] of drafts.entries()) {
        try {
          made.push(await this.#putIn(tx, draft, { ...making, seen: 0 }));
        } catch (error) {
          if (error instanceof StaleVersion) wrong.push({ field: `${place}.id`, reason: 'is there twice' });
          else if (!(error instanceof OrganisationError)) throw error;
          else wrong.push(...error.fields.map(({ field, reason }) => ({ field: `${place}.${field}`, reason })));
        }
      }
      if (wrong.length > 0) throw new OrganisationError(wrong);
      return made;
    });
  }

  async #putIn(
    tx: pg.PoolClient,
    draft: OrganisationDraft,
    making: Making,
    beside?: (tx: Queryable, version: number) => Promise<void>,
  ): Promise<Organisation> {
    // Its key stays, so that who makes a consignment of it meanwhile does not wait.
    const before = await this.#row(tx, draft.id, 'for no key update');
    if (making.seen !== undefined && making.seen !== (before?.version ?? 0))
      throw new StaleVersion(draft.id, making.seen, before?.version ?? 0);
    const checked = checkedWith(draft, before === undefined ? {} : this.#secretsOf(before));
    const version = await this.#write(tx, checked, before, making);
    if (version !== null) await beside?.(tx, version);
    return checked;
  }

  /**
   * What `put` would make of a draft, without keeping it. Throws an OrganisationError naming every field that is wrong.
   */
  async tried(draft: OrganisationDraft): Promise<Organisation> {
    const before = await this.#row(this.#db, draft.id, '');
    return checkedWith(draft, before === undefined ? {} : this.#secretsOf(before));
  }

  /** All versions, the latest first; empty where there is no such organisation. */
  async versions(id: string): Promise<Version[]> {
    const { rows } = await this.#db.query<VersionRow>(
      `select organisation as id, version, settings, secrets, made_by, why, made_at from organisation_version
        where organisation = $1 order by version desc`,
      [id],
    );
    return rows.map((row) => this.#version(row));
  }

  /** One version, the latest where none is named; undefined where there is none. */
  async version(id: string, version?: number): Promise<Version | undefined> {
    const { rows } = await this.#db.query<VersionRow>(
      `select organisation as id, version, settings, secrets, made_by, why, made_at from organisation_version
        where organisation = $1 and version = coalesce($2, version) order by version desc limit 1`,
      [id, version ?? null],
    );
    return rows[0] === undefined ? undefined : this.#version(rows[0]);
  }

  /**
   * The settings of an earlier version as a new one. Keys and passwords stay as they are: they are no mistake of a mapping; where
   * one is missing now, that of the earlier version comes back. Throws as `put` does, and where there is no such version.
   */
  async rollback(id: string, to: number, making: Making): Promise<Organisation> {
    return this.put(await this.draftAsOf(id, to), { ...making, why: making.why || `back to version ${to}` });
  }

  /** The settings of an earlier version with the keys and passwords of now, as a draft. @throws as {@link rollback} */
  async draftAsOf(id: string, to: number): Promise<OrganisationDraft> {
    const earlier = await this.version(id, to);
    if (earlier === undefined)
      throw new OrganisationError([{ field: 'to', reason: `there is no version ${to} of ${id}` }]);
    const now = await this.get(id);
    const secrets = { ...secretsIn(earlier.organisation), ...(now === undefined ? {} : secretsIn(now)) };
    return withSecrets(withoutSecrets(earlier.organisation), secrets) as OrganisationDraft;
  }

  /** Undefined where there is none of this id. */
  async get(id: string): Promise<Organisation | undefined> {
    const row = await this.#row(this.#db, id, '');
    return row === undefined ? undefined : this.#opened(row);
  }

  /** All of them by id, those that are not active too. */
  async list(): Promise<Organisation[]> {
    const { rows } = await this.#db.query<Row>('select id, settings, secrets, version from organisation order by id');
    return rows.map((row) => this.#opened(row));
  }

  /** As `get`, but up to `ttlMs` old; for everything that asks at each message. */
  async cached(id: string): Promise<Organisation | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined && performance.now() < kept.until) return kept.organisation;
    const organisation = this.get(id);
    // Ids come from outside too: what does not exist must not fill the memory.
    if (this.#kept.size >= 1000) this.#kept.clear();
    this.#kept.set(id, { until: performance.now() + this.#ttlMs, organisation });
    organisation.catch(() => this.#kept.delete(id));
    return organisation;
  }

  async #row(tx: Queryable, id: string, lock: '' | 'for no key update'): Promise<Row | undefined> {
    const { rows } = await tx.query<Row>(
      `select id, settings, secrets, version from organisation where id = $1 ${lock}`,
      [id],
    );
    return rows[0];
  }

  async #write(
    tx: pg.PoolClient,
    organisation: Organisation,
    before: Row | undefined,
    { madeBy, why }: Making,
  ): Promise<number | null> {
    const settings = withoutSecrets(organisation);
    const secrets = secretsIn(organisation);
    if (
      before !== undefined &&
      isDeepStrictEqual(before.settings, settings) &&
      isDeepStrictEqual(this.#secretsOf(before), secrets)
    )
      return null;
    const sealed = this.#seal.seal(JSON.stringify(secrets), about(organisation.id));
    const { rows } = await tx.query<{ version: number }>(
      `insert into organisation (id, name, active, settings, secrets, made_by) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update set name = $2, active = $3, settings = $4, secrets = $5, made_by = $6,
         version = organisation.version + 1, updated_at = now()
       returning version`,
      [organisation.id, organisation.name, organisation.active, settings, sealed, madeBy],
    );
    const version = rows[0]?.version ?? 1;
    await tx.query(
      `insert into organisation_version (organisation, version, settings, secrets, made_by, why) values ($1, $2, $3, $4, $5, $6)`,
      [organisation.id, version, settings, sealed, madeBy, why ?? ''],
    );
    // The first version has nobody to wake.
    if (before !== undefined)
      await tx.query('insert into publication (organisation, version, before) values ($1, $2, $3)', [
        organisation.id,
        version,
        before.version,
      ]);
    return version;
  }

  #version(row: VersionRow): Version {
    const { version, made_by, why, made_at } = row;
    return { version, madeBy: made_by, why, madeAt: made_at.toISOString(), organisation: this.#opened(row) };
  }

  #secretsOf(row: Row): Secrets {
    return JSON.parse(this.#seal.open(row.secrets, about(row.id)).toString('utf8')) as Secrets;
  }

  #opened(row: Row): Organisation {
    return organisationSchema.parse(withSecrets(row.settings, this.#secretsOf(row)));
  }
}

const about = (id: string) => `organisation ${id}`;

function checkedWith(draft: OrganisationDraft, secrets: Secrets): Organisation {
  const checked = organisationSchema.safeParse(withSecrets(draft, secrets));
  if (checked.success) return checked.data;
  throw new OrganisationError(
    checked.error.issues.map((issue) => ({ field: issue.path.join('.') || 'organisation', reason: reasonOf(issue) })),
  );
}

function reasonOf(issue: {
  readonly code?: string;
  readonly message: string;
  readonly keys?: readonly string[];
}): string {
  if (issue.code === 'unrecognized_keys') return `has no field ${(issue.keys ?? []).join(', ')}`;
  return /received undefined/.test(issue.message) ? 'is missing' : issue.message;
}
