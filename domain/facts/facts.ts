/**
 * A fact is one thing that either system, or a person, reported about a consignment (docs/architecture.md).
 *
 * A fact is stored as an envelope of at most 400 bytes (4 KB for `order` and `labels`). The envelope holds no names, addresses, free text,
 * plates or customer references. It holds ids, instants, codes, numbers, keyed digests and a reference to content that is stored once and
 * never changed. The signals of the engine carry no facts: they carry the plan (domain/obligations/plan.ts).
 *
 * All instants are UTC ISO 8601 strings with milliseconds (`2026-11-23T05:12:33.000Z`), so that they sort as strings. `zone` keeps the zone
 * or offset in which the instant was reported (`Europe/London`, `+01:00`).
 */

import type { ClockDoubt } from './clock-doubt.ts';
import type { BillUnit } from './content.ts';
import type { Leg, Role } from './roles.ts';

export type Counterpart = 'palletways' | 'qargo';
export type Source = Counterpart | 'person' | 'engine';

/**
 * How we received a fact. `push`: the far side sent it to us. `read`: we asked for it. `hand`: it came by no push and by no read; it is a
 * person's command or the engine's own.
 */
export type Via = 'push' | 'read' | 'hand';

export interface FactBase {
  /** The far side's own key of what it reported, so that a second copy is harmless. It is unique in one consignment. */
  readonly id: string;
  /** The instant at which it happened. For a snapshot (`order`, `plan`) it is the instant at which the content was true. */
  readonly at: string;
  /** The zone or offset in which `at` was reported. */
  readonly zone: string;
  /** The instant at which we received it, by the database clock. */
  readonly heard: string;
  readonly source: Source;
  readonly via: Via;
  /** A reference to content in the store (names, addresses, texts), which never changes once it is written. */
  readonly content?: string;
  /**
   * A correction has this: the instant (UTC ISO) at which we received the event again with another content. It sorts the reports of one
   * event.
   */
  readonly retold?: string;
  /** A correction that repeats the content of an earlier report has this: the id of that report, or `first`. */
  readonly like?: string;
  /** Says why `at` cannot be right. It is decided once, when the fact is received, and left out where `at` can be right. */
  readonly doubt?: ClockDoubt;
}

/** The order as Palletways reports it. It is a snapshot: the latest instant wins. Its content is an {@link OrderContent}. */
export interface OrderFact extends FactBase {
  readonly kind: 'order';
  readonly type: 'D' | 'C' | '3';
  /** `<service group>-<service code>`, e.g. `A-ND`. */
  readonly service: string;
  readonly lifts: number;
  /** The weight of the whole consignment, kg. */
  readonly weight: number;
  readonly billUnits: readonly BillUnit[];
  /** Both dates are local dates `YYYY-MM-DD`, or null where the order names none. */
  readonly collectionDate: string | null;
  readonly deliveryDate: string | null;
  /** A keyed digest (8 bytes hex) of every field that can hold personal data, by field name. */
  readonly digests: Readonly<Record<string, string>>;
  /**
   * The elements of the content that the message carried, sorted; left out, it carried all. An element that it did not carry kept its
   * earlier value (domain/facts/carry-over.ts).
   */
  readonly carried?: readonly string[];
  /** Our roles, decided when the order was received; left out where Palletways names no depots. */
  readonly roles?: readonly Role[];
  /** The leg that we drive; left out where it is as Palletways reports the order. */
  readonly leg?: Leg;
}

/** The pallet barcodes of the consignment. It is a snapshot. */
export interface LabelsFact extends FactBase {
  readonly kind: 'labels';
  readonly barcodes: readonly string[];
}

/** Palletways' identifiers of the consignment, as far as they are known. */
export interface TrackingFact extends FactBase {
  readonly kind: 'tracking';
  readonly trackingId: string | null;
  readonly conNo: string | null;
  readonly responseId: string | null;
}

/** A push that decides nothing by itself, because it has no time of its own, is partial or is ambiguous. One read must decide. */
export interface HintFact extends FactBase {
  readonly kind: 'hint';
}

/** The consignment's plan at Qargo. It is a snapshot; `trip: null` means not planned. Its content is a {@link PlanContent}. */
export interface PlanFact extends FactBase {
  readonly kind: 'plan';
  readonly trip: string | null;
  /** A keyed digest of the vehicle; empty where none is assigned. */
  readonly vehicle: string;
  /** Plans are sorted by this instant: when we received the push or started the read, by the database clock; `at` where it is left out. */
  readonly seen?: string;
}

export type ScanKind = 'load' | 'unload' | 'cross-dock' | 'delivery';

