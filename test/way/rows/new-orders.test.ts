/**
 * New orders, on the real parts: everything that Palletways says of a consignment is in the order that Qargo holds, whether a push
 * or only a sweep tells it, and however often it is told it is one order.
 */
import { expect } from 'vitest';
import type { Entered, OrderHeld } from '../../../bench/people.ts';
import { label, orderOf, ordersOf } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Policy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, sweep, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';

/** Told in XML, told in JSON, and one that sends no orders. */
const [inXml, inJson, off] = ['northgate', 'fenland', 'clydeside'] as const;
const allOn = {
  orders: 'on',
  labels: 'on',
  cancellations: 'on',
  planning: 'on',
  milestones: 'on',
  scans: 'on',
  exceptions: 'on',
  pod: 'on',
};
const house = useHouse({
  organisations: 3,
  pace: 20,
  policy: (organisation) => (organisation === off ? { rows: { ...allOn, orders: 'off' } as Policy['rows'] } : {}),
});

const shipper = {
  Type: 'Collection',
  ContactName: 'Niamh Walsh',
  Telephone: '+44 161 555 0101',
  CompanyName: 'Fell & Sons Ltd',
  Line: ['12 Canal Street', 'Unit 4B'],
  Town: 'Manchester',
  County: 'Greater Manchester',
  PostCode: 'M1 3HE',
  Country: 'GB',
};
const consignee = {
  Type: 'Delivery',
  ContactName: 'Tom Hardcastle',
  Telephone: '+44 1522 555 0199',
  CompanyName: 'Hardcastle <Feeds> & Seeds',
  Line: ['Mill Lane', 'The Old Maltings', 'Yard 2'],
  Town: 'Lincoln',
  County: 'Lincolnshire',
  PostCode: 'LN1 1YW',
  Country: 'GB',
};

/** One of which every field says something. */
const everything = {
  Type: 'D',
  Reference: 'PO-778812',
  Lifts: '5',
  Weight: '1510.55',
  Handball: 'yes',
  TailLift: 'yes',
  ADRGoods: 'yes',
  LimitedQuantityGoods: 'no',
  Classification: 'B2R',
  BookInRequest: 'yes',
  BookedIn: 'yes',
  BookInContactName: 'Goods-in office',
  BookInContactPhone: '+44 1522 555 0144',
  BookInReference: 'SLOT-4471',
  BookInInstructions: 'Book a slot the day before',
  ManifestNote: 'Ring the bell twice; beware of the dog & the geese',
  CollectionDate: '2026-11-23',
  DeliveryDate: '2026-11-24',
  DeliveryTime: '10:30',
  Service: [{ Type: 'Delivery', Code: 'A', Surcharge: 'E' }],
  Address: [shipper, consignee],
  BillUnit: [
    { Type: 'FP', Amount: '2' },
    { Type: 'QP', Amount: '3' },
  ],
};

interface Place {
  readonly name: string;
  readonly address: string;
  readonly address_second_line?: string;
  readonly city: string;
  readonly state?: string;
  readonly postal_code: string;
  readonly country: string;
}
interface Stop {
  readonly location: Place & { readonly code?: string };
  readonly date?: string;
  readonly reference_number?: string;
  readonly phone_number?: string;
  readonly note?: string;
  readonly planning_instructions?: string;
  readonly time_window?: unknown;
  readonly extras?: readonly { readonly code: string }[];
}
type Held = OrderHeld & {
  readonly orderIdentifier: string;
  readonly palletways?: unknown;
  readonly body: {
    readonly customer_reference_number: string;
    readonly planning_instructions?: string;
    readonly service_level?: { readonly code: string };
    readonly consignments: readonly {
      readonly consignment_reference_number: string;
      readonly planning_instructions?: string;
      readonly transport_network?: unknown;
      readonly pickup_stop: Stop;
      readonly delivery_stop: Stop;
      readonly goods: readonly unknown[];
    }[];
  };
};

async function enterAs(of: House, organisation: string, consignment: object, how: object = {}): Promise<Entered> {
  const made = await call('POST', `${of.palletways}/control/consignments`, { organisation, consignment, ...how });
  return { organisation, ...(made as Omit<Entered, 'organisation'>) };
}

