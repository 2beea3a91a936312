/** What is final, as it is exported: close-outs and their adjustments, one after the other. */
import type { Change, Final } from '../../domain/receipts/close-out.ts';
import type { Queryable } from '../postgres/database.ts';
import { organisationsAsked } from '../postgres/pages.ts';
import type { Accepted, Evidence, Frozen } from './close-out.ts';

/** One row of the export: a close-out, or an adjustment of one. */
export interface CloseOutRow extends Final {
  /** Rises; what comes after it is asked for with it. */
  readonly seq: number;
  /** 0: the close-out; n: its nth adjustment. */
  readonly adjustment: number;
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargoOrder: string | null;
  readonly service: string | null;
  readonly closedAt: string;
  readonly deliveredAt: string | null;
  readonly signedAt: string | null;
  /** Empty where nobody signed, or the name was erased. */
  readonly signedBy: string;
  readonly documents: Evidence['documents'];
  /** Against the row before it. */
  readonly changes: readonly Change[];
  readonly accepted: Accepted | null;
}

/** Rows that are read at once: nothing else of the process waits longer for them. */
const readAtOnce = 200;

/** The export, oldest first. `since`: a row's `seq`, or an instant (UTC ISO) from which on. 200 rows where no limit is said. */
export async function closeOuts(
  db: Queryable,
  {
    organisation,
    since = 0,
    limit = readAtOnce,
  }: { readonly organisation?: string; readonly since?: number | string; readonly limit?: number },
): Promise<CloseOutRow[]> {
  const found: CloseOutRow[] = [];
  // Rows are made in the order of their numbers, but for a moment. From an instant on: none is looked at before the first that was made since.
  let after = typeof since === 'number' ? since : (await firstSince(db, since, organisation)) - 1;
  const from = typeof since === 'number' ? null : since;
  while (found.length < limit) {
    const wanted = Math.min(readAtOnce, limit - found.length);
    const rows = await rowsAfter(db, { organisation, after, from, limit: wanted });
    found.push(...rows);
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < wanted) break;
  }
  return found;
}

/** Number of the first row that was made since an instant; where there is none, one that no row has. */
async function firstSince(db: Queryable, since: string, organisation: string | undefined): Promise<number> {
  const { rows } = await db.query<{ first: number | null }>(
    `select min(k.seq) as first from ${organisationsAsked('$1')} org join close_out k on k.organisation = org.id and k.made_at >= $2`,
    [organisation ?? null, since],
  );
  return rows[0]?.first ?? Number.MAX_SAFE_INTEGER;
}

async function rowsAfter(
  db: Queryable,
  of: {
    readonly organisation: string | undefined;
    readonly after: number;
    readonly from: string | null;
    readonly limit: number;
  },
): Promise<CloseOutRow[]> {
  const { rows } = await db.query<{
    seq: number;
    consignment: string;
    organisation: string;
    adjustment: number;
    made_at: Date;
    final: Final;
    changes: Change[];
    record: Frozen;
    signed_by: string | null;
  }>(
    `select k.*, n.body->>'name' as signed_by from close_out k left join content n on n.id = (k.record->'evidence'->>'signedBy')::bigint
      where ($1::text is null or k.organisation = $1) and k.seq > $2 and ($3::timestamptz is null or k.made_at >= $3)
      order by k.seq limit $4`,
    [of.organisation ?? null, of.after, of.from, of.limit],
  );
  return rows.map(({ record, final, ...row }) => ({
    ...final,
    seq: Number(row.seq),
    adjustment: row.adjustment,
    organisation: row.organisation,
    consignment: row.consignment,
    reference: record.reference,
    trackingId: record.trackingId,
    qargoOrder: record.qargoOrder,
    service: record.service,
    closedAt: row.made_at.toISOString(),
    deliveredAt: record.evidence.deliveredAt,
    signedAt: record.evidence.signedAt,
    signedBy: row.signed_by ?? '',
    documents: record.evidence.documents,
    changes: row.changes,
    accepted: record.accepted,
  }));
}