export interface ScanFact extends FactBase {
  readonly kind: 'scan';
  readonly barcode: string;
  readonly scan: ScanKind;
  /** True where no stop was named, so that the pallet may have been loaded instead: the times of the pickup stop tell. */
  readonly unplaced?: true;
}

export type MilestoneName = 'out' | 'arrived' | 'delivered' | 'failed';

export interface MilestoneFact extends FactBase {
  readonly kind: 'milestone';
  readonly milestone: MilestoneName;
  /** Qargo's stop id, or `hand`. */
  readonly stop: string;
  /** Qargo's trip id, where Qargo named it. */
  readonly trip?: string;
  /** The reason code of a failed attempt: CARDED, ADDRESS, ... */
  readonly reason?: string;
  /** How many units were loaded or handed over there, and how many were ordered; left out where Qargo counted nothing. */
  readonly counted?: Counted;
  /** When the stop of an `out` was begun, UTC ISO; left out where Qargo did not say. */
  readonly began?: string;
}

export interface Counted {
  readonly units: number;
  /** The number that was ordered. */
  readonly of: number;
}

/**
 * The instant at which Qargo expects to be at the consignee. An estimate that moved less than the policy asks is dropped
 * (store/intake/ingest.ts).
 */
export interface EtaFact extends FactBase {
  readonly kind: 'eta';
  readonly stop: string;
  /** UTC ISO. */
  readonly eta: string;
  /** Estimates are sorted by it as plans are, see {@link PlanFact.seen}. */
  readonly seen?: string;
}

/** Something went wrong at a stop. Its content is an {@link ExceptionContent}. */
export interface ExceptionFact extends FactBase {
  readonly kind: 'exception';
  readonly code: string;
  readonly stop: string;
  readonly barcode?: string;
}

export const nextSteps = ['redeliver', 'return', 'hold', 'resolved'] as const;
export type NextStep = (typeof nextSteps)[number];

/** A person's decision about an exception: the next step, or that the exception is over. Its content is a {@link CaseContent}. */
export interface CaseFact extends FactBase {
  readonly kind: 'case';
  /** The id of the exception's fact. */
  readonly exception: string;
  readonly step: NextStep;
}

export type DocumentRole = 'pod' | 'photo' | 'signature' | 'exception-photo';

/** A document at Qargo that Palletways is owed. `document` is Qargo's document id. Its content is a {@link DocumentContent}. */
export interface DocumentFact extends FactBase {
  readonly kind: 'document';
  readonly document: string;
  readonly role: DocumentRole;
}

/** Proof of delivery: it reports who signed and when (`at`). Its content is a {@link PodContent}. */
export interface PodFact extends FactBase {
  readonly kind: 'pod';
}

/**
 * A search for the evidence that must prove the end of a stop. The engine records it when the stop ends, and again with every piece of
 * evidence that arrives. It exists only where the organisation wants evidence.
 */
export interface EvidenceSearchFact extends FactBase {
  readonly kind: 'proof';
  readonly stop: string;
  readonly outcome: 'delivered' | 'failed';
  /** The instant of the milestone. */
  readonly ended: string;
  /** The instant at which we received the end. The time of each look is counted from it. */
  readonly since: string;
}

export interface CancellationFact extends FactBase {
  readonly kind: 'cancellation';
  /** The engine records a cancellation where another depot drives the leg now. This is the leg that was ours before. */
  readonly from?: Leg;
}

/**
 * The engine's decision that a cancelled consignment was ordered again. It is recorded once, on receipt; `at` is the instant of the new
 * order.
 */
export interface RevivedFact extends FactBase {
  readonly kind: 'revived';
  /** The number of cancellations before it, so that a cancellation after it is another one. */
  readonly revival: number;
  /** The generation of the order at Qargo. It stays the same where the cancellation had not been carried out yet. */
  readonly generation: number;
}

export type Decision = 'accepted' | 'refused' | 'asked';

/** A decision on a late edit or on a cancellation. The engine decides by its table; a person's decision settles what was asked. */
export interface DecisionFact extends FactBase {
  readonly kind: 'decision';
  /** The id of the order fact that is judged, or the key of the cancellation. */
  readonly on: string;
  readonly decision: Decision;
  /** The stage at which it was judged. */
  readonly stage: string;
  /** The number of attempts to deliver that had failed by then. */
  readonly attempt: number;
  /** The names of the fields that the decision is about; a cancellation has none. */
  readonly fields: readonly string[];
  /** True where it is on a cancellation because another depot was given the job. */
  readonly moved?: true;
  /** The sides that the decision is sent to, by a note or a document, as it was configured when it was judged. */
  readonly tell: readonly Counterpart[];
}

/**
 * A planner's edit: the fields that a read found different at Qargo from the agreed order. It is a snapshot, recorded only when it changes.
 */
