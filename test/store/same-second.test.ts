/** Pushes of Palletways that say one second: the clock in them cannot order them, and hearing must not. */
import { expect, test } from 'vitest';
import { everyPart } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { orderHead } from '../../domain/facts/order-digest.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { loadContent } from '../../store/record/contents.ts';
import { attention } from '../../store/views/attention.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { minute, type New, order } from './said.ts';

const record = useRecord();
let made = 0;

const pushed = (at: string, more: Partial<OrderContent> = {}): New<'order'> => {
  const body = { ...delivery, ...more };
  const { instructions, deliveryTime } = body;
  return {
    ...order('A', 0),
    ...orderHead(body),
    at,
    id: `pw:order:${at}:${JSON.stringify(more)}`,
    digests: { instructions, deliveryTime: deliveryTime ?? '' },
    body,
  };
};

/** Hears these in this order; answers what stands, and the kinds of what was kept. */
async function heard(facts: readonly New<'order'>[]) {
  const names = { trackingId: `6001236${String(++made).padStart(4, '0')}` };
  let consignment = '';
  for (const [nth, fact] of facts.entries())
    consignment = (await record().hear(names, [fact], { heard: 10 + nth })).consignment ?? '';
  const { rows } = await record().db.query<{ ref: string }>(
    `select envelope->>'content' as ref from fact where consignment = $1 and kind = 'order' order by at desc, id desc limit 1`,
    [consignment],
  );
  const content = (await loadContent(record().db, 'order', rows[0]?.ref ?? '')) as OrderContent;
  return { content, kinds: await record().kinds(consignment), consignment, names };
}
const lines = async () =>
  (await attention(record().db, { organisation: record().organisation })).lines.filter(
    ({ kind }) => kind === 'assumption',
  );

const before = pushed(minute(0));
const heavier = pushed(minute(2), { weight: 700 });
const told = pushed(minute(2), { weight: 700, instructions: 'Ring the bell' });
const later = pushed(minute(2), { deliveryTime: '16:00' });

test.for([
  ['first the one, then the other', [before, heavier, told]],
  ['first the other, then the one', [before, told, heavier]],
  ['with copies', [before, told, heavier, told, heavier]],
] as const)('two amendments of one second are both taken, heard %s', async ([, facts]) => {
  const { content, kinds } = await heard(facts);
  expect(content).toMatchObject({ weight: 700, instructions: 'Ring the bell' });
  expect(kinds).not.toContain('hint');
  expect(await lines()).toEqual([]);
});

test('three amendments of one second end alike in every order of hearing', async () => {
  const all = [heavier, told, later];
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const { content, kinds } = await heard([before, ...order.flatMap((n) => all[n] ?? [])]);
    expect(content).toEqual({ ...delivery, weight: 700, instructions: 'Ring the bell', deliveryTime: '16:00' });
    expect(kinds).not.toContain('hint');
  }
});

test('where both amend one thing otherwise, a read is asked for, and a line says that it may not settle it', async () => {
  const { kinds } = await heard([before, told, pushed(minute(2), { instructions: 'Leave at the gate' })]);
  expect(kinds).toContain('hint');
  const [line, ...others] = await lines();
  expect(others).toEqual([]);
  expect(line).toMatchObject({ owner: 'depot' });
  expect(line?.what).toContain('instructions');
  expect(line?.what).toContain('one second');
});

const shown = everyPart(delivery).filter((part) => part !== 'instructions' && !part.startsWith('further'));
/** As the published read has it: without instructions. */
const sampled = (n: number, more: Partial<OrderContent> = {}): New<'order'> => {
  const fact = pushed(minute(n), { instructions: '', ...more });
  return { ...fact, carried: shown };
};
const amended = async (facts: readonly New<'order'>[]) => {
  const { db, organisation } = record();
  const aliases = { trackingId: `6001236${String(++made).padStart(4, '0')}` };
  for (const [nth, fact] of facts.entries())
    await inTransaction(db, (tx) =>
      ingest(
        tx,
        { aliases, facts: [fact], ...(nth > 0 ? { amended: true as const } : {}) },
        { organisation, journal: null, heard: minute(50 + nth), via: 'push' },
      ),
    );
};

test('an amendment of which nothing is seen, where messages leave out an element, is a line that names it', async () => {
  await amended([sampled(0), sampled(5, { weight: 700 })]);
  expect(await lines()).toEqual([]);
  await amended([sampled(0), sampled(5)]);
  const [line, ...others] = await lines();
  expect(others).toEqual([]);
  expect(line).toMatchObject({ owner: 'depot' });
  expect(line?.what).toContain('instructions');
  expect(line?.next).toContain('wire.palletways.notCarried');
  await record().db.query(
    `update organisation set settings = '{"wire": {"palletways": {"notCarried": ["instructions", "further"]}}}' where id = $1`,
    [record().organisation],
  );
  expect(await lines()).toEqual([]);
});

test('an amendment of which nothing is seen is nobody’s work where messages carry all, where reads do, or where it is a copy', async () => {
  await amended([before, pushed(minute(5))]);
  await amended([sampled(0), sampled(5, { weight: 700 }), sampled(5, { weight: 700 })]);
  await record().hear({ trackingId: '60012369999' }, [pushed(minute(1))], { via: 'read' });
  await amended([sampled(0), sampled(5)]);
  expect(await lines()).toEqual([]);
});
