/** The sweep's reads at Qargo: what no event tells (failed, un-planned, incidents, signatures, photos of damage). */
import { readDocuments } from '../../connectors/qargo/read.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { keepLook, noteOrderRead, type OrderDue, ordersDue, type Road, readLastLook } from '../../store/due/orders.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { ingestGoods } from '../agreement/goods.ts';
import { ingestPlannerEdits } from '../agreement/planner-edits.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import { readStatus } from '../reading/order-status.ts';
import { readingTables } from '../reading/tables.ts';
import type { Services } from '../sending/work.ts';
import type { SweepInput, SweepResult } from '../types.ts';
import { activeOrganisation, isShort, patiently, waitForRetry } from './palletways.ts';

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

type Qargo = ReturnType<Services['counterparts']['qargo']>;

export async function sweepQargo(services: Services, input: SweepInput, signal?: AbortSignal): Promise<SweepResult> {
  const organisation = await activeOrganisation(services, input.organisation);
  if (organisation === null) return { found: 0, read: 0, complete: true };
  const { counterparts } = services;
  const clients = {
    out: counterparts.qargo(organisation, 'poll', signal, undefined, patienceMs),
    planned: counterparts.qargo(organisation, 'poll', signal),
    other: counterparts.qargo(organisation, 'poll', signal),
  };
  const round = new Round(services, organisation, input.since);
  let found = 0;
  let read = 0;
  const reader = async () => {
    for (let row = await round.next(); row !== undefined; row = await round.next()) {
      const item = { organisation: organisation.id, channel: 'qargo status', consignment: row.id } as const;
      const take = () => readOrder(services, organisation, clients[row.road], row);
      const swept = ingestOrReport(services.installation.db, item, take, null).then(
        (done) => done ?? notShown(services, row),
      );
      const told = await swept.catch(async (error: unknown) => {
        if (!(error instanceof CallError)) throw error;
        // One order that Qargo does not show (deleted by hand) must not stop the sweep for all others.
        if (error.retry === 'refused') return notShown(services, row);
        if (!isShort(error)) throw error;
        // By the time it can be read another may be due before it.
        await waitForRetry(error, pauseMs);
        return null;
      });
      round.leave(row, told !== null);
      found += told?.found ?? 0;
      read += told?.read ?? 0;
    }
  };
  try {
    const calls = Math.ceil(organisation.policy.qargoCallsPerSecond * counterparts.pace);
    // More than the budget serves in two seconds would keep out who does not wait longer for it.
    await Promise.all(Array.from({ length: Math.min(parallel, Math.max(2, calls)) }, reader));
  } finally {
    round.stop();
  }
  return { found, read, complete: round.complete, againMs: round.againMs };
}

/** The orders of one sweep, each handed to one reader at a time: what is on the road first, and of that what was read longest ago. */
class Round {
  readonly #services: Services;
  readonly #organisation: Organisation;
  readonly #since: string | undefined;
  readonly #began = performance.now();
  readonly #intervalMs: number;
  readonly #reading = new Set<string>();
  /** Read since the list was asked for: it may not know yet. */
  readonly #read = new Set<string>();
  #rows: OrderDue[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;
  #stopped = false;
  /** Whether everything that was due was read. */
  complete = true;

  constructor(services: Services, organisation: Organisation, since: string | undefined) {
    this.#services = services;
    this.#organisation = organisation;
    this.#since = since;
    this.#intervalMs = (organisation.policy.sweepSeconds * 1_000) / services.counterparts.pace;
  }

