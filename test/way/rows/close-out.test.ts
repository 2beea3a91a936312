/** Row 11, billing close-out: final quantities and evidence are frozen once, handed over, and a later change is an adjustment. */
import { describe, expect } from 'vitest';
import {
  amend,
  cancel,
  delivery,
  type Entered,
  enter,
  holds,
  label,
  type OrderHeld,
  orderOf,
  plan,
  sync,
} from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import type { Held } from '../../../store/close-out/close-out.ts';
import type { CloseOutRow } from '../../../store/close-out/export.ts';
import { type House, onRealParts, useHouse } from '../house.ts';

const [toQargo, off, exported] = ['northgate', 'fenland', 'clydeside'] as const;
const house = useHouse({
  organisations: 3,
  pace: 20,
  policy: (organisation) => {
    if (organisation === toQargo)
      return { closeOut: 'both', charges: { measured: 'both', regrade: 'both', surcharge: 'both' } };
    // Palletways weighs after the delivery: refused as too late by default.
    return organisation === off ? { closeOut: 'off' } : { graceHours: 0, edits: { weight: { delivered: 'accept' } } };
  },
});

const weightOf = ({ goods }: OrderHeld) =>
  (goods as unknown as { total_weight_kg: number }[]).reduce((sum, good) => sum + good.total_weight_kg, 0);
const rowsOf = async (of: House, organisation: string, made: Entered) => {
  const { rows } = (await call('GET', `${of.service}/operations/close-outs?organisation=${organisation}`)) as {
    rows: CloseOutRow[];
  };
  return rows.filter(({ trackingId }) => trackingId === made.trackingId);
};
const heldOf = async (of: House, organisation: string, made: Entered) => {
  const held = (await call('GET', `${of.service}/operations/close-outs/held?organisation=${organisation}`)) as Held[];
  return held.filter(({ trackingId }) => trackingId === made.trackingId).flatMap(({ holds: why }) => why);
};
/** As every sweep does. */
const pass = (of: House) => call('POST', `${of.service}/operations/close-outs`, { who: 'Jo' });

/** Driven to its end; answers the call that signs for it, where that is still to come. */
async function delivered(of: House, organisation: string, how: { readonly signed: boolean }) {
  const made = await enter(of, organisation, { Weight: '640' });
  await orderOf(of, made);
  const barcodes = await label(of, made);
  const { id } = await orderOf(of, made, holds(barcodes));
  await plan(of, organisation, `T-${made.conNo}`, [id]);
  const deeds = delivery(id, barcodes);
  await sync(of, how.signed ? deeds : deeds.slice(0, -1));
  await of.settled();
  return { made, barcodes, sign: deeds.slice(-1) };
}

const stateOf = async (of: House, made: Entered) => {
  const handle = of.temporal.workflow.getHandle(await of.workflowOf(made.trackingId));
  return (await handle.describe()).status.name;
};

describe('close-out, exported and told to Qargo', () => {
  onRealParts(
    'is held until the POD is signed, then frozen once; a change after it is an adjustment and Qargo has the final weight',
    150_000,
    async () => {
      const of = house();
      const { made, barcodes, sign } = await delivered(of, toQargo, { signed: false });
      await pass(of);
      expect(await heldOf(of, toQargo, made)).toEqual(['POD not signed']);
      expect(await rowsOf(of, toQargo, made)).toEqual([]);

      await sync(of, sign);
      await of.settled();
      await pass(of);
      const [frozen, ...more] = await rowsOf(of, toQargo, made);
      expect(more).toEqual([]);
      expect(frozen).toMatchObject({
        outcome: 'delivered',
        weight: 640,
        lifts: 2,
        signedBy: 'Aoife Byrne',
        barcodes: [...barcodes].sort(),
        changes: [],
      });
      const hashes = frozen?.documents.map(({ sha256 }) => sha256) ?? [];
      expect(hashes.length).toBeGreaterThanOrEqual(2);
      const { orders } = (await call('GET', `${of.qargo}/control/held`)) as {
        orders: { documents: { sha256: string }[] }[];
      };
      const held = new Set(orders.flatMap(({ documents }) => documents.map(({ sha256 }) => sha256)));
      expect(hashes.filter((sha256) => sha256 === null || !held.has(sha256))).toEqual([]);
      await until('Qargo has the final quantities', async () =>
        (await closeOutAt(of, made)) === 'met' ? true : undefined,
      );

      await call('POST', `${of.service}/operations/consignments/${made.trackingId}/charges`, {
        who: 'Jo',
        charge: 'weight',
        value: '705 kg',
      });
      await orderOf(of, made, (order) => weightOf(order) === 705);
      await of.settled();
      await pass(of);
      await of.settled();
      await pass(of);
      const rows = await rowsOf(of, toQargo, made);
      expect(rows.map(({ adjustment, weight, changes }) => [adjustment, weight, changes])).toEqual([
        [0, 640, []],
        [1, 705, [{ what: 'weight', old: '640', new: '705' }]],
      ]);
      expect(rows[0]).toEqual(frozen);
      expect(weightOf(await orderOf(of, made))).toBe(705);
    },
  );
});

