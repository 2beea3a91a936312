/**
 * The kinds of facts. Everything about a kind stands in its entry here, and the lists that rooms need are made from the entries. The type
 * of a kind is in facts.ts. Workflows include this module, so it imports only modules that they include too.
 */
import type { Fact, FactKind, NewFact, Source } from './facts.ts';

/** The signals that report something new to a consignment's workflow. Facts of several signals at once go as `facts`. */
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
 * Some results need only the facts of some kinds, however many others a consignment has: its `cases`; the basis of `decisions`; our leg
 * after another depot was named (`depots`); whether a `cancellation` stands; where each of its `pallets` is.
 */
export type Purpose = 'cases' | 'decisions' | 'depots' | 'cancellation' | 'pallets';

/** A fact as a reader makes it, or as the store keeps it. */
type Either<K extends FactKind> = Extract<Fact, { kind: K }> | Extract<NewFact, { kind: K }>;

interface KindEntry<K extends FactKind> {
  /**
   * `event`: it happened, and its id is the far side's own key. `snapshot`: it shows how things were at an instant; the store compares it
   * with the latest of its kind and keeps it if it differs. `change`: it is like a snapshot, but has its own rule for what is news.
   * `decision`: we or a person made it, once.
   */
  readonly sort: 'event' | 'snapshot' | 'change' | 'decision';
  /** The sources that can report it. The compiler checks that the connectors keep to this. */
  readonly from: readonly Source[];
  /** The thing that it is about. One fact stands for each subject. */
  readonly subject: (fact: Either<K>) => string;
  /** Decides between two facts about one subject before their times do: the one with the larger number stands. */
  readonly rank?: (fact: Either<K>) => number;
  /** Facts about one subject are sorted by when they happened. If this is set, they are sorted by when we saw or received them. */
  readonly orderedBy?: 'seen' | 'seen, then at' | 'heard';
  /** An event that may be reported again with another content has this: whether a report has any content at all. */
  readonly saysAnything?: (body: unknown) => boolean;
  /**
   * The part of it that the base of a state keeps (domain/receipts/base.ts). `all`: there are few of them. `some` and `none` are for kinds
   * of which there can be many; `some` keeps those from which other things are worked out.
   */
  readonly inBase: 'all' | 'some' | 'none';
  /** True where a decision may be made on it. The decision is then loaded together with it. */
  readonly isJudged?: true;
  /** True where it is about one order at Qargo alone, so that it says nothing about another identity of the same consignment. */
  readonly isOfOwnOrder?: true;
  /** True where a consignment begins when Palletways reports it. */
  readonly begins?: true;
  /** True where a driver's app reports it with the handset's own clock. */
  readonly hasHandsetTime?: true;
  /** True where it is evidence that a job was done. If it fits no known consignment, it waits until a person assigns it. */
  readonly isEvidence?: true;
  /** The signal that reports it to a workflow where it comes alone. */
  readonly signal: SignalName;
  /** True where the other side should see it within the second. Other kinds can wait for the facts that come with them. */
  readonly isUrgent?: true;
  /** The results that need it, where the whole state is not needed. */
  readonly neededFor: readonly Purpose[];
  /** Its line in the page's list of what happened; left out, it has none. `workflows/page.ts` puts it into words. */
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
    // A planner's clock cannot be compared with the times of our reads.
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
    // If two pallets are refused at one stop, each is an exception of its own.
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
    // A push and a read tell one signature with and without parts of a second.
    subject: ({ at }) => `pod:${at.slice(0, 19)}.000Z`,
    // A blank name counts as no name.
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
    // A person's cancellation stands beside the one of Palletways, so that a repeated message of Palletways does not undo it.
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
    // A note's time has only minutes, and the value that stood before it was decided when the note was received.
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
  ending: {
    sort: 'change',
    from: ['qargo'],
    subject: () => 'ending',
    orderedBy: 'heard',
    inBase: 'all',
    isOfOwnOrder: true,
    signal: 'facts',
    neededFor: [],
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
    // Qargo asks for it by a custom event that is configured to mean it.
    from: ['qargo', 'person'],
    subject: ({ id }) => `refresh:${id}`,
    inBase: 'none',
    signal: 'facts',
    isUrgent: true,
    neededFor: [],
  },
} as const satisfies { readonly [K in FactKind]: KindEntry<K> };

/** The kinds whose entry has this value under this name. */
type KindsThat<Name extends keyof KindEntry<FactKind>, Value> = {
  [K in FactKind]: (typeof entries)[K] extends Readonly<Record<Name, Value>> ? K : never;
}[FactKind];

export type SnapshotKind = KindsThat<'sort', 'snapshot'>;
/** The kinds of which the base of a state keeps some facts. */
export type BaseKind = KindsThat<'inBase', 'some'>;
/** The facts that this source can report. */
export type NewFactFrom<S extends Source> = Extract<
  NewFact,
  { kind: { [K in FactKind]: S extends (typeof entries)[K]['from'][number] ? K : never }[FactKind] }
> & { readonly source: S };

export const factKinds: { readonly [K in FactKind]: KindEntry<K> } = entries;

/** The entry of a fact's kind, typed for any fact. */
const entryOf = ({ kind }: Fact | NewFact) => factKinds[kind] as KindEntry<FactKind>;

/** The kinds whose entries meet this condition. */
export const factKindsWith = (has: (entry: KindEntry<FactKind>) => boolean): ReadonlySet<FactKind> =>
  new Set((Object.keys(entries) as FactKind[]).filter((kind) => has(factKinds[kind] as KindEntry<FactKind>)));

/** The kinds of the facts that this result needs. */
export const factKindsFor = (purpose: Purpose): FactKind[] => [
  ...factKindsWith(({ neededFor }) => neededFor.includes(purpose)),
];

/** The kinds that show that a job was done. */
export const evidenceKinds: readonly FactKind[] = [...factKindsWith(({ isEvidence }) => isEvidence === true)];

/** The thing that a fact is about. Two facts about one subject never both stand. */
export const subjectOf = (fact: Fact | NewFact): string => entryOf(fact).subject(fact);

/** A number that decides between two facts about one subject before their times do: the one with the larger number stands. */
export const rankOf = (fact: Fact): number => entryOf(fact).rank?.(fact) ?? 0;

/** The text by which facts about one subject are sorted. */
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

/** Whether facts of this kind are sorted by when they were seen, so that they keep that instant. */
export const isOrderedBySeen = ({ kind }: NewFact): boolean => factKinds[kind].orderedBy?.startsWith('seen') === true;

/** The fact's line in the page's list of what happened; undefined where it has none. */
export const lineOf = (fact: Fact): string | undefined => entryOf(fact).line?.(fact);

export const isSnapshot = (fact: NewFact): fact is Extract<NewFact, { kind: SnapshotKind }> =>
  factKinds[fact.kind].sort === 'snapshot';
