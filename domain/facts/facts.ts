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

import type { ClockDoubt } from './clock-doubt.ts';
import type { BillUnit } from './content.ts';
import type { Leg, Role } from './roles.ts';

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
  /** Of a correction: when the event was told anew with another content (UTC ISO, when it was heard). It orders the tellings of one event. */
  readonly retold?: string;
  /** Of a correction that says what an earlier telling said: the id of that one, or `first`. */
  readonly like?: string;
  /** Why `at` cannot be right, where it cannot; decided once, when it was heard. */
  readonly doubt?: ClockDoubt;
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
  /** Which elements of the content its message carried, sorted; left out: all. What it did not carry was taken over (domain/facts/carry-over.ts). */
  readonly carried?: readonly string[];
  /** Whose leg it is, decided when it was heard; left out where Palletways names no depots. */
  readonly roles?: readonly Role[];
  /** What of it we drive; left out where it is as told. */
  readonly leg?: Leg;
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
  /** How much of the goods was taken or given there, and of how much, where Qargo counted it. */
  readonly counted?: Counted;
}

export interface Counted {
  readonly units: number;
  /** As ordered. */
  readonly of: number;
}

/** When Qargo expects to be at the consignee. What moved less than the policy asks is no news (`store/intake/ingest.ts`). */
export interface EtaFact extends FactBase {
  readonly kind: 'eta';
  readonly stop: string;
  /** UTC ISO. */
  readonly eta: string;
  /** Estimates are ordered by it as plans are, see {@link PlanFact.seen}. */
  readonly seen?: string;
}

/** Something went wrong at a stop. Content: {@link ExceptionContent}. */
export interface ExceptionFact extends FactBase {
  readonly kind: 'exception';
  readonly code: string;
  readonly stop: string;
  readonly barcode?: string;
}

export const nextSteps = ['redeliver', 'return', 'hold', 'resolved'] as const;
export type NextStep = (typeof nextSteps)[number];

/** Decision of a person about an exception: what comes next, or that it is over. Content: {@link CaseContent}. */
export interface CaseFact extends FactBase {
  readonly kind: 'case';
  /** Id of the exception's fact. */
  readonly exception: string;
  readonly step: NextStep;
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

/**
 * What must prove the end of a stop is looked for: begun by the engine with the end of the stop, said anew with every piece of
 * evidence that comes. Only where the organisation wants evidence.
 */
export interface EvidenceSearchFact extends FactBase {
  readonly kind: 'proof';
  readonly stop: string;
  readonly outcome: 'delivered' | 'failed';
  /** The instant of the milestone. */
  readonly ended: string;
  /** When the end was heard of: the looks are counted from it. */
  readonly since: string;
}

export interface CancellationFact extends FactBase {
  readonly kind: 'cancellation';
  /** Decided by us: another depot drives it now. The leg that was ours before. */
  readonly from?: Leg;
}

/** Decision: what was cancelled was said anew. Recorded once, when it was heard; `at` is when it was said. */
export interface RevivedFact extends FactBase {
  readonly kind: 'revived';
  /** Counts the cancellations before it: what is cancelled after it is another cancellation. */
  readonly revival: number;
  /** Of the order at Qargo. The same as before where the cancellation had not been carried out yet. */
  readonly generation: number;
}

export type Decision = 'accepted' | 'refused' | 'asked';

/** Decision on an edit that came late or on a cancellation: the engine's by its table, or a person's, which settles a question. */
export interface DecisionFact extends FactBase {
  readonly kind: 'decision';
  /** Id of the order fact that is judged, or the key of the cancellation. */
  readonly on: string;
  readonly decision: Decision;
  /** The stage at which it was judged. */
  readonly stage: string;
  /** How many attempts to deliver had failed by then. */
  readonly attempt: number;
  /** Names of the fields that the decision is about; none for a cancellation. */
  readonly fields: readonly string[];
  /** On a cancellation: that another depot was given the job. */
  readonly moved?: true;
  /** Which sides are told by a note or a document, as configured when it was judged. */
  readonly tell: readonly Counterpart[];
}

/** In which fields Qargo holds the order otherwise than agreed, as a read saw it: a planner's edit. Snapshot, told only when it changes. */
export interface PlannerEditFact extends FactBase {
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

/**
 * What is charged for: measured size or weight of the goods, another grade or number of bill units, something charged on top.
 */
export const chargeKinds = ['dimensions', 'weight', 'regrade', 'surcharge'] as const;
export type ChargeKind = (typeof chargeKinds)[number];

/** A change of what is charged for: who says it is `source`, old and new are texts of `domain/policy/charges.ts`. Content: {@link ChargeContent}. */
export interface ChargeFact extends FactBase {
  readonly kind: 'charge';
  readonly charge: ChargeKind;
  /** Barcode or bill unit that was measured, code of a surcharge; empty: the whole consignment. */
  readonly about: string;
  /** What stood before; null where nothing did. */
  readonly old: string | null;
  readonly new: string;
  /** Decided when it was heard: whom it is owed to. Never the side that said it, never one that says the same already. */
  readonly owe: readonly Counterpart[];
}

/** Decision: what was delivered or cancelled is final. Snapshot. Only where Qargo is told of it, or a person let it be closed. */
export interface CloseOutFact extends FactBase {
  readonly kind: 'close-out';
  /** 0: the close-out; n: its nth adjustment. */
  readonly adjustment: number;
  /** Of the final quantities. */
  readonly digest: string;
  /** Left out: Qargo is told. */
  readonly told?: false;
  /** A person let it be closed with the evidence that there was: none is waited for any more. */
  readonly accepted?: true;
}

/**
 * The network's own side of the journey: what a hub, another depot or the network itself says. The latest stands; a book-in is a
 * subject of its own. Content: {@link NetworkContent}.
 */
export interface NetworkFact extends FactBase {
  readonly kind: 'network';
  /** Our word for it: AT_HUB, STOCK_HELD, BOOKED, ... */
  readonly code: string;
  readonly barcode?: string;
  /** Of a book-in: local date and time of the delivery (null where none was said), and a keyed digest of its contact and reference. */
  readonly bookIn?: { readonly date: string; readonly time: string | null; readonly digest: string };
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
  | EtaFact
  | ExceptionFact
  | CaseFact
  | DocumentFact
  | PodFact
  | EvidenceSearchFact
  | CancellationFact
  | ChargeFact
  | CloseOutFact
  | RevivedFact
  | DecisionFact
  | PresenceFact
  | PlannerEditFact
  | MergedFact
  | NetworkFact
  | ResendFact
  | RefreshFact;

export type FactKind = Fact['kind'];

/** A fact before the store has given it its `heard` instant and its content reference. */
export type NewFact = Fact extends infer F
  ? F extends Fact
    ? Omit<F, 'heard' | 'content' | 'via' | 'doubt'> & {
        readonly body?: unknown;
        /** The text that `at` was read from, as it was written; kept beside the envelope, which does not carry it. */
        readonly said?: string;
      }
    : never
  : never;
