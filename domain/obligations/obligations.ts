/**
 * Obligations: what each system is owed, derived from state and policy; never stored, always derived again.
 *
 * A key is built from what the fact names (barcode, stop, document, instant), never from a count or an order of arrival.
 * A digest is of the domain content, never of wire text or mapping, and carries its own version.
 */

import { digestOfTelling } from '../facts/corrections.ts';
import type { ChargeFact, Counterpart, EtaFact, Fact, MilestoneFact } from '../facts/facts.ts';
import { shortHash } from '../facts/hash.ts';
import { subjectOf } from '../facts/kinds.ts';
import { orderDigest } from '../facts/order-digest.ts';
import { nothingWithheld, type Withheld } from '../policy/rows.ts';
import {
  cancelDecision,
  cancelKey,
  cancellationOf,
  carriedOut,
  factsOf,
  type State,
  standingFact,
} from '../state/state.ts';
import { needsOf, type ObligationKind, obligationKinds, sortOf, switchedOff } from './kinds.ts';
import { ofOurLeg } from './leg.ts';
import type { Obligation } from './obligation.ts';

/** Whoever is there is expected no more: something happened at the stop since, and the estimate owes nothing for good. Pure. */
export function isReached(state: State, { stop, at }: EtaFact): boolean {
  return factsOf(state, 'milestone').some((milestone) => milestone.stop === stop && milestone.at >= at);
}

/** The look at what only a read tells of the end of a stop. Several ends at one instant are one look. */
export const evidenceKey = ({ stop, at }: Pick<MilestoneFact, 'stop' | 'at'>): string => `evidence:${stop}:${at}`;

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

/** One obligation as a kind finds it in a state. What it leaves out is the same for all of its kind. */
interface Found {
  readonly fact: Fact;
  readonly key: string;
  /** Where its kind is told to both sides. */
  readonly to?: Counterpart;
  readonly digest?: string;
  /** The question whose settlement by a person makes it owed again. */
  readonly on?: string;
}

const one = <F extends Fact>(fact: F | undefined, found: (fact: F) => Omit<Found, 'fact'>): Found[] =>
  fact === undefined ? [] : [{ fact, ...found(fact) }];
const each = <F extends Fact>(facts: readonly F[], found: (fact: F) => Omit<Found, 'fact'>): Found[] =>
  facts.map((fact) => ({ fact, ...found(fact) }));

/** Generation of the order at Qargo: an order that was taken back is followed by the next. */
const generationOf = (state: State): number => standingFact(state, 'revived')?.generation ?? 1;

/** A digest of what is told of the order of a generation: what was told of an earlier one is told of this one again. */
function digestInOrder(state: State, text: string): string {
  const generation = generationOf(state);
  return shortHash(generation === 1 ? text : `${generation}:${text}`);
}

