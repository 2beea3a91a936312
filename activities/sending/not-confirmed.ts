/** An update of the order that reading back does not show: read again a few times, then refused. */
import type { Cause } from '../../domain/obligations/causes.ts';
import { type Intent, keepProgress } from '../../store/outbox/receipts.ts';
import { finish, instantIn, type Work } from './work.ts';

/** Seconds from one read to the next until what Qargo does not take is refused; what replaces it, or is sent again, is read back as often. */
const usualWaits = [2, 4, 6];

export async function notConfirmed(
  work: Work,
  { item, progress }: Intent,
  cause: Cause,
  waits: readonly number[] = usualWaits,
): Promise<void> {
  const of = `${item.fact} ${item.revision} ${item.generation}`;
  const before = progress.unconfirmed as { readonly of: string; readonly tries: number } | undefined;
  const tries = before?.of === of ? before.tries + 1 : 1;
  await keepProgress(work.services.installation.db, work.consignment, item.key, { unconfirmed: { of, tries } });
  const wait = waits[tries - 1];
  if (wait !== undefined)
    return finish(work, { item, state: 'not yet', cause: { code: 'not confirmed' }, until: instantIn(work, wait) });
  return finish(work, { item, state: 'refused', cause });
}
