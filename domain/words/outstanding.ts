/**
 * The sentences of what is outstanding: what, cause, who acts next and how. They are made of codes and instants alone, so that whoever
 * holds a plan (domain/obligations/plan.ts) can say them; no state is needed, and none may be imported here: workflows carry this module.
 */

import type { CancelSign, Counterpart } from '../facts/facts.ts';
import { type Cause, isUndecided } from '../obligations/causes.ts';
import { needs, type ObligationKind, obligationKinds, rowOf } from '../obligations/kinds.ts';
import type { Asked, Outstanding } from '../obligations/plan.ts';
import { type Row, rowNames, rows } from '../policy/rows.ts';
import { isTry, type LastTry } from '../receipts/last-try.ts';
import { sayCause } from './causes.ts';
import { describeLastTry, ownerOfTry } from './last-try.ts';

export interface Diagnosis {
  readonly obligation: string;
  readonly to: Counterpart;
  /** One sentence: what, cause, who acts next and how. */
  readonly sentence: string;
  readonly owner: 'us' | 'Palletways' | 'Qargo' | 'a person';
  /** True where a person must act. */
  readonly attention: boolean;
}

/** What every sentence names. */
export interface Named {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly to: Counterpart;
}

export const side = (to: Counterpart): 'Qargo' | 'Palletways' => (to === 'qargo' ? 'Qargo' : 'Palletways');

/** The obligation in words, at the beginning of a sentence. */
export const nameUpdate = ({ key, kind, to }: Named): string =>
  `${obligationKinds[kind].name} owed to ${side(to)} (${key})`;

/** Something outstanding, explained from the plan alone. `now` is UTC ISO. */
export function describeOutstanding(o: Outstanding, now: string): Diagnosis {
  switch (o.state) {
    case 'due': {
      const sentence = `${nameUpdate(o)} is sent as soon as a call to ${side(o.to)} can be made.`;
      return { obligation: o.key, to: o.to, owner: 'us', attention: false, sentence };
    }
    case 'needs': {
      const need = needs.find((each) => each === o.by);
      return explainHeld(o, need === undefined ? { code: 'not yet' } : { code: 'needs', need }, o.until, now);
    }
    case 'waits':
      return explainHeld(o, o.cause ?? { code: 'not yet' }, o.until, now);
    case 'refused':
    case 'unknown':
      return explainStuck(o, o.state, o.cause);
    case 'off':
    case 'shadow':
      return describeNotSent(o, o.state, rows.find((row) => row === o.by) ?? rowOf[o.kind]);
  }
}

/** What is switched off or in shadow. Nobody need act. */
export function describeNotSent(o: Named, at: 'off' | 'shadow', row: Row | null): Diagnosis {
  const what = `${obligationKinds[o.kind].name} for ${side(o.to)} (${o.key}) ${obligationKinds[o.kind].isPlural ? 'are' : 'is'} not sent`;
  const of = `${row === null ? 'these' : rowNames[row]} to ${side(o.to)} are`;
  const sentence =
    at === 'shadow'
      ? `${what}: ${of} in shadow for this organisation, which shows them and sends nothing.`
      : `${what}: ${of} switched off for this organisation.`;
  return { obligation: o.key, to: o.to, owner: 'us', attention: false, sentence };
}

/** What waits: for which cause, and `until` (UTC ISO) where it ends by itself. */
export function explainHeld(o: Named, cause: Cause, until: string | undefined, now: string): Diagnosis {
  const what = nameUpdate(o);
  const found = (owner: Diagnosis['owner'], sentence: string): Diagnosis => ({
    obligation: o.key,
    to: o.to,
    owner,
    attention: false,
    sentence,
  });
  if (cause.code === 'needs' && cause.need === 'tracking id')
    return found(
      'Palletways',
      `${what} waits for Palletways to give the consignment its tracking id; the next push or sweep brings it.`,
    );
  if (cause.code === 'needs' && cause.need === 'order accepted')
    return found('Qargo', `${what} waits until Qargo has accepted the order.`);
  if (o.kind === 'proof' && until !== undefined)
    return found(
      'Qargo',
      `The evidence (${o.key}) is not all there (${sayCause(cause)}); Qargo is looked at again at ${until}.`,
    );
  if (cause.code === 'needs')
    return found('us', `${what} waits until the order that was cancelled is taken back at Qargo.`);
  if (isTry(cause.code)) {
    const last: LastTry = { cause: cause.code, reason: null, ...(until === undefined ? {} : { until }) };
    return found(ownerOfTry(cause.code, o.to), describeLastTry(what, side(o.to), last, now));
  }
  return found(
    cause.code === 'label not ready' ? 'Palletways' : 'us',
    `${what} is held (${sayCause(cause)}) and is tried again at ${until ?? 'the next look'}.`,
  );
}

