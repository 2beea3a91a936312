/**
 * The state of a consignment holds, for each subject, the fact that stands.
 *
 * `fold` is a join: it is commutative, associative and idempotent, so that facts may come late, twice and in any order
 * (test/domain/fold.test.ts). Things that happen once (a scan, a document) have a subject each, which holds one fact. Things that are true
 * until something newer replaces them (the order, the plan) have a subject that holds the latest fact.
 */
import { isOfCancellation } from '../facts/cancellation-name.ts';
import type {
  CancellationFact,
  DecisionFact,
  Ending,
  Fact,
  FactKind,
  MilestoneFact,
  PresenceFact,
} from '../facts/facts.ts';
import { orderOf, rankOf, subjectOf } from '../facts/kinds.ts';
import { byTime, type Happened, milestonesInOrder, momentOf } from '../facts/order-of-time.ts';

export interface State {
  readonly subjects: Readonly<Record<string, Fact>>;
}

export const emptyState: State = { subjects: {} };

/** Returns the one of two facts about one subject that stands. It is a total order, so that it does not matter which came first. */
export function standing(a: Fact, b: Fact): Fact {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA > rankB ? a : b;
  const [first, second] = [orderOf(a), orderOf(b)];
  if (first !== second) return first > second ? a : b;
  // The last report of an event stands, because a correction is news.
  const [retoldA, retoldB] = [a.retold ?? '', b.retold ?? ''];
  if (retoldA !== retoldB) return retoldA > retoldB ? a : b;
  if (a.id !== b.id) return a.id > b.id ? a : b;
  if (a.heard !== b.heard) return a.heard < b.heard ? a : b;
  return a;
}

/** Folds facts into a state. Pure; the state given is not changed. */
export function fold(state: State, facts: Iterable<Fact>): State {
  const subjects: Record<string, Fact> = { ...state.subjects };
  for (const fact of facts) {
    const subject = subjectOf(fact);
    const known = subjects[subject];
    subjects[subject] = known === undefined ? fact : standing(known, fact);
  }
  return { subjects };
}

/** Joins two states, e.g. the states of two identities that prove to be one consignment. */
export function join(a: State, b: State): State {
  return fold(a, Object.values(b.subjects));
}

/** Returns the fact that stands for a subject with one name, or undefined. */
export function standingFact<K extends FactKind>(
  state: State,
  kind: K,
  subject: string = kind,
): Extract<Fact, { kind: K }> | undefined {
  const fact = state.subjects[subject];
  return fact !== undefined && fact.kind === kind ? (fact as Extract<Fact, { kind: K }>) : undefined;
}

/** Returns all facts of a kind that stand, in the order in which they happened. */
export function factsOf<K extends FactKind>(state: State, kind: K): Extract<Fact, { kind: K }>[] {
  const found = Object.values(state.subjects).filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
  return found.sort(byTime);
}

/** The stage of a consignment, for people and for search. */
export type Stage =
  | 'announced'
  | 'planned'
  | 'out for delivery'
  | 'at consignee'
  | 'failed'
  | 'delivered'
  | 'cancelled'
  | 'merged';

export function stageOf(state: State): Stage {
  if (state.subjects.merged !== undefined) return 'merged';
  return carriedOut(state) === null ? progressOf(state) : 'cancelled';
}

/** Returns the key of the obligation to take the order back. A cancellation after a reinstatement is another one and has another key. */
export function cancelKey(revival: number): string {
  return revival === 0 ? 'cancel' : `cancel:${revival}`;
}

/** Whether a decision on this name is a decision on a cancellation. */
export { isOfCancellation };

/**
 * Returns the cancellation that stands: one that was received, with no newer order that reinstates the consignment. A person's cancellation
 * takes precedence over one of Palletways, whichever came first. Whether it is carried out is another question.
 */
export function cancellationOf(state: State): CancellationFact | null {
  const revived = standingFact(state, 'revived');
  const stands = (subject: string) => {
    const said = standingFact(state, 'cancellation', subject);
    return said === undefined || (revived !== undefined && said.at < revived.at) ? null : said;
  };
  return stands('cancelled:person') ?? stands('cancelled');
}

