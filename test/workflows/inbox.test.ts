import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type SignalName, signalNames } from '../../domain/facts/kinds.ts';
import { signalDescriptions, state } from '../../workflows/messages.ts';
import { temporalCli } from '../temporal.ts';
import { cancellation, order, tracking } from './facts.ts';
import {
  bundle,
  type Consignment,
  patiently,
  quietRuntime,
  registerSearchAttributes,
  testsWith,
  until,
  World,
} from './world.ts';

const cli = temporalCli.path;
const onServer = testsWith(temporalCli);

let world: World;
let worker: Worker | undefined;
let running: Promise<void> | undefined;
beforeAll(async () => {
  if (cli === undefined) return;
  quietRuntime();
  const env = await patiently(() =>
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path: cli } } }),
  );
  await registerSearchAttributes(env);
  world = new World(env, await bundle('fixtures/one-handler-each.ts'));
}, 60_000);
afterAll(async () => {
  await stop();
  await world?.env.teardown();
});

async function work(): Promise<void> {
  worker = await world.worker();
  running = worker.run();
}

async function stop(): Promise<void> {
  if (worker?.getState() === 'RUNNING') worker.shutdown();
  await running;
  worker = undefined;
  running = undefined;
}

/** What a person may signal, of five names in turn, each distinct and nothing that could be sent yet. */
function said(n: number): { name: SignalName; argument: Record<string, unknown> } {
  const at = new Date(Date.UTC(2025, 10, 24, 6, 0, n)).toISOString();
  const all: [SignalName, Record<string, unknown>][] = [
    ['scan', { barcode: `B${n}`, scan: 'load', at }],
    ['milestone', { milestone: 'out', at }],
    ['exception', { code: `E${n}`, at }],
    ['pod', { at }],
    ['allocation', { trip: `trip ${n}`, at }],
  ];
  const [name, argument] = all[(n * 3) % all.length] ?? ['pod', { at }];
  return { name, argument };
}

interface Arrived {
  /** The instants that were said, in the order of arrival at the server, over all runs. */
  readonly instants: readonly string[];
  readonly runs: number;
  /** Runs but the first that found several signals waiting when their first task began. */
  readonly buffered: number;
}

