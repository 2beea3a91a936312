import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect } from 'vitest';
import { subjectOf } from '../../domain/facts/kinds.ts';
import { refresh, resend, state, why } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { testServer } from '../temporal.ts';
import { cancellation, life, order, scan, tracking } from './facts.ts';
import { type Consignment, testsWith, until, useWorld } from './world.ts';

const server = testServer.path;
const timed = testsWith(testServer);

const minutes = 60_000;
const hours = 60 * minutes;

const here = useWorld(
  () =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: server ?? '' } },
    }),
  server !== undefined,
);

const events = async (of: Consignment, type: string) =>
  ((await here.world.handle(of).fetchHistory()).events ?? []).filter(
    (event) => Object.hasOwn(event, type) && event[type as keyof typeof event] != null,
  );

/** Waits until the far sides were called so often. */
const called = (of: Consignment, times: number) =>
  until(`${times} calls`, () => (of.calls.length >= times ? of.calls : undefined));

/** Waits until the workflow has handled everything and rests. */
const rests = (of: Consignment) =>
  until('rest', async () => {
    const seen = await here.world.handle(of).query(state);
    return seen.inFlight.length === 0 && Object.keys(seen.due).length === 0 && seen.version === of.version
      ? seen
      : undefined;
  });

describe('not yet', () => {
  timed('wakes the lazy timer at its time and is tried again, once, with one timer', async () => {
    const of = here.world.consignment();
    let tries = 0;
    of.answer = async ({ kind }) => {
      if (kind !== 'labels' || ++tries > 1) return undefined;
      return { state: 'not yet', cause: { code: 'label not ready' }, until: await here.world.clock(45 * minutes) };
    };
    await here.world.tell(of, order(), tracking, {
      ...tracking,
      kind: 'labels',
      id: 'labels',
      barcodes: ['B00432B6FE'],
    });
    const [first] = await called(of, 1);
    expect((await rests(of)).outstanding).toEqual(['labels']);
    expect((await here.world.handle(of).query(why)).map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('Palletways has not made the labels yet'),
    ]);
    await here.world.env.sleep('44 minutes');
    expect(of.calls).toHaveLength(1);
    await here.world.env.sleep('2 minutes');
    await called(of, 2);
    expect(of.sent('qargo')).toEqual([['order', 'references', 'labels'], ['labels']]);
    const waited = (of.calls[1]?.at ?? 0) - (first?.at ?? 0);
    expect(waited).toBeGreaterThanOrEqual(45 * minutes);
    expect(waited).toBeLessThan(46 * minutes);
    await rests(of);
    expect(await events(of, 'timerStartedEventAttributes')).toHaveLength(1);
    await here.world.env.sleep('2 days');
    expect(of.calls).toHaveLength(2);
  });

  timed('of several things wakes for the earliest, and starts no timer for what comes later', async () => {
    const of = here.world.consignment();
    const due = new Map([
      ['B1', 50],
      ['B2', 20],
      ['B3', 90],
    ]);
    of.answer = async ({ key }) => {
      const barcode = key.split(':')[1] ?? '';
      const wait = due.get(barcode);
      due.delete(barcode);
      return wait === undefined
        ? undefined
        : { state: 'not yet', cause: { code: 'answer lost' }, until: await here.world.clock(wait * minutes) };
    };
    await here.world.tell(of, tracking, scan(1, 'B1'));
    await called(of, 1);
    await rests(of);
    for (const barcode of ['B2', 'B3']) {
      await here.world.tell(of, scan(1, barcode));
      await called(of, barcode === 'B2' ? 2 : 3);
      await rests(of);
    }
    await here.world.env.sleep('3 hours');
    await called(of, 6);
    expect(of.sent('palletways').map((keys) => keys.map((key) => key.split(':')[1]).join())).toEqual([
      'B1',
      'B2',
      'B3',
      'B2',
      'B1',
      'B3',
    ]);
    // 50 minutes; 20 in its place; then 50 again and 90, each once the one before has rung.
    expect(await events(of, 'timerStartedEventAttributes')).toHaveLength(4);
  });

  timed('newer truth does not wait for the look at the old', async () => {
    const of = here.world.consignment();
    of.answer = async ({ kind }) =>
      of.calls.length === 1 && kind === 'order'
        ? { state: 'not yet', until: await here.world.clock(5 * hours) }
        : undefined;
    await here.world.tell(of, order('A', 0));
    await called(of, 1);
    await rests(of);
    await here.world.tell(of, order('B', 1));
    const calls = await called(of, 2);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeLessThan(1 * hours);
  });
});

