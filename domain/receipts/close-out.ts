/**
 * Close-out decides when a consignment is ready to be invoiced, what is final then, and what holds it up. Pure.
 *
 * The final values are frozen once and never edited: a later change is an adjustment beside them.
 */

import type { BillUnit } from '../facts/content.ts';
import type { ChargeFact, ChargeKind, Counterpart, Fact } from '../facts/facts.ts';
import { shortHash } from '../facts/hash.ts';
import { type Cause, isUndecided } from '../obligations/causes.ts';
import type { Obligation } from '../obligations/obligation.ts';
import { owed } from '../obligations/obligations.ts';
import { isAmendment, standingCharges, unitsOf, unitsValue } from '../policy/charges.ts';
import type { Withheld } from '../policy/rows.ts';
import { casesOf } from '../state/cases.ts';
import { factsOf, type State, stageOf, standingFact } from '../state/state.ts';
import { due, type Ledger, type Receipt, settles } from './receipts.ts';

export interface Final {
  readonly outcome: 'delivered' | 'cancelled';
  readonly billUnits: readonly BillUnit[];
  readonly lifts: number;
  /** kg */
  readonly weight: number;
  /** The barcodes in alphabetical order. */
  readonly barcodes: readonly string[];
  /** The sizes and surcharges that are also charged for. */
  readonly charges: readonly { readonly charge: ChargeKind; readonly about: string; readonly value: string }[];
}

/** One thing that holds up a close-out, as a code with data. `sayHold` (domain/words/holds.ts) makes the sentence. */
export type Hold =
  | { readonly code: 'not signed' }
  /** Null where nobody has looked for it yet. */
  | { readonly code: 'evidence missing'; readonly cause: Cause | null }
  | { readonly code: 'exception open'; readonly exception: string }
  | { readonly code: 'charge not agreed'; readonly charge: ChargeFact; readonly to: Counterpart }
  | { readonly code: 'undecided'; readonly cause: Cause; readonly key: string }
  | { readonly code: 'outstanding' | 'refused' | 'unknown'; readonly key: string; readonly to: Counterpart }
  /** So many more are outstanding. */
  | { readonly code: 'more'; readonly count: number };

/** Finds what else is missing. Each entry is one thing that holds up the close-out; an empty list means that nothing does. */
export interface Checks {
  /** Finds the evidence that is missing. */
  readonly evidence: (situation: Situation) => readonly Hold[];
  /** Finds the exceptions that are open. */
  readonly exceptions: (situation: Situation) => readonly Hold[];
}

/**
 * Checks the evidence that the organisation wants for the end of each stop. Where it wants none, a delivery must be signed for. An
 * exception is open until its case is over, or until the consignment is delivered after it.
 */
export const usualChecks: Checks = {
  evidence: ({ state, ledger }) => {
    if (stageOf(state) !== 'delivered') return [];
    const wanted = owed(state).filter(({ kind }) => kind === 'proof');
    if (wanted.length === 0) return factsOf(state, 'pod').length === 0 ? [{ code: 'not signed' }] : [];
    const missing = wanted.filter((o) => !isMet(ledger[o.key], o));
    return distinct(missing.map(({ key }) => ({ code: 'evidence missing', cause: ledger[key]?.cause ?? null })));
  },
  exceptions: ({ state, facts }) => {
    const delivered = factsOf(state, 'milestone').findLast(({ milestone }) => milestone === 'delivered')?.at;
    const open = casesOf(facts).filter(
      (one) => one.state === 'open' && (delivered === undefined || one.exception.at >= delivered),
    );
    return distinct(open.map(({ exception }) => ({ code: 'exception open', exception: exception.code })));
  },
};

const distinct = (holds: readonly Hold[]): Hold[] => [
  ...new Map(holds.map((hold) => [JSON.stringify(hold), hold])).values(),
];

const isMet = (receipt: Receipt | undefined, o: Obligation) =>
  settles(receipt, o) && (receipt?.state === 'met' || receipt?.state === 'void');

