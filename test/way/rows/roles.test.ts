/** Whose leg a consignment is, on the real parts: depots told by Palletways decide what Qargo and Palletways are owed. */
import { expect } from 'vitest';
import {
  amend,
  type Entered,
  holds,
  label,
  noted,
  notesOf,
  type OrderHeld,
  orderOf,
  ordersOf,
  plan,
} from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { makeConsignment } from '../../../sandbox/day/consignments.ts';
import { Random } from '../../../sandbox/day/random.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { decisionNote, effects, load, quiet, refresh, settle, stop, storyOf, told } from './office.ts';

const [plain, other, configured] = ['northgate', 'fenland', 'clydeside'] as const;
/** Depots: `plain` 564, `other` 312, `configured` 118. The rest is of the network. */
const elsewhere = '525';
const house = useHouse({
  organisations: 3,
  pace: 20,
  policy: (organisation) =>
    organisation === configured
      ? {
          roles: {
            ...defaultPolicy.roles,
            collecting: 'none',
            requesting: 'order',
            thirdParty: 'order',
            collections: 'collected',
          },
        }
      : {},
});

interface Wanted {
  readonly type?: 'D' | 'C' | '3';
  readonly from: string;
  readonly to: string;
  readonly requesting?: string;
  readonly shared?: readonly string[];
}

let entered = 0;
async function enter(of: House, organisation: string, { type = '3', from, to, ...more }: Wanted): Promise<Entered> {
  entered += 1;
  const made = makeConsignment({
    random: new Random(`roles/${entered}`),
    now: Date.now(),
    number: `${5_000 + entered}`,
    type,
    lifts: 2,
  });
  const body = { organisation, consignment: { ...made, CollectionDepot: from, DeliveryDepot: to }, ...more };
  return {
    organisation,
    ...((await call('POST', `${of.palletways}/control/consignments`, body)) as Omit<Entered, 'organisation'>),
  };
}

interface Whole extends OrderHeld {
  readonly stops: readonly {
    readonly type: string;
    readonly location: { readonly code?: string; readonly name?: string };
  }[];
}
const places = (order: OrderHeld) => (order as Whole).stops.map(({ location }) => location.code ?? 'an address');
const codes = async (of: House, made: Entered) =>
  (await notesOf(of, made)).map(({ group, type }) => `${group}/${type}`);

onRealParts(
  'the order is of our leg: delivering, collecting, both; requesting and third party make none, unless configured',
  180_000,
  async () => {
    const of = house();
    const delivering = await enter(of, plain, { from: elsewhere, to: '564' });
    const collecting = await enter(of, plain, { from: '564', to: elsewhere });
    const both = await enter(of, plain, { from: '0564', to: 'Northgate' });
    const requesting = await enter(of, plain, { from: '563', to: elsewhere });
    const strange = await enter(of, plain, { from: '563', to: elsewhere, requesting: '571' });
    expect(places(await orderOf(of, delivering))).toEqual(['PW564', 'an address']);
    expect(places(await orderOf(of, collecting))).toEqual(['an address', 'PW564']);
    expect(places(await orderOf(of, both))).toEqual(['an address', 'an address']);
    const words = async (made: Entered) => {
      const { ours, why } = (await storyOf(of, made)) as unknown as { ours: string[]; why: string[] };
      return [ours.join(), ...why];
    };
    for (const made of [requesting, strange])
      await told(of, made, 'its role', ({ why }) => why.some((each) => each.includes('no order')));
    await quiet(of);
    expect((await words(delivering))[1]).toContain('the order is of the delivery, and another depot collects');
    expect(await words(collecting)).toEqual([
      'requesting,collecting',
      'This consignment is ours as requesting, collecting depot: the order is of the collection, and the delivery is told by another depot.',
    ]);
    expect((await words(both))[0]).toBe('requesting,collecting,delivering');
    expect((await words(requesting))[1]).toContain('ours as requesting depot: nothing of it is ours to drive');
    expect((await words(strange))[1]).toContain('another depot’s');
    expect([...(await ordersOf(of, requesting)), ...(await ordersOf(of, strange))]).toEqual([]);

    const others = await Promise.all([
      enter(of, configured, { from: '563', to: elsewhere }),
      enter(of, configured, { from: '563', to: elsewhere, requesting: '571' }),
    ]);
    for (const made of others) expect(places(await orderOf(of, made))).toEqual(['an address', 'an address']);
    const fetched = await enter(of, configured, { from: '118', to: elsewhere });
    await told(of, fetched, 'its role', ({ why }) => why.some((each) => each.includes('no order')));
    await quiet(of);
    expect(await ordersOf(of, fetched)).toEqual([]);
  },
);

