import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPlannerEdits } from '../../../connectors/qargo/read.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import type { OrderContent } from '../../../domain/facts/content.ts';
import type { EditField } from '../../../domain/policy/edits.ts';
import { access, anyOrder, delivery } from './orders.ts';
import { stored } from './stored.ts';

/** What Qargo shows after it was given this order. */
const shown = (content: OrderContent) =>
  stored(orderInput(content, { operation: 'CREATE', orderIdentifier: 'c-1-1', access }));
const address = delivery.delivery ?? expect.fail();

describe('what a planner changed in Qargo', () => {
  test('is nothing where Qargo shows what we sent: our own echo is no edit', () => {
    fc.assert(
      fc.property(anyOrder, (content) => {
        expect(findPlannerEdits(content, shown(content), access)).toEqual({});
      }),
    );
  });

  test('is nothing where identifiers and barcodes came since, which are ours to write', () => {
    const since = { ...delivery, conNo: '9999999-564', barcodes: [...delivery.barcodes, 'B0FFFFFFFF'] };
    expect(findPlannerEdits(delivery, shown(since), access)).toEqual({});
  });

  test.each<[EditField, Partial<OrderContent>]>([
    ['deliveryDate', { deliveryDate: '2026-12-01' }],
    ['deliveryDate', { deliveryTime: '11:30' }],
    ['instructions', { instructions: 'other' }],
    ['service', { serviceCode: 'ND' }],
    ['weight', { weight: 1 }],
    ['hazardous', { limitedQuantity: !delivery.limitedQuantity }],
    ['tailLift', { tailLift: !delivery.tailLift }],
    ['deliveryAddress', { delivery: { ...address, town: 'York' } }],
  ])('is named by its field: %s', (field, change) => {
    const held = findPlannerEdits(delivery, shown({ ...delivery, ...change }), access);
    expect(Object.keys(held ?? {})).toEqual([field]);
    // Another value of the same field is another edit.
    expect(findPlannerEdits(delivery, shown({ ...delivery, ...change }), access)).toEqual(held);
  });

  test('two values of one field are told apart', () => {
    const on = (deliveryDate: string) =>
      findPlannerEdits(delivery, shown({ ...delivery, deliveryDate }), access)?.deliveryDate;
    expect(on('2026-12-01')).not.toBe(on('2026-12-02'));
  });

  test('is not known where the answer is no order', () => {
    expect(findPlannerEdits(delivery, { consignments: [] }, access)).toBeNull();
  });
});
