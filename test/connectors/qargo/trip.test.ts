/** Trips as read: every published shape, and what is odd in one, tells what can be told. */
import { describe, expect, test } from 'vitest';
import {
  markOf,
  orderOfTrip,
  ordersCarried,
  readOrderStatus,
  readTrip,
  type TripRead,
} from '../../../connectors/qargo/read.ts';
import { loadDescription, whyNot } from '../../openapi/description.ts';
import { FarQargo } from '../../store/far-qargo.ts';
import { statusAnswer } from './messages.ts';
import { context } from './orders.ts';
import { ids } from './stored.ts';

const description = loadDescription();
const ended = { status: 'COMPLETED', start_timestamp: '2025-11-24T06:30:00Z', end_timestamp: '2025-11-24T06:40:00Z' };
const failed = {
  status: 'IGNORED',
  start_timestamp: '2025-11-24T09:30:00Z',
  end_timestamp: '2025-11-24T09:40:00Z',
  incidents: [{ code: 'CARDED', name: 'Nobody home' }],
};
const known = [
  { id: ids.pickup, type: 'PICKUP' },
  { id: ids.delivery, type: 'DELIVERY' },
];
const started = '2025-11-24T10:00:00.000Z';

/** The trip that the order's own status names, as a read of that trip shows it. */
function tripOf(status: ReturnType<typeof statusAnswer>): Record<string, unknown> & { stops: unknown[] } {
  const [shipment] = status.shipments;
  if (shipment === undefined) throw new Error('not planned');
  const stops = shipment.stops.map((stop) => ({ ...stop, order: { row_id: ids.order } }));
  return { ...shipment, status: 'PLANNED', orders: [{ id: ids.order, name: 'OR-1' }], stops };
}

const read = (value: unknown): TripRead => readTrip(value) ?? expect.fail('no trip');
const factsOf = (answer: unknown) =>
  readOrderStatus(answer, context, started, { earlier: { exceptions: [], ends: [], types: {} } }).reading.heard[0]
    ?.facts;

test.for([
  ['out', { pickup: ended }],
  ['arrived', { pickup: ended, delivery: { ...ended, status: 'AT_STOP' } }],
  ['delivered', { pickup: ended, delivery: ended }],
  ['failed', { pickup: ended, delivery: failed }],
  ['on the way', { delivery: { status: 'ROUTE_TO_STOP', start_timestamp: '2025-11-24T11:00:00Z' } }],
] as const)('%s: a trip tells of an order the same facts, with the same ids, as its own read', ([, state]) => {
  const status = statusAnswer(state);
  const told = orderOfTrip(read(tripOf(status)), ids.order, known);
  expect(factsOf(told)).toEqual(factsOf(status));
});

test('a trip on which all of an order has ended tells nothing of a plan: what is tried again stands elsewhere', () => {
  const status = statusAnswer({ pickup: ended, delivery: failed });
  const told = orderOfTrip(read(tripOf(status)), ids.order, known);
  const kinds = (how: { isPartial?: true }) =>
    readOrderStatus(told, context, started, how).reading.heard[0]?.facts.map(({ kind }) => kind) ?? [];
  expect(kinds({})).toContain('plan');
  expect(kinds({ isPartial: true })).not.toContain('plan');
});

test('an order of which the trip has no stop is told nothing of', () => {
  const trip = read({ ...tripOf(statusAnswer()), stops: [] });
  expect(readOrderStatus(orderOfTrip(trip, ids.order, known), context, started).reading.heard[0]?.facts).toEqual([]);
});

test('everything that may be left out or null is, and it is a trip all the same', () => {
  const bare = { id: ids.trip, stops: [{ id: ids.delivery, status: null, incidents: null, order: null }] };
  const trip = read({ ...bare, name: null, status: null, orders: null, resource_allocations: null });
  expect(trip).toMatchObject({ id: ids.trip, orders: [], unused: [], problems: [], stops: [{ order: null }] });
  expect(factsOf(orderOfTrip(trip, ids.order, known))).toMatchObject([{ kind: 'plan', trip: ids.trip, vehicle: '' }]);
});

