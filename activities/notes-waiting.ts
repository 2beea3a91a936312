/** Notes that wait on the desk, and what became of them there. */
import type { OutgoingNote } from '../domain/content.ts';
import { inTransaction } from '../store/database.ts';
import type { Intent, Item } from '../store/deliveries.ts';
import { noteStates } from '../store/notes.ts';
import { touchByOutcome } from '../store/touch.ts';
import { intents, type Work } from './delivering.ts';

/** Intents of notes. Where an earlier version's answer was lost, that one is looked for first, as soon as it cannot act any more. */
export async function writeNotes(
  work: Work,
  notes: readonly { item: Item; waiting: { ref: string; payload: OutgoingNote } }[],
): Promise<Intent[]> {
  const { db } = work.services.installation;
  const { rows } = await db.query<{ key: string }>(
    `select d.key from delivery d join obligation o on o.consignment = d.consignment and o.key = d.key
      where d.consignment = $1 and d.key = any($2) and d.state = 'sending'
        and (d.fact, d.revision, d.generation) <> (o.fact, o.revision, o.generation)
        and coalesce(d.lease_until, '-infinity') < clock_timestamp()`,
    [work.consignment, notes.map(({ item }) => item.key)],
  );
  if (rows.length > 0) await work.services.desk.lookAfterDoubtful(work.organisation);
  return intents(work, 'palletways', notes);
}

/** Notes what the desk wrote; what is in doubt waits until it may be looked for. */
export async function collect(work: Work, open: readonly Intent[]): Promise<void> {
  const keys = open.map(({ item }) => item.key);
  const states = await noteStates(work.services.installation.db, work.consignment, keys);
  for (const { item } of open) {
    const state = states.get(item.key);
    if (state === 'waiting') continue;
    work.ended.add(item.key);
    if (state === 'delivered') work.delivered.add(item.key);
  }
  const doubtful = keys.filter((key) => states.get(key) === 'sending');
  if (doubtful.length === 0) return;
  const { db } = work.services.installation;
  await inTransaction(db, async (tx) => touchByOutcome(tx, work.organisation.id, work.consignment, doubtful));
}
