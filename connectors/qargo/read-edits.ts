/** What a planner changed of an order in Qargo, field by field. Pure. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { EditField } from '../../domain/policy/edits.ts';
import type { QargoAccess } from './config.ts';
import { findDifferences } from './read-differences.ts';
import * as wire from './wire.ts';
import { orderInput } from './write-order.ts';

/** Where a difference found by reading back is an edit of which field; what is not here (identifiers, barcodes) is ours to write. */
const fieldOf: readonly (readonly [path: RegExp, field: EditField])[] = [
  [/^planning_instructions$/, 'instructions'],
  [/^service_level\.|^transport_service\./, 'service'],
  [/^consignment\.transport_network\./, 'depots'],
  [/_stop\.reference_number$/, 'references'],
  [/_stop\.extras$/, 'tailLift'],
  [/^delivery_stop\.planning_instructions$/, 'bookIn'],
  [/^pickup_stop\.date$/, 'collectionDate'],
  [/^delivery_stop\.(date|time_window)$/, 'deliveryDate'],
  [/^pickup_stop\.(location|phone_number|note)/, 'collectionAddress'],
  [/^delivery_stop\.(location|phone_number|note)/, 'deliveryAddress'],
  [/^goods$/, 'billUnits'],
  [/^goods\.adr_type$/, 'hazardous'],
  [/^goods\.total_weight_kg$/, 'weight'],
];

/** The field that a difference found by reading back is an edit of; undefined where it is ours to write. */
export const fieldAt = (path: string): EditField | undefined => fieldOf.find(([like]) => like.test(path))?.[1];

/** The fields that an update from one copy to another writes, by where they stand in Qargo's order. */
export function fieldsWritten(before: OrderContent, after: OrderContent, access: QargoAccess): EditField[] {
  const { consignments, ...order } = orderInput(after, { operation: 'UPDATE', orderIdentifier: '', access });
  const [{ goods, ...consignment }] = consignments;
  const numbered = goods.map((good, n) => ({ ...good, id: `${n}` }));
  const asRead = { ...order, id: 'as it will be', consignments: [{ ...consignment, goods: numbered }] };
  return [
    ...new Set(findDifferences({ ...before, barcodes: [] }, asRead, access).flatMap((path) => fieldAt(path) ?? [])),
  ];
}

/** The window of the delivery as Qargo holds it, local to the depot; null where none is set. */
export function readWindow(orderRead: unknown): {
  readonly date: string;
  readonly from: string;
  readonly until: string;
  readonly enforced: boolean;
} | null {
  const parsed = wire.orderRead.safeParse(orderRead);
  const stop = parsed.success ? parsed.data.consignments[0]?.delivery_stop : undefined;
  const { start_time: from, end_time: until, is_enforced: enforced } = stop?.time_window ?? {};
  if (!stop?.date || !from || !until) return null;
  return { date: stop.date, from: from.slice(0, 5), until: until.slice(0, 5), enforced: enforced === true };
}

/**
 * The fields in which Qargo holds the order otherwise than agreed, each with what it holds as one text (to be digested: it may name
 * people). Null where the answer is no order. Our own echo is none: it is as agreed.
 */
export function findPlannerEdits(
  agreed: OrderContent,
  orderRead: unknown,
  access: QargoAccess,
): Readonly<Partial<Record<EditField, string>>> | null {
  const parsed = wire.orderRead.safeParse(orderRead);
  const consignment = parsed.success ? parsed.data.consignments[0] : undefined;
  if (!parsed.success || consignment === undefined) return null;
  const { pickup_stop: pickup, delivery_stop: delivery } = consignment;
  const goods = (consignment.goods ?? []).map((good) => [
    good.quantity,
    good.packaging_type,
    good.total_weight_kg,
    good.adr_type,
  ]);
  const values: Readonly<Record<EditField, unknown>> = {
    instructions: parsed.data.planning_instructions,
    service: [parsed.data.service_level, parsed.data.transport_service],
    depots: consignment.transport_network,
    references: [pickup.reference_number, delivery.reference_number],
    tailLift: [pickup.extras, delivery.extras],
    handball: null,
    bookIn: delivery.planning_instructions,
    collectionDate: pickup.date,
    deliveryDate: [delivery.date, delivery.time_window],
    collectionAddress: [pickup.location, pickup.phone_number, pickup.note],
    deliveryAddress: [delivery.location, delivery.phone_number, delivery.note],
    billUnits: goods,
    lifts: null,
    hazardous: goods,
    weight: goods,
  };
  const found: Partial<Record<EditField, string>> = {};
  for (const path of findDifferences({ ...agreed, barcodes: [] }, orderRead, access)) {
    const field = fieldAt(path);
    if (field !== undefined) found[field] = JSON.stringify(values[field] ?? null);
  }
  return found;
}
