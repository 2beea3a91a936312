/** Times of a stop that was reached or left, and what becomes of it later: flips of assumptions 46 to 50. */
import { type Order, type Stop, stopsOf } from './model.ts';
import { changeTimes, resetOrder } from './planner.ts';
import { changed } from './told.ts';
import type { Twin } from './twin.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LATER_SECONDS = 60;
/** A planner who completes everything in the evening. */
const EVENING_SECONDS = 120;

interface Reported {
  status: 'AT_STOP' | 'COMPLETED' | 'FAILED';
  at: string;
  startedAt?: string | undefined;
}

const moved = (at: string, ms: number) => new Date(Date.parse(at) + ms).toISOString();

/** What is kept of the times that were reported. */
export function timesOnWire(twin: Twin, stop: Stop, { at, startedAt }: Reported): { start: string; end: string } {
  const reported = startedAt ?? (stop.startIsActual ? (stop.start ?? at) : at);
  const start = twin.plays('46a') ? (stop.start ?? reported) : reported;
  if (twin.plays('46a')) return { start, end: stop.end ?? moved(start, 20 * MINUTE_MS) };
  if (twin.plays('46b')) return { start, end: start };
  if (twin.plays('46e')) return { start, end: moved(start, -10 * MINUTE_MS) };
  return { start, end: twin.plays('46f') ? moved(at, DAY_MS) : at };
}

/** Whether the end of a stop is only entered later (flips 47b, 48b); then `act` is what enters it. */
export function isPutOff(twin: Twin, order: Order, { status }: Reported, act: () => unknown): boolean {
  if (status !== 'COMPLETED' || !(twin.plays('47b') || twin.plays('48b'))) return false;
  twin.afterwards(twin.plays('47b') ? EVENING_SECONDS : LATER_SECONDS, async () => {
    if (order.status !== 'CANCELLED') await act();
  });
  return true;
}

/** What becomes of a stop, and of its order, after it was reached or left. */
export function followStop(twin: Twin, order: Order, stop: Stop, at: string): void {
  if (stop.status !== 'COMPLETED') return;
  if (twin.plays('47b') && stop.end !== null)
    for (const one of stopsOf(order))
      if (one.status === 'COMPLETED' && one.end !== stop.end) changeTimes(twin, order, one, { end: stop.end, at });
  const later = (act: () => void) =>
    twin.afterwards(LATER_SECONDS, () => {
      if (stop.status === 'COMPLETED') act();
    });
  const { end } = stop;
  if (twin.plays('46c') && end !== null)
    later(() => changeTimes(twin, order, stop, { end: moved(end, 17 * MINUTE_MS), at }));
  if (twin.plays('46d') && stop.type === 'DELIVERY') later(() => resetOrder(twin, order, at));
  if (twin.plays('50c') && order.status === 'COMPLETED')
    later(() => {
      order.isGone = true;
      changed(twin, order);
    });
}
