/** The sweep's workflow: neither side waits for the other, and what is counted as a sweep. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect } from 'vitest';
import type { SweepActivities, SweepInput, SweepResult } from '../../activities/types.ts';
import { testServer } from '../temporal.ts';
import { bundle, patiently, quietRuntime, testsWith } from './world.ts';

const server = testServer.path;
const timed = testsWith(testServer);

let env: TestWorkflowEnvironment | undefined;
beforeAll(async () => {
  if (server === undefined) return;
  quietRuntime();
  env = await patiently(() =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: server } } }),
  );
}, 60_000);
afterAll(async () => {
  await env?.teardown();
});

/** Runs one sweep; answers what it found, whether it counts, and how often Qargo was read. */
async function swept(
  palletways: (qargoReads: () => number) => Promise<SweepResult>,
  qargo: SweepResult | ((turn: number, input: SweepInput) => Promise<SweepResult>),
) {
  if (env === undefined) throw new Error('there is no server');
  let reads = 0;
  const turns: (string | undefined)[] = [];
  let ended = 0;
  const activities: SweepActivities = {
    beginSweep: async () => 1,
    endSweep: async () => {
      ended += 1;
    },
    sweepPalletways: () => palletways(() => reads),
    sweepQargo: async (input: SweepInput) => {
      reads += 1;
      turns.push(input.since);
      return typeof qargo === 'function' ? qargo(reads, input) : qargo;
    },
  };
  const taskQueue = `sweep-${Math.random()}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: await bundle(),
    activities,
  });
  const { client } = env;
  const args = [{ organisation: 'org' }];
  const result: unknown = await worker.runUntil(
    client.workflow.execute('reconciliation', { workflowId: taskQueue, taskQueue, args }),
  );
  return { result, reads, ended, turns };
}

timed(
  'a side that waits for its calls does not hold up the other: Qargo is read once an interval meanwhile',
  async () => {
    const waits = async (qargoReads: () => number) => {
      while (qargoReads() < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      return { found: 1, read: 1 };
    };
    const { result, reads, ended, turns } = await swept(waits, { found: 2, read: 5, complete: true, againMs: 1_000 });
    // Each turn reads again what the one before has read.
    expect(turns[0]).toBeUndefined();
    expect(new Set(turns).size).toBe(turns.length);
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(result).toEqual({ found: 1 + 2 * reads, read: 1 + 5 * reads });
    expect(ended).toBe(1);
  },
);

timed('a Qargo that is away for one turn is read again while the other side waits, and that is a sweep', async () => {
  const waits = async (qargoReads: () => number) => {
    while (qargoReads() < 7) await new Promise((resolve) => setTimeout(resolve, 20));
    return { found: 0, read: 1 };
  };
  const back = { found: 1, read: 5, complete: true, againMs: 1_000 };
  const { ended } = await swept(waits, async (turn) => {
    if (turn <= 5) throw new Error('nobody answers');
    return back;
  });
  expect(ended).toBe(1);
});

timed('where nothing waits each side is read once; one that left something is not counted as a sweep', async () => {
  const at = async () => ({ found: 0, read: 1 });
  expect(await swept(at, { found: 1, read: 5, complete: true, againMs: 100_000 })).toMatchObject({
    result: { found: 1, read: 6 },
    reads: 1,
    ended: 1,
  });
  expect(await swept(at, { found: 1, read: 5, complete: false, againMs: 100_000 })).toMatchObject({
    reads: 1,
    ended: 0,
  });
});

timed(
  'trips that were read early in the interval are read once more in it, in a turn that counts the reads as its own',
  async () => {
    const turns: SweepInput[] = [];
    const seen = await swept(
      async () => ({ found: 0, read: 1 }),
      async (_, input) => {
        turns.push(input);
        const again = input.tripsSince === undefined ? { tripsAgainMs: 50_000 } : {};
        return { found: 1, read: 4, complete: true, againMs: 60_000, ...again };
      },
    );
    expect(turns.map(({ since, tripsSince }) => [since, tripsSince === undefined])).toEqual([
      [undefined, true],
      [undefined, false],
    ]);
    expect(seen).toMatchObject({ result: { found: 2, read: 9 }, reads: 2, ended: 1 });
  },
);
