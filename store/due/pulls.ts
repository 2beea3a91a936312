/** Which open consignments the scheduled pull reads at Palletways, each as often as the stage of its work asks for. */
import { cancelStage } from '../../domain/policy/decision.ts';
import { type EditStage, editStages } from '../../domain/policy/edits.ts';
import type { CancelStage } from '../../domain/policy/settings.ts';
import type { Queryable } from '../postgres/database.ts';

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

/** Notes that a consignment was just read at Palletways, whatever came of it. */
export async function noteConsignmentRead(db: Queryable, consignment: string): Promise<void> {
  await db.query('update consignment set palletways_read_at = clock_timestamp() where id = $1', [consignment]);
}

/**
 * Open consignments that were not read at Palletways for as long as their stage asks for, or of which the status was not, the longest due
 * first, at most `limit`. What was never read counts from the day it was heard of.
 */
export async function pullsDue(
  db: Queryable,
  organisation: string,
  schedule: PullSchedule,
  limit: number,
  since: 'palletways_read_at' | 'palletways_status_at' = 'palletways_read_at',
): Promise<PullDue[]> {
  const minutes = Object.fromEntries(
    editStages.map((stage) => [stage, (schedule.stages[cancelStage(stage)] ?? schedule.minutes) / schedule.pace]),
  );
  const { rows } = await db.query<{ id: string; tracking_id: string; stage: EditStage }>(
    `select id, tracking_id, stage from (
       select c.id, c.tracking_id, s.edit_stage as stage,
              coalesce(c.${since}, c.created_at) + ($2::jsonb->>s.edit_stage)::float8 * interval '1 minute' as due_at
         from consignment c join status s on s.consignment = c.id
        where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.tracking_id is not null) due
      where due_at < clock_timestamp() order by due_at, id limit $3`,
    [organisation, JSON.stringify(minutes), limit],
  );
  return rows.map(({ id, tracking_id, stage }) => ({ id, trackingId: tracking_id, stage: cancelStage(stage) }));
}

/** Notes that the status of a consignment was just asked for at Palletways. */
export async function noteStatusRead(db: Queryable, consignment: string): Promise<void> {
  await db.query('update consignment set palletways_status_at = clock_timestamp() where id = $1', [consignment]);
}

/** A consignment with the names by which its tracking id can be asked for. */
export interface Untracked {
  readonly id: string;
  readonly responseId: string | null;
  readonly conNo: string | null;
}

const named = (kind: 'responseId' | 'conNo') =>
  `(select a.value from alias a where a.consignment = c.id and a.kind = '${kind}' and a.valid_to is null order by a.said_at desc limit 1)`;

/** Open consignments without a tracking id that were not asked for at Palletways for so many minutes, the longest due first. */
export async function untrackedDue(
  db: Queryable,
  organisation: string,
  minutes: number,
  limit: number,
): Promise<Untracked[]> {
  const { rows } = await db.query<Untracked>(
    `select id, "responseId", "conNo" from (
       select c.id, ${named('responseId')} as "responseId", ${named('conNo')} as "conNo", coalesce(c.palletways_read_at, c.created_at) as since
         from consignment c
        where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.tracking_id is null) n
      where since < clock_timestamp() - $2::float8 * interval '1 minute' and coalesce("responseId", "conNo") is not null
      order by since, id limit $3`,
    [organisation, minutes, limit],
  );
  return rows;
}

/** Answers the names of a consignment by which it can be asked for. */
export async function loadUntracked(db: Queryable, consignment: string): Promise<Untracked> {
  const { rows } = await db.query<Untracked>(
    `select c.id, ${named('responseId')} as "responseId", ${named('conNo')} as "conNo" from consignment c where c.id = $1`,
    [consignment],
  );
  return rows[0] ?? { id: consignment, responseId: null, conNo: null };
}

/** Open consignments that are not among these and that Palletways found when they were last read, the latest first. */
export async function loadPresent(
  db: Queryable,
  organisation: string,
  others: readonly string[],
): Promise<{ readonly id: string; readonly trackingId: string } | null> {
  const { rows } = await db.query<{ id: string; trackingId: string }>(
    `select c.id, c.tracking_id as "trackingId" from consignment c
      where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.tracking_id is not null and c.id <> all($2)
        and coalesce((select (f.envelope->>'present')::boolean from fact f where f.consignment = c.id and f.kind = 'presence'
                       order by f.at desc, f.id desc limit 1), true)
      order by c.palletways_read_at desc nulls last, c.id limit 1`,
    [organisation, others],
  );
  return rows[0] ?? null;
}

/** The number under which people know it. */
export async function referenceOf(db: Queryable, consignment: string): Promise<string | null> {
  const { rows } = await db.query<{ reference: string | null }>('select reference from consignment where id = $1', [
    consignment,
  ]);
  return rows[0]?.reference ?? null;
}
