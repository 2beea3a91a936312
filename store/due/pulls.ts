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
 * Open consignments that were not read at Palletways for as long as their stage asks for, the longest due first, at most `limit`. What was
 * never read counts from the day it was heard of.
 */
export async function pullsDue(
  db: Queryable,
  organisation: string,
  schedule: PullSchedule,
  limit: number,
): Promise<PullDue[]> {
  const minutes = Object.fromEntries(
    editStages.map((stage) => [stage, (schedule.stages[cancelStage(stage)] ?? schedule.minutes) / schedule.pace]),
  );
  const { rows } = await db.query<{ id: string; tracking_id: string; stage: EditStage }>(
    `select id, tracking_id, stage from (
       select c.id, c.tracking_id, s.edit_stage as stage,
              coalesce(c.palletways_read_at, c.created_at) + ($2::jsonb->>s.edit_stage)::float8 * interval '1 minute' as due_at
         from consignment c join status s on s.consignment = c.id
        where c.organisation = $1 and c.closed_at is null and c.merged_into is null and c.tracking_id is not null) due
      where due_at < clock_timestamp() order by due_at, id limit $3`,
    [organisation, JSON.stringify(minutes), limit],
  );
  return rows.map(({ id, tracking_id, stage }) => ({ id, trackingId: tracking_id, stage: cancelStage(stage) }));
}
