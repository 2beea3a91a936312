/** Notes that wait for something that Qargo has not told yet. */
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Item } from '../../store/outbox/receipts.ts';
import { finish, instantIn, type Work, writeIntents } from '../sending/work.ts';

/** Lets an item wait. What it waits for ends the wait; else it is looked at again. */
export async function waitFor(work: Work, item: Item, cause: Cause, seconds: number): Promise<void> {
  for (const { item: left } of await writeIntents(work, 'palletways', [{ item }]))
    await finish(work, { item: left, state: 'not yet', cause, until: instantIn(work, seconds) });
}

/** Answers how many seconds of the product's time, which a test may make go faster, have passed since an instant (UTC ISO). */
export const secondsSince = (work: Work, instant: string): number =>
  ((Date.parse(instantIn(work, 0)) - Date.parse(instant)) / 1_000) * work.services.counterparts.pace;
