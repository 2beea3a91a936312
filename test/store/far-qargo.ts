/** A Qargo that shows orders and trips in the published shapes (OrderWithStatus and TripOutput of its API description), and counts its reads. */
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Services } from '../../activities/sending/work.ts';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import type { SweepInput, SweepResult } from '../../activities/types.ts';
import { CallError } from '../../domain/calls/error.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { access } from '../connectors/qargo/orders.ts';
import type { Recorded } from './record.ts';
import { order, trackingFact } from './said.ts';

const uuid = (kind: string, n: number) => `0${kind}000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export interface FarStop {
  status: string;
  start: string | null;
  end: string | null;
  /** Codes. */
  incidents: string[];
}

export interface FarOrder {
  readonly n: number;
  readonly id: string;
  readonly pickup: FarStop;
  readonly delivery: FarStop;
  /** Number of its trip. */
  trip: number | null;
  signed: string | null;
  /** The consignment's internal id. */
  consignment: string;
}

const location = { name: 'Rowe & Sons', city: 'Harrogate', country: 'GB' };
const stopShown = (id: string, { status, start, end, incidents }: FarStop) => ({
  id,
  location,
  status,
  start_timestamp: start,
  end_timestamp: end,
  date: '2025-11-24',
  incidents: incidents.map((code) => ({ code, name: code, description: null })),
});

export class FarQargo {
  readonly orders: FarOrder[] = [];
  /** What each read answers with instead, by its name: `trip 1`, `order 2`; throws the error. */
  readonly errors = new Map<string, CallError>();
  /** Orders that a trip does not show, though their own reads name it; by number. */
  readonly hidden = new Set<number>();
  /** Whether an order's status carries the other orders of its trip. */
  carries = false;
  /** Names of the reads since they were last taken: `trip 1`, `order 2`, `documents 2`. */
  #reads: string[] = [];
  readonly #record: () => Recorded;

  constructor(record: () => Recorded) {
    this.#record = record;
  }

  tripId = (n: number) => uuid('e', n);

  /** An order of a consignment of ours, on a trip where one is given. */
  async add(trip: number | null): Promise<FarOrder> {
    const n = this.orders.length + 1;
    const trackingId = `600${String(n).padStart(8, '0')}`;
    const of = this.#record();
    const consignment = await of.heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId, `${n}-564`)]);
    const id = uuid('a', n);
    await keepQargoSide(of.db, consignment, { orderId: id });
    const status = trip === null ? 'TO_PLAN' : 'PLANNED';
    const stop = (): FarStop => ({ status, start: null, end: null, incidents: [] });
    const made = { n, id, consignment, trip, pickup: stop(), delivery: stop(), signed: null };
    this.orders.push(made);
    return made;
  }

  async addAll(count: number, trip: number | null): Promise<FarOrder[]> {
    const made: FarOrder[] = [];
    for (let n = 0; n < count; n++) made.push(await this.add(trip));
    return made;
  }

  /** The names of the reads since the last time. */
  reads(): string[] {
    return this.#reads.splice(0).toSorted();
  }

  #stops({ n, pickup, delivery }: FarOrder) {
    return [stopShown(uuid('b', n), pickup), stopShown(uuid('c', n), delivery)] as const;
  }

  /** The order, without its own status and trips. */
  #order(one: FarOrder) {
    const [pickup, delivery] = this.#stops(one);
    const signatures = one.signed === null ? [] : [{ type: 'CONSIGNEE', name: 'A. Rowe', timestamp: one.signed }];
    return {
      id: one.id,
      customer: { id: uuid('9', 1), name: 'Palletways', currency: 'GBP' },
      consignments: [{ id: uuid('d', one.n), pickup_stop: pickup, delivery_stop: delivery, goods: [], signatures }],
      stops: [pickup, delivery],
    };
  }

  orderWithStatus(one: FarOrder) {
    const of = this.orders.filter(({ trip }) => trip !== null && trip === one.trip);
    const orders = this.carries ? of.map((each) => this.#order(each)) : null;
    const shipment = { id: this.tripId(one.trip ?? 0), name: `TR-${one.trip}`, orders, stops: this.#stops(one) };
    const order = this.#order(one);
    const stops = order.stops.map((stop) => ({ ...stop, consignment_id: uuid('d', one.n) }));
    return {
      ...order,
      stops,
      status: one.trip === null ? 'TO_PLAN' : 'PLANNED',
      shipments: one.trip === null ? [] : [{ ...shipment, resource_allocations: [this.#vehicle] }],
    };
  }

  trip(n: number) {
    const of = this.orders.filter(({ trip, n: order }) => trip === n && !this.hidden.has(order));
    const stops = of.flatMap((one) => this.#stops(one).map((stop) => ({ ...stop, order: { row_id: one.id } })));
    return {
      id: this.tripId(n),
      name: `TR-${n}`,
      status: 'PLANNED',
      metrics: null,
      shipment_planning_group: null,
      orders: of.map(({ id, n: order }) => ({ id, name: `OR-${order}` })),
      resource_allocations: [this.#vehicle],
      stops: [
        ...stops,
        { id: uuid('f', n), location, status: 'PLANNED', activity_label: 'Couple trailer', order: null },
      ],
    };
  }

  readonly #vehicle = {
    resource: { resource_type: 'RIGID', name: 'Truck 12', code: 'V12', license_plate: 'AB12 CDE' },
  };

  /** Notes a read; throws what it is told to. */
  #note(name: string): void {
    this.#reads.push(name);
    const error = this.errors.get(name) ?? this.errors.get(name.split(' ')[0] ?? '');
    if (error !== undefined) throw error;
  }

  #client(changes: Record<string, unknown>) {
    const byId = (id: string) => {
      const found = this.orders.find((one) => one.id === id);
      if (found === undefined) throw new CallError('refused', 'Qargo answered with 404', { status: 404 });
      return found;
    };
    return {
      getOrderStatus: async (id: string) => {
        const one = byId(id);
        this.#note(`order ${one.n}`);
        return this.orderWithStatus(one);
      },
      getOrderDocuments: async (id: string) => {
        this.#note(`documents ${byId(id).n}`);
        return [];
      },
      getTrip: async (id: string) => {
        const n = Number(id.slice(-12));
        this.#note(`trip ${n}`);
        return this.trip(n);
      },
      ...changes,
    };
  }

  /** One sweep, or one turn of one; what comes back differs from today where `more` says so. */
  async sweep(
    more: { readonly input?: Partial<SweepInput>; readonly tripReads?: boolean; readonly client?: object } = {},
  ): Promise<SweepResult> {
    const { db, organisation } = this.#record();
    const policy = { ...defaultPolicy, qargoCallsPerSecond: 2, etaMinutes: 15 };
    const known = { id: organisation, active: true, policy, palletways: { zone: 'Europe/London' } };
    const client = this.#client({ ...more.client });
    const qargo = { ...access, etaMinutes: policy.etaMinutes, tripReads: more.tripReads ?? true };
    const services = {
      installation: {
        db,
        digestOf: () => (text: string) => `<${text.length}>`,
        organisations: { cached: async () => known },
      },
      counterparts: { pace: 1, qargo: () => client, accessOf: () => ({ qargo }) },
    } as unknown as Services;
    if (more.input?.tripsSince === undefined)
      await db.query('insert into sweep (organisation) values ($1)', [organisation]);
    const input = { organisation, ...more.input };
    const swept: unknown = await new MockActivityEnvironment().run(() => sweepQargo(services, input));
    return swept as SweepResult;
  }

  /** So much time goes by for all that was read, seen and tried. */
  async later(seconds: number): Promise<void> {
    const { db, organisation } = this.#record();
    const earlier = (column: string) => `${column} = ${column} - $2 * interval '1 second'`;
    for (const [table, ...columns] of [
      ['consignment', 'qargo_read_at', 'qargo_seen_at', 'qargo_ended_at', 'qargo_wanted_at', 'created_at'],
      ['trip_look', 'read_at', 'failed_at', 'again_at'],
      ['trip_access', 'read_at', 'refused_at', 'again_at'],
      ['unread_item', 'since', 'again_at'],
      ['sweep', 'started_at'],
      ['fact', 'heard'],
    ] as const)
      await db.query(`update ${table} set ${columns.map(earlier).join(', ')} where organisation = $1`, [
        organisation,
        seconds,
      ]);
  }
}
