/** What a workflow withstands: signals of nonsense, requests to cancel it, lost answers, plans that are wrong. On the dev server. */

import { ApplicationFailure } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { signalNames, subjectOf } from '../../domain/facts/kinds.ts';
import type { Plan } from '../../domain/obligations/plan.ts';
import { refresh, resend, state } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { temporalCli } from '../temporal.ts';
import { cancellation, milestone, order, pod, scan, tracking } from './facts.ts';
import type { Consignment } from './fake-record.ts';
import { restsIn, testsWith, until, useWorld } from './world.ts';

const { WorkflowTaskFailedCause } = protocol.temporal.api.enums.v1;
const cli = temporalCli.path ?? null;
const onServer = testsWith(temporalCli);
const here = useWorld(
  () => TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path: cli ?? '' } } }),
  cli !== null,
);

type HistoryEvent = NonNullable<Awaited<ReturnType<typeof history>>>[number];

const history = async (of: Consignment) => (await here.world.handle(of).fetchHistory()).events ?? [];
const having = async (of: Consignment, type: keyof HistoryEvent) =>
  (await history(of)).filter((event) => event[type] != null);
/** Tasks that failed; without those that the server itself ended, because more is coming in than it keeps aside for one of them. */
const failedTasks = async (of: Consignment) =>
  (await having(of, 'workflowTaskFailedEventAttributes')).filter(
    ({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.cause !== WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
  );
const view = (of: Consignment) => here.world.handle(of).query(state);
const rests = (of: Consignment) => restsIn(here.world, of);
const status = async (of: Consignment) => (await here.world.handle(of).describe()).status.name;
const details = async (of: Consignment) =>
  ((await here.world.handle(of).query('__temporal_workflow_metadata')) as { currentDetails?: string }).currentDetails ??
  '';

/** Runs one consignment that was told of its order and tracking id, and ends it. */
async function withOrder(run: (of: Consignment) => Promise<void>): Promise<void> {
  const of = here.world.consignment();
  await here.world.tell(of, order(), tracking);
  await rests(of);
  try {
    await run(of);
    expect(await failedTasks(of)).toEqual([]);
    expect(await status(of)).toBe('RUNNING');
  } finally {
    await here.world.handle(of).terminate();
  }
}

/** The facts of a day, some of which are owed to one side and some to none. */
const day = [
  order(),
  tracking,
  { ...tracking, kind: 'labels', id: 'labels', barcodes: ['B1', 'B2'] } as const,
  scan(2, 'B1'),
  scan(2, 'B2'),
  { ...cancellation, kind: 'plan', id: 'plan', source: 'qargo', trip: 'R12', vehicle: 'v' } as const,
  scan(10, 'B1'),
  milestone('out', 11),
  milestone('arrived', 12),
  scan(13, 'B1'),
  milestone('delivered', 14),
  pod(15),
];

describe('the history of twelve facts', () => {
  onServer('told one at a time is 140 events or fewer', async () => {
    const of = here.world.consignment();
    for (const fact of day) {
      await here.world.tell(of, fact);
      await rests(of);
    }
    const events = await history(of);
    console.info(`history: ${events.length} events one at a time, ${of.calls.length} sends`);
    expect(of.calls.length).toBeGreaterThanOrEqual(10);
    expect(events.length).toBeLessThanOrEqual(140);
    await here.world.handle(of).terminate();
  });

  onServer('told in a burst is 45 events or fewer', async () => {
    const of = here.world.consignment();
    for (const fact of day) await here.world.tell(of, fact);
    await rests(of);
    const events = await history(of);
    console.info(`history: ${events.length} events as a burst, ${of.calls.length} sends`);
    expect(new Set(of.calls.flatMap(({ keys }) => keys)).size).toBeGreaterThanOrEqual(10);
    expect(events.length).toBeLessThanOrEqual(45);
    await here.world.handle(of).terminate();
  });
});

describe('a record that is away', () => {
  /** Real time: the server's clock does not run ahead here. */
  const awayMs = 20_000;
  const gone = () => Promise.reject(new Error('no record'));
  const hangs = (back: number) => new Promise<void>((resume) => setTimeout(resume, back - performance.now()));

  const away = (name: string, absence: (back: number) => Promise<void>) =>
    onServer(name, async () => {
      await withOrder(async (of) => {
        const before = (await history(of)).length;
        const back = performance.now() + awayMs;
        let tries = 0;
        of.whileLoading = async () => {
          tries += 1;
          if (performance.now() < back) await absence(back);
        };
        await here.world.ask(of);
        await until(
          'the record nearly back',
          () => (performance.now() > back - 1_000 ? true : undefined),
          awayMs + 5_000,
        );
        // The signal and its task (4), the marker of what was tried in the task, and what the server tries on without a further event.
        expect((await history(of)).length - before).toBeLessThanOrEqual(6);
        expect(tries).toBeGreaterThan(3);
        await here.world.tell(of, scan(2));
        await until('the scan', () => of.sent('palletways')[0], awayMs + 10_000);
        await rests(of);
      });
    });

  away('costs a woken workflow a few events, however long it is away, and the workflow goes on when it is back', gone);
  away('and hangs costs no more', hangs);
});

describe('a signal of nonsense', () => {
  /** What JSON can carry of anything: what it cannot never reaches a server. */
  const sendable = (value: unknown): unknown => {
    const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each)) as
      | string
      | undefined;
    return text === undefined ? undefined : JSON.parse(text);
  };

  /** JSON as it is written, which no client would make of a value. */
  const signalRaw = (of: Consignment, text: string) =>
    here.world.env.connection.workflowService.signalWorkflowExecution({
      namespace: here.world.env.namespace ?? 'default',
      workflowExecution: { workflowId: `org/${of.id.consignment}` },
      signalName: 'scan',
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) }] },
    });

  onServer('of any shape never fails a task, and what comes after it is handled', async () => {
    await withOrder(async (of) => {
      const part = fc.sample(fc.anything({ withBigInt: true }), { numRuns: 150, seed: 7 });
      const fields = Object.keys(of.plan('2025-11-24T06:00:00.000Z')) as (keyof Plan)[];
      const plan = of.plan('2025-11-24T06:00:00.000Z');
      // A cancellation can be read whatever comes with it, and ends what is owed.
      const names = [
        ...signalNames.filter((name) => name !== 'cancellation'),
        'no such signal',
        'toString',
        'x'.repeat(900),
      ];
      const shapes: unknown[] = [
        ...part,
        ...part.map((value, n) => ({ plan: { ...plan, [fields[n % fields.length] ?? 'page']: value } })),
        ...part.slice(0, 40).map((value) => ({ facts: [value, { kind: 'scan' }] })),
        { barcode: 'x'.repeat(200_000), scan: 'load' },
        { plan: null },
        { ask: 'please' },
      ];
      let n = 0;
      for (let from = 0; from < shapes.length; from += 20)
        await Promise.all(
          shapes
            .slice(from, from + 20)
            .map((shape) => here.world.handle(of).signal(names[n++ % names.length] ?? 'facts', sendable(shape))),
        );
      for (const text of [
        `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
        `{"plan":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
      ])
        await signalRaw(of, text);
      await here.world.tell(of, scan(2));
      await until(
        'the scan',
        () =>
          of
            .sent('palletways')
            .flat()
            .includes(subjectOf(scan(2)))
            ? true
            : undefined,
        30_000,
      );
      await rests(of);
      expect((await view(of)).unreadable).toBeGreaterThan(100);
      expect(await details(of)).toContain('signal(s) by hand could not be read');
      expect(JSON.stringify(of.batches)).toContain('tooLarge');
      for (const batch of of.batches) expect(JSON.stringify(batch).length).toBeLessThan(500_000);
    });
  });

  onServer('that should be a plan asks the record', async () => {
    await withOrder(async (of) => {
      const { loads } = of;
      await here.world.handle(of).signal('facts', { plan: { version: 1_000 } });
      await until('asked', () => (of.loads === loads + 1 ? true : undefined));
      await rests(of);
      expect(of.batches).toEqual([]);
    });
  });
});

