/** Stops that no import has: of depots and hubs, and those that a failure adds. */
import { randomUUID } from 'node:crypto';
import { type Consignment, type Fields, type Order, type Stop, type StopType, stopsOf } from './model.ts';
import type { Twin } from './twin.ts';

/** Where a depot or hub of this tenant is. */
function placeOf(twin: Twin, order: Order, consignment: Consignment): Fields {
  const { hub } = twin.organisation(order.organisation) ?? {};
  return { location: hub ?? consignment.pickup.fields.location ?? {}, date: consignment.pickup.fields.date ?? null };
}

export function makeStopAt(type: StopType, fields: Fields, place?: Stop['place']): Stop {
  return {
    id: randomUUID(),
    type,
    fields,
    status: 'TO_PLAN',
    start: null,
    end: null,
    startIsActual: false,
    endIsActual: false,
    incidents: [],
    ...(place === undefined ? {} : { place }),
  };
}

/** Depot stops end the collection leg and begin the delivery leg; a hub stop is one of its own kind. */
export function addStopsBetween(twin: Twin, order: Order, what: 'depot' | 'hub'): void {
  for (const consignment of order.consignments) {
    const fields = placeOf(twin, order, consignment);
    consignment.between =
      what === 'hub'
        ? [makeStopAt('PICKUP', fields, 'hub')]
        : [makeStopAt('DELIVERY', fields, 'depot'), makeStopAt('PICKUP', { ...fields }, 'depot')];
  }
}

/**
 * Retry: the goods leave again from the hub to the same place; return: to where they were picked up. Whether the old stop
 * stays, and which one the consignment calls its delivery, no source tells (assumption 39).
 */
export function addAttempt(twin: Twin, order: Order, failed: Stop, action: 'retry' | 'return'): void {
  const consignment = order.consignments.find((one) => [one.delivery, ...(one.after ?? [])].includes(failed));
  if (consignment === undefined) {
    retryCollection(order, failed);
    return;
  }
  failed.isClosed = true;
  const goal = action === 'return' ? consignment.pickup.fields : failed.fields;
  const pickup = makeStopAt('PICKUP', placeOf(twin, order, consignment), 'depot');
  const delivery = makeStopAt('DELIVERY', { ...goal });
  const isOldRemoved = twin.plays('39b');
  const isNewTheDelivery = isOldRemoved || twin.plays('39d');
  const last = consignment.after?.pop();
  if (last !== undefined && last !== failed) consignment.after?.push(last);
  if (!isNewTheDelivery) {
    const kept = last === failed ? [failed] : [];
    consignment.after = [...(consignment.after ?? []), ...kept, pickup, delivery];
    return;
  }
  const old = isOldRemoved ? [] : [failed];
  consignment.between = [...(consignment.between ?? []), ...old, pickup];
  consignment.delivery = delivery;
}

/** A collection that failed is tried again at the same place: a second pickup, before all else. */
function retryCollection(order: Order, failed: Stop): void {
  const consignment = order.consignments.find((one) => one.pickup === failed || one.between?.includes(failed));
  if (consignment === undefined) return;
  failed.isClosed = true;
  const pickup = makeStopAt('PICKUP', { ...failed.fields });
  const kept = (consignment.between ?? []).filter((stop) => stop !== failed);
  consignment.between = consignment.pickup === failed ? [pickup, ...kept] : [failed, pickup, ...kept];
}

/**
 * The stop of its type that is next, or else the last one that ended: a retry adds others. Those of depot and hub are
 * asked for alone. Null: the order has none.
 */
export function findStop(order: Order, type: StopType, isInDepot: boolean): Stop | null {
  const all = stopsOf(order).filter((stop) => stop.type === type && (stop.place !== undefined) === isInDepot);
  const hasMore = order.consignments.some(({ between, after }) => between !== undefined || after !== undefined);
  if (!hasMore) return all[0] ?? null;
  return all.find(isOpen) ?? all.findLast((stop) => !stop.isClosed) ?? all[0] ?? null;
}

/** Whether a plan takes it up. */
export function isOpen(stop: Stop): boolean {
  return stop.status !== 'COMPLETED' && stop.isClosed !== true;
}

/** Depot stops on the way to a stop that was completed are completed too, start and end alike (article 143882). */
export function completeDepotStopsBefore(order: Order, done: Stop, at: string): void {
  for (const stop of stopsOf(order)) {
    if (stop === done) return;
    if (stop.place === undefined || !isOpen(stop)) continue;
    Object.assign(stop, { status: 'COMPLETED', start: at, end: at, startIsActual: true, endIsActual: true });
  }
}
