/** What is work for people of a consignment that was cancelled, by what became of the cancellation. */
import { expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts.ts';
import { inTransaction } from '../../store/database.ts';
import { hear } from '../../store/hearing.ts';
import { keepVerdict, settleQuestion } from '../../store/verdicts.ts';
import { piecesOfWork } from '../../store/work.ts';
import { useRecord } from './record.ts';
import { minute, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const cancelled: NewFact = { ...said(5), kind: 'cancellation', id: 'pw:cancelled', source: 'palletways' };

test('all of it is, while a person is asked; none where it is cancelled; all again where it lives again', async () => {
  const of = record();
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId)]);
  await of.db.query(
    `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, cause, settled_at)
     values ($1, 'labels', $2, 'qargo', 'labels', '1', 1, 'f', 'refused', 'refused', clock_timestamp())`,
    [consignment, of.organisation],
  );
  const work = async () => (await piecesOfWork(of.db, of.organisation)).map(({ kind }) => kind);
  expect(await work()).toEqual(['labels']);
  await of.hear(names, [cancelled]);
  expect(await work()).toEqual([]);
  const asked = { on: 'cancel', verdict: 'asked', stage: 'loaded', fields: [], tell: [] } as const;
  await inTransaction(of.db, (tx) => keepVerdict(tx, consignment, of.organisation, asked));
  expect(await work()).toEqual(['labels']);
  await settleQuestion(of.db, of.organisation, consignment, { verdict: 'accepted', who: 'Jo', why: 'not needed' }, () => []);
  expect(await work()).toEqual([]);
  const anew = { aliases: names, facts: [order('two', 9)], created: minute(9) };
  const context = { organisation: of.organisation, journal: null, heard: minute(9), via: 'push' } as const;
  await inTransaction(of.db, (tx) => hear(tx, anew, context));
  expect(await work()).toEqual(['labels']);
});

test('a cancellation that a person was asked about is none once it is refused; one that was accepted and that Qargo refused still is', async () => {
  for (const verdict of ['refused', 'accepted'] as const) {
    const of = record();
    const own = { trackingId: verdict === 'refused' ? '60012340168' : '60012340169' };
    const consignment = await of.heard(own, [order('one', 0), trackingFact(0, own.trackingId)]);
    await of.hear(own, [{ ...cancelled, id: `pw:cancelled:${verdict}` }]);
    const asked = { on: 'cancel', verdict: 'asked', stage: 'loaded', fields: [], tell: [] } as const;
    await inTransaction(of.db, (tx) => keepVerdict(tx, consignment, of.organisation, asked));
    await of.db.query(
      `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, cause, settled_at)
       values ($1, 'cancel', $2, 'qargo', 'cancel', '1', 1, 'f', 'refused', 'a person decides: cancelled when loaded', clock_timestamp())`,
      [consignment, of.organisation],
    );
    const work = async () => (await piecesOfWork(of.db, of.organisation)).filter(({ kind }) => kind === 'cancel');
    expect((await work()).map(({ kind }) => kind)).toEqual(['cancel']);
    await settleQuestion(of.db, of.organisation, consignment, { verdict, who: 'Jo', why: 'it is on the road' }, () => []);
    expect((await work()).map(({ kind }) => kind)).toEqual(verdict === 'refused' ? [] : ['cancel']);
  }
});
