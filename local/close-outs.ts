import { call } from './loopback.ts';
import type { Sources } from './settle.ts';
import { type ClosedRow, closedList, finalOrders, type HeldCloseOut, heldList, type QargoOrder } from './shapes.ts';

/** What was closed out on a day, beside what Qargo holds. */
export interface CloseOuts {
  readonly closed: number;
  readonly adjusted: number;
  /** Exported more than once, or with other quantities than Qargo's order; in words. */
  readonly wrong: readonly string[];
  /** What is not closed out, with what holds it. */
  readonly held: readonly HeldCloseOut[];
}

/** Has the product look at what is ready, then reads its export. `began` epoch ms. */
export async function readCloseOuts(
  { service, qargo }: Pick<Sources, 'service' | 'qargo'>,
  began: number,
): Promise<CloseOuts> {
  await call('POST', `${service}/operations/close-outs`, { who: 'npm start' }, 60_000);
  const since = new Date(began).toISOString();
  const { rows } = closedList.parse(
    await call('GET', `${service}/operations/close-outs?limit=10000&since=${encodeURIComponent(since)}`),
  );
  const { orders } = finalOrders.parse(await call('GET', `${qargo}/control/held`, undefined, 60_000));
  const held = heldList.parse(await call('GET', `${service}/operations/close-outs/held?limit=100`));
  return compareCloseOuts(rows, orders, held);
}

export function compareCloseOuts(
  rows: readonly ClosedRow[],
  orders: readonly QargoOrder[],
  held: readonly HeldCloseOut[],
): CloseOuts {
  const byId = new Map(orders.map((order) => [order.id, order]));
  const ofOne = new Map<string, ClosedRow[]>();
  for (const row of rows) ofOne.set(row.consignment, [...(ofOne.get(row.consignment) ?? []), row]);
  const wrong = [...ofOne.values()].flatMap((own) => {
    const last = own.at(-1);
    const name = `${last?.organisation} ${last?.reference}`;
    const once = own.map(({ adjustment }) => adjustment).join() === own.map((_, nth) => nth).join();
    if (last === undefined || !once)
      return [`${name}: exported as ${own.map(({ adjustment }) => adjustment).join(', ')}`];
    const order = byId.get(last.qargoOrder ?? '');
    return differences(last, order).map((what) => `${name}: ${what}`);
  });
  return { closed: ofOne.size, adjusted: rows.filter(({ adjustment }) => adjustment > 0).length, wrong, held };
}

/** In what the order is otherwise than what was closed out. Goods share the weight and may each round it. */
function differences(row: ClosedRow, order: QargoOrder | undefined): string[] {
  if (row.outcome === 'cancelled')
    return order === undefined || order.status === 'CANCELLED' ? [] : ['cancelled, and its order lives'];
  if (order === undefined) return ['delivered, and Qargo has no order'];
  const units = (all: readonly { readonly type: string; readonly amount: number }[]) => {
    const sums = new Map<string, number>();
    for (const { type, amount } of all) sums.set(type, (sums.get(type) ?? 0) + amount);
    return [...sums]
      .map(([type, amount]) => `${type} ${amount}`)
      .sort()
      .join(', ');
  };
  const weight = order.goods.reduce((sum, good) => sum + good.weight, 0);
  const pairs: [string, string, string][] = [
    ['status', 'lives', order.status === 'CANCELLED' ? 'cancelled' : 'lives'],
    ['bill units', units(row.billUnits), units(order.goods)],
    ['weight', Math.abs(row.weight - weight) <= 2 ? String(weight) : String(row.weight), String(weight)],
  ];
  return pairs
    .filter(([, closed, held]) => closed !== held)
    .map(([what, closed, held]) => `${what} ${closed}, Qargo ${held}`);
}

/** For people; what is held with its reasons. */
export function closeOutLines({ closed, adjusted, wrong, held }: CloseOuts): string[] {
  const exported =
    wrong.length === 0 ? "each exported once, with the quantities of Qargo's order" : `${wrong.length} WRONG`;
  return [
    `closed out ${closed}, adjusted ${adjusted} times: ${exported}; held ${held.length}`,
    ...wrong.map((line) => `  ${line}`),
    ...held.map(
      ({ organisation, reference, holds }) => `  held: ${organisation} ${reference ?? '-'}: ${holds.join('; ')}`,
    ),
  ];
}
