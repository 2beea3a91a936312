/** A book-in that the network made for us, or a planner of ours, laid over the order it is of. Pure. */
import type { NetworkContent, OrderContent } from './content.ts';

/** The order as it is to be driven. What the book-in leaves unsaid stays; null changes nothing. */
export function withBookIn(order: OrderContent, booked: NetworkContent | null): OrderContent {
  if (booked === null || booked.date === null) return order;
  // Qargo holds it as the planner set it.
  if (booked.window !== undefined) return { ...order, deliveryDate: booked.date, deliveryTime: booked.time, window: booked.window };
  return {
    ...order,
    deliveryDate: booked.date,
    deliveryTime: booked.time ?? order.deliveryTime,
    bookIn: {
      ...order.bookIn,
      booked: true,
      contactName: booked.contact === '' ? order.bookIn.contactName : booked.contact,
      reference: booked.reference === '' ? order.bookIn.reference : booked.reference,
    },
  };
}