test('words that no list has are kept by name; a stop that is none is a problem, and the rest is read', () => {
  const base = tripOf(statusAnswer({ delivery: { status: 'PARKED' } }));
  const trip = read({ ...base, status: 'RESTING', stops: [4, { status: 'PLANNED' }, ...base.stops] });
  expect(trip.unused).toEqual([
    { what: 'trip status', code: 'RESTING', count: 1 },
    { what: 'stop status', code: 'PARKED', count: 1 },
  ]);
  expect(trip.problems.map(({ field }) => field)).toEqual(['stops[0]', 'stops[1]']);
  expect(trip.stops.map(({ id }) => id)).toEqual([ids.pickup, ids.delivery]);
});

test.for([[null], ['<html>maintenance</html>'], [{}], [{ id: ids.trip }], [[]]])('%j is no trip', ([answer]) => {
  expect(readTrip(answer)).toBeNull();
});

test('what makes an own read worth a call: an end, another end, a block, a reset, an incident; never an estimate', () => {
  const end = (at: string) => ({ at, zone: 'UTC' });
  const mark = (status: string, at: string | null = null, ...incidents: string[]) =>
    markOf({ status, end: at === null ? null : end(at), incidents });
  const moving = mark('PLANNED', '2025-11-24T10:00:00.000Z');
  for (const status of ['PLANNED', 'DISPATCHED', 'ROUTE_TO_STOP', 'AT_STOP', 'TODO'])
    expect(mark(status, '2025-11-24T11:00:00.000Z')).toBe(moving);
  const others = [
    mark('COMPLETED', '2025-11-24T10:00:00.000Z'),
    mark('COMPLETED', '2025-11-24T10:05:00.000Z'),
    ...['IGNORED', 'CANCELLED', 'BLOCKED', 'TO_PLAN', 'PARKED'].map((status) => mark(status)),
    mark('AT_STOP', null, 'DAMAGE'),
    mark('COMPLETED', '2025-11-24T10:00:00.000Z', 'DAMAGE'),
  ];
  expect(new Set([moving, ...others]).size).toBe(others.length + 1);
});

test('the other orders that a status carries are told with that trip; where it carries none, or only itself, none is', () => {
  const status = statusAnswer({ pickup: ended, delivery: ended, signed: '2025-11-24T06:39:00Z' });
  const [shipment] = status.shipments;
  const { shipments: _, ...whole } = status;
  const other = {
    ...statusAnswer(),
    id: '0c000000-0000-4000-8000-000000000001',
    shipments: [{ ...shipment, orders: [whole] }],
  };
  const [carried, ...more] = ordersCarried(other);
  expect([carried?.order, more]).toEqual([ids.order, []]);
  expect(factsOf(carried?.answer)).toEqual(factsOf(status));
  for (const orders of [null, [], [{ ...whole, id: other.id }], [{ ...whole, stops: null, consignments: null }], [7]])
    expect(ordersCarried({ ...other, shipments: [{ ...shipment, orders }] })).toEqual([]);
  expect(ordersCarried('nothing')).toEqual([]);
});

describe.skipIf(description === null)('against the API description', () => {
  test('the Qargo of the sweep tests shows trips and order statuses in the published shapes', async ({ skip }) => {
    if (description === null) return skip(whyNot);
    const far = new FarQargo(() => expect.fail('no record is needed'));
    far.carries = true;
    const stop = { status: 'PLANNED', start: started, end: null, incidents: ['DAMAGE'] };
    const one = { consignment: '', trip: 1, pickup: stop, delivery: stop, signed: started };
    for (const n of [1, 2]) far.orders.push({ ...one, n, id: `0a000000-0000-4000-8000-00000000000${n}` });
    expect(description.check('TripOutput', far.trip(1))).toEqual([]);
    const [first] = far.orders;
    if (first !== undefined) expect(description.check('OrderWithStatus', far.orderWithStatus(first))).toEqual([]);
  });
});
