/** Orders as imports make and change them (apis 2.7). */
import { createHash, randomUUID } from 'node:crypto';
import {
  type Consignment,
  type Good,
  type Order,
  type Stop,
  type StopType,
  stopsOf,
  stopsOfConsignment,
  type Trip,
  type Upload,
} from './model.ts';
import type { ConsignmentBody, GoodBody, OrderBody, StopBody } from './order-body.ts';
import { tripOf } from './told.ts';
import type { Twin } from './twin.ts';

/** Same name, same id, over restarts and without a table: for customers and resources. */
export function stableId(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function makeStop(type: StopType, body: StopBody): Stop {
  return {
    id: randomUUID(),
    type,
    fields: { ...body },
    status: 'TO_PLAN',
    start: null,
    end: null,
    startIsActual: false,
    endIsActual: false,
    incidents: [],
  };
}

function makeGood(body: GoodBody): Good {
  const { handling_units: units, ...fields } = body;
  return {
    id: randomUUID(),
    fields,
    handlingUnits: (units ?? []).map((unit) => ({
      id: randomUUID(),
      barcode: unit.barcode?.value ?? null,
      source: unit.barcode?.source ?? 'EXTERNAL',
    })),
  };
}

function makeConsignment(body: ConsignmentBody, sequence: number): Consignment {
  const { pickup_stop, delivery_stop, goods, ...fields } = body;
  return {
    id: randomUUID(),
    sequence,
    fields,
    pickup: makeStop('PICKUP', pickup_stop),
    delivery: makeStop('DELIVERY', delivery_stop),
    goods: (goods ?? []).map(makeGood),
    signatures: [],
    palletways: { tracking_id: null, consignment_number: null },
    extra: {},
  };
}

function create(twin: Twin, organisation: string, body: OrderBody): Order {
  const now = Date.now();
  const order: Order = {
    id: randomUUID(),
    organisation,
    name: `OR-${twin.state.nextName}`,
    orderIdentifier: body.order_identifier,
    status: body.order_status ?? 'TO_PLAN',
    body,
    customerId: stableId('customer', organisation, body.customer.code ?? body.customer.name ?? ''),
    consignments: body.consignments.map((consignment, index) => makeConsignment(consignment, index + 1)),
    documents: [],
    tripId: null,
    scans: [],
    createdAt: now,
    updatedAt: now,
    effects: { created: 1, updated: 0, cancelled: 0, partial: 0 },
    history: [{ at: now, what: 'created', body }],
  };
  twin.state.nextName += 1;
  twin.addOrder(order);
  return order;
}

/** Goods keep their ids by place; barcodes are kept where the body says nothing of handling units (assumed). */
function updateGoods(twin: Twin, current: Good[], bodies: GoodBody[]): Good[] {
  return bodies.map((body, index) => {
    const fresh = makeGood(body);
    const old = current[index];
    if (old === undefined) return fresh;
    const hasUnits = body.handling_units !== undefined && body.handling_units !== null;
    if (hasUnits && twin.plays('58d')) fresh.handlingUnits = [...old.handlingUnits, ...fresh.handlingUnits];
    return { ...old, fields: fresh.fields, handlingUnits: hasUnits ? fresh.handlingUnits : old.handlingUnits };
  });
}

/** Flip 103a: the network's numbers are made anew, and the ones on the pallets are known no more. */
export function renumber(order: Order): void {
  for (const consignment of order.consignments)
    for (const good of consignment.goods)
      for (const unit of good.handlingUnits)
        Object.assign(unit, { barcode: unit.barcode === null ? null : `Q${randomUUID().slice(0, 8).toUpperCase()}` });
}

/** The whole order is sent again: fields are replaced, ids, statuses, signatures and network identifiers stay. */
function update(twin: Twin, order: Order, body: OrderBody): void {
  const keepsGoods = twin.plays('58a') && order.status !== 'TO_PLAN';
  const isOtherService = order.body.service_level?.code !== body.service_level?.code;
  order.body = body;
  const byHand = order.consignments.filter(({ isByHand }) => isByHand);
  order.consignments = body.consignments.map((consignmentBody, index) => {
    const old = order.consignments[index];
    if (old === undefined) return makeConsignment(consignmentBody, index + 1);
    const { pickup_stop, delivery_stop, goods, ...fields } = consignmentBody;
    return {
      ...old,
      fields,
      pickup: { ...old.pickup, fields: { ...pickup_stop } },
      delivery: { ...old.delivery, fields: { ...delivery_stop } },
      goods: goods === undefined || goods === null || keepsGoods ? old.goods : updateGoods(twin, old.goods, goods),
    };
  });
  order.consignments.push(...byHand);
  if (isOtherService && twin.plays('103a')) renumber(order);
  order.updatedAt = Date.now();
  order.effects.updated += 1;
  order.history.push({ at: order.updatedAt, what: 'updated', body });
}

/** Takes the order off its trip without a word. */
export function leaveTrip(twin: Twin, order: Order): void {
  const trip = order.tripId === null ? undefined : twin.state.trips[order.tripId];
  if (trip !== undefined) trip.orders = trip.orders.filter((id) => id !== order.id);
  order.tripId = null;
}

/**
 * A consignment that a person adds to an order: from the same place to the same place, with one good of its own. It has
 * none of our references.
 */
export function addConsignment(order: Order): Consignment | null {
  const [first] = order.consignments;
  if (first === undefined) return null;
  const copy = structuredClone(first);
  const fresh: Consignment = {
    ...copy,
    id: randomUUID(),
    sequence: order.consignments.length + 1,
    isByHand: true,
    fields: { ...copy.fields, consignment_reference_number: null },
    goods: [{ id: randomUUID(), fields: { quantity: 1, description: 'added by hand' }, handlingUnits: [] }],
    signatures: [],
    palletways: { tracking_id: null, consignment_number: null },
  };
  for (const stop of stopsOfConsignment(fresh)) stop.id = randomUUID();
  order.consignments.push(fresh);
  return fresh;
}

/** A copy of an order that a person makes: new ids, no identifier of ours, nothing of the network but its barcodes. */
export function addByHand(twin: Twin, order: Order): Order {
  const now = Date.now();
  const copy = structuredClone(order);
  const fresh: Order = {
    ...copy,
    id: randomUUID(),
    name: `OR-${twin.state.nextName}`,
    orderIdentifier: '',
    status: 'TO_PLAN',
    documents: [],
    tripId: null,
    scans: [],
    createdAt: now,
    updatedAt: now,
    effects: { created: 1, updated: 0, cancelled: 0, partial: 0 },
    history: [{ at: now, what: 'created' }],
  };
  for (const name of ['collectionTripId', 'cancelledTripId', 'formerTripId', 'statusBefore', 'isBlocked'] as const)
    delete fresh[name];
  for (const consignment of fresh.consignments) {
    consignment.id = randomUUID();
    consignment.signatures = [];
    consignment.palletways = { tracking_id: null, consignment_number: null };
    delete consignment.between;
    delete consignment.after;
    consignment.pickup = makeStop('PICKUP', consignment.pickup.fields as StopBody);
    consignment.delivery = makeStop('DELIVERY', consignment.delivery.fields as StopBody);
    for (const good of consignment.goods) {
      good.id = randomUUID();
      for (const unit of good.handlingUnits) unit.id = randomUUID();
    }
  }
  twin.state.nextName += 1;
  twin.state.orders[fresh.id] = fresh;
  twin.touch();
  return fresh;
}

/** Where one consignment was cancelled (article 133875), and always with flip 100a: a second trip holds its stops. */
export function holdCancelled(twin: Twin, order: Order, trip: Trip | null): void {
  if (trip === null) return;
  const second: Trip = { ...trip, id: randomUUID(), name: `${trip.name}-C`, orders: [order.id], takes: 'cancelled' };
  twin.state.trips[second.id] = second;
  order.cancelledTripId = second.id;
}

function isCancelledInPart(order: Order): boolean {
  return order.effects.cancelled > 0 && stopsOf(order).some(({ status }) => status === 'CANCELLED');
}

/** Flips 49b and 49c: what of a cancelled order is cancelled. */
function cancelInPart(twin: Twin, order: Order): boolean {
  if (twin.plays('49b')) {
    if (order.consignments.length === 1) addConsignment(order);
    const [first] = order.consignments;
    if (first === undefined) return false;
    first.cancelledFrom = order.status;
    for (const stop of stopsOfConsignment(first)) stop.status = 'CANCELLED';
    return true;
  }
  if (!twin.plays('49c')) return false;
  for (const stop of stopsOf(order)) stop.status = 'CANCELLED';
  order.status = 'PLANNED';
  return true;
}

export function cancel(twin: Twin, order: Order): void {
  const trip = tripOf(twin, order);
  if (!cancelInPart(twin, order)) {
    leaveTrip(twin, order);
    order.status = 'CANCELLED';
    for (const stop of stopsOf(order)) stop.status = 'CANCELLED';
    if (twin.plays('49d')) order.isGone = true;
  }
  if (twin.plays('100a')) holdCancelled(twin, order, trip);
  order.updatedAt = Date.now();
  order.effects.cancelled += 1;
  order.history.push({ at: order.updatedAt, what: 'cancelled' });
  twin.changed(order);
}

/** Why this body cannot become an order, or null. The import tells nobody: there is only `ERROR` (apis 2.7). */
function objection(twin: Twin, upload: Upload, body: OrderBody): string | null {
  const { customers, serviceLevels } = twin.organisation(upload.organisation) ?? {};
  if (customers !== undefined && !customers.includes(body.customer.code ?? body.customer.name ?? ''))
    return 'unknown customer';
  const level = body.service_level?.code;
  if (serviceLevels !== undefined && typeof level === 'string' && !serviceLevels.includes(level))
    return 'unknown service level';
  return null;
}

/** Two bodies that say the same, whatever the order of their properties. */
function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((value, index) => same(value, right[index]));
  if (typeof left === 'object' && left !== null && typeof right === 'object' && right !== null) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => same(Reflect.get(left, key), Reflect.get(right, key)));
  }
  return left === right;
}

