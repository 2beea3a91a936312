/** What is not sent because it is switched off: which, and in one sentence why. */
import { type Ledger, settles } from './deliveries.ts';
import type { Diagnosis } from './diagnosis.ts';
import { type Obligation, withheldFrom } from './obligations.ts';
import { rowNames, rowOf, switchedOff, type Withheld } from './rows.ts';
import type { State } from './state.ts';

/** What is switched off and would be sent, were it on. Pure. */
export function notSent(state: State, ledger: Ledger, withheld: Withheld): Obligation[] {
  return withheldFrom(state, withheld).filter(
    (o) => !settles(ledger[o.key], o) && !(o.kind === 'plan' && o.digest === 'none' && ledger[o.key] === undefined),
  );
}

const plural: ReadonlySet<Obligation['kind']> = new Set(['references', 'labels']);

/** `name` says what it is, at the beginning of a sentence. Nobody need act. */
export function explainWithheld(o: Obligation, name: string, withheld: Withheld): Diagnosis {
  const side = o.to === 'qargo' ? 'Qargo' : 'Palletways';
  const row = rowOf[o.sort];
  const what = `${name} for ${side} (${o.key}) ${plural.has(o.kind) ? 'are' : 'is'} not sent`;
  const of = `${row === null ? 'these' : rowNames[row]} to ${side} are`;
  const sentence =
    switchedOff(o.sort, withheld) === 'shadow'
      ? `${what}: ${of} in shadow for this organisation, which shows them and sends nothing.`
      : `${what}: ${of} switched off for this organisation.`;
  return { obligation: o.key, to: o.to, owner: 'us', attention: false, sentence };
}
