/** What is beside an ordinary day; here a consignment that lives again, and documents that come by themselves. */
import { z } from 'zod';
import { judgeCustom, judgeEta, judgeOrderEdited } from './desk.ts';
import type { EvidenceIndex } from './evidence.ts';
import { judgeNetwork } from './network.ts';
import type { Said } from './shapes.ts';
import { type Verdict, verdict, whyNever } from './verdict.ts';

const documentsSchema = z.object({
  documents: z.array(z.object({ type: z.string(), sha256: z.string(), contentType: z.string() })),
});

/** Documents that prove something; no other type goes to Palletways. */
const PROOFS = new Set([
  'CONSIGNEE_SIGNATURE',
  'PHOTO_OF_GOODS_DELIVERY',
  'PHOTO_DAMAGED_GOODS',
  'PROOF_OF_DELIVERY',
  'PROOF_OF_DELIVERY_SIGNED',
]);
const TAKEN = /^(image\/(jpeg|png)|application\/pdf)$/;

/** A living order, made anew: the identifier of a cancelled one is never used again. */
function judgeRevived(index: EvidenceIndex, said: Said): Verdict {
  const live = index.ordersOf(said).filter((order) => order.status !== 'CANCELLED');
  if (live.length > 0)
    return verdict(said, 'arrived', { arrivedAt: Math.max(...live.map((order) => order.createdAt)) });
  if (index.of(said, 'cancelled').some(({ saidAt }) => saidAt > said.saidAt)) return verdict(said, 'void');
  if (index.isNeverHeard(said)) return verdict(said, 'never heard', { why: whyNever(said) });
  return verdict(said, 'lost', { why: 'no order lives' });
}

function judgeDocument(index: EvidenceIndex, said: Said): Verdict {
  const proofs = documentsSchema
    .parse(said.content)
    .documents.filter((one) => PROOFS.has(one.type) && TAKEN.test(one.contentType));
  const hashes = [...new Set(proofs.map(({ sha256 }) => sha256))];
  if (hashes.length === 0) return verdict(said, 'void', { why: 'no proof' });
  const files = hashes.map((sha256) => index.filesOf(said, sha256));
  const extra = files.reduce(
    (sum, held) => sum + Math.max(0, held.reduce((copies, file) => copies + (file.copies ?? 1), 0) - 1),
    0,
  );
  const missing = files.filter((held) => held.length === 0).length;
  if (missing === 0) {
    const arrivedAt = Math.max(...files.map((held) => held[0]?.at ?? 0));
    return verdict(said, 'arrived', { arrivedAt, extra, why: extra > 0 ? 'more than one file' : '' });
  }
  if (index.isCancelled(said)) return verdict(said, 'void', { extra });
  return verdict(said, 'lost', { extra, why: `${missing} of ${files.length} files missing` });
}

export function judgeStory(index: EvidenceIndex): Verdict[] {
  return index.said.flatMap((said) => {
    switch (said.kind) {
      case 'revived':
        return [judgeRevived(index, said)];
      case 'document':
        return [judgeDocument(index, said)];
      case 'network':
        return judgeNetwork(index, said);
      case 'order edited':
        return [judgeOrderEdited(index, said)];
      case 'custom':
        return [judgeCustom(index, said)];
      case 'eta':
        return [judgeEta(index, said)];
      default:
        return [];
    }
  });
}
