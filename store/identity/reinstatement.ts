/**
 * A consignment that was cancelled and is said anew as created lives again: decided once, when both are heard, in whatever order. A
 * cancellation that nobody acted on yet is withdrawn and the order stays; one that was carried out is followed by a new order, since
 * Qargo never takes a cancelled identifier again. One that was refused and is said once more is another cancellation, judged anew.
 */

import type { Fact, RevivedFact } from '../../domain/facts/facts.ts';
import { factKindsFor } from '../../domain/facts/kinds.ts';
import { cancelDecision, cancelKey, cancellationOf, emptyState, fold, standingFact } from '../../domain/state/state.ts';
import type { Queryable } from '../postgres/database.ts';
import { hasCode } from '../record/causes.ts';
import { type Provenance, storeFact } from '../record/facts.ts';
import { touchByOutcome, touchWhole } from '../record/touch.ts';

/** Remembers when Palletways last told the consignment as created; must run under the consignment's lock, as all of this. */
export async function saveCreated(tx: Queryable, consignment: string, at: string): Promise<void> {
  await tx.query(
    `update consignment set said = said || jsonb_build_object('created', greatest(said->>'created', $2::text)) where id = $1`,
    [consignment, at],
  );
}

/** The revival, where what was heard makes one; null otherwise. */
export async function reinstateIfOrderedAgain(
  tx: Queryable,
  consignment: string,
  said: Provenance & { readonly handedOver?: boolean },
  /** When it came back to us, where that is why. */
  back: string | null = null,
): Promise<Fact | null> {
  const { rows } = await tx.query<{ envelope: Fact; created: string | null }>(
    `select f.envelope, c.said->>'created' as created from fact f join consignment c on c.id = f.consignment
      where f.consignment = $1 and f.kind = any($2)`,
    [consignment, factKindsFor('cancellation')],
  );
  const state = fold(
    emptyState,
    rows.map(({ envelope }) => envelope),
  );
  const cancelled = cancellationOf(state);
  const created = back ?? rows[0]?.created ?? null;
  const given = cancelDecision(state);
  const decision = given?.decision;
  const anew = created !== null && cancelled !== null && created > cancelled.at;
  // One that was said before the decision is the one that was refused, told in another way.
  const again = decision === 'refused' && cancelled !== null && given !== null && cancelled.at > given.at;
  if (cancelled === null || !(anew || again)) return null;
  // What another depot was given comes back by its depots alone.
  if (cancelled.from !== undefined && back === null) return null;
  const before = standingFact(state, 'revived');
  const revival = (before?.revival ?? 0) + 1;
  const withdrawn = await withdraw(tx, consignment, said.organisation, cancelKey(revival - 1), cancelled.id);
  // What was refused never took the order back; what a person accepted may be on its way.
  const carriedOut = (decision === 'accepted' && given?.source === 'person') || (decision !== 'refused' && !withdrawn);
  const fact: Omit<RevivedFact, 'heard' | 'via'> = {
    kind: 'revived',
    id: `revived:${revival}`,
    // Cancelled once more the order is the one that it was, and so is all that happened to it.
    at: anew ? created : (before?.at ?? given?.at ?? cancelled.at),
    zone: cancelled.zone,
    source: 'engine',
    revival,
    generation: (before?.generation ?? 1) + (carriedOut ? 1 : 0),
  };
  return storeFact(tx, consignment, fact, said);
}

/** Ends what is owed of a cancellation before anybody acts on it. False where somebody has, or may have. */
async function withdraw(
  tx: Queryable,
  consignment: string,
  organisation: string,
  key: string,
  fact: string,
): Promise<boolean> {
  const { rows } = await tx.query<{ state: string }>(
    `insert into receipt (consignment, key, organisation, counterpart, kind, revision, fact, state, cause, settled_at)
     values ($1, $2, $3, 'qargo', 'cancel', 1, $4, 'void', '{"code": "withdrawn"}', clock_timestamp())
     on conflict (consignment, key) do update
       set state = case when receipt.state in ('intent', 'waiting', 'not yet', 'refused') then 'void' else receipt.state end,
           cause = case when receipt.state in ('intent', 'waiting', 'not yet', 'refused') then '{"code": "withdrawn"}'::jsonb else receipt.cause end,
           sender = case when receipt.state in ('intent', 'waiting', 'not yet', 'refused') then null else receipt.sender end
     returning case when ${hasCode('cause', 'withdrawn')} then 'withdrawn' else state end as state`,
    [consignment, key, organisation, fact],
  );
  touchByOutcome(tx, organisation, consignment, [key], true);
  return rows[0]?.state === 'withdrawn';
}

/**
 * Turns to the order of the next generation where the consignment was revived: what is known of the order before is of that one
 * alone. False where an earlier order is still to be taken back: first that.
 */
export async function startOrderGeneration(tx: Queryable, consignment: string, key: string | null): Promise<boolean> {
  const { rows } = await tx.query<{ organisation: string; now: number; wanted: number | null; open: boolean }>(
    `select c.organisation, c.generation as now,
            (select max((envelope->>'generation')::int) from fact where consignment = c.id and kind = 'revived') as wanted,
            exists (select 1 from receipt d where d.consignment = c.id and d.kind = 'cancel' and d.key is distinct from $2
                       and d.state not in ('met', 'void')) as open
       from consignment c where c.id = $1 for no key update of c`,
    [consignment, key],
  );
  const { now = 1, wanted = null, open = false } = rows[0] ?? {};
  if (wanted === null || wanted <= now) return true;
  if (open) return false;
  await tx.query(
    `update consignment set generation = $2, qargo = '{}', qargo_digest = null, qargo_read_at = null, qargo_seen_at = null,
            qargo_ended_at = null, qargo_wanted = null where id = $1`,
    [consignment, wanted],
  );
  await tx.query('delete from order_stop where consignment = $1', [consignment]);
  await tx.query(
    `update receipt set progress = '{}', ever = false where consignment = $1 and key in ('order', 'references', 'labels', 'journey', 'book-in')`,
    [consignment],
  );
  touchWhole(tx, rows[0]?.organisation ?? '', consignment, false);
  return true;
}
