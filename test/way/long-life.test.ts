/** One consignment of 60 pallets with 10,000 scans, said while it continues as new again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { beforeAll, describe, expect } from 'vitest';
import { eventsOf, type HistoryEvent, jsonOf, lines, typeOf } from '../../bench/history.ts';
import { delivery, type Entered, enter, type NoteHeld, notesOf, orderOf, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import type { Plan } from '../../domain/obligations/plan.ts';
import { call } from '../../local/loopback.ts';
import { isPlan } from '../../workflows/plan-told.ts';
import { type House, onRealParts, useHouse } from './house.ts';

type Payload = protocol.temporal.api.common.v1.IPayload;

const nonDeterministic =
  protocol.temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR;

const organisation = 'northgate';
const pallets = 60;
const total = 10_000;
const byHand = 20;
/** So much is owed before Palletways takes notes again: more than a send takes, and far more than a plan names. */
const backlog = 2_000;
/** So many a send takes at once. */
const takenAtOnce = 200;
/** Events after which a run goes on as a new one. */
const maxHistory = 100;

// Limits of both sides times 100: what takes time is this life and not the calls. No grace time: what is over is closed.
const house = useHouse({ pace: 100, policy: { maxHistory, graceHours: 0 } });

interface Scan {
  readonly barcode: string;
  readonly status: 'SCANNED_IN' | 'STORED' | 'SCANNED_OUT';
  readonly stop: 'PICKUP' | 'DELIVERY' | null;
  readonly type: string;
  readonly at: string;
}

const kinds = [
  { status: 'SCANNED_OUT', stop: 'PICKUP', type: 'LOD' },
  { status: 'STORED', stop: null, type: 'XDK' },
  { status: 'SCANNED_IN', stop: null, type: 'UNL' },
  { status: 'SCANNED_OUT', stop: 'DELIVERY', type: 'DEL' },
] as const;

/** The nth scan that is said. Its time has nothing to do with when it is said, and no two are of one time. */
function scanOf(nth: number, barcodes: readonly string[], noon: number): Scan {
  const at = new Date(noon - ((nth * 7_919) % 10_007) * 1_000).toISOString();
  const kind = kinds[nth % kinds.length] ?? kinds[0];
  return { ...kind, barcode: barcodes[(nth * 7) % barcodes.length] ?? '', at };
}

const nameOf = ({ barcode, type, at }: Scan) => `${type} ${barcode} ${at}`;
const noteName = ({ type, barcode, instant }: NoteHeld) => `${type} ${barcode} ${instant}`;

interface Fact {
  readonly id: string;
  readonly seq: number;
  readonly name: string;
  /** The message that told it. */
  readonly journal: number;
}

const words: Readonly<Record<string, string>> = { load: 'LOD', 'cross-dock': 'XDK', unload: 'UNL', delivery: 'DEL' };

async function scanFacts(of: House): Promise<Fact[]> {
  const { rows } = await of.installation.db.query<{
    id: string;
    seq: number;
    journal: number;
    envelope: { scan: string; barcode: string; at: string };
  }>(`select id, seq, journal, envelope from fact where kind = 'scan' order by seq`);
  return rows.map(({ id, seq, journal, envelope: { scan, barcode, at } }) => ({
    id,
    seq,
    journal,
    name: `${words[scan]} ${barcode} ${at}`,
  }));
}

/** Ids of the facts of scans in the order in which they were told. */
async function toldInOrder(of: House): Promise<string[]> {
  const { rows } = await of.installation.db.query<{ fact: string }>(
    `select fact from attempt where kind = 'scan' and outcome = 'met' order by id`,
  );
  return rows.map(({ fact }) => fact);
}

