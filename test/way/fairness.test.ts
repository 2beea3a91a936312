/** Whose turn it is where more waits than workers can take: on the dev server as `npm start` sets it up, by the keys that the product gives. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterEach, expect } from 'vitest';
import { until } from '../../bench/until.ts';
import { signalReload } from '../../client/dispatch/tell.ts';
import { keepSearchAttributes } from '../../client/operations/search-attributes.ts';
import { taskQueue } from '../../client/temporal.ts';
import { nextFree } from '../../local/ports.ts';
import { Supervisor } from '../../local/processes.ts';
import { startTemporal } from '../../local/temporal.ts';
import { workflowBundle } from '../../workers/worker.ts';
import { quietRuntime } from '../workflows/world.ts';
import { cli, onRealParts } from './house.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function startServer(): Promise<{ address: string; client: Client }> {
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-fair-'));
  undo.push(() => rmSync(data, { recursive: true, force: true }));
  mkdirSync(join(data, 'logs'));
  const supervisor = new Supervisor(data);
  undo.push(() => supervisor.stopAll());
  const port = await nextFree(13_000 + Math.floor(Math.random() * 8_000) * 2);
  const { address } = await startTemporal(supervisor, { cli: cli ?? '', data, port, uiPort: await nextFree(port + 1) });
  const client = new Client({ connection: await Connection.connect({ address }) });
  undo.push(() => client.connection.close());
  await keepSearchAttributes(client);
  return { address, client };
}

/** A worker that takes one task after the other, and writes down of whom each run is. */
async function startSlowWorker(address: string, order: string[]): Promise<void> {
  quietRuntime();
  const begun = new Set<string>();
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: {
      // A run that is refused asks once more, by an activity of the server.
      loadPlan: async ({ organisation, consignment }: { organisation: string; consignment: string }) => {
        if (!begun.has(`${organisation}/${consignment}`)) order.push(organisation);
        begun.add(`${organisation}/${consignment}`);
        throw ApplicationFailure.nonRetryable('that was all');
      },
    },
    maxCachedWorkflows: 0,
    maxConcurrentWorkflowTaskExecutions: 1,
    maxConcurrentWorkflowTaskPolls: 1,
  });
  const run = worker.run();
  undo.push(async () => {
    worker.shutdown();
    await run;
    await connection.close();
  });
}

const many = 200;

onRealParts(
  'an organisation with 200 consignments that wait for a worker does not keep the one of another waiting',
  120_000,
  async () => {
    const { address, client } = await startServer();
    const ask = (organisation: string, n: number) =>
      signalReload(client, {
        organisation,
        consignment: `c${n}`,
        reference: null,
        trackingId: null,
        workflow: `${organisation}/c${n}`,
      });
    for (let n = 0; n < many; n += 20)
      await Promise.all(Array.from({ length: 20 }, (_, more) => ask('northgate', n + more)));
    await ask('fenland', 0);
    const order: string[] = [];
    await startSlowWorker(address, order);
    await until('the one of the other', async () => (order.includes('fenland') ? true : undefined), 60_000);
    // Behind all that waited it would come last; how far in front it comes is up to the server.
    expect(order.indexOf('fenland')).toBeLessThan(many / 2);
  },
);
