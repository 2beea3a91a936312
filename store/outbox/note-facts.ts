/** What the record knows that the words of a note depend on, beside the fact that it tells. */

import type { Fact, MilestoneFact, PlanFact } from '../../domain/facts/facts.ts';
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

/** Reads the milestones that Palletways was told, or is being told, but for the one of this key. */
export async function otherMilestonesSent(db: Queryable, consignment: string, key: string): Promise<MilestoneFact[]> {
  const { rows } = await db.query<{ envelope: MilestoneFact }>(
    `select f.envelope from receipt d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.kind = 'milestone' and d.key <> $2 and d.state in ('met', 'sending')`,
    [consignment, key],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Reads the plan that stands, and since when the consignment was ordered again: milestones are put in order by both. */
export async function attemptNow(db: Queryable, consignment: string): Promise<Omit<Happened, 'milestones'>> {
  const standing = await db.query<{ envelope: Fact }>(
    `select f.envelope from standing s join fact f on f.seq = s.fact
      where s.consignment = $1 and s.subject = any(array['revived', 'plan'])`,
    [consignment],
  );
  const subjects = Object.fromEntries(standing.rows.map(({ envelope }) => [envelope.kind, envelope]));
  const { plan, since } = happenedIn({ subjects });
  return { plan, since };
}

/** Reads what tells where each pallet of a consignment is and was. */
export async function loadPalletFacts(db: Queryable, consignment: string): Promise<Fact[]> {
  const { rows } = await db.query<{ envelope: Fact }>(
    `select envelope from fact where consignment = $1 and kind = any($2)`,
    [consignment, factKindsFor('pallets')],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Reads what tells where a scan without a stop was made: the milestones, and the plan that stands. */
export async function loadStops(
  db: Queryable,
  consignment: string,
): Promise<{ readonly milestones: readonly MilestoneFact[]; readonly plan: PlanFact | undefined }> {
  const { rows } = await db.query<{ envelope: MilestoneFact | PlanFact }>(
    `select envelope from fact where consignment = $1 and kind = 'milestone'
     union all (select envelope from fact where consignment = $1 and kind = 'plan'
                 order by coalesce(envelope->>'seen', envelope->>'at') desc, id desc limit 1)`,
    [consignment],
  );
  const facts = rows.map(({ envelope }) => envelope);
  return {
    milestones: facts.filter((fact) => fact.kind === 'milestone'),
    plan: facts.find((fact) => fact.kind === 'plan'),
  };
}

/** Whether one of the latest scans of an organisation told a loading in words of its own: then one without a stop is none. */
export async function hasLoadingScan(db: Queryable, organisation: string): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from (select organisation, envelope from fact where kind = 'scan' order by seq desc limit 2000) as latest
      where organisation = $1 and envelope->>'scan' = 'load' and envelope->>'source' = 'qargo' limit 1`,
    [organisation],
  );
  return rows.length > 0;
}

/** Whether the same end of a stop, or a later one of the same attempt, proved to be a failure. */
export async function hasFailedInstead(db: Queryable, consignment: string, fact: MilestoneFact): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from fact f where f.consignment = $1 and f.kind = 'milestone' and f.envelope->>'milestone' = 'failed'
        and f.envelope->>'stop' = $2 and f.at >= $3
        and not exists (select 1 from fact n where n.consignment = $1 and n.kind = 'milestone'
                           and n.envelope->>'milestone' in ('out', 'arrived') and n.at > $3 and n.at <= f.at) limit 1`,
    [consignment, fact.stop, fact.at],
  );
  return rows.length > 0;
}

/** Whether Qargo is still to be asked what happened at a milestone's stop: it was heard within these minutes, and the look for it is open. */
export async function awaitsEvidence(
  db: Queryable,
  consignment: string,
  fact: MilestoneFact,
  minutes: number,
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from fact f join obligation o on o.consignment = $1 and o.key = $3 and o.state = 'open'
      where f.consignment = $1 and f.id = $2 and f.heard > clock_timestamp() - $4 * interval '1 minute'`,
    [consignment, fact.id, evidenceKey(fact), minutes],
  );
  return rows.length > 0;
}
