/**
 * Digests over releases. A digest is compared only with one that the same release made: what was told under another release's digests
 * is not told again. So a digest that was kept is said anew, from the fact that was told, by whoever compares it. Pure.
 */
import type { Delivery, Ledger } from './deliveries.ts';
import type { Fact, RevivedFact } from './facts.ts';
import { type Obligation, owed } from './obligations.ts';
import { emptyState, fold, type State } from './state.ts';

/** The digest, as this release makes it, of what a fact owed under a key in a generation of the order; undefined where it owes no such thing. */
export function digestNow(fact: Fact, key: string, generation: number): string | undefined {
  const facts: Fact[] = generation === 1 ? [fact] : [fact, anew(generation)];
  return owed(fold(emptyState, facts)).find((o) => o.key === key)?.digest;
}

const begun = '1970-01-01T00:00:00.000Z';
const anew = (generation: number): RevivedFact => ({
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

/** Marks what is of the obligations as they are just now, for a workflow whose next worker may be of another release. */
export function marked(deliveries: readonly Delivery[], obligations: readonly Pick<Obligation, 'key' | 'digest'>[]): Delivery[] {
  const digests = new Map(obligations.map(({ key, digest }) => [key, digest]));
  return deliveries.map((each) => (each.digest === digests.get(each.key) && each.digest !== plain ? { ...each, stands: true } : each));
}

/** The digest of what never changes. */
const plain = '1';

/** What was marked, with the digests of these obligations as this release makes them. */
export function saidAnew(deliveries: readonly Delivery[], obligations: readonly Pick<Obligation, 'key' | 'digest'>[]): Delivery[] {
  const digests = new Map(obligations.map(({ key, digest }) => [key, digest]));
  return deliveries.map(({ stands, ...each }) => (stands === true ? { ...each, digest: digests.get(each.key) ?? each.digest } : each));
}

/** The ledger with `marked` or `saidAnew` done to all of it, by what a state owes. */
export function ledgerOf(how: typeof marked, ledger: Ledger, state: State): Ledger {
  return Object.fromEntries(how(Object.values(ledger), owed(state)).map((each) => [each.key, each]));
}