const heldOf = async (of: House, made: Entered) => (await orderOf(of, made)) as Held;

const placeOf = (address: typeof shipper): Place => {
  const [first = '', ...more] = address.Line;
  return {
    name: address.CompanyName,
    address: first,
    address_second_line: more.join(', '),
    city: address.Town,
    state: address.County,
    postal_code: address.PostCode,
    country: address.Country,
  };
};

/** Every field of `everything`, where a planner finds it in the order. */
function allOfIt(order: Held, { conNo }: Entered): void {
  const { body } = order;
  const [consignment] = body.consignments;
  if (consignment === undefined) throw new Error('an order without consignment');
  const { pickup_stop: pickup, delivery_stop: delivery, goods } = consignment;
  expect(body.customer_reference_number).toBe(conNo);
  expect(consignment.consignment_reference_number).toBe(conNo);
  expect(body.service_level).toEqual({ code: 'A-E' });
  expect(body.planning_instructions).toBe(everything.ManifestNote);
  expect(consignment.transport_network).toEqual({
    collection_depot_code: '563',
    delivery_depot_code: expect.any(String),
  });
  expect(delivery.location).toEqual(placeOf(consignee));
  expect(delivery.date).toBe('2026-11-24');
  expect(delivery.reference_number).toBe('PO-778812');
  expect(delivery.phone_number).toBe(consignee.Telephone);
  expect(delivery.note).toBe('Contact: Tom Hardcastle\nHandball');
  expect(delivery.time_window).toEqual({ start_time: '00:00', end_time: '10:30', is_enforced: true });
  expect(delivery.extras).toEqual([{ code: 'TAIL_LIFT' }, { code: 'BOOK_IN' }]);
  expect(delivery.planning_instructions?.split('\n')).toEqual([
    'Booked in',
    'Book-in contact: Goods-in office, +44 1522 555 0144',
    'Book-in reference: SLOT-4471',
    'Book a slot the day before',
  ]);
  expect(pickup.date).toBe('2026-11-23');
  const remarks = consignment.planning_instructions?.split('\n') ?? [];
  expect(remarks).toContain('Shipper: Fell & Sons Ltd, 12 Canal Street, Manchester, M1 3HE, GB');
  expect(remarks).toEqual(expect.arrayContaining(['Classification: B2R', 'Lifts: 5']));
  // By number of units to 10 g, the rest on the last line, so that the sum is what Palletways said.
  expect(goods).toEqual([
    { quantity: 2, total_weight_kg: 604.22, packaging_type: { packaging_size: { code: 'FP' } }, adr_type: 'ADR' },
    { quantity: 3, total_weight_kg: 906.33, packaging_type: { packaging_size: { code: 'QP' } }, adr_type: 'ADR' },
  ]);
  expect(order.effects).toMatchObject({ created: 1, cancelled: 0 });
}

onRealParts('a push, in XML and in JSON, makes an order that holds every field', 90_000, async () => {
  const of = house();
  for (const organisation of [inXml, inJson]) {
    const made = await enterAs(of, organisation, everything);
    allOfIt(await heldOf(of, made), made);
  }
});

onRealParts('a sweep alone makes the same order, and the next sweep makes no other', 90_000, async () => {
  const of = house();
  for (const organisation of [inXml, inJson]) {
    const made = await enterAs(of, organisation, everything, { push: false });
    await sweep(of, organisation);
    allOfIt(await heldOf(of, made), made);
    await nothingOutstanding(of);
    await sweep(of, organisation);
    await nothingOutstanding(of);
    expect(await ordersOf(of, made)).toHaveLength(1);
  }
});

