/** Exceptions where an organisation's configuration says how Palletways comes to know of them. */

import { nextCheckAt } from '../../domain/calls/back-off.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { fetchedAt } from '../../store/outbox/exception-offers.ts';
import { type Item, isRestored } from '../../store/outbox/receipts.ts';
import { factFor, finish, instantIn, type Work, writeIntents } from '../sending/work.ts';

/** What Palletways has not fetched after so many days is work for a person. */
const fetchDays = 7;

/** Whether an exception goes as a note: by configuration, or because a person asked for it. */
export function isReported(work: Work, item: Item): boolean {
  return tellsByNote(work.organisation) || item.revision > 1;
}

export function tellsByNote({ policy: { exceptions } }: Pick<Organisation, 'policy'>): boolean {
  return exceptions === 'push' || exceptions === 'both';
}

/** Exceptions that wait to be fetched, or are not told at all: nothing is sent for them. */
export async function leaveToBeFetched(work: Work, items: readonly Item[]): Promise<void> {
  const open = await writeIntents(
    work,
    'palletways',
    items.map((item) => ({ item })),
  );
  for (const intent of open) {
    const { item } = intent;
    if (work.organisation.policy.exceptions === 'off') {
      await finish(work, { item, state: 'void', cause: { code: 'exceptions not reported' } });
      continue;
    }
    if (await isFetched(work, item)) continue;
    if (isRestored(intent)) {
      await finish(work, { item, state: 'unknown', cause: { code: 'restored' } });
      continue;
    }
    const { heard } = await factFor(work, item, 'exception');
    const until = nextCheckAt(heard, instantIn(work, 0), fetchDays, work.services.counterparts.pace);
    await finish(
      work,
      until === null
        ? {
            item,
            state: 'refused',
            cause: { code: 'not fetched' },
          }
        : { item, state: 'not yet', cause: { code: 'not fetched yet' }, until },
    );
    // Who fetches ends waits that are written; one that was fetched before ours was is seen only by looking once more.
    await isFetched(work, item);
  }
}

/** Whether Palletways has fetched it; then it is told. */
async function isFetched(work: Work, item: Item): Promise<boolean> {
  const fetched = await fetchedAt(work.services.installation.db, work.consignment, item.fact);
  if (fetched !== null) await finish(work, { item, state: 'met', proof: { fetchedAt: fetched } });
  return fetched !== null;
}
