/** One read of a trip tells the stops, times and incidents of all orders on it; what only an order's own read explains is asked for. */
import { createHash } from 'node:crypto';
import {
  markOf,
  type OrderStatus,
  orderOfTrip,
  readTrip,
  type TripRead,
  withoutPlan,
} from '../../connectors/qargo/read.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { wantOrder } from '../../store/due/orders.ts';
import {
  loadTrip,
  loadTripAccess,
  openOrders,
  refusedTripOf,
  type StopRow,
  saveMissed,
  saveStops,
  saveTripFailure,
  saveTripLook,
  saveTripsReadable,
  saveTripsRefused,
  type TripLook,
  type TripOrder,
} from '../../store/due/trips.ts';
import { now } from '../../store/postgres/database.ts';
import { isCollection } from '../../store/record/consignments.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import { stopRows, understandStatus } from '../reading/order-status.ts';
import type { Services } from '../sending/work.ts';

type Qargo = ReturnType<Services['counterparts']['qargo']>;

/** An account that answered for a trip so lately allows it: what it does not show is that trip alone, ms. */
const allowedMs = 86_400_000;

const scheduleOf = ({ counterparts }: Services, { policy }: Organisation) => ({
  sweepSeconds: policy.sweepSeconds,
  pace: counterparts.pace,
});

/** Reads one trip and takes in what it tells; not `shown` where Qargo refused it. Throws CallError where it did not answer, or no trip. */
export async function sweepTrip(
  services: Services,
  organisation: Organisation,
  client: Qargo,
  trip: string,
): Promise<{ found: number; read: number; shown: boolean }> {
  const { db } = services.installation;
  const startedAt = await now(db);
  let answer: unknown;
  try {
    answer = await client.getTrip(trip);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    await noteRefusal(services, organisation, trip, error);
    return { found: 0, read: 1, shown: false };
  }
  const read = readTrip(answer);
  if (read === null) throw new CallError('down', `Qargo's answer to getTrip is no trip`, { status: 200 });
  await saveTripsReadable(db, organisation.id);
  const unread = { heard: [], problems: read.problems, unused: read.unused };
  const itself = { organisation: organisation.id, channel: 'qargo trip', answer, trip, reading: unread } as const;
  await ingestAnswer(db, { ...itself, handedOver: false });
  const { look, orders } = await loadTrip(db, organisation.id, trip);
  let found = 0;
  let next: Pick<TripLook, 'marks' | 'orders'> = { marks: {}, orders: {} };
  for (const order of orders) {
    const item = { organisation: organisation.id, channel: 'qargo trip', consignment: order.id } as const;
    const told = await ingestOrReport(
      db,
      item,
      () => takeOrder({ services, organisation, trip: read, look, startedAt }, order),
      { found: 0, marks: {}, digest: '' },
    );
    found += told.found;
    next = { marks: { ...next.marks, ...told.marks }, orders: { ...next.orders, [order.id]: told.digest } };
  }
  const strangers = await wantStrangers(services, organisation, read, { look, orders });
  await saveTripLook(db, organisation.id, trip, { ...next, strangers });
  return { found, read: 1, shown: true };
}

interface Taking {
  readonly services: Services;
  readonly organisation: Organisation;
  readonly trip: TripRead;
  readonly look: TripLook;
  readonly startedAt: string;
}

/** Takes in what the trip shows of one order. Asks for its own read where a stop is over or gone. Answers its marks and what it looked like. */
async function takeOrder(taking: Taking, order: TripOrder) {
  const { services, organisation, trip, look, startedAt } = taking;
  const { installation } = services;
  const told = orderOfTrip(trip, order.orderId, order.stops);
  const digest = createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 16);
  const there = new Set(trip.stops.map(({ id }) => id));
  const mine = order.stops.filter((stop) => stop.trip === trip.id);
  const gone = mine.filter(({ id, missed }) => !there.has(id) && !missed).map(({ id }) => id);
  if (gone.length > 0) {
    await wantOrder(installation.db, order.id, 'vanished');
    await saveMissed(installation.db, order.id, gone, true);
  }
  const marks = Object.fromEntries(mine.flatMap(({ id }) => (look.marks[id] ? [[id, look.marks[id]]] : [])));
  // The same again, and nothing came from elsewhere: it brings no news.
  if (look.orders[order.id] === digest && !order.news) return { found: 0, marks, digest };
  const work = { services, organisation, consignment: order.id };
  const status = await understandStatus(work, told, startedAt, { isPartial: true });
  const deliveries = order.stops.filter(({ type }) => type === 'DELIVERY');
  const delivery = deliveries.find(({ phase }) => phase !== 'ended') ?? deliveries.at(-1);
  const asked = {
    organisation: organisation.id,
    channel: 'qargo trip',
    answer: told,
    consignment: order.id,
    reading: delivery?.trip === trip.id ? status.reading : withoutPlan(status),
    handedOver: false,
  } as const;
  const found = (await ingestAnswer(installation.db, asked)).length;
  const seen = Object.fromEntries(status.stops.map((stop) => [stop.id, markOf(stop)]));
  if (await isNews(work, status, order.stops, look, seen)) await wantOrder(installation.db, order.id, 'ended');
  const back = mine.filter(({ id }) => there.has(id)).map(({ id }) => id);
  await saveMissed(installation.db, order.id, back, false);
  return { found, marks: { ...marks, ...seen }, digest };
}

