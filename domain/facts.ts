/**
 * Facts: what either system, or a person, says about a consignment (docs/architecture.md).
 *
 * A fact travels in a signal as an envelope of at most 400 bytes (4 KB for `order` and `labels`): no names,
 * addresses, free text, plates or customer references, only ids, instants, codes, numbers, keyed digests and
 * a reference to content that is stored once and never changed.
 *
 * All instants are UTC ISO 8601 strings with milliseconds (`2026-11-23T05:12:33.000Z`), so that they order
 * as strings; `zone` keeps the zone or offset in which the instant was said (`Europe/London`, `+01:00`).
 */

export type Counterpart = 'palletways' | 'qargo';
export type Source = Counterpart | 'person' | 'engine';

/** How a fact was heard: `push` (told to us), `read` (we asked), `hand` (signalled by a person). */
export type Via = 'push' | 'read' | 'hand';

export interface FactBase {
  /** The far side's own key of what it said, so that a second copy is harmless. Unique in one consignment. */
  readonly id: string;
  /** When it happened. For a snapshot (`order`, `plan`): the moment at which it was true. */
  readonly at: string;
  /** Zone or offset in which `at` was said. */
  readonly zone: string;
  /** When we heard it, by the database clock. */
  readonly heard: string;
  readonly source: Source;
  readonly via: Via;
  /** Reference to content in the store (names, addresses, texts), never changed once written. */
  readonly content?: string;
}

/** One bill unit line: `FP` x 2. */
export interface BillUnit {
  readonly type: string;
  readonly amount: number;
}

