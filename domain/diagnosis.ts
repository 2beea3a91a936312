/** "Why was it not sent" in one sentence with cause, owner and next step. */
import { sayCharge, toBeKeyedIn } from './charges.ts';
import { type Withheld, nothingWithheld } from './rows.ts';
import { explainWithheld, notSent } from './withheld.ts';
import { type Delivery, type Ledger, due, settles } from './deliveries.ts';
import type { Counterpart } from './facts.ts';
import { type Obligation, owed } from './obligations.ts';
import { isTry, type LastTry, ownerOfTry, sayLastTry } from './last-try.ts';
import { unusualPart } from './leg.ts';
import { sayPart } from './roles.ts';
import { askedOfHeld, factsOf, isMissing, type State, standingFact } from './state.ts';
import { type EditField, fieldWords } from './verdict.ts';

export interface Diagnosis {
  readonly obligation: string;
  readonly to: Counterpart;
  /** One sentence: what, cause, who acts next and how. */
  readonly sentence: string;
  readonly owner: 'us' | 'Palletways' | 'Qargo' | 'a person';
  /** True where a person must act. */
  readonly attention: boolean;
}

const names: Record<Obligation['kind'], string> = {
  order: 'The order',
  references: 'The Palletways references',
  labels: 'The pallet labels',
  cancel: 'The cancellation',
  journey: 'The news of the network',
  'book-in': 'The book-in',
  booking: 'The window that a planner set',
  evidence: 'The look for signature and incidents',
  proof: 'The evidence',
  plan: 'The plan',
  scan: 'A scan',
  milestone: 'A milestone',
  eta: 'The estimated arrival',
  exception: 'An exception',
  notice: 'An exception that Palletways told',
  pod: 'The POD',
  file: 'A photo or POD file',
  charge: 'A change of what is charged for',
  'close-out': 'The final quantities',
  consignment: 'The look at the changed consignment',
  verdict: 'The verdict on a late edit or cancellation',
  refresh: 'The refresh',
};

/** How the cause begins of what waits for a person's verdict. */
export const asksPerson = 'a person decides';

/** The cause of a photo or paper that is refused here, before Palletways sees it. */
export const notSound = 'not a sound file';

const side = (to: Counterpart) => (to === 'qargo' ? 'Qargo' : 'Palletways');

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
    const what = `${names[o.kind]} owed to ${side(o.to)} (${o.key})`;
    const tried = tries(o.key);
    if (tried !== undefined) {
      const sentence = sayLastTry(what, side(o.to), tried, now);
      found.push({ obligation: o.key, to: o.to, owner: ownerOfTry(tried.cause, o.to), attention: false, sentence });
      continue;
    }
    const flying = inFlight.includes(o.to);
    const sentence = flying
      ? `${what} is being sent now or rides the next call to ${side(o.to)}.`
      : `${what} is sent as soon as the workflow's next step runs.`;
    found.push({ obligation: o.key, to: o.to, owner: 'us', attention: false, sentence });
  }
  for (const o of notSent(state, ledger, withheld)) found.push(explainWithheld(o, names[o.kind], withheld));
  for (const { obligation: o, by } of plan.held) found.push(explainHeld(o, by, ledger[o.key], now));
  for (const o of obligations) {
    const delivery = ledger[o.key];
    if (delivery !== undefined && settles(delivery, o) && stuck(delivery)) found.push(explainStuck(o, delivery, state));
  }
  return [...found, ...ours(state), ...missing(state), ...heldOtherwise(state)];
}

/** Why an order is another than of a delivery, or there is none. */
function ours(state: State): Diagnosis[] {
  const part = unusualPart(state);
  return part === null ? [] : [{ obligation: 'role', to: 'qargo', owner: 'us', attention: false, sentence: sayPart(part) }];
}

/** Silence is no cancellation: it is a question. */
function missing(state: State): Diagnosis[] {
  const presence = standingFact(state, 'presence');
  if (presence === undefined || !isMissing(state)) return [];
  const sentence = `Palletways has not answered for the consignment since ${presence.at}, and nobody cancelled it: a person must ask Palletways, then cancel it by hand or leave it; it ends by itself when Palletways answers again.`;
  return [{ obligation: 'missing', to: 'palletways', owner: 'a person', attention: true, sentence }];
}

