/**
 * Works out the obligations, i.e. what each system is owed, from the state and the policy. The record's rows of open obligations are a copy
 * that can be made again (domain/receipts/projection.ts).
 *
 * A key is built from what the fact names (barcode, stop, document, instant), never from a count or an order of arrival. A digest is made
 * of the domain content, never of wire text or mapping, and carries its own version.
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

/**
 * Whether something happened at the stop since the estimate was made. Then nobody is expected there any more, and the estimate owes nothing
 * again. Pure.
 */
export function isReached(state: State, { stop, at }: EtaFact): boolean {
  return factsOf(state, 'milestone').some((milestone) => milestone.stop === stop && milestone.at >= at);
}

/** The key of the look for what only a read shows about the end of a stop. Several ends at one instant share one look. */
export const evidenceKey = ({ stop, at }: Pick<MilestoneFact, 'stop' | 'at'>): string => `evidence:${stop}:${at}`;

/** Returns what each counterpart is owed for a state, without what is switched off. Pure; the order of the list does not matter. */
export function owed(state: State, withheld: Withheld = nothingWithheld): Obligation[] {
  return ofOurLeg(state, [...whatIsOwed(state)]).filter((o) => switchedOff(o.sort, withheld) === undefined);
}

/** Returns what would also be owed if nothing were switched off. Pure. */
export function withheldFrom(state: State, withheld: Withheld): Obligation[] {
  return ofOurLeg(state, [...whatIsOwed(state)]).filter((o) => switchedOff(o.sort, withheld) !== undefined);
}

/** States never change, so the obligations that were worked out for a state stay valid. */
const known = new WeakMap<State, readonly Obligation[]>();

function whatIsOwed(state: State): readonly Obligation[] {
  const before = known.get(state);
  if (before !== undefined) return before;
  const owe = workOut(state);
  known.set(state, owe);
  return owe;
}

/** One obligation as its kind's finder finds it in a state. A property that is left out is the same for the whole kind. */
interface Found {
  readonly fact: Fact;
  readonly key: string;
  /** The side that it is owed to, where its kind goes to both sides. */
  readonly to?: Counterpart;
  readonly digest?: string;
  /** The id of the question that may have ended it. Once a person settles that question, it is owed again. */
  readonly on?: string;
}

const one = <F extends Fact>(fact: F | undefined, found: (fact: F) => Omit<Found, 'fact'>): Found[] =>
  fact === undefined ? [] : [{ fact, ...found(fact) }];
const each = <F extends Fact>(facts: readonly F[], found: (fact: F) => Omit<Found, 'fact'>): Found[] =>
  facts.map((fact) => ({ fact, ...found(fact) }));

/** The generation of the order at Qargo: an order that was taken back is followed by the next one. */
const generationOf = (state: State): number => standingFact(state, 'revived')?.generation ?? 1;

/**
 * Makes a digest of content that is sent on the order of this generation. Content that was sent on an earlier order is sent again on this
 * one.
 */
function digestInOrder(state: State, text: string): string {
  const generation = generationOf(state);
  return shortHash(generation === 1 ? text : `${generation}:${text}`);
}

/** One finder for each kind. Finders also run for a consignment that has ended, and `workOut` then filters their results. */
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
    // An estimate is news each time: it says another time. Where the goods are is no news when it is said again.
    one(standingFact(state, 'network'), ({ code, id }) => ({
      key: 'journey',
      digest: digestInOrder(state, code === 'ETA' ? `1:${code}:${id}` : `1:${code}`),
    })),
  'book-in': (state) =>
    one(bookInBy(state, 'palletways'), ({ bookIn }) => ({
      key: 'book-in',
      digest: digestInOrder(state, `1:${bookIn?.date}:${bookIn?.time}:${bookIn?.digest}`),
    })),
  // Each window was read as a change, so it is news even if an earlier one was the same.
  booking: (state) => one(bookInBy(state, 'qargo'), ({ id }) => ({ key: 'booking', digest: shortHash(`1:${id}`) })),
  evidence: findLooks,
  // Every piece of evidence that arrives makes a new digest, so that Qargo is asked again at once for what is missing.
  proof: (state) =>
    standingFact(state, 'close-out')?.accepted === true
      ? []
      : each(factsOf(state, 'proof'), (proof) => ({ key: subjectOf(proof), digest: shortHash(`1:${proof.id}`) })),
  // A plan of the engine belongs to a merged identity that was sent as planned. Its removal from the trip must be sent, whatever is
  // remembered.
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
  // A decision is sent once to each side that it names. Its id distinguishes the engine's decision from the person's that settles it.
  decision: (state) =>
    factsOf(state, 'decision').flatMap((fact) =>
      fact.tell.map((to) => ({ fact, to, key: `decision:${to}:${fact.id}` })),
    ),
  refresh: (state) =>
    factsOf(state, 'refresh').flatMap((fact) =>
      (['palletways', 'qargo'] as const).map((to) => ({ fact, to, key: `refresh:${to}:${fact.id}` })),
    ),
};

