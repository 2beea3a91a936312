/** Bill units and Qargo's packagings: told by the table, read back by it, and kept back where it does not know one. */
import { expect, test } from 'vitest';
import { type QargoAccess, qargoAccess } from '../../../connectors/qargo/config.ts';
import { placeOf, unmapped } from '../../../connectors/qargo/mapping.ts';
import { goodRead } from '../../../connectors/qargo/read-order-status.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { partialUpdate } from '../../../connectors/qargo/write-partial-update.ts';
import { organisationSchema } from '../../../store/organisations/schema.ts';
import { delivery, access as plain } from './orders.ts';

const access: QargoAccess = qargoAccess.parse({ ...plain, packagings: { FP: 'EURO', HP: 'HALF' } });
const order = {
  ...delivery,
  billUnits: [
    { type: 'FP', amount: 2 },
    { type: 'HP', amount: 1 },
    { type: 'QP', amount: 1 },
  ],
};
const held = (id: string, code: string, quantity: number) =>
  goodRead({ id, quantity, packaging_type: { packaging_size: { code } } } as Parameters<typeof goodRead>[0], access);

test('an order names the packagings of the table, and what is not in it as it is', () => {
  const { consignments } = orderInput(order, { operation: 'CREATE', orderIdentifier: 'x-1', access });
  expect(consignments[0].goods.map(({ packaging_type }) => packaging_type?.packaging_size.code)).toEqual([
    'EURO',
    'HALF',
    'QP',
  ]);
});

test('goods are read back as bill units: one that stays is left alone, one that was regraded is told in the words of the table', () => {
  const goods = [held('g1', 'EURO', 2), held('g2', 'HALF', 1), held('g3', 'QP', 1)];
  expect(goods.map(({ packaging }) => packaging)).toEqual(['FP', 'HP', 'QP']);
  const update = (after: typeof order) =>
    JSON.stringify(partialUpdate({ orderId: 'o1', before: order, after, goods, access })) ?? '';
  expect(update(order)).not.toContain('packaging_type');
  const regraded = {
    ...order,
    billUnits: [
      { type: 'FP', amount: 2 },
      { type: 'HP', amount: 1 },
      { type: 'FP', amount: 1 },
    ],
  };
  expect(update(regraded)).toContain('"packaging_type":{"packaging_size":{"code":"EURO"}}');
});

test('an unknown bill unit keeps the order back, with the cause and the place in Qargo, only where that is wanted', () => {
  const park = { unknownServices: 'send', unknownBillUnits: 'park' } as const;
  const cause = unmapped(order, access, park);
  expect(cause).toEqual({ code: 'unmapped', table: 'bill unit', value: 'QP' });
  expect(placeOf(cause)).toBe('consignments[0].goods.packaging_type.packaging_size.code');
  expect(unmapped(order, access, { ...park, unknownBillUnits: 'send' })).toBeNull();
  expect(unmapped({ ...order, billUnits: order.billUnits.slice(0, 2) }, access, park)).toBeNull();
});

test('two bill units that go as one packaging are refused by name: nobody could tell which was regraded', () => {
  const checked = organisationSchema.safeParse({ qargo: { packagings: { FP: 'EURO', HP: 'EURO' } } });
  expect(checked.error?.issues.find(({ path }) => path.join('.') === 'qargo.packagings')?.message).toBe(
    'has one packaging for two bill units',
  );
});
