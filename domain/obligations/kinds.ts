/**
 * The kinds of obligations. Everything about a kind stands in its entry here, and the lists that rooms need are made from the entries.
 * obligations.ts decides when one is owed. Workflows include this module, so it may not import the state.
 */
import type { CallPriority } from '../calls/error.ts';
import { isOfCancellation } from '../facts/cancellation-name.ts';
import type { Counterpart, Fact, NewFact } from '../facts/facts.ts';
import { factKinds } from '../facts/kinds.ts';
import type { Row, Withheld } from '../policy/rows.ts';

/** A condition for meeting an obligation. A need that is not met holds up that obligation alone, and it is the reason that people see. */
export const needs = ['order accepted', 'tracking id', 'earlier order taken back'] as const;
export type Need = (typeof needs)[number];

/** The calls that send something to Qargo or ask it, and those of Palletways. Many kinds share one call. */
export type QargoCall = 'cancel' | 'change' | 'goods' | 'journey' | 'look' | 'notice' | 'evidence' | 'decision';
export type PalletwaysCall = 'note' | 'file' | 'read';

interface KindEntry {
  /** Its name at the beginning of a sentence. */
  readonly name: string;
  readonly isPlural?: true;
  /** The row that switches it; null for a kind that only reads, which cannot be switched off. */
  readonly row: Row | null;
  /** The part of it that belongs to another row than the rest. */
  readonly part?: { readonly sort: string; readonly row: Row; readonly has: (fact: Fact) => boolean };
  /**
   * What happens if it changes after its receipt. `replace`: it is owed again. `correct`: it is sent as a correction of what was sent
   * (domain/facts/corrections.ts). `once`: it is never owed again by itself.
   */
  readonly change: 'replace' | 'correct' | 'once';
  /**
   * True where another digest is news although it is owed once: a piece of evidence arrived, so Qargo is asked again for what is missing.
   */
  readonly comparesDigest?: true;
  readonly priority: CallPriority;
  /** The sides that it is sent to, and the call that carries it. */
  readonly calls: { readonly qargo?: QargoCall; readonly palletways?: PalletwaysCall };
  /** Its needs at Qargo, where they are other than the accepted order alone. */
  readonly needs?: readonly Need[];
  /** True where it belongs to one order at Qargo. For the next order it is owed again, once the earlier order is taken back. */
  readonly isOfTheOrder?: true;
  /**
   * True where one identity's own order at Qargo meets it. A request to send it again says nothing about another identity of the
   * consignment.
   */
  readonly isOfOwnOrder?: true;
  /** `delivery`: it belongs to the delivery, so it is not owed where we only collect. `always`: it is owed whoever drives the leg. */
  readonly leg?: 'delivery' | 'always';
}

const entries = {
  /** The order as Palletways sends it, created and edited. */
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
  /** The order is taken back at Qargo. */
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
  /** Where the consignment is in the network, as Palletways reports it. */
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
  /** Asks Qargo, after a stop ended or a signature came, for what only a read shows: who signed, why it failed, incidents. */
  evidence: {
    name: 'The look for signature and incidents',
    row: null,
    change: 'once',
    priority: 'pod',
    calls: { qargo: 'look' },
  },
  /** Asks Qargo for evidence that is required and missing, at longer and longer intervals. */
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
  /** An exception that Palletways reports. */
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
  /** A photo, a signature or a POD file. A photo of an exception means nothing without the note that says what it shows. */
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
  /** A change of what is charged for. It goes to either side by the path that is configured for it. */
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
  /** The decision on a late edit or on a cancellation. Palletways gets a note, and Qargo gets a document on the order. */
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
  /** A person, or an event of Qargo, asked for a read of that side. */
  refresh: {
    name: 'The refresh',
    row: null,
    change: 'once',
    priority: 'label',
    calls: { qargo: 'look', palletways: 'read' },
  },
} as const satisfies Readonly<Record<string, KindEntry>>;

export type ObligationKind = keyof typeof entries;

/** The kinds that go to Palletways as a note. */
export type NoteKind = {
  [Kind in ObligationKind]: (typeof entries)[Kind]['calls'] extends { readonly palletways: 'note' } ? Kind : never;
}[ObligationKind];

/** A sort is what a switch applies to: a kind, or the part of a kind that belongs to another row than the rest. */
export type Sort = ObligationKind | 'file:exception' | 'decision:cancel';

export const obligationKinds: Readonly<Record<ObligationKind, KindEntry>> = entries;

/** The kinds whose entries meet this condition. */
export const kindsWith = (has: (entry: KindEntry) => boolean): ObligationKind[] =>
  (Object.keys(entries) as ObligationKind[]).filter((kind) => has(obligationKinds[kind]));

/** The row of each sort; null for a sort that only reads. */
export const rowOf: Readonly<Record<Sort, Row | null>> = Object.fromEntries(
  Object.entries(obligationKinds).flatMap(([kind, { row, part }]) => [
    [kind, row],
    ...(part === undefined ? [] : [[part.sort, part.row]]),
  ]),
) as Record<Sort, Row | null>;

/** Returns the sort that is owed under a kind for this fact. */
export function sortOf(kind: ObligationKind, fact: Fact): Sort {
  const { part } = obligationKinds[kind];
  return part?.has(fact) === true ? (part.sort as Sort) : kind;
}

/** Returns how this sort is switched, if it is not on. */
export function switchedOff(sort: Sort, withheld: Withheld): 'off' | 'shadow' | undefined {
  const row = rowOf[sort];
  return row === null ? undefined : withheld[row];
}

/** Returns what a kind needs at a side before it can be met. `isMadeAnew` is true where an earlier order must be taken back first. */
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