const closeOutAt = async (of: House, made: Entered) => {
  const { rows } = await of.installation.db.query<{ state: string }>(
    `select d.state from receipt d join consignment c on c.id = d.consignment where c.tracking_id = $1 and d.key = 'close-out'`,
    [made.trackingId],
  );
  return rows[0]?.state;
};

describe('close-out, exported alone', () => {
  onRealParts(
    'is frozen when the workflow ends; a fact after the end reopens it with its state, and is an adjustment',
    150_000,
    async () => {
      const of = house();
      const calls = async () =>
        (await of.calls()).qargo.filter(
          ({ organisation, method }) => organisation === exported && /partial/i.test(method),
        ).length;
      const { made } = await delivered(of, exported, { signed: true });
      const before = await calls();
      await until('the end', async () => ((await stateOf(of, made)) === 'COMPLETED' ? true : undefined));
      const [frozen] = await rowsOf(of, exported, made);
      expect(frozen).toMatchObject({ adjustment: 0, weight: 640, signedBy: 'Aoife Byrne' });
      expect(await closeOutAt(of, made)).toBeUndefined();
      expect(await calls()).toBe(before);

      const notes = async () =>
        ((await call('GET', `${of.palletways}/control/held`)) as { notes: unknown[] }).notes.length;
      const told = await notes();
      await amend(of, made, { Weight: '655' });
      await orderOf(of, made, (order) => weightOf(order) === 655);
      await until('the adjustment', async () => ((await rowsOf(of, exported, made)).length === 2 ? true : undefined));
      const [first, second] = await rowsOf(of, exported, made);
      expect(first).toEqual(frozen);
      expect(second?.changes).toEqual([{ what: 'weight', old: '640', new: '655' }]);
      expect(second).toMatchObject({ outcome: 'delivered', signedBy: 'Aoife Byrne', barcodes: frozen?.barcodes });
      // Its state was intact: nothing was told again.
      expect(await notes()).toBe(told);
      await until('the end again', async () => ((await stateOf(of, made)) === 'COMPLETED' ? true : undefined));

      const csv = await (await fetch(`${of.service}/operations/close-outs?organisation=${exported}&format=csv`)).text();
      const lines = csv.split('\r\n').filter((line) => line.includes(made.trackingId));
      expect(lines.map((line) => line.split(',')[1])).toEqual(['close-out', 'adjustment']);
      expect(await of.command('close-outs', '--csv', '--organisation', exported)).toBe(csv);
    },
  );

  onRealParts('a POD that does not come holds it until a person lets it be closed, and says why', 120_000, async () => {
    const of = house();
    const { made } = await delivered(of, exported, { signed: false });
    await until('it is held', async () =>
      (await heldOf(of, exported, made)).includes('POD not signed') ? true : undefined,
    );
    const path = `${of.service}/operations/consignments/${made.trackingId}/close-out`;
    expect(await call('POST', path, { who: 'Jo', why: 'signed on paper' })).toMatchObject({
      state: 'closed',
      holds: [],
    });
    expect((await rowsOf(of, exported, made))[0]).toMatchObject({
      signedBy: '',
      accepted: { who: 'Jo', why: 'signed on paper' },
    });
    await until('the end', async () => ((await stateOf(of, made)) === 'COMPLETED' ? true : undefined));
  });
});

describe('close-out of what was cancelled', () => {
  onRealParts(
    'is frozen once as cancelled, with nobody’s signature, and no update tells Qargo’s cancelled order',
    120_000,
    async () => {
      const of = house();
      const made = await enter(of, exported, { Weight: '640' });
      await orderOf(of, made);
      await cancel(of, made);
      await until('the end', async () => ((await stateOf(of, made)) === 'COMPLETED' ? true : undefined));
      const rows = await rowsOf(of, exported, made);
      expect(rows).toMatchObject([{ outcome: 'cancelled', adjustment: 0, weight: 640, signedBy: '', changes: [] }]);
      expect(await heldOf(of, exported, made)).toEqual([]);

      // Told to Qargo as well by configuration, but not of an order that is none any more.
      const told = await enter(of, toQargo, { Weight: '640' });
      await orderOf(of, told);
      await of.settled();
      const { effects } = await orderOf(of, told);
      await cancel(of, told);
      await until('the cancelled order', async () =>
        (await orderOf(of, told, () => true)).status === 'CANCELLED' ? true : undefined,
      );
      await of.settled();
      await pass(of);
      await of.settled();
      expect(await rowsOf(of, toQargo, told)).toMatchObject([{ outcome: 'cancelled', weight: 640 }]);
      expect((await orderOf(of, told, () => true)).effects).toEqual({ ...effects, cancelled: 1 });
      expect((await of.owed()).stuck).toBe(0);
    },
  );
});

describe('close-out, off', () => {
  onRealParts('nothing is frozen, listed or told', 120_000, async () => {
    const of = house();
    const { made } = await delivered(of, off, { signed: true });
    await pass(of);
    expect(await rowsOf(of, off, made)).toEqual([]);
    expect(await heldOf(of, off, made)).toEqual([]);
    expect(await closeOutAt(of, made)).toBeUndefined();
  });
});
