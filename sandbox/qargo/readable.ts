/** Which of the things said the order's reads still show (wire assumptions 1, column "read that finds it"). */
import { type Order, type Said, stopsOf, stopsOfConsignment, type TwinState } from './model.ts';

/** Scans are in no read; incidents, signatures and documents stay in theirs. */
export function shows(state: TwinState, order: Order, said: Pick<Said, 'kind' | 'at' | 'content'>): boolean {
  const [consignment] = order.consignments;
  if (consignment === undefined) return false;
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
      return order.isOffPlan === true || (trip === undefined ? isToPlan(order) : trip.isBare === true);
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
      return stopsOfConsignment(consignment).some(
        ({ type, startIsActual, start, end }) =>
          type === said.content.stop && !startIsActual && start === said.content.start && end === said.content.end,
      );
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
    case 'pod':
      return true;
    case 'exception':
      return stopsOf(order).some(({ incidents }) => incidents.length > 0) || hasPhotos(said.content);
  }
}

/** The incident stays with the stop that failed, whatever its status. */
function showsFailure(order: Order, at: string): boolean {
  return stopsOf(order).some(({ failedAt, incidents }) => failedAt === at && incidents.length > 0);
}

function hasPhotos({ photos }: Said['content']): boolean {
  return Array.isArray(photos) && photos.length > 0;
}

/** A delivery of it waits for a plan: the last one, where others failed. */
function isToPlan(order: Order): boolean {
  const last = stopsOf(order).findLast(({ type, place, isClosed }) => type === 'DELIVERY' && !place && !isClosed);
  return last?.status === 'TO_PLAN' || last?.status === 'BLOCKED';
}
