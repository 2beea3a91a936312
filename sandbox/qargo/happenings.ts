/** What people do in Qargo: plan, un-plan, scan, arrive, deliver, fail, sign. Each changes the state and says it, or not. */
import { randomUUID } from 'node:crypto';
import { badRequest } from './errors.ts';
import {
  SENT_DOCUMENTS,
  sendDispatch,
  sendDocument,
  sendOrderCompleted,
  sendScans,
  sendStop,
  sendTripCompleted,
  sendTripPlanned,
  tripOf,
} from './events.ts';
import {
  type Fields,
  type Good,
  type Incident,
  type Order,
  type Said,
  type Signature,
  type Stop,
  type StopType,
  stopsOf,
  type Trip,
} from './model.ts';
import { leaveTrip, stableId } from './orders.ts';
import type { Twin } from './twin.ts';

export function subject(twin: Twin, order: Order, more: { stop?: StopType; barcode?: string } = {}): Said['subject'] {
  const trackingId = order.consignments[0]?.palletways.tracking_id ?? null;
  const trip = tripOf(twin, order);
  return {
    orderId: order.id,
    conNo: order.body.customer_reference_number ?? null,
    ...(trackingId === null ? {} : { trackingId }),
    ...(trip === null ? {} : { trip: trip.name }),
    ...more,
  };
}

export function say(
  twin: Twin,
  order: Order,
  kind: Said['kind'],
  at: string,
  event: boolean,
  content: Fields,
  about: Said['subject'],
): string {
  return twin.say({ organisation: order.organisation, kind, at, event, subject: about, content });
}

export function changed(twin: Twin, order: Order): void {
  order.updatedAt = Date.now();
  twin.changed(order);
}

function minutesAfter(at: string, minutes: number): string {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString();
}

function estimate(stop: Stop, start: string): void {
  stop.start = start;
  stop.end = minutesAfter(start, 20);
  stop.startIsActual = false;
  stop.endIsActual = false;
}

export interface TripInput {
  name: string;
  vehicle: { code?: string | undefined; name: string; plate?: string | undefined; type: string };
  driver?: { name: string } | undefined;
  at: string;
  dispatch: boolean;
  push: boolean;
}

/** Plans orders on a new trip; one that is on another trip leaves that. A stop that failed is planned again, its incidents stay. */
export function planTrip(twin: Twin, organisation: string, orders: Order[], input: TripInput): Trip {
  const { vehicle, driver } = input;
  const trip: Trip = {
    id: randomUUID(),
    organisation,
    name: input.name,
    status: 'PLANNED',
    orders: orders.map((order) => order.id),
    vehicle: {
      id: stableId('vehicle', organisation, vehicle.code ?? vehicle.name),
      type: vehicle.type,
      code: vehicle.code ?? null,
      name: vehicle.name,
      plate: vehicle.plate ?? null,
    },
    driver:
      driver === undefined
        ? null
        : {
            id: stableId('driver', organisation, driver.name),
            type: 'DRIVER',
            code: null,
            name: driver.name,
            plate: null,
          },
    dispatched: input.dispatch,
    at: input.at,
  };
  const left = new Set(orders.flatMap((order) => tripOf(twin, order) ?? []));
  twin.state.trips[trip.id] = trip;
  orders.forEach((order, index) => {
    leaveTrip(twin, order);
    order.tripId = trip.id;
    order.status = 'PLANNED';
    for (const stop of stopsOf(order)) {
      if (stop.status === 'COMPLETED') continue;
      stop.status = 'PLANNED';
      estimate(stop, minutesAfter(input.at, stop.type === 'PICKUP' ? 60 : 120 + 20 * index));
    }
    changed(twin, order);
  });
  const content = { trip: trip.name, vehicle: vehicle.name, vehicleCode: trip.vehicle.code, plate: trip.vehicle.plate };
  const saidIds = orders.map((order) =>
    say(twin, order, 'planned', input.at, input.push, content, subject(twin, order)),
  );
  if (input.push) sendTripPlanned(twin, trip, saidIds);
  if (input.push && input.dispatch) sendDispatch(twin, trip, 'CREATE', orders, saidIds);
  if (input.push) for (const old of left) redispatch(twin, old, [], []);
  return trip;
}

/** A dispatched trip tells its changes: UPDATE with what is left on it, CANCEL when nothing is. */
function redispatch(twin: Twin, trip: Trip, removed: Order[], saidIds: string[]): void {
  if (!trip.dispatched) return;
  const rest = trip.orders.flatMap((id) => twin.state.orders[id] ?? []);
  if (rest.length > 0) {
    sendDispatch(twin, trip, 'UPDATE', rest, []);
    return;
  }
  trip.dispatched = false;
  sendDispatch(twin, trip, 'CANCEL', removed, saidIds);
}

