/** Measured dimensions of goods in a partial update (`unit_length_m`, `unit_width_m`, `unit_height_m` of a good). Pure. */
import { sizeOf } from '../../domain/policy/charges.ts';
import type { GoodRead, GoodUpdate } from './write-partial-goods.ts';
import type { OrderUpdatePayload } from './write-partial-update.ts';

/** Sizes by the id of the good that has them; null where all goods have theirs, or a size cannot be read. */
export function sizeUpdate(
  orderId: string,
  goods: readonly GoodRead[],
  sizes: ReadonlyMap<string, string>,
): OrderUpdatePayload | null {
  const updates = goods.flatMap((good): GoodUpdate[] => {
    const wanted = sizes.get(good.id);
    const metres = wanted === undefined || wanted === good.size ? null : sizeOf(wanted);
    if (metres === null) return [];
    const [unit_length_m, unit_width_m, unit_height_m] = metres;
    return [
      {
        match: { matches_all: [{ good: { id: { matches_any: [good.id] } } }] },
        update: { operation: 'UPDATE', data: { unit_length_m, unit_width_m, unit_height_m } },
      },
    ];
  });
  if (updates.length === 0) return null;
  return {
    updates: [
      {
        match: { matches_all: [{ order: { id: { matches_any: [orderId] } } }] },
        consignment: {
          updates: [{ match: { matches_all: [{ consignment: { order_sequence_number: 1 } }] }, good: { updates } }],
        },
      },
    ],
  };
}
