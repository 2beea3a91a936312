/** Applies a book-in, which the network made for us or a planner of ours made, to its order. Pure. */
import type { NetworkContent, OrderContent } from '../facts/content.ts';

/** Returns the order as it is to be driven. A value that the book-in does not name stays as it is, and null changes nothing. */
export function withBookIn(order: OrderContent, booked: NetworkContent | null): OrderContent {
  if (booked === null || booked.date === null) return order;
  // Qargo already holds this window, as the planner set it.
  if (booked.window !== undefined)
    return { ...order, deliveryDate: booked.date, deliveryTime: booked.time, window: booked.window };
  return {
    ...order,
    deliveryDate: booked.date,
    deliveryTime: booked.time ?? order.deliveryTime,
    ...(booked.time === null ? {} : { appointment: true }),
    bookIn: {
      ...order.bookIn,
      booked: true,
      contactName: booked.contact === '' ? order.bookIn.contactName : booked.contact,
      reference: booked.reference === '' ? order.bookIn.reference : booked.reference,
    },
  };
}

/**
 * Makes the id and the instant of the book-in that a planner made, from the instant of the read that shows it. Palletways cuts the times of
 * its notes to whole seconds (apis.md 1.2). This instant is cut too, since otherwise a book-in that the network makes right after it would
 * seem to be the older one. Of two book-ins in the same second the network's stands, because its id sorts after this one. `heldAt` is the
 * time of the network's book-in that Qargo was known to hold before the read. That book-in is always the older one, whatever its clock
 * says, because the planner replaced it.
 */
export function plannersMoment(readAt: string, heldAt: string | null): { readonly id: string; readonly at: string } {
  const second = Math.floor(Date.parse(readAt) / 1_000) * 1_000;
  const at = heldAt === null ? second : Math.max(second, Date.parse(heldAt) + 1);
  return { id: `booked:${readAt}`, at: new Date(at).toISOString() };
}
