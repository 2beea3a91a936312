import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { Organisation } from '../domain/organisation.ts';
import { type Database, inTransaction, type Queryable } from './database.ts';
import { type OrganisationInput, organisationSchema, type SecretPath, secretPaths } from './organisation-schema.ts';
import type { Seal } from './secrets.ts';

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

interface Row {
  readonly id: string;
  readonly settings: unknown;
  readonly secrets: Buffer;
  readonly version: number;
}

/** The organisations of this installation. Secrets are sealed in the table and clear in what is returned. */
export class Organisations {
  readonly #db: Database;
  readonly #seal: Seal;
  readonly #ttlMs: number;
  readonly #kept = new Map<string, { readonly until: number; readonly organisation: Promise<Organisation | undefined> }>();

  /** `ttlMs`: how old an answer of `cached` can be, 2,000 unless told. */
  constructor(db: Database, seal: Seal, { ttlMs = 2000 }: { readonly ttlMs?: number } = {}) {
    this.#db = db;
    this.#seal = seal;
    this.#ttlMs = ttlMs;
  }

  /**
   * Makes or changes an organisation and returns it with defaults filled in. `madeBy` is the person or command.
   * Throws an OrganisationError naming every field that is wrong; then nothing was changed.
   */
  async put(draft: OrganisationDraft, madeBy: string): Promise<Organisation> {
    const organisation = await inTransaction(this.#db, async (tx) => {
      const before = await this.#row(tx, draft.id, 'for update');
      const secrets = before === undefined ? {} : this.#secretsOf(before);
      const checked = organisationSchema.safeParse(withSecrets(draft, secrets));
      if (!checked.success) {
        throw new OrganisationError(
          checked.error.issues.map((issue) => ({ field: issue.path.join('.') || 'organisation', reason: reasonOf(issue) })),
        );
      }
      await this.#write(tx, checked.data, before, madeBy);
      return checked.data;
    });
    this.#kept.delete(draft.id);
    return organisation;
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

  async #row(tx: Queryable, id: string, lock: '' | 'for update'): Promise<Row | undefined> {
    const { rows } = await tx.query<Row>(`select id, settings, secrets, version from organisation where id = $1 ${lock}`, [id]);
    return rows[0];
  }

  async #write(tx: pg.PoolClient, organisation: Organisation, before: Row | undefined, madeBy: string): Promise<void> {
    const settings = withoutSecrets(organisation);
    const secrets = secretsIn(organisation);
    if (before !== undefined && isDeepStrictEqual(before.settings, settings) && isDeepStrictEqual(this.#secretsOf(before), secrets)) return;
    await tx.query(
      `insert into organisation (id, name, active, settings, secrets, made_by) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update set name = $2, active = $3, settings = $4, secrets = $5, made_by = $6,
         version = organisation.version + 1, updated_at = now()`,
      [
        organisation.id,
        organisation.name,
        organisation.active,
        settings,
        this.#seal.seal(JSON.stringify(secrets), about(organisation.id)),
        madeBy,
      ],
    );
  }

  #secretsOf(row: Row): Secrets {
    return JSON.parse(this.#seal.open(row.secrets, about(row.id)).toString('utf8')) as Secrets;
  }

  #opened(row: Row): Organisation {
    return organisationSchema.parse(withSecrets(row.settings, this.#secretsOf(row)));
  }
}

/** The settings as they may be shown and stored in clear: the secrets are left out. */
export function withoutSecrets(organisation: Organisation): Record<string, unknown> {
  const copy = structuredClone(organisation) as unknown as Record<string, unknown>;
  for (const path of secretPaths) {
    const place = placeOf(copy, path);
    if (place !== undefined) delete place.parent[place.name];
  }
  return copy;
}

type Secrets = { readonly [path in SecretPath]?: string };

const about = (id: string) => `organisation ${id}`;

function secretsIn(organisation: Organisation): Secrets {
  const found: { [path in SecretPath]?: string } = {};
  for (const path of secretPaths) {
    const place = placeOf(organisation, path);
    const value = place?.parent[place.name];
    if (typeof value === 'string') found[path] = value;
  }
  return found;
}

function withSecrets(settings: unknown, secrets: Secrets): unknown {
  const copy: unknown = structuredClone(settings);
  for (const path of secretPaths) {
    const place = placeOf(copy, path);
    if (place !== undefined && place.parent[place.name] === undefined && secrets[path] !== undefined)
      place.parent[place.name] = secrets[path];
  }
  return copy;
}

/** The object that holds (or would hold) the last step of a dotted path; undefined where the way there is missing. */
function placeOf(root: unknown, path: SecretPath): { parent: Record<string, unknown>; name: string } | undefined {
  const steps = path.split('.');
  const name = steps.pop();
  let at = root;
  for (const step of steps) at = isRecord(at) ? at[step] : undefined;
  return name !== undefined && isRecord(at) ? { parent: at, name } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(issue: { readonly code?: string; readonly message: string; readonly keys?: readonly string[] }): string {
  if (issue.code === 'unrecognized_keys') return `has no field ${(issue.keys ?? []).join(', ')}`;
  return /received undefined/.test(issue.message) ? 'is missing' : issue.message;
}