/** All runs of the consignment's workflow from the first, each with its events. */
async function runsOf(of: House, handle: WorkflowHandle): Promise<HistoryEvent[][]> {
  const runs: HistoryEvent[][] = [];
  let runId = (await handle.describe()).raw.workflowExecutionInfo?.firstRunId;
  while (runId) {
    const history = await of.temporal.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    runs.push([...eventsOf(history)]);
    if (process.env.SHOW_HISTORY !== undefined && runs.length === 2)
      process.stderr.write(`${lines(history).join('\n')}\n`);
    runId = eventsOf(history).at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

interface PlanSeen {
  readonly plan: Plan;
  readonly bytes: number;
}

function planIn(payload: Payload | null | undefined, inside = true): PlanSeen[] {
  const value = jsonOf(payload);
  const plan = inside ? (value as { plan?: unknown } | undefined)?.plan : value;
  return isPlan(plan) ? [{ plan, bytes: payload?.data?.length ?? 0 }] : [];
}

/** Plans that a run asked the record for. */
function loadsIn(events: readonly HistoryEvent[]): PlanSeen[] {
  return events.flatMap((event) => {
    const details = event.markerRecordedEventAttributes?.details;
    const about = JSON.stringify(jsonOf(details?.data?.payloads?.[0])) ?? '';
    return about.includes('loadPlan') ? planIn(details?.result?.payloads?.[0], false) : [];
  });
}

/** Plans that a run was told by signals and by answers of what it sent. */
function toldIn(events: readonly HistoryEvent[]): PlanSeen[] {
  return events.flatMap((event) => [
    ...planIn(event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]),
    ...planIn(event.activityTaskCompletedEventAttributes?.result?.payloads?.[0]),
  ]);
}

const sendsIn = (events: readonly HistoryEvent[]) =>
  events.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendToPalletways');

const msOf = (event: HistoryEvent | undefined) =>
  Number(event?.eventTime?.seconds ?? 0) * 1_000 + (event?.eventTime?.nanos ?? 0) / 1e6;

/** How long each workflow task took, ms: shown, not judged. */
function tasksIn(events: readonly HistoryEvent[]): number[] {
  return events.flatMap((event) => {
    const started = event.workflowTaskCompletedEventAttributes?.startedEventId;
    if (started == null) return [];
    return [msOf(event) - msOf(events.find(({ eventId }) => String(eventId) === String(started)))];
  });
}

describe('a long life', () => {
  let made: Entered;
  let handle: WorkflowHandle;
  let orderId: string;
  let runs: HistoryEvent[][];
  let notes: NoteHeld[];
  let facts: Fact[];
  let inOrder: string[];
  const said: string[] = [];

  const scanNotes = async () => (await notesOf(house(), made)).filter(({ group }) => group === 'SCN');

  beforeAll(async () => {
    let of: House;
    try {
      of = house();
    } catch {
      return;
    }
    made = await enter(of, organisation, {
      Lifts: `${pallets}`,
      Weight: '30000',
      BillUnit: [{ Type: 'FP', Amount: `${pallets}` }],
    });
    const labelled = await call('POST', `${of.palletways}/control/consignments/${made.responseId}/label`, {});
    const { barcodes } = labelled as { barcodes: string[] };
    const order = await orderOf(of, made, ({ goods }) => goods.flatMap((good) => good.barcodes).length === pallets);
    orderId = order.id;
    await plan(of, organisation, 'LONG-1', [orderId]);
    handle = of.temporal.workflow.getHandle(
      await until('its workflow', () => of.workflowOf(made.conNo).catch(() => undefined)),
    );

    const told = async () => {
      const { rows } = await of.installation.db.query<{ n: number }>(
        `select count(*) as n from receipt where kind = 'scan' and state = 'met'`,
      );
      return rows[0]?.n ?? 0;
    };
    let outage = true;
    const endOutage = async () => {
      if (!outage || (await scanFacts(of)).length - (await told()) < backlog) return outage ? undefined : true;
      outage = false;
      await of.faults('palletways', []);
      return true;
    };
    const noon = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
    const pushed = total - byHand;
    const atOnce = 499;
    for (let from = 0, batch = 0; from < pushed; from += atOnce, batch += 1) {
      const scans = Array.from({ length: Math.min(atOnce, pushed - from) }, (_, n) => scanOf(from + n, barcodes, noon));
      said.push(...scans.map(nameOf));
      const calls = scans.map(({ barcode, status, stop, at }) => ({
        method: 'POST' as const,
        path: `/control/orders/${orderId}/scan`,
        body: { barcode, status, stop, at },
      }));
      // For a while Palletways takes no notes: more is owed than a send takes or a plan names.
      if (batch === 3)
        await of.faults('palletways', [{ match: { organisation, method: 'createSystemNote' }, do: { status: 503 } }]);
      if (batch > 3) await endOutage();
      // The first batch is said twice, as one that nobody acknowledged.
      await sync(of, calls, batch === 0 ? { twice: true } : {});
      // In between a person says something by hand, and asks for something and is answered.
      const one = scanOf(pushed + batch, barcodes, noon);
      if (batch < byHand) {
        said.push(nameOf({ ...one, type: 'LOD' }));
        await handle.signal('scan', { barcode: one.barcode, scan: 'load', at: one.at });
      }
      if (batch % 5 === 2) expect(await handle.executeUpdate('refresh')).toHaveProperty('asked');
      await sleep(500);
    }
    await until('more owed than a plan names', endOutage, 300_000);
    await until('every scan told', async () => ((await told()) >= total ? true : undefined), 900_000);
    runs = await runsOf(of, handle);
    notes = await scanNotes();
    facts = await scanFacts(of);
    inOrder = await toldInOrder(of);
    const tasks = runs.flatMap(tasksIn).sort((a, b) => b - a);
    const bytes = [...runs.flatMap(loadsIn), ...runs.flatMap(toldIn)].map((seen) => seen.bytes);
    process.stderr.write(
      `${runs.length} runs of ${runs.map((events) => events.length).join(', ')} events; ${bytes.length} plans of at most ${Math.max(...bytes)} bytes; ` +
        `${runs.flatMap(sendsIn).length} sends; workflow tasks: the longest ${tasks.slice(0, 5).map(Math.round).join(', ')} ms, half under ${Math.round(tasks[tasks.length >> 1] ?? 0)} ms\n`,
    );
  }, 1_500_000);

  onRealParts('each of 10,000 scans is once in the record and once at Palletways', 30_000, async () => {
    expect(said).toHaveLength(total);
    expect(facts.map(({ name }) => name).sort()).toEqual([...said].sort());
    expect(notes.map(noteName).sort()).toEqual([...said].sort());
  });

  onRealParts('it continued as new under fire, and no run that is long takes more on', 30_000, async () => {
    expect(runs.length).toBeGreaterThan(5);
    // A long run takes nothing more on but what is said by hand, which is answered at once: until its sends have come back only what it
    // is told makes it longer.
    for (const events of runs) {
      const own = events.filter((event) => !/SIGNALED|WORKFLOW_TASK|UPDATE/.test(typeOf(event)));
      expect(own.length).toBeLessThanOrEqual(maxHistory);
      const takenOn = events.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled == null || scheduled.activityType?.name === 'takeInByHand' ? [] : [Number(eventId)],
      );
      for (const eventId of takenOn) expect(eventId).toBeLessThanOrEqual(maxHistory + 20);
    }
    const signalled = runs.filter((events) => events.some((event) => typeOf(event) === 'WORKFLOW_EXECUTION_SIGNALED'));
    // How many it finds open is the machine's; more than the first was.
    expect(signalled.length).toBeGreaterThan(1);
    const failed = runs.flat().filter((event) => event.workflowTaskFailedEventAttributes?.cause === nonDeterministic);
    expect(failed).toEqual([]);
  });

  onRealParts('what a run loads, or is told, is at most 2 KB, however much is owed', 30_000, async () => {
    for (const events of runs) expect(loadsIn(events).length + toldIn(events).length).toBeGreaterThanOrEqual(1);
    const seen = runs.flatMap((events) => [...loadsIn(events), ...toldIn(events)]);
    expect(Math.max(...seen.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_048);
    // And there was far more to know than that.
    const owed = seen.map(({ plan: { page } }) => page.outstanding.length + page.more);
    expect(Math.max(...owed)).toBeGreaterThanOrEqual(backlog / 2);
  });

  onRealParts('what arrived first went first, over every continue-as-new', 30_000, async () => {
    const byId = new Map(facts.map((fact) => [fact.id, fact]));
    expect([...inOrder].sort()).toEqual(facts.map(({ id }) => id).sort());
    // Beside a scan goes what is taken with it, and none of a message that came later than what is still left behind.
    const left = [...facts];
    let most = 0;
    for (const id of inOrder) {
      const told = byId.get(id);
      if (told === undefined) throw new Error(`no scan ${id}`);
      most = Math.max(most, left.filter(({ seq, journal }) => seq < told.seq && journal !== told.journal).length);
      left.splice(left.indexOf(told), 1);
    }
    // What Palletways was away for waits for its own next try: one page more may pass it meanwhile.
    expect(most).toBeLessThanOrEqual(2 * takenAtOnce);
  });

  onRealParts('closed, it knows where it stood when something is said again', 60_000, async () => {
    const of = house();
    const [barcode = ''] = (await orderOf(of, made)).goods.flatMap((good) => good.barcodes);
    await sync(of, delivery(orderId, [barcode]));
    await of.settled();
    const closed = () =>
      until('its end', async () => {
        const { rows } = await of.installation.db.query<{ stage: string }>(
          `select s.stage from status s join consignment c on c.id = s.consignment where c.closed_at is not null`,
        );
        return rows[0];
      });
    expect((await closed()).stage).toBe('delivered');
    const before = (await notesOf(of, made)).length;
    const late = { barcode, status: 'STORED', stop: null, at: new Date(Date.now() - 60_000).toISOString() };
    await call('POST', `${of.qargo}/control/orders/${orderId}/scan`, late);
    await until('the late scan', async () => ((await notesOf(of, made)).length === before + 1 ? true : undefined));
    expect((await closed()).stage).toBe('delivered');
    const history = await handle.fetchHistory();
    expect(toldIn(eventsOf(history))[0]?.plan.stage).toBe('delivered');
    expect(eventsOf(history).filter((event) => event.activityTaskScheduledEventAttributes != null)).toHaveLength(1);
  });
});