/** Off the trip and back to TO_PLAN: never said, but for a dispatched trip that is left empty (wire assumptions 1). */
export function removeFromTrip(twin: Twin, trip: Trip, orders: Order[], at: string, push: boolean): void {
  const empties = trip.orders.every((id) => orders.some((order) => order.id === id));
  const event =
    push && trip.dispatched && empties && twin.organisation(trip.organisation)?.push.dispatchUrl !== undefined;
  const saidIds = orders.map((order) => {
    const about = subject(twin, order);
    leaveTrip(twin, order);
    order.status = 'TO_PLAN';
    for (const stop of stopsOf(order)) {
      if (stop.status === 'COMPLETED') continue;
      Object.assign(stop, { status: 'TO_PLAN', start: null, end: null, startIsActual: false, endIsActual: false });
    }
    changed(twin, order);
    return say(twin, order, 'unplanned', at, event, { trip: trip.name }, about);
  });
  if (push) redispatch(twin, trip, orders, event ? saidIds : []);
}

/** Wire assumptions 3.1, the table of scan kinds; null where it has no word. */
function scanKind(status: string, stop: StopType | null): 'load' | 'unload' | 'cross-dock' | 'delivery' | null {
  if (status === 'STORED') return 'cross-dock';
  if (stop === 'PICKUP') return 'load';
  if (stop === 'DELIVERY') return 'delivery';
  return status === 'SCANNED_IN' ? 'unload' : null;
}

export interface ScanInput {
  barcode: string;
  status: 'SCANNED_IN' | 'STORED' | 'SCANNED_OUT';
  stop: StopType | null;
  at: string;
  by?: string | undefined;
  /** In words; and the word of another system, where the scan came from one. */
  description?: string | undefined;
  sourceStatus?: string | undefined;
  /** Whether it is a scan that is to be told on: by default not where the other system says that the pallet is not there. */
  says?: boolean | undefined;
}

/** `push` false: no push tells it, and no read. */
export interface Told {
  push: boolean;
}

export function stopOfType(order: Order, type: StopType): Stop {
  const stop = stopsOf(order).find((candidate) => candidate.type === type);
  if (stop === undefined) throw badRequest(`the order has no ${type} stop`);
  return stop;
}

/** The word of another system with which a pallet was scanned all the same; any other is no scan to be told on (assumed). */
const DAMAGED = 'DAMAGED';

/** Scans of one order: all of them or, where one cannot be, none. `together` of them go in one push. */
export function scan(
  twin: Twin,
  order: Order,
  inputs: ScanInput[],
  { push, together }: Told & { together: number },
): string[] {
  const units = new Map(
    order.consignments
      .flatMap((c) => c.goods.flatMap((good) => good.handlingUnits))
      .map((unit) => [unit.barcode, unit]),
  );
  const scans = inputs.map((input) => {
    const unit = units.get(input.barcode);
    if (unit === undefined) throw badRequest(`the order has no barcode ${input.barcode}`);
    const kind = scanKind(input.status, input.stop);
    if (kind === null) throw badRequest(`${input.status} without a stop is no scan that is said`);
    const words = {
      by: input.by ?? null,
      description: input.description ?? null,
      sourceStatus: input.sourceStatus ?? null,
    };
    const says = input.says ?? (input.sourceStatus === undefined || input.sourceStatus === DAMAGED);
    return { ...input, ...words, says, unit, kind, stop: input.stop === null ? null : stopOfType(order, input.stop) };
  });
  for (const { barcode, status, at, stop } of inputs) order.scans.push({ barcode, status, at, stop });
  changed(twin, order);
  const said = scans.map(({ barcode, stop, at, kind, says }) => {
    if (!says) return null;
    const about = subject(twin, order, { barcode, ...(stop === null ? {} : { stop: stop.type }) });
    return say(twin, order, 'scan', at, push, { barcode, scan: kind }, about);
  });
  const told = (from: number, to?: number) => said.slice(from, to).filter((id) => id !== null);
  for (let from = 0; push && from < scans.length; from += together)
    sendScans(twin, order, scans.slice(from, from + together), told(from, from + together));
  return told(0);
}

export interface FileInput {
  type: string;
  name: string;
  contentType: string;
  bytes: Buffer;
}

export interface GoodOutcome {
  id: string;
  delivered?: number | undefined;
  incident?: Incident | undefined;
}

export interface StopInput {
  stop: StopType;
  status: 'AT_STOP' | 'COMPLETED' | 'FAILED';
  at: string;
  startedAt?: string | undefined;
  incident?: { code: string; name: string; description: string | null; photos: FileInput[] } | undefined;
  /** How many of a good were taken, and what was noted of it. */
  goods?: GoodOutcome[] | undefined;
  push: boolean;
}

function milestone(stop: StopType, status: StopInput['status']): 'out' | 'arrived' | 'delivered' | null {
  if (stop === 'PICKUP') return status === 'COMPLETED' ? 'out' : null;
  return status === 'AT_STOP' ? 'arrived' : 'delivered';
}

