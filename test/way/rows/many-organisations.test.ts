/** Many organisations in one installation, on the real parts: own credentials, nothing crosses, and a noisy one starves nobody. */
import { expect } from 'vitest';
import { cancel, type Entered, enter, holds, noted, notesOf, type OrderHeld, orderOf } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import { makeConsignment } from '../../../sandbox/day/consignments.ts';
import { Random } from '../../../sandbox/day/random.ts';
import { type House, onRealParts, useHouse } from '../house.ts';

const [noisy, quiet] = ['northgate', 'fenland'] as const;
const house = useHouse({ organisations: 2, pace: 20 });

const ordersHeld = async (of: House, organisation: string): Promise<OrderHeld[]> => {
  const { orders } = (await call('GET', `${of.qargo}/control/held`)) as { orders: OrderHeld[] };
  return orders.filter((order) => order.organisation === organisation);
};

/** A push to the door of one organisation in the form of docs/wire-assumptions.md 2.1, signed in as another may be. Answers the status. */
async function push(of: House, door: string, as: string, event: string, consignment: object): Promise<number> {
  const settings = await of.installation.organisations.get(as);
  if (settings === undefined) throw new Error(`no organisation ${as}`);
  const { push: login, account, depot } = settings.palletways;
  const [date, time] = new Date().toISOString().split(/[T.]/);
  const manifest = {
    Date: date,
    Time: time,
    Depot: { Number: depot.number, Account: { Code: account, Consignment: consignment } },
  };
  const answer = await fetch(`${of.service}/palletways/${door}/push`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
    },
    body: JSON.stringify({ Event: event, Manifest: manifest }),
  });
  return answer.status;
}

async function enterNumbered(of: House, organisation: string, conNo: string): Promise<Entered> {
  const { Number: _, ...consignment } = makeConsignment({
    random: new Random(conNo),
    now: Date.now(),
    number: '1',
    type: 'D',
    lifts: 2,
  });
  const made = await call('POST', `${of.palletways}/control/consignments`, { organisation, consignment, conNo });
  return { organisation, ...(made as Omit<Entered, 'organisation'>) };
}

onRealParts(
  'the same number and the same barcodes in two organisations are two consignments, and what is said of one is of that one',
  120_000,
  async () => {
    const of = house();
    const conNo = '4711-900';
    const made = { [noisy]: await enterNumbered(of, noisy, conNo), [quiet]: await enterNumbered(of, quiet, conNo) };
    const barcodes = ['B0000SAME1', 'B0000SAME2'];
    const orders: Record<string, OrderHeld> = {};
    for (const organisation of [noisy, quiet] as const) {
      const { trackingId, responseId } = made[organisation];
      const labelled = { Number: conNo, TrackingID: trackingId, ResponseID: responseId, Pallet: barcodes };
      expect(await push(of, organisation, organisation, 'LABELLED', labelled)).toBeLessThan(300);
      const mine = await until(`the order in ${organisation}`, async () =>
        (await ordersHeld(of, organisation)).find(
          (order) => order.customerReference === conNo && holds(barcodes)(order),
        ),
      );
      orders[organisation] = mine;
    }
    expect(orders[noisy]?.id).not.toBe(orders[quiet]?.id);

    // A scan of a barcode that both have, said of one order.
    const scan = {
      barcode: barcodes[0],
      status: 'SCANNED_OUT',
      stop: 'PICKUP',
      at: new Date().toISOString(),
      by: 'Declan Foley',
    };
    await call('POST', `${of.qargo}/control/orders/${orders[quiet]?.id}/scan`, scan);
    await noted(of, made[quiet], 'SCN/LOD');
    expect(await notesOf(of, made[noisy])).toEqual([]);

    await cancel(of, made[noisy]);
    await until('the cancellation', async () =>
      (await ordersHeld(of, noisy)).find(({ status }) => status === 'CANCELLED'),
    );
    const left = (await ordersHeld(of, quiet)).filter(({ customerReference }) => customerReference === conNo);
    expect(left.map(({ status, effects }) => [status === 'CANCELLED', effects.created, effects.cancelled])).toEqual([
      [false, 1, 0],
    ]);
  },
);

onRealParts('one organisation’s credentials open no other’s door', 60_000, async () => {
  const of = house();
  const before = await of.installation.db.query<{ n: number }>('select count(*) as n from journal');
  const told = { Number: '4712-900', TrackingID: '60099990001', ResponseID: '9900001', Pallet: ['B0000000A1'] };
  expect(await push(of, quiet, noisy, 'LABELLED', told)).toBe(401);
  expect(await push(of, noisy, quiet, 'LABELLED', told)).toBe(401);
  const after = await of.installation.db.query<{ n: number }>('select count(*) as n from journal');
  expect(after.rows[0]?.n).toBe(before.rows[0]?.n);
});

onRealParts(
  '300 pushes of one do not keep another waiting: its order is there while most of theirs are not, and then all are',
  240_000,
  async () => {
    const of = house();
    const known = (await ordersHeld(of, noisy)).length;
    const crowd = await Promise.all(Array.from({ length: 100 }, () => enter(of, noisy)));
    await Promise.all(
      crowd.flatMap(({ responseId }) => [
        call('POST', `${of.palletways}/control/consignments/${responseId}/tell`, { push: true }),
        call('POST', `${of.palletways}/control/consignments/${responseId}/amend`, {
          changes: { ManifestNote: 'Mind the step' },
          push: true,
        }),
      ]),
    );
    const made = await enter(of, quiet);
    await orderOf(of, made);
    const meanwhile = (await ordersHeld(of, noisy)).length - known;
    expect(meanwhile).toBeLessThan(100);
    await until(
      'all orders',
      async () => ((await ordersHeld(of, noisy)).length - known === 100 ? true : undefined),
      180_000,
    );
    const { rows } = await of.installation.db.query<{ organisation: string; n: number }>(
      `select d.organisation, count(*) as n from receipt d join consignment c on c.id = d.consignment where d.organisation <> c.organisation group by 1`,
    );
    expect(rows).toEqual([]);
    // What each side was told of an organisation came with that organisation's own credentials.
    const { palletways, qargo } = await of.calls();
    expect(new Set([...palletways, ...qargo].map(({ organisation }) => organisation))).toEqual(new Set([noisy, quiet]));
  },
);