interface Ending {
  status: Upload['status'];
  orderId: string | null;
  why: string | null;
}

/**
 * The effect of an import: where `order_identifier` deduplicates (apis 2.7). A second CREATE is DUPLICATE, an identical
 * UPDATE and a repeated DELETE are SKIPPED (assumed words), anything but DELETE for a cancelled order is ERROR.
 */
function effect(twin: Twin, upload: Upload, body: OrderBody): Ending {
  const order = twin.orderByIdentifier(upload.organisation, body.order_identifier);
  const end = (status: Ending['status'], orderId: string | null, why: string | null = null): Ending => ({
    status,
    orderId,
    why,
  });
  if (body.operation === 'DELETE') {
    if (order === undefined) return end('ERROR', null, 'nothing to cancel');
    if (order.status === 'CANCELLED' || isCancelledInPart(order)) return end('SKIPPED', order.id);
    cancel(twin, order);
    return end('COMPLETED', order.id);
  }
  if (order?.status === 'CANCELLED') return end('ERROR', order.id, 'the order was cancelled');
  if (twin.plays('59b')) return end('ERROR', order?.id ?? null, 'flip 59b');
  const why = objection(twin, upload, body);
  if (why !== null) return end('ERROR', order?.id ?? null, why);
  if (body.operation === 'CREATE') {
    if (order !== undefined) return end('DUPLICATE', order.id);
    if (!twin.plays('59c')) return end('COMPLETED', create(twin, upload.organisation, body).id);
    const byHand = twin
      .ordersOf(upload.organisation)
      .find((one) => one.body.order_identifier === body.order_identifier);
    return end('DUPLICATE', (byHand ?? create(twin, upload.organisation, body)).id);
  }
  if (order === undefined) return end('ERROR', null, 'nothing to update');
  if (twin.plays('58c') || same({ ...order.body, operation: 'UPDATE' }, body)) return end('SKIPPED', order.id);
  update(twin, order, body);
  return end('COMPLETED', order.id);
}

/** Flip 58b: the lead time of a service level moves the dates of delivery (article 609641). */
function aDayLater(body: OrderBody): OrderBody {
  const moved = structuredClone(body);
  for (const { delivery_stop: stop } of moved.consignments)
    if (typeof stop.date === 'string')
      stop.date = new Date(Date.parse(stop.date) + 86_400_000).toISOString().slice(0, 10);
  return moved;
}

/** Ends an upload with its effect; the body is not needed any more. */
export function upsert(twin: Twin, upload: Upload): void {
  if (upload.body === null) return;
  const body = twin.plays('58b') ? aDayLater(upload.body) : upload.body;
  Object.assign(upload, effect(twin, upload, body), { body: null });
  twin.touch();
}