/** How each kind is found in a state that is not over. */
const finders: Readonly<Record<ObligationKind, (state: State) => readonly Found[]>> = {
  order: (state) =>
    one(standingFact(state, 'order'), (order) => ({
      key: 'order',
      digest: digestInOrder(state, orderDigest(order)),
      on: order.id,
    })),
  references: (state) =>
    one(
      standingFact(state, 'tracking') ?? standingFact(state, 'tracking', 'tracking:pending'),
      ({ trackingId, conNo }) => ({
        key: 'references',
        digest: digestInOrder(state, `1:${trackingId}:${conNo}`),
      }),
    ),
  labels: (state) => {
    const labels = standingFact(state, 'labels');
    return one(labels?.barcodes.length === 0 ? undefined : labels, ({ barcodes }) => ({
      key: 'labels',
      digest: digestInOrder(state, `1:${[...barcodes].sort().join(',')}`),
    }));
  },
  cancel: findCancellations,
  journey: (state) =>
    one(standingFact(state, 'network'), ({ code }) => ({ key: 'journey', digest: digestInOrder(state, `1:${code}`) })),
  'book-in': (state) =>
    one(bookInBy(state, 'palletways'), ({ bookIn }) => ({
      key: 'book-in',
      digest: digestInOrder(state, `1:${bookIn?.date}:${bookIn?.time}:${bookIn?.digest}`),
    })),
  // Each was read as a change: what was told before stands no more, though it was the same.
  booking: (state) => one(bookInBy(state, 'qargo'), ({ id }) => ({ key: 'booking', digest: shortHash(`1:${id}`) })),
  evidence: findLooks,
  // Every piece that comes is a new digest: what is missing is looked at anew at once.
  proof: (state) =>
    standingFact(state, 'close-out')?.accepted === true
      ? []
      : each(factsOf(state, 'proof'), (proof) => ({ key: subjectOf(proof), digest: shortHash(`1:${proof.id}`) })),
  // Said by the engine: a merged identity was told as planned, so that taking it off its trip must be told whatever is remembered.
  plan: (state) =>
    one(standingFact(state, 'plan'), ({ trip, vehicle, source }) => {
      const none = source === 'engine' ? 'none:merged' : 'none';
      return { key: 'plan', digest: trip === null ? none : shortHash(`1:${trip}:${vehicle}`) };
    }),
  scan: (state) => each(factsOf(state, 'scan'), (scan) => ({ key: subjectOf(scan) })),
  milestone: (state) => each(factsOf(state, 'milestone'), (milestone) => ({ key: subjectOf(milestone) })),
  eta: (state) =>
    each(
      factsOf(state, 'eta').filter((eta) => !isReached(state, eta)),
      (eta) => ({ key: subjectOf(eta), digest: shortHash(`1:${eta.eta}:${eta.at}`) }),
    ),
  exception: (state) =>
    each(
      factsOf(state, 'exception').filter(({ source }) => source !== 'palletways'),
      (exception) => ({ key: subjectOf(exception) }),
    ),
  notice: (state) =>
    each(
      factsOf(state, 'exception').filter(({ source }) => source === 'palletways'),
      (exception) => ({ key: subjectOf(exception) }),
    ),
  pod: (state) => each(factsOf(state, 'pod'), (pod) => ({ key: subjectOf(pod), digest: digestOfTelling(pod) })),
  file: (state) => each(factsOf(state, 'document'), (document) => ({ key: subjectOf(document) })),
  charge: (state) =>
    factsOf(state, 'charge').flatMap((fact) =>
      fact.owe.map((to) => ({ fact, to, key: chargeKey(to, fact), digest: chargeDigest(fact) })),
    ),
  'close-out': (state) => {
    const closed = standingFact(state, 'close-out');
    return one(closed?.told === false ? undefined : closed, ({ digest }) => ({ key: 'close-out', digest }));
  },
  consignment: (state) => {
    const order = standingFact(state, 'order');
    const hint = standingFact(state, 'hint');
    return hint === undefined || (order !== undefined && order.at > hint.at)
      ? []
      : [{ fact: hint, key: `consignment:${hint.id}` }];
  },
  // A decision is told once to each side that is named in it. Its id tells the engine's from the person's that settles it.
  decision: (state) =>
    factsOf(state, 'decision').flatMap((fact) =>
      fact.tell.map((to) => ({ fact, to, key: `decision:${to}:${fact.id}` })),
    ),
  refresh: (state) =>
    factsOf(state, 'refresh').flatMap((fact) =>
      (['palletways', 'qargo'] as const).map((to) => ({ fact, to, key: `refresh:${to}:${fact.id}` })),
    ),
};

/** The book-in that stands, where it is that side's. */
function bookInBy(state: State, source: 'palletways' | 'qargo') {
  const booked = standingFact(state, 'network', 'book-in');
  return booked?.bookIn === undefined || (booked.source === 'qargo') !== (source === 'qargo') ? undefined : booked;
}

/** The cancellation that stands, unless it was refused; and, of an order that lives again, the taking back of the one before. */
function findCancellations(state: State): Found[] {
  const revived = standingFact(state, 'revived');
  const revival = revived?.revival ?? 0;
  const before = cancelKey(revival - 1);
  // An order that was taken back makes way before the next one is made.
  const earlier = one(revived, () => ({ key: before, on: before }));
  const key = cancelKey(revival);
  // Of an identity that proved to be another's only the order is left to take back: all else is owed there.
  const ended = standingFact(state, 'merged') ?? carriedOut(state);
  if (ended !== null) return [...earlier, { fact: ended, key, on: key }];
  // Asked, or not judged yet: the row of the integration is not on, and nothing else is silent for it.
  const cancelled = cancelDecision(state)?.decision === 'refused' ? null : cancellationOf(state);
  return cancelled === null ? earlier : [...earlier, { fact: cancelled, key }];
}

