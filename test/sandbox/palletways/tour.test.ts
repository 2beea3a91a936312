/** Whatever is played, every deed is done and every call is answered: flips change answers, and break none. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { flips } from '../../../sandbox/palletways/flips.ts';
import { Wire } from './wire.ts';

const wire = new Wire();
beforeAll(() => wire.start('published', [], 1_000));
afterAll(() => wire.stop());

const named = z.looseObject({ responseId: z.string(), conNo: z.string(), trackingId: z.string() });

/** What a network and a depot do with three consignments; answers the last view of each. */
async function live() {
  const all = [
    await wire.create({}, { push: true }),
    await wire.create({ Type: 'C' }),
    await wire.create({ Type: '3' }),
  ];
  const views: z.infer<typeof named>[] = [];
  for (const { responseId } of all) {
    await wire.deed(responseId, 'label', {});
    await wire.deed(responseId, 'amend', { changes: { Weight: 20, DeliveryDate: '2026-12-03' } });
    const bookIn = { date: '2026-12-04', time: '09:30' };
    await wire.deed(responseId, 'note', { group: 'BIN', type: 'BIN', bookIn });
    await wire.deed(responseId, 'note', { group: 'POD', type: 'POD', customerName: 'Sam Reed', statusCode: 900 });
    await wire.deed(responseId, 'fail', { reason: 'closed' });
    await wire.deed(responseId, 'redirect', {});
    await wire.deed(responseId, 'collect');
    await wire.deed(responseId, 'cancel');
    await wire.deed(responseId, 'revive');
    views.push(named.parse(await wire.twin.control('GET', `consignments/${responseId}`)));
  }
  return views;
}

const READS = [
  'consEntered',
  'keytest',
  'availableServices/D/GB/WS13/GB/LS1',
  'getNotes/delta/0',
  'getConsignment/T',
  'getNotes/trackingId/T',
  'getNotes/conNo/C',
  'conStatusById/R',
  'conStatusByTrackingId/T',
  'api/getDynConStatus/T',
  'getLabelsByTID/T',
  'getPodByTrackingId/T',
  'api/podimages/T',
];

const letters = [...new Set(flips.map(({ id }) => id.slice(-1)))];

test.each(letters)('every deed is done and every call answered with all flips that end in %s', async (letter) => {
  await wire.again(
    'published',
    flips.filter(({ id }) => id.endsWith(letter)).map(({ id }) => id),
  );
  const broken: string[] = [];
  for (const { responseId, conNo, trackingId } of await live()) {
    await wire.notes([{ id: trackingId, group: 'STS', type: 'FLD' }], 'query');
    await wire.put(`/pod/564/${trackingId}_01.jpg`);
    for (const [nth, path] of READS.entries()) {
      const about = path.replace('/T', `/${trackingId}`).replace('/R', `/${responseId}`).replace('/C', `/${conNo}`);
      const { status } = await wire.ask(about, nth % 2 === 0 ? 'json' : 'xml');
      // 401 and 404 are what some flips play
      if (![200, 401, 404].includes(status)) broken.push(`${path}: ${status}`);
    }
  }
  expect(broken).toEqual([]);
});
