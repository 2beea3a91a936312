/** The worker process: runs workflows and activities until it is told to stop. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities, type Installation } from '../activities/index.ts';

export const taskQueue = 'palletways-qargo';

/** The bundle that `npm run build` made, or one made now (two seconds). */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const built = fileURLToPath(new URL('../workflows/bundle.js', import.meta.url));
  if (existsSync(built)) return { codePath: built };
  const source = new URL(`../workflows/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  return bundleWorkflowCode({ workflowsPath: fileURLToPath(source), logger: quiet });
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };

export interface WorkerProcess {
  /** Ends when the worker has ended. */
  readonly ended: Promise<void>;
  /** Lets what runs finish (at most 25 s), then ends. */
  stop(): void;
}

/** Connects and starts. Throws where Temporal cannot be reached. */
export async function startWorker(installation: Installation, log: Logger): Promise<WorkerProcess> {
  Runtime.install({ shutdownSignals: [], telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const worker = await Worker.create({
    connection,
    namespace: namespace ?? 'default',
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: createActivities(installation, log),
    maxCachedWorkflows: 2_000,
    maxConcurrentActivityTaskExecutions: 600,
    maxConcurrentLocalActivityExecutions: 50,
    maxConcurrentWorkflowTaskExecutions: 40,
    // Fixed: pollers that scale down were seen to lose a task that was just being handed out, until its time-out.
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
    stickyQueueScheduleToStartTimeout: '5s',
    shutdownGraceTime: '25s',
    shutdownForceTime: '40s',
  });
  log.info('worker is ready');
  const watch = watchTemporal(connection, log);
  const run = async () => {
    try {
      await worker.run();
    } finally {
      watch.stop();
      // A worker that failed still holds it: that is not what must be told.
      await connection.close().catch(() => undefined);
    }
  };
  const ended = run();
  const stop = () => {
    // A second word to stop changes nothing: the SDK would throw.
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return { ended, stop };
}

const askEveryMs = 10_000;

/** Says when Temporal stops answering and when it answers again: the pollers wait for it without a word. */
function watchTemporal(connection: NativeConnection, log: Logger): { stop(): void } {
  let away: number | undefined;
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      await connection.withDeadline(Date.now() + 5_000, () => connection.workflowService.getSystemInfo({}));
      if (away !== undefined) log.info({ awayMs: Date.now() - away }, 'Temporal answers again');
      away = undefined;
    } catch (error) {
      away ??= Date.now();
      log.warn({ err: error, awayMs: Date.now() - away }, 'Temporal does not answer; the worker goes on when it does');
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void ask(), askEveryMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
