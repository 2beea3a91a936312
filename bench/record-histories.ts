/**
 * `node dist/bench/record-histories.js [--only NAME] [--to FOLDER]` plays scenarios on the real parts and writes the histories
 * of their workflows to `test/histories/<version>-<scenario>.json`. Run whenever the workflows change, until the version is released;
 * from then on its histories stay: workflows that it started are still open. `test/way/replay.test.ts` replays them all with the
 * current code.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { taskQueue } from '../client/temporal.ts';
import type { Policy } from '../domain/policy/settings.ts';
import { call } from '../local/loopback.ts';
import { photo } from '../sandbox/day/evidence.ts';
import { playLife } from '../sandbox/day/life.ts';
import { eventsOf, type History } from './history.ts';
import type { House } from './house.ts';
import { amend, cancel, delivery, enter, holds, label, noted, orderOf, plan, sync } from './people.ts';
import { until } from './until.ts';
import { withHouse } from './with-house.ts';

interface Run {
  readonly workflowId: string;
  readonly runId?: string;
}

/** Each plays what it says and answers the workflow runs whose histories are kept, by the scenario's name. */
const scenarios: Readonly<Record<string, (house: House, name: string) => Promise<Readonly<Record<string, Run>>>>> = {
  'one-at-a-time': (house, name) => life(house, name, 'one at a time'),
  'late-sync': (house, name) => life(house, name, 'late sync'),

  /** Edited while Qargo is down: the flight with the old version is given up. Cancelled, and over after no grace time. */
  'edited-in-an-outage-and-cancelled': async (house, name) => {
    const organisation = 'fenland';
    await house.faults('qargo', [{ match: { organisation, method: 'upload' }, do: { status: 503 } }]);
    const made = await enter(house, organisation);
    const workflowId = await until('the workflow', () => house.workflowOf(made.conNo).catch(() => undefined));
    await sleep(1_500);
    await amend(house, made, { Weight: '321' });
    await sleep(4_500);
    await house.faults('qargo', []);
    await orderOf(house, made);
    await house.settled();
    await cancel(house, made);
    await house.settled();
    await house.temporal.workflow.getHandle(workflowId).result();
    return { [name]: { workflowId } };
  },

  /** The answers of a note and of an upload are lost; labels come late. */
  'answers-lost': async (house, name) => {
    const organisation = 'clydeside';
    await house.faults('qargo', [{ match: { organisation, method: 'upload' }, times: 1, do: { drop: 'after' } }]);
    const made = await enter(house, organisation);
    const barcodes = await label(house, made, { readyDelayMs: 3_000 });
    const { id } = await orderOf(house, made, holds(barcodes));
    await house.faults('palletways', [
      { match: { organisation, method: 'createSystemNote' }, times: 1, do: { drop: 'after' } },
    ]);
    await plan(house, organisation, 'LOST-1', [id]);
    await sync(house, delivery(id, barcodes));
    await house.settled();
    return { [name]: { workflowId: await house.workflowOf(made.conNo) } };
  },

  /** A delivery fails with an incident, which only the sweep finds, and goes out again. */
  'failed-swept-and-redelivered': async (house, name) => {
    const organisation = 'clydeside';
    const made = await enter(house, organisation);
    const barcodes = await label(house, made);
    const { id } = await orderOf(house, made, holds(barcodes));
    await plan(house, organisation, 'FAIL-1', [id]);
    const failed = {
      stop: 'DELIVERY',
      status: 'FAILED',
      at: new Date(Date.now() - 6 * 3_600_000).toISOString(),
      incident: {
        code: 'CLOSED',
        name: 'Closed',
        photos: [{ name: 'gate.jpg', base64: photo(1, id, true).toString('base64') }],
      },
    };
    await call('POST', `${house.qargo}/control/orders/${id}/stop`, failed);
    const sweep = `reconciliation/${organisation}`;
    const args = [{ organisation }];
    await house.temporal.workflow.execute('reconciliation', { workflowId: sweep, taskQueue, args });
    await house.settled();
    await plan(house, organisation, 'FAIL-2', [id]);
    await sync(house, delivery(id, barcodes), { shuffle: 3, twice: true });
    await house.settled();
    return { [name]: { workflowId: await house.workflowOf(made.conNo) }, sweep: { workflowId: sweep } };
  },

  /** Every signal, update and query by hand, things that cannot be read among them; then continued as new. */
  'by-hand-and-continued': async (house, name) => {
    const made = await enter(house, 'liffey');
    const [barcode = ''] = await label(house, made);
    await house.settled();
    const workflowId = await house.workflowOf(made.conNo);
    const handle = house.temporal.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    await handle.signal('scan', { barcode, scan: 'load' });
    await handle.signal('allocation', { trip: 'R12', vehicle: 'VAN 7' });
    await handle.signal('exception', { code: 'DAMAGE' });
    await handle.signal('facts', { facts: [{ kind: 'milestone', milestone: 'out' }, 7] });
    await handle.signal('scan', 'nonsense');
    await handle.signal('nothing of ours', { plan: 7 });
    await noted(house, made, 'EXC/DMG');
    await house.settled();
    await handle.executeUpdate('resend', { args: [{ obligation: 'plan' }] });
    await handle.executeUpdate('refresh');
    await handle.query('state');
    await house.settled();
    // A run that has grown long goes on as a new one, once what it sends has come back.
    for (let minute = 10; (await handle.describe()).runId === runId; minute += 1) {
      await handle.signal('scan', { barcode, scan: 'delivery', at: `2026-11-23T10:${String(minute % 60)}:00+00:00` });
      await sleep(700);
    }
    await handle.signal('milestone', { milestone: 'delivered' });
    await handle.signal('pod', {});
    await noted(house, made, 'POD/POD');
    await house.settled();
    return { [name]: { workflowId, runId }, [`${name}-next-run`]: { workflowId } };
  },
};

