/** The notes that we sent, as the record knows them: by these an echo is known, whatever the far side made of its text. */
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { Queryable } from '../postgres/database.ts';

export interface SentNote {
  /** The note as it was last put into words. */
  readonly note: OutgoingNote;
  /** Every reference that was sent of it, in whatever version. */
  readonly refs: readonly string[];
  /** Palletways' numbers of it, as far as they were answered. */
  readonly sysNotes: readonly string[];
}

/** The notes of an organisation about the consignments that were ever known by these tracking ids. */
export async function notesSentAbout(
  db: Queryable,
  organisation: string,
  trackingIds: readonly string[],
): Promise<SentNote[]> {
  if (trackingIds.length === 0) return [];
  const { rows } = await db.query<{
    payload: OutgoingNote;
    proofs: ({ ref?: string; sysNote?: string | null } | null)[];
  }>(
    `select r.payload, array(select a.proof from attempt a where a.consignment = r.consignment and a.key = r.key and a.proof is not null) as proofs
       from receipt r
      where r.counterpart = 'palletways' and r.payload is not null
        and r.consignment in (select consignment from alias where organisation = $1 and kind = 'trackingId' and value = any($2))`,
    [organisation, [...new Set(trackingIds)]],
  );
  return rows.map(({ payload, proofs }) => ({
    note: payload,
    refs: [payload.ref, ...proofs.flatMap((proof) => proof?.ref ?? [])],
    sysNotes: proofs.flatMap((proof) => proof?.sysNote ?? []),
  }));
}
