/**
 * What a transaction touched of which consignments. Whoever adds a fact, a decision that counts or an outcome says so here; just before
 * the transaction commits, each consignment that was touched is projected, once, under its lock (store/record/projection.ts). So nothing that
 * is written can be left out of what is outstanding.
 */
import type { Fact } from '../../domain/facts/facts.ts';
import { beforeCommit, type Queryable, transactionOf } from '../postgres/database.ts';
import { projectTouched, type Touched } from './projection.ts';

const touchedIn = new WeakMap<object, Map<string, Touched>>();

function touchedOf(tx: Queryable, organisation: string, consignment: string): Touched {
  const transaction = transactionOf(tx);
  if (transaction === undefined) throw new Error('a consignment is changed in a transaction');
  let all = touchedIn.get(transaction);
  if (all === undefined) {
    all = new Map();
    touchedIn.set(transaction, all);
  }
  const touched = all;
  beforeCommit(tx, touchedIn, () => projectTouched(tx, touched));
  const known = touched.get(consignment) ?? {
    organisation,
    facts: [],
    keys: new Set<string>(),
    whole: false,
    wake: false,
  };
  touched.set(consignment, known);
  return known;
}

/** A fact was added. */
export function touchByFact(tx: Queryable, organisation: string, consignment: string, fact: Fact, wake: boolean): void {
  const touched = touchedOf(tx, organisation, consignment);
  touched.facts.push(fact);
  touched.wake ||= wake;
}

/** Something came of these obligations, or of calls for them. */
export function touchByOutcome(
  tx: Queryable,
  organisation: string,
  consignment: string,
  keys: readonly string[],
  wake = false,
): void {
  const touched = touchedOf(tx, organisation, consignment);
  for (const key of keys) touched.keys.add(key);
  touched.wake ||= wake;
}

/** Everything of it may be otherwise. */
export function touchWhole(tx: Queryable, organisation: string, consignment: string, wake = true): void {
  const touched = touchedOf(tx, organisation, consignment);
  touched.whole = true;
  touched.wake ||= wake;
}
