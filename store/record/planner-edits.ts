/** What a planner changed of an order in Qargo: the agreed copy that a read is compared with, and what was seen of it before. */

import type { OrderContent } from '../../domain/facts/content.ts';
import type { PlannerEditFact } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';
import { readableContent } from './contents.ts';

/** Reads the latest snapshot of what Qargo holds otherwise than agreed. */
export async function latestHeld(db: Queryable, consignment: string): Promise<PlannerEditFact | undefined> {
  const { rows } = await db.query<{ envelope: PlannerEditFact }>(
    `select envelope from fact where consignment = $1 and kind = 'held' order by at desc, id desc limit 1`,
    [consignment],
  );
  return rows[0]?.envelope;
}

/**
 * Reads the order as it was last agreed with Qargo, where a read that began at `startedAt` (UTC ISO) shows planners' edits of it: after the
 * order and its book-in were confirmed, and while neither was on its way. A read for an update of ours (`ownUpdate`) always does. Null where
 * it does not, where nothing was agreed, and where the copy was erased or cannot be read.
 */
export async function agreedBefore(
  db: Queryable,
  consignment: string,
  startedAt: string,
  ownUpdate: boolean,
): Promise<OrderContent | null> {
  const { rows } = await db.query<{ body: unknown }>(
    `select t.body from consignment c join content t on t.id = (c.qargo->>'agreed')::bigint
      where c.id = $1 and ($3 or exists (
        select 1 from receipt d where d.consignment = c.id and d.key = 'order' and d.state in ('met', 'void') and d.settled_at < $2)
        and not exists (
        select 1 from receipt b where b.consignment = c.id and b.key = 'book-in' and (b.state in ('intent', 'sending') or b.settled_at >= $2)))`,
    [consignment, startedAt, ownUpdate],
  );
  return readableContent('order', rows[0]?.body ?? null);
}
