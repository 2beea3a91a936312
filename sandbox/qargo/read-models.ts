/** What the reads answer (apis 2.8, appendix C): order, order with status, shipments, documents, trip, export. */
import type { Consignment, Fields, Good, Order, Resource, Stop, StoredDocument, Trip } from './model.ts';
import { stopsOf } from './model.ts';
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
    start_timestamp: stop.start,
    end_timestamp: stop.end,
    incidents: stop.incidents.map((incident) => ({ ...incident, custom_fields: {} })),
    status: stop.status,
  };
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
    incidents: (good.incidents ?? []).map((incident) => ({ ...incident, custom_fields: {} })),
    handling_units: good.handlingUnits.map((unit) => ({
      id: unit.id,
      barcode: { value: unit.barcode, source: unit.source },
    })),
    actual_delivery_temperature_degrees: null,
    actual_pickup_temperature_degrees: null,
  };
}

/** There is no `palletways` object on a read (apis 2.7). */
function consignmentOutput(consignment: Consignment): Fields {
  return {
    ...filled(consignment.fields, CONSIGNMENT),
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

export function orderOutput(order: Order): Fields {
  return {
    ...filled(order.body, ORDER),
    custom_fields: order.body.custom_fields ?? {},
    stops: stopsOf(order).map(stopOutput),
    order_identifier: order.orderIdentifier,
    id: order.id,
    consignments: order.consignments.map(consignmentOutput),
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

export function resourcesOf(trip: Trip): Resource[] {
  return trip.driver === null ? [trip.vehicle] : [trip.vehicle, trip.driver];
}

export function tripStops(twin: Twin, trip: Trip): Stop[] {
  return trip.orders.flatMap((id) => {
    const order = twin.state.orders[id];
    return order === undefined ? [] : stopsOf(order);
  });
}

/** Read shipments carry this order only: a real trip's other orders are not what the caller asked for (assumed). */
function shipment(order: Order, trip: Trip): Fields {
  const allocations = resourcesOf(trip).map((resource) => ({
    type: resource.type,
    resource: resourceOutput(resource),
  }));
  const byType: Record<string, Fields[]> = {};
  for (const { type, resource } of allocations) byType[type] = [...(byType[type] ?? []), { resource }];
  return {
    id: trip.id,
    custom_fields: {},
    name: trip.name,
    orders: [orderOutput(order)],
    shipment_planning_group: null,
    stops: stopsOf(order).map(stopOutput),
    metrics: null,
    resource_allocations: allocations.map(({ resource }) => ({ resource })),
    resource_allocations_by_type: byType,
  };
}

/** Appendix C, `OrderWithStatus`: only here a stop carries `consignment_id` (apis 2.8). */
export function orderWithStatus(twin: Twin, order: Order): Fields {
  const stops = order.consignments.flatMap((consignment) =>
    [consignment.pickup, consignment.delivery].map((stop) => ({ ...stopOutput(stop), consignment_id: consignment.id })),
  );
  const trip = order.tripId === null ? undefined : twin.state.trips[order.tripId];
  return {
    ...orderOutput(order),
    stops,
    first_pickup_stop: stops[0] ?? null,
    last_delivery_stop: stops[stops.length - 1] ?? null,
    shipments: trip === undefined ? [] : [shipment(order, trip)],
    status: order.status,
    metrics: { distance_empty_km: null, distance_loaded_km: null, distance_total_km: null },
  };
}

export function documentOutput(document: StoredDocument): Fields {
  return {
    id: document.id,
    name: document.name,
    type: document.type,
    download_url: downloadUrl(document.id),
    subject_type: document.subjectType,
    content_type: document.contentType,
  };
}

export function downloadUrl(id: string): string {
  return `/v1/documents/document/${id}/download`;
}

export function tripOutput(twin: Twin, trip: Trip): Fields {
  return {
    id: trip.id,
    name: trip.name,
    status: trip.status,
    orders: trip.orders.map((id) => ({ id, name: twin.state.orders[id]?.name ?? '' })),
    resource_allocations: resourcesOf(trip).map((resource) => ({ resource: resourceOutput(resource) })),
    stops: tripStops(twin, trip).map((stop) => ({ ...stopOutput(stop), order: null })),
    metrics: null,
    shipment_planning_group: null,
  };
}
