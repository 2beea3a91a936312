/** Trips that the sweep reads at Qargo, each for all its orders; whose its stops are, what its last read showed, and whether trips can be read. */
import type { Queryable } from '../postgres/database.ts';
import type { LookSchedule, Road } from './orders.ts';

/** A trip that cannot be read, or trips of an organisation that may not be, are tried again after so many sweeps: 6 hours of two minutes, a quarter of an hour where it got no answer. */
const againSweeps = { refused: 180, unread: 8 };
/** An order that was delivered longer ago and never signed for keeps no trip in the round, seconds. */
const daySeconds = 86_400;
/** The look of a trip that no open order is on is deleted after this time. */
const forgetAfter = "interval '2 days'";

export interface TripDue {
  readonly trip: string;
  readonly road: Road;
}

export interface StopRow {
  readonly id: string;
  readonly type: string;
  readonly trip: string | null;
  readonly phase: 'open' | 'under way' | 'ended';
  readonly mark: string;
}

/** Whether an organisation's Qargo allows trip reads; `try` if nobody knows, or if it is time to ask again. */
export interface TripAccess {
  readonly state: 'read' | 'try' | 'refused';
  /** The last read that was answered; null where none ever was. UTC ISO. */
  readonly readAt: string | null;
}

export async function loadTripAccess(db: Queryable, organisation: string): Promise<TripAccess> {
  const { rows } = await db.query<{ state: TripAccess['state']; read_at: Date | null }>(
    `select read_at, case when refused_at is null then case when read_at is null then 'try' else 'read' end
                          when again_at < clock_timestamp() then 'try' else 'refused' end as state
       from trip_access where organisation = $1`,
    [organisation],
  );
  const [row] = rows;
  return { state: row?.state ?? 'try', readAt: row?.read_at?.toISOString() ?? null };
}

/** Notes that a read of a trip was answered. */
export async function saveTripsReadable(db: Queryable, organisation: string): Promise<void> {
  await db.query(
    `insert into trip_access as a (organisation, read_at) values ($1, clock_timestamp())
       on conflict (organisation) do update set read_at = excluded.read_at, refused_at = null, status = null, again_at = null`,
    [organisation],
  );
}

/** Notes that Qargo lets this organisation read no trips: answered with that HTTP status. */
export async function saveTripsRefused(
  db: Queryable,
  organisation: string,
  status: number,
  { sweepSeconds, pace }: LookSchedule,
): Promise<void> {
  await db.query(
    `insert into trip_access as a (organisation, refused_at, status, again_at)
       values ($1, clock_timestamp(), $2, clock_timestamp() + interval '1 second' * $3::float8)
       on conflict (organisation) do update set refused_at = coalesce(a.refused_at, excluded.refused_at), status = excluded.status,
         again_at = excluded.again_at`,
    [organisation, status, (againSweeps.refused * sweepSeconds) / pace],
  );
}

/**
 * Trips that open orders are on and that were not read in this sweep or this turn of it (`since`, UTC ISO), nor within its interval; those
 * on the road first, and of these what was read longest ago.
 */
export async function tripsDue(
  db: Queryable,
  organisation: string,
  { sweepSeconds, pace }: LookSchedule,
  since?: string,
): Promise<TripDue[]> {
  const { rows } = await db.query<TripDue>(
    `select s.trip, case when bool_or(s.phase = 'ended' or c.qargo_ended_at is not null) then 'out' else 'planned' end as road
       from consignment c join order_stop s on s.consignment = c.id
       left join trip_look t on t.organisation = c.organisation and t.trip = s.trip
      where c.organisation = $1 and c.closed_at is null and c.merged_into is null and s.trip is not null
        and split_part(coalesce(c.qargo_digest, ''), '#', 1) <> 'finished'
        and (c.qargo_ended_at is null or c.qargo_ended_at > clock_timestamp() - interval '1 second' * $4::float8)
        and (t.failure is null or t.again_at < clock_timestamp())
        and (t.read_at is null or t.read_at < greatest(clock_timestamp() - interval '1 second' * $2::float8,
              coalesce($3::timestamptz, (select max(started_at) from sweep where organisation = $1), clock_timestamp())))
      group by s.trip, t.read_at order by 2, t.read_at nulls first limit 500`,
    [organisation, sweepSeconds / pace, since ?? null, daySeconds / pace],
  );
  return rows;
}

export interface TripLook {
  readonly marks: Readonly<Record<string, string>>;
  readonly orders: Readonly<Record<string, string>>;
  readonly strangers: readonly string[];
}

/** An open order with stops on a trip. */
export interface TripOrder {
  /** The consignment's internal id. */
  readonly id: string;
  readonly orderId: string;
  /** All stops of the order, those on other trips too. `missed`: the trip left it out before. */
  readonly stops: readonly (StopRow & { readonly missed: boolean })[];
  /** Whether anything of it came since the trip was last read. */
  readonly news: boolean;
}

