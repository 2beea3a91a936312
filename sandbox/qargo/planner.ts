/** What planners do in the screen and no event tells: cancel, undo, make a similar order, reset a trip, change times. */
import { badRequest } from './errors.ts';
import { sendStop } from './events.ts';
import { type Consignment, type Order, type Stop, stopsOf, stopsOfConsignment, type Trip } from './model.ts';
import { addByHand, holdCancelled, leaveTrip } from './orders.ts';
import { changed, say, subject, tripOf } from './told.ts';
import type { Twin } from './twin.ts';

function cancelStops(consignment: Consignment): void {
  for (const stop of stopsOfConsignment(consignment))
    if (stop.status !== 'COMPLETED') Object.assign(stop, { status: 'CANCELLED', isClosed: true });
}

/** One consignment alone; the order follows from the others. `failed`: its stop that the incident was of. */
export function cancelConsignment(twin: Twin, order: Order, failed: Stop | Consignment, at: string): void {
  const consignment = order.consignments.find(
    (one) => one === failed || stopsOfConsignment(one).includes(failed as Stop),
  );
  if (consignment === undefined) throw badRequest('the order has no such consignment');
  if (consignment.cancelledFrom !== undefined) throw badRequest('the consignment was cancelled before');
  const trip = tripOf(twin, order);
  consignment.cancelledFrom = order.status;
  cancelStops(consignment);
  if (order.consignments.every((one) => one.cancelledFrom !== undefined)) {
    order.statusBefore ??= order.status;
    leaveTrip(twin, order);
    order.status = 'CANCELLED';
  }
  holdCancelled(twin, order, trip);
  order.history.push({ at: Date.now(), what: 'edited', fields: ['cancelled'] });
  changed(twin, order);
  say(twin, order, 'order cancelled', at, false, { consignment: consignment.sequence }, subject(twin, order));
}

/** A person cancels the order, or one consignment of it. */
export function cancelInScreen(twin: Twin, order: Order, sequence: number | undefined, at: string): void {
  const wanted = order.consignments.filter((one) => sequence === undefined || one.sequence === sequence);
  if (wanted.length === 0) throw badRequest(`the order has no consignment ${sequence}`);
  for (const consignment of wanted)
    if (consignment.cancelledFrom === undefined) cancelConsignment(twin, order, consignment, at);
  if (twin.plays('95b')) for (const stop of stopsOf(order)) sendStop(twin, order, stop, at, []);
}

/** Takes a cancellation back (articles 133875, 590369): stops are to be planned anew, what was completed stays so. */
export function undoCancellation(twin: Twin, order: Order, sequence: number | undefined, at: string): void {
  const wanted = order.consignments.filter((one) => sequence === undefined || one.sequence === sequence);
  if (order.status !== 'CANCELLED' && !wanted.some((one) => one.cancelledFrom !== undefined))
    throw badRequest('nothing of the order was cancelled');
  for (const consignment of wanted) {
    delete consignment.cancelledFrom;
    for (const stop of stopsOfConsignment(consignment)) {
      if (stop.status !== 'CANCELLED') continue;
      delete stop.isClosed;
      Object.assign(stop, { status: 'TO_PLAN', start: null, end: null, startIsActual: false, endIsActual: false });
    }
  }
  if (order.status === 'CANCELLED') order.status = 'TO_PLAN';
  delete order.cancelledTripId;
  delete order.isGone;
  delete order.statusBefore;
  order.history.push({ at: Date.now(), what: 'edited', fields: ['undone'] });
  changed(twin, order);
  say(twin, order, 'order undone', at, false, {}, subject(twin, order));
}

/**
 * "Create similar order" (article 590369): a copy without our identifier and without what the network gave it, and the
 * original is cancelled, unless it is kept (flip 39c).
 */
export function makeSimilarOrder(twin: Twin, order: Order, { keepsOld }: { keepsOld: boolean }): Order {
  const similar = addByHand(twin, order);
  order.replacedBy = similar.id;
  if (!keepsOld) for (const one of order.consignments) if (one.cancelledFrom === undefined) cancelStops(one);
  if (!keepsOld) {
    order.statusBefore = order.status;
    leaveTrip(twin, order);
    order.status = 'CANCELLED';
    order.history.push({ at: Date.now(), what: 'edited', fields: ['replaced'] });
  }
  changed(twin, order);
  const at = new Date().toISOString();
  say(twin, order, 'order replaced', at, false, { by: similar.id }, subject(twin, order));
  return similar;
}

/** Times of a completed stop, changed in the screen (article 250418). */
export function changeTimes(
  twin: Twin,
  order: Order,
  stop: Stop,
  { start, end, at }: { start?: string | undefined; end?: string | undefined; at: string },
): void {
  if (stop.status !== 'COMPLETED') throw badRequest('the stop was not completed');
  if (start !== undefined) stop.start = start;
  if (end !== undefined) stop.end = end;
  changed(twin, order);
  const content = { stop: stop.type, start: stop.start, end: stop.end };
  say(twin, order, 'times changed', at, false, content, subject(twin, order, { stop: stop.type }));
}

/** Completed stops of a trip are PLANNED again (article 133849); what failed or was cancelled stays so. */
export function resetTrip(twin: Twin, trip: Trip, at: string): void {
  const orders = trip.orders.flatMap((id) => twin.state.orders[id] ?? []);
  if (orders.some((order) => order.consignments.some((one) => one.cancelledFrom !== undefined)))
    throw badRequest('a consignment of the trip is cancelled: it cannot be reset');
  trip.status = 'PLANNED';
  for (const order of orders) resetOrder(twin, order, at);
}

export function resetOrder(twin: Twin, order: Order, at: string): void {
  for (const stop of stopsOf(order)) {
    if (stop.isClosed || (stop.status !== 'COMPLETED' && stop.status !== 'AT_STOP')) continue;
    Object.assign(stop, { status: 'PLANNED', startIsActual: false, endIsActual: false });
  }
  order.status = 'PLANNED';
  changed(twin, order);
  say(twin, order, 'trip reset', at, false, {}, subject(twin, order));
}

/** A cancelled trip is deleted and cannot come back (article 623050); its orders are to be planned anew. */
export function deleteTrip(twin: Twin, trip: Trip): void {
  delete twin.state.trips[trip.id];
}

export function block(twin: Twin, order: Order, isBlocked: boolean, at: string): void {
  order.isBlocked = isBlocked;
  for (const stop of stopsOf(order)) {
    if (isBlocked && (stop.status === 'TO_PLAN' || stop.status === 'PLANNED')) stop.status = 'BLOCKED';
    else if (!isBlocked && stop.status === 'BLOCKED') stop.status = 'TO_PLAN';
  }
  changed(twin, order);
  say(twin, order, 'order blocked', at, false, { isBlocked }, subject(twin, order));
}
