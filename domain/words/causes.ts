/** The one table of sentences for causes: each a phrase without a full stop, to stand alone or in brackets. Pure. */

import type { Cause, PlainCause } from '../obligations/causes.ts';
import type { Need } from '../obligations/kinds.ts';
import type { PodOutstanding } from '../policy/evidence.ts';
import { sayFields } from './fields.ts';

const plain: Readonly<Record<PlainCause, string>> = {
  refused: 'refused',
  'answer lost': 'no answer came back',
  'answer proves nothing': 'the answer proves nothing',
  'our fault': 'a fault of ours',
  busy: 'the other system asked us to wait',
  down: 'the other system cannot be reached',
  auth: 'our login was rejected',
  banned: 'this address is blocked for a while',
  budget: 'the call limit is used up',
  'not active': 'the organisation is not active',
  'not yet': 'not finished yet',
  'not confirmed': 'Qargo does not show the update yet',
  'document not stored': 'Qargo answered that it took the document, and the order does not show it (assumption 52)',
  'looked for first': 'we check first whether it is already there',
  'barcodes not confirmed': 'Qargo does not show the barcodes yet',
  'label not ready': 'Palletways has not made the labels yet',
  'upload not ended': 'Qargo is still processing the upload',
  'evidence not read': 'Qargo has not been read yet for what became of the pallets',
  'scan not placed':
    'Qargo names no stop for the scan: the times of the pickup stop tell whether the pallet was loaded or at the depot (assumption 42)',
  'not fetched yet': 'Palletways has not fetched it yet',
  'nothing to send': 'nothing to send',
  'no order known': 'no order has been received from Palletways',
  'no order at Qargo': 'there is no order at Qargo',
  'order never sent': 'the order was never sent',
  'order never accepted': 'Qargo never accepted the order',
  'later milestone sent': 'a later milestone has been sent already',
  'failed instead': 'the read of the stop showed that nothing was handed over',
  'amendment too late': 'the amendment came too late and was refused',
  'exceptions not reported': 'exceptions are not reported for this organisation',
  'no folder configured': 'no folder is configured for files',
  erased: 'its personal data has been erased',
  'before its row': 'from before its row was switched on, from then on',
  'sent before takeover': 'sent by the earlier link before it was taken over',
  merged: 'the consignment was merged into another',
  withdrawn: 'withdrawn, because the consignment was ordered again',
  'order says otherwise': 'the order has said another date or time since',
  'done without': 'closed by a person without it',
  'decision pending': 'a decision is needed first',
  'to be keyed in': 'to be keyed in by hand',
  'not fetched': 'Palletways has not fetched it in 7 days',
  'file not sound': 'the file is damaged or is no photo or PDF',
  'page not kept': 'the page is no longer stored here; resend its document',
  'folder emptied': 'the file is no longer in the folder; its owner may have collected it',
  restored: 'it may have been sent before the database was restored from a back-up',
  'identifier not known': 'the order was not made by us, and its order identifier is not known; cancel it in Qargo',
  'sent whole': 'sent as one document',
  unmatched: 'no consignment matches',
  assigned: 'assigned by a person',
};

const needWords: Readonly<Record<Need, string>> = {
  'tracking id': 'Palletways has not given the tracking id yet',
  'order accepted': 'Qargo has not accepted the order yet',
  'earlier order taken back': 'the cancelled order must be taken back at Qargo first',
};

/** Says a cause to people. */
export function sayCause(cause: Cause): string {
  switch (cause.code) {
    case 'needs':
      return needWords[cause.need] ?? cause.need;
    case 'unmapped':
      return `${cause.table} ${cause.value} is in no mapping table`;
    case 'field missing':
      return `field ${cause.field} is missing`;
    case 'POD outstanding':
      return sayPodOutstanding(cause);
    case 'amendment undecided':
      return `a decision is needed on the late amendment of ${sayFields(cause.fields)}`;
    case 'cancellation undecided':
      return `a decision is needed: ${cause.moved ? 'given to another depot' : 'cancelled'} when ${cause.stage}`;
    case 'not taken':
      return `after the update Qargo still has another ${cause.fields.join(', ')}`;
    case 'upload failed':
      return `Qargo ended the upload with ${cause.status}`;
    case 'same file':
      return `the same file as ${cause.as}`;
    case 'sent as photos':
      return `sent as ${cause.count} photos`;
    case 'moved':
      return `moved to ${cause.to.join(', ')}`;
    case 'ambiguous':
      return `${cause.by.join(' and ')} fits ${cause.count} open consignments: ${cause.consignments.join(', ')}`;
    case 'other release':
      return cause.was;
    default:
      // A code of a later release, which came with a plan, is shown as it stands.
      return plain[cause.code] ?? cause.code;
  }
}

function sayPodOutstanding({ signature, name, photos, photosWanted }: PodOutstanding): string {
  const missing = [
    ...(signature ? ['signature'] : []),
    ...(name ? ['name of who signed'] : []),
    ...(photos === 0 ? [] : [photosWanted === 1 ? 'photo' : `${photos} of ${photosWanted} photos`]),
  ];
  return `POD outstanding: ${missing.join(', ')} missing`;
}

/** The code of a cause and what it says, as a screen or an answer shows them; nulls where there is no cause. */
export const showCause = (cause: Cause | null): { readonly code: string | null; readonly cause: string | null } =>
  cause === null ? { code: null, cause: null } : { code: cause.code, cause: sayCause(cause) };
