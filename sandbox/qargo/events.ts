/**
 * Operational visibility out (apis 2.12, appendix G): only what the description says is sent. No order opened, no failed
 * stop, no un-planning, eight document types.
 */
import {
  type Fields,
  type Good,
  type HandlingUnit,
  type Order,
  type Resource,
  type Stop,
  type StoredDocument,
  stopsOf,
  type Trip,
} from './model.ts';
import {
  downloadUrl,
  fieldsOf,
  goodOutput,
  locationName,
  orderOutput,
  resourceOutput,
  resourcesOf,
  stopOutput,
  textOf,
  tripStops,
} from './read-models.ts';
import type { Twin } from './twin.ts';

/** `VisibilityDocumentType`: no other document is said. */
export const SENT_DOCUMENTS = new Set([
  'CONSIGNEE_SIGNATURE',
  'CUSTOMER_PAPERWORK',
  'PHOTO_OF_GOODS_DELIVERY',
  'PROOF_OF_DELIVERY',
  'PROOF_OF_DELIVERY_SIGNED',
  'PALLET_LABEL',
  'PALLET_LABEL_EXTERNAL',
  'TEMPERATURE_REPORT',
]);

function resourceEvent(resource: Resource): Fields {
  return {
    id: resource.id,
    type: resource.type,
    name: resource.name,
    code: resource.code,
    license_plate: resource.plate,
    container_number: null,
  };
}

/** `VisibilityStopStatus` has no word for a stop that was ignored: CANCELLED is the nearest (assumed). */
function visibleStatus(stop: Stop): string {
  if (stop.status === 'IGNORED') return 'CANCELLED';
  return stop.status === 'TEMPLATE' || stop.status === 'BLOCKED' ? 'TODO' : stop.status;
}

function visibleStop(stop: Stop, trip: Trip | null): Fields {
  const location = fieldsOf(stop.fields.location);
  return {
    id: stop.id,
    location: {
      name: locationName(stop),
      address: location.address ?? null,
      address_second_line: location.address_second_line ?? null,
      city: location.city ?? null,
      state: location.state ?? null,
      country_code: location.country ?? null,
      postal_code: location.postal_code ?? null,
      position: null,
    },
    resources: trip === null ? [] : resourcesOf(trip).map(resourceEvent),
    status: visibleStatus(stop),
    stop_type: stop.type,
    eta_start_time: stop.startIsActual ? null : stop.start,
    eta_end_time: stop.endIsActual ? null : stop.end,
    actual_start_timestamp: stop.startIsActual ? stop.start : null,
    actual_end_timestamp: stop.endIsActual ? stop.end : null,
    stop_reference: textOf(stop.fields.reference_number),
    custom_fields: {},
  };
}

/** How many were taken is in events only: no read has it. */
function visibleGood(good: Good): Fields {
  if (good.actualQuantity === undefined) return goodOutput(good);
  const ordered = typeof good.fields.quantity === 'number' ? good.fields.quantity : null;
  return { ...goodOutput(good), quantity_by_type: { actual: good.actualQuantity, ordered } };
}

function visibleOrder(order: Order, trip: Trip | null): Fields {
  const consignment = order.consignments[0];
  return {
    id: order.id,
    order_name: order.name,
    customer_reference_number: order.body.customer_reference_number ?? null,
    customer: {
      id: order.customerId,
      name: order.body.customer.name ?? order.body.customer.code ?? '',
      custom_fields: {},
    },
    status: order.status,
    custom_fields: {},
    stops: stopsOf(order).map((stop) => visibleStop(stop, trip)),
    consignment: consignment === undefined ? null : { id: consignment.id, goods: consignment.goods.map(visibleGood) },
  };
}

export function tripOf(twin: Twin, order: Order): Trip | null {
  return order.tripId === null ? null : (twin.state.trips[order.tripId] ?? null);
}

function visibleTrip(twin: Twin, trip: Trip, withOrders: boolean): Fields {
  const orders = trip.orders.flatMap((id) => twin.state.orders[id] ?? []);
  return {
    id: trip.id,
    name: trip.name,
    orders: withOrders ? orders.map((order) => visibleOrder(order, trip)) : null,
    stops: tripStops(twin, trip).map((stop) => visibleStop(stop, trip)),
  };
}

interface Event {
  timestamp: string;
  update: Fields;
}

/** Events about one order come with the order, and with the trip where it is planned (wire assumptions 3.1). */
function sendOfOrder(twin: Twin, order: Order, events: Event[], saidIds: string[]): void {
  const trip = tripOf(twin, order);
  const body = {
    events,
    order: visibleOrder(order, trip),
    trip: trip === null ? null : visibleTrip(twin, trip, false),
  };
  twin.send({
    organisation: order.organisation,
    to: 'visibility',
    body,
    saidIds,
    about: String(events[0]?.update.type),
  });
}

