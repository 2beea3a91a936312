/** Receipts: obligations met, and what is due next. `owed - delivered` is what a workflow does. */
import type { Obligation } from '../obligations/obligation.ts';
import type { State } from '../state/state.ts';
import { cancelKey, isEnded, standingFact } from '../state/state.ts';

/**
 * How an obligation ended, or why it has not:
 * - `delivered`  with proof
 * - `void`       nothing had to be sent (an order that never was cannot be cancelled)
 * - `refused`    the far side said no: parked for a person
 * - `unknown`    sent, answer lost, and no look can tell: parked for a person, never sent again blindly
 * - `erased`     its content was erased meanwhile
 * - `not yet`    look again at `until`
 */
export type ReceiptState = 'met' | 'void' | 'refused' | 'unknown' | 'erased' | 'not yet';

export interface Receipt {
  readonly key: string;
  /** Of what the fact that it told says, as this release makes it; empty while nothing came of it. */
  readonly digest: string;
  readonly revision: number;
  readonly state: ReceiptState;
  /** When it was settled, or heard that it is not yet; UTC ISO. */
  readonly at: string;
  /** `not yet`: look again then; UTC ISO. */
  readonly until?: string;
  /** Cause as a code for people and tests, never a far side's text (that stays in the store). */
  readonly cause?: string;
  /** True once any version of it was delivered, whatever became of a later one. */
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
  /** What can be sent now. */
  readonly now: readonly Obligation[];
  /** What is owed but held, and by what. */
  readonly held: readonly { readonly obligation: Obligation; readonly by: string }[];
  /** The earliest instant at which something held becomes due by itself; UTC ISO. */
  readonly wakeAt: string | undefined;
}

/** Whether Qargo has the order, in whatever version. */
export function orderAccepted(ledger: Ledger): boolean {
  const order = ledger.order;
  return order?.ever === true;
}

/**
 * What is due now. `now` is UTC ISO. A need that another obligation of the same batch meets (the order before its
 * labels) does not hold: the delivery activity sends in that order.
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
  const held: { obligation: Obligation; by: string }[] = [];
  let wakeAt: string | undefined;
  for (const o of open) {
    const waiting = waits(ledger[o.key], o, now);
    if (waiting !== undefined) {
      if (wakeAt === undefined || waiting < wakeAt) wakeAt = waiting;
      held.push({ obligation: o, by: ledger[o.key]?.cause ?? 'not yet' });
    } else if (isBlocked(o)) held.push({ obligation: o, by: 'earlier order taken back' });
    else if (o.needs.includes('tracking id') && !hasTracking) held.push({ obligation: o, by: 'tracking id' });
    else if (o.needs.includes('order accepted') && !orderAccepted(ledger) && !orderDue)
      held.push({ obligation: o, by: 'order accepted' });
    else ready.push(o);
  }
  return { now: ready, held, wakeAt };
}

/** Taken back, or never there. */
export function isTakenBack(receipt: Receipt | undefined): boolean {
  return receipt?.state === 'met' || receipt?.state === 'void';
}

/** A plan of nothing is owed only where a plan was told before, and a decision on an order only where there is, or will be, one. */
export function isPointless(o: Obligation, ledger: Ledger, ended: boolean): boolean {
  if (o.kind === 'decision' && o.to === 'qargo') return ended && !orderAccepted(ledger);
  return o.kind === 'plan' && o.digest === 'none' && ledger[o.key] === undefined;
}

function waits(receipt: Receipt | undefined, o: Obligation, now: string): string | undefined {
  if (receipt?.state !== 'not yet' || receipt.until === undefined || receipt.until <= now) return undefined;
  // News about the same thing does not wait for the look at the old (newer truth first).
  return receipt.digest === o.digest && receipt.revision === o.revision ? receipt.until : undefined;
}
