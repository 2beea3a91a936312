/**
 * Why something ended as it did, or waits: a code with data, which is what the record keeps and what code compares. The sentence is made
 * where somebody reads it (domain/words/causes.ts). No data here is a far side's text: what it answered stands beside the cause in the
 * record, so that a cause may travel in a plan. Pure.
 */

import type { EditField } from '../policy/edits.ts';
import type { PodOutstanding } from '../policy/evidence.ts';
import type { UnknownReason } from '../policy/reason.ts';
import type { Need } from './kinds.ts';

/** Causes of which the code is all. */
export const plainCauses = [
  // What came of a call.
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
  // What is looked at again.
  'not yet',
  'not confirmed',
  'looked for first',
  'barcodes not confirmed',
  'label not ready',
  'upload not ended',
  'evidence not read',
  'not fetched yet',
  // Why nothing had to be sent.
  'nothing to send',
  'no order known',
  'no order at Qargo',
  'order never sent',
  'order never accepted',
  'later milestone sent',
  'amendment too late',
  'exceptions not reported',
  'no folder configured',
  'erased',
  'sent before takeover',
  'merged',
  'withdrawn',
  'done without',
  // What a person must look at.
  'decision pending',
  'to be keyed in',
  'not fetched',
  'file not sound',
  'page not kept',
  'folder emptied',
  'restored',
  'identifier not known',
  // How a file went.
  'sent whole',
  // Where a fact belongs.
  'unmatched',
  'assigned',
] as const;
export type PlainCause = (typeof plainCauses)[number];

/** A code of Palletways that stands in no table of the organisation, cut to 80 characters: one text for all that have it. */
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
  /** A late cancellation does; `moved`: Palletways gave the job to another depot. */
  | { readonly code: 'cancellation undecided'; readonly moved: boolean; readonly stage: string }
  /** Qargo still has other values in these fields after the update. */
  | { readonly code: 'not taken'; readonly fields: readonly string[] }
  /** Qargo ended the upload with this status. */
  | { readonly code: 'upload failed'; readonly status: string }
  /** The bytes went under this obligation's key before. */
  | { readonly code: 'same file'; readonly as: string }
  | { readonly code: 'sent as photos'; readonly count: number }
  /** A person moved it to these consignments, internal ids. */
  | { readonly code: 'moved'; readonly to: readonly string[] }
  /** Weak names of these kinds fit several open consignments, of which the first few are named. */
  | {
      readonly code: 'ambiguous';
      readonly by: readonly string[];
      readonly count: number;
      readonly consignments: readonly string[];
    }
  /** Written by another release, whose code this one does not know. */
  | { readonly code: 'other release'; readonly was: string };

/** Whether a person's decision is waited for. */
export const isUndecided = (cause: Cause | null | undefined): boolean =>
  cause?.code === 'amendment undecided' || cause?.code === 'cancellation undecided';
