/** Works out from the state which leg of a consignment is ours, and which obligations that leg has. Pure. */

import type { Leg, Part, Role } from '../facts/roles.ts';
import { cancellationOf, carriedOut, factsOf, type State, standingFact } from '../state/state.ts';
import { obligationKinds } from './kinds.ts';
import type { Obligation } from './obligation.ts';

/** Returns our roles by Palletways' last order; none where it named no depots. */
export function rolesIn(state: State): readonly Role[] {
  return standingFact(state, 'order')?.roles ?? [];
}

/** Returns the leg that we drive. A leg that was taken from us stays ours while a person is asked, and where the change came too late. */
export function legOf(state: State): Leg {
  const taken = cancellationOf(state);
  if (taken?.from !== undefined && carriedOut(state) === null) return taken.from;
  return standingFact(state, 'order')?.leg ?? 'as told';
}

/** Returns our part if it is other than that of an ordinary delivery; null otherwise. */
export function unusualPart(state: State): Part | null {
  const order = standingFact(state, 'order');
  return order?.roles === undefined || order.leg === undefined ? null : { roles: order.roles, leg: legOf(state) };
}

/**
 * Removes the obligations that our leg does not have. If the last order is not ours to drive, the order at Qargo is not changed any more.
 */
export function ofOurLeg(state: State, owe: Obligation[]): Obligation[] {
  const leg = legOf(state);
  const gone = standingFact(state, 'order')?.leg === 'none';
  if (leg === 'none')
    return owe.filter(
      (o) => obligationKinds[o.kind].leg === 'always' || (o.kind === 'refresh' && o.to === 'palletways'),
    );
  if (!gone && leg !== 'collection') return owe;
  const kept = gone ? owe.filter((o) => o.kind !== 'order') : owe;
  if (leg !== 'collection') return kept;
  const facts = new Set(
    [
      ...factsOf(state, 'milestone').filter(({ milestone }) => milestone === 'arrived' || milestone === 'delivered'),
      ...factsOf(state, 'document').filter(({ role }) => role === 'pod' || role === 'signature'),
    ].map(({ id }) => id),
  );
  return kept.filter(
    (o) =>
      obligationKinds[o.kind].leg !== 'delivery' &&
      !((o.kind === 'milestone' || o.kind === 'file') && facts.has(o.fact)),
  );
}
