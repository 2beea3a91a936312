/**
 * Works out whether what was sent is still what is owed now. A receipt names the fact that was sent, and the digest of that fact's content
 * is made when the two are compared. So no release compares its digests with those of another, and a new release makes nothing owed again.
 * Pure.
 */
import type { Fact, RevivedFact } from '../facts/facts.ts';
import { owed } from '../obligations/obligations.ts';
import { emptyState, fold } from '../state/state.ts';

/** Returns the digest of what a fact owed under a key in a generation of the order; undefined where it owes no such thing. */
export function digestNow(fact: Fact, key: string, generation: number): string | undefined {
  const facts: Fact[] = generation === 1 ? [fact] : [fact, reinstatement(generation)];
  return owed(fold(emptyState, facts)).find((o) => o.key === key)?.digest;
}

const begun = '1970-01-01T00:00:00.000Z';
const reinstatement = (generation: number): RevivedFact => ({
  kind: 'revived',
  id: 'revived',
  at: begun,
  zone: 'UTC',
  heard: begun,
  source: 'engine',
  via: 'hand',
  revival: generation - 1,
  generation,
});
