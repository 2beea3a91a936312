/**
 * What we read of Qargo's messages and answers (apis 2.4-2.12 and its appendix). Only what is needed is required;
 * a property that is not named here is ignored, for Qargo adds some at any time (apis 2.1).
 */
import { z } from 'zod';
import { cleanBarcode, cleanIdentifier, cleanText } from '../../domain/facts/text.ts';

/** What names something: cleaned here, where it is heard. */
const name = z.string().transform(cleanIdentifier);
const barcode = z.string().transform(cleanBarcode);
/** Ids are UUIDs, but read as opaque: bounded so that a fact stays within its envelope. */
const id = name.pipe(z.string().min(1).max(64));
/** Free text, as it is kept and told on. */
const words = z.string().transform(cleanText);
const text = words.nullish();
const list = z.array(z.unknown()).nullish();

/** Answer of `POST /v1/auth/token`. `expires_in` in seconds. */
export const token = z.object({ access_token: z.string().min(1), expires_in: z.number().nullish() });

export const uploadStatus = z.enum([
  'TODO',
  'IN_PROGRESS',
  'READY_TO_UPSERT',
  'UPSERT_IN_PROGRESS',
  'COMPLETED',
  'ERROR',
  'SKIPPED',
  'DUPLICATE',
]);

/** Answer of an upload and of asking for it. `order_id` is null until known. */
export const orderImport = z.object({ upload_id: id, upload_status: uploadStatus, order_id: id.nullish() });
export type OrderImport = z.output<typeof orderImport>;

// --- orders as read -----------------------------------------------------------------------------------------

const coded = z.object({ name: text, code: text });
export const incident = z.object({ name: text, code: text, description: text });
export const timeWindow = z.object({ start_time: text, end_time: text, is_enforced: z.boolean().nullish() });
export const location = z.object({
  code: text,
  name: text,
  address: text,
  address_second_line: text,
  city: text,
  state: text,
  postal_code: text,
  country: text,
});

/** A stop of an order as read: enough of it to find it; everything else may be missing. */
export const stop = z.object({
  id,
  status: text,
  start_timestamp: text,
  end_timestamp: text,
  incidents: list,
  consignment_id: text,
});
export type Stop = z.output<typeof stop>;

/** The fields of a stop that we wrote and read back. */
export const stopRead = z.object({
  date: text,
  reference_number: text,
  phone_number: text,
  note: text,
  planning_instructions: text,
  time_window: timeWindow.nullish(),
  extras: z.array(coded).nullish(),
  location: location.nullish(),
});

export const good = z.object({
  id,
  quantity: z.number().nullish(),
  total_weight_kg: z.number().nullish(),
  unit_length_m: z.number().nullish(),
  unit_width_m: z.number().nullish(),
  unit_height_m: z.number().nullish(),
  adr_type: text,
  packaging_type: z.object({ code: text, packaging_size: z.object({ code: text }).nullish() }).nullish(),
  incidents: list,
  handling_units: z.array(z.object({ barcode: z.object({ value: barcode.nullish() }).nullish() })).nullish(),
});
export type Good = z.output<typeof good>;

export const signature = z.object({ type: z.string(), name: text, timestamp: text });
export const consignment = z.object({
  id,
  consignment_reference_number: name.nullish(),
  pickup_stop: z.unknown().optional(),
  delivery_stop: z.unknown().optional(),
  goods: list,
  signatures: list,
});
export const allocation = z.object({
  resource: z.object({ resource_type: text, name: text, code: text, license_plate: text }),
});
export const shipment = z.object({ id, name: text, stops: list, resource_allocations: list });

/** `GET /v1/orders/order/{id}/status`. Members are read one by one, so that a bad one spoils nothing else. */
export const orderWithStatus = z.object({
  id,
  status: text,
  customer_reference_number: name.nullish(),
  consignments: list,
  stops: list,
  first_pickup_stop: z.unknown().optional(),
  last_delivery_stop: z.unknown().optional(),
  shipments: list,
});

/**
 * `GET /v1/trips/trip/{id}` (TripOutput of the API description): of the trip only its id is needed. Stops are read one by one; one of
 * no order (a standalone stop) names none.
 */
export const trip = z.object({
  id,
  name: text,
  status: text,
  orders: list,
  stops: z.array(z.unknown()),
  resource_allocations: list,
});
export const tripOrder = z.object({ id });
export const tripStop = z.object({ id, status: text, order: z.object({ row_id: id }).nullish().catch(null) });
/** The orders that the order status carries of each trip that it names: whole orders (Shipment of the API description), often null. */
export const shipmentOrders = z.object({ id, orders: list });

