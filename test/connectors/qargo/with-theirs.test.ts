/** The whole order written over what a planner set: what the update is not about stays as he set it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldAt, fieldsWritten, findPlannerEdits } from '../../../connectors/qargo/read.ts';
import { findDifferences } from '../../../connectors/qargo/read-differences.ts';
import { readOrderStatus } from '../../../connectors/qargo/read-order-status.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { partialUpdate } from '../../../connectors/qargo/write-partial-update.ts';
import { keepPlannerFields } from '../../../connectors/qargo/write-planner-fields.ts';
import type { OrderContent } from '../../../domain/facts/content.ts';
import type { EditField } from '../../../domain/policy/edits.ts';
import { access, anyOrder, context, delivery } from './orders.ts';
import { stored } from './stored.ts';

const input = (content: OrderContent) => orderInput(content, { operation: 'UPDATE', orderIdentifier: 'c-1-1', access });
const address = delivery.delivery ?? expect.fail();
const edits: readonly (readonly [EditField, Partial<OrderContent>])[] = [
  ['deliveryDate', { deliveryDate: '2026-12-01', deliveryTime: '11:30' }],
  ['collectionDate', { type: '3', collectionDate: '2026-11-30' }],
  ['instructions', { instructions: 'Ask for bay 7' }],
  ['service', { serviceCode: 'ND' }],
  ['weight', { weight: 1 }],
  ['billUnits', { billUnits: delivery.billUnits.map(({ amount }) => ({ type: 'QP', amount })) }],
  ['hazardous', { limitedQuantity: !delivery.limitedQuantity, adrGoods: false }],
  ['deliveryAddress', { delivery: { ...address, lines: ['8 Other Road'], town: 'York' } }],
  ['references', { reference: 'PO-9' }],
  ['depots', { collectionDepot: '599' }],
];

describe('written whole', () => {
  test.each(edits)("a planner's %s stays where the update is about something else, and only that", (field, change) => {
    const before: OrderContent = { ...delivery, ...(field === 'collectionDate' ? { type: '3' as const } : {}) };
    const [there, after] = [stored(input({ ...before, ...change })), { ...before, tailLift: !before.tailLift }];
    const merged = keepPlannerFields(input(after), { was: input(before), orderRead: there, theirs: [field] });
    const left = findDifferences({ ...after, barcodes: [] }, stored(merged), access);
    expect([...new Set(left.map(fieldAt))]).toEqual([field]);
    expect(findDifferences({ ...before, ...change, barcodes: [] }, stored(merged), access).map(fieldAt)).not.toContain(
      field,
    );
  });

  test('is as it is where nothing is theirs, or the answer is no order', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, (before, after) => {
        const whole = input(after);
        expect(keepPlannerFields(whole, { was: input(before), orderRead: stored(input(before)), theirs: [] })).toEqual(
          whole,
        );
        expect(
          keepPlannerFields(whole, { was: input(before), orderRead: {}, theirs: ['weight', 'instructions'] }),
        ).toEqual(whole);
      }),
    );
  });

  test('an extra of ours that is new comes beside those that a planner left', () => {
    const before: OrderContent = {
      ...delivery,
      tailLift: true,
      bookIn: { ...delivery.bookIn, requested: false, booked: false },
    };
    const after: OrderContent = { ...before, bookIn: { ...before.bookIn, booked: true } };
    const there = stored(input({ ...before, tailLift: false }));
    const [consignment] = keepPlannerFields(input(after), {
      was: input(before),
      orderRead: there,
      theirs: ['tailLift'],
    }).consignments;
    expect(consignment.delivery_stop.extras).toEqual([{ code: access.bookInExtra }]);
  });
});

test('the fields that an update writes are those that a planner would be seen to have changed', () => {
  fc.assert(
    fc.property(anyOrder, anyOrder, (before, after) => {
      const seen = Object.keys(findPlannerEdits(before, stored(input(after)), access) ?? {});
      expect([...fieldsWritten(before, after, access)].sort()).toEqual(seen.sort());
    }),
  );
});

test.each<[EditField, object]>([
  ['weight', { total_weight_kg: 1 }],
  ['billUnits', { packaging_type: { packaging_size: { code: 'QP' } } }],
  ['hazardous', { adr_type: 'ADR' }],
])("goods keep a planner's %s in a partial update about something else", (field, set) => {
  const there = stored(input(delivery));
  const [consignment] = there.consignments;
  const answer = {
    ...there,
    consignments: [{ ...consignment, goods: consignment?.goods.map((good) => ({ ...good, ...set })) }],
  };
  const { goods } = readOrderStatus(answer, context, context.receivedAt);
  const lines = { orderId: 'q-1', before: delivery, after: delivery, goods, access };
  expect(partialUpdate(lines)).not.toBeNull();
  expect(partialUpdate({ ...lines, theirs: [field] })).toBeNull();
});

test('pallets that a planner graded anew as one more line are neither deleted nor made anew, and take the barcodes', () => {
  const there = { ...delivery, billUnits: [...delivery.billUnits, { type: 'QP', amount: 1 }] };
  const { goods } = readOrderStatus(stored(input(there)), context, context.receivedAt);
  const update = partialUpdate({
    orderId: 'q-1',
    before: delivery,
    after: delivery,
    goods,
    access,
    theirs: ['billUnits'],
    barcodes: [...delivery.barcodes, 'B0FFFFFFFF'],
  });
  const updates = update?.updates[0].consignment?.updates[0].good?.updates ?? [];
  expect(updates.flatMap(({ update: change }) => change ?? [])).toEqual([]);
  expect(updates.flatMap(({ handling_unit: units }) => units?.updates ?? [])).toHaveLength(1);
});