/** What a person must look at. `change` says in words what is to be keyed in, where that is known. */
export function explainStuck(
  o: Named,
  state: 'refused' | 'unknown',
  cause: Cause | undefined,
  change?: string,
): Diagnosis {
  return {
    obligation: o.key,
    to: o.to,
    owner: 'a person',
    attention: true,
    sentence: sayStuck(o, state, cause, change),
  };
}

function sayStuck(
  o: Named,
  state: 'refused' | 'unknown',
  cause: Cause | undefined,
  change: string | undefined,
): string {
  const what = nameUpdate(o);
  const code = cause?.code;
  const why = cause === undefined ? 'no reason given' : sayCause(cause);
  if (code === 'to be keyed in') {
    const of = change === undefined ? '' : ` (${change})`;
    return `${what} has no way there: a person keys it in at ${side(o.to)}${of} and says that it is done.`;
  }
  if (code === 'our fault')
    return `${what} cannot be sent by a fault of ours; whoever runs this must search the log for its trace, mend it and resend.`;
  if (o.kind === 'proof')
    return `The evidence (${o.key}) never came (${why}) and Qargo is looked at no more; a person must get it and resend.`;
  if (code === 'file not sound')
    return `${what} is not sent: what Qargo has is no sound photo or paper; a person must get a better one into Qargo, or resend once it is mended there.`;
  if (isUndecided(cause)) return `${what} came late (${why}); a person must accept or refuse it.`;
  return state === 'refused'
    ? `${what} was refused by ${side(o.to)} (${why}); a person must correct the data or the mapping and resend.`
    : `${what} was sent but the answer was lost and no look can tell; a person must check ${side(o.to)} and resend or leave it.`;
}

/** What looked like a cancellation, as the subject of a sentence. */
export function describeSign({ by, code, word }: CancelSign): string {
  return by === 'status' ? `Status ${code} at Palletways` : `A note ${code} of Palletways (it says "${word ?? ''}")`;
}

/**
 * A question to a person that is no obligation. `since` is UTC ISO and `fields` say what differs; where they are not known, as in a
 * plan, the sentence does without.
 */
export function describeQuestion(asked: Asked, since?: string, fields?: string): Diagnosis {
  const when = since === undefined ? '' : ` since ${since}`;
  if (asked === 'missing') {
    const silent =
      since === undefined ? 'does not answer for the consignment' : `has not answered for the consignment${when}`;
    const sentence = `Palletways ${silent}, and nobody cancelled it: a person must ask Palletways, then cancel it by hand or leave it; it ends by itself when Palletways answers again.`;
    return { obligation: 'missing', to: 'palletways', owner: 'a person', attention: true, sentence };
  }
  if (asked === 'sign') {
    const sentence = `${fields ?? 'Something at Palletways'} may say that the consignment is cancelled${when}, and nothing is concluded of it: a person must ask Palletways, then accept it, and the order is taken back, or refuse it.`;
    return { obligation: 'sign', to: 'palletways', owner: 'a person', attention: true, sentence };
  }
  const holds = fields === undefined ? 'something other' : `another ${fields}`;
  const sentence = `Qargo holds ${holds} than agreed with Palletways${when}: a person must accept it, and Palletways is told, or refuse it, and a planner must put it back.`;
  return { obligation: 'held', to: 'qargo', owner: 'a person', attention: true, sentence };
}
