import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect } from 'vitest';
import type { House } from '../../bench/house.ts';
import {
  amend,
  cancel,
  delivery,
  enter,
  holds,
  label,
  noted,
  notesOf,
  orderOf,
  ordersOf,
  plan,
  sync,
} from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { onRealParts, useHouse } from './house.ts';
import { labelled, nothingLostOrDoubled } from './lives.ts';
import { refresh } from './rows/office.ts';
import { tapWire, type WireTap } from './wire-tap.ts';

let toQargo: WireTap;

const house = useHouse({
  organisations: 3,
  pace: 20,
  between: async ({ qargo, service }) => {
    toQargo = await tapWire(qargo);
    return { qargo: toQargo.url, service };
  },
});

afterEach(async () => {
  toQargo?.instead(undefined);
  for (const twin of ['palletways', 'qargo'] as const) await house().faults(twin, []);
});

/** Waits until the product has called a method at Qargo, from now on. */
const called = (of: House, method: string, organisation: string, since = Date.now()) =>
  until(`a call of ${method}`, async () => {
    const { qargo } = await of.calls();
    return qargo.some((each) => each.method === method && each.organisation === organisation && each.at >= since)
      ? true
      : undefined;
  });

describe('Qargo', () => {
  onRealParts(
    'down while a consignment is created and cancelled: `why` says so, and no order is left behind',
    60_000,
    async () => {
      const of = house();
      await of.faults('qargo', [{ match: { organisation: 'northgate' }, do: { status: 503 } }]);
      const tried = called(of, 'token', 'northgate');
      const made = await enter(of, 'northgate');
      await tried;
      const why =
        /^ *The order .* is not sent yet: Qargo (?:asks us to wait|cannot be reached) \(.*503.*\); it is tried again /m;
      await until('the cause', async () => (why.test(await of.command('why', made.conNo)) ? true : undefined));
      await cancel(of, made);
      await sleep(500);
      await of.faults('qargo', []);
      await nothingLostOrDoubled(of, 60_000);
      const orders = await ordersOf(of, made);
      expect(orders.length).toBeLessThanOrEqual(1);
      for (const { status, effects } of orders)
        expect([status, effects.created, effects.cancelled]).toEqual(['CANCELLED', 1, 1]);
    },
  );

  onRealParts(
    'answers nobody while it takes the order, which is then cancelled: one order, taken back once',
    60_000,
    async () => {
      const of = house();
      await of.faults('qargo', [
        { match: { method: 'upload', organisation: 'northgate' }, times: 1, do: { drop: 'after' } },
      ]);
      const tried = called(of, 'upload', 'northgate');
      const made = await enter(of, 'northgate');
      await tried;
      await cancel(of, made);
      await nothingLostOrDoubled(of, 60_000);
      const orders = await ordersOf(of, made);
      expect(orders.map(({ status, effects }) => [status, effects.created, effects.cancelled])).toEqual([
        ['CANCELLED', 1, 1],
      ]);
    },
  );

  onRealParts('asks to wait: 429 and 503 are tried again when Retry-After says, and not before', 60_000, async () => {
    const of = house();
    const asked: number[] = [];
    const until503 = () => new Date(Date.now() + 4_000).toUTCString();
    toQargo.instead(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/order/upload')) return undefined;
      asked.push(Date.now());
      if (asked.length === 1) return { status: 429, headers: { 'retry-after': '2' } };
      return asked.length === 2 ? { status: 503, headers: { 'retry-after': until503() } } : undefined;
    });
    const made = await enter(of, 'clydeside');
    await orderOf(of, made);
    const [first = 0, second = 0, third = 0, ...more] = asked;
    expect(more).toEqual([]);
    expect(second - first).toBeGreaterThanOrEqual(2_000);
    // The date is in whole seconds.
    expect(third - second).toBeGreaterThanOrEqual(3_000);
    await nothingLostOrDoubled(of, 60_000);
  });

  onRealParts(
    'tells events of an order of which the product has not heard yet: each is told once',
    60_000,
    async () => {
      const of = house();
      await of.faults('qargo', [{ match: { method: 'uploadStatus', organisation: 'clydeside' }, do: { status: 503 } }]);
      const made = await enter(of, 'clydeside');
      const barcodes = await label(of, made);
      const { id } = await orderOf(of, made);
      await plan(of, 'clydeside', 'EARLY-1', [id]);
      await sync(of, delivery(id, barcodes).slice(2, 4));
      await until('the events', async () => {
        const { rows } = await of.installation.db.query<{ n: number }>(
          `select count(*) as n from fact where kind in ('plan', 'milestone')`,
        );
        return Number(rows[0]?.n) >= 3 ? true : undefined;
      });
      expect((await ordersOf(of, made)).length).toBe(1);
      await of.faults('qargo', []);
      await noted(of, made, 'STS/ARR');
      await nothingLostOrDoubled(of, 60_000);
    },
  );
});

