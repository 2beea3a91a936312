/** A trip as read, one answer for all its orders (apis-2 B1): what it tells of each order, in the form of that order's own status. Pure. */
import { Problems } from '../../domain/facts/problems.ts';
import type { Problem, Unused } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { statuses } from './config.ts';
import type { OrderStatus } from './read-order-status.ts';
import { isEnded, isUnderWay, type StopReport } from './read-stops.ts';
import * as wire from './wire.ts';

export interface TripStop {
  readonly id: string;
  /** Qargo's id of the order that it is of; null where the trip does not say. */
  readonly order: string | null;
  /** As answered. */
  readonly value: unknown;
}

export interface TripRead {
  readonly id: string;
  readonly name: string;
  /** Orders that the trip names, of its own list and of its stops; without doubles. */
  readonly orders: readonly string[];
  readonly stops: readonly TripStop[];
  /** As answered; for the vehicle. */
  readonly resources: readonly unknown[];
  /** Statuses of the trip and of its stops that no published list has. */
  readonly unused: readonly Unused[];
  readonly problems: readonly Problem[];
}

/** Answers null where it is no trip, with its id and a list of stops. A stop that cannot be read is a problem, the rest counts. */
export function readTrip(answer: unknown): TripRead | null {
  const parsed = wire.trip.safeParse(answer);
  if (!parsed.success) return null;
  const { data: trip } = parsed;
  const problems = new Problems();
  const unused = new Map<string, Unused>();
  const count = (what: string, word: string) => {
    const code = cutText(word, 80);
    unused.set(`${what} ${code}`, { what, code, count: (unused.get(`${what} ${code}`)?.count ?? 0) + 1 });
  };
  const orders = new Set<string>();
  if (trip.status && !statuses.trip.includes(trip.status)) count('trip status', trip.status);
  for (const value of trip.orders ?? []) {
    const order = wire.tripOrder.safeParse(value);
    if (order.success) orders.add(order.data.id);
  }
  const stops = trip.stops.flatMap((value, index): TripStop[] => {
    const stop = wire.tripStop.safeParse(value);
    if (!stop.success) {
      problems.push({ field: `stops[${index}]`, message: stop.error.issues[0]?.message ?? 'no stop' });
      return [];
    }
    const { id, status, order } = stop.data;
    if (status && !statuses.stop.includes(status)) count('stop status', status);
    if (order) orders.add(order.row_id);
    return [{ id, order: order?.row_id ?? null, value }];
  });
  return {
    id: trip.id,
    name: trip.name ?? '',
    orders: [...orders],
    stops,
    resources: trip.resource_allocations ?? [],
    unused: [...unused.values()],
    problems: problems.list,
  };
}

/** A stop of an order that an own read of the order told: a trip does not say which end of the consignment it is. */
export interface StopKnown {
  readonly id: string;
  /** PICKUP, DELIVERY or CUSTOM. */
  readonly type: string;
}

/**
 * What the trip tells of one order, in the form of the answer of its own status, for `readOrderStatus`: without goods, signatures and the
 * order's own status, which a trip has not.
 */
export function orderOfTrip(trip: TripRead, order: string, known: readonly StopKnown[]): unknown {
  const types = new Map(known.map(({ id, type }) => [id, type]));
  const mine = trip.stops.filter(({ id }) => types.has(id));
  const ends = mine.flatMap(({ id, value }) => {
    const end = types.get(id) === 'PICKUP' ? 'pickup_stop' : types.get(id) === 'DELIVERY' ? 'delivery_stop' : null;
    return end === null ? [] : [{ id, [end]: value }];
  });
  const stops = mine.map(({ value }) => value);
  const shipment = { id: trip.id, name: trip.name, stops, resource_allocations: trip.resources };
  return { id: order, consignments: ends, stops, shipments: mine.length === 0 ? [] : [shipment] };
}

/** Leaves the plan out: only the trip of the delivery shows it. */
export function withoutPlan({ reading }: OrderStatus): OrderStatus['reading'] {
  return {
    ...reading,
    heard: reading.heard.map((heard) => ({ ...heard, facts: heard.facts.filter(({ kind }) => kind !== 'plan') })),
  };
}

/** Where a stop stands, as far as it decides how its order is read: to be planned or blocked, under way, or over. */
export type StopPhase = 'open' | 'under way' | 'ended';

export const phaseOf = ({ status }: Pick<StopReport, 'status'>): StopPhase =>
  isEnded(status) ? 'ended' : isUnderWay(status) ? 'under way' : 'open';

/**
 * What of a stop makes a read of its order alone worth a call: it ended, ended otherwise, stands where nobody is on the way to it, or has
 * other incidents. Times of a stop that is under way are estimates and change nothing.
 */
export function markOf(stop: Pick<StopReport, 'status' | 'end' | 'incidents'>): string {
  const incidents = stop.incidents.length === 0 ? '' : ` ${stop.incidents.join('+')}`;
  const phase = phaseOf(stop);
  if (phase === 'under way') return `under way${incidents}`;
  return phase === 'open' ? `${stop.status}${incidents}` : `${stop.status} ${stop.end?.at ?? ''}${incidents}`;
}

/** The other orders that an order's status carries of the trips that it names, each as the answer of its own status would be. */
export function ordersCarried(answer: unknown): { readonly order: string; readonly answer: unknown }[] {
  const status = wire.orderWithStatus.safeParse(answer);
  if (!status.success) return [];
  return (status.data.shipments ?? []).flatMap((value) => {
    const carried = wire.shipmentOrders.safeParse(value);
    if (!carried.success || typeof value !== 'object') return [];
    return (carried.data.orders ?? []).flatMap((each) => {
      const order = wire.orderWithStatus.safeParse(each);
      // Without its stops it tells nothing; with another trip's it does not tell all.
      if (!order.success || typeof each !== 'object' || order.data.id === status.data.id) return [];
      if ((order.data.stops ?? []).length === 0 && (order.data.consignments ?? []).length === 0) return [];
      return [{ order: order.data.id, answer: { ...each, shipments: [{ ...value, orders: null }] } }];
    });
  });
}
