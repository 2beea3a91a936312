/**
 * Whether Palletways answers for a consignment. Told only when it changes; what a person left as it is is not asked about again. That it is
 * there withdraws no sign of a cancellation, which stands beside it.
 */
import type { Fact, PresenceFact } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';
import { type Provenance, storeFact } from '../record/facts.ts';

/** The fact, where it is news. Must run in a transaction. */
export async function notePresence(
  tx: Queryable,
  consignment: string,
  present: boolean,
  said: Provenance & { readonly handedOver?: boolean; readonly consignment?: string },
): Promise<Fact | null> {
  const { rows } = await tx.query<{ envelope: PresenceFact }>(
    `select envelope from fact where consignment = $1 and kind = 'presence' order by at desc, id desc limit 1`,
    [consignment],
  );
  const known = rows[0]?.envelope;
  const isLeft = known?.source === 'person' && known.sign === undefined;
  const news = present
    ? known?.present === false && known.sign === undefined
    : known === undefined || (known.present && !isLeft);
  if (!news) return null;
  const id = `presence:${present ? 'seen' : 'missing'}:${said.heard}`;
  const handedOver = said.handedOver === true && (said.consignment === undefined || said.consignment === consignment);
  const base = { at: said.heard, zone: 'UTC', source: 'palletways' } as const;
  return storeFact(tx, consignment, { ...base, kind: 'presence', id, present }, { ...said, handedOver });
}
