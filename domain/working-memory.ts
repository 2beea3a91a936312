/**
 * What a workflow keeps in mind: state and ledger, less what is settled for good, and of what is open no more than it can send
 * soon. The record knows every settled key, and a delivery activity that is handed one answers with its proof and sends nothing,
 * so forgetting is safe; what is open and left out is loaded again in pages.
 */
import { callPriorities } from './call-error.ts';
import { type Delivery, type Ledger, settles } from './deliveries.ts';
import type { Fact, ResendFact } from './facts.ts';
import { type Lane, laneOf } from './lanes.ts';
import { evidenceKey, isReached, type Obligation, owed } from './obligations.ts';
import { nothingWithheld, switchedOff, type Withheld } from './rows.ts';
import { emptyState, factsOf, fold, isEnded, isOfCancellation, type State, standingFact } from './state.ts';

/** Kinds of which there can be many and of which only the unsettled matter. */
const many: ReadonlySet<Fact['kind']> = new Set([
  'scan',
  'document',
  'exception',
  'case',
  'refresh',
  'hint',
  'milestone',
  'pod',
  'proof',
  'verdict',
]);

/** Ledger entries that are kept though nothing is owed under their key just now: what a later version of them replaces. */
export const remembered: ReadonlySet<string> = new Set(['order', 'plan', 'references', 'labels', 'cancel']);

/** So many refusals and unknown outcomes explain themselves; the rest is counted. */
export const explained = 20;
/** So many resends of what is not known here are kept until it comes. */
const awaited = 20;

export interface WorkingMemory {
  readonly state: State;
  readonly ledger: Ledger;
  /** Refused or unknown and forgotten here: the record knows them, and a person must act. Left out for none. */
  readonly stuck?: number;
}

/**
 * Drops what is settled for good, but what the stage is told from: the latest milestone of each name and the latest POD. What was
 * refused or is unknown stays, the latest of it, since it must explain itself; the rest is counted. What is switched off is forgotten:
 * switching it on loads it.
 */
export function forget(memory: WorkingMemory, withheld: Withheld = nothingWithheld): WorkingMemory {
  const byFact = new Map<string, Obligation[]>();
  const owedHere = new Set<string>();
  for (const o of owed(memory.state)) {
    owedHere.add(o.key);
    const mine = byFact.get(o.fact);
    if (mine === undefined) byFact.set(o.fact, [o]);
    else mine.push(o);
  }
  const kept = latestStuck(memory.ledger);
  const stands = whatStands(memory.state);
  const subjects: Record<string, Fact> = {};
  const keys = new Set<string>();
  // Of what was cancelled only its proof is owed besides, and what was counted before is not of it.
  let stuck = isEnded(memory.state) ? 0 : (memory.stuck ?? 0);
  for (const [subject, fact] of Object.entries(memory.state.subjects)) {
    if (fact.kind === 'resend') continue;
    // Without the milestone that ended it, which may be forgotten, it would be owed again.
    if (fact.kind === 'eta' && withheld.estimatesReturn !== true && isReached(memory.state, fact)) continue;
    const mine = byFact.get(fact.id) ?? [];
    const off = (o: Obligation) => switchedOff(o.sort, withheld) !== undefined;
    const settled = (o: Obligation) => off(o) || (settles(memory.ledger[o.key], o) && !kept.has(o.key));
    if (many.has(fact.kind) && !stands.has(fact) && mine.every(settled)) {
      stuck += mine.filter((o) => !off(o) && isStuck(memory.ledger[o.key])).length;
      continue;
    }
    subjects[subject] = fact;
    for (const o of mine) keys.add(o.key);
    // Another end of the stop at the same instant may have owed the look that is of both. No history
    // that is known has two such ends: no run is asked whether it began before.
    if (fact.kind === 'milestone') keys.add(evidenceKey(fact));
  }
  for (const resend of standingResends(memory.state, keys, owedHere)) subjects[`resend:${resend.obligation}`] = resend;
  const ledger: Record<string, Delivery> = {};
  for (const [key, delivery] of Object.entries(memory.ledger)) if (keys.has(key) || remembered.has(key)) ledger[key] = delivery;
  return { state: { subjects }, ledger, ...(stuck === 0 ? {} : { stuck }) };
}

