import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { loopbackDirect } from './environment.ts';
import type { Running, Supervisor } from './processes.ts';

export interface TemporalOptions {
  /** The CLI, from `findTemporal`. */
  readonly cli: string;
  readonly data: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace?: string;
}

export interface Temporal {
  readonly address: string;
  readonly ui: string;
  readonly namespace: string;
  readonly running: Running;
}

/** Starts the dev server on a file in the data folder and waits until it serves the namespace. */
export async function startTemporal(supervisor: Supervisor, options: TemporalOptions): Promise<Temporal> {
  const { cli, data, port, uiPort, namespace = 'default' } = options;
  const address = `127.0.0.1:${port}`;
  const env = serverEnv();
  const running = await supervisor.start({
    name: 'temporal',
    command: cli,
    args: serverArgs(data, port, uiPort, namespace),
    env,
    readyWithinMs: 60_000,
    stopWithinMs: 10_000,
    readyWhen: () =>
      asks(cli, ['operator', 'namespace', 'describe', '--namespace', namespace, '--address', address], env),
  });
  return { address, ui: `http://127.0.0.1:${uiPort}`, namespace, running };
}

function serverArgs(data: string, port: number, uiPort: number, namespace: string): string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--ui-port=${uiPort}`,
    `--namespace=${namespace}`,
    `--db-filename=${join(data, 'temporal.db')}`,
    // Three to four times faster than the defaults of a file, and what is committed survives a killed process.
    '--sqlite-pragma=journal_mode=wal',
    '--sqlite-pragma=synchronous=1',
    // The defaults are for a cluster shared by many: one namespace has it alone here.
    '--dynamic-config-value=frontend.namespaceRPS=20000',
    '--dynamic-config-value=frontend.rps=20000',
    // Organisations take turns where more waits than workers can take; priority is on by itself.
    '--dynamic-config-value=matching.enableFairness=true',
    '--log-level=error',
    '--ui-disable-news-fetch',
  ];
}

/** Without the client settings of the one who starts us: they name another server. */
function serverEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return loopbackDirect(Object.fromEntries(kept));
}

function asks(cli: string, args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(cli, args, { env, timeout: 5_000 }, (error) => resolve(error === null));
  });
}
