/**
 * Late edits are judged here: once, by the stage at which the order has arrived when they are to be delivered, in a transaction of
 * their own before anybody is told. Cancellations are judged where they are heard (store/decisions/cancellations.ts).
 */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { Decision, Fact } from '../../domain/facts/facts.ts';
import {
  changedFields,
  type Decisions,
  fieldText,
  type JudgedAt,
  judge,
  mergeAccepted,
  refusedBefore,
  rulesOf,
  sidesToTell,
} from '../../domain/policy/decision.ts';
import { type EditField, editFields } from '../../domain/policy/edits.ts';
import { decideEdit, decisionOfPerson, keepDecision } from '../../store/decisions/decisions.ts';
import type { Item } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { keepContent, keepRefusedValues } from '../../store/record/consignments.ts';
import { latestHeld } from '../../store/record/planner-edits.ts';
import type { Work } from '../sending/work.ts';

export interface Judged {
  /** What Qargo is owed, and its content reference. */
  readonly order: OrderContent;
  readonly content: string | undefined;
  /** Nothing of it is left to send. */
  readonly nothingLeft: boolean;
  /** Fields that a person is asked about: nothing is sent until they are settled. */
  readonly asked: readonly EditField[];
  /** Ids of decision facts, for the proof. */
  readonly decisions: readonly string[];
}

/**
 * Judges an edit of the order against the last agreed copy. Before anything is planned it is accepted as it is, and nothing is
 * recorded of it.
 */
export async function judgeEdit(
  work: Work,
  item: Item,
  agreed: OrderContent,
  said: OrderContent,
  content: string | undefined,
): Promise<Judged> {
  const { installation } = work.services;
  const { policy } = work.organisation;
  const digest = installation.digestOf(work.organisation.id);
  const asItIs: Judged = { order: said, content, nothingLeft: false, asked: [], decisions: [] };
  if (changedFields(agreed, said).length === 0) return asItIs;
  const person = await decisionOfPerson(installation.db, work.consignment, item.fact);
  return inTransaction(installation.db, async (tx) => {
    const held = Object.keys((await latestHeld(tx, work.consignment))?.fields ?? {});
    const refused = work.row.qargo.refused ?? {};
    const before = (at: JudgedAt) => refusedBefore(refused, said, at, digest);
    const heldOtherwise = editFields.filter((field) => held.includes(field));
    const decided = await decideEdit(tx, work.consignment, item.fact, (at) =>
      judge({ agreed, said, refusedBefore: before(at), heldOtherwise }, at.stage, rulesOf(policy.edits)),
    );
    const { stage, attempt } = decided;
    const decisions: string[] = [];
    for (const decision of ['accepted', 'refused', 'asked'] as const) {
      const fields = editFields.filter((field) => decided.decisions[field] === decision);
      // What was accepted is told by the order itself, unless configured.
      const silent = decision === 'accepted' && (stage === 'announced' || policy.decisions.tell === 'refused');
      if (fields.length === 0 || silent) continue;
      const on = decision === 'asked' ? item.fact : `${item.fact}:${decision}`;
      const told = { on, decision, stage, attempt, fields, tell: sidesToTell(policy.decisions, decision) };
      const kept = await keepDecision(tx, work.consignment, work.organisation.id, told);
      decisions.push(kept.id);
      remember(work, kept);
    }
    const settled = settledBy(decided.decisions, person?.decision);
    const of = (decision: Decision) => editFields.filter((field) => settled[field] === decision);
    const kept = [...of('refused'), ...before(decided)];
    if (kept.length > 0) {
      const digests = Object.fromEntries(
        kept.map((field) => [field, { digest: digest(fieldText(said, field)), stage, attempt }]),
      );
      await keepRefusedValues(tx, work.consignment, digests);
    }
    const asked = of('asked');
    if (asked.length > 0 || kept.length === 0) return { ...asItIs, asked, decisions };
    const order = mergeAccepted(agreed, said, kept);
    const nothingLeft = changedFields(agreed, order).length === 0;
    // The copy that is owed is content of its own.
    const copy = nothingLeft ? content : await keepContent(tx, work.organisation.id, work.consignment, order);
    return { order, content: copy, nothingLeft, asked: [], decisions };
  });
}

/** A person's word settles what was asked. */
function settledBy(decisions: Decisions, word: Decision | undefined): Decisions {
  if (word === undefined) return decisions;
  return Object.fromEntries(
    Object.entries(decisions).map(([field, decision]) => [field, decision === 'asked' ? word : decision]),
  );
}

function remember(work: Work, fact: Fact): void {
  if (!work.facts.some(({ id }) => id === fact.id)) work.facts.push(fact);
}
