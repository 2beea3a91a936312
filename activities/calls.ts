/** Which call serves which kind on which side: many kinds ride one call. */
import type { Counterpart } from '../domain/facts.ts';
import type { ObligationKind } from '../domain/obligation.ts';
import type { Item } from '../store/deliveries.ts';
import type { Message, Nothing } from './call.ts';
import type { Work } from './delivering.ts';
import { fileCall } from './files.ts';
import { noteCall } from './notes.ts';
import { consignmentRead } from './palletways-reads.ts';
import { evidenceCall } from './proof.ts';
import { cancelCall } from './qargo-cancel.ts';
import { changeCall } from './qargo-change.ts';
import { goodsCall } from './qargo-goods.ts';
import { lookCall } from './qargo-looks.ts';
import { journeyCall } from './qargo-network.ts';
import { noticePaper } from './qargo-notice.ts';
import { verdictPaper } from './verdicts.ts';

/** The document of labels goes after the change that brings their barcodes; an order that Qargo does not have yet is made by its change. */
const calls = {
  cancel: cancelCall,
  change: changeCall,
  goods: goodsCall,
  journey: journeyCall,
  look: lookCall(),
  notice: noticePaper,
  evidence: evidenceCall,
  verdict: verdictPaper,
  note: noteCall,
  file: fileCall,
  read: consignmentRead,
} as const;

export type PalletwaysCall = 'note' | 'file' | 'read';
export type QargoCall = Exclude<keyof typeof calls, PalletwaysCall>;

interface Served {
  readonly qargo?: QargoCall;
  readonly palletways?: PalletwaysCall;
}

export const servedBy: Readonly<Record<ObligationKind, Served>> = {
  order: { qargo: 'change' },
  references: { qargo: 'change' },
  labels: { qargo: 'change' },
  'book-in': { qargo: 'change' },
  cancel: { qargo: 'cancel' },
  journey: { qargo: 'journey' },
  'close-out': { qargo: 'goods' },
  charge: { qargo: 'goods', palletways: 'note' },
  notice: { qargo: 'notice' },
  verdict: { qargo: 'verdict', palletways: 'note' },
  evidence: { qargo: 'look' },
  proof: { qargo: 'evidence' },
  refresh: { qargo: 'look', palletways: 'read' },
  consignment: { palletways: 'read' },
  plan: { palletways: 'note' },
  scan: { palletways: 'note' },
  milestone: { palletways: 'note' },
  eta: { palletways: 'note' },
  exception: { palletways: 'note' },
  pod: { palletways: 'note' },
  booking: { palletways: 'note' },
  file: { palletways: 'file' },
};

/** Makes the message that a call would send to a side for an item, from the record alone. It decides and sends nothing. @throws where no call serves it there. */
export function messageFor(work: Work, to: Counterpart, item: Item): Promise<Message | Nothing> {
  const name = servedBy[item.kind][to];
  if (name === undefined) throw new Error(`no call tells ${to} of ${item.kind}`);
  return calls[name].message(work, [item]);
}
