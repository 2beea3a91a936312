/** The order at Qargo written as a whole, where a partial update cannot say what changed. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import type { OrderInput } from '../../connectors/qargo/write-order.ts';
import { type Intent, keepProgress } from '../../store/outbox/receipts.ts';
import { upload } from '../sending/order-upload.ts';
import { finish, instantIn, markCallAnswered, markOnTheWire, type Work } from '../sending/work.ts';

/** Sends the order as a whole, or follows one that was sent. True where it has not ended: the outcome is written. */
export async function updateWhole(
  work: Work,
  client: QargoClient,
  intent: Intent,
  order: { readonly input: OrderInput; readonly content: string | undefined },
): Promise<boolean> {
  const { installation, counterparts } = work.services;
  const { item } = intent;
  const sent = intent.progress.update as { readonly id: string; readonly content: string | null } | null | undefined;
  // An older version's update that has not ended must end first, or it would come after this one.
  const follows = sent?.id !== undefined;
  await markOnTheWire(work, [item]);
  const end = await upload(client, order.input, {
    ...(follows ? { uploadId: sent.id } : {}),
    pace: counterparts.pace,
    sent: (id) =>
      keepProgress(installation.db, work.consignment, item.key, { update: { id, content: order.content ?? null } }),
  });
  await markCallAnswered(work, [item]);
  if (end.status === 'open') {
    await finish(work, { item, state: 'not yet', cause: { code: 'upload not ended' }, until: instantIn(work, 5) });
    return true;
  }
  await keepProgress(installation.db, work.consignment, item.key, { update: null });
  if (follows && sent.content !== (order.content ?? null)) {
    return updateWhole(work, client, { ...intent, progress: { ...intent.progress, update: null } }, order);
  }
  return false;
}
