/**
 * `npm run bench:heap`: the heap of one cached run of a consignment's workflow after its ordinary life, printed.
 * Workflows run on this thread (`debugMode`), so that the collector sees them: heap with 250 of them, with 500, and
 * the difference shared among 250. Activities answer at once; what is signalled are the plans of a recorded life (test/histories).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '@temporalio/client';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ConsignmentActivities, ConsignmentId, Sent } from '../activities/types.ts';
import { registerSearchAttributes } from '../client/cli/setup.ts';
import { connectTemporal, taskQueue } from '../client/temporal.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import { findTemporal } from '../local/binaries/find.ts';
import { loopbackDirect } from '../local/environment.ts';
import { nextFree } from '../local/ports.ts';
import { Supervisor } from '../local/processes.ts';
import { startTemporal } from '../local/temporal.ts';
import { workflowBundle } from '../workers/worker.ts';
import { signalsOf } from './history.ts';

const batch = 250;

/** The plans that a recorded life was told: its first, one of its middle, its last. */
function recordedPlans(): Plan[] {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../test/histories');
  const file = readdirSync(folder).find((name) => name.endsWith('-one-at-a-time.json'));
  if (file === undefined) throw new Error('no recorded life');
  const history = historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const plans = signalsOf(history).flatMap(({ argument }) => (argument as { plan?: Plan }).plan ?? []);
  return [plans[0], plans[Math.floor(plans.length / 2)], plans.at(-1)].filter((plan) => plan !== undefined);
}

/** What consignments were told last, and when something was asked last. */
class Record {
  readonly #plans = new Map<string, Plan>();
  at = 0;

  tell(consignment: string, plan: Plan): void {
    this.#plans.set(consignment, plan);
  }

  planOf({ consignment }: ConsignmentId): Plan {
    const plan = this.#plans.get(consignment);
    if (plan === undefined) throw new Error(`nothing was told of ${consignment}`);
    this.at = Date.now();
    return plan;
  }
}

/** Everything is delivered at once. */
function activities(record: Record): ConsignmentActivities {
  const send = (input: ConsignmentId): Promise<Sent> =>
    Promise.resolve({ plan: { ...record.planOf(input), lanes: {} } });
  return {
    loadPlan: (input) => Promise.resolve(record.planOf(input)),
    takeInByHand: (input) =>
      Promise.resolve({ answers: input.said.map(() => ({ taken: true })), plan: record.planOf(input) }),
    closeConsignment: (input) => Promise.resolve({ closed: false, plan: record.planOf(input) }),
    sendToQargo: send,
    sendToPalletways: send,
  };
}

async function tellAll(temporal: Client, record: Record, plan: Plan, from: number): Promise<void> {
  for (let first = from; first < from + batch; first += 25) {
    await Promise.all(
      Array.from({ length: 25 }, (_, nth) => {
        const consignment = `c${first + nth}`;
        record.tell(consignment, plan);
        return temporal.workflow.signalWithStart('consignment', {
          workflowId: `bench/${consignment}`,
          taskQueue,
          args: [{ organisation: 'bench', consignment }],
          signal: 'facts',
          signalArgs: [{ plan }],
        });
      }),
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
  const record = new Record();
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: activities(record),
    maxCachedWorkflows: 4 * batch,
    debugMode: true,
  });
  const running = worker.run();
  const plans = recordedPlans();
  const heaps: number[] = [];
  try {
    for (const from of [0, batch]) {
      for (const plan of plans) {
        await tellAll(temporal, record, plan, from);
        while (worker.getStatus().numCachedWorkflows < from + batch || Date.now() - record.at < 3_000) await sleep(250);
      }
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
  const { path: cli } = await findTemporal({
    data: resolve('.palletways-qargo'),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const port = await nextFree(12_000 + Math.floor(Math.random() * 9_000) * 2);
  const { address, namespace } = await startTemporal(supervisor, { cli, data, port, uiPort: await nextFree(port + 1) });
  process.env.TEMPORAL_ADDRESS = address;
  process.env.TEMPORAL_NAMESPACE = namespace;
  await registerSearchAttributes();
  const temporal = await connectTemporal();
  const { perWorkflow, cached } = await measure(temporal);
  await temporal.connection.close();
  process.stdout.write(`heap of one cached workflow: ${(perWorkflow / 1024).toFixed(1)} KB (${cached} cached)\n`);
} finally {
  await supervisor.stopAll();
  rmSync(data, { recursive: true, force: true });
}
