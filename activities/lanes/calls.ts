/** The calls by the names that the kinds of obligations have for them: many kinds ride one call. */
import type { Counterpart } from '../../domain/facts/facts.ts';
import { obligationKinds, type PalletwaysCall, type QargoCall } from '../../domain/obligations/kinds.ts';
import type { Item } from '../../store/outbox/receipts.ts';
import { decisionDocument } from '../agreement/decisions.ts';
import { fileCall } from '../palletways/files.ts';
import { noteCall } from '../palletways/notes.ts';
import { cancelCall } from '../qargo/cancel.ts';
import { changeCall } from '../qargo/change.ts';
import { evidenceCall } from '../qargo/evidence.ts';
import { goodsCall } from '../qargo/goods.ts';
import { journeyCall } from '../qargo/journey.ts';
import { lookCall } from '../qargo/looks.ts';
import { noticePaper } from '../qargo/notice.ts';
import type { Message, Nothing } from '../sending/call.ts';
import type { Work } from '../sending/work.ts';
import { consignmentRead } from '../sweep/reads.ts';

/** The document of labels goes after the change that brings their barcodes; an order that Qargo does not have yet is made by its change. */
const calls = {
  cancel: cancelCall,
  change: changeCall,
  goods: goodsCall,
  journey: journeyCall,
  look: lookCall(),
  notice: noticePaper,
  evidence: evidenceCall,
  decision: decisionDocument,
  note: noteCall,
  file: fileCall,
  read: consignmentRead,
} as const satisfies Record<QargoCall | PalletwaysCall, unknown>;

/** Makes the message that a call would send to a side for an item, from the record alone. It decides and sends nothing. @throws where no call serves it there. */
export function messageFor(work: Work, to: Counterpart, item: Item): Promise<Message | Nothing> {
  const name = obligationKinds[item.kind].calls[to];
  if (name === undefined) throw new Error(`no call tells ${to} of ${item.kind}`);
  return calls[name].message(work, [item]);
}
