/** How a thing that was done is noted: who is named, and that the order changed. */
import type { Fields, Order, Said, StopType, Trip } from './model.ts';
import type { Twin } from './twin.ts';

export function tripOf(twin: Twin, order: Order): Trip | null {
  return order.tripId === null ? null : (twin.state.trips[order.tripId] ?? null);
}

export function subject(twin: Twin, order: Order, more: { stop?: StopType; barcode?: string } = {}): Said['subject'] {
  const trackingId = order.consignments[0]?.palletways.tracking_id ?? null;
  const trip = tripOf(twin, order);
  return {
    orderId: order.id,
    conNo: order.body.customer_reference_number ?? null,
    ...(trackingId === null ? {} : { trackingId }),
    ...(trip === null ? {} : { trip: trip.name }),
    ...more,
  };
}

export function say(
  twin: Twin,
  order: Order,
  kind: Said['kind'],
  at: string,
  event: boolean,
  content: Fields,
  about: Said['subject'],
): string {
  return twin.say({ organisation: order.organisation, kind, at, event, subject: about, content });
}

export function changed(twin: Twin, order: Order): void {
  order.updatedAt = Date.now();
  twin.changed(order);
}