/** Whether a stop stands otherwise than the order's own read and the trip's last one showed it, so that the order is worth a read. */
async function isNews(
  work: { readonly services: Services; readonly consignment: string },
  status: OrderStatus,
  known: readonly StopRow[],
  look: TripLook,
  seen: Readonly<Record<string, string>>,
): Promise<boolean> {
  const changed = status.stops.filter(
    ({ id }) => seen[id] !== look.marks[id] && seen[id] !== known.find((stop) => stop.id === id)?.mark,
  );
  if (changed.length === 0) return false;
  // Where we deliver nobody signs for what is loaded, and where no paper is due the trip has told it all.
  const plain = changed.every(
    ({ type, status: at, incidents }) => type === 'PICKUP' && at === 'COMPLETED' && incidents.length === 0,
  );
  return !plain || (await isCollection(work.services.installation.db, work.consignment));
}

/** Orders of ours and stops of them that the trip names and that are not known as its own: each is read alone, once. Answers all strangers. */
async function wantStrangers(
  { installation }: Services,
  organisation: Organisation,
  trip: TripRead,
  { look, orders }: { readonly look: TripLook; readonly orders: readonly TripOrder[] },
): Promise<string[]> {
  const ours = new Map(orders.map((order) => [order.orderId, order]));
  const known = new Set(orders.flatMap(({ stops }) => stops.map(({ id }) => id)));
  const strange = [
    ...trip.orders.filter((id) => !ours.has(id)).map((id) => ({ id, order: id })),
    ...trip.stops.flatMap(({ id, order }) =>
      order !== null && ours.has(order) && !known.has(id) ? [{ id, order }] : [],
    ),
  ];
  const fresh = strange.filter(({ id }) => !look.strangers.includes(id));
  const wanted = await openOrders(installation.db, organisation.id, [...new Set(fresh.map(({ order }) => order))]);
  for (const consignment of wanted.values()) await wantOrder(installation.db, consignment, 'appeared');
  return strange.map(({ id }) => id);
}

/**
 * A trip that Qargo does not show is read no more for a time, its orders alone; 403 of an account that never showed one means all trips.
 * Throws what says nothing of the trip: a login, a budget, a far side that is busy or away.
 */
async function noteRefusal(
  services: Services,
  organisation: Organisation,
  trip: string,
  error: CallError,
): Promise<void> {
  const { db } = services.installation;
  const { status = 0 } = error;
  if (error.retry !== 'refused' && status !== 403) throw error;
  const schedule = scheduleOf(services, organisation);
  if (status === 403 && (await loadTripAccess(db, organisation.id)).readAt === null)
    await saveTripsRefused(db, organisation.id, status, schedule);
  await saveTripFailure(db, organisation.id, trip, status === 0 ? 'refused' : `${status}`, schedule);
}

/** Notes of a trip that its reads get no answer, or no trip: its orders are read alone meanwhile. */
export async function leaveTrip(services: Services, organisation: Organisation, trip: string): Promise<void> {
  const { db } = services.installation;
  await saveTripFailure(db, organisation.id, trip, 'unread', scheduleOf(services, organisation));
}

/**
 * Keeps the stops that an order's own read showed. A trip that Qargo did not show though this order is still on it was no deleted one:
 * the account reads no trips, as far as it never did.
 */
export async function keepStops(
  services: Services,
  organisation: Organisation,
  consignment: string,
  { status, startedAt }: { readonly status: OrderStatus; readonly startedAt: string },
): Promise<void> {
  const { db } = services.installation;
  // An answer that is no order says nothing of its stops.
  if (status.orderId === '') return;
  await saveStops(db, consignment, stopRows(status));
  const refused = await refusedTripOf(db, consignment, startedAt);
  if (refused === null) return;
  const { readAt } = await loadTripAccess(db, organisation.id);
  if (readAt !== null && Date.parse(startedAt) - Date.parse(readAt) < allowedMs) return;
  await saveTripsRefused(db, organisation.id, refused, scheduleOf(services, organisation));
}
