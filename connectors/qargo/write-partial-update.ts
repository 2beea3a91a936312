/** What changed of an order, as Qargo's partial update takes it (apis 2.9, appendix D). Pure. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { EditField } from '../../domain/policy/edits.ts';
import type { QargoAccess } from './config.ts';
import { type OrderFields, orderFields, type StopFields } from './write-order-fields.ts';
import { type GoodRead, type GoodUpdate, goodUpdates } from './write-partial-goods.ts';

type Change = Readonly<Record<string, unknown>>;

interface Update {
  readonly operation: 'UPDATE';
  readonly data: Change;
}

interface StopUpdate {
  readonly match: { readonly matches_all: readonly [{ readonly stop: { readonly stop_type: 'PICKUP' | 'DELIVERY' } }] };
  readonly update: Update;
}

/** Body of `POST /v1/webhook/partial-order-update`, as far as we fill it. */
export interface OrderUpdatePayload {
  readonly updates: readonly [
    {
      readonly match: {
        readonly matches_all: readonly [
          { readonly order: { readonly id: { readonly matches_any: readonly [string] } } },
        ];
      };
      readonly update?: Update;
      readonly consignment?: {
        readonly updates: readonly [
          {
            readonly match: {
              readonly matches_all: readonly [{ readonly consignment: { readonly order_sequence_number: 1 } }];
            };
            readonly update?: Update;
            readonly stop?: { readonly updates: readonly StopUpdate[] };
            readonly good?: { readonly updates: readonly GoodUpdate[] };
          },
        ];
      };
    },
  ];
}

/**
 * Only what differs. A text that is gone is sent as null (assumed to clear it; reading back tells).
 *
 * @param said.before what Qargo was last told; null where nobody knows, then everything that can be said is said.
 * @param said.goods the goods as Qargo has them now (`readOrderStatus(..).goods`); null where they were not read:
 *   goods and barcodes are then left alone. An empty list means that Qargo has none.
 * @param said.barcodes every barcode of the consignment, where they are owed now; left out, barcodes stay as they are.
 * @param said.theirs fields that a planner set in Qargo and this update is not about: goods keep what they have of them.
 * @param said.identifiers Palletways' identifiers, where they are owed now.
 * @returns null where nothing differs. Stop extras are never in it: ask `listFieldsBeyondPartial` first.
 * @throws RangeError where barcodes are owed and goods were not read: they would be lost in silence.
 */
export function partialUpdate(said: {
  readonly orderId: string;
  readonly before: OrderContent | null;
  readonly after: OrderContent;
  readonly goods: readonly GoodRead[] | null;
  readonly access: QargoAccess;
  readonly barcodes?: readonly string[];
  readonly theirs?: readonly EditField[];
  readonly identifiers?: { readonly trackingId: string | null; readonly conNo: string | null };
}): OrderUpdatePayload | null {
  if (said.goods === null && said.barcodes !== undefined)
    throw new RangeError('barcodes are owed, and the goods that carry them were not read');
  const before = said.before === null ? null : orderFields(said.before, said.access);
  const after = orderFields(said.after, said.access);

  const order = update(orderChange(before, after));
  const consignment = update({ ...consignmentChange(before, after), ...identifierChange(said.identifiers) });
  const stops = (['pickup', 'delivery'] as const).flatMap((end): StopUpdate[] => {
    const change = update(stopChange(before?.[end] ?? null, after[end]));
    const stop_type = end === 'pickup' ? ('PICKUP' as const) : ('DELIVERY' as const);
    return change === undefined ? [] : [{ match: { matches_all: [{ stop: { stop_type } }] }, update: change }];
  });
  const goods =
    said.goods === null
      ? []
      : goodUpdates(
          { before: before?.goods ?? null, after: after.goods, theirs: said.theirs ?? [] },
          said.goods,
          said.barcodes,
          said.access,
        );

  const inside = consignment !== undefined || stops.length > 0 || goods.length > 0;
  if (order === undefined && !inside) return null;
  return {
    updates: [
      {
        match: { matches_all: [{ order: { id: { matches_any: [said.orderId] } } }] },
        ...(order === undefined ? {} : { update: order }),
        ...(inside
          ? {
              consignment: {
                updates: [
                  {
                    match: { matches_all: [{ consignment: { order_sequence_number: 1 } }] },
                    ...(consignment === undefined ? {} : { update: consignment }),
                    ...(stops.length === 0 ? {} : { stop: { updates: stops } }),
                    ...(goods.length === 0 ? {} : { good: { updates: goods } }),
                  },
                ],
              },
            }
          : {}),
      },
    ],
  };
}

function update(data: Change): Update | undefined {
  return Object.keys(data).length === 0 ? undefined : { operation: 'UPDATE', data };
}

/** The texts that differ, null where one is gone. */
function texts<K extends string>(
  before: Readonly<Record<K, string>> | null,
  after: Readonly<Record<K, string>>,
): Change {
  const keys = Object.keys(after) as K[];
  const changed = keys.filter((key) => (before === null ? after[key] !== '' : before[key] !== after[key]));
  return Object.fromEntries(changed.map((key) => [key, after[key] === '' ? null : after[key]]));
}

function orderChange(before: OrderFields | null, after: OrderFields): Change {
  const named = (order: OrderFields) => ({
    customer_reference_number: order.number,
    planning_instructions: order.instructions,
  });
  return {
    ...texts(before && named(before), named(after)),
    ...(before?.service === after.service || after.service === '' ? {} : { service_level: { code: after.service } }),
  };
}

function consignmentChange(before: OrderFields | null, after: OrderFields): Change {
  const named = (order: OrderFields) => ({
    consignment_reference_number: order.number,
    planning_instructions: order.remarks,
  });
  const depots = (order: OrderFields) => ({
    collection_depot_code: order.collectionDepot,
    delivery_depot_code: order.deliveryDepot,
  });
  const network = texts(before && depots(before), depots(after));
  return {
    ...texts(before && named(before), named(after)),
    ...(Object.keys(network).length === 0 ? {} : { transport_network: network }),
  };
}

function identifierChange(
  identifiers: { readonly trackingId: string | null; readonly conNo: string | null } | undefined,
): Change {
  const palletways = {
    ...(identifiers?.trackingId ? { tracking_id: identifiers.trackingId } : {}),
    ...(identifiers?.conNo ? { consignment_number: identifiers.conNo } : {}),
  };
  return Object.keys(palletways).length === 0 ? {} : { palletways };
}

/** A place is one thing: where a line of it differs the whole address is said, so that Qargo never mixes two. */
function stopChange(before: StopFields | null, after: StopFields): Change {
  const named = (stop: StopFields) => ({
    date: stop.date ?? '',
    reference_number: stop.reference_number,
    phone_number: stop.phone_number,
    note: stop.note,
    planning_instructions: stop.planning_instructions,
  });
  const moved = Object.keys(texts(before?.place ?? null, { ...after.place })).length > 0;
  const blank = { name: '', address: '', address_second_line: '', city: '', state: '', postal_code: '', country: '' };
  const windows = [before?.window ?? null, after.window].map((window) => JSON.stringify(window));
  return {
    ...texts(before && named(before), named(after)),
    ...(moved ? { location: { ...nulls(blank), ...texts(blank, { ...after.place }) } } : {}),
    ...(windows[0] === windows[1] ? {} : { time_window: after.window === null ? null : { ...after.window } }),
  };
}

function nulls(texts: Readonly<Record<string, string>>): Change {
  return Object.fromEntries(Object.keys(texts).map((key) => [key, null]));
}
