/** Compares a consignment as Palletways told it with an order as Qargo holds it. */
import { z } from 'zod';
import type { Order } from './shapes.ts';

const text = z.union([z.string(), z.number().transform(String)]).catch('');
const list = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((one) => [one])]).catch([]);

const addressSchema = z.looseObject({ Type: text, Line: list(text), Town: text, PostCode: text, CompanyName: text });

/** The words of createConsignment or of getConsignment (`DueDate`); repeated elements single or in a list. */
const consignmentSchema = z
  .looseObject({
    Type: text,
    Weight: text,
    Lifts: text,
    ManifestNote: text,
    DeliveryDate: text,
    DueDate: text,
    BillUnit: list(z.looseObject({ Amount: text })),
    Address: list(addressSchema),
  })
  .transform((found) => ({
    type: found.Type,
    weight: Number(found.Weight),
    lifts: found.BillUnit.reduce((sum, unit) => sum + Number(unit.Amount), 0) || Number(found.Lifts),
    date: found.DeliveryDate || found.DueDate,
    instructions: found.ManifestNote,
    address: found.Address.find(
      (entry) => entry.Type.toLowerCase() === (found.Type === 'C' ? 'collection' : 'delivery'),
    ),
  }));
export type Wanted = z.output<typeof consignmentSchema>;

const versionSchema = z.union([
  z.object({ version: z.coerce.number(), consignment: consignmentSchema }),
  z.intersection(
    z.object({ version: z.coerce.number() }),
    consignmentSchema.transform((consignment) => ({ consignment })),
  ),
]);

/** `content` of a thing created or edited: the consignment in `consignment`, or its elements beside `version`. */
export function versionOf(content: unknown): { version: number; consignment: Wanted } | null {
  const parsed = versionSchema.safeParse(content);
  return parsed.success ? parsed.data : null;
}

/** The parts of an order that an edit can change. */
export interface Found {
  weight: number;
  lifts: number;
  /** Every text of the stop of the customer, and of the order. */
  stopTexts: string;
  allTexts: string;
}

const squeeze = (value: string): string => value.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();

function textsOf(value: unknown, out: string[] = []): string[] {
  if (typeof value === 'string') out.push(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) textsOf(inner, out);
  return out;
}

const joined = (...values: unknown[]): string => squeeze(textsOf(values).join(' '));

function sums(goods: { quantity?: number | null | undefined; total_weight_kg?: number | null | undefined }[]): {
  weight: number;
  lifts: number;
} {
  return {
    weight: goods.reduce((sum, good) => sum + (good.total_weight_kg ?? 0), 0),
    lifts: goods.reduce((sum, good) => sum + (good.quantity ?? 0), 0),
  };
}

/** What the order says now; between its first and its last stop there may be others at depots. `collection` asks for the pickup stop, where the customer is then. */
export function foundIn(order: Order, collection: boolean): Found {
  const deliver = order.stops.findLast((entry) => entry.type === 'DELIVERY');
  const stop = collection ? order.stops.find((entry) => entry.type === 'PICKUP') : deliver;
  return {
    ...sums(order.goods),
    stopTexts: joined(stop, deliver?.date),
    allTexts: joined(order.stops, order.goods, order.body),
  };
}

const goodsSchema = z
  .array(z.looseObject({ quantity: z.number().nullish(), total_weight_kg: z.number().nullish() }))
  .nullish();
const bodySchema = z.looseObject({
  consignments: z
    .array(
      z.looseObject({
        goods: goodsSchema,
        pickup_stop: z.unknown(),
        delivery_stop: z.looseObject({ date: z.unknown() }),
      }),
    )
    .min(1),
});

/** The same from an import of its history, or null when there is none. */
export function foundInBody(body: unknown, collection: boolean): Found | null {
  const parsed = bodySchema.safeParse(body);
  const first = parsed.success ? parsed.data.consignments[0] : undefined;
  if (first === undefined) return null;
  const stop = collection ? first.pickup_stop : first.delivery_stop;
  return { ...sums(first.goods ?? []), stopTexts: joined(stop, first.delivery_stop.date), allTexts: joined(body) };
}

/** The names of what differs; empty when the order says all that the consignment does. */
export function differences(wanted: Wanted, found: Found): string[] {
  const out: string[] = [];
  // goods share the weight between them and may each round it
  if (Math.abs(wanted.weight - found.weight) > 2) out.push('weight');
  if (wanted.lifts !== found.lifts) out.push('lifts');
  if (wanted.date !== '' && !found.stopTexts.includes(wanted.date)) out.push('delivery date');
  if (wanted.instructions !== '' && !found.allTexts.includes(squeeze(wanted.instructions))) out.push('instructions');
  const { address } = wanted;
  if (address !== undefined) {
    const lines = address.Line.every((line) => found.stopTexts.includes(squeeze(line)));
    const code = squeeze(address.PostCode).replaceAll(' ', '');
    if (!lines || !found.stopTexts.replaceAll(' ', '').includes(code)) out.push('address');
  }
  return out;
}
