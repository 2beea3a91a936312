/** Makes one comparable text of an order. Two orders that mean the same to us give the same text. */
import type { OrderContent } from './content.ts';
import type { OrderFact } from './facts.ts';

/** The fields of an order fact that are its domain content. */
export type OrderDomain = Pick<
  OrderFact,
  'type' | 'service' | 'lifts' | 'weight' | 'billUnits' | 'collectionDate' | 'deliveryDate' | 'digests'
>;

/** The part of the content that an order fact repeats, because the domain decides by it. */
export function orderHead(content: OrderContent): Omit<OrderDomain, 'digests'> {
  return {
    type: content.type,
    service: `${content.serviceGroup}-${content.serviceCode}`,
    lifts: content.lifts,
    weight: content.weight,
    billUnits: content.billUnits,
    collectionDate: content.collectionDate,
    deliveryDate: content.deliveryDate,
  };
}

/**
 * Makes the canonical text of an order: `1:` and the JSON of its domain fields, with keys and bill units in a fixed order. It contains
 * nothing of the wire, no instant, no id and nothing of mapping or configuration, so that neither a second copy nor a new release makes an
 * order look changed. The `1` is the version of this text itself.
 */
export function orderDigest(order: OrderDomain): string {
  const units = order.billUnits.map((unit): [string, number] => [unit.type, unit.amount]);
  units.sort(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1));
  const digests = Object.entries(order.digests).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `1:${JSON.stringify([
    order.type,
    order.service,
    order.lifts,
    order.weight,
    units,
    order.collectionDate,
    order.deliveryDate,
    digests,
  ])}`;
}
