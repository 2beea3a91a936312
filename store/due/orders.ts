/** Which orders the sweep reads at Qargo one by one, in which order, and what its last look at each showed. */
import type { Queryable } from '../postgres/database.ts';

/** A finished order is looked at so many sweeps less often. One that is not planned as far as we know may be on the road: its pushes may be lost. */
const finishedSweeps = 15;
/** An order that its trip's reads tell of is read alone so many sweeps less often: for its own status, which a trip has not. */
const coveredSweeps = 60;
/** What was delivered so long ago and never signed for is not on the road any more: it would keep out what is. */
const daySeconds = 86_400;
/** An order that was not read for so many intervals (or as many beyond its time) goes before others. */
const keptOut = 3;
/** An order that was delivered and not signed for is read again after this part of the time since then, but once a sweep at most. */
const unsignedPart = 0.25;

export type Road = 'out' | 'planned' | 'other';

export interface OrderDue {
  /** The consignment's internal id. */
  readonly id: string;
  /** Of the order at Qargo. */
  readonly orderId: string;
  readonly road: Road;
  /** Why it is to be read at once; null where its time has come. */
  readonly wanted: string | null;
  /** The slow round: what stands in the yard, what trips tell of, what is finished. Of these a sweep reads only its share. */
  readonly slow: boolean;
  /** A trip that it is on; null where none is known. */
  readonly trip: string | null;
}

export interface LookSchedule {
  /** From one sweep to the next, seconds. */
  readonly sweepSeconds: number;
  /** Divides the seconds, and a day. */
  readonly pace: number;
}

/** Of an open order (`c`): what its stops say. `covered`: reads of its trips tell all that happens to it; `idle`: nobody is to move it. */
const ofStops = `
  select min(s.trip) filter (where s.phase <> 'ended') as trip, count(*) as stops,
         bool_or(s.trip is not null) and bool_and(s.phase = 'ended' or s.trip is not null and not s.missed
           and not exists (select 1 from trip_look t where t.organisation = s.organisation and t.trip = s.trip and t.failure is not null)) as covered,
         bool_and(s.phase = 'ended' or s.phase = 'open' and s.trip is null) and bool_or(s.phase = 'open') as idle
    from order_stop s where s.consignment = c.id`;

/** Of an open order (`c`): what is on the road goes first; a failed stop and an un-planning stand only until they are planned again. */
const roadOf = `
  case when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone' and f.envelope->>'milestone' = 'delivered')
        and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone'
                           and f.heard > clock_timestamp() - interval '1 second' * $3::float8)
       then 'other'
       when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone')
        and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'pod') then 'out'
       when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'plan')
        and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'pod') then 'planned'
       else 'other' end`;

/** A plan that came since the order (`c`) was last read alone and that its stops do not show: they are others by now. */
const plannedElsewhere = `
  exists (select 1 from fact f where f.consignment = c.id and f.kind = 'plan' and f.heard > c.qargo_read_at
             and not exists (select 1 from order_stop s where s.consignment = c.id and s.trip = f.envelope->>'trip'))`;

/**
 * Open orders that are due for a look of their own. What this sweep, or this turn of it (`since`, UTC ISO), has read is not (one whose
 * worker was killed goes on where it was), but where it takes longer than its interval, or where something was heard of it since and half
 * of that is over. With `trips` what the reads of its trip tell is due in the slow round alone, or where something asked for its own read
 * ({@link wantOrder}). What was kept out for several intervals goes before what comes back every time.
 */