/** The order as Palletways tells it. Snapshot; the latest instant wins. Content: {@link OrderContent}. */
export interface OrderFact extends FactBase {
  readonly kind: 'order';
  readonly type: 'D' | 'C' | '3';
  /** `<service group>-<service code>`, e.g. `A-ND`. */
  readonly service: string;
  readonly lifts: number;
  /** Whole consignment, kg. */
  readonly weight: number;
  readonly billUnits: readonly BillUnit[];
  /** Local dates `YYYY-MM-DD`, or null where not said. */
  readonly collectionDate: string | null;
  readonly deliveryDate: string | null;
  /** Keyed digest (8 bytes hex) of every field that can hold personal data, by field name. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Pallet barcodes. Snapshot. */
export interface LabelsFact extends FactBase {
  readonly kind: 'labels';
  readonly barcodes: readonly string[];
}

/** Palletways' identifiers of the consignment, as far as known. */
export interface TrackingFact extends FactBase {
  readonly kind: 'tracking';
  readonly trackingId: string | null;
  readonly conNo: string | null;
  readonly responseId: string | null;
}

/** A push that cannot decide by itself (no time of its own, partial, ambiguous): one read must. */
export interface HintFact extends FactBase {
  readonly kind: 'hint';
}

/** The consignment's plan at Qargo. Snapshot. `trip: null` means not planned. Content: {@link PlanContent}. */
export interface PlanFact extends FactBase {
  readonly kind: 'plan';
  readonly trip: string | null;
  /** Keyed digest of the vehicle; empty where none is assigned. */
  readonly vehicle: string;
  /** What orders plans: when we heard it (push) or started to read it, by the database clock; `at` where nobody set it. */
  readonly seen?: string;
}

export type ScanKind = 'load' | 'unload' | 'cross-dock' | 'delivery';

export interface ScanFact extends FactBase {
  readonly kind: 'scan';
  readonly barcode: string;
  readonly scan: ScanKind;
}

export type MilestoneName = 'out' | 'arrived' | 'delivered' | 'failed';

export interface MilestoneFact extends FactBase {
  readonly kind: 'milestone';
  readonly milestone: MilestoneName;
  /** Qargo's stop id, or `hand`. */
  readonly stop: string;
  /** Qargo's trip id where it was said. */
  readonly trip?: string;
  /** Reason code of a failed attempt: CARDED, ADDRESS, ... */
  readonly reason?: string;
}

/** Something went wrong at a stop. Content: {@link ExceptionContent}. */
export interface ExceptionFact extends FactBase {
  readonly kind: 'exception';
  readonly code: string;
  readonly stop: string;
  readonly barcode?: string;
}

export type DocumentRole = 'pod' | 'photo' | 'signature' | 'exception-photo';

/** A document at Qargo that Palletways is owed. `document` is Qargo's document id. Content: {@link DocumentContent}. */
export interface DocumentFact extends FactBase {
  readonly kind: 'document';
  readonly document: string;
  readonly role: DocumentRole;
}

/** Proof of delivery: who signed and when (`at`). Content: {@link PodContent}. */
export interface PodFact extends FactBase {
  readonly kind: 'pod';
}

export interface CancellationFact extends FactBase {
  readonly kind: 'cancellation';
}

/** Decision: what was cancelled was said anew. Recorded once, when it was heard; `at` is when it was said. */
export interface RevivedFact extends FactBase {
  readonly kind: 'revived';
  /** Counts the cancellations before it: what is cancelled after it is another cancellation. */
  readonly revival: number;
  /** Of the order at Qargo. The same as before where the cancellation had not been carried out yet. */
  readonly generation: number;
}

export type Verdict = 'accepted' | 'refused' | 'asked';

/** Decision on an edit that came late or on a cancellation: the engine's by its table, or a person's, which settles a question. */
export interface VerdictFact extends FactBase {
  readonly kind: 'verdict';
  /** Id of the order fact that is judged, or the key of the cancellation. */
  readonly on: string;
  readonly verdict: Verdict;
  /** The stage at which it was judged. */
  readonly stage: string;
  /** Names of the fields that the verdict is about; none for a cancellation. */
  readonly fields: readonly string[];
  /** Which sides are told by a note or a document, as configured when it was judged. */
  readonly tell: readonly Counterpart[];
}

/** In which fields Qargo holds the order otherwise than agreed, as a read saw it: a planner's edit. Snapshot, told only when it changes. */
export interface HeldFact extends FactBase {
  readonly kind: 'held';
  /** Keyed digest of what Qargo holds, by field; none: as agreed again. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Whether Palletways still answers for the consignment; told only when it changes. Silence is never a cancellation. */
export interface PresenceFact extends FactBase {
  readonly kind: 'presence';
  readonly present: boolean;
}

/** This identity proved to be another's: the consignment goes on there, and here only its own order at Qargo is taken back. */
export interface MergedFact extends FactBase {
  readonly kind: 'merged';
  /** Internal id of the consignment that stays. */
  readonly into: string;
}

/** Decision of a person: send this obligation again. Raises the obligation's revision. Content: why. */
export interface ResendFact extends FactBase {
  readonly kind: 'resend';
  readonly obligation: string;
  readonly revision: number;
}

/** Decision of a person or of the schedule: read both sides now. */
export interface RefreshFact extends FactBase {
  readonly kind: 'refresh';
}

export type Fact =
  | OrderFact
  | LabelsFact
  | TrackingFact
  | HintFact
  | PlanFact
  | ScanFact
  | MilestoneFact
  | ExceptionFact
  | DocumentFact
  | PodFact
  | CancellationFact
  | RevivedFact
  | VerdictFact
  | PresenceFact
  | HeldFact
  | MergedFact
  | ResendFact
  | RefreshFact;

export type FactKind = Fact['kind'];

/** A fact before the store has given it its `heard` instant and its content reference. */
export type NewFact = Fact extends infer F
  ? F extends Fact
    ? Omit<F, 'heard' | 'content' | 'via'> & { readonly body?: unknown }
    : never
  : never;

/** What is owed to a consignment's own order at Qargo. */
const ownObligations: readonly string[] = ['order', 'references', 'labels', 'cancel'];

/** Whether a fact is about one order at Qargo alone, so that it says nothing of another identity of the same consignment. */
export function isOfOwnOrder(fact: NewFact): boolean {
  if (fact.kind === 'resend') return ownObligations.includes(fact.obligation.split(':')[0] ?? '');
  return fact.kind === 'plan' || fact.kind === 'merged' || fact.kind === 'revived' || fact.kind === 'verdict' || fact.kind === 'held';
}