describe('of plans', () => {
  onServer('one that somebody made up, of a version that no record will reach, deafens nothing', async () => {
    await withOrder(async (of) => {
      const forged = { ...of.plan(await here.world.clock()), version: 9_000_000, lanes: {} };
      await here.world.handle(of).signal('facts', { plan: forged });
      await until('it stands', async () => ((await view(of)).version === forged.version ? true : undefined));
      await here.world.tell(of, scan(2));
      await rests(of);
      expect(of.sent('palletways').flat()).toEqual([subjectOf(scan(2))]);
    });
  });

  onServer('the one with the highest version stands, whatever comes last', async () => {
    await withOrder(async (of) => {
      const older = of.plan(await here.world.clock());
      await here.world.tell(of, milestone('out', 3));
      const { version } = await rests(of);
      const { length } = of.calls;
      for (const told of [older, { ...older, version, stage: 'delivered' as const }])
        await here.world
          .handle(of)
          .signal('scan', { plan: { ...told, lanes: { qargo: { due: 1, kinds: {}, rank: 0, supersedes: 0 } } } });
      await here.world.tell(of, scan(4));
      await rests(of);
      expect(await view(of)).toMatchObject({ stage: 'out for delivery' });
      expect(of.calls).toHaveLength(length + 1);
    });
  });

  onServer('that of a record which was restored stands, once it is asked', async () => {
    await withOrder(async (of) => {
      await here.world
        .handle(of)
        .signal('facts', { plan: { ...of.plan(await here.world.clock()), version: 9_000_000, stage: 'delivered' } });
      await until('the plan of another record', async () =>
        (await view(of)).stage === 'delivered' ? true : undefined,
      );
      await here.world.ask(of);
      expect((await rests(of)).stage).toBe('announced');
      await here.world.tell(of, scan(2));
      await rests(of);
      expect(of.sent('palletways').flat()).toEqual([subjectOf(scan(2))]);
    });
  });
});