onRealParts(
  'a collection is picked up at the shipper, a third-party consignment goes from shipper to consignee',
  90_000,
  async () => {
    const of = house();
    const service = (Type: string) => ({ Type, Code: 'B', Surcharge: 'D' });
    const limited = { ...everything, ADRGoods: 'no', LimitedQuantityGoods: 'yes' };
    const collection = await enterAs(of, inXml, { ...limited, Type: 'C', Service: [service('Collection')] });
    const { body } = await heldOf(of, collection);
    expect(body.service_level).toEqual({ code: 'B-D' });
    expect(body.consignments[0]?.pickup_stop.location).toEqual(placeOf(shipper));
    expect(body.consignments[0]?.pickup_stop.extras).toEqual([{ code: 'TAIL_LIFT' }]);
    expect(body.consignments[0]?.delivery_stop.location.city).toBe('Lichfield');
    expect(body.consignments[0]?.planning_instructions).toContain(
      `Consignee: ${consignee.CompanyName}, Mill Lane, Lincoln, LN1 1YW, GB`,
    );
    expect(body.consignments[0]?.goods).toMatchObject([
      { adr_type: 'LIMITED_QUANTITY' },
      { adr_type: 'LIMITED_QUANTITY' },
    ]);
    const legs = [service('Collection'), { Type: 'Delivery', Code: 'A', Surcharge: 'E' }];
    const third = await heldOf(
      of,
      await enterAs(of, inXml, { ...everything, Type: '3', CollectionDepot: '', Service: legs }),
    );
    expect(third.body.consignments[0]?.pickup_stop.location).toEqual(placeOf(shipper));
    expect(third.body.consignments[0]?.delivery_stop.location).toEqual(placeOf(consignee));
    expect(third.body.service_level).toEqual({ code: 'A-E' });
  },
);

onRealParts('announced in five ways it is one order', 120_000, async () => {
  const of = house();
  // By its response id alone, while it has no tracking id; then its tracking id; then labels by number; then whole, twice; then a sweep.
  const made = await enterAs(of, inXml, everything, { push: { only: ['responseId'] }, trackingDelayMs: 1_500 });
  const deed = (what: string, body: object) =>
    call('POST', `${of.palletways}/control/consignments/${made.responseId}/${what}`, body);
  const trackingId = await until('its tracking id', async () => {
    const view = (await call('GET', `${of.palletways}/control/consignments/${made.responseId}`)) as {
      trackingId: string | null;
    };
    return view.trackingId ?? undefined;
  });
  const known = { ...made, trackingId };
  await deed('tell', { push: { only: ['responseId', 'trackingId'] } });
  const barcodes = await label(of, known, { push: { only: ['trackingId', 'conNo'] } });
  expect(barcodes).toHaveLength(5);
  await deed('amend', { changes: {}, push: true });
  await deed('amend', { changes: {}, push: { only: ['conNo', 'trackingId'] } });
  await sweep(of, inXml);
  // Its first push named no number: the order gets it with the references.
  const order = await until('the order with its barcodes', async () => {
    const { orders } = (await call('GET', `${of.qargo}/control/held`)) as { orders: Held[] };
    return orders.find(
      ({ goods, customerReference }) =>
        customerReference === made.conNo && goods.some((good) => good.barcodes.includes(barcodes[0] ?? '')),
    );
  });
  await nothingOutstanding(of);
  await sweep(of, inXml);
  await nothingOutstanding(of);
  expect((await ordersOf(of, made)).map(({ id, effects }) => [id, effects.created])).toEqual([[order.id, 1]]);
  const { rows } = await of.installation.db.query<{ n: number }>(
    `select count(distinct c.id) as n from alias a join consignment c on c.id = a.consignment
      where a.organisation = $1 and a.value in ($2, $3) and c.merged_into is null`,
    [inXml, made.responseId, trackingId],
  );
  expect(Number(rows[0]?.n)).toBe(1);
});

onRealParts('where orders are switched off none is made, and switched on it flows', 90_000, async () => {
  const of = house();
  const made = await enterAs(of, off, everything);
  const why = async () => {
    const stories = (await call('GET', `${of.service}/operations/consignments/${made.trackingId}`)) as {
      why: string[];
    }[];
    return stories[0]?.why.some((each) => /orders to Qargo are switched off for this organisation/.test(each))
      ? true
      : undefined;
  };
  await until('the reason', () => why().catch(() => undefined));
  expect(await ordersOf(of, made)).toEqual([]);
  const at = `${of.service}/operations/organisations/${off}`;
  const { version, organisation } = (await call('GET', at)) as { version: number; organisation: { policy: Policy } };
  const on = {
    ...organisation,
    policy: { ...organisation.policy, rows: { ...organisation.policy.rows, orders: 'on' } },
  };
  await call('PUT', at, { who: 'ana', why: 'a test', version, organisation: on, open: 'all' });
  allOfIt(await heldOf(of, made), made);
});
