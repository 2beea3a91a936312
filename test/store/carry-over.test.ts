/** A message that carries a part of an order: the rest stays as it was known. */
import { expect, test } from 'vitest';
import { everyPart } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { orderHead } from '../../domain/facts/order-digest.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { loadContent } from '../../store/record/contents.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { minute, type New, order } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const whole = (n: number): New<'order'> => ({
  ...order('A', n),
  ...orderHead(delivery),
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
  expect(await loadContent(of.db, 'order', fact?.content ?? '')).toEqual({ ...delivery, weight: 700 });
  expect((await of.hear(names, [weighs(700, 40)])).facts).toEqual([]);
});

test('one that comes late behind another part is read, so that neither part is lost', async () => {
  const of = record();
  await of.hear(names, [whole(0)]);
  await of.hear(names, [weighs(700, 20)]);
  expect((await of.hear(names, [weighs(650, 10)])).facts).toMatchObject([{ kind: 'hint' }]);
});

/** A read as Palletways' own example has it: without instructions, and with a book-in that names nobody to ring. */
const read = (n: number, more: Partial<OrderContent> = {}): New<'order'> => {
  const body = { ...delivery, instructions: '', ...more, bookIn: { ...delivery.bookIn, contactPhone: '' } };
  const carried = everyPart(body).filter((part) => part !== 'instructions' && part !== 'bookIn.contactPhone');
  const { instructions: _, ...digests } = whole(n).digests;
  return { ...whole(n), id: `pw:order:${minute(n)}:read`, digests, carried, weight: body.weight, body };
};
const standing = async (consignment: string) => {
  const { rows } = await record().db.query<{ ref: string }>(
    `select envelope->>'content' as ref from fact where consignment = $1 and kind = 'order' order by at desc, id desc limit 1`,
    [consignment],
  );
  return loadContent(record().db, 'order', rows[0]?.ref ?? '');
};
const heardAs = (via: 'push' | 'read', facts: readonly New<'order'>[]) =>
  inTransaction(record().db, (tx) =>
    ingest(
      tx,
      { aliases: names, facts },
      { organisation: record().organisation, journal: null, heard: minute(50), via },
    ),
  );

test('a read that leaves out an element is no news, and one that has it empty is', async () => {
  const of = record();
  await of.hear(names, [whole(0)]);
  expect((await of.hear(names, [read(20)])).facts).toEqual([]);
  const empty = { ...read(30), carried: everyPart(delivery) };
  expect((await of.hear(names, [empty])).facts).toMatchObject([{ kind: 'order' }]);
});

test('a push that comes behind a read brings what the read left out, whichever came first and however near', async () => {
  for (const behind of [-90, -0.01, 0.01, 0.5]) {
    const first = await heardAs('read', [read(20)]);
    const { facts } = await heardAs('push', [whole(20 + behind)]);
    expect(facts.map(({ kind }) => kind)).toEqual(['order']);
    expect(await standing(first.consignment ?? '')).toMatchObject({
      instructions: delivery.instructions,
      bookIn: delivery.bookIn,
    });
    expect((await heardAs('push', [whole(20 + behind)])).facts).toEqual([]);
    await record().db.query('delete from fact');
  }
});

test('what the read tells too is read once more where clocks cannot tell, and the rest is kept', async () => {
  const first = await heardAs('read', [read(20, { weight: 700 })]);
  const { facts } = await heardAs('push', [whole(20.5)]);
  expect(facts.map(({ kind }) => kind).sort()).toEqual(['hint', 'order']);
  expect(await standing(first.consignment ?? '')).toMatchObject({
    instructions: delivery.instructions,
    weight: 700,
  });
});