describe('a request to cancel the workflow', () => {
  onServer('ends nothing: what is owed goes out, and the page says so', async () => {
    await withOrder(async (of) => {
      let free = () => {};
      const held = new Promise<void>((resolve) => {
        free = resolve;
      });
      of.answer = async ({ kind }) => {
        if (kind === 'scan') await held;
        return undefined;
      };
      await here.world.tell(of, scan(2));
      await until('the scan under way', async () => ((await view(of)).inFlight.length > 0 ? true : undefined));
      const { loads } = of;
      await here.world.handle(of).cancel();
      await until('the record asked', () => (of.loads > loads ? true : undefined));
      free();
      await rests(of);
      expect(of.sent('palletways')).toEqual([[subjectOf(scan(2))]]);
      expect(await having(of, 'activityTaskCancelRequestedEventAttributes')).toEqual([]);
      expect(await details(of)).toContain('Somebody asked to cancel this workflow');
      // What is asked of it afterwards is answered, and what is told is sent.
      expect(await here.world.handle(of).executeUpdate(refresh)).toHaveProperty('asked');
      await here.world.tell(of, scan(3));
      await rests(of);
      expect(of.sent('palletways').flat()).toContain(subjectOf(scan(3)));
    });
  });
});

describe('an update', () => {
  onServer('whose answer was lost is taken in once and answered all the same', async () => {
    await withOrder(async (of) => {
      let tries = 0;
      const lose = of.takeInByHand.bind(of);
      of.takeInByHand = (...given) => {
        const answers = lose(...given);
        if (++tries === 1) throw new Error('the answer was lost');
        return answers;
      };
      const asked = await here.world.handle(of).executeUpdate(resend, { args: [{ obligation: 'order' }] });
      expect(asked).toEqual({ obligation: 'order', revision: 2 });
      expect([tries, of.hand.map(({ kind }) => kind)]).toEqual([2, ['resend']]);
      await rests(of);
      expect(of.calls.filter(({ keys }) => keys.includes('order')).map(({ revisions }) => revisions[0])).toEqual([
        1, 2,
      ]);
    });
  });

  onServer('on a key that is not known is refused with a sentence, and one without a key at once', async () => {
    await withOrder(async (of) => {
      const handle = here.world.handle(of);
      const why = async (args: [{ obligation: string }]) =>
        handle.executeUpdate(resend, { args }).then(
          () => 'taken',
          (error: Error) => (error.cause as Error).message,
        );
      expect(await why([{ obligation: 'no such key' }])).toBe('Nothing is known under the key no such key.');
      expect(await why([{ obligation: '' }])).toContain('name the key');
      expect(await why([{ obligation: 7 as unknown as string }])).toContain('name the key');
      expect(await why([null as unknown as { obligation: string }])).toContain('name the key');
      expect(of.batches).toHaveLength(1);
    });
  });

  onServer('says nothing of who asked and why to the record or to history beyond its own words', async () => {
    await withOrder(async (of) => {
      await here.world
        .handle(of)
        .executeUpdate('resend', { args: [{ obligation: 'order', who: 'Ann', why: 'she said' }] });
      await here.world.handle(of).executeUpdate('refresh', { args: [{ who: 'Ann' }] });
      expect(of.batches.flat()).toEqual([{ update: 'resend', obligation: 'order' }, { update: 'refresh' }]);
    });
  });
});

