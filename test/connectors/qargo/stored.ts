/** What Qargo would store of an order as uploaded, in its own read form: written from the API description, not from our code. */
import type { OrderInput } from '../../../connectors/qargo/write-order.ts';

export const ids = {
  order: '0a000000-0000-4000-8000-000000000001',
  consignment: '0a000000-0000-4000-8000-000000000002',
  pickup: '0a000000-0000-4000-8000-000000000003',
  delivery: '0a000000-0000-4000-8000-000000000004',
  trip: '0a000000-0000-4000-8000-000000000005',
  document: '0a000000-0000-4000-8000-000000000006',
  customer: '0a000000-0000-4000-8000-000000000007',
};

/** The id of the nth good. */
export function goodId(index: number): string {
  return `0b000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

/** Read form of an uploaded order, with stops not planned. */
export function stored(order: OrderInput) {
  const [consignment] = order.consignments;
  const { operation: _, import_configuration: __, customer, consignments: ___, ...plain } = order;
  return {
    ...plain,
    id: ids.order,
    customer: { id: ids.customer, name: 'Palletways', code: customer.code, currency: 'GBP' },
    status: 'TO_PLAN',
    consignments: [
      {
        ...consignment,
        id: ids.consignment,
        pickup_stop: { ...consignment.pickup_stop, id: ids.pickup, status: 'TO_PLAN' },
        delivery_stop: { ...consignment.delivery_stop, id: ids.delivery, status: 'TO_PLAN' },
        goods: consignment.goods.map((good, index) => ({
          ...good,
          id: goodId(index),
          handling_units: (good.handling_units ?? []).map((unit, at) => ({
            ...unit,
            id: goodId(1000 * (index + 1) + at),
          })),
        })),
      },
    ],
    stops: [
      { ...consignment.pickup_stop, id: ids.pickup, status: 'TO_PLAN', consignment_id: ids.consignment },
      { ...consignment.delivery_stop, id: ids.delivery, status: 'TO_PLAN', consignment_id: ids.consignment },
    ],
    shipments: [],
  };
}
