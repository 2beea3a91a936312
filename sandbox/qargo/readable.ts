/** Which of the things said the order's reads still show (wire assumptions 1, column "read that finds it"). */
import { type Order, type Said, stopsOf, stopsOfConsignment, type TwinState } from './model.ts';

/** Scans are in no read; incidents, signatures and documents stay in theirs. */
export function shows(state: TwinState, order: Order, said: Pick<Said, 'kind' | 'at' | 'content'>): boolean {
  const [consignment] = order.consignments;
  if (consignment === undefined) return false;
  const { pickup, delivery } = consignment;
  const trip = order.tripId === null ? undefined : state.trips[order.tripId];
  const ended = (type: string, status: string) =>
    stopsOfConsignment(consignment).some(
      (stop) => stop.type === type && stop.place === undefined && stop.status === status && stop.end === said.at,
    );
  switch (said.kind) {
    case 'scan':
      return false;
    case 'planned':
      return trip?.name === said.content.trip;
    case 'unplanned':
      return trip === undefined && delivery.status === 'TO_PLAN';
    case 'failed':
      return ended('DELIVERY', 'IGNORED') || showsFailure(order, said.at);
    case 'milestone':
      if (said.content.milestone === 'out') return ended('PICKUP', 'COMPLETED');
      if (said.content.milestone === 'delivered') return ended('DELIVERY', 'COMPLETED');
      return stopsOfConsignment(consignment).some(
        ({ type, place, status, startIsActual, start }) =>
          type === 'DELIVERY' &&
          place === undefined &&
          (status === 'AT_STOP' || status === 'COMPLETED') &&
          startIsActual &&
          start === said.at,
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
    case 'order cancelled':
      return order.consignments.some(({ cancelledFrom }) => cancelledFrom !== undefined);
    case 'order undone':
      return order.status !== 'CANCELLED';
    case 'order replaced':
      return order.status === 'CANCELLED';
    case 'order blocked':
      return order.isBlocked === said.content.isBlocked;
    case 'trip reset':
      return order.status === 'PLANNED';
    case 'times changed':
      return stopsOfConsignment(consignment).some(
        ({ start, end }) => start === said.content.start && end === said.content.end,
      );
    case 'custom':
      return false;
    case 'document':
    case 'charges':
    case 'exception':
    case 'pod':
      return true;
  }
}

/** The incident stays with the stop that failed, whatever its status. */
function showsFailure(order: Order, at: string): boolean {
  return stopsOf(order).some(({ failedAt, incidents }) => failedAt === at && incidents.length > 0);
}
