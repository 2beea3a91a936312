/**
 * A cancellation is judged once, in the transaction that stores it, by the stage of the consignment and the policy of its organisation. If
 * the row of cancellations is in shadow or off, it is not judged, and everything else is still sent; it is judged when the row is on and
 * its work is taken (store/due/take.ts). Senders only carry the decision out.
 */

import type { DecisionFact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { judgeCancellation, sidesToTell } from '../../domain/policy/decision.ts';
import { withheldOf } from '../../domain/policy/rows.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { cancelKey, type State, standingFact, undecidedCancellation } from '../../domain/state/state.ts';
import { policyOf } from '../organisations/policy.ts';
import type { Queryable } from '../postgres/database.ts';
import { touchByOutcome } from '../record/touch.ts';
import { decideCancellation, keepDecision, stateForDecisions } from './decisions.ts';

export interface OfConsignment {
  readonly organisation: string;
  readonly consignment: string;
  /** True where the caller answers the decision to the workflow itself. */
  readonly handedOver?: boolean;
}

/** Whether there is a cancellation that was not judged yet. */
export async function isUndecided(db: Queryable, consignment: string): Promise<boolean> {
  return undecidedCancellation(await stateForDecisions(db, consignment)) !== null;
}

/**
 * Judges the cancellation that stands, if it was not judged yet; null if there is none to judge, or if its row is not on. Must run under the
 * consignment's lock, after all facts of the message are stored.
 */
export async function judgeCancelled(tx: Queryable, of: OfConsignment): Promise<DecisionFact | null> {
  const state = await stateForDecisions(tx, of.consignment);
  if (undecidedCancellation(state) === null) return null;
  const policy = await policyOf(tx, of.organisation);
  return withheldOf(policy.rows).cancellations === undefined ? judgeBy(tx, of, state, policy) : null;
}

/** Does the same as {@link judgeCancelled}, as if its row were on, to show what would be sent. */
export async function judgeAsIfOn(tx: Queryable, of: OfConsignment): Promise<DecisionFact | null> {
  const state = await stateForDecisions(tx, of.consignment);
  return undecidedCancellation(state) === null ? null : judgeBy(tx, of, state, await policyOf(tx, of.organisation));
}

async function judgeBy(tx: Queryable, of: OfConsignment, state: State, policy: Policy): Promise<DecisionFact> {
  const on = cancelKey(standingFact(state, 'revived')?.revival ?? 0);
  const cancelled = undecidedCancellation(state);
  const moved = cancelled?.from !== undefined;
  const { stage, attempt, decision } = await decideCancellation(tx, of.consignment, on, (at) =>
    judgeCancellation(at, policy.cancellation),
  );
  // An accepted cancellation shows by being carried out, so no note is sent about it.
  const tell = decision === 'accepted' ? [] : sidesToTell(policy.decisions, decision);
  const told = { on, decision, stage, attempt, fields: [], ...(moved ? { moved } : {}), tell };
  const kept = await keepDecision(tx, of.consignment, of.organisation, told, of.handedOver === true, cancelled?.at);
  if (decision === 'asked') await waitForPerson(tx, of, kept, state);
  return kept;
}

/** Until a person answers, the cancellation of the order is refused, with the reason. */
async function waitForPerson(
  tx: Queryable,
  of: OfConsignment,
  { id, on, stage, moved }: DecisionFact,
  state: State,
): Promise<void> {
  const cause: Cause = { code: 'cancellation undecided', moved: moved === true, stage };
  const generation = standingFact(state, 'revived')?.generation ?? 1;
  const fact = undecidedCancellation(state)?.id;
  await tx.query(
    `insert into receipt (consignment, key, organisation, counterpart, kind, revision, generation, fact, state, cause, proof, settled_at)
     values ($1, $2, $3, 'qargo', 'cancel', 1, $4, $5, 'refused', $6, $7, clock_timestamp()) on conflict (consignment, key) do nothing`,
    [of.consignment, on, of.organisation, generation, fact, cause, JSON.stringify({ facts: [id] })],
  );
  touchByOutcome(tx, of.organisation, of.consignment, [on], of.handedOver !== true);
}