describe('a run', () => {
  onServer('begins with the plan of the signal that started it; without one it asks the record', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, order(), tracking, scan(2));
    await rests(of);
    expect([of.sent('palletways').flat(), of.loads]).toEqual([[subjectOf(scan(2))], 0]);
    await here.world.handle(of).terminate();
    await here.world.ask(of);
    await until('the record asked', () => (of.loads > 0 ? true : undefined));
    await rests(of);
    expect(of.loads).toBe(1);
    await here.world.handle(of).terminate();
  });
});

describe('continuing as new', () => {
  onServer('under fire loses and doubles nothing, and no run grows without end', async () => {
    const of = here.world.consignment();
    of.policy = { graceHours: 72, maxHistory: 30 };
    await here.world.tell(of, order(), tracking);
    const keys: string[] = [];
    for (let n = 0; n < 60; n++) {
      const fact = scan(n % 30, `B${n}`);
      keys.push(subjectOf(fact));
      await here.world.tell(of, fact);
      if (n % 10 === 0)
        await here.world.handle(of).signal('exception', { code: `E${n}`, at: '2025-11-24T06:03:00.000Z' });
      if (n === 30) await here.world.handle(of).executeUpdate(refresh);
    }
    await rests(of);
    await until('all by hand', () => (of.hand.length === 7 ? true : undefined));
    const sent = of.calls.flatMap((call) => call.keys);
    expect(sent.filter((key) => key.startsWith('scan:')).toSorted()).toEqual(keys.toSorted());
    expect(new Set(sent).size).toBe(sent.length);
    const { raw } = await here.world.handle(of).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect((await history(of)).length).toBeLessThan(150);
    await here.world.handle(of).terminate();
  });

  onServer('is put off by a run that is long from its first moment until it did its part', async () => {
    const of = here.world.consignment();
    of.policy = { graceHours: 72, maxHistory: 1 };
    await here.world.tell(of, order(), tracking, scan(2));
    await rests(of);
    expect([of.sent('qargo'), of.sent('palletways').flat()]).toEqual([[['order', 'references']], [subjectOf(scan(2))]]);
    // Nothing due and nothing new: a run waits, and is not followed by the next for ever.
    const { loads } = of;
    await new Promise((resume) => setTimeout(resume, 3_500));
    expect(of.loads - loads).toBeLessThanOrEqual(1);
    await here.world.handle(of).terminate();
  });
});

describe('the search attributes', () => {
  onServer('are written where one changed, and a new run does not write what stands', async () => {
    await withOrder(async (of) => {
      of.policy = { graceHours: 72, maxHistory: 1 };
      await here.world.tell(of, scan(2));
      await rests(of);
      of.policy = { graceHours: 72, maxHistory: 1_000 };
      const { loads } = of;
      await here.world.ask(of);
      await until('the record asked', () => (of.loads > loads ? true : undefined));
      await rests(of);
      const { raw } = await here.world.handle(of).describe();
      expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
      expect(await having(of, 'upsertWorkflowSearchAttributesEventAttributes')).toEqual([]);
      const { typedSearchAttributes } = await here.world.handle(of).describe();
      expect(typedSearchAttributes.get(searchAttributes.reference)).toEqual(['2557391-564', '60012340167']);
      expect(typedSearchAttributes.get(searchAttributes.stage)).toBe('announced');
      await here.world.tell(of, milestone('out', 3));
      await rests(of);
      expect((await here.world.handle(of).describe()).typedSearchAttributes.get(searchAttributes.stage)).toBe(
        'out for delivery',
      );
    });
  });
});

describe('a send', () => {
  onServer('that fails for good fails no workflow, and the rest goes on', async () => {
    await withOrder(async (of) => {
      let failed = 0;
      of.answer = ({ kind }) => {
        if (kind === 'scan' && ++failed === 1) throw ApplicationFailure.nonRetryable('nobody foresaw it');
        return undefined;
      };
      await here.world.tell(of, scan(2));
      await until('failed', () => (failed === 1 ? true : undefined));
      await here.world.tell(of, { ...tracking, kind: 'labels', id: 'labels', barcodes: ['B1'] });
      await until('the labels', () => (of.sent('qargo').flat().includes('labels') ? true : undefined));
      await rests(of);
      expect(of.sent('palletways')).toEqual([[subjectOf(scan(2))], [subjectOf(scan(2))]]);
    });
  });
});