/** A planner's edit that waits for a verdict. */
function heldOtherwise(state: State): Diagnosis[] {
  const asked = askedOfHeld(state);
  if (asked === null) return [];
  const fields = asked.fields.map((field) => fieldWords[field as EditField] ?? field).join(', ');
  const sentence = `Qargo holds another ${fields} than agreed with Palletways since ${asked.at}: a person must accept it, and Palletways is told, or refuse it, and a planner must put it back.`;
  return [{ obligation: 'held', to: 'qargo', owner: 'a person', attention: true, sentence }];
}

function stuck(delivery: Delivery): boolean {
  return delivery.state === 'refused' || delivery.state === 'unknown';
}

function explainHeld(o: Obligation, by: string, delivery: Delivery | undefined, now: string): Diagnosis {
  const what = `${names[o.kind]} owed to ${side(o.to)} (${o.key})`;
  if (by === 'tracking id') {
    const sentence = `${what} waits for Palletways to give the consignment its tracking id; the next push or sweep brings it.`;
    return { obligation: o.key, to: o.to, owner: 'Palletways', attention: false, sentence };
  }
  if (by === 'order accepted') {
    const sentence = `${what} waits until Qargo has accepted the order.`;
    return { obligation: o.key, to: o.to, owner: 'Qargo', attention: false, sentence };
  }
  if (o.kind === 'proof' && delivery?.state === 'not yet') {
    const sentence = `The evidence (${o.key}) is not all there (${by}); Qargo is looked at again at ${delivery.until ?? 'the next look'}.`;
    return { obligation: o.key, to: o.to, owner: 'Qargo', attention: false, sentence };
  }
  if (by === 'earlier order taken back') {
    const sentence = `${what} waits until the order that was cancelled is taken back at Qargo.`;
    return { obligation: o.key, to: o.to, owner: 'us', attention: false, sentence };
  }
  if (isTry(by)) {
    const last: LastTry = { cause: by, reason: null, ...(delivery?.until === undefined ? {} : { until: delivery.until }) };
    const sentence = sayLastTry(what, side(o.to), last, now);
    return { obligation: o.key, to: o.to, owner: ownerOfTry(by, o.to), attention: false, sentence };
  }
  const sentence = `${what} is held (${by}) and is tried again at ${delivery?.until ?? 'the next look'}.`;
  return { obligation: o.key, to: o.to, owner: by === 'label not ready' ? 'Palletways' : 'us', attention: false, sentence };
}

function explainStuck(o: Obligation, delivery: Delivery, state: State): Diagnosis {
  const what = `${names[o.kind]} owed to ${side(o.to)} (${o.key})`;
  const cause = delivery.cause ?? 'no reason given';
  const change = factsOf(state, 'charge').find(({ id }) => id === o.fact);
  if (change !== undefined && cause === toBeKeyedIn) {
    const sentence = `${what} has no way there: a person keys it in at ${side(o.to)} (${sayCharge(change)}) and says that it is done.`;
    return { obligation: o.key, to: o.to, owner: 'a person', attention: true, sentence };
  }
  if (o.kind === 'proof') {
    const sentence = `The evidence (${o.key}) never came (${cause}) and Qargo is looked at no more; a person must get it and resend.`;
    return { obligation: o.key, to: o.to, owner: 'a person', attention: true, sentence };
  }
  if (cause === notSound) {
    const sentence = `${what} is not sent: what Qargo has is no sound photo or paper; a person must get a better one into Qargo, or resend once it is mended there.`;
    return { obligation: o.key, to: o.to, owner: 'a person', attention: true, sentence };
  }
  if (cause.startsWith(asksPerson)) {
    const sentence = `${what} came late (${cause}); a person must accept or refuse it.`;
    return { obligation: o.key, to: o.to, owner: 'a person', attention: true, sentence };
  }
  const sentence =
    delivery.state === 'refused'
      ? `${what} was refused by ${side(o.to)} (${cause}); a person must correct the data or the mapping and resend.`
      : `${what} was sent but the answer was lost and no look can tell; a person must check ${side(o.to)} and resend or leave it.`;
  return { obligation: o.key, to: o.to, owner: 'a person', attention: true, sentence };
}
