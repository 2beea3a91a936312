/** Amendments that say one instant: what both make is the same in either order of hearing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderReport } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { orderHead } from '../../domain/facts/order-digest.ts';
import { joinTied } from '../../domain/facts/tied-orders.ts';
import { delivery } from '../connectors/qargo/orders.ts';

const report = (content: OrderContent): OrderReport => ({
  fact: { ...orderHead(content), digests: { instructions: content.instructions, type: content.type } },
  content,
});

/** A few values each, so that amendments often meet in one thing. */
const changes = fc.record(
  {
    weight: fc.constantFrom(delivery.weight, 700, 800),
    instructions: fc.constantFrom(delivery.instructions, 'Ring', 'Gate'),
    deliveryDepot: fc.constantFrom(delivery.deliveryDepot, '777'),
    collectionDepot: fc.constantFrom(delivery.collectionDepot, '778'),
    bookIn: fc.record({
      ...mapped(delivery.bookIn),
      reference: fc.constantFrom(delivery.bookIn.reference, 'B1', 'B2'),
    }),
    delivery: fc.constantFrom(delivery.delivery, null, {
      ...delivery.delivery,
      town: 'Ely',
    } as OrderContent['delivery']),
  },
  { requiredKeys: [] },
);

function mapped<T extends object>(of: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, fc.constant(value)])) as never;
}

test('two amendments make one order, whichever comes first, or contradict each other in the same parts', () => {
  fc.assert(
    fc.property(changes, changes, (a, b) => {
      const [one, other] = [report({ ...delivery, ...a }), report({ ...delivery, ...b })];
      const [first, second] = [joinTied(delivery, one, other), joinTied(delivery, other, one)];
      if ('differing' in first) {
        expect('differing' in second && [...second.differing].sort()).toEqual([...first.differing].sort());
        return;
      }
      expect('order' in second && second.order).toEqual(first.order);
      expect(first.order.content).toEqual({ ...delivery, ...changed(a), ...changed(b), bookIn: bookIn(a, b) });
    }),
  );
});

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const changed = (of: Partial<OrderContent>) =>
  Object.fromEntries(Object.entries(of).filter(([name, value]) => !same(value, delivery[name as keyof OrderContent])));
const bookIn = (a: Partial<OrderContent>, b: Partial<OrderContent>) =>
  [a.bookIn, b.bookIn].find((one) => one !== undefined && !same(one, delivery.bookIn)) ?? delivery.bookIn;

test('an amendment that says what another says makes no other order, and an address is one thing', () => {
  const one = report({ ...delivery, weight: 700 });
  expect(joinTied(delivery, one, one)).toEqual({ order: one });
  const [street, town] = [{ lines: ['Gate 2'] }, { town: 'Ely' }].map((part) =>
    report({ ...delivery, delivery: { ...delivery.delivery, ...part } as OrderContent['delivery'] }),
  );
  expect(joinTied(delivery, street as OrderReport, town as OrderReport)).toEqual({ differing: ['delivery'] });
});
