/** What the record knows that the words of a note depend on, beside the fact that it tells. */

import type { Fact, MilestoneFact } from '../../domain/facts/facts.ts';
import { factKindsFor } from '../../domain/facts/kinds.ts';
import type { Happened } from '../../domain/facts/order-of-time.ts';
import { evidenceKey } from '../../domain/obligations/obligations.ts';
import { happenedIn } from '../../domain/state/state.ts';
import type { Queryable } from '../postgres/database.ts';
import type { Item } from '../record/due.ts';

/** Whether the same thing was told before by another fact than the item's. */
export async function wasSentOtherwise(
  db: Queryable,
  consignment: string,
  { key, fact }: Pick<Item, 'key' | 'fact'>,
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from attempt where consignment = $1 and key = $2 and fact <> $3 and outcome = 'met' limit 1`,
    [consignment, key, fact],
  );
  return rows.length > 0;
}

export interface MilestonesSent extends Omit<Happened, 'milestones'> {
  readonly told: readonly MilestoneFact[];
}

/** Reads the milestones that Palletways was told, or is being told, but for the one of this key. */
export async function otherMilestonesSent(db: Queryable, consignment: string, key: string): Promise<MilestonesSent> {
  const { rows } = await db.query<{ envelope: MilestoneFact }>(
    `select f.envelope from receipt d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.kind = 'milestone' and d.key <> $2 and d.state in ('met', 'sending')`,
    [consignment, key],
  );
  const standing = await db.query<{ envelope: Fact }>(
    `select f.envelope from standing s join fact f on f.seq = s.fact
      where s.consignment = $1 and s.subject = any(array['revived', 'plan'])`,
    [consignment],
  );
  const subjects = Object.fromEntries(standing.rows.map(({ envelope }) => [envelope.kind, envelope]));
  const { plan, since } = happenedIn({ subjects });
  return { told: rows.map(({ envelope }) => envelope), plan, since };
}

/** Reads what tells where each pallet of a consignment is and was. */
export async function loadPalletFacts(db: Queryable, consignment: string): Promise<Fact[]> {
  const { rows } = await db.query<{ envelope: Fact }>(
    `select envelope from fact where consignment = $1 and kind = any($2)`,
    [consignment, factKindsFor('pallets')],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Whether Qargo is still to be asked what happened at a milestone's stop: it was heard within these minutes, and no look for it has ended. */
export async function awaitsEvidence(
  db: Queryable,
  consignment: string,
  fact: MilestoneFact,
  minutes: number,
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from fact f where f.consignment = $1 and f.id = $2 and f.heard > clock_timestamp() - $4 * interval '1 minute'
        and not exists (select 1 from receipt d where d.consignment = $1 and d.key = $3 and d.state in ('met', 'void', 'refused', 'unknown'))`,
    [consignment, fact.id, evidenceKey(fact), minutes],
  );
  return rows.length > 0;
}
