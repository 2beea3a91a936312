/**
 * A cause says why something ended as it did, or why it waits. It is a code with data: the record keeps it and code compares it. The
 * sentence is made where somebody reads it (domain/words/causes.ts). The data never holds a far side's text. The record keeps the far
 * side's answer beside the cause, so that a cause may travel in a plan. Pure.
 */

import type { EditField } from '../policy/edits.ts';
import type { PodOutstanding } from '../policy/evidence.ts';
import type { UnknownReason } from '../policy/reason.ts';
import type { Need } from './kinds.ts';

/** These causes have a code and no data. */
export const plainCauses = [
  // These are results of a call.
  'refused',
  'answer lost',
  'answer proves nothing',
  'our fault',
  'busy',
  'down',
  'auth',
  'banned',
  'budget',
  'not active',
  // These are looked at again later.
  'not yet',
  'not confirmed',
  'document not stored',
  'looked for first',
  'barcodes not confirmed',
  'label not ready',
  'upload not ended',
  'evidence not read',
  'scan not placed',
  'not fetched yet',
  // These say why nothing had to be sent.
  'nothing to send',
  'no order known',
  'no order at Qargo',
  'order never sent',
  'order never accepted',
  'later milestone sent',
  'failed instead',
  'amendment too late',
  'exceptions not reported',
  'no folder configured',
  'erased',
  'sent before takeover',
  'before its row',
  'merged',
  'withdrawn',
  'order says otherwise',
  'done without',
  // A person must look at these.
  'decision pending',
  'to be keyed in',
  'not fetched',
  'file not sound',
  'page not kept',
  'folder emptied',
  'restored',
  'identifier not known',
  // This one says how a file was sent.
  'sent whole',
  // These say which consignment a fact belongs to.
  'unmatched',
  'assigned',
] as const;
export type PlainCause = (typeof plainCauses)[number];

/** A code of Palletways that no table of the organisation has, cut to 80 characters. Everything with that code has the same cause. */
export interface UnknownCode {
  readonly code: 'unmapped';
  readonly table: 'service' | 'bill unit';
  readonly value: string;
}

/** A field of Palletways without which no order can be made. */
export interface FieldMissing {
  readonly code: 'field missing';
  readonly field: string;
}

export type Cause =
  | { readonly code: PlainCause }
  | { readonly code: 'needs'; readonly need: Need }
  | UnknownCode
  | UnknownReason
  | FieldMissing
  | PodOutstanding
  /** A late amendment of these fields waits for a person's decision. */
  | { readonly code: 'amendment undecided'; readonly fields: readonly EditField[] }
  /** A late cancellation waits for a person's decision. `moved` is true where Palletways gave the job to another depot. */
  | { readonly code: 'cancellation undecided'; readonly moved: boolean; readonly stage: string }
  /** Qargo still has other values in these fields after the update. */
  | { readonly code: 'not taken'; readonly fields: readonly string[] }
  /** Qargo ended the upload with this status. */
  | { readonly code: 'upload failed'; readonly status: string }
  /** The same bytes were already sent under this obligation's key. */
  | { readonly code: 'same file'; readonly as: string }
  | { readonly code: 'sent as photos'; readonly count: number }
  /** A person moved it to these consignments, given by internal id. */
  | { readonly code: 'moved'; readonly to: readonly string[] }
  /** Weak names of these kinds fit several open consignments. `consignments` names the first few. */
  | {
      readonly code: 'ambiguous';
      readonly by: readonly string[];
      readonly count: number;
      readonly consignments: readonly string[];
    }
  /** Another release wrote it, and this release does not know its code. */
  | { readonly code: 'other release'; readonly was: string };

/** Whether the cause is that a person has to decide. */
export const isUndecided = (cause: Cause | null | undefined): boolean =>
  cause?.code === 'amendment undecided' || cause?.code === 'cancellation undecided';
