/**
 * A release, as operations go through it: workers of another version beside those that run, `release`, the old workers away. 20
 * consignments are open meanwhile, on the real dev server.
 */
import { expect } from 'vitest';
import { plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { type House, onRealParts, useHouse } from './house.ts';
import { type Life, labelled, nothingLostOrDoubled } from './lives.ts';
import { plant } from './plant.ts';

const house = useHouse({ versions: true, pace: 20 });

interface VersionedLife extends Life {
  readonly workflowId: string;
}

async function begin(of: House): Promise<VersionedLife> {
  const [organisation = ''] = of.organisations;
  const life = await labelled(of, organisation);
  return { ...life, workflowId: await of.workflowOf(life.made.conNo) };
}

interface Run {
  readonly runId: string;
  readonly buildId: string;
}

async function runOf(of: House, workflowId: string): Promise<Run> {
  const { runId, raw } = await of.temporal.workflow.getHandle(workflowId).describe();
  return { runId, buildId: raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? 'no version' };
}

const runsOf = (of: House, lives: readonly VersionedLife[]) =>
  Promise.all(lives.map(({ workflowId }) => runOf(of, workflowId)));

/** How a run ended, and the run that it was continued from, where there is one. */
async function ancestry(of: House, workflowId: string, runId: string): Promise<{ ended: string; from: string }> {
  const handle = of.temporal.workflow.getHandle(workflowId, runId);
  const [{ status }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  return {
    ended: status.name,
    from: events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '',
  };
}

const openOn = (buildId: string) =>
  `ExecutionStatus = 'Running' AND WorkflowType = 'consignment' AND TemporalWorkerDeploymentVersion = 'palletways-qargo:${buildId}'`;
const only = (runs: readonly Run[]) => [...new Set(runs.map(({ buildId }) => buildId))];
const lives: VersionedLife[] = [];
const second: { worker?: { kill(): Promise<void> } } = {};

onRealParts(
  'a second worker version takes over 20 open consignments at their continue-as-new; none lost, none doubled',
  300_000,
  async () => {
    const of = house();
    for (let n = 0; n < 20; n += 10) lives.push(...(await Promise.all(Array.from({ length: 10 }, () => begin(of)))));
    const [organisation = ''] = of.organisations;
    await plan(
      of,
      organisation,
      'ROUND 1',
      lives.map(({ orderId }) => orderId),
    );
    await nothingLostOrDoubled(of);
    const before = await runsOf(of, lives);
    const [first = '', ...others] = only(before);
    expect([first, others]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), []]);

    const next = plant('secondVersion');
    second.worker = await of.startSecondWorker(next);
    // A version that was not released takes over nothing.
    expect(only(await runsOf(of, lives))).toEqual([first]);
    // The server's list of runs lags behind the runs themselves.
    const listed = async () => (await of.temporal.workflow.count(openOn(first))).count === 20 || undefined;
    await until('the list of open runs', listed);
    const said = await of.release(next);
    // How many the server's list has at that moment wavers; how many are woken does not.
    expect(said).toMatch(new RegExp(`^[12]\\d open runs are on ${first}$`, 'm'));
    const [, released = ''] =
      /current version is ([0-9a-f]{16}) \(before: ([0-9a-f]{16})\), 20 woken, 0 started again, 0 not on it/.exec(
        said,
      ) ?? [];
    expect([released === first, said]).toEqual([false, expect.stringContaining(`before: ${first}`)]);
    const after = await runsOf(of, lives);
    expect(only(after)).toEqual([released]);
    const chains = await Promise.all(lives.map(({ workflowId }, n) => ancestry(of, workflowId, after[n]?.runId ?? '')));
    expect(chains).toEqual(before.map(({ runId }) => ({ ended: 'RUNNING', from: runId })));
    // Once more changes nothing.
    expect(await of.release(next)).toContain(
      `current version is ${released} (as before), 0 woken, 0 started again, 0 not on it`,
    );
    expect(await runsOf(of, lives)).toEqual(after);

    // What happens from now on is the second version's: the first is gone.
    await of.killWorker();
    await Promise.all(lives.map(({ deeds }) => sync(of, deeds)));
    await nothingLostOrDoubled(of);
  },
);

onRealParts(
  'what is open on a version whose workers are all gone is started again from the record; none lost, none doubled',
  300_000,
  async () => {
    const of = house();
    const open = await Promise.all([1, 2, 3].map(() => begin(of)));
    await nothingLostOrDoubled(of);
    const before = await runsOf(of, open);
    // The machine is restarted, and the workers that it starts are of another version.
    await second.worker?.kill();
    await of.restartTemporal(() => undefined);
    const next = plant('thirdVersion');
    await of.startWorker(next);
    const said = await of.release(next);
    expect(said).toMatch(/, which no worker serves: they are started again/);
    const [, restarted] = /0 woken, (\d+) started again, 0 not on it/.exec(said) ?? [];
    expect(Number(restarted), said).toBeGreaterThanOrEqual(3);
    const after = await runsOf(of, open);
    expect(only(after)).not.toEqual(only(before));
    const ends = await Promise.all(open.map(({ workflowId }, n) => ancestry(of, workflowId, before[n]?.runId ?? '')));
    expect(ends.map(({ ended }) => ended)).toEqual(open.map(() => 'TERMINATED'));
    const [organisation = ''] = of.organisations;
    await plan(
      of,
      organisation,
      'ROUND 2',
      open.map(({ orderId }) => orderId),
    );
    await Promise.all(open.map(({ deeds }) => sync(of, deeds)));
    await nothingLostOrDoubled(of);
  },
);

onRealParts(
  "where Temporal's data is lost, `rebuild` makes the version of the workers the current one again",
  180_000,
  async () => {
    const of = house();
    await of.killWorker();
    await of.startWorker();
    await of.release();
    const { made, workflowId, deeds, orderId } = await begin(of);
    await of.restartTemporal();
    expect(await of.rebuild()).toContain(', 0 not done');
    const [organisation = ''] = of.organisations;
    await plan(of, organisation, 'ROUND 3', [orderId]);
    await sync(of, deeds);
    await nothingLostOrDoubled(of);
    expect([made.conNo, (await runOf(of, workflowId)).buildId]).toEqual([
      made.conNo,
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ]);
  },
);