export function sendStop(twin: Twin, order: Order, stop: Stop, at: string, saidIds: string[]): void {
  const update = { id: stop.id, type: 'Stop', stop: visibleStop(stop, tripOf(twin, order)) };
  sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
}

/** The description's own event of an ETA; a message about the stop itself is {@link sendStop}. */
export function sendEta(twin: Twin, order: Order, stop: Stop, at: string, saidIds: string[]): void {
  const update = { id: null, type: 'Eta', stops: [visibleStop(stop, tripOf(twin, order))] };
  sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
}

/** An event that somebody configured in Qargo (`custom`), or a request to approve costs. */
export function sendOrderEvent(
  twin: Twin,
  order: Order,
  told: { custom: string | null } | 'costs',
  at: string,
  saidIds: string[],
): void {
  const what =
    told === 'costs'
      ? { update_type: 'COST_APPROVAL_REQUEST', custom_event_code: null }
      : { update_type: 'CUSTOM', custom_event_code: told.custom };
  sendOfOrder(
    twin,
    order,
    [{ timestamp: at, update: { id: order.id, type: 'Order', ...what, status: null } }],
    saidIds,
  );
}

export function sendOrderCompleted(twin: Twin, order: Order, at: string): void {
  const update = { id: order.id, type: 'Order', update_type: 'STATUS', custom_event_code: null, status: 'COMPLETED' };
  sendOfOrder(twin, order, [{ timestamp: at, update }], []);
}

export interface SentScan {
  unit: HandlingUnit;
  status: string;
  at: string;
  stop: Stop | null;
  by: string | null;
  description: string | null;
  sourceStatus: string | null;
}

/** One message. */
export function sendScans(twin: Twin, order: Order, scans: SentScan[], saidIds: string[]): void {
  const trip = tripOf(twin, order);
  const events = scans.map(({ unit, status, at, stop, by, description, sourceStatus }) => {
    const update = {
      id: unit.id,
      type: 'HandlingUnit',
      status,
      timestamp: at,
      barcode: { value: unit.barcode, source: unit.source },
      created_by: by,
      stop_location_code: null,
      description,
      source_status: sourceStatus,
      stop: stop === null ? null : visibleStop(stop, trip),
    };
    return { timestamp: at, update };
  });
  sendOfOrder(twin, order, events, saidIds);
}

/** The event's own `id` is left out: the document's id is the one in `download_url` (wire assumptions 3.1). */
export function sendDocument(twin: Twin, order: Order, document: StoredDocument, at: string, saidIds: string[]): void {
  if (!SENT_DOCUMENTS.has(document.type)) return;
  const update = {
    id: null,
    type: 'Document',
    status: 'CREATED',
    document: {
      name: document.name,
      document_type: document.type,
      document_content: { download_url: downloadUrl(document.id) },
      subject: { customer_reference_number: order.body.customer_reference_number ?? '' },
    },
  };
  sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
}

/** Planned: trip and resources in one message, for every order of the trip (wire assumptions 3.1). */
export function sendTripPlanned(twin: Twin, trip: Trip, saidIds: string[]): void {
  const resources = resourcesOf(trip).map((resource) => ({
    timestamp: trip.at,
    update: { id: resource.id, type: 'Resource', resource: resourceEvent(resource), custom_fields: {} },
  }));
  const events = [{ timestamp: trip.at, update: { id: trip.id, type: 'Trip', status: 'PLANNED' } }, ...resources];
  const body = { events, order: null, trip: visibleTrip(twin, trip, true) };
  twin.send({ organisation: trip.organisation, to: 'visibility', body, saidIds, about: 'Trip' });
}

export function sendTripCompleted(twin: Twin, trip: Trip, at: string): void {
  const events = [{ timestamp: at, update: { id: trip.id, type: 'Trip', status: 'COMPLETED' } }];
  const body = { events, order: null, trip: visibleTrip(twin, trip, true) };
  twin.send({ organisation: trip.organisation, to: 'visibility', body, saidIds: [], about: 'Trip' });
}

/** Subcontractor dispatch (apis 2.12, appendix H): orders are read-model orders plus `name`. */
export function sendDispatch(
  twin: Twin,
  trip: Trip,
  operation: 'CREATE' | 'UPDATE' | 'CANCEL',
  orders: Order[],
  saidIds: string[],
): void {
  const payload = {
    id: trip.id,
    name: trip.name,
    orders: orders.map((order) => ({ ...orderOutput(order), name: order.name })),
    custom_fields: {},
    resource_allocations: resourcesOf(trip).map((resource) => ({ resource: resourceOutput(resource) })),
    stops: orders.flatMap((order) => stopsOf(order)).map(stopOutput),
  };
  twin.send({
    organisation: trip.organisation,
    to: 'dispatch',
    body: { operation, payload },
    saidIds,
    about: 'Dispatch',
  });
}
