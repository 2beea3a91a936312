/** Row 10, charges: what is measured, regraded or surcharged goes from side to side as configured, once, and never back. */
import { describe, expect } from 'vitest';
import {
  amend,
  type Entered,
  enter,
  holds,
  label,
  noted,
  notesOf,
  type OrderHeld,
  orderOf,
  ordersOf,
} from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { type ChargePaths, type Direction, defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import type { OpenCharge } from '../../../store/intake/charges.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { asked, bothRead } from './people.ts';

const [bothWays, off, toPalletways, toQargo] = ['northgate', 'fenland', 'clydeside', 'liffey'] as const;
const ways: Readonly<Record<string, Direction>> = {
  [bothWays]: 'both',
  [toPalletways]: 'to palletways',
  [toQargo]: 'to qargo',
};
/** What each side takes by a call of its own, and all the same is keyed in there: a regrade at Qargo, a surcharge at Palletways. */
const chargePaths: ChargePaths = {
  ...defaultPolicy.chargePaths,
  regrade: { qargo: 'person', palletways: 'note' },
  surcharge: { qargo: 'person', palletways: 'person' },
};
const house = useHouse({
  organisations: 4,
  pace: 20,
  policy: (organisation) => {
    const way = ways[organisation];
    if (way === undefined) return {};
    return { charges: { measured: way, regrade: way, surcharge: way }, ...(way === 'both' ? {} : { chargePaths }) };
  },
});

interface Good {
  readonly id: string;
  readonly quantity: number;
  readonly total_weight_kg: number;
  readonly unit_length_m?: number | null;
  readonly packaging_type: { readonly packaging_size: { readonly code: string } };
}

const goodsOf = (order: OrderHeld) => order.goods as unknown as readonly Good[];
const weightOf = (order: OrderHeld) =>
  Math.round(goodsOf(order).reduce((sum, good) => sum + good.total_weight_kg, 0) * 100) / 100;

async function labelled(
  of: House,
  organisation: string,
): Promise<{ made: Entered; order: OrderHeld; barcodes: string[] }> {
  const made = await enter(of, organisation, { Weight: '640', BillUnit: [{ Type: 'FP', Amount: '2' }] } as never);
  await orderOf(of, made);
  const barcodes = await label(of, made);
  const order = await orderOf(of, made, holds(barcodes));
  await of.settled();
  return { made, order, barcodes };
}

const networkNote = (of: House, made: Entered, type: string, text: string, more: object = {}) =>
  call('POST', `${of.palletways}/control/consignments/${made.responseId}/note`, { group: 'CHG', type, text, ...more });
const planners = (of: House, order: OrderHeld, goods: readonly object[]) =>
  call('POST', `${of.qargo}/control/orders/${order.id}/edit`, { changes: { goods }, by: 'Sam Planner' });
const person = (of: House, made: Entered, change: object) =>
  call('POST', `${of.service}/operations/consignments/${made.trackingId}/charges`, { who: 'Jo', ...change });
const openCharges = async (of: House, organisation: string) =>
  (await call('GET', `${of.service}/operations/charges?organisation=${organisation}`)) as OpenCharge[];

/** Both sides are read, and everything that came of it is told. */
async function refreshed(of: House, made: Entered): Promise<void> {
  await bothRead(of, made);
  await of.settled();
}

const general = async (of: House, made: Entered) =>
  (await notesOf(of, made))
    .filter(({ group, type }) => `${group}/${type}` === 'JIN/GIN')
    .map(({ description }) => description);
const whatWasSaid = async (of: House, made: Entered) => {
  const { rows } = await of.installation.db.query<{ said: string }>(
    `select f.envelope->>'source' || ' ' || (f.envelope->>'charge') || ' ' || coalesce(f.envelope->>'old', '-') || ' ' || (f.envelope->>'new') as said
       from fact f join consignment c on c.id = f.consignment where c.tracking_id = $1 and f.kind = 'charge' order by f.heard, f.id`,
    [made.trackingId],
  );
  return rows.map(({ said }) => said);
};

/** It is work that says what to key in; once somebody did and said so nothing is left of it, and nothing more was said of grades. */
async function keyedIn(
  of: House,
  made: Entered,
  is: object,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
) {
  const mine = async () =>
    (await openCharges(of, made.organisation)).filter(({ reference }) => reference === made.conNo);
  const work = await until('the work', async () => (await mine()).find(({ keyIn }) => keyIn));
  expect(work).toMatchObject(is);
  const why = async () => (await asked<{ why: string[] }>(of, made)).why;
  // The order that told it is on its way for a moment.
  const left = async () => {
    const all = await why();
    return all.length === 1 ? all : undefined;
  };
  expect(await until('what is left to be said', left)).toEqual([
    expect.stringContaining(`a person keys it in at ${work.side === 'qargo' ? 'Qargo' : 'Palletways'} (${work.what})`),
  ]);
  await meanwhile();
  await bothRead(of, made);
  expect(await mine()).toHaveLength(1);
  const path = `${of.service}/operations/consignments/${made.trackingId}/charges/done`;
  await call('POST', path, { who: 'Jo', obligation: work.obligation });
  await until('nothing is left', async () => ((await why()).length === 0 ? true : undefined));
  expect(await mine()).toEqual([]);
  return (await whatWasSaid(of, made)).filter((said) => said.includes('regrade'));
}

describe('charges, both ways', () => {
  onRealParts(
    'what Palletways measures is in the Qargo order, what Qargo measures is noted at Palletways, and neither comes back',
    120_000,
    async () => {
      const of = house();
      const { made, order } = await labelled(of, bothWays);
      await networkNote(of, made, 'WGT', 'Weighed at hub: 640 KG NOW 700 KG');
      await refreshed(of, made);
      expect(weightOf(await orderOf(of, made, (held) => weightOf(held) === 700))).toBe(700);

      const [good] = goodsOf(await orderOf(of, made));
      await planners(of, order, [{ id: good?.id, total_weight_kg: 720 }]);
      await refreshed(of, made);
      const [told] = await noted(of, made, 'JIN/GIN');
      expect(told?.description).toBe('WEIGHT');

      const calls = async () => (await of.calls()).qargo.filter(({ method }) => /partial/i.test(method)).length;
      const before = await calls();
      for (let again = 0; again < 3; again += 1) await refreshed(of, made);
      expect(await whatWasSaid(of, made)).toEqual(['palletways weight 640 700', 'qargo weight 700 720']);
      expect(await general(of, made)).toEqual(['WEIGHT']);
      expect(await calls()).toBe(before);
      expect(weightOf(await orderOf(of, made))).toBe(720);
    },
  );

  onRealParts(
    'a regrade and a measured size get to Qargo, and an amended order is kept as a regrade with old and new',
    120_000,
    async () => {
      const of = house();
      const { made } = await labelled(of, bothWays);
      await networkNote(of, made, 'REG', 'FP 2 -> HP 2');
      await refreshed(of, made);
      const graded = await orderOf(of, made, (held) =>
        goodsOf(held).every((good) => good.packaging_type.packaging_size.code === 'HP'),
      );
      expect(goodsOf(graded).map(({ quantity }) => quantity)).toEqual([2]);
      await person(of, made, { charge: 'dimensions', value: '120 x 100 x 150 cm', proof: 'measured at the bay' });
      await orderOf(of, made, (held) => goodsOf(held).every((good) => good.unit_length_m === 1.2));
      expect((await noted(of, made, 'JIN/GIN')).map(({ description }) => description)).toEqual(['DIMENSIONS']);

      await call('POST', `${of.palletways}/control/consignments/${made.responseId}/amend`, {
        changes: { BillUnit: [{ Type: 'QP', Amount: '2' }] },
      });
      await orderOf(of, made, (held) =>
        goodsOf(held).every((good) => good.packaging_type.packaging_size.code === 'QP'),
      );
      await refreshed(of, made);
      expect((await whatWasSaid(of, made)).filter((said) => said.includes('regrade'))).toEqual([
        'palletways regrade FP:2 HP:2',
        'palletways regrade HP:2 QP:2',
      ]);
    },
  );

  onRealParts(
    'what Qargo takes by no call is work for a person, who is told what to key in and says when it is done',
    120_000,
    async () => {
      const of = house();
      const { made } = await labelled(of, bothWays);
      await person(of, made, { charge: 'surcharge', about: 'TAIL', value: 'GBP 12.50' });
      await noted(of, made, 'JIN/GIN');
      const work = await until('the work', async () => (await openCharges(of, bothWays)).find(({ keyIn }) => keyIn));
      expect(work).toMatchObject({
        side: 'qargo',
        what: 'surcharge of TAIL nothing -> 12.50 GBP',
        said: { by: 'person', who: 'Jo' },
      });
      const story = `${of.service}/operations/consignments/${made.trackingId}`;
      const why = async () => ((await call('GET', story)) as { why: string[] }[]).flatMap((each) => each.why);
      expect((await why()).join()).toContain('a person keys it in at Qargo (surcharge of TAIL nothing -> 12.50 GBP)');
      await call('POST', `${story}/charges/done`, { who: 'Jo', obligation: work.obligation });
      await until('nothing is left', async () => ((await why()).length === 0 ? true : undefined));
      expect(await openCharges(of, bothWays)).toEqual([]);
    },
  );
});

describe('charges, to Palletways alone', () => {
  onRealParts('what Qargo or a person measures is noted there; Qargo keeps its order', 120_000, async () => {
    const of = house();
    const { made, order } = await labelled(of, toPalletways);
    await planners(of, order, [{ id: goodsOf(order)[0]?.id, total_weight_kg: 660 }]);
    await refreshed(of, made);
    await person(of, made, { charge: 'weight', value: '680 kg' });
    await noted(of, made, 'JIN/GIN', 2);
    await networkNote(of, made, 'WGT', '690 KG');
    await refreshed(of, made);
    expect(await whatWasSaid(of, made)).toEqual([
      'qargo weight 640 660',
      'person weight 660 680',
      'palletways weight 680 690',
    ]);
    expect(weightOf(await orderOf(of, made))).toBe(660);
    expect(await openCharges(of, toPalletways)).toEqual([]);
  });

  onRealParts(
    'a kind that is keyed in there makes no note: it is work until somebody says that it is done',
    120_000,
    async () => {
      const of = house();
      const { made } = await labelled(of, toPalletways);
      await person(of, made, { charge: 'surcharge', about: 'TAIL', value: 'GBP 12.50' });
      await keyedIn(of, made, {
        side: 'palletways',
        what: 'surcharge of TAIL nothing -> 12.50 GBP',
        said: { by: 'person', who: 'Jo' },
      });
      expect(await general(of, made)).toEqual([]);
    },
  );
});

describe('charges, to Qargo alone', () => {
  onRealParts(
    'what Palletways or a person measures is in the order; what Qargo measures stays there',
    120_000,
    async () => {
      const of = house();
      const { made, order } = await labelled(of, toQargo);
      await networkNote(of, made, 'WGT', 'Weighed at hub: 700 KG');
      await refreshed(of, made);
      await orderOf(of, made, (held) => weightOf(held) === 700);
      await planners(of, order, [{ id: goodsOf(order)[0]?.id, total_weight_kg: 720 }]);
      await refreshed(of, made);
      await person(of, made, { charge: 'weight', value: '730 kg' });
      await orderOf(of, made, (held) => weightOf(held) === 730);
      await refreshed(of, made);
      expect(await whatWasSaid(of, made)).toEqual([
        'palletways weight 640 700',
        'qargo weight 700 720',
        'person weight 720 730',
      ]);
      expect(await general(of, made)).toEqual([]);
      expect(weightOf(await orderOf(of, made))).toBe(730);
      expect(await openCharges(of, toQargo)).toEqual([]);
    },
  );

  onRealParts(
    'a regrade that is keyed in there changes no goods by a call: it is work until done, and found in the order it is no news',
    120_000,
    async () => {
      const of = house();
      const { made, order } = await labelled(of, toQargo);
      const packaging = async () =>
        goodsOf(await orderOf(of, made)).map((good) => good.packaging_type.packaging_size.code);
      await networkNote(of, made, 'REG', 'FP 2 -> HP 2');
      await bothRead(of, made);
      // An edit that goes to Qargo meanwhile does not bring it either.
      await amend(of, made, { Weight: '650' });
      await orderOf(of, made, (held) => weightOf(held) === 650);
      expect(await packaging()).toEqual(['FP']);
      const done = await keyedIn(
        of,
        made,
        { side: 'qargo', what: 'regrade FP:2 -> HP:2', said: { by: 'palletways' } },
        async () => {
          await planners(of, order, [
            { id: goodsOf(order)[0]?.id, packaging_type: { packaging_size: { code: 'HP' } } },
          ]);
        },
      );
      expect(done).toEqual(['palletways regrade FP:2 HP:2']);
      expect(await packaging()).toEqual(['HP']);
      expect(await general(of, made)).toEqual([]);
    },
  );
});

describe('charges, off', () => {
  onRealParts(
    'nothing is taken notice of and nothing is told; an amended order goes to Qargo as ever',
    120_000,
    async () => {
      const of = house();
      const { made, order } = await labelled(of, off);
      await networkNote(of, made, 'WGT', '700 KG');
      await planners(of, order, [
        { id: goodsOf(order)[0]?.id, unit_length_m: 1.2, unit_width_m: 1, unit_height_m: 1.5 },
      ]);
      await refreshed(of, made);
      expect(await person(of, made, { charge: 'weight', value: '700' })).toMatchObject({ change: null });
      await amend(of, made, { Weight: '650' });
      await orderOf(of, made, (held) => weightOf(held) === 650);
      await of.settled();
      expect(await whatWasSaid(of, made)).toEqual([]);
      expect(await general(of, made)).toEqual([]);
      expect((await ordersOf(of, made)).length).toBe(1);
    },
  );
});