async function arrivedAt(of: Consignment): Promise<Arrived> {
  const instants: string[] = [];
  let runs = 0;
  let buffered = 0;
  let runId: string | undefined =
    (await world.handle(of).describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
  while (runId) {
    runs += 1;
    const history = await world.env.client.workflow.getHandle(`org/${of.id.consignment}`, runId).fetchHistory();
    let next: string | undefined;
    let before = 0;
    let begun = false;
    for (const event of history.events ?? []) {
      begun ||= event.workflowTaskStartedEventAttributes != null;
      const data = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
      const { at } = data ? (JSON.parse(Buffer.from(data).toString()) as { at?: string }) : {};
      if (at !== undefined) {
        instants.push(at);
        if (!begun) before += 1;
      }
      next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? next;
    }
    if (runs > 1 && before > 1) buffered += 1;
    runId = next;
  }
  return { instants, runs, buffered };
}

const recorded = async (of: Consignment, count: number): Promise<string[]> => {
  await until(`${count} signals recorded`, () => (of.hand.length >= count ? true : undefined), 30_000);
  return of.hand.map(({ at }) => at);
};

/** Signals while no worker runs, so that the first workflow task finds them all. */
async function beforeTheFirstTask(workflow: string): Promise<{ arrived: Arrived; handled: string[] }> {
  const of = world.consignment();
  const handle = await world.start(of, workflow);
  for (let n = 0; n < 20; n++) {
    const { name, argument } = said(n);
    await handle.signal(name, argument);
  }
  await work();
  const handled = await recorded(of, 20);
  const arrived = await arrivedAt(of);
  await handle.terminate();
  await stop();
  return { arrived, handled };
}

/**
 * Signals after the workflow has continued as new and before the new run's first task: the worker goes away while the last task
 * of the old run asks the record, so that nobody is there for the new one until all signals are.
 */
async function overContinueAsNew(workflow: string): Promise<{ arrived: Arrived; handled: string[] }> {
  const of = world.consignment();
  of.policy = { graceHours: 72, maxHistory: 4 };
  const handle = await world.start(of, workflow);
  let n = 0;
  let arrived: Arrived;
  let handled: string[];
  do {
    await work();
    const { loads } = of;
    if (loads === 0) await until('the first load', () => (of.loads > 0 ? true : undefined));
    of.whileLoading = () => worker?.shutdown();
    await handle.signal('facts', { ask: true });
    await running;
    of.whileLoading = () => undefined;
    for (const end = n + 20; n < end; n++) await handle.signal(said(n).name, said(n).argument);
    await work();
    handled = await recorded(of, n);
    arrived = await arrivedAt(of);
    await stop();
    // The poll of a worker that goes may still take the task: then once more.
  } while (arrived.buffered === 0 && n < 150);
  await handle.terminate();
  return { arrived, handled };
}

describe('signals are handled in the order of arrival', () => {
  onServer('those buffered before the first workflow task', async () => {
    const { arrived, handled } = await beforeTheFirstTask('consignment');
    expect(arrived.instants).toHaveLength(20);
    expect(handled).toEqual(arrived.instants);
  });

  onServer('those that come over a continue-as-new, and none is lost or doubled', async () => {
    const { arrived, handled } = await overContinueAsNew('consignment');
    expect(arrived.buffered).toBeGreaterThan(0);
    expect(handled).toEqual(arrived.instants);
  });

  onServer('one handler for each name loses that order: before the first workflow task', async () => {
    const { arrived, handled } = await beforeTheFirstTask('oneHandlerEach');
    expect([...handled].sort()).toEqual([...arrived.instants].sort());
    expect(handled).not.toEqual(arrived.instants);
  });

  onServer('one handler for each name loses that order: over a continue-as-new', async () => {
    const { arrived, handled } = await overContinueAsNew('oneHandlerEach');
    expect(arrived.buffered).toBeGreaterThan(0);
    expect([...handled].sort()).toEqual([...arrived.instants].sort());
    expect(handled).not.toEqual(arrived.instants);
  });
});

/** Runs one consignment with a worker. */
async function withConsignment(run: (of: Consignment) => Promise<void>): Promise<void> {
  const of = world.consignment();
  await world.start(of);
  await work();
  try {
    await run(of);
    expect((await world.handle(of).describe()).status.name).toBe('RUNNING');
    const failed = ((await world.handle(of).fetchHistory()).events ?? []).filter(
      (event) => event.workflowTaskFailedEventAttributes != null,
    );
    expect(failed).toEqual([]);
  } finally {
    await world.handle(of).terminate();
    await stop();
  }
}

const unreadable = (of: Consignment, count: number) =>
  until(`${count} unreadable`, async () =>
    (await world.handle(of).query(state)).unreadable === count ? true : undefined,
  );

describe('by hand', () => {
  const at = '2025-11-24T10:15:00+01:00';
  const examples: readonly [name: SignalName, argument: unknown, fact: Record<string, unknown>][] = [
    [
      'scan',
      { barcode: 'B00432B6FE', scan: 'cross-dock', at },
      { kind: 'scan', barcode: 'B00432B6FE', scan: 'cross-dock' },
    ],
    [
      'milestone',
      { milestone: 'failed', reason: 'CARDED', at },
      { kind: 'milestone', milestone: 'failed', reason: 'CARDED', stop: 'hand' },
    ],
    ['allocation', { trip: 'R12', vehicle: 'VAN 7', at }, { kind: 'plan', trip: 'R12' }],
    ['allocation', { trip: null, at: '2025-11-24T10:16:00+01:00' }, { kind: 'plan', trip: null }],
    ['exception', { code: 'DAMAGE', at }, { kind: 'exception', code: 'DAMAGE', stop: 'hand' }],
    ['pod', { at }, { kind: 'pod' }],
    ['order', { at }, { kind: 'hint' }],
    [
      'facts',
      { facts: [{ kind: 'scan', barcode: 'B2', scan: 'load', at }] },
      { kind: 'scan', barcode: 'B2', scan: 'load' },
    ],
    ['cancellation', { at }, { kind: 'cancellation' }],
  ];

  onServer('each signal becomes a fact of a person, at the instant that was said, and is recorded once', async () => {
    expect(new Set(examples.map(([name]) => name))).toEqual(new Set(signalNames));
    await withConsignment(async (of) => {
      for (const [n, [name, argument, fact]] of examples.entries()) {
        // A person who is not sure sends it again.
        for (let twice = 0; twice < 2; twice++) await world.handle(of).signal(name, argument);
        await recorded(of, n + 1);
        expect(of.hand[n]).toMatchObject({ ...fact, source: 'person', via: 'hand', zone: 'UTC' });
        if (n !== 3) expect(of.hand[n]?.at).toBe('2025-11-24T09:15:00.000Z');
      }
      expect((await world.handle(of).query(state)).unreadable).toBe(0);
      expect(of.hand).toHaveLength(examples.length);
      expect(JSON.stringify(of.hand)).not.toContain('VAN 7');
    });
  });

  onServer('the example that each description gives can be sent as it stands there', async () => {
    const given = signalNames.flatMap((name) =>
      [...signalDescriptions[name].matchAll(/\{(?:[^{}]|\{[^{}]*\})*\}/g)].map(
        ([json]) => [name, JSON.parse(json)] as const,
      ),
    );
    expect(new Set(given.map(([name]) => name))).toEqual(new Set(signalNames));
    await withConsignment(async (of) => {
      for (const [name, argument] of given) await world.handle(of).signal(name, argument);
      await until('all of them', async () => {
        const { unreadable: unread } = await world.handle(of).query(state);
        return of.hand.length + unread >= given.length ? true : undefined;
      });
      expect((await world.handle(of).query(state)).unreadable).toBe(0);
    });
  });

  onServer('what is said without a time is of the moment of its arrival', async () => {
    await withConsignment(async (of) => {
      const before = Date.now() - 5_000;
      await world.handle(of).signal('exception', { code: 'DAMAGE' });
      const [instant = ''] = await recorded(of, 1);
      expect(Date.parse(instant)).toBeGreaterThan(before);
      expect(Date.parse(instant)).toBeLessThan(Date.now() + 5_000);
    });
  });
});

describe('what cannot be read', () => {
  const nonsense: readonly (readonly [name: string, ...args: unknown[]])[] = [
    ['scan'],
    ['scan', null],
    ['scan', 7],
    ['scan', 'B00432B6FE'],
    ['scan', ['B00432B6FE', 'load']],
    ['scan', { barcode: 'B00432B6FE' }],
    ['scan', { barcode: 'B00432B6FE', scan: 'lost' }],
    ['scan', { barcode: '', scan: 'load' }],
    ['scan', { barcode: 17, scan: 'load' }],
    ['milestone', { milestone: 'constructor' }],
    ['allocation', {}],
    ['exception', {}],
    ['no such signal', { barcode: 'B00432B6FE', scan: 'load' }],
    ['facts', {}],
    ['facts', { facts: 'all' }],
    ['facts', { facts: [null] }],
    ['facts', { facts: [7] }],
    ['facts', { facts: [{}] }],
    ['facts', { facts: [{ kind: 'toString' }] }],
    [
      'facts',
      {
        facts: [
          { kind: 'order', id: 'x', at: '2025-11-24T09:15:00.000Z', heard: '2025-11-24T09:15:00.000Z', digests: null },
        ],
      },
    ],
    [
      'facts',
      { facts: [{ kind: 'labels', id: 'x', at: '2025-11-24T09:15:00.000Z', heard: '2025-11-24T09:15:00.000Z' }] },
    ],
    ['facts', { facts: [{ kind: 'pod', id: 'x', at: 7, heard: 8 }, null] }],
    ['facts', { facts: [], policy: 'soon' }],
    ['facts', { facts: [], policy: { graceHours: 'long', maxHistory: 1_000 } }],
    ['facts', { facts: [], policy: null }],
  ];
  /** A POD of a bad instant counts as said by hand without one, an order that is none as word that there is something new. */
  const readable = ['hint', 'pod'];
  /** The order alone can be read whole. */
  const counted = nonsense.length - 1;

  onServer('is counted and never fails the workflow, and what comes after it is handled', async () => {
    await withConsignment(async (of) => {
      for (const [name, ...args] of nonsense) await world.handle(of).signal(name, ...args);
      await unreadable(of, counted);
      await world.handle(of).signal('scan', { barcode: 'B00432B6FE', scan: 'load' });
      await recorded(of, readable.length + 1);
      expect(of.hand.map(({ kind }) => kind)).toEqual([...readable, 'scan']);
      expect(await world.handle(of).query(state)).toMatchObject({ unreadable: counted, stage: 'announced' });
    });
  });

  onServer('of a batch holds up nothing else of it', async () => {
    await withConsignment(async (of) => {
      await world.tell(of, tracking, order());
      const at = '2025-11-24T06:03:00.000Z';
      const facts = [
        { kind: 'pod', at },
        null,
        { kind: 'nonsense' },
        { kind: 'scan', barcode: 'B00432B6FE', scan: 'load', at },
      ];
      await world.handle(of).signal('facts', { facts });
      await until('both told', () => (of.sent('palletways').flat().length >= 2 ? true : undefined));
      expect(of.sent('palletways').flat().toSorted()).toEqual([`pod:${at}`, `scan:B00432B6FE:load:${at}`]);
      await unreadable(of, 1);
    });
  });
});

describe('a cancellation', () => {
  const called = (of: Consignment, times: number) =>
    until(`${times} calls`, () => (of.calls.length >= times ? true : undefined));
  const cancelRequests = async (of: Consignment) =>
    ((await world.handle(of).fetchHistory()).events ?? []).filter(
      (event) => event.activityTaskCancelRequestedEventAttributes != null,
    ).length;
  /** An attempt that failed and is to be tried again much later. */
  const later = () => ApplicationFailure.create({ message: 'held: down', type: 'Held', nextRetryDelay: '5 hours' });

  onServer(
    'waits for an attempt on the wire, and goes out though that attempt fails after it was given up',
    async () => {
      await work();
      const of = world.consignment();
      let fail = () => {};
      const onTheWire = new Promise<void>((resolve) => {
        fail = resolve;
      });
      of.answer = async ({ kind }) => {
        if (kind !== 'order') return undefined;
        await onTheWire;
        throw later();
      };
      await world.tell(of, order());
      await called(of, 1);
      await world.tell(of, cancellation);
      await until('given up', async () => ((await cancelRequests(of)) === 1 ? true : undefined));
      expect(of.sent('qargo')).toEqual([['order']]);
      fail();
      await called(of, 2);
      expect(of.sent('qargo')).toEqual([['order'], ['cancel']]);
      await world.handle(of).terminate();
      await stop();
    },
  );
});
