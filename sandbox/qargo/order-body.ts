/**
 * Body of an order import (apis 2.7 and appendix B, `OrderInput`). Strict on purpose: the description allows unknown
 * properties, the twin refuses them, so that a misspelt field is seen.
 */
import { z } from 'zod';

const text = z.string().nullish();
const num = z.number().nullish();
const int = z.number().int().nullish();
const flag = z.boolean().nullish();
const free = z.record(z.string(), z.unknown());
const customFields = free.optional();
const date = z.iso.date().nullish();
const time = z
  .string()
  .regex(/^\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/, 'Invalid time')
  .nullish();

const entity = z.strictObject({ name: text, code: text });
const entityWithFields = z.strictObject({ name: text, code: text, custom_fields: customFields });

export const location = z.strictObject({
  code: text,
  display_name: text,
  external_id: text,
  address: text,
  address_second_line: text,
  city: text,
  state: text,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'Country must be an ISO 3166-1 alpha-2 code')
    .nullish(),
  postal_code: text,
  name: text,
  id: z.uuid().nullish(),
  latitude: num,
  longitude: num,
  description: text,
  location_identifier: text,
});

export const timeWindow = z.strictObject({
  name: text,
  code: text,
  start_time: time,
  end_time: time,
  custom_fields: customFields,
  is_enforced: flag,
  use_location_opening_hours: flag,
});

const stop = z.strictObject({
  activity_label: text,
  note: text,
  reference_number: text,
  email: text,
  phone_number: text,
  mobile_number: text,
  time_window: timeWindow.nullish(),
  planning_instructions: text,
  extras: z.array(z.strictObject({ name: text, code: text, amazon: free.nullish() })).nullish(),
  custom_fields: customFields,
  date,
  custom_activity_label: text,
  duration: int,
  location,
  drop_collect_empty: z.strictObject({ location: location.nullish(), date }).nullish(),
});

/** Appendix B, `BarcodeSource`. */
export const BARCODE_SOURCES = [
  'EXTERNAL',
  'QARGO',
  'HAZCHEM',
  'PALLETFORCE',
  'PALLETLINE',
  'PALLETWAYS',
  'PALLETXPRESS_IE',
  'PALLET_TRACK',
  'PALLEX',
  'POLE',
  'TPN',
  'UPN',
] as const;

export const packagingType = z.strictObject({
  name: text,
  code: text,
  export_alias: text,
  packaging_size: z
    .strictObject({
      name: text,
      code: text,
      height_m: num,
      length_m: num,
      width_m: num,
      weight_kg: num,
      loading_meters: num,
      pallet_spaces: num,
    })
    .nullish(),
  custom_fields: customFields,
});

const packagedItem = z.strictObject({
  adr: free.nullish(),
  barcodes: z.array(z.string()).nullish(),
  custom_fields: customFields,
  import_export: free.nullish(),
  packaging_type: packagingType.nullish(),
  quantity: int,
  total_net_weight_kg: num,
  total_volume_l: num,
  total_weight_kg: num,
  unit_height_m: num,
  unit_length_m: num,
  unit_width_m: num,
  description: text,
});

const good = z.strictObject({
  description: text,
  quantity: int,
  total_loading_meters: num,
  total_pallet_spaces: num,
  total_volume_m3: num,
  total_weight_kg: num,
  unit_height_m: num,
  unit_length_m: num,
  unit_loading_meters: num,
  unit_pallet_spaces: num,
  unit_weight_kg: num,
  unit_width_m: num,
  stackable: flag,
  packaged_items: z.array(packagedItem).optional(),
  adr_type: z.enum(['ADR', 'LIMITED_QUANTITY']).nullish(),
  absolute_min_temperature_degrees: num,
  absolute_max_temperature_degrees: num,
  ordered_transport_temperature_degrees: num,
  specific_gravity: num,
  product: z
    .strictObject({ name: text, code: text, product_type: entity.nullish(), custom_fields: customFields })
    .nullish(),
  packaging_type: packagingType.nullish(),
  extras: z.array(entityWithFields).nullish(),
  custom_fields: customFields,
  handling_units: z
    .array(
      z.strictObject({
        barcode: z
          .strictObject({ value: z.string().max(255).nullish(), source: z.enum(BARCODE_SOURCES).nullish() })
          .nullish(),
      }),
    )
    .nullish(),
});

/** On a consignment at import; there is no `palletways` object here (apis 2.7). */
const consignment = z.strictObject({
  consignment_reference_number: text,
  cmr_reference_number: text,
  planning_instructions: text,
  custom_fields: customFields,
  transport_network: z
    .strictObject({ requesting_depot_code: text, collection_depot_code: text, delivery_depot_code: text })
    .nullish(),
  central_transport_network: z.strictObject({ hub: text, trunk: text, alternative_hubs: text }).nullish(),
  palletline: z.strictObject({ palletline_id: text }).nullish(),
  palletforce: z.strictObject({ palletforce_id: text }).nullish(),
  transporeon: z.strictObject({ delivery_id: text }).nullish(),
  pickup_stop: stop,
  delivery_stop: stop,
  goods: z.array(good).nullish(),
  import_export: free.nullish(),
  buyer: entity.nullish(),
  seller: entity.nullish(),
});

export const orderBodySchema = z.strictObject({
  transport_service: entity.nullish(),
  customer_reference_number: text,
  service_level: entityWithFields.nullish(),
  planning_instructions: text,
  department: entity.nullish(),
  neutral_order_type: z.enum(['NO_NEUTRAL_ORDER', 'MASK_DELIVERY', 'MASK_PICKUP']).nullish(),
  container: free.nullish(),
  custom_fields: free.nullish(),
  vehicle_category: entityWithFields.nullish(),
  palletforce: free.nullish(),
  kuehne_nagel: free.nullish(),
  palletline: free.nullish(),
  transporeon: free.nullish(),
  dachser: free.nullish(),
  contact_emails: z.array(z.string()).nullish(),
  import_export: free.nullish(),
  is_consignment_info_validated: flag,
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE']),
  order_identifier: z.string().min(1),
  import_configuration: z.strictObject({ code: z.string().optional() }).nullish(),
  consignments: z.array(consignment).min(1),
  customer: entity.refine((customer) => Boolean(customer.name ?? customer.code), 'Either name or code is required'),
  transport_network: entity.nullish(),
  pricing: z.strictObject({ requested_price: z.union([z.string(), z.number()]).nullish() }).nullish(),
  input_source: text,
  raw_input: z
    .strictObject({ content: z.string().optional(), mime_type: z.string().optional(), filename: z.string().optional() })
    .nullish(),
  order_status: z.enum(['QUOTE', 'TO_PLAN']).optional(),
  setup_stops: z.array(stop).nullish(),
  teardown_stops: z.array(stop).nullish(),
  container_load_unload_stop: stop.nullish(),
});

export type OrderBody = z.infer<typeof orderBodySchema>;
export type ConsignmentBody = OrderBody['consignments'][number];
export type GoodBody = NonNullable<ConsignmentBody['goods']>[number];
export type StopBody = ConsignmentBody['pickup_stop'];
