/** Which open consignments the scheduled pull reads at Palletways, each as often as the stage of its work asks for. */
import { type CancelStage, cancelStages } from '../domain/verdict.ts';
import type { Queryable } from './database.ts';

export interface PullDue {
  readonly id: string;
  readonly trackingId: string;
  readonly stage: CancelStage;
}

/** Minutes after which a consignment is read again: of each stage that `stages` leaves out, `minutes`. */
export interface PullSchedule {
  readonly minutes: number;
  readonly stages: Readonly<Partial<Record<CancelStage, number | undefined>>>;
  /** Divides the minutes. */
  readonly pace: number;
}

/**
 * Open consignments that were not read at Palletways for as long as their stage asks for, the longest due first, at most `limit`. The
 * stage is that of `domain/verdict.ts`, told from the facts as `editStage` and `cancelStage` tell it; only of what may be due is it
 * looked for. What was never read counts from the day it was heard of.
 */
export async function pullsDue(db: Queryable, organisation: string, schedule: PullSchedule, limit: number): Promise<PullDue[]> {
  const minutes = Object.fromEntries(cancelStages.map((stage) => [stage, (schedule.stages[stage] ?? schedule.minutes) / schedule.pace]));
  const { rows } = await db.query<{ id: string; tracking_id: string; stage: CancelStage }>(due, [
    organisation,
    JSON.stringify(minutes),
    Math.min(...Object.values(minutes)),
    limit,
  ]);
  return rows.map(({ id, tracking_id, stage }) => ({ id, trackingId: tracking_id, stage }));
}

/** When a fact happened: what a wrong clock said counts from when it was heard (`momentOf`). */
const moment = `case when f.envelope ? 'doubt' then f.heard else f.at end`;

const due = `
  with maybe as (
    select id, tracking_id, coalesce(palletways_read_at, created_at) as read_at from consignment
     where organisation = $1 and closed_at is null and merged_into is null and tracking_id is not null
       and coalesce(palletways_read_at, created_at) < clock_timestamp() - $3::float8 * interval '1 minute'),
  staged as (
    select c.*, case
        when m.milestone = 'delivered' then 'delivered'
        when m.milestone in ('out', 'arrived') then 'loaded'
        -- Planned anew after it failed it is at the desk again, unless it is the trip on which it failed.
        when m.milestone = 'failed' and (p.trip is null or p.at <= m.moment or p.trip = m.trip) then 'loaded'
        when exists (select 1 from fact f where f.consignment = c.id and f.kind = 'scan' and f.envelope->>'scan' = 'load'
                        and ${moment} > greatest(r.since, m.moment)) then 'loaded'
        when p.trip is not null then 'planned'
        else 'announced' end as stage
      from maybe c
      -- What happened before a revival was of the order that was taken back.
      cross join lateral (
        select coalesce((select case when (f.envelope->>'generation')::int > 1 then f.at end from fact f
                          where f.consignment = c.id and f.kind = 'revived'
                          order by (f.envelope->>'revival')::int desc limit 1), '-infinity') as since) r
      left join lateral (
        select f.envelope->>'milestone' as milestone, f.envelope->>'trip' as trip, ${moment} as moment from fact f
         where f.consignment = c.id and f.kind = 'milestone' and ${moment} > r.since
         order by ${moment} desc, f.at desc, f.id desc limit 1) m on true
      left join lateral (
        select * from (
          select nullif(f.envelope->>'trip', '') as trip, f.at, coalesce((f.envelope->>'seen')::timestamptz, f.at) as seen from fact f
           where f.consignment = c.id and f.kind = 'plan' order by 3 desc, f.id desc limit 1) latest
         where latest.seen > r.since) p on true)
  select id, tracking_id, stage from (select *, read_at + ($2::jsonb->>stage)::float8 * interval '1 minute' as due_at from staged) s
   where due_at < clock_timestamp() order by due_at, id limit $4`;
