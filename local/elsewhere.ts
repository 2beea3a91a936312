import type { Connection } from '@temporalio/client';
import pg from 'pg';
import type { Made } from './data-folder.ts';

/** Schema and namespace of the demonstration where database or Temporal are not ours. */
export const demoSchema = 'palletways_qargo_demo';
export const demoNamespace = 'palletways-qargo-demo';

/** Database without its credentials, to remember in which one something was made. */
export function databaseName(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Throws where an organisation exists that this data folder did not make: then nothing there is ours to play with. */
export function refuseForeign(existing: readonly string[], made: Made, database: string): void {
  const own = made.database === databaseName(database) ? made.organisations : [];
  const foreign = existing.filter((id) => !own.includes(id));
  if (foreign.length === 0) return;
  throw new Error(
    `the schema ${demoSchema} of ${databaseName(database)} holds organisations that this demonstration did not make: ${foreign.join(', ')}. ` +
      'Nothing was changed. Use another database, or unset DATABASE_URL.',
  );
}

/** Whether the demonstration's schema exists there. */
export function schemaExists(url: string): Promise<boolean> {
  return withDatabase(url, async (client) => {
    const { rowCount } = await client.query('select 1 from information_schema.schemata where schema_name = $1', [
      demoSchema,
    ]);
    return rowCount === 1;
  });
}

/** Deletes the demonstration's schema, and only that. */
export function dropSchema(url: string): Promise<void> {
  return withDatabase(url, async (client) => {
    await client.query(`drop schema if exists ${demoSchema} cascade`);
  });
}

/** Makes the demonstration's namespace; false where it was there. */
export function makeNamespace(): Promise<boolean> {
  return withTemporal(async (connection) => {
    const { msToTs } = await import('@temporalio/common/lib/time.js');
    try {
      await connection.workflowService.registerNamespace({
        namespace: demoNamespace,
        workflowExecutionRetentionPeriod: msToTs('3 days'),
      });
      return true;
    } catch (error) {
      // gRPC status 6: already exists.
      if (error instanceof Error && 'code' in error && error.code === 6) return false;
      throw new Error(
        `the namespace ${demoNamespace} could not be made at TEMPORAL_ADDRESS: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  });
}

/** Deletes the demonstration's namespace with all that is in it. */
export function deleteNamespace(): Promise<void> {
  return withTemporal(async (connection) => {
    await connection.operatorService.deleteNamespace({ namespace: demoNamespace });
  });
}

/** Waits until the namespace can be used: a server learns of a new one within some seconds. */
export function namespaceServes(): Promise<void> {
  return withTemporal(async (connection) => {
    for (let left = 60; ; left--) {
      try {
        await connection.workflowService.listWorkflowExecutions({ namespace: demoNamespace, pageSize: 1 });
        return;
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  });
}

async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function withTemporal<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  // Loaded only where it is needed: it takes a good part of a second.
  const [{ Connection }, { loadClientConnectConfig }] = await Promise.all([
    import('@temporalio/client'),
    import('@temporalio/envconfig'),
  ]);
  const { connectionOptions } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10s' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
