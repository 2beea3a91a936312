/** The whole order as it is uploaded: created, changed or cancelled (apis 2.7). Pure. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { QargoAccess } from './config.ts';
import { packagingOf } from './mapping.ts';
import { type GoodFields, orderFields, type PlaceFields, type StopFields, spread } from './write-order-fields.ts';

interface LocationInput extends Partial<PlaceFields> {
  readonly code?: string;
}

interface StopInput {
  readonly location: LocationInput;
  readonly date?: string;
  readonly reference_number?: string;
  readonly phone_number?: string;
  readonly note?: string;
  readonly planning_instructions?: string;
  readonly time_window?: { readonly start_time: string; readonly end_time: string; readonly is_enforced: boolean };
  readonly extras?: readonly { readonly code: string }[];
}

interface GoodInput {
  readonly quantity: number;
  readonly total_weight_kg: number;
  readonly packaging_type?: { readonly packaging_size: { readonly code: string } };
  readonly adr_type?: 'ADR' | 'LIMITED_QUANTITY';
  readonly handling_units?: readonly { readonly barcode: { readonly value: string; readonly source: 'PALLETWAYS' } }[];
}

/** Body of `POST /v1/orders/order/upload`, as far as we fill it. */
export interface OrderInput {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly order_identifier: string;
  readonly customer: { readonly code: string };
  readonly import_configuration: { readonly code: string };
  readonly customer_reference_number?: string;
  readonly transport_service: { readonly code: string };
  readonly service_level?: { readonly code: string };
  readonly planning_instructions?: string;
  readonly consignments: readonly [
    {
      readonly consignment_reference_number?: string;
      readonly planning_instructions?: string;
      readonly transport_network?: { readonly collection_depot_code?: string; readonly delivery_depot_code?: string };
      readonly pickup_stop: StopInput;
      readonly delivery_stop: StopInput;
      readonly goods: readonly GoodInput[];
    },
  ];
}

/**
 * The order as Qargo imports it. `DELETE` carries the full order again, as Qargo asks (apis 2.7). What Palletways
 * did not say is left out. Dates and times are local to the depot.
 * @param said.orderIdentifier `<internal id>-<generation>`: Qargo's key for duplicates; never one of a cancelled order.
 */
export function orderInput(
  content: OrderContent,
  said: {
    readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
    readonly orderIdentifier: string;
    readonly access: QargoAccess;
  },
): OrderInput {
  const { access } = said;
  const order = orderFields(content, access);
  const barcodes = spread(
    content.barcodes,
    order.goods.map((good) => good.quantity),
  );
  return {
    operation: said.operation,
    order_identifier: said.orderIdentifier,
    customer: { code: access.customer.code },
    import_configuration: { code: access.importConfiguration },
    transport_service: { code: access.transportService },
    ...filled({ customer_reference_number: order.number, planning_instructions: order.instructions }),
    ...(order.service === '' ? {} : { service_level: { code: order.service } }),
    consignments: [
      {
        ...filled({ consignment_reference_number: order.number, planning_instructions: order.remarks }),
        ...(order.collectionDepot === '' && order.deliveryDepot === ''
          ? {}
          : {
              transport_network: filled({
                collection_depot_code: order.collectionDepot,
                delivery_depot_code: order.deliveryDepot,
              }),
            }),
        pickup_stop: stop(order.pickup),
        delivery_stop: stop(order.delivery),
        goods: order.goods.map((fields, index) => good(fields, barcodes[index] ?? [], access)),
      },
    ],
  };
}

function stop(fields: StopFields): StopInput {
  return {
    location: filled({ code: fields.depotCode, ...fields.place }),
    ...filled({
      date: fields.date ?? '',
      reference_number: fields.reference_number,
      phone_number: fields.phone_number,
      note: fields.note,
      planning_instructions: fields.planning_instructions,
    }),
    ...(fields.window === null ? {} : { time_window: { ...fields.window } }),
    ...(fields.extras.length === 0 ? {} : { extras: fields.extras.map((code) => ({ code })) }),
  };
}

function good(fields: GoodFields, barcodes: readonly string[], { packagings }: QargoAccess): GoodInput {
  return {
    quantity: fields.quantity,
    total_weight_kg: fields.weight,
    ...(fields.packaging === null
      ? {}
      : { packaging_type: { packaging_size: { code: packagingOf(fields.packaging, packagings) } } }),
    ...(fields.adr === null ? {} : { adr_type: fields.adr }),
    ...(barcodes.length === 0
      ? {}
      : { handling_units: barcodes.map((value) => ({ barcode: { value, source: 'PALLETWAYS' as const } })) }),
  };
}

/** Only the texts that say something. */
function filled<K extends string>(texts: Readonly<Record<K, string>>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== '')) as Partial<Record<K, string>>;
}
