/** Orders as imports make and change them (apis 2.7). */
import { createHash, randomUUID } from 'node:crypto';
import { type Consignment, type Good, type Order, type Stop, type StopType, stopsOf, type Upload } from './model.ts';
import type { ConsignmentBody, GoodBody, OrderBody, StopBody } from './order-body.ts';
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
function updateGoods(current: Good[], bodies: GoodBody[]): Good[] {
  return bodies.map((body, index) => {
    const fresh = makeGood(body);
    const old = current[index];
    if (old === undefined) return fresh;
    const handlingUnits =
      body.handling_units === undefined || body.handling_units === null ? old.handlingUnits : fresh.handlingUnits;
    return { ...old, fields: fresh.fields, handlingUnits };
  });
}

/** The whole order is sent again: fields are replaced, ids, statuses, signatures and network identifiers stay. */
function update(order: Order, body: OrderBody): void {
  order.body = body;
  order.consignments = body.consignments.map((consignmentBody, index) => {
    const old = order.consignments[index];
    if (old === undefined) return makeConsignment(consignmentBody, index + 1);
    const { pickup_stop, delivery_stop, goods, ...fields } = consignmentBody;
    return {
      ...old,
      fields,
      pickup: { ...old.pickup, fields: { ...pickup_stop } },
      delivery: { ...old.delivery, fields: { ...delivery_stop } },
      goods: goods === undefined || goods === null ? old.goods : updateGoods(old.goods, goods),
    };
  });
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

export function cancel(twin: Twin, order: Order): void {
  leaveTrip(twin, order);
  order.status = 'CANCELLED';
  for (const stop of stopsOf(order)) stop.status = 'CANCELLED';
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
    if (order.status === 'CANCELLED') return end('SKIPPED', order.id);
    cancel(twin, order);
    return end('COMPLETED', order.id);
  }
  if (order?.status === 'CANCELLED') return end('ERROR', order.id, 'the order was cancelled');
  const why = objection(twin, upload, body);
  if (why !== null) return end('ERROR', order?.id ?? null, why);
  if (body.operation === 'CREATE') {
    if (order !== undefined) return end('DUPLICATE', order.id);
    return end('COMPLETED', create(twin, upload.organisation, body).id);
  }
  if (order === undefined) return end('ERROR', null, 'nothing to update');
  if (same({ ...order.body, operation: 'UPDATE' }, body)) return end('SKIPPED', order.id);
  update(order, body);
  return end('COMPLETED', order.id);
}

/** Ends an upload with its effect; the body is not needed any more. */
export function upsert(twin: Twin, upload: Upload): void {
  if (upload.body === null) return;
  Object.assign(upload, effect(twin, upload, upload.body), { body: null });
  twin.touch();
}