/** The order as read back, in the fields that we wrote; of either order answer. */
export const orderRead = z.object({
  id,
  order_identifier: text,
  customer_reference_number: name.nullish(),
  planning_instructions: text,
  service_level: coded.nullish(),
  transport_service: coded.nullish(),
  consignments: z
    .array(
      z.object({
        consignment_reference_number: text,
        planning_instructions: text,
        transport_network: z.object({ collection_depot_code: text, delivery_depot_code: text }).nullish(),
        pickup_stop: stopRead,
        delivery_stop: stopRead,
        goods: z.array(good).nullish(),
      }),
    )
    .min(1),
});
export type OrderRead = z.output<typeof orderRead>;

export const document = z.object({ id, name: words, type: words, content_type: text });
export const documents = z.array(z.unknown());
export const charges = z.object({ charges: z.array(z.record(z.string(), z.unknown())).nullish() });

// --- pushed to us -------------------------------------------------------------------------------------------

export const visibility = z.object({
  events: z.array(z.unknown()),
  order: z.unknown().optional(),
  trip: z.unknown().optional(),
});
export const event = z.object({ timestamp: z.string(), update: z.looseObject({ type: z.string() }) });
export const visibilityOrder = z.object({
  id,
  customer_reference_number: name.nullish(),
  stops: list,
  consignment: z.unknown().optional(),
});
const count = z.int().min(0).max(100_000).nullish();
export const countedGoods = z.object({
  goods: z
    .array(z.object({ quantity: count, quantity_by_type: z.object({ actual: count, ordered: count }).nullish() }))
    .nullish(),
});
export const visibilityResource = z.object({ type: z.string(), name: text, code: text, license_plate: text });
export const visibilityTrip = z.object({ id, name: text, orders: list, stops: list });
export const visibilityStop = z.object({
  id,
  status: z.string(),
  stop_type: z.string(),
  eta_start_time: text,
  actual_start_timestamp: text,
  actual_end_timestamp: text,
});
export const stopReference = z.object({ stop_reference: name.nullish() });
export const etaUpdate = z.object({ stops: z.array(z.unknown()) });
export const orderUpdate = z.object({ update_type: text, status: text, custom_event_code: text });
export const tripUpdate = z.object({ status: z.string() });
export const resourceUpdate = z.object({ resource: visibilityResource });
export const stopUpdate = z.object({ stop: visibilityStop });
export const handlingUnitUpdate = z.object({
  status: z.string(),
  timestamp: z.string(),
  /** Longer than any label's barcode is not one. */
  barcode: z.object({ value: barcode.pipe(z.string().min(1).max(64)).nullish() }),
  /** What another system said of it. */
  source_status: text,
  description: text,
  stop: z.object({ id: id.optional(), stop_type: z.string() }).nullish(),
});
/** An order's, a consignment's or a stop's reference. */
const documentSubject = z.object({ customer_reference_number: name.nullish(), reference_number: name.nullish() });
export type DocumentSubject = z.output<typeof documentSubject>;
export const documentUpdate = z.object({
  document: z.object({
    name: words,
    document_type: words,
    document_content: z.object({ download_url: text, mime_type: text, content: z.string().nullish() }),
    subject: documentSubject.nullish(),
  }),
});

export const dispatch = z.object({
  operation: z.enum(['CREATE', 'UPDATE', 'CANCEL']),
  payload: z.unknown().optional(),
});
export const dispatchPayload = z.object({
  id: id.nullish(),
  name: text,
  orders: z.array(z.unknown()),
  resource_allocations: list,
});
export const dispatchOrder = z.object({ id, customer_reference_number: name.nullish() });

// --- answers that say no (apis 2.4) ---------------------------------------------------------------------------

/** 200 of a webhook: null, anything, or the errors. */
export const webhookAnswer = z.object({
  errors: z.array(z.object({ error_type: z.string(), error_message: text })).nullish(),
});

/** 400: `{message, errors[]}`; before it flat `{detail, field, path}`; 429 `{error}`. Each member is optional and taken where it is a text. */
const said = z.string().nullish().catch(null);
export const badRequest = z.object({
  message: said,
  error: said,
  detail: said,
  field: said,
  path: said,
  errors: z
    .array(z.object({ message: said, field: said, path: said }))
    .nullish()
    .catch(null),
});

/** 422. */
export const invalid = z.object({
  detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() })),
});
