/**
 * A receipt says how an obligation ended: met, or closed in another way. Due work is asked for in store/record/due.ts; `due` here answers
 * the same question in memory, for the close-out and the diagnosis.
 */
import type { Cause } from '../obligations/causes.ts';
import type { Need } from '../obligations/kinds.ts';
import type { Obligation } from '../obligations/obligation.ts';
import type { State } from '../state/state.ts';
import { cancelKey, isEnded, standingFact } from '../state/state.ts';

/**
 * How an obligation ended, or why it has not ended:
 * - `met`: it was sent, with proof.
 * - `void`: nothing had to be sent (an order that never was cannot be cancelled).
 * - `refused`: the far side refused it; it is parked for a person.
 * - `unknown`: it was sent, the answer was lost, and no look can find out; it is parked for a person and never sent again blindly.
 * - `erased`: its content was erased meanwhile.
 * - `not yet`: it is looked at again at `until`.
 */
export type ReceiptState = 'met' | 'void' | 'refused' | 'unknown' | 'erased' | 'not yet';

export interface Receipt {
  readonly key: string;
  /** The digest of the content of the fact that was sent, as this release makes it; empty while there is no outcome. */
  readonly digest: string;
  readonly revision: number;
  readonly state: ReceiptState;
  /** The instant at which it was settled, or at which we received that it is not yet; UTC ISO. */
  readonly at: string;
  /** With `not yet`: the instant at which it is looked at again; UTC ISO. */
  readonly until?: string;
  /** It never holds a far side's text, which stays in the store. */
  readonly cause?: Cause;
  /** True once any version of it was met, whatever the outcome of a later version. */
  readonly ever?: boolean;
}

export type Ledger = Readonly<Record<string, Receipt>>;

/** Whether the receipt settles exactly this obligation, digest and revision included. */
export function settles(receipt: Receipt | undefined, obligation: Obligation): boolean {
  if (receipt === undefined || receipt.state === 'not yet') return false;
  if (receipt.revision < obligation.revision) return false;
  return obligation.change === 'once' || receipt.digest === obligation.digest;
}

export interface Due {
  /** The obligations that can be sent now. */
  readonly now: readonly Obligation[];
  /** The obligations that are owed but held, and what holds each. */
  readonly held: readonly { readonly obligation: Obligation; readonly by: Cause }[];
  /** The earliest instant at which something held becomes due by itself; UTC ISO. */
  readonly wakeAt: string | undefined;
}

/** Whether Qargo has the order, in whatever version. */
export function orderAccepted(ledger: Ledger): boolean {
  const order = ledger.order;
  return order?.ever === true;
}

/**
 * Works out what is due now. `now` is UTC ISO. A need does not hold an obligation if another one of the same batch meets it (the order
 * before its labels), because the batch is sent in that order.
 */
export function due(state: State, obligations: readonly Obligation[], ledger: Ledger, now: string): Due {
  const hasTracking = standingFact(state, 'tracking') !== undefined;
  const ended = isEnded(state);
  const open = obligations.filter((o) => !settles(ledger[o.key], o) && !isPointless(o, ledger, ended));
  const revived = standingFact(state, 'revived');
  const inTheWay = revived !== undefined && !isTakenBack(ledger[cancelKey(revived.revival - 1)]);
  const isBlocked = (o: Obligation) => inTheWay && o.needs.includes('earlier order taken back');
  const orderDue = open.some((o) => o.kind === 'order' && !isBlocked(o) && !waits(ledger[o.key], o, now));
  const ready: Obligation[] = [];
  const held: { obligation: Obligation; by: Cause }[] = [];
  let wakeAt: string | undefined;
  for (const o of open) {
    const waiting = waits(ledger[o.key], o, now);
    if (waiting !== undefined) {
      if (wakeAt === undefined || waiting < wakeAt) wakeAt = waiting;
      held.push({ obligation: o, by: ledger[o.key]?.cause ?? { code: 'not yet' } });
    } else if (isBlocked(o)) held.push({ obligation: o, by: needs('earlier order taken back') });
    else if (o.needs.includes('tracking id') && !hasTracking) held.push({ obligation: o, by: needs('tracking id') });
    else if (o.needs.includes('order accepted') && !orderAccepted(ledger) && !orderDue)
      held.push({ obligation: o, by: needs('order accepted') });
    else ready.push(o);
  }
  return { now: ready, held, wakeAt };
}

const needs = (need: Need): Cause => ({ code: 'needs', need });

/** Whether the order was taken back, or never was there. */
export function isTakenBack(receipt: Receipt | undefined): boolean {
  return receipt?.state === 'met' || receipt?.state === 'void';
}

/**
 * Whether the obligation has no point. An empty plan is owed only if a plan was sent before. A decision is owed to Qargo only if the order
 * is there, or will be.
 */
export function isPointless(o: Obligation, ledger: Ledger, ended: boolean): boolean {
  if (o.kind === 'decision' && o.to === 'qargo') return ended && !orderAccepted(ledger);
  return isEmptyPlanUntold(o, ledger);
}

/** Whether it takes a plan back that the other side was never told of: none was owed, or it was withheld when its row was switched on. */
export function isEmptyPlanUntold(o: Obligation, ledger: Ledger): boolean {
  if (o.kind !== 'plan' || o.digest !== 'none') return false;
  const before = ledger[o.key];
  return before === undefined || (before.cause?.code === 'before its row' && before.ever !== true);
}

function waits(receipt: Receipt | undefined, o: Obligation, now: string): string | undefined {
  if (receipt?.state !== 'not yet' || receipt.until === undefined || receipt.until <= now) return undefined;
  // If the content changed meanwhile, it does not wait until the old content is looked at again: newer content goes first.
  return receipt.digest === o.digest && receipt.revision === o.revision ? receipt.until : undefined;
}