describe('the end', () => {
  timed('comes when the grace time is over after the signature and nothing owed, and not before', async () => {
    const of = here.world.consignment();
    of.policy = { graceHours: 48, maxHistory: 1_000 };
    await here.world.tell(of, ...life);
    await called(of, 2);
    expect((await rests(of)).stage).toBe('delivered');
    const from = await here.world.env.currentTimeMs();
    await here.world.env.sleep('47 hours');
    expect((await here.world.handle(of).describe()).status.name).toBe('RUNNING');
    await here.world.handle(of).result();
    // The server's clock runs on once nothing is left to wait for: the end is when its own event says.
    const [end] = await events(of, 'workflowExecutionCompletedEventAttributes');
    const waited = Number(end?.eventTime?.seconds ?? 0) * 1000 - from;
    expect(waited).toBeGreaterThanOrEqual(48 * hours - 1 * minutes);
    expect(waited).toBeLessThan(48 * hours + 1 * minutes);
    expect(of.closed).toEqual(['delivered']);
    expect(await events(of, 'timerStartedEventAttributes')).toHaveLength(1);
  });

  timed('does not come while something is owed, though the grace time is long over', async () => {
    const of = here.world.consignment();
    of.answer = async ({ kind }) =>
      kind === 'pod' && of.calls.length < 4
        ? { state: 'not yet', until: await here.world.clock(100 * hours) }
        : undefined;
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    await here.world.env.sleep('90 hours');
    expect((await here.world.handle(of).describe()).status.name).toBe('RUNNING');
    expect(of.closed).toEqual([]);
    await here.world.handle(of).result();
    expect(of.sent('palletways').slice(-1)).toEqual([['pod:2025-11-24T06:05:00.000Z']]);
  });

  timed('does not come without a signature', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, ...life.filter(({ kind }) => kind !== 'pod'));
    await called(of, 2);
    await rests(of);
    await here.world.env.sleep('30 days');
    expect((await here.world.handle(of).describe()).status.name).toBe('RUNNING');
    expect(of.closed).toEqual([]);
  });

  timed('a fact in the grace time is still handled, and the grace time begins anew after it', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    await here.world.env.sleep('70 hours');
    await here.world.tell(of, scan(8));
    await called(of, 3);
    expect(of.sent('palletways').at(-1)).toEqual(['scan:B00432B6FE:load:2025-11-24T06:08:00.000Z']);
    await rests(of);
    await here.world.env.sleep('70 hours');
    expect((await here.world.handle(of).describe()).status.name).toBe('RUNNING');
    await here.world.handle(of).result();
    expect(of.closed).toEqual(['delivered']);
  });

  timed('a fact that comes while the end is being recorded is handled, and the end comes again after it', async () => {
    const of = here.world.consignment();
    of.whileClosing = async () => {
      of.whileClosing = async () => undefined;
      await here.world.tell(of, scan(8));
    };
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    await here.world.env.sleep('73 hours');
    await called(of, 3);
    expect(of.sent('palletways').at(-1)).toEqual(['scan:B00432B6FE:load:2025-11-24T06:08:00.000Z']);
    await rests(of);
    expect((await here.world.handle(of).describe()).status.name).toBe('RUNNING');
    expect(of.closed).toEqual([]);
    await here.world.handle(of).result();
    expect(of.closed).toEqual(['delivered']);
  });

  timed('comes for a cancelled consignment too, once the cancellation went out', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, order(), cancellation);
    await here.world.handle(of).result();
    expect(of.sent('qargo')).toEqual([['cancel']]);
    expect(of.closed).toEqual(['cancelled']);
  });
});

