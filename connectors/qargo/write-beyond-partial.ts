/** What a partial update cannot say. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { QargoAccess } from './config.ts';
import { orderFields } from './write-order-fields.ts';

/**
 * The changed fields that Qargo's partial update has no place for: an update of a stop takes no `extras`, and none
 * of an order's location takes a location `code` (apis, appendix D: StopUpdateData, LocationInput). Where this is
 * not empty the order is owed as a whole (`orderInput` with `UPDATE`).
 */
export function listFieldsBeyondPartial(
  before: OrderContent | null,
  after: OrderContent,
  access: QargoAccess,
): readonly string[] {
  const [old, now] = [before === null ? null : orderFields(before, access), orderFields(after, access)];
  return (['pickup', 'delivery'] as const).flatMap((end) => {
    const [was, is] = [old?.[end], now[end]];
    const changed: string[] = [];
    if ((was?.extras ?? []).join() !== is.extras.join()) changed.push(`${end}_stop.extras`);
    if (was !== undefined && was.depotCode !== is.depotCode) changed.push(`${end}_stop.location.code`);
    return changed;
  });
}
