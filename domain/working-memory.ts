/**
 * What a workflow keeps in mind: state and ledger, less what is settled for good. The store knows every settled key, and
 * a delivery activity that is handed one answers with its proof and sends nothing, so forgetting is safe.
 */
import { type Delivery, type Ledger, settles } from './deliveries.ts';
import type { Fact } from './facts.ts';
import { type Obligation, owed } from './obligations.ts';
import { factsOf, type State } from './state.ts';

/** Kinds of which there can be many and of which only the unsettled matter. */
const forgettable: ReadonlySet<Fact['kind']> = new Set(['scan', 'document', 'exception', 'refresh', 'hint', 'milestone', 'pod', 'verdict']);

/** Ledger entries that are kept though nothing is owed under their key just now. */
const remembered: ReadonlySet<string> = new Set(['order', 'plan', 'references', 'labels', 'cancel']);

/** So many refusals and unknown outcomes explain themselves; the record knows the rest. */
const explained = 20;

export interface WorkingMemory {
  readonly state: State;
  readonly ledger: Ledger;
}

/**
 * Drops what is settled for good, but what the stage is told from: the latest milestone of each name and the latest POD. What was
 * refused or is unknown stays, the latest of it: it must explain itself.
 */
export function forget(memory: WorkingMemory): WorkingMemory {
  const byFact = new Map<string, Obligation[]>();
  for (const o of owed(memory.state)) {
    const mine = byFact.get(o.fact);
    if (mine === undefined) byFact.set(o.fact, [o]);
    else mine.push(o);
  }
  const stuck = latestStuck(memory.ledger);
  const settled = (o: Obligation) => {
    const delivery = memory.ledger[o.key];
    return delivery !== undefined && settles(delivery, o) && (!isStuck(delivery) || !stuck.has(o.key));
  };
  const latest = latestOfEach(memory.state);
  const subjects: Record<string, Fact> = {};
  const keys = new Set<string>();
  for (const [subject, fact] of Object.entries(memory.state.subjects)) {
    const mine = byFact.get(fact.id) ?? [];
    if (forgettable.has(fact.kind) && !latest.has(fact) && mine.every(settled)) continue;
    subjects[subject] = fact;
    for (const o of mine) keys.add(o.key);
  }
  const ledger: Record<string, Delivery> = {};
  for (const [key, delivery] of Object.entries(memory.ledger)) if (keys.has(key) || remembered.has(key)) ledger[key] = delivery;
  return { state: { subjects }, ledger };
}

const isStuck = (delivery: Delivery) => delivery.state === 'refused' || delivery.state === 'unknown';

/** Keys of the latest that a person must look at. */
function latestStuck(ledger: Ledger): ReadonlySet<string> {
  const stuck = Object.values(ledger).filter(isStuck);
  if (stuck.length <= explained) return new Set(stuck.map(({ key }) => key));
  const byTime = stuck.sort((a, b) => (a.at === b.at ? (a.key < b.key ? -1 : 1) : a.at < b.at ? 1 : -1));
  return new Set(byTime.slice(0, explained).map(({ key }) => key));
}

/** What the stage is told from. */
function latestOfEach(state: State): ReadonlySet<Fact> {
  const latest = new Map<string, Fact>();
  for (const kind of ['milestone', 'pod'] as const) {
    for (const fact of factsOf(state, kind)) latest.set(fact.kind === 'milestone' ? fact.milestone : fact.kind, fact);
  }
  // What a person settled is owed in a new revision, and what became of a cancellation decides all else.
  const verdicts = factsOf(state, 'verdict').filter(({ on, source }) => source === 'person' || on === 'cancel' || on.startsWith('cancel:'));
  return new Set<Fact>([...latest.values(), ...verdicts]);
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
