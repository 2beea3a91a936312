/** What is not sent because it is switched off: which, and in one sentence why. */

import { rowOf, switchedOff } from '../obligations/kinds.ts';
import type { Obligation } from '../obligations/obligation.ts';
import { withheldFrom } from '../obligations/obligations.ts';
import type { Withheld } from '../policy/rows.ts';
import { isEmptyPlanUntold, type Ledger, settles } from '../receipts/receipts.ts';
import type { State } from '../state/state.ts';
import { type Diagnosis, describeNotSent } from './outstanding.ts';

/** What is switched off and would be sent, were it on. Pure. */
export function notSent(state: State, ledger: Ledger, withheld: Withheld): Obligation[] {
  return withheldFrom(state, withheld).filter((o) => !settles(ledger[o.key], o) && !isEmptyPlanUntold(o, ledger));
}

/** Why something is not sent. Nobody need act. */
export function explainWithheld(o: Obligation, withheld: Withheld): Diagnosis {
  return describeNotSent(o, switchedOff(o.sort, withheld) ?? 'off', rowOf[o.sort]);
}
