/** This file says what is known of an obligation. Of its kind all is in kinds.ts, and obligations.ts works out what is owed. */
import type { CallPriority } from '../calls/error.ts';
import type { Counterpart } from '../facts/facts.ts';
import type { Need, ObligationKind, Sort } from './kinds.ts';

export interface Obligation {
  readonly key: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  /** What switches go by: the kind, or the part of it that belongs to another row. */
  readonly sort: Sort;
  /** What a change after its receipt means: owed again, told as a correction of what was told (domain/facts/corrections.ts), or never again by itself. */
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
