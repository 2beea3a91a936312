/** "Why was it not sent" in one sentence with cause, owner and next step. */

import type { Counterpart } from '../facts/facts.ts';
import { describePart } from '../facts/roles.ts';
import { unusualPart } from '../obligations/leg.ts';
import type { Obligation } from '../obligations/obligation.ts';
import { owed } from '../obligations/obligations.ts';
import { describeCharge } from '../policy/charges.ts';
import { nothingWithheld, type Withheld } from '../policy/rows.ts';
import type { LastTry } from '../receipts/last-try.ts';
import { due, type Ledger, type Receipt, settles } from '../receipts/receipts.ts';
import { factsOf, openDoubt, openEnding, openPlannerQuestion, type State } from '../state/state.ts';
import { describeEnding } from './endings.ts';
import { sayFields } from './fields.ts';
import { describeLastTry, ownerOfTry } from './last-try.ts';
import {
  type Diagnosis,
  describeQuestion,
  describeSign,
  explainHeld,
  explainStuck,
  nameUpdate,
  side,
} from './outstanding.ts';
import { explainWithheld, notSent } from './withheld.ts';

/**
 * Every obligation that is not met, each explained, and what is not sent because it is switched off. `now` UTC ISO; `inFlight` the
 * counterparts with a delivery under way; `tries` what held up the last try of an obligation, by its key, where that is known.
 */
export function diagnose(
  state: State,
  ledger: Ledger,
  now: string,
  inFlight: readonly Counterpart[] = [],
  withheld: Withheld = nothingWithheld,
  tries: (key: string) => LastTry | undefined = () => undefined,
): Diagnosis[] {
  const obligations = owed(state, withheld);
  const plan = due(state, obligations, ledger, now);
  const found: Diagnosis[] = [];
  for (const o of plan.now) {
    const what = nameUpdate(o);
    const tried = tries(o.key);
    if (tried !== undefined) {
      const sentence = describeLastTry(what, side(o.to), tried, now);
      found.push({ obligation: o.key, to: o.to, owner: ownerOfTry(tried.cause, o.to), attention: false, sentence });
      continue;
    }
    const flying = inFlight.includes(o.to);
    const sentence = flying
      ? `${what} is being sent now or rides the next call to ${side(o.to)}.`
      : `${what} is sent as soon as the workflow's next step runs.`;
    found.push({ obligation: o.key, to: o.to, owner: 'us', attention: false, sentence });
  }
  for (const o of notSent(state, ledger, withheld)) found.push(explainWithheld(o, withheld));
  for (const { obligation: o, by } of plan.held) found.push(explainHeld(o, by, waitOf(ledger[o.key]), now));
  for (const o of obligations) {
    const receipt = ledger[o.key];
    if (receipt === undefined || !settles(receipt, o)) continue;
    if (receipt.state === 'refused' || receipt.state === 'unknown')
      found.push(explainStuck(o, receipt.state, receipt.cause, changeOf(o, state)));
  }
  return [...found, ...ours(state), ...doubt(state), ...endedAtQargo(state), ...heldOtherwise(state)];
}

/** Why an order is another than of a delivery, or there is none. */
function ours(state: State): Diagnosis[] {
  const part = unusualPart(state);
  return part === null
    ? []
    : [{ obligation: 'role', to: 'qargo', owner: 'us', attention: false, sentence: describePart(part) }];
}

/** Neither silence nor a sign is a cancellation: it is a question. */
function doubt(state: State): Diagnosis[] {
  const presence = openDoubt(state);
  if (presence === null) return [];
  return [
    presence.sign === undefined
      ? describeQuestion('missing', presence.at)
      : describeQuestion('sign', presence.at, describeSign(presence.sign)),
  ];
}

/** An order that ends or stands still at Qargo otherwise than agreed. */
function endedAtQargo(state: State): Diagnosis[] {
  const how = openEnding(state);
  if (how === null) return [];
  const { what, next } = describeEnding(how);
  return [
    {
      obligation: 'ending',
      to: 'qargo',
      owner: 'a person',
      attention: true,
      sentence: `${what.slice(0, -1)}: ${next}.`,
    },
  ];
}

/** A planner's edit that waits for a decision. */
function heldOtherwise(state: State): Diagnosis[] {
  const asked = openPlannerQuestion(state);
  if (asked === null) return [];
  const fields = sayFields(asked.fields);
  return [describeQuestion('held', asked.at, fields)];
}

const waitOf = (receipt: Receipt | undefined) => (receipt?.state === 'not yet' ? receipt.until : undefined);

/** The change of a charge that it is of, in words; undefined where it is of none. */
function changeOf(o: Obligation, state: State): string | undefined {
  const change = factsOf(state, 'charge').find(({ id }) => id === o.fact);
  return change === undefined ? undefined : describeCharge(change);
}
