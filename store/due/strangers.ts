/** Tracking ids that the note feed names and no consignment of ours has: each is read, few a sweep, and foreign ones are remembered. */
import type { Queryable } from '../postgres/database.ts';

export interface Stranger {
  readonly trackingId: string;
  /** The tracking id of ours whose note names it as its new one. */
  readonly oldId: string | null;
  /** Whether that note tells a redirect in words. */
  readonly redirect: boolean;
}

/** A foreign one that a note names again is read again, but not within this time: it may be ours by then. */
const foreignFor = "interval '1 day'";
/** One that nobody knows is read so many times, ever more rarely, from this interval on. */
const maxUnknown = 4;
const unknownFor = "interval '30 minutes'";
/** One that no note has named for so long is forgotten. */
const forgetAfter = "interval '60 days'";

/** Notes that the feed names these. */
export async function saveStrangers(
  db: Queryable,
  organisation: string,
  strangers: readonly Stranger[],
): Promise<void> {
  if (strangers.length === 0) return;
  await db.query(
    `insert into stranger as s (organisation, tracking_id, old_id, redirect)
       select distinct on (t."trackingId") $1, t."trackingId", t."oldId", t.redirect
         from jsonb_to_recordset($2::jsonb) as t ("trackingId" text, "oldId" text, redirect boolean)
        order by t."trackingId", t.redirect desc, t."oldId" nulls last
       on conflict (organisation, tracking_id) do update set met_at = clock_timestamp(),
         old_id = coalesce(excluded.old_id, s.old_id), redirect = s.redirect or excluded.redirect,
         again_at = case when excluded.redirect and not s.redirect then clock_timestamp()
                         when s.again_at is null then s.read_at + ${foreignFor} else s.again_at end,
         tries = case when s.again_at is null then 0 else s.tries end`,
    [organisation, JSON.stringify(strangers)],
  );
}

/** Those to be read now, at most `limit`: redirects of ours, then what was never read, then the rest. Old ones are forgotten. */
export async function strangersDue(db: Queryable, organisation: string, limit: number): Promise<Stranger[]> {
  await db.query(`delete from stranger where organisation = $1 and met_at < clock_timestamp() - ${forgetAfter}`, [
    organisation,
  ]);
  const { rows } = await db.query<Stranger>(
    `select tracking_id as "trackingId", old_id as "oldId", redirect from stranger
      where organisation = $1 and again_at <= clock_timestamp()
      order by redirect desc, read_at is null desc, again_at, tracking_id limit $2`,
    [organisation, limit],
  );
  return rows;
}

/** Notes that one was read and is no business of ours. */
export async function saveForeign(db: Queryable, organisation: string, trackingId: string): Promise<void> {
  await db.query(
    'update stranger set again_at = null, read_at = clock_timestamp(), tries = tries + 1 where organisation = $1 and tracking_id = $2',
    [organisation, trackingId],
  );
}

/** Notes that one was read and nobody knows it; `pace` divides the time to the next try. */
export async function saveUnknown(
  db: Queryable,
  organisation: string,
  trackingId: string,
  pace: number,
): Promise<void> {
  await db.query(
    `update stranger set read_at = clock_timestamp(), tries = tries + 1,
            again_at = case when tries + 1 < ${maxUnknown} then clock_timestamp() + ${unknownFor} * power(4, tries) / $3::float8 end
      where organisation = $1 and tracking_id = $2`,
    [organisation, trackingId, pace],
  );
}

/** One is known now. */
export async function forgetStranger(db: Queryable, organisation: string, trackingId: string): Promise<void> {
  await db.query('delete from stranger where organisation = $1 and tracking_id = $2', [organisation, trackingId]);
}
