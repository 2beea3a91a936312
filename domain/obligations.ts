/**
 * Obligations: what each system is owed, derived from state and policy; never stored, always derived again.
 *
 * A key is built from what the fact names (barcode, stop, document, instant), never from a count or an order of arrival.
 * A digest is of the domain content, never of wire text or mapping, and carries its own version.
 */

import { digestOfTelling } from './corrections.ts';
import type { ChargeFact, Counterpart, EtaFact, Fact, MilestoneFact } from './facts.ts';
import { shortHash } from './hash.ts';
import { ofOurLeg } from './leg.ts';
import type { Need, Obligation } from './obligation.ts';
import { orderDigest } from './order-digest.ts';
import { nothingWithheld, sortOf, switchedOff, type Withheld } from './rows.ts';
import { cancelKey, cancellationOf, cancelVerdict, carriedOut, factsOf, type State, standingFact, subjectOf } from './state.ts';

/** Whoever is there is expected no more: something happened at the stop since, and the estimate owes nothing for good. Pure. */
export function isReached(state: State, { stop, at }: EtaFact): boolean {
  return factsOf(state, 'milestone').some((milestone) => milestone.stop === stop && milestone.at >= at);
}

/** The look at what only a read tells of the end of a stop. Several ends at one instant are one look. */
export const evidenceKey = ({ stop, at }: Pick<MilestoneFact, 'stop' | 'at'>): string => `evidence:${stop}:${at}`;

/** What follows from the fact that an obligation is of. */
type Derived = 'sort' | 'revision' | 'generation' | 'fact' | 'at' | 'digest';

/** What each counterpart is owed for a state, less what is switched off. Pure; the order of the list means nothing. */
export function owed(state: State, withheld: Withheld = nothingWithheld): Obligation[] {
  return ofOurLeg(state, [...whatIsOwed(state)]).filter((o) => switchedOff(o.sort, withheld) === undefined);
}

/** What would be owed besides, were nothing switched off. Pure. */
export function withheldFrom(state: State, withheld: Withheld): Obligation[] {
  return ofOurLeg(state, [...whatIsOwed(state)]).filter((o) => switchedOff(o.sort, withheld) !== undefined);
}

/** States never change: what was worked out of one stands. */
const known = new WeakMap<State, readonly Obligation[]>();

function whatIsOwed(state: State): readonly Obligation[] {
  const before = known.get(state);
  if (before !== undefined) return before;
  const owe = workOut(state);
  known.set(state, owe);
  return owe;
}

