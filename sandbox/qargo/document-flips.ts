/** Types of documents, and what becomes of a document later: flips of assumptions 53 and 54. */
import { createHash, randomUUID } from 'node:crypto';
import type { Order, StoredDocument } from './model.ts';
import { changed } from './told.ts';
import type { Twin } from './twin.ts';

const LATER_SECONDS = 60;
const PROOFS = new Set(['PROOF_OF_DELIVERY', 'PROOF_OF_DELIVERY_SIGNED', 'CONSIGNEE_SIGNATURE']);

/** The type that this tenant gives it. */
export function typeOf(twin: Twin, type: string): string {
  if (type.startsWith('PHOTO_OF_') && twin.plays('53b')) return 'PHOTO_DAMAGED_GOODS';
  if (!PROOFS.has(type)) return type;
  if (twin.plays('53a')) return 'ORIGINAL_CMR';
  return twin.plays('53d') ? 'PROOF_OF_DELIVERY_DRIVER_APP' : type;
}

async function rewrite(twin: Twin, order: Order, document: StoredDocument, isNew: boolean): Promise<void> {
  const bytes = Buffer.concat([await twin.readBytes(document.id), Buffer.from('\n% made anew\n')]);
  const fresh: StoredDocument = {
    ...document,
    id: isNew ? randomUUID() : document.id,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    formerly: [...(document.formerly ?? []), document.sha256],
  };
  await twin.keepBytes(fresh.id, bytes);
  delete twin.state.documents[document.id];
  twin.state.documents[fresh.id] = fresh;
  order.documents = order.documents.map((id) => (id === document.id ? fresh.id : id));
  changed(twin, order);
}

/** To be called for every document that came from inside Qargo. */
export function settleDocument(twin: Twin, order: Order, document: StoredDocument): void {
  const isPdf = document.contentType === 'application/pdf';
  if (isPdf && (twin.plays('54a') || twin.plays('54b')))
    twin.afterwards(LATER_SECONDS, () => rewrite(twin, order, document, twin.plays('54a')));
  if (twin.plays('54c'))
    twin.afterwards(LATER_SECONDS, () => {
      order.documents = order.documents.filter((id) => id !== document.id);
      delete twin.state.documents[document.id];
      changed(twin, order);
    });
}
