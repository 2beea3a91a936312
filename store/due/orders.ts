/** Which orders the sweep reads at Qargo, in which order, and what its last look at each showed. */
import type { Queryable } from '../postgres/database.ts';

/** A finished order is looked at so many sweeps less often. One that is not planned as far as we know may be on the road: its pushes may be lost. */
const finishedSweeps = 15;
/** What was delivered so long ago and never signed for is not on the road any more: it would keep out what is. */
const daySeconds = 86_400;
/** An order that was not read for so many intervals (or as many beyond its time) goes before others. */
const keptOut = 3;

export type Road = 'out' | 'planned' | 'other';

export interface OrderDue {
  /** The consignment's internal id. */
  readonly id: string;
  /** Of the order at Qargo. */
  readonly orderId: string;
  readonly road: Road;
}

export interface LookSchedule {
  /** From one sweep to the next, seconds. */
  readonly sweepSeconds: number;
  /** Divides the seconds, and a day. */
  readonly pace: number;
}

/**
 * Open orders that are due for a look. What this sweep, or this turn of it (`since`, UTC ISO), has read is not (one whose worker was killed
 * goes on where it was), but where it takes longer than its interval, or where something was heard of it since and half of that is over.
 * What was kept out for several intervals goes before what comes back every time.
 */
export async function ordersDue(
  db: Queryable,
  organisation: string,
  { sweepSeconds, pace }: LookSchedule,
  since?: string,
): Promise<OrderDue[]> {
  const seconds = sweepSeconds / pace;
  // What is on the road goes first and every time: a failed stop and an un-planning stand only until they are planned anew.
  const { rows } = await db.query<{ id: string; order_id: string; road: Road }>(
    `select * from (select id, order_id, qargo_read_at, case when road = 'planned' and last < clock_timestamp() - interval '1 second' * $4::float8 * $6::int then 'out'
                               when road = 'other' and last < clock_timestamp() - interval '1 second' * ($2::float8 + $4::float8 * $6::int) then 'planned'
                               else road end as road from (
       select c.id, c.qargo->>'orderId' as order_id, c.qargo_read_at, coalesce(c.qargo_read_at, c.created_at) as last,
              case when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone' and f.envelope->>'milestone' = 'delivered')
                    and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone'
                                       and f.heard > clock_timestamp() - interval '1 second' * $3::float8)
                   then 'other'
                   when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'milestone')
                    and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'pod') then 'out'
                   when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'plan')
                    and not exists (select 1 from fact f where f.consignment = c.id and f.kind = 'pod') then 'planned'
                   else 'other' end as road
         from consignment c
        where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.qargo->>'orderId' is not null
          and (c.qargo_read_at is null
            or c.qargo_read_at < clock_timestamp() - interval '1 second' * $4::float8 / 2
               and exists (select 1 from fact f where f.consignment = c.id and f.heard > c.qargo_read_at)
            or c.qargo_read_at < case split_part(c.qargo_digest, '#', 1)
                 when 'finished' then clock_timestamp() - interval '1 second' * $2::float8
                 else greatest(clock_timestamp() - interval '1 second' * $4::float8,
                               coalesce($5::timestamptz, (select max(started_at) from sweep where organisation = $1), clock_timestamp())) end)
     ) as open) as ranked
      order by array_position(array['out', 'planned', 'other'], road), qargo_read_at nulls first limit 500`,
    [organisation, seconds * finishedSweeps, daySeconds / pace, seconds, since ?? null, keptOut],
  );
  return rows.map(({ id, order_id, road }) => ({ id, orderId: order_id, road }));
}

/** Notes that a consignment's order was just read at Qargo, or cannot be. */
export async function noteOrderRead(db: Queryable, consignment: string): Promise<void> {
  await db.query('update consignment set qargo_read_at = clock_timestamp() where id = $1', [consignment]);
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

/** Notes that a consignment's order was just read at Qargo, and keeps what it showed: `<finished or open>#<evidence>`. */
export async function keepLook(db: Queryable, consignment: string, digest: string): Promise<void> {
  await db.query('update consignment set qargo_read_at = clock_timestamp(), qargo_digest = $2 where id = $1', [
    consignment,
    digest,
  ]);
}
