/** A send takes its own work: what is due in its lane as the record knows it at that moment. */

import type { Lane } from '../../domain/obligations/lanes.ts';
import { rulesVersion } from '../../domain/receipts/projection.ts';
import { isUndecided, judgeCancelled } from '../decisions/cancellations.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { type Taken, takeDue } from '../record/due.ts';
import { lockConsignments } from '../record/projection.ts';
import { touchWhole } from '../record/touch.ts';

/**
 * What is due in a lane. What other rules projected is projected anew first, and a cancellation that was heard while its row was not on is
 * judged first. @throws where nothing was ever heard of the consignment.
 */
export async function takeWork(db: Database, organisation: string, consignment: string, lane: Lane): Promise<Taken> {
  const taken = await takeDue(db, consignment, lane);
  if (taken === null) {
    if (!(await projectStale(db, organisation, consignment))) throw new Error(`no consignment ${consignment}`);
    return takeWork(db, organisation, consignment, lane);
  }
  if (!taken.items.some(({ kind }) => kind === 'cancel') || !(await isUndecided(db, consignment))) return taken;
  await inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    await judgeCancelled(tx, { organisation, consignment, handedOver: true });
  });
  return takeWork(db, organisation, consignment, lane);
}

/** Projects a consignment anew where what stands of it was made by other rules, or went when it was closed. Answers whether it did. */
export async function projectStale(db: Database, organisation: string, consignment: string): Promise<boolean> {
  if (!(await isStale(db, consignment))) return false;
  await projectAgain(db, organisation, consignment);
  return true;
}

async function isStale(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ stale: boolean }>(
    `select stale or rules <> $2 as stale from status where consignment = $1`,
    [consignment, rulesVersion],
  );
  return rows[0]?.stale !== false;
}

/** Makes all that is derived of a consignment again. */
export async function projectAgain(db: Database, organisation: string, consignment: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    touchWhole(tx, organisation, consignment, false);
  });
}
