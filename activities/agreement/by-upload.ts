/** Which version of an order is agreed where its upload was not seen to its end with that version: the answer was lost, or an edit came. */
import { findDifferences } from '../../connectors/qargo/read-differences.ts';
import type { Intent } from '../../store/outbox/receipts.ts';
import { loadContent } from '../../store/record/contents.ts';
import type { StatusRead } from '../reading/order-status.ts';
import type { Work } from '../sending/work.ts';
import type { Overlay } from './overlay.ts';

/** Content reference of the version that the upload brought, where Qargo shows just that: what changed since follows as an edit. */
export async function agreedByUpload(
  work: Work,
  intent: Intent | null | undefined,
  { read, overlay }: { readonly read: StatusRead; readonly overlay: Overlay },
): Promise<string | null> {
  const { installation, counterparts } = work.services;
  const sent = intent?.progress.creating;
  if (typeof sent !== 'string') return null;
  const older = await loadContent(installation.db, 'order', sent);
  if (older === null) return null;
  const other = findDifferences(overlay.owed(older), read.answer, counterparts.accessOf(work.organisation).qargo);
  return other.length === 0 ? sent : null;
}
