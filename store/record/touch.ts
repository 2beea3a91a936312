/**
 * Collects what a transaction changed in each consignment. Code that adds a fact, a decision that counts or an outcome reports it here. Just
 * before the transaction commits, each changed consignment is projected once, under its lock (store/record/projection.ts). So what is
 * outstanding always follows from everything that is written.
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

/** Reports that a fact was added. */
export function touchByFact(tx: Queryable, organisation: string, consignment: string, fact: Fact, wake: boolean): void {
  const touched = touchedOf(tx, organisation, consignment);
  touched.facts.push(fact);
  touched.wake ||= wake;
}

/** Reports that these obligations, or calls for them, got an outcome. */
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

/** Reports that everything in a consignment may have changed. */
export function touchWhole(tx: Queryable, organisation: string, consignment: string, wake = true): void {
  const touched = touchedOf(tx, organisation, consignment);
  touched.whole = true;
  touched.wake ||= wake;
}
