/** The versions of our workers at Temporal: which is the current one, and how many open runs each has. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { buildIdOf, deploymentName } from '../../store/postgres/worker-version.ts';
import { taskQueue } from '../temporal.ts';

const { RoutingConfigUpdateState, TaskQueueType, VersionDrainageStatus } = protocol.temporal.api.enums.v1;
/** gRPC: nothing of that name, or not yet in a state for it. */
const notYet: ReadonlySet<number> = new Set([5, 9]);
/** gRPC: no such call, or not allowed in this namespace. */
const never: ReadonlySet<number> = new Set([7, 12]);
const askEveryMs = 500;
/** A worker that has not asked for work for so long is gone: it asks at least once a minute. */
const silentMs = 80_000;

export interface VersionRuns {
  readonly buildId: string;
  /** Runs of every workflow type that are open on it. */
  readonly open: number;
  /** Whether a worker of it has asked for work lately. */
  readonly served: boolean;
}

/** The build id of the workers of this build. Throws where it was not built. */
export async function ownBuildId(): Promise<string> {
  const bundle = new URL('../../workflows/bundle.js', import.meta.url);
  const code = await readFile(bundle, 'utf8').catch((error: unknown) => {
    throw new Error('there is no workflow bundle beside this command: run npm run build', { cause: error });
  });
  return buildIdOf(code);
}

/**
 * Makes a version the current one, as soon as a worker of it has asked for work, and waits until the server goes by it. Answers the
 * one before, which is the same where nothing was to do; undefined: none. Throws what Temporal says where that takes longer than `waitMs`.
 */
export async function makeCurrent(temporal: Client, buildId: string, waitMs = 60_000): Promise<string | undefined> {
  const until = Date.now() + waitMs;
  for (;;) {
    try {
      const previous = await currentBuildId(temporal);
      if (previous !== buildId) await setCurrent(temporal, buildId);
      while (await isSpreading(temporal)) await sleep(askEveryMs);
      return previous;
    } catch (error) {
      if (!isGrpcServiceError(error)) throw error;
      if (never.has(error.code))
        throw new Error(`no worker versions at this server (${error.details}): see PALLETWAYS_QARGO_WORKER_VERSIONS`, {
          cause: error,
        });
      if (!notYet.has(error.code)) throw error;
      if (Date.now() > until)
        throw new Error(`${buildId} cannot be made the current version: ${error.details}`, { cause: error });
    }
    await sleep(askEveryMs);
  }
}

/** The versions that have open runs, but for what ends by itself at the moment. Throws what Temporal throws. */
export async function countRuns(temporal: Client): Promise<VersionRuns[]> {
  const info = await describe(temporal);
  const known = (info?.versionSummaries ?? [])
    .filter(({ drainageStatus }) => drainageStatus !== VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED)
    .flatMap(({ deploymentVersion }) => deploymentVersion?.buildId ?? []);
  const served = await servedBuildIds(temporal);
  const counted = known.map(async (buildId) => {
    const { count } = await temporal.workflow.count(runsOf(buildId));
    return { buildId, open: count, served: served.has(buildId) };
  });
  return (await Promise.all(counted)).filter(({ open }) => open > 0);
}

/** Ids of the workflows whose runs are open on a version. Throws what Temporal throws. */
export async function workflowsOn(temporal: Client, buildId: string): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { workflowId } of temporal.workflow.list({ query: runsOf(buildId) })) found.add(workflowId);
  return found;
}

const runsOf = (buildId: string) =>
  `ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = '${deploymentName}:${buildId}'`;

async function describe(temporal: Client) {
  const { namespace } = temporal.options;
  const { workerDeploymentInfo } = await temporal.workflowService.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  return workerDeploymentInfo;
}

async function currentBuildId(temporal: Client): Promise<string | undefined> {
  const info = await describe(temporal);
  return info?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
}

async function setCurrent(temporal: Client, buildId: string): Promise<void> {
  const { namespace, identity } = temporal.options;
  await temporal.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity });
}

/** Whether a part of the server goes by the version before: a run that is woken now would not notice. */
async function isSpreading(temporal: Client): Promise<boolean> {
  const info = await describe(temporal);
  return info?.routingConfigUpdateState === RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS;
}

async function servedBuildIds(temporal: Client): Promise<Set<string>> {
  const { namespace } = temporal.options;
  const taskQueueType = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW;
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  const awake = (pollers ?? []).filter(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < silentMs,
  );
  return new Set(awake.flatMap(({ deploymentOptions }) => deploymentOptions?.buildId ?? []));
}