const isStuck = (delivery: Delivery | undefined) => delivery?.state === 'refused' || delivery?.state === 'unknown';

/** Keys of the latest that a person must look at. */
function latestStuck(ledger: Ledger): ReadonlySet<string> {
  const stuck = Object.values(ledger).filter(isStuck);
  if (stuck.length > explained) stuck.sort((a, b) => (a.at === b.at ? (a.key < b.key ? -1 : 1) : a.at < b.at ? 1 : -1));
  return new Set(stuck.slice(0, explained).map(({ key }) => key));
}

/** What the stage is told from. */
function whatStands(state: State): ReadonlySet<Fact> {
  const latest = new Map<string, Fact>();
  for (const kind of ['milestone', 'pod'] as const) {
    for (const fact of factsOf(state, kind)) latest.set(fact.kind === 'milestone' ? fact.milestone : fact.kind, fact);
  }
  // What a person settled is owed in a new revision, what became of a cancellation decides all else, and what Qargo holds may be a question.
  const held = standingFact(state, 'held')?.id;
  const verdicts = factsOf(state, 'verdict').filter(({ on, source }) => source === 'person' || on === held || isOfCancellation(on));
  return new Set<Fact>([...latest.values(), ...verdicts]);
}

/** Whether there is an estimate that ended with its stop: from then on `Withheld.estimatesReturn` makes a difference. Pure. */
export function endsAnEstimate(facts: readonly Fact[]): boolean {
  const state = fold(
    emptyState,
    facts.filter(({ kind }) => kind === 'eta' || kind === 'milestone'),
  );
  return factsOf(state, 'eta').some((eta) => isReached(state, eta));
}

/**
 * Resends of what is still here, of what is replaced by later versions, a few of what may still come, and the one with the highest
 * revision: the next is above it.
 */
function standingResends(state: State, keys: ReadonlySet<string>, owedHere: ReadonlySet<string>): ResendFact[] {
  const resends = factsOf(state, 'resend');
  if (resends.length === 0) return [];
  const highest = resends.reduce((a, b) => (b.revision > a.revision ? b : a));
  const early = new Set(resends.filter(({ obligation }) => !owedHere.has(obligation)).slice(-awaited));
  return resends.filter(
    (resend) => resend === highest || early.has(resend) || keys.has(resend.obligation) || remembered.has(resend.obligation),
  );
}

/**
 * Notes what became of obligations; what was ever delivered stays known. A wait that was ended in the record while the flight was
 * still in the air does not begin again when the flight lands. Pure.
 */
export function record(ledger: Ledger, outcomes: readonly Delivery[]): Ledger {
  const next: Record<string, Delivery> = { ...ledger };
  for (const outcome of outcomes) {
    if (waitEnded(next[outcome.key], outcome)) continue;
    const ever = outcome.state === 'delivered' || next[outcome.key]?.ever === true;
    next[outcome.key] = ever ? { ...outcome, ever: true } : outcome;
  }
  return next;
}

function waitEnded(known: Delivery | undefined, outcome: Delivery): boolean {
  if (known?.state !== 'not yet' || outcome.state !== 'not yet') return false;
  return known.digest === outcome.digest && known.revision === outcome.revision && known.at > outcome.at;
}

/** What is held in mind, and the lanes of which something open was left to the record. */
export interface Held {
  readonly memory: WorkingMemory;
  readonly left: ReadonlySet<Lane>;
}

/** Facts that are folded at once: what is forgotten and left out between keeps the work linear. */
const atOnce = 500;

