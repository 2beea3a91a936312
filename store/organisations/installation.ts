/** One installation's record, opened from the environment (docs/configuration.md). */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type BlobStore, FolderBlobs } from '../files/blobs.ts';
import { type Database, openDatabase } from '../postgres/database.ts';
import { digester, masterKey, openSeal, organisationKey, type Seal } from '../postgres/secrets.ts';
import { Organisations } from './organisations.ts';

export const environment = z.object({
  /** PostgreSQL: `postgresql://user:password@host:port/name`. */
  DATABASE_URL: z.string().min(1),
  DATABASE_SCHEMA: z.string().default('palletways_qargo'),
  /** Folder for photos and PDFs. */
  PALLETWAYS_QARGO_BLOBS: z.string().min(1),
  /** Divides intervals and multiplies call limits; 1 everywhere but on a sandbox. */
  PALLETWAYS_QARGO_PACE: z.coerce.number().min(1).max(1000).default(1),
  /** Whether the Temporal server keeps worker versions apart; `off` for one that cannot. */
  PALLETWAYS_QARGO_WORKER_VERSIONS: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});
export type Environment = z.output<typeof environment>;

export interface Installation {
  readonly environment: Environment;
  readonly db: Database;
  readonly seal: Seal;
  readonly organisations: Organisations;
  readonly blobs: BlobStore;
  /** Keyed digest of personal data, by organisation. */
  digestOf(organisation: string): (text: string) => string;
  /** The key of that digest, for a thread of ours. */
  digestKeyOf(organisation: string): KeyObject;
  close(): Promise<void>;
}

/** Reads the environment; throws one Error that names every variable that is wrong. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const read = environment.safeParse(variables);
  if (read.success) return read.data;
  throw new Error(
    `environment: ${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
  );
}

/** Opens the record. Nothing is connected until the first query. */
export function openInstallation(
  applicationName: string,
  options: { readonly max?: number; readonly variables?: Readonly<Record<string, string | undefined>> } = {},
): Installation {
  const variables = options.variables ?? process.env;
  const env = readEnvironment(variables);
  const master = masterKey(variables);
  const seal = openSeal(master);
  const db = openDatabase({
    url: env.DATABASE_URL,
    schema: env.DATABASE_SCHEMA,
    applicationName,
    max: options.max ?? 10,
  });
  const digests = new Map<string, (text: string) => string>();
  return {
    environment: env,
    db,
    seal,
    organisations: new Organisations(db, seal),
    blobs: new FolderBlobs(db, env.PALLETWAYS_QARGO_BLOBS),
    digestOf(organisation) {
      const known = digests.get(organisation);
      if (known !== undefined) return known;
      const digest = digester(organisationKey(master, organisation));
      digests.set(organisation, digest);
      return digest;
    },
    digestKeyOf: (organisation) => organisationKey(master, organisation),
    close: () => db.end(),
  };
}
