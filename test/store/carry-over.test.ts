/** A message that carries a part of an order: the rest stays as it was known. */
import { expect, test } from 'vitest';
import type { OrderContent } from '../../domain/facts/content.ts';
import { content } from '../../store/record/consignments.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { minute, type New, order } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const whole = (n: number): New<'order'> => ({
  ...order('A', n),
  lifts: delivery.lifts,
  weight: delivery.weight,
  billUnits: delivery.billUnits,
  body: delivery,
});
/** The weight alone; whatever else the reader makes of it is empty. */
const weighs = (weight: number, n: number): New<'order'> => ({
  ...order('-', n),
  id: `pw:order:${minute(n)}:${weight}`,
  lifts: 0,
  billUnits: [],
  weight,
  digests: {},
  carried: ['weight'],
  body: { ...delivery, lifts: 0, billUnits: [], instructions: '', delivery: null, weight },
});

test('keeps what it did not carry, in the envelope and in the content, and is no news where it says what is known', async () => {
  const of = record();
  await of.hear(names, [whole(0)]);
  const { facts } = await of.hear(names, [weighs(700, 20)]);
  const [fact] = facts.filter(({ kind }) => kind === 'order');
  expect(fact).toMatchObject({
    weight: 700,
    lifts: delivery.lifts,
    digests: { instructions: 'A' },
    carried: ['weight'],
  });
  expect(await content<OrderContent>(of.db, fact?.content ?? '')).toEqual({ ...delivery, weight: 700 });
  expect((await of.hear(names, [weighs(700, 40)])).facts).toEqual([]);
});

test('one that comes late behind another part is read, so that neither part is lost', async () => {
  const of = record();
  await of.hear(names, [whole(0)]);
  await of.hear(names, [weighs(700, 20)]);
  expect((await of.hear(names, [weighs(650, 10)])).facts).toMatchObject([{ kind: 'hint' }]);
});