async function life(house: House, name: string, mode: 'one at a time' | 'late sync'): Promise<Record<string, Run>> {
  const { palletways, qargo } = house;
  const settled = () => house.settled().then(() => undefined);
  const { conNo } = await playLife({ palletways, qargo, organisation: 'northgate', mode, settled });
  await settled();
  return { [name]: { workflowId: await house.workflowOf(conNo) } };
}

/** As JSON, one event a line, without what tells of the machine it was recorded on. */
function written(history: History): string {
  const { events } = JSON.parse(historyToJSON(history)) as { events: unknown[] };
  return `{"events":[\n${events.map((event) => JSON.stringify(event, anonymous)).join(',\n')}\n]}\n`;
}

function anonymous(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  // `<pid>@<host>`: identities and the task queues of one worker.
  return typeof value === 'string' && /^\d+@/.test(value) ? 'recorded' : value;
}

const { values } = parseArgs({ options: { only: { type: 'string' }, to: { type: 'string' } } });
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = values.to ?? join(root, 'test/histories');
/** The version that will be the first to have started such workflows. */
const version = '0.2.0';
mkdirSync(folder, { recursive: true });

// Northgate's are not read at Palletways because of their age, which the pace makes grow; Fenland's are over as soon as nothing is owed,
// and Liffey's runs are long soon.
const policies: Readonly<Record<string, Partial<Policy>>> = {
  northgate: { refreshMinutes: 0 },
  fenland: { graceHours: 0 },
  liffey: { maxHistory: 100 },
};
const policy = (organisation: string) => policies[organisation] ?? {};
await withHouse({ organisations: 4, pace: 20, policy }, async (house) => {
  for (const [name, play] of Object.entries(scenarios)) {
    if (values.only !== undefined && values.only !== name) continue;
    for (const [kept, { workflowId, runId }] of Object.entries(await play(house, name))) {
      const history = await house.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const file = join(folder, `${version}-${kept}.json`);
      const text = written(history);
      writeFileSync(file, text);
      process.stdout.write(`${file}: ${eventsOf(history).length} events, ${Math.round(text.length / 1024)} KB\n`);
    }
  }
});
