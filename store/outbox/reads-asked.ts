/** Reads of whole consignments at Palletways that somebody asked for; the sweeps make them. */
import type { Queryable } from '../postgres/database.ts';

/** Every open consignment is due to be read, of one organisation or of all. Answers how many. */
export async function askReads(db: Queryable, organisation?: string): Promise<number> {
  const { rowCount } = await db.query(
    `update consignment set palletways_read_at = 'epoch' where closed_at is null and ($1::text is null or organisation = $1)`,
    [organisation ?? null],
  );
  return rowCount ?? 0;
}

/** How many of them were not read yet. One without a tracking id cannot be read: it counts from when it has one. */
export async function readsDue(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from consignment c join organisation o on o.id = c.organisation
      where c.palletways_read_at = 'epoch' and c.closed_at is null and c.tracking_id is not null and o.active`,
  );
  return rows[0]?.n ?? 0;
}
