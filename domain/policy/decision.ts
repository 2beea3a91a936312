/**
 * Decisions on what comes late: an edit of the order after it was planned, and a cancellation. Pure.
 *
 * Every field has an owner (whose word it is) and, by stage, what an edit of it by its owner comes to. An edit is judged once, against
 * the last agreed copy; what was decided stands (activities/agreement/late-edits.ts records it).
 */
import { isOfCancellation } from '../facts/cancellation-name.ts';
import type { OrderContent } from '../facts/content.ts';
import type { Counterpart, Decision, DecisionFact } from '../facts/facts.ts';
import { isLoadedAfter, milestonesInOrder, momentOf } from '../facts/order-of-time.ts';
import { factsOf, happenedIn, lastMilestone, progressOf, type State, standingFact } from '../state/state.ts';
import { type EditField, type EditPolicy, type EditStage, editFields, type Ruling } from './edits.ts';
import type { CancelPolicy, CancelStage, DecisionPolicy } from './settings.ts';

/** Where a field stands in the order's content. */
const places: Readonly<Record<EditField, readonly (keyof OrderContent)[]>> = {
  billUnits: ['billUnits'],
  lifts: ['lifts'],
  weight: ['weight'],
  collectionDate: ['collectionDate'],
  deliveryDate: ['deliveryDate', 'deliveryTime', 'appointment'],
  bookIn: ['bookIn'],
  collectionAddress: ['collection'],
  deliveryAddress: ['delivery'],
  instructions: ['instructions'],
  service: ['type', 'serviceGroup', 'serviceCode'],
  references: ['account', 'reference', 'classification'],
  tailLift: ['tailLift'],
  handball: ['handball'],
  hazardous: ['adrGoods', 'limitedQuantity'],
  depots: ['collectionDepot', 'deliveryDepot'],
};

export interface EditRule {
  /** Whose word the field is: by stage for an edit of the owner; anybody else's is asked for as soon as work was planned on it. */
  readonly owner: Counterpart;
  readonly stages: Readonly<Record<EditStage, Ruling>>;
}
export type EditRules = Readonly<Record<EditField, EditRule>>;

/** Announced, planned, loaded, out, arrived, failed, delivered: a letter for each of `editStages`. */
const rulings = (letters: string): EditRule => {
  const of = (letter: string | undefined): Ruling => (letter === 'a' ? 'accept' : letter === '?' ? 'ask' : 'refuse');
  const [announced, planned, loaded, out, arrived, failed, delivered] = letters.split('').map(of) as [
    Ruling,
    Ruling,
    Ruling,
    Ruling,
    Ruling,
    Ruling,
    Ruling,
  ];
  return { owner: 'palletways', stages: { announced, planned, loaded, out, arrived, failed, delivered } };
};

/**
 * The default. What is already on the vehicle is a person's matter; what was done cannot be ordered otherwise. A failed attempt opens
 * date, address and equipment again: that is what a redelivery needs. Words and references change no work and are never too late.
 */
export const defaultRules: EditRules = {
  //                       an pl lo ou ar fa de
  billUnits: rulings('aa????x'),
  lifts: rulings('aa????x'),
  weight: rulings('aaa???x'),
  collectionDate: rulings('aaxxxxx'),
  deliveryDate: rulings('aa??xax'),
  bookIn: rulings('aa??xax'),
  collectionAddress: rulings('aaxxxxx'),
  deliveryAddress: rulings('aa??xax'),
  instructions: rulings('aaaaaaa'),
  service: rulings('aa?xx?x'),
  references: rulings('aaaaaaa'),
  tailLift: rulings('aa??xax'),
  handball: rulings('aa??xax'),
  hazardous: rulings('aa?????'),
  depots: rulings('aa??xxx'),
};

export function rulesOf(policy: EditPolicy): EditRules {
  return Object.fromEntries(
    editFields.map((field) => {
      const { owner, ...stages } = policy[field] ?? {};
      const given = Object.fromEntries(Object.entries(stages).filter(([, ruling]) => ruling !== undefined));
      return [
        field,
        { owner: owner ?? defaultRules[field].owner, stages: { ...defaultRules[field].stages, ...given } },
      ];
    }),
  ) as EditRules;
}

export function editStage(state: State): EditStage {
  const progress = progressOf(state);
  if (progress === 'out for delivery') return 'out';
  if (progress === 'at consignee') return 'arrived';
  if (progress === 'failed' || progress === 'delivered') return progress;
  const last = lastMilestone(state);
  // A plan that only a later read told is no new one where it is the trip on which the attempt failed.
  if (last?.milestone === 'failed' && last.trip !== undefined && standingFact(state, 'plan')?.trip === last.trip)
    return 'failed';
  const failed = last === undefined ? '' : momentOf(last);
  // Planned anew after a failure: the loading of the attempt before says nothing.
  return isLoadedAfter(factsOf(state, 'scan'), failed, happenedIn(state)) ? 'loaded' : progress;
}

/** When something late is judged: the stage, and how many attempts to deliver had failed. The same word said at another one is judged anew. */
export interface JudgedAt {
  readonly stage: EditStage;
  readonly attempt: number;
}

export const judgedAt = (state: State): JudgedAt => ({ stage: editStage(state), attempt: failedAttempts(state) });

