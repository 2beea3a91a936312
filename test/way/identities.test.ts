import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect } from 'vitest';
import type { House } from '../../bench/house.ts';
import {
  delivery,
  type Entered,
  enter,
  holds,
  label,
  noted,
  notesOf,
  type OrderHeld,
  orderOf,
  plan,
  sync,
} from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import { makeConsignment } from '../../sandbox/day/consignments.ts';
import { Random } from '../../sandbox/day/random.ts';
import { onRealParts, useHouse, workflowOf } from './house.ts';

const house = useHouse({ organisations: 4, pace: 20 });

afterEach(async () => {
  await house().faults('qargo', []);
  await house().faults('palletways', []);
});

/** An order as Qargo's control API tells it, with what the judge does not need. */
type Order = OrderHeld & { readonly orderIdentifier: string };

const ordersHeld = async (of: House, organisation: string): Promise<Order[]> => {
  const { orders } = (await call('GET', `${of.qargo}/control/held`)) as { orders: Order[] };
  return orders.filter((order) => order.organisation === organisation);
};
const isLiving = ({ status }: OrderHeld) => status !== 'CANCELLED';

/** A push to the product's own door in the form of docs/wire-assumptions.md 2.1. Palletways sends it a minute ago. */
async function push(of: House, organisation: string, event: string, consignment: object): Promise<void> {
  const settings = await of.installation.organisations.get(organisation);
  if (settings === undefined) throw new Error(`no organisation ${organisation}`);
  const { push: to, account, depot } = settings.palletways;
  const [date = '', time = ''] = new Date(Date.now() - 60_000).toISOString().split(/[T.]/);
  const manifest = {
    Date: date,
    Time: time,
    Depot: { Number: depot.number, Account: { Code: account, Consignment: consignment } },
  };
  const answer = await fetch(`${of.service}/palletways/${organisation}/push`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${to.user}:${to.password}`).toString('base64')}`,
    },
    body: JSON.stringify({ Event: event, Manifest: manifest }),
  });
  if (!answer.ok) throw new Error(`the push is answered ${answer.status}`);
}

/** Everything that createConsignment says of a consignment, without any identifier. */
function whole(seed: string): object {
  const { Number: _, ...rest } = makeConsignment({
    random: new Random(seed),
    now: Date.now(),
    number: '1',
    type: 'D',
    lifts: 2,
  }) as {
    Number?: unknown;
  };
  return rest;
}

/** Entered at Palletways, which names it in its push by some of its identifiers alone. No list that tells them all can be read. */
async function enterSaid(of: House, organisation: string, only: readonly string[]): Promise<Entered> {
  await of.faults('palletways', [{ match: { method: 'consEntered', organisation }, do: { status: 503 } }]);
  const consignment = { ...whole(`said/${organisation}`), Number: '8801' };
  const made = await call('POST', `${of.palletways}/control/consignments`, {
    organisation,
    consignment,
    push: { only },
  });
  return { organisation, ...(made as Omit<Entered, 'organisation'>) };
}

/** Entered at Palletways with a tracking id that comes late; the twin gives them in sequence, so that it is known before. */
async function enterUntracked(of: House, organisation: string, trackingDelayMs: number): Promise<Entered> {
  const before = await enter(of, organisation);
  await orderOf(of, before);
  const body = {
    organisation,
    consignment: { ...whole(`late/${organisation}`), Number: `9${before.conNo.slice(0, 4)}` },
    trackingDelayMs,
  };
  const made = (await call('POST', `${of.palletways}/control/consignments`, body)) as Omit<Entered, 'organisation'>;
  expect(made.trackingId).toBeNull();
  return { organisation, ...made, trackingId: String(Number(before.trackingId) + 1) };
}

interface Known {
  readonly id: string;
  readonly into: string | null;
}
const known = async (of: House, organisation: string, kind: string, value: string): Promise<Known[]> =>
  (
    await of.installation.db.query<Known>(
      `select distinct c.id, c.merged_into as into from alias a join consignment c on c.id = a.consignment
        where a.organisation = $1 and a.kind = $2 and a.value = $3 order by c.id`,
      [organisation, kind, value],
    )
  ).rows;
const consignmentOf = (of: House, organisation: string, kind: string, value: string) =>
  until(`a consignment with ${kind} ${value}`, async () => (await known(of, organisation, kind, value))[0]?.id);

