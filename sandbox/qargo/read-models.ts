/** What the reads answer (apis 2.8, appendix C): order, order with status, shipments, documents, trip, export. */
import type { Consignment, Fields, Good, Incident, Order, Resource, Stop, StoredDocument, Trip } from './model.ts';
import { referenceOf, stopsOf, stopsOfConsignment } from './model.ts';
import { stableId } from './orders.ts';
import type { Twin } from './twin.ts';

/** These properties, null where there is none: "everything filled". */
function filled(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

const LOCATION = words(`
  code display_name external_id address address_second_line city state country postal_code name id latitude longitude
`);
const STOP = words(`
  activity_label note reference_number email phone_number mobile_number time_window planning_instructions extras date
`);
const GOOD = words(`
  description quantity total_loading_meters total_pallet_spaces total_volume_m3 total_weight_kg unit_height_m unit_length_m
  unit_loading_meters unit_pallet_spaces unit_weight_kg unit_width_m stackable adr_type absolute_min_temperature_degrees
  absolute_max_temperature_degrees ordered_transport_temperature_degrees specific_gravity product packaging_type extras
`);
const CONSIGNMENT = words(`
  consignment_reference_number cmr_reference_number planning_instructions transport_network central_transport_network palletline
  palletforce transporeon import_export
`);
const ORDER = words(`
  transport_service customer_reference_number service_level planning_instructions department neutral_order_type container
  vehicle_category palletforce kuehne_nagel palletline transporeon dachser contact_emails import_export is_consignment_info_validated
`);

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function locationName(stop: Stop): string {
  const location = fieldsOf(stop.fields.location);
  return (
    textOf(location.name) ??
    textOf(location.display_name) ??
    textOf(location.code) ??
    textOf(location.postal_code) ??
    ''
  );
}

/** `start_timestamp` and `end_timestamp` are estimates until the stop is reached and left (apis 2.8). */
export function stopOutput(stop: Stop): Fields {
  const location = fieldsOf(stop.fields.location);
  return {
    ...filled(stop.fields, STOP),
    custom_fields: fieldsOf(stop.fields.custom_fields),
    depot: null,
    id: stop.id,
    location: {
      ...filled(location, LOCATION),
      name: locationName(stop),
      terminal_metadata: null,
      customs_metadata: null,
    },
    mileage_km: null,
    start_timestamp: stop.startIsActual ? stop.start : (stop.fixedStart ?? stop.start),
    end_timestamp: stop.end,
    incidents: stop.incidents.map(incidentOutput),
    status: stop.status,
  };
}

function incidentOutput(incident: Incident): Fields {
  return { ...incident, custom_fields: {} };
}

export function goodOutput(good: Good): Fields {
  const items = Array.isArray(good.fields.packaged_items) ? good.fields.packaged_items : [];
  return {
    ...filled(good.fields, GOOD),
    custom_fields: fieldsOf(good.fields.custom_fields),
    packaged_items: items.map((item: unknown, index) => ({
      ...fieldsOf(item),
      custom_fields: fieldsOf(fieldsOf(item).custom_fields),
      id: stableId('item', good.id, String(index)),
    })),
    id: good.id,
    incidents: (good.incidents ?? []).map(incidentOutput),
    handling_units: good.handlingUnits.map((unit) => ({
      id: unit.id,
      barcode: { value: unit.barcode, source: unit.source },
    })),
    actual_delivery_temperature_degrees: null,
    actual_pickup_temperature_degrees: null,
  };
}

/** Where both depots are ours their codes are left empty (article 143822). */
function networkOutput(twin: Twin, consignment: Consignment): Fields {
  const { transport_network: network } = consignment.fields;
  if (!isFields(network) || !twin.isPublished || twin.plays('69a')) return {};
  if (network.collection_depot_code !== network.delivery_depot_code) return {};
  return { transport_network: { ...network, collection_depot_code: null, delivery_depot_code: null } };
}

/** There is no `palletways` object on a read (apis 2.7). */
function consignmentOutput(twin: Twin, consignment: Consignment): Fields {
  return {
    ...filled(consignment.fields, CONSIGNMENT),
    ...networkOutput(twin, consignment),
    custom_fields: fieldsOf(consignment.fields.custom_fields),
    id: consignment.id,
    pickup_stop: stopOutput(consignment.pickup),
    delivery_stop: stopOutput(consignment.delivery),
    goods: consignment.goods.map(goodOutput),
    signatures: consignment.signatures,
    buyer: null,
    seller: null,
  };
}

function customerOutput(order: Order): Fields {
  const { name, code } = order.body.customer;
  return {
    id: order.customerId,
    code: code ?? null,
    currency: 'GBP',
    custom_fields: {},
    is_customer: true,
    is_subcontractor: false,
    is_buyer_or_seller: false,
    name: name ?? code ?? '',
    legal_name: null,
    vat_number: null,
    note: null,
    tax_type: 'VAT',
    status: 'APPROVED',
    accounting_code: null,
    billing_location: null,
    payment_term: null,
    locale: null,
    reference_numbers: {},
    bank_accounts: [],
    contacts: [],
    is_blocked: false,
  };
}

export function orderOutput(twin: Twin, order: Order): Fields {
  return {
    ...filled(order.body, ORDER),
    customer_reference_number: referenceOf(order),
    custom_fields: order.body.custom_fields ?? {},
    stops: stopsOf(order).map(stopOutput),
    order_identifier: order.orderIdentifier === '' ? null : order.orderIdentifier,
    id: order.id,
    consignments: order.consignments.map((consignment) => consignmentOutput(twin, consignment)),
    pricing: null,
    customer: customerOutput(order),
    created_by_user: null,
    created_timestamp: new Date(order.createdAt).toISOString(),
    start_stop: null,
    end_stop: null,
    quote_name: null,
  };
}

export function resourceOutput(resource: Resource): Fields {
  const common = {
    id: resource.id,
    name: resource.name,
    code: resource.code,
    is_archived: false,
    is_external_resource: false,
    custom_fields: {},
    subcontractor: null,
    resource_type: resource.type,
  };
  return resource.type === 'DRIVER'
    ? { ...common, first_name: resource.name }
    : { ...common, license_plate: resource.plate };
}

export function resourcesOf(twin: Twin, trip: Trip): Resource[] {
  if (trip.isBare) return [];
  const made = (type: string, name: string): Resource => ({
    id: stableId(type, trip.organisation, name),
    type,
    code: null,
    name,
    plate: null,
  });
  if (twin.plays('96a')) return [made('SUBCONTRACTOR', 'Haulier & Sons')];
  const driver = trip.driver === null ? [] : [trip.driver];
  if (twin.plays('96b')) return [made('TRAIN', 'Shuttle 7'), trip.vehicle, ...driver];
  if (twin.plays('96c')) return [...driver, { ...trip.vehicle, code: null, plate: null }];
  return [trip.vehicle, ...driver];
}

/** Stops of an order that are on this trip: stages can be planned apart, and cancelled stops held by a second one. */
function stopsOnTrip(order: Order, { takes }: Trip): Stop[] {
  const all = stopsOf(order);
  if (takes === 'cancelled') return all.filter((stop) => stop.status === 'CANCELLED');
  if (takes === 'collection') return order.consignments.map(({ pickup }) => pickup);
  if (takes === 'delivery') return all.filter((stop) => !order.consignments.some(({ pickup }) => pickup === stop));
  return all;
}

export function tripStops(twin: Twin, trip: Trip): Stop[] {
  return tripStopsOfOrders(twin, trip).map(({ stop }) => stop);
}

function tripStopsOfOrders(twin: Twin, trip: Trip): { order: Order; stop: Stop }[] {
  return trip.orders.flatMap((id) => {
    const order = twin.state.orders[id];
    return order === undefined ? [] : stopsOnTrip(order, trip).map((stop) => ({ order, stop }));
  });
}

/** The description has whole orders here, of every order of the trip, and shows none of it filled. */
function shipmentOrders(twin: Twin, order: Order, trip: Trip): Fields[] | null {
  if (twin.plays('61a')) return null;
  const orders = twin.plays('61b') ? [order] : trip.orders.flatMap((id) => twin.state.orders[id] ?? []);
  return orders.map((one) => ({ ...orderOutput(twin, one), ...(twin.plays('61c') ? { stops: null } : {}) }));
}

/** In the former character read shipments carry this order only (flip 61b). */
function shipment(twin: Twin, order: Order, trip: Trip): Fields {
  const allocations = resourcesOf(twin, trip).map((resource) => ({
    type: resource.type,
    resource: resourceOutput(resource),
  }));
  const byType: Record<string, Fields[]> = {};
  for (const { type, resource } of allocations) byType[type] = [...(byType[type] ?? []), { resource }];
  return {
    id: trip.id,
    custom_fields: {},
    name: trip.name,
    orders: shipmentOrders(twin, order, trip),
    shipment_planning_group: null,
    stops: (twin.isPublished ? tripStops(twin, trip) : stopsOnTrip(order, trip)).map(stopOutput),
    metrics: null,
    resource_allocations: allocations.map(({ resource }) => ({ resource })),
    resource_allocations_by_type: byType,
  };
}

/** Appendix C, `OrderWithStatus`: only here a stop carries `consignment_id` (apis 2.8). */
export function orderWithStatus(twin: Twin, order: Order): Fields {
  const stops = order.consignments.flatMap((consignment) =>
    stopsOfConsignment(consignment).map((stop) => ({ ...stopOutput(stop), consignment_id: consignment.id })),
  );
  const ids = [order.collectionTripId, order.tripId, order.formerTripId, order.cancelledTripId];
  const trips = ids.flatMap((id) => (id === undefined || id === null ? [] : (twin.state.trips[id] ?? [])));
  return {
    ...orderOutput(twin, order),
    stops,
    first_pickup_stop: stops[0] ?? null,
    last_delivery_stop: stops[stops.length - 1] ?? null,
    shipments: trips.map((trip) => shipment(twin, order, trip)),
    status: shownStatus(twin, order),
    metrics: { distance_empty_km: null, distance_loaded_km: null, distance_total_km: null },
  };
}

/** A free string: what it is for an order that is blocked, on the road or delivered is published nowhere (assumption 94). */
function shownStatus(twin: Twin, order: Order): string | null {
  if (order.hasNoStatus) return null;
  if (order.isBlocked && twin.plays('94b')) return 'BLOCKED';
  if (order.status === 'IN_TRANSIT' && twin.plays('94c')) return 'DEPARTED';
  if (order.status !== 'COMPLETED') return order.status;
  if (twin.plays('94a')) return 'DELIVERED';
  return twin.plays('94d') ? 'INVOICE_READY' : order.status;
}

export function documentOutput(twin: Twin, document: StoredDocument): Fields {
  return {
    id: document.id,
    name: document.name,
    type: document.type,
    download_url: downloadUrl(twin, document.id),
    subject_type: document.subjectType,
    content_type: twin.plays('55c') ? 'application/octet-stream' : document.contentType,
  };
}

/** Where signed addresses lead: no token is asked for there. */
export const signedPath = '/files/document';

export function signedUrl(id: string): string {
  return `${signedPath}/${id}?signature=${stableId('signature', id).slice(0, 8)}`;
}

/** "In most cases the <base_url>/documents/document/<id>/download endpoint". */
export function downloadUrl(twin: Twin, id: string): string {
  return twin.plays('66d') ? `${twin.origin}${signedUrl(id)}` : `/v1/documents/document/${id}/download`;
}

/** Named like the order's id, and nothing says that it is (assumption 60). */
function rowOf(twin: Twin, order: Order): Fields | null {
  if (twin.plays('60c')) return null;
  return { row_id: twin.plays('60b') ? stableId('row', order.id) : order.id };
}

export function tripOutput(twin: Twin, trip: Trip): Fields {
  return {
    id: trip.id,
    name: trip.name,
    status: trip.status,
    orders: trip.orders.map((id) => ({ id, name: twin.state.orders[id]?.name ?? '' })),
    resource_allocations: resourcesOf(twin, trip).map((resource) => ({ resource: resourceOutput(resource) })),
    stops: tripStopsOfOrders(twin, trip).map(({ order, stop }) => ({ ...stopOutput(stop), order: rowOf(twin, order) })),
    metrics: null,
    shipment_planning_group: null,
  };
}
