/**
 * The kinds of facts: all that is said of a kind stands in its entry here, and the lists that rooms need are made from it. Its type is
 * in facts.ts. Workflows carry this module: it imports nothing that they have not.
 */
import type { Fact, FactKind, NewFact, Source } from './facts.ts';

/** The signals under which a consignment's workflow is told that there is something new; of facts of several signals it is `facts`. */
export const signalNames = [
  'order',
  'allocation',
  'scan',
  'milestone',
  'exception',
  'pod',
  'cancellation',
  'facts',
] as const;
export type SignalName = (typeof signalNames)[number];

/**
 * What is made of some kinds of a consignment's facts alone, however many others it has: its `cases`; what `decisions` are made by; whose
 * leg it is after another depot was named (`depots`); whether a `cancellation` stands; where each of its `pallets` is.
 */
export type Purpose = 'cases' | 'decisions' | 'depots' | 'cancellation' | 'pallets';

/** A fact as it comes from a reader and as it is kept. */
type Either<K extends FactKind> = Extract<Fact, { kind: K }> | Extract<NewFact, { kind: K }>;

interface KindEntry<K extends FactKind> {
  /**
   * `event`: it happened, and its id is the far side's own key. `snapshot`: how it was at an instant; the store compares it with the latest of
   * its kind and keeps what differs. `change`: as a snapshot, by a rule of its own of what is news. `decision`: ours or a person's, made once.
   */
  readonly sort: 'event' | 'snapshot' | 'change' | 'decision';
  /** Who can say it; the compiler holds the connectors to it. */
  readonly from: readonly Source[];
  /** What it is about. Of the facts about one subject one stands. */
  readonly subject: (fact: Either<K>) => string;
  /** Which of two about one subject stands, whatever their times: the one with the larger number. */
  readonly rank?: (fact: Either<K>) => number;
  /** What orders it, where that is not when it happened: when we saw it (and then when it happened), or when we heard of it. */
  readonly orderedBy?: 'seen' | 'seen, then at' | 'heard';
  /** Of an event that may be told anew with another content: whether a telling says anything at all. */
  readonly saysAnything?: (body: unknown) => boolean;
  /**
   * What the base of a state keeps of it (domain/receipts/base.ts): `all` of what there are few of; of what there can be many `some`, from
   * which other things are told, or `none`.
   */
  readonly inBase: 'all' | 'some' | 'none';
  /** True where a decision may be made on it: that is looked at beside it. */
  readonly isJudged?: true;
  /** True where it is about one order at Qargo alone: it says nothing of another identity of the same consignment. */
  readonly isOfOwnOrder?: true;
  /** True where Palletways saying it begins a consignment. */
  readonly begins?: true;
  /** True where a driver's app says it with the handset's own clock. */
  readonly hasHandsetTime?: true;
  /** True where it is evidence that a job was done: of no known consignment it waits for a person who assigns it. */
  readonly isEvidence?: true;
  /** The signal by which a workflow is told of it alone. */
  readonly signal: SignalName;
  /** True where the other side should see it within the second; what is not can wait for what comes with it. */
  readonly isUrgent?: true;
  /** What is made of it where not the whole state is needed. */
  readonly neededFor: readonly Purpose[];
  /** Its line in the list of what happened on the consignment's page; left out, it has none. `workflows/page.ts` puts it into words. */
  readonly line?: (fact: Either<K>) => string;
}