export async function ordersDue(
  db: Queryable,
  organisation: string,
  { sweepSeconds, pace }: LookSchedule,
  since?: string,
  { trips }: { readonly trips: boolean } = { trips: true },
): Promise<OrderDue[]> {
  const seconds = sweepSeconds / pace;
  const ago = (times: string) => `clock_timestamp() - interval '1 second' * ${times}`;
  const { rows } = await db.query<Omit<OrderDue, 'orderId'> & { order_id: string }>(
    `select id, order_id, trip, wanted, slow,
            case when wanted in ('vanished', 'appeared') then 'out'
                 when road = 'planned' and last < ${ago('$4::float8 * $6::int')} then 'out'
                 when road = 'other' and last < ${ago('($2::float8 + $4::float8 * $6::int)')} then 'planned' else road end as road
       from (
         select c.id, c.qargo->>'orderId' as order_id, c.qargo_wanted as wanted, st.trip, c.qargo_read_at,
                coalesce(told.at, c.created_at) as last, ${roadOf} as road,
                c.qargo_read_at is not null and c.qargo_wanted is null
                  and (st.idle is true or st.covered and $7::boolean and not elsewhere.it
                       or split_part(c.qargo_digest, '#', 1) = 'finished') as slow
           from consignment c cross join lateral (${ofStops}) st
           cross join lateral (select greatest(c.qargo_read_at, c.qargo_seen_at) as at) told
           cross join lateral (select ${plannedElsewhere} as it) elsewhere
           cross join lateral (select ${ago('$4::float8')} as before,
             greatest(${ago('$4::float8')}, coalesce($5::timestamptz,
               (select max(started_at) from sweep where organisation = $1), clock_timestamp())) as begun) turn
          where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.qargo->>'orderId' is not null
            and not exists (select 1 from unread_item u where u.organisation = $1 and u.item = 'order' and u.id = c.id
                               and u.again_at > clock_timestamp())
            and (c.qargo_read_at is null or c.qargo_wanted is not null
              or case when split_part(c.qargo_digest, '#', 1) = 'finished' then c.qargo_read_at < ${ago('$2::float8')}
                   when c.qargo_ended_at is not null and c.qargo_read_at < turn.begun
                     and c.qargo_read_at < clock_timestamp() - least(interval '1 second' * $2::float8,
                                             (clock_timestamp() - c.qargo_ended_at) * $8::float8) then true
                   when elsewhere.it and c.qargo_read_at < ${ago('$4::float8 / 2')} then true
                   when st.covered and $7::boolean then c.qargo_read_at < ${ago('$4::float8 * $9::int')}
                   when c.qargo_ended_at is not null then false
                   else told.at < turn.begun or told.at < ${ago('$4::float8 / 2')}
                          and exists (select 1 from fact f where f.consignment = c.id and f.heard > told.at) end)
       ) as open
      order by array_position(array['out', 'planned', 'other'],
                 case when wanted in ('vanished', 'appeared') then 'out'
                      when road = 'planned' and last < ${ago('$4::float8 * $6::int')} then 'out'
                      when road = 'other' and last < ${ago('($2::float8 + $4::float8 * $6::int)')} then 'planned' else road end),
               wanted is null, qargo_read_at nulls first limit 500`,
    [
      organisation,
      seconds * finishedSweeps,
      daySeconds / pace,
      seconds,
      since ?? null,
      keptOut,
      trips,
      unsignedPart,
      coveredSweeps,
    ],
  );
  return rows.map(({ order_id, ...row }) => ({ ...row, orderId: order_id }));
}

/** Why an order is to be read alone at once. */
export type Want = 'ended' | 'vanished' | 'appeared';

/** Asks for an order's own read: a trip told of it what only that read explains. It stands until the read is done, whoever does it. */
export async function wantOrder(db: Queryable, consignment: string, why: Want): Promise<void> {
  await db.query(
    `update consignment set qargo_wanted_at = clock_timestamp(),
            qargo_wanted = case when qargo_wanted is null or qargo_wanted = 'ended' then $2 else qargo_wanted end where id = $1`,
    [consignment, why],
  );
}

/** Notes that a consignment's order was just read at Qargo, or cannot be. */
export async function noteOrderRead(db: Queryable, consignment: string): Promise<void> {
  await db.query('update consignment set qargo_read_at = clock_timestamp(), qargo_wanted = null where id = $1', [
    consignment,
  ]);
}

/** Notes that the read of another order just told all that is asked of this one in a round. */
export async function noteOrderSeen(db: Queryable, consignment: string): Promise<void> {
  await db.query(
    `update consignment set qargo_seen_at = clock_timestamp(), qargo_read_at = coalesce(qargo_read_at, clock_timestamp()) where id = $1`,
    [consignment],
  );
}

/** The last look at a consignment's order, and what was heard by now. */
export interface LastLook {
  /** As {@link keepLook} was given it; null: it never was. */
  readonly digest: string | null;
  /** Signatures that were heard. */
  readonly pods: number;
}

/** Answers what the last look at a consignment's order kept, and how often it was signed for by now. */
export async function readLastLook(db: Queryable, consignment: string): Promise<LastLook> {
  const { rows } = await db.query<{ qargo_digest: string | null; pods: number }>(
    `select qargo_digest, (select count(*) from fact f where f.consignment = c.id and f.kind = 'pod') as pods from consignment c where id = $1`,
    [consignment],
  );
  const [row] = rows;
  return { digest: row?.qargo_digest ?? null, pods: row?.pods ?? 0 };
}

/**
 * Notes that a consignment's order was just read at Qargo, and keeps what it showed: `<finished, ended or open>#<evidence>`. `startedAt`
 * (UTC ISO, database clock) is when that read began: what was asked for since then still is.
 */
export async function keepLook(db: Queryable, consignment: string, digest: string, startedAt: string): Promise<void> {
  await db.query(
    `update consignment set qargo_read_at = clock_timestamp(), qargo_digest = $2,
            qargo_ended_at = case when split_part($2, '#', 1) = 'ended' then coalesce(qargo_ended_at, clock_timestamp()) end,
            qargo_wanted = case when qargo_wanted_at > $3::timestamptz then qargo_wanted end where id = $1`,
    [consignment, digest, startedAt],
  );
}
