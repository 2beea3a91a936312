import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QargoAccess } from '../../../connectors/qargo/config.ts';
import { readOrderStatus } from '../../../connectors/qargo/read.ts';
import { findDifferences } from '../../../connectors/qargo/read-differences.ts';
import { listFieldsBeyondPartial } from '../../../connectors/qargo/write-beyond-partial.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { orderFields } from '../../../connectors/qargo/write-order-fields.ts';
import { partialUpdate } from '../../../connectors/qargo/write-partial-update.ts';
import type { OrderContent } from '../../../domain/facts/content.ts';
import { access, anyOrder, collection, context, delivery } from './orders.ts';
import { goodId, ids, stored } from './stored.ts';

const identifier = { orderIdentifier: 'c-1-1', access };
const uploaded = (content: OrderContent) => orderInput(content, { operation: 'CREATE', ...identifier });
const golden = (name: string, value: unknown) =>
  expect(`${JSON.stringify(value, null, 2)}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
const asRead = (content: OrderContent) => readOrderStatus(stored(uploaded(content)), context, context.receivedAt);

describe('an order for Qargo', () => {
  test('a delivery has every Palletways field in its place', async () => {
    await golden('order-delivery', uploaded(delivery));
  });

  test('a collection of which little is known leaves out what was not said', async () => {
    await golden('order-collection', orderInput(collection, { operation: 'UPDATE', ...identifier }));
  });

  test('a third-party order has both addresses and the tail-lift at both', async () => {
    await golden('order-third-party', uploaded({ ...delivery, type: '3', barcodes: [] }));
  });

  test('a cancellation is the full order again', () => {
    const { operation, ...cancelled } = orderInput(delivery, { operation: 'DELETE', ...identifier });
    const { operation: _, ...created } = uploaded(delivery);
    expect(operation).toBe('DELETE');
    expect(cancelled).toEqual(created);
  });

  test('weights of the goods sum to the weight of the consignment, to 10 g', () => {
    fc.assert(
      fc.property(anyOrder, (content) => {
        const sum = orderFields(content, access).goods.reduce(
          (total, good) => total + Math.round(good.weight * 100),
          0,
        );
        expect(sum).toBe(Math.round(content.weight * 100));
      }),
    );
  });

  test('every barcode is on exactly one good', () => {
    fc.assert(
      fc.property(anyOrder, (content) => {
        const goods = uploaded(content).consignments[0].goods;
        const units = goods.flatMap((good) => (good.handling_units ?? []).map((unit) => unit.barcode.value));
        expect(units.toSorted()).toEqual([...content.barcodes].sort());
      }),
    );
  });

  describe('the due time (wire assumption 9)', () => {
    const window = (said: Partial<OrderContent>, more: Partial<QargoAccess> = {}) =>
      orderFields({ ...delivery, ...said }, { ...access, ...more }).delivery.window;
    const untimed = { deliveryTime: '17:30', bookIn: { ...delivery.bookIn, booked: false } };
    const until = (end_time: string, is_enforced: boolean) => ({ start_time: '00:00', end_time, is_enforced });

    test('ends a window and begins none, and binds once something was booked in', () => {
      expect(window({ deliveryTime: '10:30' })).toEqual(until('10:30', true));
      expect(window(untimed)).toEqual(until('17:30', false));
      expect(window({ ...untimed, deliveryTime: null })).toBeNull();
    });

    test('of a service with a deadline is no later than that, also where none is told', () => {
      const noon = { ...untimed, serviceGroup: 'A', serviceCode: 'E' };
      expect(window({ ...noon, deliveryTime: '20:00' })).toEqual(until('12:00', true));
      expect(window({ ...noon, deliveryTime: null })).toEqual(until('12:00', true));
      expect(window({ ...noon, deliveryTime: '09:00' })).toEqual(until('09:00', true));
    });

    test('of a timed service binds without a booking', () => {
      expect(window({ ...untimed, serviceGroup: 'A', serviceCode: 'H' })).toEqual(until('17:30', true));
      expect(window(untimed, { timedServices: ['B-B'] })).toEqual(until('17:30', true));
    });

    test('is the start of a window where the account says so, and nothing where it is a constant', () => {
      const start = { start_time: '17:30', end_time: '18:30', is_enforced: false };
      expect(window(untimed, { dueTime: 'appointment' })).toEqual(start);
      expect(window(untimed, { dueTime: 'ignored' })).toBeNull();
      expect(window({ ...untimed, serviceGroup: 'A', serviceCode: 'E' }, { dueTime: 'ignored' })).toEqual(
        until('12:00', true),
      );
    });

    test('a book-in that the network told is an appointment: it begins at its time', () => {
      const appointment = { deliveryTime: '14:00', appointment: true };
      expect(window(appointment)).toEqual({ start_time: '14:00', end_time: '15:00', is_enforced: true });
    });
  });

  test('a service that the table names is replaced, any other goes unchanged', () => {
    expect(uploaded(delivery).service_level).toEqual({ code: 'ECON' });
    expect(uploaded({ ...delivery, serviceGroup: 'A', serviceCode: 'ND' }).service_level).toEqual({ code: 'A-ND' });
    expect(uploaded({ ...delivery, serviceGroup: 'con', serviceCode: 'structor' }).service_level).toEqual({
      code: 'con-structor',
    });
  });

  test('a depot stop follows the date of the customer where the tenant wants that', () => {
    const order = orderInput(delivery, {
      operation: 'CREATE',
      orderIdentifier: 'x',
      access: { ...access, depotStopDate: 'customer' },
    });
    expect(order.consignments[0].pickup_stop.date).toBe('2026-11-24');
  });
});

describe('a partial update', () => {
  const changed: OrderContent = {
    ...delivery,
    instructions: '',
    weight: 1200,
    billUnits: [
      { type: 'FP', amount: 3 },
      { type: 'QP', amount: 2 },
      { type: 'MQP', amount: 1 },
    ],
    deliveryDate: '2026-11-25',
    deliveryTime: null,
    delivery: { ...(delivery.delivery ?? expect.fail()), lines: ['2 Low Street'], telephone: '' },
    bookIn: { ...delivery.bookIn, contactPhone: '' },
  };

  test('says only what differs: order, stop and good, by id, added and dropped', async () => {
    const goods = asRead({ ...delivery, barcodes: ['B1', 'B2', 'B3'] }).goods;
    const payload = partialUpdate({
      orderId: ids.order,
      before: delivery,
      after: changed,
      goods,
      access,
      barcodes: ['B1', 'B4'],
    });
    await golden('partial-changed', payload);
  });

  test('drops the good that no line claims, and keeps its barcodes on another', async () => {
    const goods = asRead(delivery).goods;
    const after = { ...delivery, billUnits: [{ type: 'FP', amount: 2 }] };
    await golden('partial-dropped', partialUpdate({ orderId: ids.order, before: delivery, after, goods, access }));
  });

  test('makes a barcode that is held twice once, whichever goods hold it', () => {
    const [first, ...rest] = asRead(delivery).goods;
    if (first === undefined) throw new Error('no goods');
    const [doubled = ''] = first.handlingUnits;
    const goods = [{ ...first, handlingUnits: [...first.handlingUnits, doubled] }, ...rest];
    const payload = partialUpdate({ orderId: ids.order, before: delivery, after: delivery, goods, access });
    const units = JSON.stringify(payload).match(/"operation":"(?:DELETE|CREATE)"/g);
    expect(units).toEqual(['"operation":"DELETE"', '"operation":"CREATE"']);
    expect(JSON.stringify(payload).split(`"${doubled}"`)).toHaveLength(3);
    const once = partialUpdate({
      orderId: ids.order,
      before: delivery,
      after: delivery,
      goods: asRead(delivery).goods,
      access,
    });
    expect(once).toBeNull();
  });

  test('carries identifiers and barcodes alone where nothing else differs', async () => {
    const before = { ...delivery, barcodes: [] };
    const payload = partialUpdate({
      orderId: ids.order,
      before,
      after: delivery,
      goods: asRead(before).goods,
      access,
      barcodes: delivery.barcodes,
      identifiers: { trackingId: '60012340167', conNo: '2557391-564' },
    });
    await golden('partial-labelled', payload);
  });

  test('is nothing where nothing differs', () => {
    fc.assert(
      fc.property(anyOrder, (content) => {
        const { goods } = asRead(content);
        expect(
          partialUpdate({
            orderId: ids.order,
            before: content,
            after: content,
            goods,
            access,
            barcodes: content.barcodes,
          }),
        ).toBeNull();
      }),
    );
  });

  test('keeps a good whose bill unit changes, and with it the scans of its pallets', () => {
    const goods = [{ id: goodId(0), packaging: 'FP', quantity: 1, handlingUnits: ['B1'] }];
    const [before, after] = ['FP', 'HP'].map((type) => ({ ...delivery, billUnits: [{ type, amount: 1 }] }));
    const payload = partialUpdate({
      orderId: ids.order,
      before: before ?? delivery,
      after: after ?? delivery,
      goods,
      access,
    });
    expect(payload?.updates[0].consignment?.updates[0].good?.updates).toEqual([
      {
        match: { matches_all: [{ good: { id: { matches_any: [goodId(0)] } } }] },
        update: { operation: 'UPDATE', data: { packaging_type: { packaging_size: { code: 'HP' } } } },
      },
    ]);
  });

  test('leaves goods alone that were not read, and refuses barcodes for them', () => {
    const more = { orderId: ids.order, before: delivery, after: { ...delivery, weight: 1 }, goods: null, access };
    expect(partialUpdate(more)).toBeNull();
    expect(() => partialUpdate({ ...more, barcodes: ['B1'] })).toThrow(RangeError);
  });

  test('names what it cannot say: the extras of a stop', () => {
    expect(listFieldsBeyondPartial(delivery, { ...delivery, tailLift: false }, access)).toEqual([
      'delivery_stop.extras',
    ]);
    expect(listFieldsBeyondPartial(delivery, changed, access)).toEqual([]);
    expect(listFieldsBeyondPartial(delivery, { ...delivery, type: '3' }, access)).toEqual([
      'pickup_stop.extras',
      'pickup_stop.location.code',
    ]);
  });
});

describe('an order read back', () => {
  test('is confirmed where Qargo stored what was sent', () => {
    fc.assert(
      fc.property(anyOrder, (content) => {
        expect(findDifferences(content, stored(uploaded(content)), access)).toEqual([]);
      }),
    );
  });

  test('is confirmed with the differences that are none: case, spaces, seconds, null for missing', () => {
    const read = structuredClone(stored(uploaded(delivery)));
    const text = JSON.stringify(read)
      .replaceAll('Rowe & Sons', 'ROWE &  SONS')
      .replaceAll('"10:30"', '"10:30:00"')
      .replaceAll('01423 555123', '01423555123');
    expect(findDifferences(delivery, JSON.parse(text), access)).toEqual([]);
  });

  test.each<[string, OrderContent]>([
    ['delivery_stop.date', { ...delivery, deliveryDate: '2026-12-01' }],
    ['delivery_stop.time_window', { ...delivery, deliveryTime: '11:30' }],
    ['planning_instructions', { ...delivery, instructions: 'other' }],
    ['service_level.code', { ...delivery, serviceCode: 'ND' }],
    ['goods.total_weight_kg', { ...delivery, weight: 1 }],
    ['goods.handling_units', { ...delivery, barcodes: ['B9'] }],
    ['goods.adr_type', { ...delivery, limitedQuantity: false }],
    ['delivery_stop.extras', { ...delivery, tailLift: false }],
    [
      'delivery_stop.location.city',
      { ...delivery, delivery: { ...(delivery.delivery ?? expect.fail()), town: 'York' } },
    ],
  ])('names %s where it differs', (field, owed) => {
    expect(findDifferences(owed, stored(uploaded(delivery)), access)).toEqual([field]);
  });

  test('that is no order is not confirmed', () => {
    for (const answer of [null, {}, [], 'x', { id: 'a', consignments: [] }])
      expect(findDifferences(delivery, answer, access)).toEqual(['order']);
  });
});
