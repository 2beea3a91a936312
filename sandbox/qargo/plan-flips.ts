/** What a plan does beside putting orders on a trip: flips of assumptions 40, 50, 51, 67, 95, 102 and 103. */
import { randomUUID } from 'node:crypto';
import { sendEta, sendStop } from './events.ts';
import { type Order, stopsOf, type Trip } from './model.ts';
import { renumber } from './orders.ts';
import { makeSimilarOrder } from './planner.ts';
import { changed } from './told.ts';
import type { Twin } from './twin.ts';

const MOVES = 5;
const MOVE_SECONDS = 60;
const MOVE_MS = 3 * 60_000;

/** Flip 50b: the first takes the consignments of the others, which share them and answer nobody any more. */
function merge(twin: Twin, orders: Order[]): void {
  const [first, ...others] = orders;
  if (first === undefined) return;
  for (const other of others) {
    if (other.isGone) continue;
    first.consignments.push(...other.consignments);
    Object.assign(other, { isGone: true, mergedInto: first.id });
    changed(twin, other);
  }
  for (const [index, consignment] of first.consignments.entries()) consignment.sequence = index + 1;
}

/** The orders that are planned in the place of those that were asked for. */
export function preparePlan(twin: Twin, asked: Order[]): Order[] {
  const orders = asked.map((order) => {
    const isFirst = order.tripId === null && order.replacedBy === undefined;
    return isFirst && twin.plays('50a') ? makeSimilarOrder(twin, order, { keepsOld: false }) : order;
  });
  if (twin.plays('50b')) merge(twin, orders);
  for (const order of orders) {
    if (twin.plays('51a')) order.reference = `${order.body.customer_reference_number ?? ''}-EDITED`;
    if (twin.plays('102a')) for (const stop of stopsOf(order)) stop.id = randomUUID();
    if (twin.plays('103a')) renumber(order);
  }
  return orders;
}

/** Flip 40c: the collection stage is a trip of its own. */
function splitStages(twin: Twin, trip: Trip, orders: Order[]): void {
  const collection: Trip = { ...trip, id: randomUUID(), name: `${trip.name}-COL`, takes: 'collection' };
  twin.state.trips[collection.id] = collection;
  trip.takes = 'delivery';
  for (const order of orders) order.collectionTripId = collection.id;
}

/** Flip 67a: the estimate moves by three minutes each time, and every move is an event. */
function moveEstimates(twin: Twin, order: Order, left: number): void {
  twin.afterwards(MOVE_SECONDS, () => {
    const stop = stopsOf(order).find(
      ({ type, startIsActual, start }) => type === 'DELIVERY' && !startIsActual && start,
    );
    if (stop?.start === undefined || stop.start === null || order.tripId === null) return;
    const later = (at: string) => new Date(Date.parse(at) + MOVE_MS).toISOString();
    Object.assign(stop, { start: later(stop.start), end: stop.end === null ? null : later(stop.end) });
    changed(twin, order);
    sendEta(twin, order, stop, new Date().toISOString(), []);
    if (left > 1) moveEstimates(twin, order, left - 1);
  });
}

export function followPlan(twin: Twin, trip: Trip, orders: Order[], push: boolean): void {
  if (twin.plays('40c')) splitStages(twin, trip, orders);
  for (const order of orders) {
    if (twin.plays('67a')) moveEstimates(twin, order, MOVES);
    if (twin.plays('95a') && push)
      for (const stop of stopsOf(order))
        for (const status of ['PLANNED', 'ROUTE_TO_STOP'] as const)
          sendStop(twin, order, { ...stop, status }, trip.at, []);
  }
}
