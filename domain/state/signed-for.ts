/** Works out how many pallets a signature is for. Pure. It uses all facts of the record, and their order does not matter. */

import type { Counted, Fact, PodFact } from '../facts/facts.ts';
import { momentOf } from '../facts/order-of-time.ts';
import { doorOutcome } from './pallets.ts';

/**
 * Returns the count of Qargo at the stop that ended nearest to the signature. Where Qargo counted nothing, it returns the pallets as they
 * were scanned and left over at the door. It returns null where nobody counted.
 */
export function signedFor(facts: Iterable<Fact>, pod: PodFact): Counted | null {
  const all = [...facts];
  const signed = Date.parse(momentOf(pod));
  let nearest: { readonly counted: Counted; readonly away: number } | null = null;
  for (const fact of all) {
    if (fact.kind !== 'milestone' || fact.counted === undefined) continue;
    const away = Math.abs(Date.parse(momentOf(fact)) - signed);
    const { counted } = fact;
    if (nearest === null || away < nearest.away || (away === nearest.away && counted.units < nearest.counted.units))
      nearest = { counted, away };
  }
  if (nearest !== null) return nearest.counted;
  const { delivered, left } = doorOutcome(all, momentOf(pod));
  const scanned = all.some((fact) => fact.kind === 'scan' && fact.scan === 'delivery');
  return scanned || left.length > 0 ? { units: delivered.length, of: delivered.length + left.length } : null;
}

/** Writes a count as `3 of 5`. */
export const sayCounted = ({ units, of }: Counted): string => `${units} of ${of}`;
