/**
 * What a workflow keeps in mind: state and ledger, less what is settled for good. The store knows every settled key, and
 * a delivery activity that is handed one answers with its proof and sends nothing, so forgetting is safe.
 */
import { type Delivery, type Ledger, settles } from './deliveries.ts';
import type { Fact } from './facts.ts';
import { type Obligation, owed } from './obligations.ts';
import type { State } from './state.ts';

/** Kinds of which there are many and of which only the unsettled matter. */
const forgettable: ReadonlySet<Fact['kind']> = new Set(['scan', 'document', 'exception', 'refresh', 'hint']);

/** Ledger entries that are kept though nothing is owed under their key just now. */
const remembered: ReadonlySet<string> = new Set(['order', 'plan', 'references', 'labels', 'cancel']);

export interface WorkingMemory {
  readonly state: State;
  readonly ledger: Ledger;
}

/** Drops what is settled for good. What was refused or is unknown stays: it must explain itself. */
export function forget(memory: WorkingMemory): WorkingMemory {
  const byFact = new Map<string, Obligation[]>();
  for (const o of owed(memory.state)) byFact.set(o.fact, [...(byFact.get(o.fact) ?? []), o]);
  const subjects: Record<string, Fact> = {};
  const keys = new Set<string>();
  for (const [subject, fact] of Object.entries(memory.state.subjects)) {
    const mine = byFact.get(fact.id) ?? [];
    if (forgettable.has(fact.kind) && mine.every((o) => doneForGood(memory.ledger[o.key], o))) continue;
    subjects[subject] = fact;
    for (const o of mine) keys.add(o.key);
  }
  const ledger: Record<string, Delivery> = {};
  for (const [key, delivery] of Object.entries(memory.ledger)) if (keys.has(key) || remembered.has(key)) ledger[key] = delivery;
  return { state: { subjects }, ledger };
}

function doneForGood(delivery: Delivery | undefined, o: Obligation): boolean {
  return delivery !== undefined && settles(delivery, o) && delivery.state !== 'refused' && delivery.state !== 'unknown';
}

/** Notes what became of obligations; what was ever delivered stays known. Pure. */
export function record(ledger: Ledger, outcomes: readonly Delivery[]): Ledger {
  const next: Record<string, Delivery> = { ...ledger };
  for (const outcome of outcomes) {
    const ever = outcome.state === 'delivered' || next[outcome.key]?.ever === true;
    next[outcome.key] = ever ? { ...outcome, ever: true } : outcome;
  }
  return next;
}