/** Reads what the last read of a trip showed, and whose its stops are. */
export async function loadTrip(
  db: Queryable,
  organisation: string,
  trip: string,
): Promise<{ readonly look: TripLook; readonly orders: readonly TripOrder[] }> {
  const { rows: looks } = await db.query<{ seen: Pick<TripLook, 'marks' | 'orders'>; strangers: string[] }>(
    'select seen, strangers from trip_look where organisation = $1 and trip = $2',
    [organisation, trip],
  );
  const { rows: orders } = await db.query<TripOrder>(
    `select c.id, c.qargo->>'orderId' as "orderId",
            (select json_agg(json_build_object('id', s.stop, 'type', s.type, 'trip', s.trip, 'phase', s.phase, 'mark', s.mark, 'missed', s.missed) order by s.stop)
               from order_stop s where s.consignment = c.id) as stops,
            exists (select 1 from fact f where f.consignment = c.id and f.heard > coalesce(
                      (select t.read_at from trip_look t where t.organisation = $1 and t.trip = $2), '-infinity')) as news
       from consignment c
      where c.id in (select consignment from order_stop where organisation = $1 and trip = $2) and c.closed_at is null
        and c.merged_into is null and c.qargo->>'orderId' is not null order by c.id`,
    [organisation, trip],
  );
  const { seen, strangers } = looks[0] ?? { seen: { marks: {}, orders: {} }, strangers: [] };
  return { look: { ...seen, strangers }, orders };
}

/** Keeps what a trip's read showed, as of when it was begun (UTC ISO). */
export async function saveTripLook(db: Queryable, organisation: string, trip: string, look: TripLook): Promise<void> {
  const { marks, orders, strangers } = look;
  await db.query(
    `insert into trip_look (organisation, trip, read_at, seen, strangers) values ($1, $2, clock_timestamp(), $3, $4)
       on conflict (organisation, trip) do update set read_at = excluded.read_at, seen = excluded.seen, strangers = excluded.strangers,
         failure = null, failed_at = null, again_at = null`,
    [organisation, trip, { marks, orders }, strangers],
  );
}

/** Notes that a trip cannot be read, and why (an HTTP status, or `unread`): its orders are read alone until it can. */
export async function saveTripFailure(
  db: Queryable,
  organisation: string,
  trip: string,
  failure: string,
  { sweepSeconds, pace }: LookSchedule,
): Promise<void> {
  await db.query(
    `insert into trip_look as t (organisation, trip, failure, failed_at, again_at)
       values ($1, $2, $3, clock_timestamp(), clock_timestamp() + interval '1 second' * $4::float8)
       on conflict (organisation, trip) do update set failure = excluded.failure, failed_at = excluded.failed_at, again_at = excluded.again_at`,
    [
      organisation,
      trip,
      failure,
      ((failure === 'unread' ? againSweeps.unread : againSweeps.refused) * sweepSeconds) / pace,
    ],
  );
}

/**
 * The HTTP status with which Qargo does not show a trip that an order's own read, begun at `readAt` (UTC ISO), names all the same; null
 * where there is none.
 */
export async function refusedTripOf(db: Queryable, consignment: string, readAt: string): Promise<number | null> {
  const { rows } = await db.query<{ status: number }>(
    `select t.failure::int as status from order_stop s join trip_look t on t.organisation = s.organisation and t.trip = s.trip
      where s.consignment = $1 and t.failure ~ '^4[0-9][0-9]$' and t.failed_at < $2::timestamptz limit 1`,
    [consignment, readAt],
  );
  return rows[0]?.status ?? null;
}

/** Which of these Qargo orders are ours, open and were read before: order id to consignment. What never was is read anyway. */
export async function openOrders(
  db: Queryable,
  organisation: string,
  orders: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (orders.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; order: string }>(
    `select id, qargo->>'orderId' as order from consignment
      where organisation = $1 and closed_at is null and merged_into is null and qargo_read_at is not null
        and qargo->>'orderId' = any($2)`,
    [organisation, orders],
  );
  return new Map(rows.map(({ id, order }) => [order, id]));
}

/** The stops of an order as its own read showed them, in place of those before. What a trip missed stays missed while it is on that trip. */
export async function saveStops(db: Queryable, consignment: string, stops: readonly StopRow[]): Promise<void> {
  await db.query(
    `with told as (select * from jsonb_to_recordset($2::jsonb) as t (id text, type text, trip text, phase text, mark text)),
          gone as (delete from order_stop where consignment = $1 and stop not in (select id from told))
     insert into order_stop as s (consignment, organisation, stop, type, trip, phase, mark)
       select c.id, c.organisation, t.id, t.type, t.trip, t.phase, t.mark from told t join consignment c on c.id = $1
       on conflict (consignment, stop) do update set type = excluded.type, trip = excluded.trip, phase = excluded.phase, mark = excluded.mark,
         missed = s.missed and s.trip is not distinct from excluded.trip
         where (s.type, s.trip, s.phase, s.mark) is distinct from (excluded.type, excluded.trip, excluded.phase, excluded.mark)`,
    [consignment, JSON.stringify(stops)],
  );
}

/** Notes of stops of an order whether their trip's read had them. */
export async function saveMissed(
  db: Queryable,
  consignment: string,
  stops: readonly string[],
  missed: boolean,
): Promise<void> {
  await db.query('update order_stop set missed = $3 where consignment = $1 and stop = any($2) and missed <> $3', [
    consignment,
    stops,
    missed,
  ]);
}

/** Forgets stops of what is closed, and trips that nothing open is on. */
export async function forgetTrips(db: Queryable, organisation: string): Promise<void> {
  await db.query(
    `delete from order_stop s using consignment c
      where s.organisation = $1 and c.id = s.consignment and (c.closed_at is not null or c.merged_into is not null)`,
    [organisation],
  );
  await db.query(
    `delete from trip_look t where organisation = $1 and coalesce(read_at, failed_at) < clock_timestamp() - ${forgetAfter}
       and not exists (select 1 from order_stop s where s.organisation = t.organisation and s.trip = t.trip)`,
    [organisation],
  );
}
