/** Consignments that are not closed, page by page: what has a workflow. */

import type { Queryable } from '../postgres/database.ts';
import { workflowColumn } from '../record/consignments.ts';
import type { Claim } from '../record/wake.ts';

/** How many there are, of one organisation or of all. */
export async function countOpen(db: Queryable, organisation?: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    'select count(*) as n from consignment where closed_at is null and ($1::text is null or organisation = $1)',
    [organisation ?? null],
  );
  return rows[0]?.n ?? 0;
}

/** The next page in the order of their internal ids, which follow `after`; empty at the end. */
export async function openAfter(db: Queryable, after: string, limit: number, organisation?: string): Promise<Claim[]> {
  const { rows } = await db.query<Claim>(
    `select id as consignment, organisation, reference, tracking_id as "trackingId", ${workflowColumn('c')} as workflow from consignment c
      where closed_at is null and id > $1 and ($2::text is null or organisation = $2) order by id limit $3`,
    [after, organisation ?? null, limit],
  );
  return rows;
}
