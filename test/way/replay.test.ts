import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle } from '../../workers/worker.ts';

/** Written by `bench/record-histories.ts`, named by the version that wrote them. */
const folder = join(import.meta.dirname, '../histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface Stored {
  events: {
    eventType: string;
    workflowExecutionStartedEventAttributes?: { workflowId: string };
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  }[];
}

const stored = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Stored;
const named = (name: string) => {
  const found = files.find((file) => file.endsWith(`-${name}.json`));
  if (found === undefined) throw new Error(`no history of the scenario ${name}`);
  return stored(found);
};

/** What replaying found wrong, by file. */
async function replayed(
  bundle: WorkflowBundleOption,
  histories: Readonly<Record<string, Stored>>,
): Promise<Record<string, unknown>> {
  const wrong: Record<string, unknown> = {};
  const given = Object.entries(histories).map(([name, history]) => ({ workflowId: name, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, given)) {
    if (error !== undefined) wrong[workflowId] = error;
  }
  return wrong;
}

describe('histories of every released version', () => {
  let bundle: WorkflowBundleOption;

  beforeAll(async () => {
    const quiet = { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } as const;
    Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: quiet });
    bundle = await workflowBundle();
  }, 60_000);

  test('are replayed by the current workflows without a difference', { timeout: 60_000 }, async () => {
    expect(files.length).toBeGreaterThanOrEqual(8);
    expect(await replayed(bundle, Object.fromEntries(files.map((name) => [name, stored(name)])))).toEqual({});
  });

  test('tell nothing of the machine on which they were recorded', () => {
    for (const name of files) {
      const text = readFileSync(join(folder, name), 'utf8');
      const decoded = [...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) =>
        Buffer.from(data, 'base64').toString('utf8'),
      );
      expect([name, `${text}\n${decoded.join('\n')}`.match(/file:\/\/|\.[jt]s:\d+|\d@\w|127\.0\.0\.1:/)?.[0]]).toEqual([
        name,
        undefined,
      ]);
    }
  });

  test('keep their event budgets', () => {
    const toLastDelivery = ({ events }: Stored) =>
      events.findLastIndex(({ eventType }) => eventType.endsWith('_ACTIVITY_TASK_COMPLETED')) + 1;
    expect(toLastDelivery(named('one-at-a-time'))).toBeLessThanOrEqual(140);
    expect(toLastDelivery(named('late-sync'))).toBeLessThanOrEqual(45);
  });

  test('are not replayed by a workflow that does one activity more', { timeout: 60_000 }, async () => {
    const workflowsPath = fileURLToPath(new URL('./fixtures/one-activity-more.ts', import.meta.url));
    const quiet = () => undefined;
    const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
    const other = await bundleWorkflowCode({ workflowsPath, logger });
    const wrong = await replayed(other, { late: named('late-sync'), sweep: named('sweep') });
    expect(Object.keys(wrong)).toEqual(['late']);
    expect(wrong.late).toBeInstanceOf(DeterminismViolationError);
  });

  test('are not replayed where one event was another', { timeout: 60_000 }, async () => {
    const history = named('late-sync');
    const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined);
    if (scheduled?.activityTaskScheduledEventAttributes === undefined) throw new Error('no activity in the history');
    scheduled.activityTaskScheduledEventAttributes.activityType.name = 'deliverToNobody';
    const wrong = await replayed(bundle, { mutated: history });
    expect(wrong.mutated).toBeInstanceOf(DeterminismViolationError);
  });
});