export interface Situation {
  readonly state: State;
  /** All facts that were ever received, also those that no longer stand; in any order. */
  readonly facts: readonly Fact[];
  readonly ledger: Ledger;
  /** The rows that are not on. Their obligations are owed to nobody and hold up nothing. */
  readonly withheld: Withheld;
  /** True where a person lets it be closed without the missing evidence and with its open exceptions. */
  readonly accepted: boolean;
}

/** So many reasons of a kind are listed one by one. */
const toldEach = 5;

/**
 * Says why it cannot be closed out; an empty list means that it can. Null means that it is neither delivered nor cancelled, so that nobody
 * asks. `now` is UTC ISO.
 */
export function holdsOf(situation: Situation, now: string, checks: Checks = usualChecks): Hold[] | null {
  const { state, accepted } = situation;
  const stage = stageOf(state);
  if (stage !== 'delivered' && stage !== 'cancelled') return null;
  const owes = stillOwed(situation, now);
  return [
    ...(accepted ? [] : [...checks.evidence(situation), ...checks.exceptions(situation)]),
    ...owes.slice(0, toldEach),
    ...(owes.length > toldEach ? [{ code: 'more' as const, count: owes.length - toldEach }] : []),
  ];
}

/**
 * Lists what is owed and what was refused or is unknown. Searches for evidence are left out, because `Checks` names what is
 * missing.
 */
export function stillOwed(
  { state, ledger, withheld }: Pick<Situation, 'state' | 'ledger' | 'withheld'>,
  now: string,
): Hold[] {
  const obligations = owed(state, withheld).filter(({ kind }) => kind !== 'close-out' && kind !== 'proof');
  const plan = due(state, obligations, ledger, now);
  const open = [...plan.now, ...plan.held.map(({ obligation }) => obligation)];
  const stuck = obligations.filter((o) => {
    const receipt = ledger[o.key];
    return receipt !== undefined && settles(receipt, o) && (receipt.state === 'refused' || receipt.state === 'unknown');
  });
  return [...open.map((o) => holdBy(state, o)), ...stuck.map((o) => holdBy(state, o, ledger[o.key]))];
}

/** Makes a hold of an obligation: it is outstanding, or it is stuck with an outcome. */
function holdBy(state: State, { key, kind, to, fact }: Obligation, stuck?: Receipt): Hold {
  const charge = factsOf(state, 'charge').find(({ id }) => id === fact);
  if (kind === 'charge' && charge !== undefined) return { code: 'charge not agreed', charge, to };
  if (stuck === undefined) return { code: 'outstanding', key, to };
  if (stuck.cause !== undefined && isUndecided(stuck.cause)) return { code: 'undecided', cause: stuck.cause, key };
  return { code: stuck.state === 'unknown' ? 'unknown' : 'refused', key, to };
}

/** The values of an order that are final. */
export type Quantities = Pick<Final, 'billUnits' | 'lifts' | 'weight'>;

/**
 * Returns what is final as the state stands: the order with the charges that stand. It is null where there is no order, or no end. `agreed`
 * is what both sides agreed on, if that is not all of Palletways' order (an edit came too late).
 */
export function finalOf(state: State, agreed?: Quantities): Final | null {
  const order = standingFact(state, 'order');
  const outcome = stageOf(state);
  if (order === undefined || (outcome !== 'delivered' && outcome !== 'cancelled')) return null;
  const charges = standingCharges(factsOf(state, 'charge'));
  // A change that Palletways made by amending its order is already in the order, if it was agreed.
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

/** Writes each final value as a text. */
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

/** Lists the final values that have changed; an empty list means none. */
export function changesBetween(before: Final, now: Final): Change[] {
  const [old, fresh] = [words(before), words(now)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((what) => {
    const [was, is] = [old.get(what) ?? '', fresh.get(what) ?? ''];
    return was === is ? [] : [{ what, old: was, new: is }];
  });
}

/** Makes the digest of the quantities alone, because only they are sent to Qargo. */
export const finalDigest = (final: Final): string =>
  shortHash(`1:${unitsValue(final.billUnits)}:${final.lifts}:${final.weight}`);