/**
 * How many attempts to deliver have failed. What is told twice of one attempt (two stops, a corrected time) is one failure, unless it went
 * out or was at the consignee between them. What happened before a revival was of the order that was taken back.
 */
export function failedAttempts(state: State): number {
  const inOrder = milestonesInOrder(happenedIn(state));
  return inOrder.filter((each, n) => each.milestone === 'failed' && inOrder[n - 1]?.milestone !== 'failed').length;
}

/** A value that was refused, by keyed digest, and at which stage and attempt that was. */
export interface RefusedValue extends JudgedAt {
  readonly digest: string;
}

/** The fields whose value, as said now, was refused at just that stage and attempt. At another it may come to something else. */
export function refusedBefore(
  refused: Readonly<Record<string, RefusedValue>>,
  said: OrderContent,
  { stage, attempt }: JudgedAt,
  digest: (text: string) => string,
): EditField[] {
  return editFields.filter((field) => {
    const before = refused[field];
    return (
      before !== undefined &&
      before.stage === stage &&
      before.attempt === attempt &&
      before.digest === digest(fieldText(said, field))
    );
  });
}

/** The fields in which two copies of an order differ. */
export function changedFields(a: OrderContent, b: OrderContent): EditField[] {
  return editFields.filter((field) => fieldText(a, field) !== fieldText(b, field));
}

/** A field's value as one text, to be compared or digested; lists in no order. */
export function fieldText(order: OrderContent, field: EditField): string {
  return JSON.stringify(
    places[field].map((key) => {
      const value = order[key];
      return key === 'billUnits' ? order.billUnits.map(({ type, amount }) => `${type} ${amount}`).sort() : value;
    }),
  );
}

export interface Edit {
  /** What both sides last agreed on: what was delivered to Qargo. */
  readonly agreed: OrderContent;
  /** What Palletways says now. */
  readonly said: OrderContent;
  /** Fields that Qargo was seen to hold otherwise than agreed; our own echo is not among them. */
  readonly heldOtherwise?: readonly EditField[];
  /** Fields whose value, as said now, was refused before: it stays refused and is not told again. */
  readonly refusedBefore?: readonly EditField[];
}

export type Decisions = Readonly<Partial<Record<EditField, Decision>>>;

/** A decision for each field that one side changed since the agreed copy, less what was refused before. */
export function judge(edit: Edit, stage: EditStage, rules: EditRules): Decisions {
  const changed = changedFields(edit.agreed, edit.said);
  const atQargo = edit.heldOtherwise ?? [];
  const decisions: Partial<Record<EditField, Decision>> = {};
  for (const field of editFields) {
    const [here, there] = [changed.includes(field), atQargo.includes(field)];
    if (here && edit.refusedBefore?.includes(field)) continue;
    if (here && there)
      decisions[field] = rules[field].owner === 'palletways' && stage === 'announced' ? 'accepted' : 'asked';
    else if (here) decisions[field] = judgeField(field, 'palletways', stage, rules);
  }
  return decisions;
}

const decisionOf: Readonly<Record<Ruling, Decision>> = { accept: 'accepted', ask: 'asked', refuse: 'refused' };

/** What an edit of one field by one side comes to. A side that does not own it may still change it before anything is planned. */
export function judgeField(field: EditField, side: Counterpart, stage: EditStage, rules: EditRules): Decision {
  const rule = rules[field];
  const ruling = rule.stages[stage];
  if (side === rule.owner) return decisionOf[ruling];
  if (ruling === 'refuse') return 'refused';
  return side === 'palletways' && stage === 'announced' ? 'accepted' : 'asked';
}

/** The copy that Qargo is owed: as Palletways says it, but for the fields that were not accepted, which stay as agreed. */
export function mergeAccepted(agreed: OrderContent, said: OrderContent, kept: readonly EditField[]): OrderContent {
  const next: Record<string, unknown> = { ...said };
  for (const field of kept) for (const key of places[field]) next[key] = agreed[key];
  return next as unknown as OrderContent;
}

/** Whether a decision is on a planner's edit in Qargo. */
export const isHeld = (on: string): boolean => on.startsWith(heldPrefix);
export const heldPrefix = 'qg:held:';

/** Whether a decision is shown in the list of them: a cancellation that was accepted shows by being carried out. */
export const isShown = ({ on, decision, source }: DecisionFact): boolean =>
  !(isOfCancellation(on) && decision === 'accepted' && source === 'engine');

// --- cancellations --------------------------------------------------------------------------------------------

export function cancelStage(stage: EditStage): CancelStage {
  return stage === 'announced' || stage === 'planned' || stage === 'delivered' ? stage : 'loaded';
}

export function judgeCancellation(stage: EditStage, policy: CancelPolicy): Decision {
  const ruling = policy[cancelStage(stage)];
  return ruling === 'cancel' ? 'accepted' : ruling === 'ask' ? 'asked' : 'refused';
}

/** Which sides are told of a decision, as configured. A question is told to nobody: a person answers it. */
export function sidesToTell({ tell, qargo }: DecisionPolicy, decision: Decision): readonly Counterpart[] {
  if (decision === 'asked' || (decision === 'accepted' && tell === 'refused')) return [];
  return qargo === 'off' ? ['palletways'] : ['palletways', 'qargo'];
}