/** Returns the decision on the cancellation that stands; null where there is none. */
export function cancelDecision(state: State): DecisionFact | null {
  return standingFact(state, 'decision', `decision:${cancelKey(standingFact(state, 'revived')?.revival ?? 0)}`) ?? null;
}

/** Returns the cancellation that stands, if it was accepted. An undecided one is not carried out; a person's own needs no decision. */
export function carriedOut(state: State): CancellationFact | null {
  const said = cancellationOf(state);
  return said?.source === 'person' || cancelDecision(state)?.decision === 'accepted' ? said : null;
}

/** Returns the cancellation that nobody has judged yet; null where there is none, or none to judge. */
export function undecidedCancellation(state: State): CancellationFact | null {
  const said = cancellationOf(state);
  return said?.source === 'person' || state.subjects.merged !== undefined || cancelDecision(state) !== null
    ? null
    : said;
}

/**
 * Whether the consignment was cancelled or merged. After that, only what `isOwedAtTheEnd` (domain/obligations/obligations.ts) names is
 * owed.
 */
export function isEnded(state: State): boolean {
  return state.subjects.merged !== undefined || carriedOut(state) !== null;
}

/**
 * Returns what makes it doubtful whether Palletways still wants it: no answer about it though nobody cancelled it, or a sign of a
 * cancellation. A consignment that has ended may be absent at the source, and a sign from before it was reinstated is over.
 */
export function openDoubt(state: State): PresenceFact | null {
  const presence = standingFact(state, 'presence');
  if (presence?.present !== false || ['delivered', 'cancelled', 'merged'].includes(stageOf(state))) return null;
  const revived = standingFact(state, 'revived');
  return presence.sign !== undefined && revived !== undefined && presence.at < revived.at ? null : presence;
}

/** Returns how the order ends or stands still at Qargo otherwise than agreed; null where it does not. One that was taken back may be gone there. */
export function openEnding(state: State): Exclude<Ending, 'none'> | null {
  const how = standingFact(state, 'ending')?.how ?? 'none';
  return how === 'none' || (how === 'lives on') !== isEnded(state) ? null : how;
}

/** Returns the open question about a planner's edit, while Qargo still holds that edit. */
export function openPlannerQuestion(state: State): DecisionFact | null {
  const held = standingFact(state, 'held');
  const decision = held === undefined ? undefined : standingFact(state, 'decision', `decision:${held.id}`);
  return decision?.decision === 'asked' && !['cancelled', 'merged'].includes(stageOf(state)) ? decision : null;
}

/**
 * Works out how far the work has come, whatever was received about a cancellation. The latest event decides, so that a failure does not
 * block the redelivery after it. Events before a reinstatement belong to the order that was taken back.
 */
export function progressOf(state: State): Exclude<Stage, 'cancelled' | 'merged'> {
  const { plan, ...happened } = happenedIn(state);
  const last = milestonesInOrder({ ...happened, plan }).at(-1);
  if (last === undefined) return plan?.trip ? 'planned' : 'announced';
  if (last.milestone === 'failed') return plan?.trip && plan.at > momentOf(last) ? 'planned' : 'failed';
  if (last.milestone === 'out') return 'out for delivery';
  return last.milestone === 'arrived' ? 'at consignee' : 'delivered';
}

/** Returns the milestone that happened last to the order that exists now. */
export function lastMilestone(state: State): MilestoneFact | undefined {
  return milestonesInOrder(happenedIn(state)).at(-1);
}

/** Returns what the attempts to deliver the present order are worked out from. */
export function happenedIn(state: State): Happened {
  const revived = standingFact(state, 'revived');
  const since = revived === undefined || revived.generation === 1 ? '' : revived.at;
  const plan = standingFact(state, 'plan');
  return {
    milestones: factsOf(state, 'milestone'),
    plan: plan !== undefined && (plan.seen ?? plan.at) > since ? plan : undefined,
    since,
  };
}