onRealParts(
  'a collection is told as collected, and the delivery of another depot by nobody here',
  120_000,
  async () => {
    const of = house();
    const one = await enter(of, plain, { from: '564', to: elsewhere });
    const barcodes = await label(of, one);
    const { id } = await orderOf(of, one, holds(barcodes));
    await plan(of, plain, 'COL 1', [id], true);
    await load(of, { made: one, barcodes, orderId: id });
    await stop(of, id, 'PICKUP', 'COMPLETED');
    await noted(of, one, 'STS/COL');
    await stop(of, id, 'DELIVERY', 'AT_STOP');
    await stop(of, id, 'DELIVERY', 'COMPLETED');
    await told(of, one, 'delivered to our depot', ({ stage }) => stage === 'delivered');
    await quiet(of);
    expect((await codes(of, one)).filter((code) => code.startsWith('STS') || code.startsWith('POD'))).toEqual([
      'STS/COL',
    ]);
    expect(await codes(of, one)).toContain('PLN/ALC');
  },
);

onRealParts(
  'a job given to another depot is taken back before it is loaded, and comes back as a new order',
  120_000,
  async () => {
    const of = house();
    const one = await enter(of, plain, { from: elsewhere, to: '564' });
    await orderOf(of, one);
    await quiet(of);
    await amend(of, one, { DeliveryDepot: '571' });
    await orderOf(of, one, ({ status }) => status === 'CANCELLED');
    const ended = await told(of, one, 'its end', ({ stage }) => stage === 'cancelled');
    expect(ended.questions).toEqual([]);
    // Found by a read, as well as pushed.
    await amend(of, one, { DeliveryDepot: '564' }, { push: false });
    await refresh(of, one);
    await until('a new order', async () => ((await ordersOf(of, one)).length === 2 ? true : undefined));
    await quiet(of);
    expect(
      (await ordersOf(of, one)).map(({ effects: { created, cancelled } }) => `${created} ${cancelled}`).sort(),
    ).toEqual(['1 0', '1 1']);
    // Never ours at first: given to us it is a new order.
    const given = await enter(of, plain, { from: elsewhere, to: '571', requesting: '571' });
    await told(of, given, 'its role', ({ why }) => why.some((each) => each.includes('no order')));
    await amend(of, given, { DeliveryDepot: '564' });
    expect(effects([await orderOf(of, given)]).map(([, ...done]) => done)).toEqual([[1, 0]]);
  },
);

onRealParts(
  'a job given to another depot once it is loaded is a person’s to decide, and Palletways is told of a refusal',
  120_000,
  async () => {
    const of = house();
    const start = async () => {
      const made = await enter(of, plain, { from: elsewhere, to: '564' });
      const barcodes = await label(of, made);
      const { id } = await orderOf(of, made, holds(barcodes));
      await plan(of, plain, `RUN ${made.conNo}`, [id], true);
      await load(of, { made, barcodes, orderId: id });
      await noted(of, made, 'SCN/LOD', barcodes.length);
      await amend(of, made, { DeliveryDepot: '571' });
      const { questions } = await told(of, made, 'the question', ({ questions: asked }) => asked.length > 0);
      expect(questions).toMatchObject([{ edit: 'cancel', stage: 'loaded' }]);
      return { made, id };
    };
    const [kept, left] = [await start(), await start()];
    await settle(of, kept.made, 'refused');
    expect((await decisionNote(of, kept.made)).description).toBe('LATE DEPOT CHANGE REFUSED');
    await stop(of, kept.id, 'PICKUP', 'COMPLETED');
    await stop(of, kept.id, 'DELIVERY', 'COMPLETED');
    await noted(of, kept.made, 'STS/DLV');
    await settle(of, left.made, 'accepted');
    await orderOf(of, left.made, ({ status }) => status === 'CANCELLED');
  },
);

onRealParts(
  'of two organisations of one installation each has the order of its own leg, and neither hears itself',
  120_000,
  async () => {
    const of = house();
    const made = await enter(of, plain, { from: '564', to: '312', shared: [other] });
    const orders = await until('both orders', async () => {
      const found = await ordersOf(of, made);
      return found.length === 2 ? found : undefined;
    });
    const of_ = (organisation: string) => orders.find((order) => order.organisation === organisation) as OrderHeld;
    expect(places(of_(plain))).toEqual(['an address', 'PW564']);
    expect(places(of_(other))).toEqual(['PW312', 'an address']);
    await stop(of, of_(plain).id, 'PICKUP', 'COMPLETED');
    await noted(of, made, 'STS/COL');
    await stop(of, of_(other).id, 'DELIVERY', 'COMPLETED');
    await noted(of, made, 'STS/DLV');
    await quiet(of);
    expect((await codes(of, made)).filter((code) => code.startsWith('STS')).sort()).toEqual([
      'STS/ARR',
      'STS/COL',
      'STS/DLV',
    ]);
    expect((await ordersOf(of, made)).map(({ effects: { created, cancelled } }) => [created, cancelled])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  },
);
