/**
 * Wire assumptions that are otherwise, several at once: two dozen of those that `npm run flips` plays one by one (docs/flips.md). Each group
 * is a small day of a depot on the published twins, judged by what the far sides hold at its end.
 */
import { expect, test } from 'vitest';
import { judgeDay } from '../../bench/flips/judge.ts';
import { playDay } from '../../bench/flips/play.ts';
import { freshSchema } from '../postgres.ts';

const groups = [
  // Notes late, numbered anew for each consignment, deadlines, cut text; vehicles told after the plan; scans at depot stops.
  ['3c', '5a', '9c', '19a', '44d', '42b'],
  // Notes twice, statuses on barcodes alone, half-stored files, times of entry; a retry through the hub; a message for each resource.
  ['4b', '14c', '17a', '22a', '39a', '44b'],
  // Bookings gone once labelled, our notes mirrored, no long addresses; two depot stops in each order; scans without their order.
  ['7c', '20c', '18b', '26c', '40a', '41a'],
  // Other depots, JSON in a frame, pages for errors, new barcodes; the trip of another leg; signed before the stop ends.
  ['25a', '30f', '31b', '23c', '43b', '48b'],
] as const;

for (const flips of groups) {
  test(`a day with ${flips.join(', ')} otherwise loses nothing, doubles nothing and calls nobody`, {
    timeout: 300_000,
  }, async () => {
    const record = await freshSchema();
    try {
      const day = await playDay(record, { character: 'published', flips, consignments: 10, seed: 7 });
      // So fast a day may have two edits in one second, of which no published read tells the latter: that is a line of its own.
      const work = day.work.filter((line) => !line.includes('said one second'));
      expect(judgeDay({ ...day, work })).toEqual({ outcome: 'works', wrong: [], says: [] });
    } finally {
      await record.close();
    }
  });
}
