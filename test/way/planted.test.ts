/**
 * What these tests promise can be seen to fail: each scenario holds on the product as it is, and is seen not to hold on a product
 * in which one fault is planted, at one place.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { delivery, type Entered, enter, holds, label, orderOf, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import type { Table } from '../../sandbox/judge/judge.ts';
import { state } from '../../workflows/messages.ts';
import { type House, onRealParts, useHouse } from './house.ts';
import { type Plant, plant } from './plant.ts';

/** The fault in the service, which runs in this process: a fact that is told again is not known by its id. */
const service = vi.hoisted(() => ({ takesTwice: false }));
vi.mock(import('../../store/facts.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    storeFact: (tx, consignment, fact, said) =>
      real.storeFact(tx, consignment, service.takesTwice ? { ...fact, id: `${fact.id} ${randomUUID()}` } : fact, said),
  };
});

/** Faults in the worker. */
const settledIsSentAgain: Plant = {
  file: 'store/deliveries.js',
  text: 'if (row !== undefined && isSettled(row, item)) {',
  instead: 'if (false) {',
};
const intentIsSkipped: Plant = {
  file: 'store/notes.js',
  text: "update delivery d set state = 'sending', sender = $3, sent_at",
  instead: 'update delivery d set sender = $3, sent_at',
};
const leaseIsIgnored: Plant = {
  file: 'store/notes.js',
  text: " and coalesce(lease_until, '-infinity') < clock_timestamp()",
  instead: '',
};

/** A call acts so long after its line was cut, ms: well within the quiet time, and time enough for the next call to go before. */
const late = 7_000;
const house = useHouse({ pace: 10, policy: { quietSeconds: 90 } });

afterEach(async () => {
  service.takesTwice = false;
  await house().faults('palletways', []);
});

interface Life {
  readonly made: Entered;
  readonly orderId: string;
  readonly barcodes: readonly string[];
}

/** A consignment with its order and labels at Qargo. */
async function labelled(of: House): Promise<Life> {
  const [organisation = ''] = of.organisations;
  const made = await enter(of, organisation);
  const barcodes = await label(of, made);
  const { id: orderId } = await orderOf(of, made, holds(barcodes));
  return { made, orderId, barcodes };
}

/** The pallets are loaded, and Qargo tells each scan twice; everything has come to rest. */
async function scansToldTwice(of: House): Promise<Life> {
  const life = await labelled(of);
  await sync(of, delivery(life.orderId, life.barcodes).slice(0, life.barcodes.length), { twice: true });
  await of.settled();
  return life;
}

/** How many scans of it the record holds. */
async function scansInTheRecord(of: House, { made }: Life): Promise<number> {
  const { rows } = await of.installation.db.query<{ n: number }>(
    `select count(*) as n from fact where kind = 'scan' and consignment in (select consignment from alias where value = $1)`,
    [made.conNo],
  );
  return rows[0]?.n ?? 0;
}

/** As a dispatcher leaves it that dies after it told the workflow and before it noted so: the scans are told to it once more. */
async function workflowToldTwice(of: House): Promise<Life> {
  const life = await scansToldTwice(of);
  const scans = `kind = 'scan' and consignment in (select consignment from alias where value = $1)`;
  const { rowCount } = await of.installation.db.query(`update fact set state = 'new' where ${scans}`, [life.made.conNo]);
  expect(rowCount).toBe(life.barcodes.length);
  await until('the scans told again', async () => {
    const { rows } = await of.installation.db.query(`select 1 from fact where state = 'new' and ${scans}`, [life.made.conNo]);
    return rows.length === 0 ? true : undefined;
  });
  const workflow = of.temporal.workflow.getHandle(await of.workflowOf(life.made.conNo));
  await until('the end of what it does about them', async () => {
    const { owed, inFlight } = await workflow.query(state);
    return owed.length + inFlight.length === 0 ? true : undefined;
  });
  return life;
}

/** The line of one note's call is cut, and the call acts late; the next note's call goes before it does. */
async function noteThatActsLate(of: House): Promise<Life> {
  const [first, next] = await Promise.all([labelled(of), labelled(of)]);
  const [organisation = ''] = of.organisations;
  await of.settled();
  await of.faults('palletways', [{ match: { method: 'createSystemNote' }, times: 1, do: { late } }]);
  await plan(of, organisation, `LATE-${first.made.conNo}`, [first.orderId]);
  await until('the cut', async () => {
    const { faults } = (await call('GET', `${of.palletways}/control/faults`)) as { faults: unknown[] };
    return faults.length === 0 ? true : undefined;
  });
  await plan(of, organisation, `NEXT-${next.made.conNo}`, [next.orderId]);
  await of.settled();
  return first;
}

const doubledOf = ({ doubled }: Table, { made }: Life) => doubled.filter(({ conNo }) => conNo === made.conNo);
const kindsDoubled = async (of: House, life: Life) => [...new Set(doubledOf(await of.judged(), life).map(({ kind }) => kind))];

/** Runs a scenario with a worker that has the fault, and has the healthy one back after it. */
async function withFault<T>(of: House, fault: Plant, scenario: (of: House) => Promise<T>): Promise<T> {
  const planted = plant(fault);
  try {
    await of.killWorker();
    await of.startWorker(planted.build);
    return await scenario(of);
  } finally {
    await of.killWorker();
    await of.startWorker();
    planted.remove();
  }
}

describe('of the product as it is', () => {
  onRealParts('what is told twice, to the service or to a workflow, is in the record once and at Palletways once', 60_000, async () => {
    const of = house();
    const life = await workflowToldTwice(of);
    expect(await scansInTheRecord(of, life)).toBe(life.barcodes.length);
    expect(await kindsDoubled(of, life)).toEqual([]);
  });

  onRealParts('a note whose call acts late, after the next one, is at Palletways once', 90_000, async () => {
    const of = house();
    expect(await kindsDoubled(of, await noteThatActsLate(of))).toEqual([]);
  });
});

describe('a planted fault is caught', () => {
  onRealParts('dedupe off, of facts: what is told twice is in the record twice, and still at Palletways once', 60_000, async () => {
    const of = house();
    service.takesTwice = true;
    const life = await scansToldTwice(of);
    expect(await scansInTheRecord(of, life)).toBe(2 * life.barcodes.length);
    // Whatever the record lets through, the key of the delivery holds.
    expect(await kindsDoubled(of, life)).toEqual([]);
  });

  onRealParts('dedupe off, of deliveries: what a workflow is told twice is at Palletways twice', 60_000, async () => {
    const of = house();
    const life = await withFault(of, settledIsSentAgain, workflowToldTwice);
    expect(await kindsDoubled(of, life)).toEqual(['scan']);
  });

  onRealParts('intent skipped: a note of which nobody wrote that it is on the wire is at Palletways twice', 90_000, async () => {
    const of = house();
    const life = await withFault(of, intentIsSkipped, noteThatActsLate);
    expect(await kindsDoubled(of, life)).toEqual(['planned']);
  });

  onRealParts('lease ignored: a note that is taken from the call that has it is at Palletways twice', 90_000, async () => {
    const of = house();
    const life = await withFault(of, leaseIsIgnored, noteThatActsLate);
    expect(await kindsDoubled(of, life)).toEqual(['planned']);
  });

  test('and a fault for which there is no place any more, or more than one, is not planted in silence', () => {
    expect(() => plant({ file: 'store/notes.js', text: 'this stands nowhere', instead: '' })).toThrow('0 times');
    expect(() => plant({ file: 'store/notes.js', text: 'update delivery', instead: '' })).toThrow(/[2-9] times/);
  });
});
