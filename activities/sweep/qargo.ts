/**
 * The sweep's reads at Qargo: what no event tells (failed, un-planned, incidents, signatures, photos of damage). A trip is read for all its
 * orders; an order alone where a stop of it ended, it or a stop vanished or appeared, in a slow round, or where no trip tells of it.
 */
import { CallError } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { noteOrderRead, type OrderDue, ordersDue, type Road } from '../../store/due/orders.ts';
import { loadTripAccess, type TripDue, tripsDue } from '../../store/due/trips.ts';
import type { UnreadItem } from '../../store/due/unread.ts';
import { ingestOrReport } from '../reading/ingest.ts';
import type { Services } from '../sending/work.ts';
import type { SweepInput, SweepResult } from '../types.ts';
import { Items } from './items.ts';
import { sweepCarried, sweepOrder } from './orders.ts';
import { activeOrganisation } from './palletways.ts';
import { isShort, waitForRetry } from './patience.ts';
import { leaveTrip, sweepTrip } from './trips.ts';

/** Reads in flight at once at most; the call budget decides how fast they go. */
const parallel = 6;
/** The part of its interval after which a sweep leaves what is not on the road to the next one. */
const timeBox = 0.7;
/** A sweep goes on with what is on the road, each order once an interval, for so many intervals or so long, ms; then the next one does. */
const longest = { intervals: 4, ms: 600_000 };
/** What is due is looked up anew so often, ms: what went out on the road meanwhile is not read behind what stands in the yard. */
const listMs = 5_000;
/** A read of what is on the road keeps its place in the line of this organisation's polls for so long, ms: others come again, behind it. */
const patienceMs = 30_000;
/** Where the budget has nothing for what is not on the road, one looks after so long, ms, whether something else is. */
const pauseMs = 2_000;
/** The part of the calls of an interval that the slow round may take: what it leaves comes with the next sweeps. */
const slowPart = 0.25;
/** Trips that were all read in less than this part of the interval are read once more after it: what stands for one interval is found. */
const againPart = 0.5;

type Unit =
  | { readonly kind: 'trip'; readonly id: string; readonly road: Road }
  | { readonly kind: 'order'; readonly id: string; readonly road: Road; readonly row: OrderDue };

interface Done {
  readonly found: number;
  readonly read: number;
}

export async function sweepQargo(services: Services, input: SweepInput, signal?: AbortSignal): Promise<SweepResult> {
  const organisation = await activeOrganisation(services, input.organisation);
  if (organisation === null) return { found: 0, read: 0, complete: true };
  const { counterparts } = services;
  const calls = Math.ceil(organisation.policy.qargoCallsPerSecond * counterparts.pace);
  const reading = new Reading(services, organisation, input, signal);
  try {
    // More than the budget serves in two seconds would keep out who does not wait longer for it.
    await Promise.all(Array.from({ length: Math.min(parallel, Math.max(2, calls)) }, () => reading.readAll()));
    await reading.items.end();
  } finally {
    reading.round.stop();
  }
  const { found, read, round } = reading;
  const { complete, againMs, tripsAgainMs } = round;
  return { found, read, complete, againMs, ...(tripsAgainMs === undefined ? {} : { tripsAgainMs }) };
}

/** One sweep's readers: each takes the next unit until none is left. */
class Reading {
  readonly #services: Services;
  readonly #organisation: Organisation;
  readonly #clients: Readonly<Record<Road, ReturnType<Services['counterparts']['qargo']>>>;
  readonly round: Round;
  readonly items: Items;
  found = 0;
  read = 0;

