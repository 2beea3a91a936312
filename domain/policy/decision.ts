/**
 * Decides on what comes late: an edit of the order after it was planned, and a cancellation. Pure.
 *
 * Every field has an owner, and a ruling for each stage on an edit by that owner. An edit is judged once, against the last agreed copy, and
 * the decision stands (activities/agreement/late-edits.ts records it).
 */
import { isOfCancellation } from '../facts/cancellation-name.ts';
import type { OrderContent } from '../facts/content.ts';
import type { Counterpart, Decision, DecisionFact } from '../facts/facts.ts';
import { isLoadedAfter, milestonesInOrder, momentOf } from '../facts/order-of-time.ts';
import { factsOf, happenedIn, lastMilestone, progressOf, type State, standingFact } from '../state/state.ts';
import { type EditField, type EditPolicy, type EditStage, editFields, type Ruling } from './edits.ts';
import type { CancelPolicy, CancelStage, DecisionPolicy } from './settings.ts';

/** The keys of the order's content that belong to a field. */
const places: Readonly<Record<EditField, readonly (keyof OrderContent)[]>> = {
  billUnits: ['billUnits'],
  lifts: ['lifts'],
  weight: ['weight'],
  collectionDate: ['collectionDate'],
  deliveryDate: ['deliveryDate', 'deliveryTime', 'appointment'],
  bookIn: ['bookIn'],
  collectionAddress: ['collection'],
  deliveryAddress: ['delivery'],
  instructions: ['instructions', 'further'],
  service: ['type', 'serviceGroup', 'serviceCode'],
  references: ['account', 'reference', 'collectionReference', 'classification'],
  tailLift: ['tailLift'],
  handball: ['handball'],
  hazardous: ['adrGoods', 'limitedQuantity'],
  depots: ['collectionDepot', 'deliveryDepot'],
};

export interface EditRule {
  /**
   * The side whose edits are ruled by stage. An edit by the other side is refused where the ruling is `refuse`. Otherwise it is accepted if
   * it is Palletways' edit and nothing is planned yet; in all other cases a person is asked.
   */
  readonly owner: Counterpart;
  readonly stages: Readonly<Record<EditStage, Ruling>>;
}
export type EditRules = Readonly<Record<EditField, EditRule>>;

/** Makes a rule from seven letters, one for each of `editStages`: announced, planned, loaded, out, arrived, failed, delivered. */
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
 * The default rules. A person decides on changes of goods that are already on the vehicle; work that is done cannot be changed. A failed
 * attempt allows edits of date, address and equipment again, because a redelivery needs them. Instructions and references change no work
 * and are never too late.
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
  // If the plan names the trip on which the attempt failed, it is no new plan, even if a later read found it.
  if (last?.milestone === 'failed' && last.trip !== undefined && standingFact(state, 'plan')?.trip === last.trip)
    return 'failed';
  const failed = last === undefined ? '' : momentOf(last);
  // After a failure and a new plan, the loading of the attempt before does not count.
  return isLoadedAfter(factsOf(state, 'scan'), failed, happenedIn(state)) ? 'loaded' : progress;
}

/**
 * The circumstances in which something late is judged: the stage, and the number of attempts to deliver that had failed. The same edit is
 * judged again in other circumstances.
 */
export interface JudgedAt {
  readonly stage: EditStage;
  readonly attempt: number;
}

export const judgedAt = (state: State): JudgedAt => ({ stage: editStage(state), attempt: failedAttempts(state) });

/**
 * Counts the attempts to deliver that have failed. Two reports of one failed attempt (two stops, a corrected time) count as one, unless the
 * consignment went out or was at the consignee between them. Events before a reinstatement belong to the order that was taken back.
 */
export function failedAttempts(state: State): number {
  const inOrder = milestonesInOrder(happenedIn(state));
  return inOrder.filter((each, n) => each.milestone === 'failed' && inOrder[n - 1]?.milestone !== 'failed').length;
}

/** A value that was refused, as a keyed digest, with the stage and attempt at which it was refused. */
export interface RefusedValue extends JudgedAt {
  readonly digest: string;
}

/**
 * Returns the fields whose present value was refused at exactly this stage and attempt. At another stage or attempt the decision may be
 * different.
 */
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

/** Returns the fields in which two copies of an order differ. */
export function changedFields(a: OrderContent, b: OrderContent): EditField[] {
  return editFields.filter((field) => fieldText(a, field) !== fieldText(b, field));
}

/** Writes a field's value as one text, to be compared or digested. The order of a list does not matter. */
export function fieldText(order: OrderContent, field: EditField): string {
  return JSON.stringify(
    places[field].map((key) => {
      const value = order[key];
      return key === 'billUnits' ? order.billUnits.map(({ type, amount }) => `${type} ${amount}`).sort() : value;
    }),
  );
}

export interface Edit {
  /** The order that both sides last agreed on, as it was last sent to Qargo. */
  readonly agreed: OrderContent;
  /** The order as Palletways reports it now. */
  readonly said: OrderContent;
  /** The fields in which a read found Qargo's order different from the agreed one. The echo of our own changes is not among them. */
  readonly heldOtherwise?: readonly EditField[];
  /** The fields whose present value was refused before. Such a value stays refused, and the refusal is not sent again. */
  readonly refusedBefore?: readonly EditField[];
}

export type Decisions = Readonly<Partial<Record<EditField, Decision>>>;

/**
 * Returns a decision for each field that Palletways changed since the agreed copy, except the values that were refused before. If Qargo
 * holds the field differently too, Palletways' value is accepted only if Palletways owns the field and nothing is planned yet; otherwise a
 * person is asked.
 */
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

/**
 * Decides on an edit of one field by one side. The owner's edit follows the ruling of the stage. The other side's edit is refused where the
 * ruling is `refuse`, accepted if it is Palletways' and nothing is planned yet, and otherwise a person is asked.
 */
export function judgeField(field: EditField, side: Counterpart, stage: EditStage, rules: EditRules): Decision {
  const rule = rules[field];
  const ruling = rule.stages[stage];
  if (side === rule.owner) return decisionOf[ruling];
  if (ruling === 'refuse') return 'refused';
  return side === 'palletways' && stage === 'announced' ? 'accepted' : 'asked';
}

/** Returns the copy that Qargo is owed: Palletways' order, except that the fields that were not accepted (`kept`) stay as agreed. */
export function mergeAccepted(agreed: OrderContent, said: OrderContent, kept: readonly EditField[]): OrderContent {
  const next: Record<string, unknown> = { ...said };
  for (const field of kept) for (const key of places[field]) next[key] = agreed[key];
  return next as unknown as OrderContent;
}

/** Whether this name is that of a planner's edit in Qargo. */
export const isHeld = (on: string): boolean => on.startsWith(heldPrefix);
export const heldPrefix = 'qg:held:';

/**
 * Whether the list of decisions shows this one. A cancellation that the engine accepted is not listed, because carrying it out shows it.
 */
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

/** Returns the sides that a decision is sent to, as configured. A question is sent to neither side, because a person answers it. */
export function sidesToTell({ tell, qargo }: DecisionPolicy, decision: Decision): readonly Counterpart[] {
  if (decision === 'asked' || (decision === 'accepted' && tell === 'refused')) return [];
  return qargo === 'off' ? ['palletways'] : ['palletways', 'qargo'];
}
