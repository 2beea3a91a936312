/**
 * What these tests promise can be seen to fail: each scenario holds on the product as it is, and is seen not to hold on a product
 * in which one fault is planted, at one place.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, vi } from 'vitest';
import { delivery, type Entered, enter, label, labelsOf, orderOf, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import type { Table } from '../../sandbox/judge/judge.ts';
import { findByReference } from '../../store/record/consignments.ts';
import { wakeConsignments } from '../../store/record/wake.ts';
import { state } from '../../workflows/messages.ts';
import { temporalCli } from '../temporal.ts';
import { type House, onRealParts, useHouse } from './house.ts';
import { type Life, labelled } from './lives.ts';
import { type FaultName, plant } from './plant.ts';

/** The fault in the service, which runs in this process: a fact that is told again is not known by its id. */
const service = vi.hoisted(() => ({ takesTwice: false }));
vi.mock(import('../../store/record/facts.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    storeFact: (tx, consignment, fact, said) =>
      real.storeFact(tx, consignment, service.takesTwice ? { ...fact, id: `${fact.id} ${randomUUID()}` } : fact, said),
  };
});

/** A call acts so long after its line was cut, ms: well within the quiet time, and time enough for the next call to go before. */
const late = 7_000;
/** One organisation with a quiet time longer than that, and one with a short one. */
const [patient, brisk] = ['northgate', 'fenland'] as const;
const house = useHouse({
  organisations: 2,
  pace: 10,
  policy: (organisation) => ({ quietSeconds: organisation === patient ? 90 : 10 }),
});

/** The fault in the worker; undefined: the product as it is. */
let working: FaultName | undefined;
const startWorker = (of: House) => of.startWorker(working === undefined ? {} : plant(working));

afterEach(async () => {
  service.takesTwice = false;
  // Without Temporal there is no house, and the test that needs none is run.
  if (temporalCli.path === undefined) return;
  for (const twin of ['palletways', 'qargo'] as const) await house().faults(twin, []);
});

/** Has a worker that is of the product as it is, or has the fault. */
async function workWith(of: House, fault?: FaultName): Promise<void> {
  if (fault === working) return;
  working = fault;
  await of.killWorker();
  await startWorker(of);
}

