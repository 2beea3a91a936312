/** What is due, as a send takes it, and what waits to be sent. */
import type { Lane } from '../../domain/obligations/lanes.ts';
import { takeWork as takeAll } from '../../store/due/take.ts';
import { isWanted } from '../../store/outbox/notes.ts';
import type { Database, Queryable } from '../../store/postgres/database.ts';
import { type Item, standards } from '../../store/record/due.ts';

/** The items alone. */
export const take = async (
  db: Database,
  organisation: string,
  consignment: string,
  lane: Lane,
): Promise<readonly Item[]> => (await takeAll(db, organisation, consignment, lane)).items;

/** How many notes of an organisation wait and would be sent. */
export async function countWaiting(db: Queryable, organisation: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from receipt d where organisation = $1 and counterpart = 'palletways' and state = 'waiting' and ${isWanted('d', '$2')}`,
    [organisation, standards],
  );
  return rows[0]?.n ?? 0;
}
