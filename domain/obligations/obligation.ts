/** An obligation is one thing that a side is owed. kinds.ts describes its kind, and obligations.ts works out what is owed. */
import type { CallPriority } from '../calls/error.ts';
import type { Counterpart } from '../facts/facts.ts';
import type { Need, ObligationKind, Sort } from './kinds.ts';

export interface Obligation {
  readonly key: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  /** Switches go by the sort: the kind, or the part of it that belongs to another row. */
  readonly sort: Sort;
  /**
   * What happens if it changes after its receipt: it is owed again, it is sent as a correction of what was sent
   * (domain/facts/corrections.ts), or it is never owed again by itself.
   */
  readonly change: 'replace' | 'correct' | 'once';
  /**
   * The digest of the content that is owed. Two facts with the same content have the same digest. It is compared within one release alone.
   */
  readonly digest: string;
  /** 1 is the first. A resend raises it, and so does a person who settles the question that had ended the obligation. */
  readonly revision: number;
  /** The generation of the order at Qargo. An order that was taken back is followed by one of the next generation. */
  readonly generation: number;
  /** The true time of the event that is sent, UTC ISO. */
  readonly at: string;
  readonly needs: readonly Need[];
  /** Meeting this obligation also meets this need. An obligation that has the need may be sent in the same batch, after this one. */
  readonly gives?: Need;
  readonly priority: CallPriority;
  /** The id of the fact that it is derived from. */
  readonly fact: string;
}
