/** The worker process: runs workflows and activities until it is told to stop. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerDeploymentOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { buildIdOf, createActivities, deploymentName, type Installation } from '../activities/index.ts';

export const taskQueue = 'palletways-qargo';

/** The bundle that `npm run build` made, or one made now (two seconds). */
export async function workflowBundle(): Promise<WorkflowBundle> {
  const built = fileURLToPath(new URL('../workflows/bundle.js', import.meta.url));
  if (existsSync(built)) return { code: await readFile(built, 'utf8') };
  const source = new URL(`../workflows/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  return bundleWorkflowCode({ workflowsPath: fileURLToPath(source), logger: quiet });
}

/**
 * Which version of us this worker is. A run stays with the version that began it and goes on as the next one when it continues as
 * new. Until the version is made the current one (`palletways-qargo release`) Temporal gives its workers no new run.
 */
function deploymentOf({ code }: WorkflowBundle): WorkerDeploymentOptions {
  const version = { deploymentName, buildId: buildIdOf(code) };
  return { useWorkerVersioning: true, version, defaultVersioningBehavior: 'PINNED' };
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
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const bundle = await workflowBundle();
  const versioned = installation.environment.PALLETWAYS_QARGO_WORKER_VERSIONS === 'on';
  const worker = await Worker.create({
    connection,
    namespace: namespace ?? 'default',
    taskQueue,
    workflowBundle: bundle,
    ...(versioned ? { workerDeploymentOptions: deploymentOf(bundle) } : {}),
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
  log.info({ build: buildIdOf(bundle.code), versioned }, 'worker is ready');
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
