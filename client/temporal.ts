/** The client's way to Temporal: the standard TEMPORAL_* variables, through envconfig. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Task queue of workflows and activities. */
export const taskQueue = 'palletways-qargo';

/** Connects; throws within 10 s where Temporal cannot be reached. Close with `client.connection.close()`. */
export async function connectTemporal(): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10s' });
  return new Client({ connection, namespace: namespace ?? 'default' });
}
