/**
 * The kinds of obligations: all that is said of a kind stands in its entry here, and the lists that rooms need are made from it. What
 * makes one owed is in obligations.ts. Workflows carry this module: it may import no state.
 */
import type { CallPriority } from '../calls/error.ts';
import { isOfCancellation } from '../facts/cancellation-name.ts';
import type { Counterpart, Fact, NewFact } from '../facts/facts.ts';
import { factKinds } from '../facts/kinds.ts';
import type { Row, Withheld } from '../policy/rows.ts';

/** What an obligation needs before it can be met. An unmet need holds that obligation alone and is its diagnosis. */
export type Need = 'order accepted' | 'tracking id' | 'earlier order taken back';

/** Calls that tell Qargo, or ask it, and those of Palletways; many kinds ride one call. */
export type QargoCall = 'cancel' | 'change' | 'goods' | 'journey' | 'look' | 'notice' | 'evidence' | 'decision';
export type PalletwaysCall = 'note' | 'file' | 'read';

interface KindEntry {
  /** What it is called at the beginning of a sentence. */
  readonly name: string;
  readonly isPlural?: true;
  /** The row that switches it; null for what only reads, which cannot be switched off. */
  readonly row: Row | null;
  /** The part of it that belongs to another row than the rest. */
  readonly part?: { readonly sort: string; readonly row: Row; readonly has: (fact: Fact) => boolean };
  /** What a change after the receipt means: owed again, told as a correction of what was told (domain/facts/corrections.ts), or never again by itself. */
  readonly change: 'replace' | 'correct' | 'once';
  /** True where another digest is news although it is owed once: a piece came, and what is missing is looked at anew. */
  readonly comparesDigest?: true;
  readonly priority: CallPriority;
  /** To whom it is told, and by which call. */
  readonly calls: { readonly qargo?: QargoCall; readonly palletways?: PalletwaysCall };
  /** What it needs at Qargo, where that is not the accepted order alone. */
  readonly needs?: readonly Need[];
  /** True where it is told of the order at Qargo as it is made: of another order it is owed again, once the earlier one is taken back. */
  readonly isOfTheOrder?: true;
  /** True where it is met by one identity's own order at Qargo: asking for it again says nothing of another identity of the consignment. */
  readonly isOfOwnOrder?: true;
  /** Of a consignment that we only collect the delivery is another depot's; `always` is owed whoever's leg it is. */
  readonly leg?: 'delivery' | 'always';
}

const entries = {
  /** The order as Palletways tells it, created and edited. */
  order: {
    name: 'The order',
    row: 'orders',
    change: 'replace',
    priority: 'label',
    calls: { qargo: 'change' },
    needs: [],
    isOfTheOrder: true,
    isOfOwnOrder: true,
  },
  /** Palletways' identifiers on the order. */
  references: {
    name: 'The Palletways references',
    isPlural: true,
    row: 'labels',
    change: 'replace',
    priority: 'milestone',
    calls: { qargo: 'change' },
    needs: ['order accepted', 'tracking id'],
    isOfTheOrder: true,
    isOfOwnOrder: true,
  },
  /** Barcodes as handling units, and the label PDF. */
  labels: {
    name: 'The pallet labels',
    isPlural: true,
    row: 'labels',
    change: 'replace',
    priority: 'label',
    calls: { qargo: 'change' },
    needs: ['order accepted', 'tracking id'],
    isOfTheOrder: true,
    isOfOwnOrder: true,
  },
  /** The order taken back. */
  cancel: {
    name: 'The cancellation',
    row: 'cancellations',
    change: 'once',
    priority: 'cancellation',
    calls: { qargo: 'cancel' },
    needs: [],
    leg: 'always',
    isOfOwnOrder: true,
  },
  /** Where the consignment is in the network, as Palletways tells it. */
  journey: {
    name: 'The news of the network',
    row: 'network',
    change: 'replace',
    priority: 'milestone',
    calls: { qargo: 'journey' },
    isOfTheOrder: true,
    isOfOwnOrder: true,
  },
  /** The window that the network booked at the delivery. */
  'book-in': {
    name: 'The book-in',
    row: 'network',
    change: 'replace',
    priority: 'label',
    calls: { qargo: 'change' },
    isOfTheOrder: true,
    leg: 'delivery',
    isOfOwnOrder: true,
  },
  /** The window that a planner set. */
  booking: {
    name: 'The window that a planner set',
    row: 'network',
    change: 'replace',
    priority: 'milestone',
    calls: { palletways: 'note' },
    leg: 'delivery',
  },
  /** Asks Qargo what only a read tells after a stop ended or a signature came: who signed, why it failed, incidents. */
  evidence: {
    name: 'The look for signature and incidents',
    row: null,
    change: 'once',
    priority: 'pod',
    calls: { qargo: 'look' },
  },
  /** Asks Qargo, ever more rarely, for the evidence that must be there and is not. */
  proof: {
    name: 'The evidence',
    row: null,
    change: 'once',
    comparesDigest: true,
    priority: 'pod',
    calls: { qargo: 'evidence' },
  },
  plan: { name: 'The plan', row: 'planning', change: 'replace', priority: 'milestone', calls: { palletways: 'note' } },
  scan: { name: 'A scan', row: 'scans', change: 'once', priority: 'milestone', calls: { palletways: 'note' } },
  milestone: {
    name: 'A milestone',
    row: 'milestones',
    change: 'once',
    priority: 'milestone',
    calls: { palletways: 'note' },
  },
  eta: {
    name: 'The estimated arrival',
    row: 'milestones',
    change: 'replace',
    priority: 'milestone',
    calls: { palletways: 'note' },
    leg: 'delivery',
  },
  exception: {
    name: 'An exception',
    row: 'exceptions',
    change: 'once',
    priority: 'milestone',
    calls: { palletways: 'note' },
  },
  /** What Palletways says went wrong. */
  notice: {
    name: 'An exception that Palletways told',
    row: 'exceptions',
    change: 'once',
    priority: 'milestone',
    calls: { qargo: 'notice' },
  },
  pod: {
    name: 'The POD',
    row: 'pod',
    change: 'correct',
    priority: 'pod',
    calls: { palletways: 'note' },
    leg: 'delivery',
  },
  /** A photo, a signature or a POD file. A photo of an exception is nothing without the note that says what it shows. */
  file: {
    name: 'A photo or POD file',
    row: 'pod',
    part: {
      sort: 'file:exception',
      row: 'exceptions',
      has: (fact) => fact.kind === 'document' && fact.role === 'exception-photo',
    },
    change: 'once',
    priority: 'pod',
    calls: { palletways: 'file' },
  },
  /** A change of what is charged for, to either side by the path that is configured for it. */
  charge: {
    name: 'A change of what is charged for',
    row: 'charges',
    change: 'replace',
    priority: 'milestone',
    calls: { qargo: 'goods', palletways: 'note' },
    isOfTheOrder: true,
  },
  'close-out': {
    name: 'The final quantities',
    row: 'close-out',
    change: 'replace',
    priority: 'milestone',
    calls: { qargo: 'goods' },
    isOfTheOrder: true,
    isOfOwnOrder: true,
  },
  /** Asks Palletways for the whole consignment where a push could not decide. */
  consignment: {
    name: 'The look at the changed consignment',
    row: null,
    change: 'once',
    priority: 'label',
    calls: { palletways: 'read' },
    leg: 'always',
  },
  /** What became of a late edit or of a cancellation: Palletways gets a note, Qargo a document on the order. */
  decision: {
    name: 'The decision on a late edit or cancellation',
    row: 'orders',
    part: {
      sort: 'decision:cancel',
      row: 'cancellations',
      has: (fact) => fact.kind === 'decision' && isOfCancellation(fact.on),
    },
    change: 'once',
    priority: 'milestone',
    calls: { qargo: 'decision', palletways: 'note' },
    leg: 'always',
  },
  /** A person, or the schedule, asked for a read of that side. */
  refresh: {
    name: 'The refresh',
    row: null,
    change: 'once',
    priority: 'label',
    calls: { qargo: 'look', palletways: 'read' },
  },
} as const satisfies Readonly<Record<string, KindEntry>>;