describe('refused', () => {
  timed('needs attention, is not tried again by itself, and holds back the end', async () => {
    const of = here.world.consignment();
    of.answer = ({ kind, revision }) =>
      kind === 'pod' && revision === 1 ? { state: 'refused', cause: { code: 'refused' } } : undefined;
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    await here.world.env.sleep('20 days');
    expect(of.calls).toHaveLength(2);
    expect([(await here.world.handle(of).describe()).status.name, of.closed]).toEqual(['RUNNING', []]);
    const told = await here.world.handle(of).query(why);
    expect(told.map(({ obligation, attention, owner }) => [obligation, attention, owner])).toEqual([
      ['pod:2025-11-24T06:05:00.000Z', true, 'a person'],
    ]);
    expect((await here.world.handle(of).describe()).typedSearchAttributes.get(searchAttributes.attention)).toBe(true);
  });

  timed('goes out again when a person resends it, and then the end comes', async () => {
    const of = here.world.consignment();
    of.answer = ({ kind, revision }) =>
      kind === 'pod' && revision === 1 ? { state: 'refused', cause: { code: 'refused' } } : undefined;
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    const [asked] = await here.world.handle(of).query(why);
    const answer = await here.world
      .handle(of)
      .executeUpdate(resend, { args: [{ obligation: asked?.obligation ?? '' }] });
    expect(answer).toEqual({ obligation: 'pod:2025-11-24T06:05:00.000Z', revision: 2 });
    await called(of, 3);
    expect(of.calls.at(-1)).toMatchObject({ keys: [answer.obligation], revisions: [2] });
    expect(of.hand.map(({ kind }) => kind)).toEqual(['resend']);
    await here.world.handle(of).result();
  });

  timed('what was settled and forgotten goes out again when a person resends it', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, ...life);
    await called(of, 2);
    await rests(of);
    const key = 'scan:B00432B6FE:load:2025-11-24T06:02:00.000Z';
    for (const revision of [2, 3]) {
      await here.world.handle(of).executeUpdate(resend, { args: [{ obligation: key }] });
      await called(of, revision + 1);
      await rests(of);
      expect(of.calls.at(-1)).toMatchObject({ keys: [key], revisions: [revision] });
    }
    expect(of.calls).toHaveLength(4);
  });
});

describe('a cancellation', () => {
  /** An attempt that failed and is to be tried again much later. */
  const later = () => ApplicationFailure.create({ message: 'held: down', type: 'Held', nextRetryDelay: '5 hours' });

  timed('gives up an order that waits for its next try, and goes out', async () => {
    const of = here.world.consignment();
    of.answer = ({ kind }) => {
      if (kind === 'order') throw later();
      return undefined;
    };
    await here.world.tell(of, order());
    await called(of, 1);
    const from = await here.world.env.currentTimeMs();
    await here.world.tell(of, cancellation);
    await here.world.env.sleep('1 minute');
    const calls = await called(of, 2);
    expect(of.sent('qargo')).toEqual([['order'], ['cancel']]);
    expect((calls[1]?.at ?? 0) - from).toBeLessThan(1 * minutes);
    expect(await events(of, 'activityTaskCanceledEventAttributes')).toHaveLength(1);
    await here.world.env.sleep('1 day');
    expect(of.calls).toHaveLength(2);
  });

  timed('does not give up an order within the first moments: what works is let work', async () => {
    const of = here.world.consignment();
    let sent = () => {};
    const held = new Promise<void>((resolve) => {
      sent = resolve;
    });
    of.answer = async ({ kind }) => {
      if (kind === 'order') await held;
      return undefined;
    };
    await here.world.tell(of, order());
    await called(of, 1);
    await here.world.tell(of, cancellation);
    await until('the cancellation', async () =>
      (await here.world.handle(of).query(state)).stage === 'cancelled' ? true : undefined,
    );
    expect(await events(of, 'activityTaskCancelRequestedEventAttributes')).toHaveLength(0);
    sent();
    await called(of, 2);
    expect(of.sent('qargo')).toEqual([['order'], ['cancel']]);
  });

  timed('a new version of the order gives up the old one alike; another kind of news does not', async () => {
    const of = here.world.consignment();
    of.answer = ({ kind }, call) => {
      if (kind === 'order' && call.keys.length === 1 && of.sent('qargo').length === 1) throw later();
      return undefined;
    };
    await here.world.tell(of, order('A', 0));
    await called(of, 1);
    await here.world.tell(of, tracking);
    await here.world.env.sleep('10 minutes');
    expect(of.calls).toHaveLength(1);
    await here.world.tell(of, order('B', 1));
    await here.world.env.sleep('1 minute');
    await called(of, 2);
    expect(of.sent('qargo')).toEqual([['order'], ['order', 'references']]);
  });
});

