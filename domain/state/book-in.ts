/** A book-in that the network made for us, or a planner of ours, laid over the order it is of. Pure. */
import type { NetworkContent, OrderContent } from '../facts/content.ts';

/** The order as it is to be driven. What the book-in leaves unsaid stays; null changes nothing. */
export function withBookIn(order: OrderContent, booked: NetworkContent | null): OrderContent {
  if (booked === null || booked.date === null) return order;
  // Qargo holds it as the planner set it.
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
 * Name and time of the book-in that a planner made, by the instant of the read that shows it. Palletways tells the times of its notes
 * in whole seconds (apis.md 1.2), cut: so is this one, or a book-in that the network makes right after it would be the older of the two. Of
 * one second the network's stands, whose names sort behind this one; but `heldAt`, the time of the network's that Qargo was known to
 * hold before the read, is older whatever its clock says: the planner wrote over it.
 */
export function plannersMoment(readAt: string, heldAt: string | null): { readonly id: string; readonly at: string } {
  const second = Math.floor(Date.parse(readAt) / 1_000) * 1_000;
  const at = heldAt === null ? second : Math.max(second, Date.parse(heldAt) + 1);
  return { id: `booked:${readAt}`, at: new Date(at).toISOString() };
}
