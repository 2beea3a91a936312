/**
 * `node dist/bench/heap.js`: the heap of one cached consignment workflow after its ordinary life, printed; exit code 1 above
 * 100 KB. Workflows run on this thread (`debugMode`), so that the collector sees them: heap with 250 of them, with 500, and
 * the difference shared among 250. Activities answer at once; what is signalled is a recorded life (test/histories).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '@temporalio/client';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ConsignmentActivities, DeliverInput, DeliverResult } from '../activities/types.ts';
import { registerSearchAttributes } from '../client/cli/setup.ts';
import { connectTemporal, taskQueue } from '../client/temporal.ts';
import type { Fact } from '../domain/facts.ts';
import { findTemporal } from '../local/binaries/find.ts';
import { loopbackDirect } from '../local/environment.ts';
import { nextFree } from '../local/ports.ts';
import { Supervisor } from '../local/processes.ts';
import { startTemporal } from '../local/temporal.ts';
import { workflowBundle } from '../workers/worker.ts';
import type { Told } from '../workflows/messages.ts';
import { signalsOf } from './history.ts';

const batch = 250;
const aimBytes = 100 * 1024;

/** All that a recorded life was told, in one signal. */
function recordedLife(): Told {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const file = join(root, `test/histories/${version}-one-at-a-time.json`);
  const told = signalsOf(historyFromJSON(JSON.parse(readFileSync(file, 'utf8')))).map(({ argument }) => argument as Told);
  return { facts: told.flatMap(({ facts }): readonly Fact[] => facts), policy: { graceHours: 72, maxHistory: 1_000 } };
}

/** Everything is delivered at once; counts what was asked. */
function activities(done: { count: number; at: number }): ConsignmentActivities {
  const deliver = (input: DeliverInput): Promise<DeliverResult> => {
    done.count += 1;
    done.at = Date.now();
    const at = new Date().toISOString();
    const outcomes = input.items.map(({ key, digest, revision }) => ({ key, digest, revision, state: 'delivered' as const, at }));
    return Promise.resolve({ outcomes, facts: [] });
  };
  return {
    loadConsignment: () =>
      Promise.resolve({ state: { subjects: {} }, ledger: {}, policy: { graceHours: 72, maxHistory: 1_000 }, reference: null }),
    recordHand: () => Promise.resolve(),
    keepStage: () => Promise.resolve(),
    deliverToQargo: deliver,
    deliverToPalletways: deliver,
  };
}

async function start(temporal: Client, told: Told, from: number): Promise<void> {
  for (let first = from; first < from + batch; first += 25) {
    await Promise.all(
      Array.from({ length: 25 }, (_, nth) =>
        temporal.workflow.signalWithStart('consignment', {
          workflowId: `bench/c${first + nth}`,
          taskQueue,
          args: [{ organisation: 'bench', consignment: `c${first + nth}` }],
          signal: 'facts',
          signalArgs: [told],
        }),
      ),
    );
  }
}

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

async function heapUsed(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    collect();
    await sleep(200);
  }
  return process.memoryUsage().heapUsed;
}

async function measure(temporal: Client): Promise<{ perWorkflow: number; cached: number }> {
  const done = { count: 0, at: 0 };
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: activities(done),
    maxCachedWorkflows: 4 * batch,
    debugMode: true,
  });
  const running = worker.run();
  const told = recordedLife();
  const heaps: number[] = [];
  try {
    for (const from of [0, batch]) {
      await start(temporal, told, from);
      while (worker.getStatus().numCachedWorkflows < from + batch || Date.now() - done.at < 3_000) await sleep(250);
      heaps.push(await heapUsed());
    }
    const cached = worker.getStatus().numCachedWorkflows;
    return { perWorkflow: ((heaps[1] ?? 0) - (heaps[0] ?? 0)) / batch, cached };
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
  }
}

Object.assign(process.env, loopbackDirect(process.env));
const quiet = { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } as const;
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: quiet });
const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-heap-'));
const supervisor = new Supervisor(data);
try {
  const { path: cli } = await findTemporal({ data: resolve('.palletways-qargo'), say: (line) => process.stderr.write(`${line}\n`) });
  const port = await nextFree(12_000 + Math.floor(Math.random() * 9_000) * 2);
  const { address, namespace } = await startTemporal(supervisor, { cli, data, port, uiPort: await nextFree(port + 1) });
  process.env.TEMPORAL_ADDRESS = address;
  process.env.TEMPORAL_NAMESPACE = namespace;
  await registerSearchAttributes();
  const temporal = await connectTemporal();
  const { perWorkflow, cached } = await measure(temporal);
  await temporal.connection.close();
  process.stdout.write(`heap of one cached workflow: ${(perWorkflow / 1024).toFixed(1)} KB (${cached} cached; aim under 100 KB)\n`);
  if (perWorkflow > aimBytes) process.exitCode = 1;
} finally {
  await supervisor.stopAll();
  rmSync(data, { recursive: true, force: true });
}
