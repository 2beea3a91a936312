/** An update that Qargo answers well and that reading back does not show. */
import { expect, test } from 'vitest';
import { notConfirmed } from '../../activities/sending/not-confirmed.ts';
import type { Work } from '../../activities/sending/work.ts';
import { type Item, intend } from '../../store/outbox/receipts.ts';
import { askResend } from '../../store/record/commands.ts';
import { useRecord } from './record.ts';
import { deliveryOf } from './rows.ts';
import { order, trackingFact } from './said.ts';

const record = useRecord();

test('is refused after four reads, and the next version, or one sent again, is read as often', async () => {
  const of = record();
  const consignment = await of.heard({ trackingId: '60012340167' }, [order('one', 0), trackingFact(0, '60012340167')]);
  const owner = {
    organisation: of.organisation,
    consignment,
    counterpart: 'qargo',
    sender: 'run',
    doubtMs: 0,
  } as const;
  const tried = async (item: Item) => {
    const [intent] = await intend(of.db, owner, [{ item }]);
    if (intent === undefined) throw new Error('no intent');
    const work = {
      services: { installation: { db: of.db }, counterparts: { pace: 1 } },
      organisation: { id: of.organisation },
      consignment,
      waitedMs: 0,
      doing: { step: '' },
      ended: new Set(),
      met: new Set(),
      aheadMs: 0,
    } as unknown as Work;
    await notConfirmed(work, intent, { code: 'not taken', fields: ['weight'] });
    return (await deliveryOf(of, consignment, 'order'))?.state ?? '';
  };
  const version = (fact: string, revision = 1): Item => ({
    key: 'order',
    kind: 'order',
    revision,
    generation: 1,
    fact,
  });
  const times = async (item: Item, n: number) => {
    const states: string[] = [];
    while (states.length < n) states.push(await tried(item));
    return states;
  };
  const [one, two] = [order('one', 0), order('two', 9)];
  expect(await times(version(one.id), 4)).toEqual(['not yet', 'not yet', 'not yet', 'refused']);
  await askResend(of.db, { organisation: of.organisation, consignment }, 'order', { who: 'Jo', why: 'look once more' });
  expect(await times(version(one.id, 2), 4)).toEqual(['not yet', 'not yet', 'not yet', 'refused']);
  await of.hear({ trackingId: '60012340167' }, [two]);
  expect(await times(version(two.id, 2), 1)).toEqual(['not yet']);
});