describe('Palletways', () => {
  onRealParts('takes a note and its answer is lost: there is exactly one note', 60_000, async () => {
    const of = house();
    const { made, orderId, barcodes } = await labelled(of, 'northgate');
    await of.faults('palletways', [{ match: { method: 'createSystemNote' }, times: 1, do: { drop: 'after' } }]);
    await plan(of, 'northgate', 'LOST-1', [orderId]);
    await sync(of, delivery(orderId, barcodes).slice(0, 3));
    await nothingLostOrDoubled(of, 60_000);
    expect(
      await of.calls().then(({ palletways }) => palletways.filter(({ method }) => method === 'getNotes').length),
    ).toBeGreaterThan(0);
    const told = (await notesOf(of, made)).map(({ group, type }) => `${group}/${type}`);
    expect(told.sort()).toEqual(['PLN/ALC', 'SCN/LOD', 'SCN/LOD', 'STS/OFD']);
  });

  onRealParts('answers a refresh in half: only the other half is read again', 60_000, async () => {
    const of = house();
    const { made } = await labelled(of, 'fenland');
    await of.settled();
    const since = Date.now();
    const asked = async (wanted: string) =>
      (await of.calls()).palletways.filter(
        ({ method, organisation, at }) => method === wanted && organisation === 'fenland' && at >= since,
      ).length;
    await of.faults('palletways', [{ match: { method: 'getNotes' }, times: 2, do: { status: 503 } }]);
    await refresh(of, made);
    await until('the third answer', async () => ((await asked('getNotes')) === 3 ? true : undefined));
    await nothingLostOrDoubled(of, 60_000);
    expect([await asked('getConsignment'), await asked('getNotes')]).toEqual([1, 3]);
  });

  onRealParts('never got the note whose answer is lost: it is sent again, once', 60_000, async () => {
    const of = house();
    const { made, orderId } = await labelled(of, 'northgate');
    await of.faults('palletways', [{ match: { method: 'createSystemNote' }, times: 1, do: { drop: 'before' } }]);
    await plan(of, 'northgate', 'LOST-2', [orderId]);
    await nothingLostOrDoubled(of, 60_000);
    expect((await notesOf(of, made)).length).toBe(1);
  });

  onRealParts('has no labels yet: the POD arrives, and the labels when they are ready', 60_000, async () => {
    const of = house();
    const made = await enter(of, 'clydeside');
    const barcodes = await label(of, made, { readyDelayMs: 12_000 });
    const { id } = await orderOf(of, made, holds(barcodes));
    await plan(of, 'clydeside', 'LABELS-1', [id]);
    await sync(of, delivery(id, barcodes));
    await noted(of, made, 'POD/POD');
    expect((await ordersOf(of, made))[0]?.documents.some(({ type }) => type === 'PALLET_LABEL_EXTERNAL')).toBe(false);
    await nothingLostOrDoubled(of, 60_000);
    expect((await ordersOf(of, made))[0]?.documents.filter(({ type }) => type === 'PALLET_LABEL_EXTERNAL').length).toBe(
      1,
    );
  });
});

describe('an edit whose answer is lost', () => {
  onRealParts(
    'has made other goods: the labels that follow find them as they are, and make none twice',
    60_000,
    async () => {
      const of = house();
      const made = await enter(of, 'clydeside', { Lifts: '1', Weight: '300', BillUnit: [{ Type: 'HP', Amount: '1' }] });
      await orderOf(of, made);
      await nothingLostOrDoubled(of, 60_000);
      await of.faults('qargo', [
        { match: { method: 'partialOrderUpdate', organisation: 'clydeside' }, times: 1, do: { drop: 'after' } },
      ]);
      const BillUnit = [
        { Type: 'HP', Amount: '1' },
        { Type: 'FP', Amount: '2' },
      ];
      await amend(of, made, { Lifts: '3', Weight: '900', BillUnit });
      await nothingLostOrDoubled(of, 60_000);
      const barcodes = await label(of, made);
      const { goods } = await orderOf(of, made, holds(barcodes));
      expect(goods).toHaveLength(2);
      await nothingLostOrDoubled(of, 60_000);
    },
  );
});

describe('a worker', () => {
  onRealParts('killed twice in the middle of a burst: nothing is lost and nothing is sent twice', 300_000, async () => {
    const of = house();
    const lives = await Promise.all([1, 2, 3, 4, 5, 6].map(() => labelled(of, 'fenland')));
    await of.settled();
    const ids = lives.map(({ orderId }) => orderId);
    const burst = async () => {
      await plan(of, 'fenland', 'BURST-1', ids);
      await Promise.all(
        lives.map(({ orderId, barcodes }, nth) =>
          sync(of, delivery(orderId, barcodes), { shuffle: nth + 1, twice: true }),
        ),
      );
    };
    const kills = async () => {
      await until(
        'the first note of the burst',
        async () => (await Promise.all(lives.map(({ made }) => notesOf(of, made)))).flat()[0],
      );
      await of.killWorker();
      await of.startWorker();
      await sleep(700);
      await of.killWorker();
      await of.startWorker();
    };
    await Promise.all([burst(), kills()]);
    await nothingLostOrDoubled(of, 270_000);
  });
});