  constructor(services: Services, organisation: Organisation, input: SweepInput, signal: AbortSignal | undefined) {
    const { counterparts, installation } = services;
    this.#services = services;
    this.#organisation = organisation;
    this.#clients = {
      out: counterparts.qargo(organisation, 'poll', signal, undefined, patienceMs),
      planned: counterparts.qargo(organisation, 'poll', signal),
      other: counterparts.qargo(organisation, 'poll', signal),
    };
    this.round = new Round(services, organisation, input);
    const everySeconds = organisation.policy.sweepSeconds / counterparts.pace;
    this.items = new Items(installation.db, organisation.id, everySeconds, async ({ item, id }) => {
      if (item === 'trip') await leaveTrip(services, organisation, id);
    });
  }

  async readAll(): Promise<void> {
    for (let unit = await this.round.next(); unit !== undefined; unit = await this.round.next()) {
      const item: UnreadItem =
        unit.kind === 'trip' ? { item: 'trip', id: unit.id } : { item: 'order', id: unit.id, consignment: unit.id };
      try {
        const { found, read } = await (unit.kind === 'trip' ? this.#trip(unit) : this.#order(unit.row));
        this.found += found;
        this.read += read;
        this.round.leave(unit, true);
        await this.items.read(item);
      } catch (error) {
        if (error instanceof CallError && isShort(error)) {
          // By the time it can be read another may be due before it.
          await waitForRetry(error, pauseMs);
          this.round.leave(unit, false);
          continue;
        }
        this.items.failed(item, error);
        this.round.giveUp(unit);
      }
    }
  }

  async #trip(unit: Unit): Promise<Done> {
    const { shown, ...done } = await sweepTrip(this.#services, this.#organisation, this.#clients[unit.road], unit.id);
    // Its orders may be due alone by now, and other trips not at all.
    if (!shown) this.round.lookAgain();
    return done;
  }

  async #order(row: OrderDue): Promise<Done> {
    const [services, organisation] = [this.#services, this.#organisation];
    const { db } = services.installation;
    const item = { organisation: organisation.id, channel: 'qargo status', consignment: row.id } as const;
    const take = () => sweepOrder(services, organisation, this.#clients[row.road], row);
    const done = await ingestOrReport(db, item, take, null);
    if (done === null) {
      await noteOrderRead(db, row.id);
      return { found: 0, read: 1 };
    }
    const carried = await sweepCarried(services, organisation, done.answer, (order) => this.round.dueBeside(order));
    for (const { id } of carried.rows) this.round.leave({ id }, true);
    return { found: done.found + carried.found, read: done.read };
  }
}

/** Hands out all that one sweep reads, each thing to one reader at a time: those on the road first, and of these the one read longest ago. */
class Round {
  readonly #services: Services;
  readonly #organisation: Organisation;
  readonly #input: SweepInput;
  readonly #began = performance.now();
  readonly #intervalMs: number;
  readonly #slowAtMost: number;
  readonly #reading = new Set<string>();
  /** Read since the list was asked for: it may not know yet. */
  readonly #read = new Set<string>();
  /** Not tried again in this sweep. */
  readonly #givenUp = new Set<string>();
  #units: Unit[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;
  #stopped = false;
  /** How many were left by now, and when the list was asked for. */
  #left = 0;
  #listed = 0;
  #slow = 0;
  #trips = 0;
  /** Whether everything that was due was read. */
  complete = true;

  constructor(services: Services, organisation: Organisation, input: SweepInput) {
    const { sweepSeconds, qargoCallsPerSecond } = organisation.policy;
    this.#services = services;
    this.#organisation = organisation;
    this.#input = input;
    this.#intervalMs = (sweepSeconds * 1_000) / services.counterparts.pace;
    this.#slowAtMost = Math.max(1, Math.floor(sweepSeconds * qargoCallsPerSecond * slowPart));
  }

  async next(): Promise<Unit | undefined> {
    if (this.#units.length === 0 || performance.now() - this.#listedAt > listMs / this.#services.counterparts.pace)
      await this.#list();
    let at = this.#units.findIndex((unit) => this.#isFree(unit));
    // Reads made since may have asked for more.
    for (
      ;
      at === -1 && this.#listed < this.#left && !this.#stopped;
      at = this.#units.findIndex((unit) => this.#isFree(unit))
    )
      await this.#list();
    const unit = at === -1 ? undefined : this.#units[at];
    if (unit === undefined || this.#stopped) return undefined;
    if (performance.now() - this.#began > this.#box(unit.road)) {
      // A second turn leaves what it cannot read to the next sweep, which begins with it.
      this.complete = this.#input.tripsSince !== undefined;
      return undefined;
    }
    this.#units.splice(at, 1);
    this.#reading.add(unit.id);
    if (unit.kind === 'trip') this.#trips += 1;
    else if (unit.row.slow) this.#slow += 1;
    return unit;
  }

  #isFree(unit: Unit): boolean {
    const { id } = unit;
    if (this.#reading.has(id) || this.#read.has(id) || this.#givenUp.has(id)) return false;
    return unit.kind === 'trip' || !unit.row.slow || this.#slow < this.#slowAtMost;
  }

  /** A reader is done with it; what was not read stays due. */
  leave({ id }: Pick<Unit, 'id'>, read: boolean): void {
    this.#left += 1;
    this.#reading.delete(id);
    if (read) this.#read.add(id);
  }

  /** It could not be read: others are, and it is not tried again in this sweep. */
  giveUp({ id }: Pick<Unit, 'id'>): void {
    this.#reading.delete(id);
    this.#givenUp.add(id);
  }

  /** Looks up again at the next call: other things may be due by now. */
  lookAgain(): void {
    this.#listedAt = Number.NEGATIVE_INFINITY;
  }

  /** The order, where it is due, no reader has it, and nothing but its own read will do. */
  dueBeside(orderId: string): OrderDue | undefined {
    for (const unit of this.#units)
      if (unit.kind === 'order' && unit.row.orderId === orderId)
        return unit.row.wanted === null && !unit.row.slow && this.#isFree(unit) ? unit.row : undefined;
    return undefined;
  }

  /** No reader is handed anything more. */
  stop(): void {
    this.#stopped = true;
  }

  get #sinceMs(): number {
    return performance.now() - this.#began;
  }

  /** When the next sweep is due, from now, ms. */
  get againMs(): number {
    const part = this.#input.tripsSince === undefined ? 1 : 1 - againPart;
    return Math.max(0, Math.round(this.#intervalMs * part - this.#sinceMs));
  }

  /** When trips are due once more before the next sweep, from now, ms; undefined where they took too long for it, or there are none. */
  get tripsAgainMs(): number | undefined {
    const left = this.#intervalMs * againPart - this.#sinceMs;
    if (this.#trips === 0 || !this.complete || this.#input.tripsSince !== undefined || left < 0) return undefined;
    return Math.round(left);
  }

  #box(road: Road): number {
    if (this.#input.tripsSince !== undefined) return this.#intervalMs * (1 - againPart);
    return road === 'other' ? this.#intervalMs * timeBox : Math.min(this.#intervalMs * longest.intervals, longest.ms);
  }

  async #list(): Promise<void> {
    this.#listing ??= (async () => {
      try {
        this.#listed = this.#left;
        const known = [...this.#read];
        this.#units = await this.#due();
        for (const id of known) this.#read.delete(id);
        this.#listedAt = performance.now();
      } finally {
        this.#listing = undefined;
      }
    })();
    await this.#listing;
  }

  /** Before the trips goes what vanished from one or appeared on one: it stands so only until it is planned again. */
  async #due(): Promise<Unit[]> {
    const { installation, counterparts } = this.#services;
    const { id, policy } = this.#organisation;
    const { since, tripsSince } = this.#input;
    const schedule = { sweepSeconds: policy.sweepSeconds, pace: counterparts.pace };
    const { tripReads } = counterparts.accessOf(this.#organisation).qargo;
    const trips = tripReads && (await loadTripAccess(installation.db, id)).state !== 'refused';
    const due: TripDue[] = trips ? await tripsDue(installation.db, id, schedule, tripsSince ?? since) : [];
    const orders = (await ordersDue(installation.db, id, schedule, since, { trips })).map(
      (row): Unit => ({ kind: 'order', id: row.id, road: row.road, row }),
    );
    const isUrgent = (unit: Unit) => unit.kind === 'order' && (unit.row.wanted ?? 'ended') !== 'ended';
    const units: Unit[] = due.map(({ trip, road }) => ({ kind: 'trip', id: trip, road }));
    const of = (road: Road) =>
      [...units, ...orders.filter((unit) => !isUrgent(unit))].filter((unit) => unit.road === road);
    return [...orders.filter(isUrgent), ...of('out'), ...of('planned'), ...of('other')];
  }
}