/** The pallets are loaded, and Qargo tells each scan twice; everything has come to rest. */
async function scansToldTwice(of: House): Promise<Life> {
  const life = await labelled(of, brisk);
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

/** As a dispatcher leaves it that dies after it told the workflow and before it noted so: it is told once more. */
async function workflowToldTwice(of: House): Promise<Life> {
  const life = await scansToldTwice(of);
  const id = await of.workflowOf(life.made.conNo);
  const { db } = of.installation;
  const [consignment] = await findByReference(db, life.made.conNo);
  await wakeConsignments(db, [consignment?.id ?? '']);
  await until('the workflow told again', async () => {
    const { rows } = await db.query(`select 1 from wake where pending and consignment = $1`, [consignment?.id]);
    return rows.length === 0 ? true : undefined;
  });
  const workflow = of.temporal.workflow.getHandle(id);
  await until('the end of what it does about it', async () => {
    const { due, inFlight } = await workflow.query(state);
    return Object.keys(due).length + inFlight.length === 0 ? true : undefined;
  });
  return life;
}

/** The line of one note's call is cut, and the call acts late; the next note's call goes before it does. */
async function noteThatActsLate(of: House): Promise<Life> {
  const [first, next] = await Promise.all([labelled(of, patient), labelled(of, patient)]);
  await of.settled();
  await of.faults('palletways', [{ match: { method: 'createSystemNote' }, times: 1, do: { late } }]);
  await plan(of, patient, `LATE-${first.made.conNo}`, [first.orderId]);
  await until('the cut', async () => {
    const { faults } = (await call('GET', `${of.palletways}/control/faults`)) as { faults: unknown[] };
    return faults.length === 0 ? true : undefined;
  });
  await plan(of, patient, `NEXT-${next.made.conNo}`, [next.orderId]);
  await of.settled();
  return first;
}

/** A worker dies in the middle of a call that acted, and Temporal has lost the workflow: it begins again from the record. */
async function deathInACall(of: House): Promise<Entered> {
  const made = await enter(of, brisk);
  await orderOf(of, made);
  await of.settled();
  await of.faults('qargo', [{ match: { method: 'documentImport' }, times: 1, do: { answerLate: 30_000 } }]);
  await label(of, made);
  await until('the labels at Qargo', async () => (await labelsOf(of, made))[0]);
  await of.killWorker();
  await of.temporal.workflow.getHandle(await of.workflowOf(made.conNo)).terminate();
  await Promise.all([of.rebuild(), startWorker(of)]);
  await of.settled();
  return made;
}

const doubledOf = ({ doubled }: Table, { made }: Life) => doubled.filter(({ conNo }) => conNo === made.conNo);
const kindsDoubled = async (of: House, life: Life) => [
  ...new Set(doubledOf(await of.judged(), life).map(({ kind }) => kind)),
];

describe('of the product as it is', () => {
  onRealParts(
    'what is told twice, to the service or to a workflow, is in the record once and at Palletways once',
    60_000,
    async () => {
      const of = house();
      await workWith(of);
      const life = await workflowToldTwice(of);
      expect(await scansInTheRecord(of, life)).toBe(life.barcodes.length);
      expect(await kindsDoubled(of, life)).toEqual([]);
    },
  );

  onRealParts('a note whose call acts late, after the next one, is at Palletways once', 90_000, async () => {
    const of = house();
    await workWith(of);
    expect(await kindsDoubled(of, await noteThatActsLate(of))).toEqual([]);
  });

  onRealParts('labels whose call acted before the worker died in it are at Qargo once', 90_000, async () => {
    const of = house();
    await workWith(of);
    expect((await labelsOf(of, await deathInACall(of))).length).toBe(1);
  });
});

describe('a planted fault is caught', () => {
  onRealParts(
    'dedupe off, of facts: what is told twice is in the record twice, and still at Palletways once',
    60_000,
    async () => {
      const of = house();
      await workWith(of);
      service.takesTwice = true;
      const life = await scansToldTwice(of);
      expect(await scansInTheRecord(of, life)).toBe(2 * life.barcodes.length);
      // Whatever the record lets through, the key of the delivery holds.
      expect(await kindsDoubled(of, life)).toEqual([]);
    },
  );

  onRealParts(
    'dedupe off, of deliveries: what was told and stays outstanding all the same is at Palletways twice',
    120_000,
    async () => {
      const of = house();
      await workWith(of);
      const life = await labelled(of, brisk);
      await of.settled();
      await workWith(of, 'metStaysOutstanding');
      await sync(of, delivery(life.orderId, life.barcodes).slice(0, life.barcodes.length));
      const doubled = await until('a second telling', async () => {
        const kinds = await kindsDoubled(of, life);
        return kinds.length > 0 ? kinds : undefined;
      });
      expect(doubled).toEqual(['scan']);
      await workWith(of);
      await of.settled();
    },
  );

  onRealParts(
    'intent skipped: labels of which nobody wrote that they are on the wire are at Qargo twice',
    90_000,
    async () => {
      const of = house();
      await workWith(of, 'intentIsSkipped');
      expect((await labelsOf(of, await deathInACall(of))).length).toBe(2);
    },
  );

  onRealParts(
    'intent skipped: a note of which nobody wrote that it is on the wire is at Palletways twice',
    90_000,
    async () => {
      const of = house();
      await workWith(of, 'intentOfNotesIsSkipped');
      expect(await kindsDoubled(of, await noteThatActsLate(of))).toEqual(['planned']);
    },
  );

  onRealParts(
    'lease ignored: a note that is taken from the call that has it is at Palletways twice',
    90_000,
    async () => {
      const of = house();
      await workWith(of, 'leaseIsIgnored');
      expect(await kindsDoubled(of, await noteThatActsLate(of))).toEqual(['planned']);
    },
  );
});