  async next(): Promise<OrderDue | undefined> {
    if (this.#rows.length === 0 || performance.now() - this.#listedAt > listMs / this.#services.counterparts.pace)
      await this.#list();
    const at = this.#rows.findIndex(({ id }) => !this.#reading.has(id) && !this.#read.has(id));
    const row = at === -1 ? undefined : this.#rows[at];
    if (row === undefined || this.#stopped) return undefined;
    if (performance.now() - this.#began > this.#box(row.road)) {
      this.complete = false;
      return undefined;
    }
    this.#rows.splice(at, 1);
    this.#reading.add(row.id);
    return row;
  }

  /** A reader is done with it; what was not read stays due. */
  leave({ id }: OrderDue, read: boolean): void {
    this.#reading.delete(id);
    if (read) this.#read.add(id);
  }

  /** No reader is handed anything more. */
  stop(): void {
    this.#stopped = true;
  }

  /** When the next sweep is due, from now, ms. */
  get againMs(): number {
    return Math.max(0, Math.round(this.#intervalMs - (performance.now() - this.#began)));
  }

  #box(road: Road): number {
    return road === 'other' ? this.#intervalMs * timeBox : Math.min(this.#intervalMs * longest.intervals, longest.ms);
  }

  async #list(): Promise<void> {
    this.#listing ??= (async () => {
      try {
        this.#read.clear();
        const { installation, counterparts } = this.#services;
        const schedule = { sweepSeconds: this.#organisation.policy.sweepSeconds, pace: counterparts.pace };
        this.#rows = await ordersDue(installation.db, this.#organisation.id, schedule, this.#since);
        this.#listedAt = performance.now();
      } finally {
        this.#listing = undefined;
      }
    })();
    await this.#listing;
  }
}

async function notShown({ installation }: Services, row: OrderDue): Promise<{ found: number; read: number }> {
  await noteOrderRead(installation.db, row.id);
  return { found: 0, read: 1 };
}

/** One order's status, and its documents where an incident, the end of the delivery or a signature is new. */
async function readOrder(
  services: Services,
  organisation: Organisation,
  client: Qargo,
  row: OrderDue,
): Promise<{ found: number; read: number }> {
  const { installation } = services;
  const work = { services, organisation, consignment: row.id };
  const read = await readStatus(work, client, row.orderId);
  const { answer, status } = read;
  const asked = {
    organisation: organisation.id,
    channel: 'qargo status',
    answer,
    consignment: row.id,
    handedOver: false,
  } as const;
  let found = (await ingestAnswer(installation.db, { ...asked, reading: status.reading })).length;
  found += await inTransaction(installation.db, async (tx) => {
    const changes = await ingestGoods(tx, work, read, { handedOver: false });
    return changes.length + (await ingestPlannerEdits(tx, work, read, { handedOver: false })).length;
  });
  const { stops, deliveryEnded } = status;
  const { digest: before, pods } = await readLastLook(installation.db, row.id);
  const ends = stops.map((stop) => `${stop.incidents.join('+')}:${deliveryEnded ? (stop.end?.at ?? '') : ''}`);
  // A signature that comes days after the delivery is the only sign of the photos and papers that came with it, whoever read it first.
  const evidence = [...ends, ...(pods > 0 ? [`signed ${pods}`] : [])].join('|');
  const news = before?.endsWith(`#${evidence}`) !== true;
  const wantsDocuments = news && (deliveryEnded || stops.some((stop) => stop.incidents.length > 0));
  if (wantsDocuments) found += await sweepDocuments(services, organisation, client, row);
  const state = deliveryEnded && pods > 0 ? 'finished' : 'open';
  await keepLook(installation.db, row.id, `${state}#${evidence}`);
  return { found, read: wantsDocuments ? 2 : 1 };
}

/** Photos and papers that no event told: once for each incident, each end of a delivery and each signature. */
async function sweepDocuments(
  services: Services,
  organisation: Organisation,
  client: Qargo,
  row: OrderDue,
): Promise<number> {
  const { installation } = services;
  const context = {
    zone: 'UTC',
    receivedAt: await now(installation.db),
    digest: installation.digestOf(organisation.id),
  };
  const documents = await patiently(() => client.getOrderDocuments(row.orderId));
  const reading = readDocuments(
    documents,
    row.orderId,
    context,
    await readingTables({ services, organisation, consignment: row.id }),
  );
  const asked = {
    organisation: organisation.id,
    channel: 'qargo documents',
    answer: documents,
    reading,
    consignment: row.id,
    handedOver: false,
  } as const;
  return (await ingestAnswer(installation.db, asked)).length;
}
