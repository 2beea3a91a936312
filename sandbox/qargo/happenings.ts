/** What people do in Qargo: plan, un-plan, scan, arrive, deliver, fail, sign. Each changes the state and says it, or not. */
import { randomUUID } from 'node:crypto';
import { settleDocument, typeOf } from './document-flips.ts';
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
} from './events.ts';
import { failStop, noteIncident } from './failures.ts';
import {
  type Fields,
  type Good,
  type Incident,
  type IncidentAction,
  type Order,
  type Signature,
  type Stop,
  type StopStatus,
  type StopType,
  type StoredDocument,
  stopsOf,
  type Trip,
} from './model.ts';
import { leaveTrip, stableId } from './orders.ts';
import { followPlan, preparePlan } from './plan-flips.ts';
import { scanOnWire } from './scan-words.ts';
import { followStop, isPutOff, timesOnWire } from './stop-flips.ts';
import { completeDepotStopsBefore, findStop, isOpen } from './stops.ts';
import { changed, say, subject, tripOf } from './told.ts';
import type { Twin } from './twin.ts';

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
export function planTrip(twin: Twin, organisation: string, asked: Order[], input: TripInput): Trip {
  const orders = preparePlan(twin, asked);
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
  for (const [index, order] of orders.entries()) putOnTrip(twin, order, trip, index);
  const content = { trip: trip.name, vehicle: vehicle.name, vehicleCode: trip.vehicle.code, plate: trip.vehicle.plate };
  const saidIds = orders.map((order) =>
    say(twin, order, 'planned', input.at, input.push, content, subject(twin, order)),
  );
  if (input.push) sendTripPlanned(twin, trip, saidIds);
  if (input.push && input.dispatch) sendDispatch(twin, trip, 'CREATE', orders, saidIds);
  if (input.push) for (const old of left) redispatch(twin, old, [], []);
  followPlan(twin, trip, orders, input.push);
  return trip;
}

function putOnTrip(twin: Twin, order: Order, trip: Trip, index: number): void {
  leaveTrip(twin, order);
  order.tripId = trip.id;
  order.status = 'PLANNED';
  for (const name of ['isBlocked', 'isOffPlan', 'hasNoStatus', 'formerTripId'] as const) delete order[name];
  for (const stop of stopsOf(order)) {
    if (!isOpen(stop)) continue;
    stop.status = 'PLANNED';
    estimate(stop, minutesAfter(trip.at, stop.type === 'PICKUP' ? 60 : 120 + 20 * index));
    if (twin.plays('67c'))
      Object.assign(stop, { start: minutesAfter(trip.at, -120), end: minutesAfter(trip.at, -100) });
  }
  changed(twin, order);
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
  const saidIds = orders.flatMap((order) => {
    const about = subject(twin, order);
    takeOff(twin, order, trip);
    changed(twin, order);
    if (order.isOffPlan === true) return [];
    return say(twin, order, 'unplanned', at, event, { trip: trip.name }, about);
  });
  if (push) redispatch(twin, trip, orders, event ? saidIds : []);
}

/** What an order that was taken off its trip looks like (assumption 45). */
function takeOff(twin: Twin, order: Order, trip: Trip): void {
  if (twin.plays('45b')) {
    trip.isBare = true;
    return;
  }
  leaveTrip(twin, order);
  order.status = 'TO_PLAN';
  if (twin.plays('45a')) order.formerTripId = trip.id;
  if (twin.plays('45c')) order.hasNoStatus = true;
  const status: StopStatus = twin.plays('45d') ? 'BLOCKED' : 'TO_PLAN';
  for (const stop of stopsOf(order)) {
    if (!isOpen(stop)) continue;
    Object.assign(stop, { status, start: null, end: null, startIsActual: false, endIsActual: false });
  }
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
  /** Code of the place. */
  place?: string | undefined;
  /** The status goes as it is given, whatever the words of the character. */
  isExact?: boolean | undefined;
}

/** `push` false: no push tells it, and no read. */
export interface Told {
  push: boolean;
}

