/** A send takes its own work: the items that are due in its lane, as the record has them at that moment. */

import type { Lane } from '../../domain/obligations/lanes.ts';
import { rulesVersion } from '../../domain/receipts/projection.ts';
import { isUndecided, judgeCancelled } from '../decisions/cancellations.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { type Taken, takeDue } from '../record/due.ts';
import { lockConsignments } from '../record/projection.ts';
import { withholdPast } from '../record/switched-on.ts';
import { touchWhole } from '../record/touch.ts';

/**
 * Answers the items that are due in a lane. If another `rulesVersion` projected the consignment, it is projected again first. A cancellation
 * that came while its row was not on is decided first, and what is from before its row was switched on is withheld. @throws if there is no fact about the consignment.
 */
export async function takeWork(db: Database, organisation: string, consignment: string, lane: Lane): Promise<Taken> {
  const taken = await takeDue(db, consignment, lane);
  if (taken === null) {
    if (!(await projectStale(db, organisation, consignment))) throw new Error(`no consignment ${consignment}`);
    return takeWork(db, organisation, consignment, lane);
  }
  const past = taken.items.flatMap(({ key, isPast }) => (isPast === true ? [key] : []));
  if (past.length > 0 && (await withholdPast(db, organisation, consignment, past)) > 0)
    return takeWork(db, organisation, consignment, lane);
  if (!taken.items.some(({ kind }) => kind === 'cancel') || !(await isUndecided(db, consignment))) return taken;
  await inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    await judgeCancelled(tx, { organisation, consignment, handedOver: true });
  });
  return takeWork(db, organisation, consignment, lane);
}

/**
 * Projects a consignment again, if another `rulesVersion` projected it or if its projection was dropped when it was closed. Answers whether
 * it did.
 */
export async function projectStale(db: Database, organisation: string, consignment: string): Promise<boolean> {
  if (!(await isOutdated(db, consignment))) return false;
  await projectAgain(db, organisation, consignment);
  return true;
}

async function isOutdated(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ stale: boolean }>(
    `select stale or rules <> $2 as stale from status where consignment = $1`,
    [consignment, rulesVersion],
  );
  return rows[0]?.stale !== false;
}

/** Derives everything about a consignment from its facts again. */
export async function projectAgain(db: Database, organisation: string, consignment: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    touchWhole(tx, organisation, consignment, false);
  });
}
