/**
 * How an order ends or stands still at Qargo otherwise than agreed (apis-2 A1, A2; wire-assumptions 46, 49, 50, 94). Planners cancel, undo,
 * block, reset and make similar orders in the screen, and no event is described for it: a read of the order shows it. Pure.
 */
import type { Ending } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { Earlier, StopStatus } from './read-failures.ts';

/** What of an order tells how it ends. */
interface OrderRead {
  readonly status: string;
  readonly stops: readonly StopStatus[];
  /** Stops at which this read shows an attempt that failed. */
  readonly failed: readonly string[];
}

/** Answers the fact where the order stands otherwise than was heard of it before; null where it does not. */
export function endingOf(order: OrderRead, startedAt: string, earlier: Earlier): NewFactFrom<'qargo'> | null {
  const how = howItEnds(order, startedAt, earlier);
  return how === (earlier.ending ?? 'none') ? null : endingFact(how, { at: startedAt, zone: 'UTC' });
}

export const endingFact = (
  how: Ending,
  said: { readonly at: string; readonly zone: string },
): NewFactFrom<'qargo'> => ({
  kind: 'ending',
  id: `qg:ending:${how}:${said.at}`,
  at: said.at,
  zone: said.zone,
  source: 'qargo',
  how,
});

function howItEnds(order: OrderRead, startedAt: string, earlier: Earlier): Ending {
  const { status, stops } = order;
  const deliveries = stops.filter(({ type }) => type === 'DELIVERY');
  if (earlier.takenBack === true) return status === 'CANCELLED' ? 'none' : 'lives on';
  const isCancelled = (stop: StopStatus) => stop.status === 'CANCELLED';
  if (status === 'CANCELLED') return 'cancelled';
  if (status === 'REJECTED') return 'rejected';
  const alive = deliveries.filter((stop) => !isCancelled(stop));
  if (deliveries.length > 0 && alive.length === 0) return 'cancelled';
  const lost = (stop: StopStatus) =>
    isCancelled(stop) && !alive.some((other) => other.consignment === stop.consignment);
  if (deliveries.some(lost)) return 'cancelled in part';
  const next = alive.find((stop) => stop.status !== 'COMPLETED' && stop.status !== 'IGNORED');
  if (status === 'BLOCKED' || next?.status === 'BLOCKED') return 'blocked';
  const back = takenBackAt(order, startedAt, earlier);
  if (back !== null) return back;
  const isSkipped = ({ status: at, details }: StopStatus) => at === 'IGNORED' && details.length === 0;
  return next === undefined && alive.some(isSkipped) ? 'skipped' : 'none';
}

/** Whether a stop that was reached or delivered is open again, or gone, and nothing says why. */
function takenBackAt({ stops, failed }: OrderRead, startedAt: string, { ends }: Earlier): Ending | null {
  const last = new Map<string, Earlier['ends'][number]>();
  for (const end of ends) {
    // What came while the order was read may be newer than the answer.
    if (end.heard !== undefined && end.heard >= startedAt) continue;
    const known = last.get(end.stop);
    if (known === undefined || known.at < end.at || (known.at === end.at && known.milestone === 'arrived'))
      last.set(end.stop, end);
  }
  const ids = new Set(stops.map(({ id }) => id));
  const open = [...last.values()].filter(({ stop }) => {
    // Not of a stop: a person's own word, or the order's.
    if (stop === 'hand' || stop.startsWith('order:') || failed.includes(stop)) return false;
    const now = stops.find(({ id }) => id === stop);
    return !ids.has(stop) || (now !== undefined && !['AT_STOP', 'COMPLETED', 'IGNORED', ''].includes(now.status));
  });
  if (open.some(({ milestone, stop }) => milestone === 'delivered' && ids.has(stop))) return 'reset';
  return open.some(({ milestone }) => milestone === 'arrived') ? 'attempt not known' : null;
}