/** Every good is looked up before the first is changed. */
function noteGoods(order: Order, outcomes: GoodOutcome[]): void {
  const found = outcomes.map((outcome) => ({ outcome, good: goodOf(order, outcome.id) }));
  for (const { good, outcome } of found) {
    if (outcome.delivered !== undefined) good.actualQuantity = outcome.delivered;
    if (outcome.incident !== undefined) good.incidents = [...(good.incidents ?? []), outcome.incident];
  }
}

export function goodOf(order: Order, id: string): Good {
  const good = order.consignments.flatMap((consignment) => consignment.goods).find((candidate) => candidate.id === id);
  if (good === undefined) throw badRequest(`the order has no good ${id}`);
  return good;
}

/** A stop is reached, left, or failed (IGNORED with incidents: never said, wire assumptions 3.2). */
export async function moveStop(twin: Twin, order: Order, input: StopInput): Promise<string[]> {
  const stop = stopOfType(order, input.stop);
  const about = subject(twin, order, { stop: input.stop });
  noteGoods(order, input.goods ?? []);
  const photos = [];
  for (const { bytes, ...photo } of input.incident?.photos ?? []) {
    const whose = { organisation: order.organisation, orderId: order.id, subjectType: 'stop' as const };
    photos.push(await twin.keepDocument({ ...photo, ...whose }, bytes));
  }
  if (input.startedAt !== undefined || !stop.startIsActual) stop.start = input.startedAt ?? input.at;
  stop.startIsActual = true;
  if (input.status !== 'AT_STOP') {
    stop.end = input.at;
    stop.endIsActual = true;
  }
  stop.status = input.status === 'FAILED' ? 'IGNORED' : input.status;
  if (input.incident !== undefined) {
    const { code, name, description } = input.incident;
    stop.incidents.push({ code, name, description });
  }
  if (input.stop === 'PICKUP' && input.status === 'COMPLETED') order.status = 'IN_TRANSIT';
  const delivered = input.stop === 'DELIVERY' && input.status === 'COMPLETED';
  if (delivered) order.status = 'COMPLETED';
  changed(twin, order);

  const goods = input.goods === undefined ? {} : { goods: input.goods };
  const saidIds: string[] = [];
  if (input.status === 'FAILED') {
    if (input.stop === 'DELIVERY')
      saidIds.push(
        say(twin, order, 'failed', input.at, false, { reason: input.incident?.code ?? 'OTHER', ...goods }, about),
      );
  } else {
    const word = milestone(input.stop, input.status);
    if (word !== null)
      saidIds.push(say(twin, order, 'milestone', input.at, input.push, { milestone: word, ...goods }, about));
    if (input.push) sendStop(twin, order, stop, input.at, [...saidIds]);
  }
  if (input.incident !== undefined) {
    const content = { code: input.incident.code, photos: photos.map((photo) => photo.sha256) };
    saidIds.push(say(twin, order, 'exception', input.at, false, content, about));
  }
  if (delivered && input.push) sendOrderCompleted(twin, order, input.at);
  completeTrip(twin, order, input);
  return saidIds;
}

/** A trip is completed when every delivery of it ended. */
function completeTrip(twin: Twin, order: Order, { at, push }: Told & { at: string }): void {
  const trip = tripOf(twin, order);
  if (trip === null || trip.status === 'COMPLETED') return;
  const deliveries = trip.orders.flatMap((id) => twin.state.orders[id]?.consignments.map((c) => c.delivery) ?? []);
  if (!deliveries.every((stop) => stop.status === 'COMPLETED' || stop.status === 'IGNORED')) return;
  trip.status = 'COMPLETED';
  if (push) sendTripCompleted(twin, trip, at);
}

export interface PodInput {
  name: string;
  at: string;
  position: Signature['position'];
  documents: FileInput[];
  push: boolean;
}

/** One thing said, whatever the number of its documents; an event when at least one document is of a type that is sent. */
export async function proveDelivery(twin: Twin, order: Order, input: PodInput): Promise<string> {
  const consignment = order.consignments[0];
  if (consignment === undefined) throw badRequest('the order has no consignment');
  const stored = [];
  for (const { bytes, ...file } of input.documents) {
    const whose = { organisation: order.organisation, orderId: order.id, subjectType: 'consignment' as const };
    stored.push(await twin.keepDocument({ ...file, ...whose }, bytes));
  }
  consignment.signatures.push({ type: 'CONSIGNEE', name: input.name, timestamp: input.at, position: input.position });
  changed(twin, order);
  const photos = stored.filter((document) => document.type === 'PHOTO_OF_GOODS_DELIVERY');
  const others = stored.filter((document) => document.type !== 'PHOTO_OF_GOODS_DELIVERY');
  const content = { name: input.name, photos: photos.map((d) => d.sha256), documents: others.map((d) => d.sha256) };
  const event = input.push && stored.some((document) => SENT_DOCUMENTS.has(document.type));
  const saidId = say(twin, order, 'pod', input.at, event, content, subject(twin, order, { stop: 'DELIVERY' }));
  if (input.push) for (const document of stored) sendDocument(twin, order, document, input.at, [saidId]);
  return saidId;
}
