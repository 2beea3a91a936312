/**
 * What becomes of a stop that failed. The help centre publishes five primary actions of an incident (article 133792); the
 * status that the API shows of the stop after each is published nowhere (assumption 38). Stated here and chosen for
 * nobody's convenience: `block` leaves it BLOCKED, `dont-replan`, `retry` and `return` leave it COMPLETED ("the others are
 * completed" at the same stop), `cancel` leaves it CANCELLED.
 */
import { randomUUID } from 'node:crypto';
import { sendStop } from './events.ts';
import type { Incident, IncidentAction, Order, Stop, StopStatus } from './model.ts';
import { cancelConsignment, makeSimilarOrder } from './planner.ts';
import { addAttempt } from './stops.ts';
import type { Twin } from './twin.ts';

const STATUS_AFTER: Record<IncidentAction, StopStatus> = {
  block: 'BLOCKED',
  'dont-replan': 'COMPLETED',
  retry: 'COMPLETED',
  return: 'COMPLETED',
  cancel: 'CANCELLED',
};

export interface Failure {
  at: string;
  startedAt: string | undefined;
  incident: Incident | undefined;
  /** Left out: as the tenant has configured the incident, else `retry` where stops are added at all. */
  action: IncidentAction | undefined;
  /** The status that it leaves, whatever the action's. */
  leaves: StopStatus | undefined;
}

function addsStops(twin: Twin): boolean {
  return (['39a', '39b', '39c', '39d'] as const).some((id) => twin.plays(id)) && !twin.plays('39e');
}

export function actionOf(twin: Twin, order: Order, { action, incident }: Failure): IncidentAction | null {
  const configured = twin.organisation(order.organisation)?.incidents?.[incident?.code ?? ''];
  if (action !== undefined || configured !== undefined) return action ?? configured ?? null;
  if (twin.plays('38a')) return 'block';
  if (twin.plays('38c') || twin.plays('38e') || twin.plays('38f')) return 'dont-replan';
  return addsStops(twin) ? 'retry' : twin.isPublished ? 'dont-replan' : null;
}

/** Flips of assumption 38: the status; null where the stop keeps the one it had. */
function flippedStatus(twin: Twin): StopStatus | null | undefined {
  if (twin.plays('38a')) return 'BLOCKED';
  if (twin.plays('38b')) return 'COMPLETED';
  if (twin.plays('38c') || twin.plays('38f')) return 'TO_PLAN';
  if (twin.plays('38d')) return 'CANCELLED';
  if (twin.plays('38e')) return null;
  return twin.plays('38g') ? 'IGNORED' : undefined;
}

/** The words of the tenant for an incident. */
function incidentsOf(twin: Twin, incident: Incident): Incident[] {
  const waiting: Incident = { code: 'WAITING', name: 'Waiting time', description: null };
  const before = twin.plays('56d') ? [waiting] : [];
  if (twin.plays('56a')) return [...before, { ...incident, code: null, name: incident.name || String(incident.code) }];
  if (twin.plays('56b')) return [...before, { ...incident, code: 'ANNAHME_VERWEIGERT', name: 'Annahme verweigert' }];
  return [...before, incident];
}

/** Flip 56c: the incident is a charge, and nothing else is changed. */
function becomesCharge(twin: Twin, order: Order, incident: Incident | undefined): boolean {
  if (!twin.plays('56c')) return false;
  const description = incident?.name || incident?.code || 'Incident';
  const charge = { id: randomUUID(), approval_status: 'TO_REQUEST' as const, description, amount: 25 };
  order.charges = [...(order.charges ?? []), charge];
  return true;
}

/** An incident at a stop that was reached all the same. */
export function noteIncident(twin: Twin, order: Order, stop: Stop, incident: Incident): void {
  if (!becomesCharge(twin, order, incident)) stop.incidents.push(...incidentsOf(twin, incident));
}

/** Changes stop and order; the status before is the one the stop had. Only flip 95b tells it by an event. */
export function failStop(twin: Twin, order: Order, stop: Stop, failure: Failure): void {
  const before = { ...stop };
  if (becomesCharge(twin, order, failure.incident)) return;
  const action = actionOf(twin, order, failure);
  const flipped = flippedStatus(twin);
  const status = failure.leaves ?? (flipped === undefined ? action && STATUS_AFTER[action] : flipped) ?? null;
  const start = failure.startedAt ?? (stop.startIsActual ? stop.start : failure.at);
  Object.assign(stop, { startIsActual: true, start });
  Object.assign(stop, { end: failure.at, endIsActual: true, status: status ?? 'IGNORED' });
  if (flipped === null && failure.leaves === undefined) Object.assign(stop, before);
  if (status === 'TO_PLAN') Object.assign(stop, { start: null, end: null, startIsActual: false, endIsActual: false });
  if (failure.incident !== undefined && !twin.plays('38f')) stop.incidents.push(...incidentsOf(twin, failure.incident));
  if (action !== null || flipped !== undefined) stop.failedAt = failure.at;
  if (action === 'block') Object.assign(order, { isBlocked: true });
  if (action === 'cancel') cancelConsignment(twin, order, stop, failure.at);
  if ((action === 'retry' || action === 'return') && !twin.plays('39e')) {
    if (twin.plays('39c')) makeSimilarOrder(twin, order, { keepsOld: true });
    else addAttempt(twin, order, stop, action);
  }
  if (twin.plays('95b')) sendStop(twin, order, { ...stop, status: 'CANCELLED' }, failure.at, []);
}
