import { join } from 'node:path';
import { runOrThrow } from './command.ts';
import { loopbackDirect } from './environment.ts';

/** What product processes are told by their environment. */
export interface ProductSettings {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly masterKey: string;
  readonly data: string;
  readonly pace: number;
}

export function productEnvironment(settings: ProductSettings): NodeJS.ProcessEnv {
  return {
    ...loopbackDirect(process.env),
    DATABASE_URL: settings.databaseUrl,
    DATABASE_SCHEMA: settings.schema,
    TEMPORAL_ADDRESS: settings.temporalAddress,
    TEMPORAL_NAMESPACE: settings.namespace,
    PALLETWAYS_QARGO_MASTER_KEY: settings.masterKey,
    PALLETWAYS_QARGO_BLOBS: join(settings.data, 'blobs'),
    PALLETWAYS_QARGO_PACE: String(settings.pace),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
  };
}

/** The product's command line, run to its end. */
export function productCommand(dist: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return runOrThrow(`palletways-qargo ${args.slice(0, 2).join(' ')}`, [join(dist, 'client/cli/main.js'), ...args], env);
}
