import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, type DatabaseOptions, openDatabase } from '../store/postgres/database.ts';
import { migrate } from '../store/postgres/migrate.ts';
import { withClient } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

/** A schema of its own with all tables, in the server of the test run. */
export interface FreshSchema {
  readonly url: string;
  readonly schema: string;
  readonly db: Database;
  /** Another pool on the same schema, as another process would have it. */
  open(options?: Partial<DatabaseOptions>): Database;
  /** Ends the pools and drops the schema. */
  close(): Promise<void>;
}

/** Makes a schema with a random name and brings it up to date. Call `close()` in `afterAll`. */
export async function freshSchema(): Promise<FreshSchema> {
  const url = inject('databaseUrl');
  const schema = `t_${randomBytes(6).toString('hex')}`;
  await migrate({ url, schema });
  const pools: Database[] = [];
  const open = (options: Partial<DatabaseOptions> = {}): Database => {
    const pool = openDatabase({ url, schema, applicationName: 'test', ...options });
    pools.push(pool);
    return pool;
  };
  return {
    url,
    schema,
    db: open(),
    open,
    async close() {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      await dropSchema(url, schema);
    },
  };
}

/** Drops a schema with everything in it. */
export async function dropSchema(url: string, schema: string): Promise<void> {
  await withClient(url, (client) => client.query(`drop schema if exists ${schema} cascade`));
}