export function stopOfType(order: Order, type: StopType, isInDepot = false): Stop {
  const stop = findStop(order, type, isInDepot);
  if (stop === null) throw badRequest(`the order has no ${type} stop${isInDepot ? ' in a depot' : ''}`);
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
    const { kind, status, stop } = scanOnWire(twin, order, input);
    const words = {
      by: input.by ?? null,
      description: input.description ?? null,
      sourceStatus: input.sourceStatus ?? null,
    };
    const says = input.says ?? (input.sourceStatus === undefined || input.sourceStatus === DAMAGED);
    return { ...input, ...words, says, unit, kind, status, stop, place: input.place ?? null };
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

const PHOTOS_LATE_SECONDS = 300;

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
  /** A stop of the network, in depot or hub. */
  inDepot?: boolean | undefined;
  /** Of a failure: what the incident does, and which status it leaves the stop in. */
  action?: IncidentAction | undefined;
  leaves?: StopStatus | undefined;
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

function wordsOf({ code, name, description }: Incident): Incident {
  return { code, name, description };
}

/** Photos of an incident are documents of the stop, which no event tells. */
async function keepPhotos(twin: Twin, order: Order, files: FileInput[]): Promise<string[]> {
  const kept: string[] = [];
  for (const { bytes, ...photo } of files) {
    const whose = { organisation: order.organisation, orderId: order.id, subjectType: 'stop' as const };
    kept.push((await twin.keepDocument({ ...photo, ...whose }, bytes)).sha256);
  }
  return kept;
}

/** A stop is reached, left, or failed. What failed is told by no event (wire assumptions 3.2). */
export async function moveStop(twin: Twin, order: Order, input: StopInput): Promise<string[]> {
  if (isPutOff(twin, order, input, () => moveStopNow(twin, order, input))) return [];
  return moveStopNow(twin, order, input);
}

async function moveStopNow(twin: Twin, order: Order, input: StopInput): Promise<string[]> {
  const stop = stopOfType(order, input.stop, input.inDepot);
  if (twin.plays('47c')) leaveTrip(twin, order);
  const about = subject(twin, order, { stop: input.stop });
  noteGoods(order, input.goods ?? []);
  const photos = await keepPhotos(twin, order, input.incident?.photos ?? []);
  const incident = input.incident && wordsOf(input.incident);
  if (input.status === 'FAILED') {
    const { at, startedAt, action, leaves } = input;
    failStop(twin, order, stop, { at, startedAt, action, leaves, incident });
  } else {
    reachStop(twin, order, stop, input);
    if (incident !== undefined) noteIncident(twin, order, stop, incident);
  }
  changed(twin, order);

  const goods = input.goods === undefined ? {} : { goods: input.goods };
  const saidIds: string[] = [];
  // a stop that is open again shows no time of the attempt, so nobody can tell when it was
  const hidden = stop.endIsActual && stop.end === input.at ? {} : { isTimeHidden: true };
  // of an incident that is a charge nothing else can be read
  const isCharge = incident !== undefined && twin.plays('56c');
  if (input.status === 'FAILED') {
    if (input.stop === 'DELIVERY' && !isCharge)
      saidIds.push(
        say(
          twin,
          order,
          'failed',
          input.at,
          false,
          { reason: input.incident?.code ?? 'OTHER', ...hidden, ...goods },
          about,
        ),
      );
    sayOffThePlan(twin, order, stop, input, about);
  } else {
    const word = !input.inDepot ? milestone(input.stop, input.status) : null;
    const planned = twin.plays('46a') ? stop.start : null;
    const at = (input.status === 'AT_STOP' ? planned : stop.end) ?? input.at;
    if (word !== null)
      saidIds.push(say(twin, order, 'milestone', at, input.push, { milestone: word, ...goods }, about));
    tellStop(twin, order, stop, input, [...saidIds]);
  }
  if (isCharge) saidIds.push(say(twin, order, 'charges', input.at, false, { charges: order.charges ?? [] }, about));
  else if (incident !== undefined)
    saidIds.push(say(twin, order, 'exception', input.at, false, { code: incident.code, photos }, about));
  completeTrip(twin, order, input);
  return saidIds;
}

/** What is to be tried again stands at a stop that is on no trip: the order is not planned, and no event says so (assumption 39). */
function sayOffThePlan(
  twin: Twin,
  order: Order,
  failed: Stop,
  { stop, at }: StopInput,
  about: ReturnType<typeof subject>,
): void {
  const trip = order.tripId === null ? undefined : twin.state.trips[order.tripId];
  if (stop !== 'DELIVERY' || trip === undefined) return;
  const next = findStop(order, 'DELIVERY', false);
  if (next === failed && next.status !== 'TO_PLAN') return;
  order.isOffPlan = true;
  say(twin, order, 'unplanned', at, false, { trip: trip.name }, about);
}

/** Times are those of the wire, which need not be those that a driver reported (assumption 46). */
function reachStop(twin: Twin, order: Order, stop: Stop, input: StopInput): void {
  if (input.status === 'FAILED') return;
  const times = timesOnWire(twin, stop, input);
  if (input.startedAt !== undefined || !stop.startIsActual) stop.start = times.start;
  stop.startIsActual = true;
  if (input.status === 'COMPLETED') Object.assign(stop, { end: times.end, endIsActual: true });
  stop.status = input.status;
  const isDone = input.status === 'COMPLETED' && !input.inDepot;
  if (isDone && input.stop === 'PICKUP') order.status = 'IN_TRANSIT';
  if (isDone && input.stop === 'DELIVERY') order.status = 'COMPLETED';
  if (isDone) completeDepotStopsBefore(order, stop, input.at);
  followStop(twin, order, stop, input.at);
}

function tellStop(twin: Twin, order: Order, stop: Stop, input: StopInput, saidIds: string[]): void {
  const isDelivered = input.status === 'COMPLETED' && input.stop === 'DELIVERY' && !input.inDepot;
  if (!input.push) return;
  if (isDelivered && twin.plays('99b')) sendOrderCompleted(twin, order, input.at);
  sendStop(twin, order, stop, input.at, saidIds);
  if (isDelivered && !twin.plays('99b')) sendOrderCompleted(twin, order, input.at);
}

/** A trip is completed when every delivery of it ended. */
function completeTrip(twin: Twin, order: Order, { at, push }: Told & { at: string }): void {
  const trip = tripOf(twin, order);
  if (trip === null || trip.status === 'COMPLETED') return;
  const deliveries = trip.orders.flatMap((id) => twin.state.orders[id]?.consignments.map((c) => c.delivery) ?? []);
  if (!deliveries.every((stop) => stop.status === 'COMPLETED' || stop.status === 'IGNORED' || stop.isClosed)) return;
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
  const stored = await keepProofs(twin, order, input.documents);
  const signature = signatureOnWire(twin, input);
  if (signature !== null) consignment.signatures.push(signature);
  changed(twin, order);
  const photos = stored.filter((document) => document.type === 'PHOTO_OF_GOODS_DELIVERY');
  const others = stored.filter((document) => document.type !== 'PHOTO_OF_GOODS_DELIVERY');
  const content = {
    name: signature?.name ?? '',
    photos: photos.map((d) => d.sha256),
    documents: others.map((d) => d.sha256),
  };
  const event = input.push && stored.some((document) => SENT_DOCUMENTS.has(document.type));
  // without a signature nobody reads who took it: documents are all that is said
  const saidId =
    signature === null
      ? say(twin, order, 'document', input.at, event, documentsOf(stored), subject(twin, order))
      : say(twin, order, 'pod', input.at, event, content, subject(twin, order, { stop: 'DELIVERY' }));
  if (input.push) for (const document of stored) await sendDocument(twin, order, document, input.at, [saidId]);
  return saidId;
}

function documentsOf(stored: StoredDocument[]): Fields {
  return {
    documents: stored.map(({ id, type, name, sha256, contentType }) => ({ id, type, name, sha256, contentType })),
  };
}

/** Photos can come late (flip 70c), with an event of their own, or never (70d). */
async function keepProofs(twin: Twin, order: Order, files: FileInput[]): Promise<StoredDocument[]> {
  const stored: StoredDocument[] = [];
  for (const { bytes, ...file } of files) {
    const isPhoto = file.type === 'PHOTO_OF_GOODS_DELIVERY';
    if (isPhoto && twin.plays('70d')) continue;
    const subjectType = twin.plays('53c') ? ('order' as const) : ('consignment' as const);
    const whole = {
      ...file,
      type: typeOf(twin, file.type),
      organisation: order.organisation,
      orderId: order.id,
      subjectType,
    };
    const keep = async () => {
      const document = await twin.keepDocument(whole, bytes);
      settleDocument(twin, order, document);
      return document;
    };
    if (isPhoto && twin.plays('70c'))
      twin.afterwards(PHOTOS_LATE_SECONDS, async () => {
        const document = await keep();
        changed(twin, order);
        const at = new Date(document.at).toISOString();
        const saidId = say(twin, order, 'document', at, true, documentsOf([document]), subject(twin, order));
        await sendDocument(twin, order, document, at, [saidId]);
      });
    else stored.push(await keep());
  }
  return stored;
}

/** Null where none comes (flips 47a, 48a). */
function signatureOnWire(twin: Twin, { name, at, position }: PodInput): Signature | null {
  if (twin.plays('47a') || twin.plays('48a')) return null;
  return {
    type: twin.plays('48d') ? 'DRIVER' : 'CONSIGNEE',
    name: twin.plays('48c') ? '' : name,
    timestamp: at,
    position,
  };
}