export interface PlannerEditFact extends FactBase {
  readonly kind: 'held';
  /** A keyed digest of what Qargo holds, by field. It is empty where Qargo holds the agreed order again. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Something that Palletways shows of a consignment looks like a cancellation, and no table of the account says that it is one. `code` is the
 * status code with its name, or group and type of the note; `word` is what was found in the text.
 */
export interface CancelSign {
  readonly by: 'status' | 'note';
  readonly code: string;
  readonly word?: string;
}

/**
 * Whether Palletways still answers for the consignment, or shows something that looks like its cancellation (`sign`, then `present` is
 * false). It is recorded only when it changes. Neither silence nor a sign is ever a cancellation: a person decides.
 */
export interface PresenceFact extends FactBase {
  readonly kind: 'presence';
  readonly present: boolean;
  /** What looked like a cancellation; a person's answer carries that of the question. */
  readonly sign?: CancelSign;
}

/**
 * How an order ends or stands still at Qargo otherwise than agreed. `cancelled in part`: one of its consignments. `skipped`: nobody goes to
 * the consignee. `reset`: a delivery was taken back. `attempt not known`: somebody was there, and nothing says what came of it. `lives on`:
 * we took the order back, and it is there all the same. `none`: it is as agreed again.
 */
export const endings = [
  'none',
  'cancelled',
  'cancelled in part',
  'rejected',
  'blocked',
  'skipped',
  'reset',
  'attempt not known',
  'lives on',
] as const;
export type Ending = (typeof endings)[number];

/** What an event or a read of an order at Qargo showed of its end. It is recorded only when it changes. */
export interface EndingFact extends FactBase {
  readonly kind: 'ending';
  readonly how: Ending;
}

/** This identity proved to be another consignment's. The work goes on there; here only its own order at Qargo is taken back. */
export interface MergedFact extends FactBase {
  readonly kind: 'merged';
  /** The internal id of the consignment that stays. */
  readonly into: string;
}

/**
 * The kinds of things that are charged for: the measured size or weight of the goods, another grade or number of bill units, a surcharge.
 */
export const chargeKinds = ['dimensions', 'weight', 'regrade', 'surcharge'] as const;
export type ChargeKind = (typeof chargeKinds)[number];

/**
 * A change of what is charged for, as `source` reported it. `old` and `new` are texts as domain/policy/charges.ts writes them. Its content
 * is a {@link ChargeContent}.
 */
export interface ChargeFact extends FactBase {
  readonly kind: 'charge';
  readonly charge: ChargeKind;
  /** The barcode or bill unit that was measured, or the code of a surcharge. It is empty where the whole consignment is meant. */
  readonly about: string;
  /** The value that stood before; null where none did. */
  readonly old: string | null;
  readonly new: string;
  /**
   * The sides that the change is owed to, decided when it was received. It is never owed to the side that reported it, nor to one that
   * already reports the same.
   */
  readonly owe: readonly Counterpart[];
}

/**
 * The decision that a delivered or cancelled consignment is final. It is a snapshot, and exists only where the final quantities are sent to
 * Qargo or a person let the consignment be closed.
 */
export interface CloseOutFact extends FactBase {
  readonly kind: 'close-out';
  /** 0 is the close-out itself, and n is its nth adjustment. */
  readonly adjustment: number;
  /** The digest of the final quantities. */
  readonly digest: string;
  /** False where the final quantities are not sent to Qargo; left out where they are. */
  readonly told?: false;
  /** True where a person let it be closed with the evidence that there was, so that no more evidence is waited for. */
  readonly accepted?: true;
}

/**
 * The network's own side of the journey, as a hub, another depot or the network itself reports it. The latest one stands. A book-in is a
 * subject of its own. Its content is a {@link NetworkContent}.
 */
export interface NetworkFact extends FactBase {
  readonly kind: 'network';
  /** Our word for it: AT_HUB, STOCK_HELD, BOOKED, ... */
  readonly code: string;
  readonly barcode?: string;
  /** A book-in has this: its local date, its local time (null where none was booked), and a keyed digest of its contact and reference. */
  readonly bookIn?: { readonly date: string; readonly time: string | null; readonly digest: string };
}

/**
 * The decision of a person or of the engine to send this obligation again. It raises the obligation's revision. The content of a person's
 * decision holds why.
 */
export interface ResendFact extends FactBase {
  readonly kind: 'resend';
  readonly obligation: string;
  readonly revision: number;
}

/** Both sides are read now, because a person asked for it or an event of Qargo that is configured to mean it. */
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
  | EndingFact
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
        /** The text that `at` was read from, as it was written. It is kept beside the envelope, which does not carry it. */
        readonly said?: string;
      }
    : never
  : never;
