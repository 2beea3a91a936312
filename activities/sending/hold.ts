/** Items wait a little here until something else has come, and are tried again. */
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Intent } from '../../store/outbox/receipts.ts';
import { finish, instantIn, type Work } from './work.ts';

export async function hold(work: Work, held: readonly (Intent | null)[], cause: Cause, seconds = 5): Promise<void> {
  const open = held.filter((intent) => intent !== null);
  await finish(
    work,
    ...open.map(({ item }) => ({ item, state: 'not yet', cause, until: instantIn(work, seconds) }) as const),
  );
}
