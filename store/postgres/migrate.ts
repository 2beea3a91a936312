import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { inSchema, schemaName } from './database.ts';

/** The SQL files, beside this file in the source as in the build. */
const folder = fileURLToPath(new URL('./migrations', import.meta.url));

/** Kept in the schema itself: which files have been run. */
const TABLE = 'migration';

/**
 * Brings the schema up to date and returns the names of the files it ran, `[]` when there was nothing to do. Makes the schema
 * where it is missing. Only forward, all new files in one transaction, in the order of their numbers; a file that should have
 * come before one already run is refused. Who comes second waits for the first (advisory lock of this schema).
 */
export async function migrate({ url, schema }: { readonly url: string; readonly schema: string }): Promise<string[]> {
  const ran = await runner({
    databaseUrl: {
      connectionString: inSchema(url, schema),
      connectionTimeoutMillis: 10_000,
      application_name: 'palletways-qargo migrate',
    },
    dir: folder,
    ignorePattern: '(?!\\d+_.*\\.sql$).*',
    schema: schemaName(schema),
    createSchema: true,
    migrationsTable: TABLE,
    direction: 'up',
    checkOrder: true,
    singleTransaction: true,
    lockValue: lockOf(schema),
    advisoryLockMode: 'wait',
    logger: silent,
  });
  return ran.map((file) => file.name);
}

/** What goes wrong is thrown; what goes well is returned. */
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function lockOf(schema: string): number {
  return createHash('sha256').update(`palletways-qargo migrate ${schema}`).digest().readUIntBE(0, 6);
}