export type ObligationKind = keyof typeof entries;

/** The kinds that Palletways is told by a note. */
export type NoteKind = {
  [Kind in ObligationKind]: (typeof entries)[Kind]['calls'] extends { readonly palletways: 'note' } ? Kind : never;
}[ObligationKind];

/** What switches tell apart: the kinds, and the part of a kind that belongs to another row than the rest of it. */
export type Sort = ObligationKind | 'file:exception' | 'decision:cancel';

export const obligationKinds: Readonly<Record<ObligationKind, KindEntry>> = entries;

/** All kinds of which something holds, as their entries stand. */
export const kindsWith = (has: (entry: KindEntry) => boolean): ObligationKind[] =>
  (Object.keys(entries) as ObligationKind[]).filter((kind) => has(obligationKinds[kind]));

/** The row of each sort; null for what only reads. */
export const rowOf: Readonly<Record<Sort, Row | null>> = Object.fromEntries(
  Object.entries(obligationKinds).flatMap(([kind, { row, part }]) => [
    [kind, row],
    ...(part === undefined ? [] : [[part.sort, part.row]]),
  ]),
) as Record<Sort, Row | null>;

/** Tells which sort is owed under a kind for this fact. */
export function sortOf(kind: ObligationKind, fact: Fact): Sort {
  const { part } = obligationKinds[kind];
  return part?.has(fact) === true ? (part.sort as Sort) : kind;
}

/** Tells how what is of this sort is switched, where it is not on. */
export function switchedOff(sort: Sort, withheld: Withheld): 'off' | 'shadow' | undefined {
  const row = rowOf[sort];
  return row === null ? undefined : withheld[row];
}

/** What something of this kind needs at a side before it can be met; `isMadeAnew` where an earlier order is to be taken back first. */
export function needsOf(kind: ObligationKind, to: Counterpart, isMadeAnew: boolean): readonly Need[] {
  if (to === 'palletways') return ['tracking id'];
  const { needs = ['order accepted'], isOfTheOrder } = obligationKinds[kind];
  return isMadeAnew && isOfTheOrder === true ? ['earlier order taken back', ...needs] : needs;
}

/** Whether a fact is about one order at Qargo alone, so that it says nothing of another identity of the same consignment. */
export function isOfOwnOrder(fact: NewFact): boolean {
  if (fact.kind !== 'resend') return factKinds[fact.kind].isOfOwnOrder === true;
  const [kind = ''] = fact.obligation.split(':');
  return Object.hasOwn(entries, kind) && obligationKinds[kind as ObligationKind].isOfOwnOrder === true;
}
