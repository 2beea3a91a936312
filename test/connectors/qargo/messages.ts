/** Messages as Qargo would push them, and the order status that tells the same; hand-written from its API description. */
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { access, delivery } from './orders.ts';
import { ids, stored } from './stored.ts';

const other = '0c000000-0000-4000-8000-000000000001';
const location = { name: 'Rowe & Sons', city: 'Harrogate', country_code: 'GB' };
const stop = (id: string, stop_type: string, status: string, times: Readonly<Record<string, string>> = {}) => ({
  id,
  location,
  status,
  stop_type,
  ...times,
});
const order = {
  id: ids.order,
  order_name: 'OR-1',
  customer_reference_number: '2557391-564',
  status: 'PLANNED',
  stops: [stop(ids.pickup, 'PICKUP', 'PLANNED'), stop(ids.delivery, 'DELIVERY', 'PLANNED')],
};
const trip = {
  id: ids.trip,
  name: 'TR-7',
  orders: [order, { ...order, id: other, customer_reference_number: '2557392-564', stops: [] }],
  stops: [stop(ids.pickup, 'PICKUP', 'PLANNED')],
};
const unit = (status: string, stop_type: string | null) => ({
  timestamp: '2026-11-24T07:00:05Z',
  update: {
    type: 'HandlingUnit',
    status,
    timestamp: '2026-11-24T08:00:04.120+01:00',
    barcode: { value: 'B00432B6FE', source: 'PALLETWAYS' },
    stop: stop_type === null ? null : stop(ids.pickup, stop_type, 'AT_STOP'),
  },
});
const document = (document_type: string) => ({
  timestamp: '2026-11-24T10:16:00Z',
  update: {
    type: 'Document',
    status: 'CREATED',
    document: {
      name: 'pod.pdf',
      document_type,
      document_content: { download_url: `/v1/documents/document/${ids.document}/download` },
      subject: { customer_reference_number: '2557391-564' },
    },
  },
});

export const messages = {
  planned: {
    events: [
      { timestamp: '2026-11-24T05:00:00Z', update: { type: 'Trip', status: 'PLANNED' } },
      {
        timestamp: '2026-11-24T05:00:01Z',
        update: { type: 'Resource', resource: { type: 'DRIVER', name: 'Sam Driver' } },
      },
      {
        timestamp: '2026-11-24T05:00:01Z',
        update: {
          type: 'Resource',
          resource: { type: 'RIGID', code: 'V12', name: 'Truck 12', license_plate: 'AB12 CDE' },
        },
      },
    ],
    trip,
  },
  out: {
    events: [
      {
        timestamp: '2026-11-24T07:30:10Z',
        update: {
          type: 'Stop',
          id: null,
          stop: stop(ids.pickup, 'PICKUP', 'COMPLETED', { actual_end_timestamp: '2026-11-24T07:30:00Z' }),
        },
      },
    ],
    order,
    trip: { ...trip, orders: null },
  },
  arrived: {
    events: [
      {
        timestamp: '2026-11-24T10:01:10Z',
        update: {
          type: 'Stop',
          id: null,
          stop: stop(ids.delivery, 'DELIVERY', 'AT_STOP', { actual_start_timestamp: '2026-11-24T10:01:00Z' }),
        },
      },
    ],
    order,
  },
  delivered: {
    events: [
      {
        timestamp: '2026-11-24T10:15:10Z',
        update: {
          type: 'Stop',
          id: null,
          stop: stop(ids.delivery, 'DELIVERY', 'COMPLETED', {
            actual_start_timestamp: '2026-11-24T10:01:00Z',
            actual_end_timestamp: '2026-11-24T10:15:00Z',
          }),
        },
      },
    ],
    order,
  },
  scanned: {
    events: [
      unit('SCANNED_OUT', 'PICKUP'),
      unit('SCANNED_IN', null),
      unit('STORED', 'CUSTOM'),
      unit('SCANNED_OUT', 'DELIVERY'),
    ],
    order,
  },
  documents: {
    events: [document('PROOF_OF_DELIVERY_SIGNED'), document('PALLET_LABEL'), document('CUSTOMER_PAPERWORK')],
    order,
  },
  quiet: {
    events: [
      { timestamp: '2026-11-24T10:15:10Z', update: { type: 'Order', status: 'COMPLETED' } },
      {
        timestamp: '2026-11-24T10:15:10Z',
        update: { type: 'Eta', stops: [stop(ids.delivery, 'DELIVERY', 'COMPLETED')] },
      },
    ],
    order,
  },
  dispatched: {
    operation: 'CREATE',
    payload: {
      id: ids.trip,
      name: 'TR-7',
      orders: [{ id: ids.order, name: 'OR-1', customer_reference_number: '2557391-564', consignments: [] }],
      resource_allocations: [{ resource: { id: other, code: 'V12', name: 'Truck 12', resource_type: 'RIGID' } }],
      stops: [],
    },
  },
  dispatchCancelled: {
    operation: 'CANCEL',
    payload: {
      id: ids.trip,
      name: 'TR-7',
      orders: [{ id: ids.order, name: 'OR-1', customer_reference_number: '2557391-564', consignments: [] }],
      resource_allocations: null,
      stops: [],
    },
  },
};

interface StopState {
  readonly status: string;
  readonly start_timestamp?: string;
  readonly end_timestamp?: string;
  readonly incidents?: readonly { readonly code: string; readonly name?: string; readonly description?: string }[];
}

/** The order status with its stops in these states, planned unless told otherwise. */
export function statusAnswer(
  more: {
    readonly pickup?: StopState;
    readonly delivery?: StopState;
    readonly planned?: boolean;
    readonly signed?: string;
  } = {},
) {
  const base = stored(orderInput(delivery, { operation: 'CREATE', orderIdentifier: 'c-1-1', access }));
  const [consignment] = base.consignments;
  if (consignment === undefined) throw new Error('an order without a consignment');
  const pickup = more.pickup ?? { status: 'PLANNED' };
  const drop = more.delivery ?? { status: 'PLANNED' };
  const signatures =
    more.signed === undefined
      ? []
      : [{ type: 'CONSIGNEE', name: 'A. Rowe', timestamp: more.signed }, { type: 'DRIVER' }];
  const planned = [
    { ...consignment.pickup_stop, ...pickup },
    { ...consignment.delivery_stop, ...drop },
  ];
  const stops = planned.map((one) => ({ ...one, consignment_id: ids.consignment }));
  const shipment = {
    id: ids.trip,
    name: 'TR-7',
    stops: planned,
    resource_allocations: [
      { resource: { resource_type: 'DRIVER', name: 'Sam Driver' } },
      { resource: { resource_type: 'RIGID', code: 'V12', name: 'Truck 12' } },
    ],
  };
  return {
    ...base,
    status: 'PLANNED',
    consignments: [
      {
        ...consignment,
        pickup_stop: { ...consignment.pickup_stop, ...pickup },
        delivery_stop: { ...consignment.delivery_stop, ...drop },
        signatures,
      },
    ],
    stops,
    shipments: more.planned === false ? [] : [shipment],
  };
}
