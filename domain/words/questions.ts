/** Questions that wait for a person's decision. Pure. */

import type { CancelSign } from '../facts/facts.ts';
import { editStage } from '../policy/decision.ts';
import {
  cancelKey,
  cancellationOf,
  isEnded,
  openDoubt,
  openPlannerQuestion,
  type State,
  standingFact,
} from '../state/state.ts';

/** A question that waits for a person. */
export interface Question {
  /** `missing`, `sign`, the key of a cancellation, or the id of what is judged. */
  readonly edit: string;
  readonly stage: string;
  readonly fields: readonly string[];
  /** Since when it waits, UTC ISO. */
  readonly since: string;
  /** Of `sign`: what looked like a cancellation. */
  readonly sign?: CancelSign;
}

/** What waits for a person's decision: of edits the one that stands. */
export function questionsOf(state: State): Question[] {
  const asked: Question[] = [];
  const key = cancelKey(standingFact(state, 'revived')?.revival ?? 0);
  // Once it is cancelled nothing of it is left to decide: a person's own cancellation answers what was asked before.
  const open = isEnded(state)
    ? []
    : [standingFact(state, 'order')?.id, cancellationOf(state) === null ? undefined : key];
  for (const on of open) {
    const decision = on === undefined ? undefined : standingFact(state, 'decision', `decision:${on}`);
    if (decision?.decision === 'asked')
      asked.push({ edit: decision.on, stage: decision.stage, fields: decision.fields, since: decision.at });
  }
  const held = openPlannerQuestion(state);
  if (held !== null) asked.push({ edit: held.on, stage: held.stage, fields: held.fields, since: held.at });
  const doubt = openDoubt(state);
  if (doubt !== null) {
    const { at: since, sign } = doubt;
    const about = { stage: editStage(state), fields: [], since };
    asked.push(sign === undefined ? { edit: 'missing', ...about } : { edit: 'sign', ...about, sign });
  }
  return asked;
}

/** Since when the first of some questions waits, UTC ISO; null where there is none. */
export function waitingSince(questions: readonly Question[]): string | null {
  return questions.reduce<string | null>((first, { since }) => (first === null || since < first ? since : first), null);
}
