/**
 * Reinstates a consignment that was cancelled and is reported as created again. This is decided once, when both reports are there, in
 * either order. If nobody acted on the cancellation yet, it is withdrawn and the order stays. If it was carried out, a new order
 * follows, since Qargo never accepts a cancelled identifier again. If it was refused and comes again, it is a new cancellation and is
 * judged again.
 */

import type { Fact, RevivedFact } from '../../domain/facts/facts.ts';
import { factKindsFor } from '../../domain/facts/kinds.ts';
import { cancelDecision, cancelKey, cancellationOf, emptyState, fold, standingFact } from '../../domain/state/state.ts';
import type { Queryable } from '../postgres/database.ts';
import { hasCode } from '../record/causes.ts';
import { type Provenance, storeFact } from '../record/facts.ts';
import { touchByOutcome, touchWhole } from '../record/touch.ts';

/** Stores when Palletways last reported the consignment as created. Must run under the consignment's lock, as everything in this file. */
export async function saveCreated(tx: Queryable, consignment: string, at: string): Promise<void> {
  await tx.query(
    `update consignment set said = said || jsonb_build_object('created', greatest(said->>'created', $2::text)) where id = $1`,
    [consignment, at],
  );
}

/** Answers the reinstatement, if the reports amount to one; else null. */
export async function reinstateIfOrderedAgain(
  tx: Queryable,
  consignment: string,
  said: Provenance & { readonly handedOver?: boolean },
  /** When the job came back to us, if that is the reason. */
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
  // A cancellation from before the decision is the one that was refused, reported in another way.
  const again = decision === 'refused' && cancelled !== null && given !== null && cancelled.at > given.at;
  if (cancelled === null || !(anew || again)) return null;
  // A job that was given to another depot comes back only by a change of its depots.
  if (cancelled.from !== undefined && back === null) return null;
  const before = standingFact(state, 'revived');
  const revival = (before?.revival ?? 0) + 1;
  const withdrawn = await withdraw(tx, consignment, said.organisation, cancelKey(revival - 1), cancelled.id);
  // A refused cancellation never cancelled the order; one that a person accepted may be on its way.
  const carriedOut = (decision === 'accepted' && given?.source === 'person') || (decision !== 'refused' && !withdrawn);
  const fact: Omit<RevivedFact, 'heard' | 'via'> = {
    kind: 'revived',
    id: `revived:${revival}`,
    // If it is cancelled again, the order and its history are still the same ones.
    at: anew ? created : (before?.at ?? given?.at ?? cancelled.at),
    zone: cancelled.zone,
    source: 'engine',
    revival,
    generation: (before?.generation ?? 1) + (carriedOut ? 1 : 0),
  };
  return storeFact(tx, consignment, fact, said);
}

/** Ends the obligation of a cancellation before anybody acts on it. False if somebody has acted on it, or may have. */
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
 * Starts the order of the next generation, if the consignment was reinstated: what is known about the earlier order does not hold for it.
 * False if an earlier order is still to be cancelled first.
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
