/** Matching of inbound webhooks (apis 2.9, 2.10): every criterion given must hold; `matches_any` is any of its values. */
import { type Consignment, type Order, referenceOf, type Stop } from './model.ts';
import type { ConsignmentMatch, FieldMatch, OrderMatch, StopMatch } from './partial-body.ts';
import { textOf } from './read-models.ts';
import type { Twin } from './twin.ts';

export function fieldHolds(match: FieldMatch, value: string | null | undefined): boolean {
  if (match === null || match === undefined) return true;
  return value !== null && value !== undefined && (match.matches_any ?? []).includes(value);
}

export function orderHolds(match: OrderMatch, order: Order): boolean {
  if (match === null || match === undefined) return true;
  return (
    fieldHolds(match.id, order.id) &&
    fieldHolds(match.name, order.name) &&
    fieldHolds(match.customer_reference_number, referenceOf(order))
  );
}

/** The orders a match can be about: those of the ids where it names ids, else all of the tenant. */
export function candidates(twin: Twin, organisation: string, match: OrderMatch): Order[] {
  const ids = match?.id?.matches_any;
  const all =
    ids === undefined
      ? twin.ordersOf(organisation)
      : [...new Set(ids)].flatMap((id) => twin.orderOf(organisation, id) ?? []);
  return all.filter(({ isGone }) => !isGone);
}

export function consignmentHolds(match: ConsignmentMatch, consignment: Consignment): boolean {
  if (match === null || match === undefined) return true;
  const sequence = match.order_sequence_number ?? null;
  return (
    (sequence === null || sequence === consignment.sequence) &&
    fieldHolds(match.reference_number, textOf(consignment.fields.consignment_reference_number))
  );
}

export function stopHolds(match: StopMatch, stop: Stop): boolean {
  if (match === null || match === undefined) return true;
  const type = match.stop_type ?? null;
  return (
    (type === null || type === stop.type) && fieldHolds(match.reference_number, textOf(stop.fields.reference_number))
  );
}

/** The one that matches, or null: updates that match nothing, or more than one thing, are discarded (apis 2.4). */
export function only<T>(matches: T[]): T | null {
  return matches.length === 1 ? (matches[0] ?? null) : null;
}