const entries = {
  order: {
    sort: 'snapshot',
    from: ['palletways'],
    subject: () => 'order',
    inBase: 'all',
    isJudged: true,
    begins: true,
    signal: 'order',
    neededFor: ['decisions', 'depots'],
    line: () => 'order',
  },
  labels: {
    sort: 'snapshot',
    from: ['palletways'],
    subject: () => 'labels',
    inBase: 'all',
    begins: true,
    signal: 'order',
    neededFor: ['pallets'],
    line: ({ barcodes }) => `labels ${barcodes.length}`,
  },
  tracking: {
    sort: 'snapshot',
    from: ['palletways', 'person'],
    subject: ({ trackingId }) => (trackingId === null ? 'tracking:pending' : 'tracking'),
    inBase: 'all',
    begins: true,
    signal: 'order',
    neededFor: [],
  },
  hint: {
    sort: 'event',
    from: ['palletways', 'person', 'engine'],
    subject: () => 'hint',
    inBase: 'all',
    signal: 'order',
    neededFor: [],
  },
  plan: {
    sort: 'snapshot',
    from: ['qargo', 'person'],
    subject: () => 'plan',
    // A planner's clock and our reads could not be compared.
    orderedBy: 'seen',
    inBase: 'all',
    isOfOwnOrder: true,
    signal: 'allocation',
    neededFor: ['cases', 'decisions'],
    line: ({ trip }) => (trip === null ? 'unplanned' : 'planned'),
  },
  scan: {
    sort: 'event',
    from: ['qargo', 'person'],
    subject: ({ barcode, scan, at }) => `scan:${barcode}:${scan}:${at}`,
    inBase: 'some',
    hasHandsetTime: true,
    signal: 'scan',
    isUrgent: true,
    neededFor: ['decisions', 'pallets'],
  },
  milestone: {
    sort: 'event',
    from: ['qargo', 'person'],
    subject: ({ stop, milestone, at }) => `milestone:${stop}:${milestone}:${at}`,
    inBase: 'some',
    hasHandsetTime: true,
    signal: 'milestone',
    isUrgent: true,
    neededFor: ['cases', 'decisions', 'pallets'],
    line: ({ milestone }) => milestone,
  },
  eta: {
    sort: 'change',
    from: ['qargo'],
    subject: ({ stop }) => `eta:${stop}`,
    orderedBy: 'seen, then at',
    inBase: 'all',
    signal: 'milestone',
    neededFor: [],
  },
  exception: {
    sort: 'event',
    from: ['palletways', 'qargo', 'person'],
    // Of two pallets that were refused at one stop each is an exception of its own.
    subject: ({ stop, code, at, barcode }) =>
      `exception:${stop}:${code}:${at}${barcode === undefined ? '' : `:${barcode}`}`,
    inBase: 'none',
    hasHandsetTime: true,
    signal: 'exception',
    isUrgent: true,
    neededFor: ['cases', 'pallets'],
    line: ({ code }) => `exception ${code}`,
  },
  case: {
    sort: 'decision',
    from: ['person'],
    subject: ({ exception }) => `case:${exception}`,
    inBase: 'none',
    signal: 'exception',
    neededFor: ['cases'],
  },
  document: {
    sort: 'event',
    from: ['qargo'],
    subject: ({ document }) => `document:${document}`,
    inBase: 'none',
    isEvidence: true,
    signal: 'pod',
    neededFor: [],
  },
  pod: {
    sort: 'event',
    from: ['qargo', 'person'],
    subject: ({ at }) => `pod:${at}`,
    // A blank name is no name.
    saysAnything: (body) =>
      typeof body === 'object' &&
      body !== null &&
      'name' in body &&
      typeof body.name === 'string' &&
      body.name.trim() !== '',
    inBase: 'some',
    hasHandsetTime: true,
    isEvidence: true,
    signal: 'pod',
    isUrgent: true,
    neededFor: [],
    line: () => 'pod',
  },
  proof: {
    sort: 'decision',
    from: ['engine'],
    subject: ({ stop, ended }) => `proof:${stop}:${ended}`,
    inBase: 'none',
    signal: 'pod',
    neededFor: [],
  },
  cancellation: {
    sort: 'event',
    from: ['palletways', 'person', 'engine'],
    // A person's stands beside what Palletways says, so that hearing it said again does not undo it.
    subject: ({ source }) => (source === 'person' ? 'cancelled:person' : 'cancelled'),
    inBase: 'all',
    signal: 'cancellation',
    isUrgent: true,
    neededFor: ['cases', 'decisions', 'depots', 'cancellation'],
    line: () => 'cancelled',
  },
  charge: {
    sort: 'change',
    from: ['palletways', 'qargo', 'person'],
    subject: ({ charge, about }) => `charge:${charge}:${about}`,
    // A note tells minutes, and what stood before it was decided when it was heard.
    orderedBy: 'heard',
    inBase: 'all',
    signal: 'facts',
    neededFor: [],
  },
  'close-out': {
    sort: 'decision',
    from: ['engine'],
    subject: () => 'close-out',
    inBase: 'all',
    isOfOwnOrder: true,
    signal: 'facts',
    neededFor: [],
  },
  revived: {
    sort: 'decision',
    from: ['engine'],
    subject: () => 'revived',
    rank: ({ revival }) => revival,
    inBase: 'all',
    isOfOwnOrder: true,
    signal: 'facts',
    isUrgent: true,
    neededFor: ['cases', 'decisions', 'depots', 'cancellation'],
  },
  decision: {
    sort: 'decision',
    from: ['engine', 'person'],
    subject: ({ on }) => `decision:${on}`,
    // A person settles what the engine asked; nobody settles it twice (store/decisions/decisions.ts).
    rank: ({ source }) => (source === 'person' ? 1 : 0),
    inBase: 'some',
    isOfOwnOrder: true,
    signal: 'facts',
    isUrgent: true,
    neededFor: ['cases', 'decisions', 'depots', 'cancellation'],
  },
  presence: {
    sort: 'change',
    from: ['palletways', 'person'],
    subject: () => 'presence',
    inBase: 'all',
    signal: 'facts',
    neededFor: ['decisions'],
  },
  held: {
    sort: 'change',
    from: ['qargo'],
    subject: () => 'held',
    inBase: 'all',
    isJudged: true,
    isOfOwnOrder: true,
    signal: 'facts',
    neededFor: ['decisions'],
  },
  merged: {
    sort: 'decision',
    from: ['engine'],
    subject: () => 'merged',
    inBase: 'all',
    isOfOwnOrder: true,
    signal: 'facts',
    isUrgent: true,
    neededFor: ['cases'],
  },
  network: {
    sort: 'event',
    from: ['palletways', 'qargo'],
    subject: ({ bookIn }) => (bookIn === undefined ? 'network' : 'book-in'),
    inBase: 'all',
    signal: 'facts',
    neededFor: [],
    line: ({ code, bookIn }) => (bookIn === undefined ? `network ${code}` : `booked ${bookIn.date}`),
  },
  resend: {
    sort: 'decision',
    from: ['person', 'engine'],
    subject: ({ obligation }) => `resend:${obligation}`,
    rank: ({ revision }) => revision,
    inBase: 'all',
    signal: 'facts',
    isUrgent: true,
    neededFor: [],
  },
  refresh: {
    sort: 'decision',
    // Of Qargo it is a custom event that is configured to mean it.
    from: ['qargo', 'person'],
    subject: ({ id }) => `refresh:${id}`,
    inBase: 'none',
    signal: 'facts',
    isUrgent: true,
    neededFor: [],
  },
} as const satisfies { readonly [K in FactKind]: KindEntry<K> };

