/** Order uploads at Qargo, followed to their end. Re-sending a CREATE is harmless: Qargo keeps one order per order_identifier. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import type { OrderImport } from '../../connectors/qargo/wire.ts';
import type { OrderInput } from '../../connectors/qargo/write-order.ts';

const ended: ReadonlySet<string> = new Set(['COMPLETED', 'ERROR', 'SKIPPED', 'DUPLICATE']);

export type UploadEnd = {
  readonly status: 'COMPLETED' | 'ERROR' | 'SKIPPED' | 'DUPLICATE' | 'open';
  readonly orderId: string | null;
  readonly uploadId: string;
};

/**
 * Sends the order (or goes on with an upload that was sent before) and asks after it until it has ended or `patienceMs` are over
 * (then `open`: ask again later with its id). `sent` is called with the upload's id as soon as it is known.
 */
export async function upload(
  client: QargoClient,
  order: OrderInput,
  options: {
    readonly uploadId?: string;
    readonly pace: number;
    readonly patienceMs?: number;
    readonly sent: (uploadId: string) => Promise<void>;
  },
): Promise<UploadEnd> {
  let last: OrderImport;
  if (options.uploadId === undefined) {
    last = await client.uploadOrder(order);
    await options.sent(last.upload_id);
  } else last = await client.getUpload(options.uploadId);
  const deadline = performance.now() + (options.patienceMs ?? 12_000);
  let wait = Math.max(150, 1_000 / options.pace);
  while (!ended.has(last.upload_status) && performance.now() + wait < deadline) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait *= 1.6;
    last = await client.getUpload(last.upload_id);
  }
  const status = ended.has(last.upload_status) ? (last.upload_status as UploadEnd['status']) : 'open';
  return { status, orderId: last.order_id ?? null, uploadId: last.upload_id };
}
