/** Decisions on late edits and cancellations: decided once, kept as facts, settled by a person where a question was asked. */
import type { Counterpart, Decision, DecisionFact, Fact } from '../../domain/facts/facts.ts';
import { shortHash } from '../../domain/facts/hash.ts';
import { factKindsFor } from '../../domain/facts/kinds.ts';
import { type Decisions, isHeld, type JudgedAt, judgedAt } from '../../domain/policy/decision.ts';
import type { EditField, EditStage } from '../../domain/policy/edits.ts';
import { emptyState, fold, type State, standingFact } from '../../domain/state/state.ts';
import { type Question, questionsOf } from '../../domain/words/questions.ts';
import { decide } from '../outbox/receipts.ts';
import { type Database, inTransaction, now, type Queryable } from '../postgres/database.ts';
import { factOf } from '../record/consignments.ts';
import { type Provenance, storeFact } from '../record/facts.ts';

/** SQL for the facts that decisions are made from; of the scans, only those that load the vehicle. */
export const forDecisions = `(kind in (${factKindsFor('decisions')
  .map((kind) => `'${kind}'`)
  .join(', ')}) and (kind <> 'scan' or envelope->>'scan' = 'load'))`;

/** The part of a consignment's state that decisions are made from. */
export async function stateForDecisions(db: Queryable, consignment: string): Promise<State> {
  const { rows } = await db.query<{ envelope: Fact }>(
    `select envelope from fact where consignment = $1 and ${forDecisions}`,
    [consignment],
  );
  return fold(
    emptyState,
    rows.map(({ envelope }) => envelope),
  );
}

/** What was decided about an edit. */
export interface EditDecision extends JudgedAt {
  readonly decisions: Decisions;
}

const editKey = (fact: string) => `decision ${fact}`;

/**
 * Answers the decision on an edit, with the stage and the attempt that it depended on. If there is none yet, `judgeAt` makes it; a decision
 * on one report stands while it is being sent. The same edit reported again is another fact, and is judged again.
 */
export async function decideEdit(
  tx: Queryable,
  consignment: string,
  fact: string,
  judgeAt: (at: JudgedAt) => Decisions,
): Promise<EditDecision> {
  const { rows } = await tx.query<{ value: EditDecision }>(
    'select value from decision where consignment = $1 and key = $2',
    [consignment, editKey(fact)],
  );
  if (rows[0] !== undefined) return rows[0].value;
  const at = judgedAt(await stateForDecisions(tx, consignment));
  return decide(tx, consignment, editKey(fact), { ...at, decisions: judgeAt(at) });
}

/** Answers the decision on a cancellation, and makes it if there is none yet. */
export async function decideCancellation(
  tx: Queryable,
  consignment: string,
  key: string,
  judgeAt: (stage: EditStage) => Decision,
): Promise<JudgedAt & { readonly decision: Decision }> {
  const at = judgedAt(await stateForDecisions(tx, consignment));
  return decide(tx, consignment, editKey(key), { ...at, decision: judgeAt(at.stage) });
}

export interface NewDecision extends Pick<DecisionFact, 'on' | 'decision' | 'attempt' | 'moved' | 'tell'> {
  readonly stage: EditStage;
  readonly fields: readonly EditField[];
}

/**
 * Stores the engine's decision as a fact, and answers it, whether it is new or was stored before. It is never older than what it judges,
 * which happened at `judged` (UTC ISO), by whatever clock.
 */
export async function keepDecision(
  tx: Queryable,
  consignment: string,
  organisation: string,
  decision: NewDecision,
  handedOver = true,
  judged = '',
): Promise<DecisionFact> {
  const heard = await now(tx);
  const at = judged > heard ? judged : heard;
  const id = `decision:${decision.decision}:${shortHash(decision.on)}`;
  const said: Provenance & { handedOver: boolean } = { organisation, journal: null, heard, via: 'push', handedOver };
  const kept =
    (await storeFact(
      tx,
      consignment,
      { kind: 'decision', id, at, zone: 'UTC', source: 'engine', ...decision },
      said,
    )) ?? (await factOf(tx, consignment, id));
  if (kept?.kind !== 'decision') throw new Error(`decision ${id} of ${consignment} is not kept`);
  return kept;
}

/** Answers a person's answer to a question; null if nobody has answered. */
export async function decisionOfPerson(db: Queryable, consignment: string, on: string): Promise<DecisionFact | null> {
  const { rows } = await db.query<{ envelope: DecisionFact }>(
    `select envelope from fact where consignment = $1 and kind = 'decision' and envelope->>'on' = $2 and envelope->>'source' = 'person' limit 1`,
    [consignment, on],
  );
  return rows[0]?.envelope ?? null;
}

export interface Settlement {
  /** `cancel`, `missing`, `sign`, or the id of the order fact; if left out, the open question. */
  readonly edit?: string | undefined;
  readonly decision: 'accepted' | 'refused';
  readonly who: string;
  readonly why: string;
}

const signOf = ({ sign }: Question) => (sign === undefined ? {} : { sign });

/**
 * Settles a question by a person's answer. Only the first answer counts. Answers the decision that now stands, or null if no such
 * question is open (it was settled, replaced by a newer edit, or withdrawn).
 */
export async function settleQuestion(
  db: Database,
  organisation: string,
  consignment: string,
  said: Settlement,
  tell: (decision: 'accepted' | 'refused') => readonly Counterpart[],
): Promise<{ readonly edit: string; readonly decision: string } | null> {
  return inTransaction(db, async (tx) => {
    await tx.query('select 1 from consignment where id = $1 for no key update', [consignment]);
    const state = await stateForDecisions(tx, consignment);
    const questions = questionsOf(state);
    const question = said.edit === undefined ? questions[0] : questions.find(({ edit }) => edit === said.edit);
    if (question === undefined || (said.edit === undefined && questions.length > 1)) return null;
    const at = await now(tx);
    await decide(tx, consignment, `person ${question.edit} ${at}`, {
      decision: said.decision,
      who: said.who,
      why: said.why,
    });
    const base = { at, zone: 'UTC', source: 'person' } as const;
    const context: Provenance = { organisation, journal: null, heard: at, via: 'hand' };
    const body = { who: said.who, why: said.why };
    if (question.edit === 'missing' || question.edit === 'sign') {
      if (said.decision === 'accepted')
        await storeFact(
          tx,
          consignment,
          { ...base, kind: 'cancellation', id: `${question.edit}:${at}`, body },
          context,
        );
      else
        await storeFact(
          tx,
          consignment,
          { ...base, kind: 'presence', id: `presence:left:${at}`, present: true, ...signOf(question), body },
          context,
        );
    } else {
      const { edit: on, stage, fields } = question;
      const { moved, attempt = 0 } = standingFact(state, 'decision', `decision:${on}`) ?? {};
      const id = `decision:person:${shortHash(on)}`;
      // A planner's edit that stands is news for Palletways, whatever else is sent.
      const sides = said.decision === 'accepted' && isHeld(on) ? (['palletways'] as const) : tell(said.decision);
      const decision = {
        on,
        decision: said.decision,
        stage,
        attempt,
        fields,
        ...(moved === undefined ? {} : { moved }),
        tell: sides,
        body,
      };
      await storeFact(tx, consignment, { ...base, kind: 'decision', id, ...decision }, context);
    }
    return { edit: question.edit, decision: said.decision };
  });
}
