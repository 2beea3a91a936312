/**
 * The register of wire assumptions: everything that the product takes for true of either wire and no vendor guarantees. Entries 1 to 70
 * have the numbers of the list that the twins' flips are made from, 71 to 90 Palletways' and 91 to 100 Qargo's further flips; from 101
 * Palletways and from 151 Qargo, what else there is.
 */
import { type Assumption, alternativeId } from './assumption.ts';
import { palletwaysCalls } from './palletways-calls.ts';
import { palletwaysFurther } from './palletways-further.ts';
import { palletwaysNotes } from './palletways-notes.ts';
import { palletwaysOrders } from './palletways-orders.ts';
import { qargoEvents } from './qargo-events.ts';
import { qargoFurther } from './qargo-further.ts';
import { qargoOrders } from './qargo-orders.ts';

/** Every assumption, in the order of the ids. */
export const assumptions: readonly Assumption[] = [
  ...palletwaysOrders,
  ...palletwaysNotes,
  ...palletwaysCalls,
  ...palletwaysFurther,
  ...qargoOrders,
  ...qargoEvents,
  ...qargoFurther,
].sort((a, b) => a.id - b.id);

/** @throws RangeError where the register has no such entry. */
export function assumption(id: number): Assumption {
  const found = assumptions.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`no wire assumption ${id}`);
  return found;
}

/** Ids of all alternatives, `1a` to the last. */
export function alternativeIds(): string[] {
  return assumptions.flatMap(({ id, alternatives }) => alternatives.map((_, place) => alternativeId(id, place)));
}
