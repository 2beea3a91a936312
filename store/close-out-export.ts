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

/** The export, oldest first. `since`: a row's `seq`, or an instant (UTC ISO) from which on. */
export async function closeOuts(
  db: Queryable,
  { organisation, since = 0, limit = 500 }: { readonly organisation?: string; readonly since?: number | string; readonly limit?: number },
): Promise<CloseOutRow[]> {
  // Rows are made in the order of their numbers but for a moment. From an instant on: none is looked at before the first that was made since.
  const whose = organisation === undefined ? '' : 'k.organisation = $3 and';
  const first = `(select min(m.seq) from ${organisationsAsked('$3')} org join close_out m on m.organisation = org.id and m.made_at >= $1)`;
  const from = typeof since === 'number' ? 'k.seq > $1' : `k.made_at >= $1 and k.seq >= ${first}`;
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
      where ${whose} ${from} order by k.seq limit $2`,
    [since, limit, ...(typeof since === 'number' && organisation === undefined ? [] : [organisation ?? null])],
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