function workOut(state: State): Obligation[] {
  const owe: Obligation[] = [];
  const revived = standingFact(state, 'revived');
  const revival = revived?.revival ?? 0;
  const generation = revived?.generation ?? 1;
  const push = (fact: Fact, o: Omit<Obligation, Derived> & { digest?: string }, on?: string) => {
    const resend = standingFact(state, 'resend', `resend:${o.key}`);
    // What a person settled is owed again: the question had ended it.
    const verdict = on === undefined ? undefined : standingFact(state, 'verdict', `verdict:${on}`);
    // What lives again after a cancellation that was refused has nothing to take back: it was withdrawn as it was.
    const lives = fact.kind === 'revived' && verdict?.verdict === 'refused';
    // A person who cancels what the engine asked about, or refused, has settled it; what it had accepted is the same word again.
    const byPerson = verdict?.source === 'person' || (verdict !== undefined && verdict.verdict !== 'accepted' && fact.source === 'person');
    const settled = !lives && byPerson ? 1 : 0;
    const revision = (resend?.revision ?? 1) + settled;
    owe.push({ ...o, sort: sortOf(o.kind, fact), digest: o.digest ?? '1', revision, generation, at: fact.at, fact: fact.id });
  };

  // Of an identity that proved to be another's only the order is left to take back: all else is owed there.
  const takeBack = { to: 'qargo', kind: 'cancel', change: 'once', needs: [], priority: 'cancellation' } as const;
  // An order that was taken back makes way before the next one is made.
  if (revived !== undefined) push(revived, { ...takeBack, key: cancelKey(revival - 1) }, cancelKey(revival - 1));
  const merged = standingFact(state, 'merged');
  const cancelled = cancellationOf(state);
  const key = cancelKey(revival);
  const ended = merged ?? carriedOut(state);
  if (ended !== null) {
    push(ended, { ...takeBack, key }, key);
    if (merged === undefined) {
      tellVerdicts(state, push);
      tellProof(state, push);
      // What another depot was given may come back.
      if (carriedOut(state)?.from !== undefined) askPalletways(state, push);
    }
    return owe;
  }
  // Asked, or not judged yet: the row of the integration is not on, and nothing else is silent for it.
  if (cancelled !== null && cancelVerdict(state)?.verdict !== 'refused') push(cancelled, { ...takeBack, key });
  tellVerdicts(state, push);
  const anew: Need[] = generation === 1 ? [] : ['earlier order taken back'];
  const digestOf = (text: string) => shortHash(generation === 1 ? text : `${generation}:${text}`);

  const order = standingFact(state, 'order');
  const tracking = standingFact(state, 'tracking') ?? standingFact(state, 'tracking', 'tracking:pending');
  const labels = standingFact(state, 'labels');
  if (order !== undefined) {
    push(
      order,
      {
        key: 'order',
        to: 'qargo',
        kind: 'order',
        change: 'replace',
        digest: digestOf(orderDigest(order)),
        needs: anew,
        gives: 'order accepted',
        priority: 'label',
      },
      order.id,
    );
  }
  if (tracking !== undefined) {
    const digest = digestOf(`1:${tracking.trackingId}:${tracking.conNo}`);
    const needs: Need[] = [...anew, 'order accepted', 'tracking id'];
    push(tracking, { key: 'references', to: 'qargo', kind: 'references', change: 'replace', digest, needs, priority: 'milestone' });
  }
  if (labels !== undefined && labels.barcodes.length > 0) {
    const digest = digestOf(`1:${[...labels.barcodes].sort().join(',')}`);
    push(labels, {
      key: 'labels',
      to: 'qargo',
      kind: 'labels',
      change: 'replace',
      digest,
      needs: [...anew, 'order accepted', 'tracking id'],
      priority: 'label',
    });
  }
  const journey = standingFact(state, 'network');
  if (journey !== undefined) {
    const digest = digestOf(`1:${journey.code}`);
    push(journey, {
      key: 'journey',
      to: 'qargo',
      kind: 'journey',
      change: 'replace',
      digest,
      needs: [...anew, 'order accepted'],
      priority: 'milestone',
    });
  }
  const booked = standingFact(state, 'network', 'book-in');
  if (booked?.bookIn !== undefined && booked.source === 'qargo') {
    // Each was read as a change: what was told before stands no more, though it was the same.
    const digest = shortHash(`1:${booked.id}`);
    push(booked, {
      key: 'booking',
      to: 'palletways',
      kind: 'booking',
      change: 'replace',
      digest,
      needs: ['tracking id'],
      priority: 'milestone',
    });
  } else if (booked?.bookIn !== undefined) {
    const { date, time, digest: who } = booked.bookIn;
    const digest = digestOf(`1:${date}:${time}:${who}`);
    const needs: Need[] = [...anew, 'order accepted'];
    push(booked, { key: 'book-in', to: 'qargo', kind: 'book-in', change: 'replace', digest, needs, priority: 'label' });
  }
  askPalletways(state, push);
  for (const asked of factsOf(state, 'refresh')) {
    push(asked, {
      key: `refresh:qargo:${asked.id}`,
      to: 'qargo',
      kind: 'refresh',
      change: 'once',
      needs: ['order accepted'],
      priority: 'label',
    });
  }

  const plan = standingFact(state, 'plan');
  if (plan !== undefined) {
    // Said by the engine: a merged identity was told as planned, so that taking it off its trip must be told whatever is remembered.
    const none = plan.source === 'engine' ? 'none:merged' : 'none';
    const digest = plan.trip === null ? none : shortHash(`1:${plan.trip}:${plan.vehicle}`);
    push(plan, { key: 'plan', to: 'palletways', kind: 'plan', change: 'replace', digest, needs: ['tracking id'], priority: 'milestone' });
  }
  const note = { to: 'palletways', change: 'once', needs: ['tracking id'] } as const;
  for (const scan of factsOf(state, 'scan')) push(scan, { ...note, key: subjectOf(scan), kind: 'scan', priority: 'milestone' });
  for (const milestone of factsOf(state, 'milestone')) {
    push(milestone, { ...note, key: subjectOf(milestone), kind: 'milestone', priority: 'milestone' });
    if ((milestone.milestone === 'delivered' || milestone.milestone === 'failed') && milestone.via === 'push') {
      const key = evidenceKey(milestone);
      // Delivered and failed at one instant end one stop: one look.
      if (owe.some((o) => o.key === key)) continue;
      push(milestone, { key, to: 'qargo', kind: 'evidence', change: 'once', needs: ['order accepted'], priority: 'pod' });
    }
  }
  for (const eta of factsOf(state, 'eta')) {
    if (isReached(state, eta)) continue;
    const digest = shortHash(`1:${eta.eta}:${eta.at}`);
    push(eta, { ...note, key: subjectOf(eta), kind: 'eta', change: 'replace', digest, priority: 'milestone' });
  }
  for (const exception of factsOf(state, 'exception')) {
    const key = subjectOf(exception);
    if (exception.source !== 'palletways') push(exception, { ...note, key, kind: 'exception', priority: 'milestone' });
    else push(exception, { key, to: 'qargo', kind: 'notice', change: 'once', needs: ['order accepted'], priority: 'milestone' });
  }
  for (const pod of factsOf(state, 'pod')) push(pod, { ...note, ...corrected(pod), key: subjectOf(pod), kind: 'pod', priority: 'pod' });
  const closed = standingFact(state, 'close-out');
  for (const proof of closed?.accepted === true ? [] : factsOf(state, 'proof')) {
    // Every piece that comes is a new digest: what is missing is looked at anew at once.
    const digest = shortHash(`1:${proof.id}`);
    push(proof, { key: subjectOf(proof), to: 'qargo', kind: 'proof', change: 'once', digest, needs: ['order accepted'], priority: 'pod' });
  }
  for (const document of factsOf(state, 'document')) {
    push(document, { ...note, key: subjectOf(document), kind: 'file', priority: 'pod' });
    // Who signed is told by no event. A signature may be pushed after the look at the end of the stop: then another look tells it.
    if ((document.role === 'signature' || document.role === 'pod') && document.via === 'push') {
      const key = `evidence:${document.document}`;
      push(document, { key, to: 'qargo', kind: 'evidence', change: 'once', needs: ['order accepted'], priority: 'pod' });
    }
  }
  for (const charge of factsOf(state, 'charge')) {
    for (const to of charge.owe) {
      const needs: Need[] = to === 'qargo' ? [...anew, 'order accepted'] : ['tracking id'];
      push(charge, {
        key: chargeKey(to, charge),
        to,
        kind: 'charge',
        change: 'replace',
        digest: chargeDigest(charge),
        needs,
        priority: 'milestone',
      });
    }
  }
  if (closed !== undefined && closed.told !== false) {
    const { digest } = closed;
    push(closed, {
      key: 'close-out',
      to: 'qargo',
      kind: 'close-out',
      change: 'replace',
      digest,
      needs: [...anew, 'order accepted'],
      priority: 'milestone',
    });
  }
  return owe;
}

