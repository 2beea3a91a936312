/** Body of a partial order update (apis 2.9, appendix D). Strict, so that a misspelt field is seen. */
import { z } from 'zod';

const text = z.string().nullish();
const num = z.number().nullish();
const free = z.record(z.string(), z.unknown());
const fieldMatch = z.strictObject({ matches_any: z.array(z.string()).optional() });

export const orderMatchSchema = z.strictObject({
  customer_reference_number: fieldMatch.nullish(),
  name: fieldMatch.nullish(),
  id: fieldMatch.nullish(),
});
export const consignmentMatchSchema = z.strictObject({
  reference_number: fieldMatch.nullish(),
  order_sequence_number: z.number().int().nullish(),
});
export const stopMatchSchema = z.strictObject({
  reference_number: fieldMatch.nullish(),
  stop_type: z.enum(['PICKUP', 'DELIVERY']).nullish(),
});

const operation = z.enum(['CREATE', 'UPDATE', 'DELETE', 'REPLACE']);

/** The source of a barcode is the constant EXTERNAL here (apis 2.9). */
const barcode = z.strictObject({ value: text, source: z.literal('EXTERNAL').optional() });
const unitData = z.strictObject({
  barcode: barcode.nullish(),
  alternative_barcodes: z.array(barcode).nullish(),
  external_id: text,
});

const goodData = z.strictObject({
  description: text,
  quantity: z.number().int().nullish(),
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
  absolute_min_temperature_degrees: num,
  absolute_max_temperature_degrees: num,
  ordered_transport_temperature_degrees: num,
  specific_gravity: num,
  custom_fields: free.nullish(),
  adr_type: z.enum(['ADR', 'LIMITED_QUANTITY']).nullish(),
  packaging_type: free.nullish(),
  commodity_type: free.nullish(),
  product: free.nullish(),
  extras: z.array(free).nullish(),
  handling_units: z.array(unitData).nullish(),
  packaged_items: z.array(free).nullish(),
  external_id: text,
});

const stopData = z.strictObject({
  note: text,
  date: z.iso.date().nullish(),
  reference_number: text,
  email: text,
  phone_number: text,
  mobile_number: text,
  planning_instructions: text,
  location: free.nullish(),
  time_window: free.nullish(),
  custom_fields: free.nullish(),
  extras: z.array(free).nullish(),
  external_id: text,
});

const instant = z.iso.datetime({ offset: true });
const signature = z.strictObject({
  name: text,
  timestamp: instant.nullish(),
  position: z.strictObject({ longitude: z.number(), latitude: z.number() }).nullish(),
});

const consignmentData = z.strictObject({
  consignment_reference_number: text,
  cmr_reference_number: text,
  planning_instructions: text,
  custom_fields: free.nullish(),
  transport_network: free.nullish(),
  central_transport_network: z.strictObject({ hub: text, trunk: text }).nullish(),
  palletline: free.nullish(),
  palletforce: free.nullish(),
  palletxpress_ie: free.nullish(),
  tpn: free.nullish(),
  pallet_track: free.nullish(),
  palletways: z.strictObject({ tracking_id: text, consignment_number: text }).nullish(),
  project44: free.nullish(),
  hazchem: free.nullish(),
  transporeon: free.nullish(),
  import_export: free.nullish(),
  shipper_name: text,
  shipper_reference_number: text,
  buyer_eori_number: text,
  seller_eori_number: text,
  external_id: text,
  consignee_signature: signature.nullish(),
  consignor_signature: signature.nullish(),
});

const entity = z.strictObject({ name: text, code: text });
const orderData = z.strictObject({
  transport_service: entity.nullish(),
  transport_network: entity.nullish(),
  service_level: z.strictObject({ name: text, code: text, custom_fields: free.optional() }).nullish(),
  customer_reference_number: text,
  planning_instructions: text,
  custom_fields: free.nullish(),
  contact_emails: z.array(z.string()).nullish(),
  external_id: text,
});

const unitUpdate = z.strictObject({
  match: z
    .strictObject({
      matches_all: z
        .array(z.strictObject({ handling_unit: z.strictObject({ barcode: fieldMatch.nullish() }).nullish() }))
        .optional(),
    })
    .nullish(),
  question_answers: free.optional(),
  update: z.strictObject({ operation, data: unitData.nullish() }).nullish(),
});

export type UnitUpdate = z.infer<typeof unitUpdate>;
const unitUpdates: z.ZodType<UnitUpdate[]> = z.array(unitUpdate);

const goodUpdate = z.strictObject({
  match: z
    .strictObject({
      matches_all: z.array(z.strictObject({ good: z.strictObject({ id: fieldMatch.nullish() }).nullish() })).optional(),
    })
    .nullish(),
  handling_unit: z.strictObject({ updates: unitUpdates.nullish() }).nullish(),
  question_answers: free.optional(),
  update: z.strictObject({ operation, data: goodData.nullish() }).nullish(),
});

export type GoodUpdate = z.infer<typeof goodUpdate>;
const goodUpdates: z.ZodType<GoodUpdate[]> = z.array(goodUpdate);

const stopUpdate = z.strictObject({
  match: z
    .strictObject({ matches_all: z.array(z.strictObject({ stop: stopMatchSchema.nullish() })).optional() })
    .nullish(),
  question_answers: free.optional(),
  update: z.strictObject({ operation: z.enum(['CREATE', 'UPDATE', 'DELETE']), data: stopData.nullish() }).nullish(),
});

const consignmentUpdate = z.strictObject({
  match: z
    .strictObject({
      matches_all: z.array(z.strictObject({ consignment: consignmentMatchSchema.nullish() })).optional(),
    })
    .nullish(),
  good: z.strictObject({ updates: goodUpdates.nullish() }).nullish(),
  stop: z.strictObject({ updates: z.array(stopUpdate).nullish() }).nullish(),
  question_answers: free.optional(),
  update: z
    .strictObject({ operation: z.enum(['CREATE', 'UPDATE', 'DELETE']), data: consignmentData.nullish() })
    .nullish(),
});

export type ConsignmentUpdate = z.infer<typeof consignmentUpdate>;
const consignmentUpdates: z.ZodType<ConsignmentUpdate[]> = z.array(consignmentUpdate);

const orderUpdate = z.strictObject({
  match: z
    .strictObject({
      matches_all: z
        .array(
          z.strictObject({
            order: orderMatchSchema.nullish(),
            company: z.strictObject({ name: fieldMatch.nullish(), code: fieldMatch.nullish() }).nullish(),
          }),
        )
        .optional(),
    })
    .nullish(),
  consignment: z.strictObject({ updates: consignmentUpdates.nullish() }).nullish(),
  question_answers: free.optional(),
  update: z.strictObject({ operation: z.enum(['UPDATE', 'DELETE']), data: orderData.nullish() }).nullish(),
  /** Deprecated: replaced by `match`. */
  id: z.guid().nullish(),
});

export const partialBodySchema = z.strictObject({ updates: z.array(orderUpdate).optional() });

export type OrderUpdate = z.infer<typeof orderUpdate>;
export type StopUpdate = z.infer<typeof stopUpdate>;
export type FieldMatch = z.infer<typeof fieldMatch> | null | undefined;
export type OrderMatch = z.infer<typeof orderMatchSchema> | null | undefined;
export type ConsignmentMatch = z.infer<typeof consignmentMatchSchema> | null | undefined;
export type StopMatch = z.infer<typeof stopMatchSchema> | null | undefined;