/** Kinds whose entry has this under this name. */
type KindsThat<Name extends keyof KindEntry<FactKind>, Value> = {
  [K in FactKind]: (typeof entries)[K] extends Readonly<Record<Name, Value>> ? K : never;
}[FactKind];

export type SnapshotKind = KindsThat<'sort', 'snapshot'>;
/** Kinds of which the base of a state keeps some. */
export type BaseKind = KindsThat<'inBase', 'some'>;
/** What this source can say. */
export type NewFactFrom<S extends Source> = Extract<
  NewFact,
  { kind: { [K in FactKind]: S extends (typeof entries)[K]['from'][number] ? K : never }[FactKind] }
> & { readonly source: S };

export const factKinds: { readonly [K in FactKind]: KindEntry<K> } = entries;

/** The entry of a fact's kind, as what it says of any fact. */
const entryOf = ({ kind }: Fact | NewFact) => factKinds[kind] as KindEntry<FactKind>;

/** All kinds of which something holds, as their entries stand. */
export const factKindsWith = (has: (entry: KindEntry<FactKind>) => boolean): ReadonlySet<FactKind> =>
  new Set((Object.keys(entries) as FactKind[]).filter((kind) => has(factKinds[kind] as KindEntry<FactKind>)));

/** Kinds of the facts of which this is made. */
export const factKindsFor = (purpose: Purpose): FactKind[] => [
  ...factKindsWith(({ neededFor }) => neededFor.includes(purpose)),
];

/** What shows that a job was done. */
export const evidenceKinds: readonly FactKind[] = [...factKindsWith(({ isEvidence }) => isEvidence === true)];

/** What a fact is about. Two facts about one subject never both stand. */
export const subjectOf = (fact: Fact | NewFact): string => entryOf(fact).subject(fact);

/** Which of two facts about one subject stands whatever their times: the one with the larger number. */
export const rankOf = (fact: Fact): number => entryOf(fact).rank?.(fact) ?? 0;

/** What orders facts about one subject, as text that orders. */
export function orderOf(fact: Fact): string {
  const seen = ('seen' in fact ? fact.seen : undefined) ?? fact.at;
  switch (entryOf(fact).orderedBy) {
    case undefined:
      return fact.at;
    case 'heard':
      return fact.heard;
    case 'seen':
      return seen;
    case 'seen, then at':
      return `${seen} ${fact.at}`;
  }
}

/** Whether a fact keeps when it was seen. */
export const isOrderedBySeen = ({ kind }: NewFact): boolean => factKinds[kind].orderedBy?.startsWith('seen') === true;

/** Its line in the list of what happened; undefined where it has none. */
export const lineOf = (fact: Fact): string | undefined => entryOf(fact).line?.(fact);

export const isSnapshot = (fact: NewFact): fact is Extract<NewFact, { kind: SnapshotKind }> =>
  factKinds[fact.kind].sort === 'snapshot';