/** Returns the book-in that stands, if that side made it. */
function bookInBy(state: State, source: 'palletways' | 'qargo') {
  const booked = standingFact(state, 'network', 'book-in');
  return booked?.bookIn === undefined || (booked.source === 'qargo') !== (source === 'qargo') ? undefined : booked;
}

/**
 * Returns the cancellation that stands, unless it was refused. For a reinstated order it also returns the taking back of the order before
 * it.
 */
function findCancellations(state: State): Found[] {
  const revived = standingFact(state, 'revived');
  const revival = revived?.revival ?? 0;
  const before = cancelKey(revival - 1);
  // The earlier order must be taken back before the next one is made.
  const earlier = one(revived, () => ({ key: before, on: before }));
  const key = cancelKey(revival);
  // An identity that proved to be another consignment's has only its order to take back. Everything else is owed by the other consignment.
  const ended = standingFact(state, 'merged') ?? carriedOut(state);
  if (ended !== null) return [...earlier, { fact: ended, key, on: key }];
  // The cancellation is asked about or, because the integration's row is not on, not judged yet. It ends no other obligation.
  const cancelled = cancelDecision(state)?.decision === 'refused' ? null : cancellationOf(state);
  return cancelled === null ? earlier : [...earlier, { fact: cancelled, key }];
}

/** Returns the looks for what no event reports: who signed, and how a stop ended. */
function findLooks(state: State): Found[] {
  const ends = factsOf(state, 'milestone').filter(
    ({ milestone, via }) => (milestone === 'delivered' || milestone === 'failed') && via === 'push',
  );
  // *Delivered* and *failed* at one instant end one stop, so there is one look.
  const stops = new Map(ends.toReversed().map((fact) => [evidenceKey(fact), fact]));
  // A signature may be pushed after the look at the end of the stop. Another look then finds who signed.
  const signed = factsOf(state, 'document').filter(
    ({ role, via }) => (role === 'signature' || role === 'pod') && via === 'push',
  );
  return [
    ...[...stops].map(([key, fact]) => ({ fact, key })),
    ...each(signed, ({ document }) => ({ key: `evidence:${document}` })),
  ];
}

/**
 * Whether an obligation of this kind is still owed by a consignment that was cancelled or merged. The finders have found it as for any
 * other consignment, and this filters it afterwards.
 */
function isOwedAtTheEnd(state: State, kind: ObligationKind, to: Counterpart): boolean {
  if (kind === 'cancel') return true;
  if (standingFact(state, 'merged') !== undefined) return false;
  // A consignment that was cancelled on the road may still have been signed for. That proof is sent as any other.
  if (kind === 'decision' || kind === 'pod' || kind === 'file') return true;
  // A consignment that was given to another depot may come back.
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

/** Whether a person settled the question that had ended the obligation, so that it is owed again. */
function isSettledAgain(state: State, fact: Fact, on: string): boolean {
  const decision = standingFact(state, 'decision', `decision:${on}`);
  // An order that is reinstated after a refused cancellation has nothing to take back, because the cancellation was not carried out.
  if (decision === undefined || (fact.kind === 'revived' && decision.decision === 'refused')) return false;
  // A person who cancels after the engine asked or refused has settled it. If the engine had accepted it, the person only repeats the
  // decision.
  return decision.source === 'person' || (decision.decision !== 'accepted' && fact.source === 'person');
}

/** The key under which a change of a charge is owed to a side. It names what the change is about. */
export const chargeKey = (to: Counterpart, { charge, about }: Pick<ChargeFact, 'charge' | 'about'>): string =>
  `charge:${to}:${charge}:${about}`;

/** Each change is news even if an earlier one had the same value, because another value stood between the two. */
export const chargeDigest = ({ id, new: value }: Pick<ChargeFact, 'id' | 'new'>): string =>
  shortHash(`1:${id}:${value}`);
