/** Which leg of a consignment is ours as its state has it, and what is owed of it. Pure. */

import type { Leg, Part, Role } from '../facts/roles.ts';
import { cancellationOf, carriedOut, factsOf, type State, standingFact } from '../state/state.ts';
import { obligationKinds } from './kinds.ts';
import type { Obligation } from './obligation.ts';

/** Our roles as Palletways told them last; none where it did not. */
export function rolesIn(state: State): readonly Role[] {
  return standingFact(state, 'order')?.roles ?? [];
}

/** The leg that we drive. One that was taken from us stays ours while a person is asked, and where it came too late. */
export function legOf(state: State): Leg {
  const taken = cancellationOf(state);
  if (taken?.from !== undefined && carriedOut(state) === null) return taken.from;
  return standingFact(state, 'order')?.leg ?? 'as told';
}

/** Our part where it is another than that of an ordinary delivery; null otherwise. */
export function unusualPart(state: State): Part | null {
  const order = standingFact(state, 'order');
  return order?.roles === undefined || order.leg === undefined ? null : { roles: order.roles, leg: legOf(state) };
}

/** Obligations that our leg does not have, taken out. An order that is not ours by the last word is not changed any more. */
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
