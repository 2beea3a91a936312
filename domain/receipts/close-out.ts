/**
 * Close-out: when is a consignment ready to be invoiced, what is final then, and what holds it. Pure.
 *
 * What is final is frozen once and never edited: a change that comes later is an adjustment beside it.
 */

import type { BillUnit } from '../facts/content.ts';
import type { ChargeKind, Counterpart, Fact } from '../facts/facts.ts';
import { shortHash } from '../facts/hash.ts';
import type { Obligation } from '../obligations/obligation.ts';
import { owed } from '../obligations/obligations.ts';
import { describeCharge, isAmendment, standingCharges, unitsOf, unitsValue } from '../policy/charges.ts';
import type { Withheld } from '../policy/rows.ts';
import { casesOf } from '../state/cases.ts';
import { factsOf, type State, stageOf, standingFact } from '../state/state.ts';
import { asksPerson } from './causes.ts';
import { due, type Ledger, type Receipt, settles } from './receipts.ts';

export interface Final {
  readonly outcome: 'delivered' | 'cancelled';
  readonly billUnits: readonly BillUnit[];
  readonly lifts: number;
  /** kg */
  readonly weight: number;
  /** In the order of the alphabet. */
  readonly barcodes: readonly string[];
  /** What is charged for besides: sizes and surcharges. */
  readonly charges: readonly { readonly charge: ChargeKind; readonly about: string; readonly value: string }[];
}

/** What else must be there, each told as what holds the close-out; empty: nothing. */
export interface Checks {
  /** Evidence that is missing. */
  readonly evidence: (situation: Situation) => readonly string[];
  /** Exceptions that are open. */
  readonly exceptions: (situation: Situation) => readonly string[];
}

/**
 * The evidence that the organisation wants of the end of each stop; where it wants none, a delivery is signed for. An exception is
 * open until its case is over, or the consignment was delivered after it.
 */
export const usualChecks: Checks = {
  evidence: ({ state, ledger }) => {
    if (stageOf(state) !== 'delivered') return [];
    const wanted = owed(state).filter(({ kind }) => kind === 'proof');
    if (wanted.length === 0) return factsOf(state, 'pod').length === 0 ? ['POD not signed'] : [];
    const missing = wanted.filter((o) => !isMet(ledger[o.key], o));
    return [...new Set(missing.map(({ key }) => ledger[key]?.cause ?? 'evidence not looked for yet'))];
  },
  exceptions: ({ state, facts }) => {
    const delivered = factsOf(state, 'milestone').findLast(({ milestone }) => milestone === 'delivered')?.at;
    const open = casesOf(facts).filter(
      (one) => one.state === 'open' && (delivered === undefined || one.exception.at >= delivered),
    );
    return [...new Set(open.map(({ exception }) => `exception open: ${exception.code}`))];
  },
};

const isMet = (receipt: Receipt | undefined, o: Obligation) =>
  settles(receipt, o) && (receipt?.state === 'met' || receipt?.state === 'void');

export interface Situation {
  readonly state: State;
  /** All that was ever said, also what no longer stands; in any order. */
  readonly facts: readonly Fact[];
  readonly ledger: Ledger;
  /** What is switched off is owed to nobody, and holds nothing. */
  readonly withheld: Withheld;
  /** A person lets it be closed without the evidence, and with the exceptions, that it has. */
  readonly accepted: boolean;
}

/** So many reasons of a kind are told one by one. */
const toldEach = 5;

/** Why it cannot be closed out; empty: it can. Null: it is neither delivered nor cancelled, and nobody asks. `now` UTC ISO. */
export function holdsOf(situation: Situation, now: string, checks: Checks = usualChecks): string[] | null {
  const { state, accepted } = situation;
  const stage = stageOf(state);
  if (stage !== 'delivered' && stage !== 'cancelled') return null;
  const owes = stillOwed(situation, now);
  return [
    ...(accepted ? [] : [...checks.evidence(situation), ...checks.exceptions(situation)]),
    ...owes.slice(0, toldEach),
    ...(owes.length > toldEach ? [`owed: ${owes.length - toldEach} more`] : []),
  ];
}

