/** Which of the things said the order's reads still show (wire assumptions 1, column "read that finds it"). */
import type { Order, Said, TwinState } from './model.ts';

/** Scans are in no read; incidents, signatures and documents stay in theirs. */
export function shows(state: TwinState, order: Order, said: Pick<Said, 'kind' | 'at' | 'content'>): boolean {
  const [consignment] = order.consignments;
  if (consignment === undefined) return false;
  const { pickup, delivery } = consignment;
  const trip = order.tripId === null ? undefined : state.trips[order.tripId];
  const ended = (stop: typeof delivery, status: string) => stop.status === status && stop.end === said.at;
  switch (said.kind) {
    case 'scan':
      return false;
    case 'planned':
      return trip?.name === said.content.trip;
    case 'unplanned':
      return trip === undefined && delivery.status === 'TO_PLAN';
    case 'failed':
      return ended(delivery, 'IGNORED');
    case 'milestone':
      if (said.content.milestone === 'out') return ended(pickup, 'COMPLETED');
      if (said.content.milestone === 'delivered') return ended(delivery, 'COMPLETED');
      return (
        (delivery.status === 'AT_STOP' || delivery.status === 'COMPLETED') &&
        delivery.startIsActual &&
        delivery.start === said.at
      );
    case 'order edited': {
      // a later import, partial update or edit may have put something else in its place
      const last = order.history.findLast(({ what }) => what !== 'document' && what !== 'cancelled');
      return last?.what === 'edited' && last.at === said.content.editedAt;
    }
    case 'eta': {
      const stop = said.content.stop === 'PICKUP' ? pickup : delivery;
      return !stop.startIsActual && stop.start === said.content.start && stop.end === said.content.end;
    }
    case 'custom':
      return false;
    case 'document':
    case 'charges':
    case 'exception':
    case 'pod':
      return true;
  }
}
