/** This file says what an obligation is: its kind, what it needs, and what is known of it. What is owed `obligations.ts` works out. */
import type { CallPriority } from './call-error.ts';
import type { Counterpart } from './facts.ts';

/** What an obligation needs before it can be met. An unmet need holds that obligation alone and is its diagnosis. */
export type Need = 'order accepted' | 'tracking id' | 'earlier order taken back';

/**
 * - `order`       Qargo: the order as Palletways tells it (created, edited)
 * - `references`  Qargo: Palletways' identifiers on the order
 * - `labels`      Qargo: barcodes as handling units and the label PDF
 * - `cancel`      Qargo: the order taken back
 * - `journey`     Qargo: where the consignment is in the network, as Palletways tells it
 * - `book-in`     Qargo: the window that the network booked at the delivery
 * - `evidence`    ask Qargo what only a read tells after a stop ended or a signature came (who signed, failed, incident)
 * - `proof`     ask Qargo, ever more rarely, for the evidence that must be there and is not
 * - `plan`, `scan`, `milestone`, `eta`, `exception`, `pod`, `booking`   Palletways: a note (`booking`: the window that a planner set)
 * - `notice`    Qargo: what Palletways says went wrong
 * - `file`        Palletways: a photo, signature or POD file
 * - `charge`      either: a change of what is charged for, by the path configured for its kind
 * - `close-out`   Qargo: the final quantities
 * - `consignment` ask Palletways for the whole consignment (a push could not decide)
 * - `verdict`     what became of a late edit or of a cancellation: Palletways a note, Qargo a document on the order
 * - `refresh`     a person, or the schedule, asked for a read of that side
 */
export type ObligationKind =
  | 'order'
  | 'references'
  | 'labels'
  | 'cancel'
  | 'journey'
  | 'book-in'
  | 'booking'
  | 'evidence'
  | 'proof'
  | 'plan'
  | 'scan'
  | 'milestone'
  | 'eta'
  | 'exception'
  | 'notice'
  | 'pod'
  | 'file'
  | 'charge'
  | 'close-out'
  | 'consignment'
  | 'verdict'
  | 'refresh';

/**
 * What switches tell apart: the kinds, and the parts of a kind that belong to another row than the rest of it. Of a file a photo of an
 * exception (it is nothing without the note that says what it shows), of a verdict one on a cancellation.
 */
export type Sort = ObligationKind | 'file:exception' | 'verdict:cancel';

export interface Obligation {
  readonly key: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  /** What switches go by: the kind, or the part of it that belongs to another row. */
  readonly sort: Sort;
  /** What a change after delivery means: owed again, told as a correction of what was told (domain/corrections.ts), or never again by itself. */
  readonly change: 'replace' | 'correct' | 'once';
  /** Of the content that is owed, so that two facts that say the same are known as one. Compared within one release alone. */
  readonly digest: string;
  /** Raised by a person's resend; 1 is the first. */
  readonly revision: number;
  /** Of the order at Qargo that is owed: an order that was taken back is followed by one of the next generation. */
  readonly generation: number;
  /** The true time of what is told. */
  readonly at: string;
  readonly needs: readonly Need[];
  /** The need that meeting it meets: what needs it may be sent in the same go, after it. */
  readonly gives?: Need;
  readonly priority: CallPriority;
  /** Id of the fact it is derived from. */
  readonly fact: string;
}
