/** What is work for people of a consignment that was cancelled, by what became of the cancellation. */
import { expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts.ts';
import { inTransaction } from '../../store/database.ts';
import { hear } from '../../store/hearing.ts';
import { keepVerdict, settleQuestion } from '../../store/verdicts.ts';
import { piecesOfWork } from '../../store/work.ts';
import { useRecord } from './record.ts';
import { keepDelivery, outstandingKeys } from './rows.ts';
import { labels, minute, order, said, scan, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const cancelled: NewFact = { ...said(5), kind: 'cancellation', id: 'pw:cancelled', source: 'palletways' };

test('all of it is, while a person is asked; none where it is cancelled; all again where it lives again', async () => {
  const of = record();
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId), labels(0, 'B1'), scan(1)]);
  const scanned = `scan:B00432B6FE:load:${minute(1)}`;
  for (const key of ['labels', scanned]) await keepDelivery(of, consignment, { key, state: 'refused', cause: 'refused' });
  const work = async () => (await piecesOfWork(of.db, of.organisation)).map(({ kind }) => kind).sort();
  expect(await work()).toEqual(['labels', 'scan']);
  await of.hear(names, [cancelled]);
  // It was loaded: whether it is taken back is a person's to say, and work itself.
  expect(await work()).toEqual(['cancel', 'labels', 'scan']);
  await settleQuestion(of.db, of.organisation, consignment, { verdict: 'accepted', who: 'Jo', why: 'not needed' }, () => []);
  expect(await work()).toEqual([]);
  const anew = { aliases: names, facts: [order('two', 9)], created: minute(9) };
  const context = { organisation: of.organisation, journal: null, heard: minute(9), via: 'push' } as const;
  await inTransaction(of.db, (tx) => hear(tx, anew, context));
  // Its new order has yet to be labelled: that is sent, and no work so far.
  expect(await work()).toEqual(['scan']);
  expect(await outstandingKeys(of, consignment)).toEqual(expect.arrayContaining(['labels', `${scanned} refused`]));
});

test('a cancellation that a person was asked about is none once it is refused; one that was accepted and that Qargo refused still is', async () => {
  for (const verdict of ['refused', 'accepted'] as const) {
    const of = record();
    const own = { trackingId: verdict === 'refused' ? '60012340168' : '60012340169' };
    const consignment = await of.heard(own, [order('one', 0), trackingFact(0, own.trackingId)]);
    await of.hear(own, [{ ...cancelled, id: `pw:cancelled:${verdict}` }]);
    const asked = { on: 'cancel', verdict: 'asked', stage: 'loaded', attempt: 0, fields: [], tell: [] } as const;
    await inTransaction(of.db, (tx) => keepVerdict(tx, consignment, of.organisation, asked));
    await keepDelivery(of, consignment, { key: 'cancel', state: 'refused', cause: 'a person decides: cancelled when loaded' });
    const work = async () => (await piecesOfWork(of.db, of.organisation)).filter(({ kind }) => kind === 'cancel');
    expect((await work()).map(({ kind }) => kind)).toEqual(['cancel']);
    await settleQuestion(of.db, of.organisation, consignment, { verdict, who: 'Jo', why: 'it is on the road' }, () => []);
    // What was accepted is sent; what Qargo says to it is work again.
    expect(await work()).toEqual([]);
    if (verdict === 'refused') continue;
    await keepDelivery(of, consignment, { key: 'cancel', state: 'refused', cause: 'upload ERROR' });
    expect((await work()).map(({ cause }) => cause)).toEqual(['upload ERROR']);
  }
});