/** What is owed, and what was refused or is unknown, each in words. A look for evidence tells what is missing, and is asked for that. */
export function stillOwed(
  { state, ledger, withheld }: Pick<Situation, 'state' | 'ledger' | 'withheld'>,
  now: string,
): string[] {
  const obligations = owed(state, withheld).filter(({ kind }) => kind !== 'close-out' && kind !== 'proof');
  const plan = due(state, obligations, ledger, now);
  const open = [...plan.now, ...plan.held.map(({ obligation }) => obligation)];
  const stuck = obligations.filter((o) => {
    const receipt = ledger[o.key];
    return receipt !== undefined && settles(receipt, o) && (receipt.state === 'refused' || receipt.state === 'unknown');
  });
  return [...open.map((o) => say(state, o, 'owed')), ...stuck.map((o) => say(state, o, howStuck(ledger[o.key])))];
}

function howStuck(receipt: Receipt | undefined): string {
  const { state = 'refused', cause = '' } = receipt ?? {};
  return cause.startsWith(asksPerson) ? cause : state;
}

const side = (to: Counterpart) => (to === 'qargo' ? 'Qargo' : 'Palletways');

function say(state: State, o: Obligation, how: string): string {
  const change = factsOf(state, 'charge').find(({ id }) => id === o.fact);
  if (o.kind === 'charge' && change !== undefined)
    return `charge not agreed: ${describeCharge(change)} (${side(o.to)})`;
  if (how.startsWith(asksPerson)) return `${how} (${o.key})`;
  return how === 'owed' ? `owed: ${o.key} to ${side(o.to)}` : `${how} by ${side(o.to)}: ${o.key}`;
}

/** Of an order what is final. */
export type Quantities = Pick<Final, 'billUnits' | 'lifts' | 'weight'>;

/**
 * What is final as the state stands: the order with the charges that stand. Null where there is no order, or no end. `agreed`: what
 * both sides agreed on, where that is not all that Palletways says of the order (an edit that came too late).
 */
export function finalOf(state: State, agreed?: Quantities): Final | null {
  const order = standingFact(state, 'order');
  const outcome = stageOf(state);
  if (order === undefined || (outcome !== 'delivered' && outcome !== 'cancelled')) return null;
  const charges = standingCharges(factsOf(state, 'charge'));
  // What Palletways says by amending its order is in the order, where it was agreed.
  const value = (kind: ChargeKind) =>
    charges.find((one) => one.charge === kind && one.about === '' && !isAmendment(one))?.new;
  const { billUnits, lifts, weight: ordered } = agreed ?? order;
  const [weight, units] = [value('weight'), value('regrade')];
  return {
    outcome,
    billUnits: units === undefined ? billUnits : unitsOf(units),
    lifts,
    weight: weight === undefined ? ordered : Number(weight),
    barcodes: [...(standingFact(state, 'labels')?.barcodes ?? [])].sort(),
    charges: charges
      .filter(({ charge }) => charge === 'dimensions' || charge === 'surcharge')
      .map(({ charge, about, new: said }) => ({ charge, about, value: said }))
      .sort((a, b) => (`${a.charge} ${a.about}` < `${b.charge} ${b.about}` ? -1 : 1)),
  };
}

export interface Change {
  readonly what: string;
  readonly old: string;
  readonly new: string;
}

/** Each thing that is final, as a text. */
function words(final: Final): Map<string, string> {
  return new Map([
    ['outcome', final.outcome],
    ['bill units', unitsValue(final.billUnits)],
    ['lifts', String(final.lifts)],
    ['weight', String(final.weight)],
    ['barcodes', [...final.barcodes].sort().join(' ')],
    ...final.charges.map(({ charge, about, value }) => [`${charge}${about === '' ? '' : ` ${about}`}`, value] as const),
  ]);
}

/** What is final otherwise than it was; empty: nothing. */
export function changesBetween(before: Final, now: Final): Change[] {
  const [old, fresh] = [words(before), words(now)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((what) => {
    const [was, is] = [old.get(what) ?? '', fresh.get(what) ?? ''];
    return was === is ? [] : [{ what, old: was, new: is }];
  });
}

/** Of the quantities alone, which is what Qargo is told. */
export const finalDigest = (final: Final): string =>
  shortHash(`1:${unitsValue(final.billUnits)}:${final.lifts}:${final.weight}`);