/** Nothing is owed, waiting or for a person to do, but so many things that are held for good. */
const quiet = (of: House, held = 0) =>
  until(
    'everything told',
    async () => {
      const { owed, waiting, stuck } = await of.owed();
      return owed === held && waiting + stuck === 0 ? true : undefined;
    },
    60_000,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(await of.owed())}`);
  });

/** The order that an identity made, once it is as awaited. */
const orderBy = (
  of: House,
  organisation: string,
  identity: string,
  ready: (order: OrderHeld) => boolean = () => true,
) =>
  until(
    `the order of ${identity}`,
    async () =>
      (await ordersHeld(of, organisation)).find(
        (order) => order.orderIdentifier.startsWith(`${identity}-`) && ready(order),
      ),
    40_000,
  );
const isTakenBack = ({ status }: OrderHeld) => status === 'CANCELLED';

/** Notes at Palletways as `GROUP/TYPE barcode time words`, each as often as it is there. */
const told = async (of: House, made: Entered) =>
  (await notesOf(of, made))
    .map(
      ({ group, type, barcode, instant, description }) => `${group}/${type} ${barcode ?? ''} ${instant} ${description}`,
    )
    .sort();
const noneTwice = (notes: readonly string[]) => expect(notes).toEqual([...new Set(notes)]);
const kindsOf = (notes: readonly string[]) => [...new Set(notes.map((note) => note.split(' ')[0]))].sort();

describe('one living order at Qargo and no note twice', () => {
  onRealParts('where events come before the product knows the order’s id', 90_000, async () => {
    const of = house();
    const organisation = 'northgate';
    await of.faults('qargo', [{ match: { method: 'uploadStatus', organisation }, do: { status: 503 } }]);
    const made = await enter(of, organisation);
    const barcodes = await label(of, made);
    const { id } = await orderOf(of, made);
    await plan(of, organisation, 'EARLY-2', [id]);
    await sync(of, delivery(id, barcodes).slice(2, 4), { twice: true });
    await sleep(500);
    await of.faults('qargo', []);
    await noted(of, made, 'STS/ARR');
    await quiet(of);
    expect((await ordersHeld(of, organisation)).filter(isLiving).map((order) => order.id)).toEqual([id]);
    const notes = await told(of, made);
    noneTwice(notes);
    expect(kindsOf(notes)).toEqual(['PLN/ALC', 'STS/ARR', 'STS/OFD']);
  });

  onRealParts(
    'where a tracking id and a response id prove to be one consignment: the older had no order yet',
    120_000,
    async () => {
      const of = house();
      const organisation = 'clydeside';
      const made = await enterUntracked(of, organisation, 8_000);
      const others = new Set((await ordersHeld(of, organisation)).map(({ id }) => id));
      // The twin's own CREATED is on its way under the response id. The tracking id was said before that, by itself: it is older.
      const younger = await consignmentOf(of, organisation, 'responseId', made.responseId);
      await push(of, organisation, 'TRACKED', { TrackingID: made.trackingId });
      const older = await consignmentOf(of, organisation, 'trackingId', made.trackingId);
      expect(older).not.toBe(younger);
      await of.installation.db.query(
        `update consignment set created_at = created_at - interval '1 minute' where id = $1`,
        [older],
      );
      const first = await orderBy(of, organisation, younger);
      const barcodes = await label(of, made);
      await plan(of, organisation, 'BEFORE-1', [first.id]);
      await sync(of, delivery(first.id, barcodes).slice(2, 3));
      // Now the twin says both names in one message.
      await until('the proof', async () =>
        (await known(of, organisation, 'responseId', made.responseId))[0]?.id === older ? true : undefined,
      );
      expect(await known(of, organisation, 'qargoOrderId', first.id)).toEqual([{ id: younger, into: older }]);
      const second = await orderBy(of, organisation, older, holds(barcodes));
      await orderBy(of, organisation, younger, isTakenBack);
      await plan(of, organisation, 'AFTER-1', [second.id]);
      const deeds = delivery(second.id, barcodes);
      await sync(of, [...deeds.slice(0, 2), ...deeds.slice(3)]);
      await noted(of, made, 'POD/POD');
      await quiet(of);
      const orders = (await ordersHeld(of, organisation)).filter(({ id }) => !others.has(id));
      expect(orders.filter(isLiving).map(({ id }) => id)).toEqual([second.id]);
      expect(orders.map(({ effects }) => [effects.created, effects.cancelled])).toEqual([
        [1, 1],
        [1, 0],
      ]);
      const notes = await told(of, made);
      noneTwice(notes);
      // That it went out was said of the order that was taken back.
      expect(notes.filter((note) => note.startsWith('STS/OFD'))).toHaveLength(1);
      expect(kindsOf(notes)).toEqual(['PLN/ALC', 'POD/POD', 'SCN/DEL', 'SCN/LOD', 'STS/ARR', 'STS/DLV', 'STS/OFD']);
    },
  );

  onRealParts(
    'where they prove to be one after both have an order and the younger has told Palletways of its trip',
    120_000,
    async () => {
      const of = house();
      const organisation = 'liffey';
      const made = await enterSaid(of, organisation, ['responseId']);
      const others = new Set((await ordersHeld(of, organisation)).map(({ id }) => id));
      const older = await consignmentOf(of, organisation, 'responseId', made.responseId);
      // Palletways says the same consignment under its tracking id alone too, as a whole.
      await push(of, organisation, 'CREATED', { ...whole('twice'), TrackingID: made.trackingId });
      const younger = await consignmentOf(of, organisation, 'trackingId', made.trackingId);
      expect(younger).not.toBe(older);
      const barcodes = await label(of, made, { push: { only: ['trackingId'] } });
      const [kept, taken] = [
        await orderBy(of, organisation, older),
        await orderBy(of, organisation, younger, holds(barcodes)),
      ];
      await plan(of, organisation, 'YOUNGER-1', [taken.id]);
      await sync(of, delivery(taken.id, barcodes).slice(0, 2));
      await noted(of, made, 'SCN/LOD', 2);
      await noted(of, made, 'PLN/ALC');
      const before = await told(of, made);
      expect((await known(of, organisation, 'responseId', made.responseId))[0]?.id).toBe(older);
      // Palletways says both names in one message.
      await call('POST', `${of.palletways}/control/consignments/${made.responseId}/tell`, {});
      await until('the proof', async () =>
        (await known(of, organisation, 'trackingId', made.trackingId))[0]?.id === older ? true : undefined,
      );
      await orderBy(of, organisation, younger, isTakenBack);
      // The trip was of the order that was taken back: Palletways is told so.
      await noted(of, made, 'PLN/UNA');
      await orderBy(of, organisation, older, holds(barcodes));
      await plan(of, organisation, 'OLDER-1', [kept.id]);
      await sync(of, delivery(kept.id, barcodes).slice(2));
      await noted(of, made, 'POD/POD');
      await quiet(of);
      const orders = (await ordersHeld(of, organisation)).filter(({ id }) => !others.has(id));
      expect(orders.filter(isLiving).map(({ id }) => id)).toEqual([kept.id]);
      expect(new Map(orders.map(({ id, effects }) => [id, [effects.created, effects.cancelled]]))).toEqual(
        new Map([
          [kept.id, [1, 0]],
          [taken.id, [1, 1]],
        ]),
      );
      const notes = await told(of, made);
      noneTwice(notes);
      expect(notes).toEqual(expect.arrayContaining(before));
      expect(notes.filter((note) => note.startsWith('SCN/LOD'))).toHaveLength(barcodes.length);
      // Both workflows stand where they should, as Temporal has them.
      const stage = async (identity: string) =>
        (await of.temporal.workflow.getHandle(await workflowOf(of, identity)).query<{ stage: string }>('state')).stage;
      expect([await stage(older), await stage(younger)]).toEqual(['delivered', 'merged']);
    },
  );

  onRealParts(
    'for each of two consignments that use one number, 90 days apart, though the old one never ended',
    90_000,
    async () => {
      const of = house();
      const organisation = 'fenland';
      const number = '4711-312';
      // Known by its number alone: no tracking id and no response id ever came.
      await push(of, organisation, 'CREATED', { ...whole('old'), Number: number });
      const old = await consignmentOf(of, organisation, 'conNo', number);
      await orderBy(of, organisation, old);
      await of.installation.db.query(
        `update alias set said_at = said_at - interval '91 days', valid_from = valid_from - interval '91 days'
                                     where consignment = $1`,
        [old],
      );
      const made = await enter(of, organisation, { Number: '4711' });
      expect(made.conNo).toBe(number);
      const fresh = await consignmentOf(of, organisation, 'trackingId', made.trackingId);
      expect(fresh).not.toBe(old);
      const barcodes = await label(of, made);
      const order = await orderBy(of, organisation, fresh, holds(barcodes));
      await plan(of, organisation, 'AGAIN-1', [order.id]);
      await sync(of, delivery(order.id, barcodes));
      await noted(of, made, 'POD/POD');
      // The old one's references wait for the tracking id that never came.
      await quiet(of, 1);
      const orders = await ordersHeld(of, organisation);
      expect(orders.filter(isLiving).map(({ orderIdentifier }) => orderIdentifier.split('-')[0])).toEqual([old, fresh]);
      expect(orders.map(({ effects }) => [effects.created, effects.cancelled])).toEqual([
        [1, 0],
        [1, 0],
      ]);
      noneTwice(await told(of, made));
    },
  );
});
