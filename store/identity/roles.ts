/** Decides what follows when Palletways names other depots: a job is taken from us, or given back. It decides once, when the order comes. */
import type { CancellationFact, Fact, OrderFact } from '../../domain/facts/facts.ts';
import { factKindsFor } from '../../domain/facts/kinds.ts';
import type { Leg } from '../../domain/facts/roles.ts';
import { legOf } from '../../domain/obligations/leg.ts';
import { cancellationOf, emptyState, fold } from '../../domain/state/state.ts';
import type { Queryable } from '../postgres/database.ts';
import { type Provenance, storeFact } from '../record/facts.ts';
import { reinstateIfOrderedAgain } from './reinstatement.ts';

const ofRoles = factKindsFor('depots');

async function factsOfRoles(db: Queryable, consignment: string): Promise<Fact[]> {
  const { rows } = await db.query<{ envelope: Fact }>(
    'select envelope from fact where consignment = $1 and kind = any($2)',
    [consignment, ofRoles],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Answers which leg of a consignment is ours now. */
export async function legNow(db: Queryable, consignment: string): Promise<Leg> {
  return legOf(fold(emptyState, await factsOfRoles(db, consignment)));
}

/**
 * Answers the fact that follows from an order that just came: a cancellation if the job was taken from us, judged by its stage as any
 * other; a reinstatement if it is given back. Null if nothing follows, or if the order is not the latest. A consignment that
 * Palletways itself cancelled stays cancelled. Must run under the consignment's lock.
 */
export async function followDepots(
  tx: Queryable,
  consignment: string,
  order: string,
  said: Provenance & { readonly handedOver?: boolean },
): Promise<Fact | null> {
  const facts = await factsOfRoles(tx, consignment);
  const orders = facts
    .filter((fact): fact is OrderFact => fact.kind === 'order')
    .sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
  const latest = orders.at(-1);
  if (latest === undefined || latest.id !== order) return null;
  const state = fold(
    emptyState,
    facts.filter(({ id }) => id !== order),
  );
  const cancelled = cancellationOf(state);
  if (latest.leg !== 'none') {
    const theirs = facts.some(
      (fact) => fact.kind === 'cancellation' && fact.from === undefined && fact.at >= (cancelled?.at ?? ''),
    );
    return cancelled?.from === undefined || theirs ? null : reinstateIfOrderedAgain(tx, consignment, said, latest.at);
  }
  const from = legOf(state);
  if (orders.length === 1 || from === 'none' || cancelled !== null) return null;
  const { at, zone } = latest;
  const taken: Omit<CancellationFact, 'heard' | 'via'> = {
    kind: 'cancellation',
    id: `moved:${order}`,
    at,
    zone,
    source: 'engine',
    from,
  };
  return storeFact(tx, consignment, taken, said);
}
