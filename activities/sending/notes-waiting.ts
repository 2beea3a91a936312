/** Notes that wait on the desk, and what became of them there. */
import type { OutgoingNote } from '../../domain/facts/content.ts';
import { isDoubtful } from '../../store/outbox/notes.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { touchByOutcome } from '../../store/record/touch.ts';
import { type Work, writeIntents } from './work.ts';

/** Intents of notes. Where an earlier version's answer was lost, that one is looked for first, as soon as it cannot act any more. */
export async function writeNotes(
  work: Work,
  notes: readonly { item: Item; waiting: { ref: string; payload: OutgoingNote } }[],
): Promise<Intent[]> {
  if (notes.length === 0) return [];
  const { db } = work.services.installation;
  const doubtful = await isDoubtful(
    db,
    work.consignment,
    notes.map(({ item }) => item.key),
  );
  if (doubtful) await work.services.desk.lookAfterDoubtful(work.organisation);
  return writeIntents(work, 'palletways', notes);
}

/** Notes what the desk wrote, by key; what is in doubt waits until it may be looked for. */
export async function collect(work: Work, open: readonly Intent[], states: ReadonlyMap<string, string>): Promise<void> {
  for (const { item } of open) {
    work.ended.add(item.key);
    if (states.get(item.key) === 'met') work.met.add(item.key);
  }
  const doubtful = open.flatMap(({ item }) => (states.get(item.key) === 'sending' ? [item.key] : []));
  if (doubtful.length === 0) return;
  await inTransaction(work.services.installation.db, async (tx) =>
    touchByOutcome(tx, work.organisation.id, work.consignment, doubtful),
  );
}
