/** What is final, as it is exported: close-outs and their adjustments, one after the other. */
import type { Change, Final } from '../domain/close-out.ts';
import type { Accepted, Evidence, Frozen } from './close-out.ts';
import type { Queryable } from './database.ts';
import { organisationsAsked } from './pages.ts';

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

/** Rows are made in the order of their numbers, but for a moment: from the first of them on that was made since, no earlier one is looked at. */
const firstSince = `(select min(m.seq) from ${organisationsAsked('$1')} org join close_out m on m.organisation = org.id and m.made_at >= $3)`;

/** The export, oldest first. `since`: a row's `seq`, or an instant (UTC ISO) from which on. */
export async function closeOuts(
  db: Queryable,
  { organisation, since = 0, limit = 500 }: { readonly organisation?: string; readonly since?: number | string; readonly limit?: number },
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
      where ($1::text is null or k.organisation = $1) and k.seq > $2 and ($3::timestamptz is null or k.made_at >= $3 and k.seq >= ${firstSince})
      order by k.seq limit $4`,
    [organisation ?? null, typeof since === 'number' ? since : 0, typeof since === 'string' ? since : null, limit],
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