/** The key under which a change of what is charged for is owed to a side: that of what it is about. */
export const chargeKey = (to: Counterpart, { charge, about }: Pick<ChargeFact, 'charge' | 'about'>): string =>
  `charge:${to}:${charge}:${about}`;

/** Each change is news, though it says what an earlier one said: between the two another stood. */
export const chargeDigest = ({ id, new: value }: Pick<ChargeFact, 'id' | 'new'>): string => shortHash(`1:${id}:${value}`);

type Push = (fact: Fact, o: Omit<Obligation, Derived> & { digest?: string }) => void;

/** Of what can be corrected: another telling is told once more, as a correction. */
const corrected = (fact: Fact) => ({ change: 'correct', digest: digestOfTelling(fact) }) as const;

/** Reads of the consignment: where a push could not decide, and where they were asked for. */
function askPalletways(state: State, push: Push): void {
  const order = standingFact(state, 'order');
  const hint = standingFact(state, 'hint');
  const ask = { to: 'palletways', change: 'once', needs: ['tracking id'], priority: 'label' } as const;
  if (hint !== undefined && (order === undefined || order.at <= hint.at))
    push(hint, { ...ask, key: `consignment:${hint.id}`, kind: 'consignment' });
  for (const asked of factsOf(state, 'refresh')) push(asked, { ...ask, key: `refresh:palletways:${asked.id}`, kind: 'refresh' });
}

/** What was cancelled on the road may have been proved: that proof is told as any other. */
function tellProof(state: State, push: Push): void {
  const proof = { to: 'palletways', change: 'once', needs: ['tracking id'], priority: 'pod' } as const;
  for (const pod of factsOf(state, 'pod')) push(pod, { ...proof, ...corrected(pod), key: subjectOf(pod), kind: 'pod' });
  for (const document of factsOf(state, 'document')) push(document, { ...proof, key: subjectOf(document), kind: 'file' });
}

/** A verdict is told once to each side that is named in it. */
function tellVerdicts(state: State, push: Push): void {
  for (const verdict of factsOf(state, 'verdict')) {
    for (const to of verdict.tell) {
      const needs: Need[] = to === 'palletways' ? ['tracking id'] : ['order accepted'];
      // Its id tells the engine's verdict from the person's that settles it.
      push(verdict, { key: `verdict:${to}:${verdict.id}`, to, kind: 'verdict', change: 'once', needs, priority: 'milestone' });
    }
  }
}