/** The looks at what no event tells: who signed, and what became of a stop that ended. */
function findLooks(state: State): Found[] {
  const ends = factsOf(state, 'milestone').filter(
    ({ milestone, via }) => (milestone === 'delivered' || milestone === 'failed') && via === 'push',
  );
  // Delivered and failed at one instant end one stop: one look.
  const stops = new Map(ends.toReversed().map((fact) => [evidenceKey(fact), fact]));
  // A signature may be pushed after the look at the end of the stop: then another look tells it.
  const signed = factsOf(state, 'document').filter(
    ({ role, via }) => (role === 'signature' || role === 'pod') && via === 'push',
  );
  return [
    ...[...stops].map(([key, fact]) => ({ fact, key })),
    ...each(signed, ({ document }) => ({ key: `evidence:${document}` })),
  ];
}

/** Whether something is owed still of a consignment that is over: cancelled, or merged into another. */
function isOwedAtTheEnd(state: State, kind: ObligationKind, to: Counterpart): boolean {
  if (kind === 'cancel') return true;
  if (standingFact(state, 'merged') !== undefined) return false;
  // What was cancelled on the road may have been proved: that proof is told as any other.
  if (kind === 'decision' || kind === 'pod' || kind === 'file') return true;
  // What another depot was given may come back.
  return to === 'palletways' && (kind === 'consignment' || kind === 'refresh') && carriedOut(state)?.from !== undefined;
}

function workOut(state: State): Obligation[] {
  const isOver = (standingFact(state, 'merged') ?? carriedOut(state)) !== null;
  const owe: Obligation[] = [];
  for (const [kind, find] of Object.entries(finders) as [ObligationKind, (state: State) => readonly Found[]][]) {
    for (const found of find(state)) {
      const to = found.to ?? (obligationKinds[kind].calls.qargo === undefined ? 'palletways' : 'qargo');
      if (!isOver || isOwedAtTheEnd(state, kind, to)) owe.push(obligationOf(state, kind, to, found));
    }
  }
  return owe;
}

function obligationOf(
  state: State,
  kind: ObligationKind,
  to: Counterpart,
  { fact, key, digest = '1', on }: Found,
): Obligation {
  const { change, priority } = obligationKinds[kind];
  const generation = generationOf(state);
  const resend = standingFact(state, 'resend', `resend:${key}`);
  return {
    key,
    to,
    kind,
    sort: sortOf(kind, fact),
    change,
    digest,
    revision: (resend?.revision ?? 1) + (on !== undefined && isSettledAgain(state, fact, on) ? 1 : 0),
    generation,
    at: fact.at,
    needs: needsOf(kind, to, generation > 1),
    ...(kind === 'order' ? { gives: 'order accepted' } : {}),
    priority,
    fact: fact.id,
  };
}

/** Whether a person settled the question that had ended what is owed, so that it is owed again. */
function isSettledAgain(state: State, fact: Fact, on: string): boolean {
  const decision = standingFact(state, 'decision', `decision:${on}`);
  // What lives again after a cancellation that was refused has nothing to take back: it was withdrawn as it was.
  if (decision === undefined || (fact.kind === 'revived' && decision.decision === 'refused')) return false;
  // A person who cancels what the engine asked about, or refused, has settled it; what it had accepted is the same word again.
  return decision.source === 'person' || (decision.decision !== 'accepted' && fact.source === 'person');
}

/** The key under which a change of what is charged for is owed to a side: that of what it is about. */
export const chargeKey = (to: Counterpart, { charge, about }: Pick<ChargeFact, 'charge' | 'about'>): string =>
  `charge:${to}:${charge}:${about}`;

/** Each change is news, though it says what an earlier one said: between the two another stood. */
export const chargeDigest = ({ id, new: value }: Pick<ChargeFact, 'id' | 'new'>): string =>
  shortHash(`1:${id}:${value}`);
