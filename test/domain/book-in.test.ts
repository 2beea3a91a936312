import { expect, it } from 'vitest';
import type { NetworkContent } from '../../domain/facts/content.ts';
import { withBookIn } from '../../domain/state/book-in.ts';
import { delivery } from '../connectors/qargo/orders.ts';

const booked = (said: Partial<NetworkContent>): NetworkContent => ({
  text: '',
  date: '2026-11-25',
  time: '10:30',
  contact: '',
  reference: '',
  signedBy: '',
  ...said,
});

it('a book-in gives the order its date, time, contact and reference; what it leaves unsaid stays', () => {
  const order = delivery;
  const full = withBookIn(order, booked({ contact: 'Ana Ruiz', reference: 'SLOT-9' }));
  expect(full).toEqual({
    ...order,
    deliveryDate: '2026-11-25',
    deliveryTime: '10:30',
    appointment: true,
    bookIn: { ...order.bookIn, booked: true, contactName: 'Ana Ruiz', reference: 'SLOT-9' },
  });
  const bare = withBookIn(order, booked({ time: null }));
  expect(bare.deliveryTime).toBe(order.deliveryTime);
  expect(bare.bookIn).toEqual({ ...order.bookIn, booked: true });
});

it('without a book-in, or one without a date, the order is as it was; laid over twice it is the same', () => {
  const order = delivery;
  expect(withBookIn(order, null)).toBe(order);
  expect(withBookIn(order, booked({ date: null }))).toBe(order);
  const once = withBookIn(order, booked({}));
  expect(withBookIn(once, booked({}))).toEqual(once);
});
