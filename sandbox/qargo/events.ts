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
  referenceOf,
  type Stop,
  type StoredDocument,
  stopsOf,
  type Trip,
} from './model.ts';
import { stableId } from './orders.ts';
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
import { tripOf } from './told.ts';
import type { Twin } from './twin.ts';

const VEHICLE_KNOWN_AFTER_SECONDS = 60;
/** Longer than a driver is at a stop. */
const SWAPPED_AFTER_SECONDS = 60;

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

/** The enumeration of resources in events has no SUBCONTRACTOR: such a trip has none there. */
function visibleResources(twin: Twin, trip: Trip | null): Resource[] {
  return trip === null ? [] : resourcesOf(twin, trip).filter(({ type }) => type !== 'SUBCONTRACTOR');
}

/** `VisibilityStopStatus` has no word for a stop that was ignored: CANCELLED is the nearest (assumed). */
function visibleStatus(twin: Twin, stop: Stop): string {
  if (stop.status === 'IGNORED') return 'CANCELLED';
  if (stop.status === 'AT_STOP' && twin.plays('93a')) return 'IN_PROGRESS';
  return stop.status === 'TEMPLATE' || stop.status === 'BLOCKED' ? 'TODO' : stop.status;
}

function visibleStop(twin: Twin, stop: Stop, trip: Trip | null): Fields {
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
    resources: visibleResources(twin, trip).map(resourceEvent),
    status: visibleStatus(twin, stop),
    stop_type: stop.place === 'hub' ? 'CUSTOM' : stop.type,
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

function visibleOrder(twin: Twin, order: Order, trip: Trip | null): Fields {
  const consignment = order.consignments[0];
  return {
    id: order.id,
    order_name: order.name,
    customer_reference_number: referenceOf(order),
    customer: {
      id: order.customerId,
      name: order.body.customer.name ?? order.body.customer.code ?? '',
      custom_fields: {},
    },
    status: order.status,
    custom_fields: {},
    stops: stopsOf(order).map((stop) => visibleStop(twin, stop, trip)),
    consignment: consignment === undefined ? null : { id: consignment.id, goods: consignment.goods.map(visibleGood) },
  };
}

function visibleTrip(twin: Twin, trip: Trip, withOrders: boolean): Fields {
  const orders = trip.orders.flatMap((id) => twin.state.orders[id] ?? []);
  return {
    id: trip.id,
    name: trip.name,
    orders: withOrders && !twin.plays('44a') ? orders.map((order) => visibleOrder(twin, order, trip)) : null,
    stops: tripStops(twin, trip).map((stop) => visibleStop(twin, stop, trip)),
  };
}

/** Flip 43b: a trip of another leg, on which this order is not. */
function tripOfAnotherLeg(order: Order): Fields {
  return { id: stableId('another leg', order.id), name: `TRUNK-${order.name}`, orders: null, stops: [] };
}

interface Event {
  timestamp: string;
  update: Fields;
}

/**
 * The description names the events that come with their order (Stop, Order, Document, Eta) and with their trip (Trip,
 * Resource); scans are in neither list. In the former character all events about an order come with both.
 */
function surroundings(twin: Twin, order: Order, about: string): { order: Fields | null; trip: Fields | null } {
  const trip = tripOf(twin, order);
  if (about === 'HandlingUnit' && twin.plays('41a') && !twin.plays('41d')) return { order: null, trip: null };
  const named = order.mergedInto === undefined ? order : (twin.state.orders[order.mergedInto] ?? order);
  const whole = visibleOrder(twin, named, trip);
  const isNameless = about === 'HandlingUnit' && twin.plays('41b');
  const shownOrder = isNameless ? { ...whole, customer_reference_number: null } : whole;
  const isAlone = about === 'Document' && (twin.plays('66a') || twin.plays('66b'));
  const hasTrip = !twin.plays('43a') || twin.plays('43c') || (about === 'HandlingUnit' && twin.plays('41d'));
  const shown = trip !== null && hasTrip ? visibleTrip(twin, trip, false) : null;
  return { order: isAlone ? null : shownOrder, trip: twin.plays('43b') ? tripOfAnotherLeg(order) : shown };
}

function sendOfOrder(twin: Twin, order: Order, events: Event[], saidIds: string[]): void {
  const about = String(events[0]?.update.type);
  const { tripId } = order;
  const isOfDriver = tripId !== null && ['Stop', 'HandlingUnit', 'Order'].includes(about);
  twin.send({
    organisation: order.organisation,
    to: 'visibility',
    body: { events, ...surroundings(twin, order, about) },
    saidIds,
    about,
    ...(isOfDriver ? { trip: tripId } : {}),
  });
}

export function sendStop(twin: Twin, order: Order, stop: Stop, at: string, saidIds: string[]): void {
  const id = twin.plays('97a') ? null : stop.id;
  const update = { id, type: 'Stop', stop: visibleStop(twin, stop, tripOf(twin, order)) };
  const send = () => sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
  // flip 70b: the arrival is sent when the end has long been
  if (stop.status === 'AT_STOP' && twin.plays('70b')) twin.afterwards(SWAPPED_AFTER_SECONDS, send);
  else send();
}

/** The description's own event of an ETA; a message about the stop itself is {@link sendStop}. */
export function sendEta(twin: Twin, order: Order, stop: Stop, at: string, saidIds: string[]): void {
  const update = { id: null, type: 'Eta', stops: [visibleStop(twin, stop, tripOf(twin, order))] };
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
  const update = { id: order.id, type: 'Order', ...what, status: null };
  sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
}

/** Flip 91a leaves out `update_type`, which is STATUS by default. */
function orderStatus(twin: Twin, order: Order, status: string): Fields {
  const type = twin.plays('91a') ? {} : { update_type: 'STATUS', custom_event_code: null };
  return { id: order.id, type: 'Order', ...type, status };
}

export function sendOrderAccepted(twin: Twin, order: Order, at: string): void {
  sendOfOrder(twin, order, [{ timestamp: at, update: orderStatus(twin, order, 'ACCEPTED') }], []);
}

/** An import that changed nothing: it names no order, only what was sent. */
export function sendImportIgnored(twin: Twin, organisation: string, input: object): void {
  const update = { id: null, type: 'OrderImport', status: 'IGNORED', input_data: input };
  const body = { events: [{ timestamp: new Date().toISOString(), update }], order: null, trip: null };
  twin.send({ organisation, to: 'visibility', body, saidIds: [], about: 'OrderImport' });
}

export function sendOrderCompleted(twin: Twin, order: Order, at: string): void {
  if (twin.plays('99a')) return;
  sendOfOrder(twin, order, [{ timestamp: at, update: orderStatus(twin, order, 'COMPLETED') }], []);
}

export interface SentScan {
  unit: HandlingUnit;
  status: string;
  at: string;
  stop: Stop | null;
  by: string | null;
  description: string | null;
  sourceStatus: string | null;
  /** Code of the place, where the scan has one. */
  place: string | null;
}

/** Flip 93c: a word that the description's long example has and its list has not. */
function scanWord(twin: Twin, { status, stop }: SentScan): string {
  return stop?.type === 'DELIVERY' && stop.place === undefined && twin.plays('93c') ? 'DELIVERED' : status;
}

/** One message. */
export function sendScans(twin: Twin, order: Order, scans: SentScan[], saidIds: string[]): void {
  const trip = tripOf(twin, order);
  const events = scans.map((scan) => {
    const { unit, at, stop, by, description, sourceStatus, place } = scan;
    const update = {
      id: unit.id,
      type: 'HandlingUnit',
      status: scanWord(twin, scan),
      timestamp: at,
      barcode: { value: twin.plays('41c') ? null : unit.barcode, source: unit.source },
      created_by: by,
      stop_location_code: place,
      description,
      source_status: sourceStatus,
      stop: stop === null ? null : visibleStop(twin, stop, trip),
    };
    return { timestamp: at, update };
  });
  sendOfOrder(twin, order, events, saidIds);
}

const EMBEDDED = new Set(['PHOTO_OF_GOODS_DELIVERY', 'CONSIGNEE_SIGNATURE']);

/** Both forms are described; which one a tenant's events have is not (flips 66c, 66e). */
async function documentContent(twin: Twin, document: StoredDocument): Promise<Fields> {
  const { id, type, name, contentType } = document;
  const isEmbedded = document.isEmbedded ?? (twin.plays('66c') || (twin.plays('66e') && EMBEDDED.has(type)));
  if (!isEmbedded) return { download_url: downloadUrl(twin, id) };
  const content = (await twin.readBytes(id)).toString('base64');
  return { content, mime_type: contentType, filename: name };
}

/** A reference of order, consignment or stop, never an id. */
function documentSubject(twin: Twin, order: Order): Fields {
  if (twin.plays('66a')) return { reference_number: 'ROUTE-7' };
  const reference = referenceOf(order) ?? '';
  if (twin.plays('66b')) return { customer_reference_number: `${reference}-EDITED` };
  const [consignment] = order.consignments;
  if (twin.plays('66f'))
    return { reference_number: textOf(consignment?.fields.consignment_reference_number) ?? reference };
  return { customer_reference_number: reference };
}

/**
 * The event's own `id` is left out: the document's id is the one in `download_url`. Whoever awaits it knows that the
 * message is on its way.
 */
export async function sendDocument(
  twin: Twin,
  order: Order,
  document: StoredDocument,
  at: string,
  saidIds: string[],
): Promise<void> {
  if (!SENT_DOCUMENTS.has(document.type)) return;
  const isPhoto = document.type === 'PHOTO_OF_GOODS_DELIVERY';
  const update = {
    id: null,
    type: 'Document',
    status: 'CREATED',
    document: {
      name: document.name,
      document_type: isPhoto && twin.plays('93b') ? 'PHOTO_OF_GOODS_ON_PREMISES' : document.type,
      document_content: await documentContent(twin, document),
      subject: documentSubject(twin, order),
    },
  };
  sendOfOrder(twin, order, [{ timestamp: at, update }], saidIds);
}

function sendOfTrip(twin: Twin, trip: Trip, events: Event[], saidIds: string[], trips?: Trip): void {
  const body = { events, order: null, trip: visibleTrip(twin, trips ?? trip, true) };
  const about = String(events[0]?.update.type);
  twin.send({ organisation: trip.organisation, to: 'visibility', body, saidIds, about });
}

/** Planned: trip and resources in one message, for every order of the trip; flips of assumption 44 say it otherwise. */
export function sendTripPlanned(twin: Twin, trip: Trip, saidIds: string[]): void {
  const event = (update: Fields) => ({ timestamp: trip.at, update });
  const resources = visibleResources(twin, trip).map((resource) =>
    event({ id: resource.id, type: 'Resource', resource: resourceEvent(resource), custom_fields: {} }),
  );
  const planned = event({ id: trip.id, type: 'Trip', status: 'PLANNED' });
  if (twin.plays('44e')) sendOfTrip(twin, trip, [event({ id: trip.id, type: 'Trip', status: 'CREATED' })], []);
  if (twin.plays('93d')) sendOfTrip(twin, trip, [event({ id: trip.id, type: 'TollUpdate', status: 'CREATED' })], []);
  if (twin.plays('44b') && resources.length > 0)
    for (const resource of resources) sendOfTrip(twin, trip, [planned, resource], saidIds);
  else if (twin.plays('44c')) sendOfTrip(twin, trip, resources, saidIds);
  else if (twin.plays('44d')) {
    sendOfTrip(twin, trip, [planned], saidIds, { ...trip, isBare: true });
    twin.afterwards(VEHICLE_KNOWN_AFTER_SECONDS, () => sendOfTrip(twin, trip, resources, saidIds));
  } else sendOfTrip(twin, trip, [planned, ...resources], saidIds);
}

export function sendTripCompleted(twin: Twin, trip: Trip, at: string): void {
  const events = [{ timestamp: at, update: { id: trip.id, type: 'Trip', status: 'COMPLETED' } }];
  const body = { events, order: null, trip: visibleTrip(twin, trip, true) };
  twin.send({ organisation: trip.organisation, to: 'visibility', body, saidIds: [], about: 'Trip', trip: trip.id });
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
    ...(twin.plays('92a') ? {} : { id: trip.id }),
    name: trip.name,
    orders: orders.map((order) => ({ ...orderOutput(twin, order), name: order.name })),
    custom_fields: {},
    resource_allocations: resourcesOf(twin, trip).map((resource) => ({ resource: resourceOutput(resource) })),
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