/**
 * Folds news in. Of each lane at most `most` open obligations are held; what is beyond is left to the record, as is news for a
 * lane of which something older was left already, so that what arrived first goes first. Facts that `unrecorded` names, which the
 * record does not know yet, are never left out. Pure.
 */
export function learn(
  held: Held,
  news: readonly Fact[],
  unrecorded: ReadonlySet<string>,
  most: number,
  withheld: Withheld = nothingWithheld,
): Held {
  let { memory, left } = held;
  for (let from = 0; from < news.length; from += atOnce) {
    const taken = news.slice(from, from + atOnce).filter((fact) => unrecorded.has(fact.id) || !waitsBehind(fact, left, withheld));
    const remaining = forget({ ...memory, state: fold(memory.state, taken) }, withheld);
    ({ memory, left } = hold({ memory: remaining, left }, unrecorded, most, withheld));
  }
  return { memory, left };
}

/** Whether a fact is owed only in lanes of which something older is left. What the stage is told from is always taken. */
function waitsBehind(fact: Fact, left: ReadonlySet<Lane>, withheld: Withheld): boolean {
  if (left.size === 0 || !many.has(fact.kind) || fact.kind === 'milestone' || fact.kind === 'pod' || fact.kind === 'hint') return false;
  return owed(fold(emptyState, [fact]), withheld).every((o) => left.has(laneOf(o)));
}

function hold({ memory, left }: Held, unrecorded: ReadonlySet<string>, most: number, withheld: Withheld): Held {
  if (Object.keys(memory.state.subjects).length <= most) return { memory, left };
  const stands = whatStands(memory.state);
  const may = new Map<string, Fact>();
  for (const fact of Object.values(memory.state.subjects)) {
    if (many.has(fact.kind) && fact.kind !== 'hint' && !stands.has(fact) && !unrecorded.has(fact.id)) may.set(fact.id, fact);
  }
  const all = owed(memory.state, withheld);
  // What was settled before and is to be sent again is not found among what is not settled.
  for (const o of all) if (memory.state.subjects[`resend:${o.key}`] !== undefined) may.delete(o.fact);
  const open = all.filter((o) => may.has(o.fact) && !settles(memory.ledger[o.key], o));
  const keep = new Set<string>();
  const beyond = new Map<string, Set<Lane>>();
  for (const [lane, inLane] of byLane(open)) {
    for (const [nth, o] of firstFirst(inLane, memory.state).entries()) {
      if (nth < most) keep.add(o.fact);
      else beyond.set(o.fact, (beyond.get(o.fact) ?? new Set()).add(lane));
    }
  }
  const gone = new Set([...beyond.keys()].filter((id) => !keep.has(id)));
  if (gone.size === 0) return { memory, left };
  const subjects = Object.fromEntries(Object.entries(memory.state.subjects).filter(([, fact]) => !gone.has(fact.id)));
  return {
    memory: { ...memory, state: { subjects } },
    left: new Set([...left, ...[...gone].flatMap((id) => [...(beyond.get(id) ?? [])])]),
  };
}

function byLane(obligations: readonly Obligation[]): Map<Lane, Obligation[]> {
  const found = new Map<Lane, Obligation[]>();
  for (const o of obligations) {
    const mine = found.get(laneOf(o));
    if (mine === undefined) found.set(laneOf(o), [o]);
    else mine.push(o);
  }
  return found;
}

/** By class of call, and in a class in the order in which the facts arrived: a state's subjects stand in it. Pure. */
export function firstFirst(obligations: readonly Obligation[], state: State): Obligation[] {
  const arrived = new Map(Object.values(state.subjects).map((fact, nth) => [fact.id, nth]));
  const rank = new Map(obligations.map((o) => [o, callPriorities.indexOf(o.priority)]));
  return [...obligations].sort(
    (a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || (arrived.get(a.fact) ?? 0) - (arrived.get(b.fact) ?? 0),
  );
}