describe('a read that was asked for', () => {
  const held = () => ApplicationFailure.create({ message: 'held: budget', type: 'Held', nextRetryDelay: '5 hours' });

  timed('and waits for its turn holds up nothing that is to be told', async () => {
    const of = here.world.consignment();
    of.answer = ({ kind }, { to }) => {
      if (kind === 'refresh' && to === 'palletways') throw held();
      return undefined;
    };
    await here.world.tell(of, tracking);
    const { asked } = await here.world.handle(of).executeUpdate(refresh);
    await until('the read', () => of.sent('palletways')[0]);
    for (const [nth, fact] of [scan(2), scan(3)].entries()) {
      await here.world.tell(of, fact);
      await until('the scan', () => of.sent('palletways')[nth + 1]);
    }
    const sent = of.calls.filter(({ to }) => to === 'palletways').map(({ lane, keys }) => [lane, ...keys]);
    expect(sent).toEqual([
      ['reads', `refresh:palletways:${asked}`],
      ['palletways', subjectOf(scan(2))],
      ['palletways', subjectOf(scan(3))],
    ]);
    expect((await here.world.handle(of).query(state)).inFlight).toContain('reads');
  });
});

describe('more than a send takes', () => {
  /** 700 scans, whose times have nothing to do with their arrival, are owed and wait for the tracking id. */
  async function owing(): Promise<{ of: Consignment; keys: string[] }> {
    const of = here.world.consignment();
    const scans = Array.from({ length: 700 }, (_, n) => scan((n * 7_919) % 1_009, `B${n}`));
    for (let from = 0; from < scans.length; from += 100) await here.world.tell(of, ...scans.slice(from, from + 100));
    const seen = await until('all of them heard of', async () => {
      const view = await here.world.handle(of).query(state);
      return view.outstanding.length + view.more === scans.length ? view : undefined;
    });
    expect(seen.outstanding.length).toBeLessThan(20);
    return { of, keys: scans.map((fact) => subjectOf(fact)) };
  }

  timed('goes send after send until nothing is due, and what arrived first goes first', async () => {
    const { of, keys } = await owing();
    await here.world.tell(of, tracking);
    const told = () => of.sent('palletways').map((sent) => sent.map((key) => keys.indexOf(key)).sort((a, b) => a - b));
    await until('all told', () => (told().flat().length >= keys.length ? true : undefined));
    expect(told().flat()).toEqual(keys.map((_, n) => n));
    expect((await rests(of)).more).toBe(0);
  });

  timed('is left where it is when the consignment is cancelled, and the end comes', async () => {
    const { of } = await owing();
    const { loads } = of;
    await here.world.tell(of, cancellation);
    await here.world.handle(of).result();
    expect(of.calls.map(({ keys }) => keys)).toEqual([['cancel']]);
    expect(of.loads - loads).toBeLessThanOrEqual(1);
  });
});
