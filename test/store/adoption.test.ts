/** Adopting what another link made, in the record. */
import { expect, test } from 'vitest';
import { readAdoptionList } from '../../client/export/adoption-list.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { due } from '../../domain/receipts/receipts.ts';
import { adopt, beforeAdoption, orderBefore } from '../../store/intake/adoption.ts';
import { consignmentRow, findByReference } from '../../store/record/consignments.ts';
import { useRecord } from './record.ts';
import { insertReceipt } from './rows.ts';
import { labels, minute, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();
const by = { who: 'ana', why: 'a test', since: minute(30) };
const tracking = (n: number) => `6001234${String(n).padStart(4, '0')}`;

test('makes the consignment with its order and the look at both sides, once', async () => {
  const of = record();
  const one = { trackingId: tracking(1), orderId: 'o-1', orderIdentifier: 'OTHER-1' };
  expect(await adopt(of.db, of.organisation, [one], by)).toEqual({ adopted: 1, already: 0, refused: [] });
  expect(await adopt(of.db, of.organisation, [one], by)).toEqual({ adopted: 0, already: 1, refused: [] });
  const [row] = await findByReference(of.db, 'o-1', of.organisation);
  if (row === undefined) throw new Error('it is not known by its order');
  expect(row).toMatchObject({
    trackingId: one.trackingId,
    adopted: true,
    qargo: { orderId: 'o-1', orderIdentifier: 'OTHER-1' },
  });
  expect(await of.kinds(row.id)).toEqual(['tracking', 'refresh']);
  const { state, ledger } = await of.state(row.id);
  const keys = due(state, owed(state), ledger, minute(40)).now.map(({ key }) => key);
  expect(keys.sort()).toEqual([
    'references',
    'refresh:palletways:refresh:adopted:o-1',
    'refresh:qargo:refresh:adopted:o-1',
  ]);
});

test('an event of the order that came before it was adopted finds its consignment then', async () => {
  const of = record();
  await of.hear({ qargoOrderId: 'o-2' }, [scan(5)]);
  expect(await of.kinds(null)).toEqual(['scan']);
  await adopt(of.db, of.organisation, [{ trackingId: tracking(2), orderId: 'o-2' }], by);
  const [row] = await findByReference(of.db, 'o-2', of.organisation);
  expect(await of.kinds(row?.id ?? '')).toEqual(['scan', 'tracking', 'refresh']);
});

test('what stood or happened before is told apart from news, however late it is heard', async () => {
  const of = record();
  await adopt(of.db, of.organisation, [{ trackingId: tracking(3), orderId: 'o-3' }], by);
  const ids = { trackingId: tracking(3), qargoOrderId: 'o-3' };
  const read = { via: 'read', heard: 40 } as const;
  const consignment = await of.heard(ids, [order('A', 40), trackingFact(40, tracking(3)), labels(40, 'B1')], read);
  await of.hear(ids, [plan('T1', 40)], read);
  await of.hear(ids, [scan(20, 'B1'), scan(35, 'B1')], { heard: 41 });
  const facts = async () => (await of.facts(consignment)).map(({ id }) => id);
  const before = await beforeAdoption(of.db, consignment, await facts());
  const news = async () => {
    const told = await beforeAdoption(of.db, consignment, await facts());
    return (await of.facts(consignment))
      .filter(({ id, kind }) => !told.has(id) && kind !== 'refresh')
      .map(({ kind, envelope }) => `${kind} ${envelope.at}`);
  };
  expect(before.size).toBe(6);
  expect(await news()).toEqual([`scan ${minute(35)}`]);
  expect(await orderBefore(of.db, consignment)).not.toBeNull();

  // Once a side was looked at, what a later read finds is news; so is what is pushed.
  for (const side of ['palletways', 'qargo'])
    await insertReceipt(of, consignment, {
      key: `refresh:${side}:refresh:adopted:o-3`,
      state: 'met',
      settledAt: minute(45),
    });
  await of.hear(ids, [order('B', 50)], { via: 'read', heard: 50 });
  await of.hear(ids, [plan('T2', 51)], { heard: 51 });
  expect(await news()).toEqual([`scan ${minute(35)}`, `order ${minute(50)}`, `plan ${minute(51)}`]);
});

test('refuses a line by itself: an order of another, a consignment that has one, a number that is nobody’s or several’s', async () => {
  const of = record();
  const heard = await of.heard({ trackingId: tracking(4), conNo: '1-564' }, [
    order('A', 1),
    trackingFact(1, tracking(4), '1-564'),
  ]);
  await of.heard({ trackingId: tracking(5), conNo: '2-564' }, [order('A', 1), trackingFact(1, tracking(5), '2-564')]);
  await of.heard({ trackingId: tracking(6), conNo: '2-564' }, [order('A', 1), trackingFact(1, tracking(6), '2-564')]);
  const own = await of.heard({ trackingId: tracking(7) }, [order('A', 1), trackingFact(1, tracking(7))]);
  await of.rows(`update consignment set qargo = '{"orderId": "o-own"}' where id = $1`, own);
  const done = await adopt(
    of.db,
    of.organisation,
    [
      { conNo: '1-564', orderId: 'o-4' },
      { trackingId: tracking(8), orderId: 'o-4' },
      { trackingId: tracking(7), orderId: 'o-7' },
      { conNo: '9-564', orderId: 'o-9' },
      { conNo: '2-564', orderId: 'o-2' },
    ],
    by,
  );
  expect(done).toEqual({
    adopted: 1,
    already: 0,
    refused: [
      { place: 1, reason: 'the order is that of another consignment' },
      { place: 2, reason: 'the consignment has another order at Qargo' },
      { place: 3, reason: 'nothing was heard of a consignment 9-564: name its tracking id' },
      { place: 4, reason: 'several consignments have the number 2-564: name the tracking id' },
    ],
  });
  expect((await consignmentRow(of.db, heard)).qargo.orderId).toBe('o-4');
  expect(await findByReference(of.db, tracking(8), of.organisation)).toEqual([]);
});

test('a list is a line each, with or without names above it, and a line that cannot be read is named', () => {
  const text = `\uFEFFtracking_id;order_id;order_identifier\r\n60012340001;o-1;OTHER-1\r\n\r\n"2557391-564";"o-2"\n60012340003;\n!!;o-4\n60012340005;o-5;x-5;more\n`;
  expect(readAdoptionList(text)).toEqual({
    list: [
      { trackingId: '60012340001', orderId: 'o-1', orderIdentifier: 'OTHER-1' },
      { conNo: '2557391-564', orderId: 'o-2' },
    ],
    lines: [2, 4],
    problems: [
      { line: 5, reason: 'order_id: is missing' },
      { line: 6, reason: 'tracking_id: is neither a tracking id nor a consignment number' },
      { line: 7, reason: 'has more than three columns' },
    ],
  });
});

test('of a list with a quote that has no end, what stands before it is adopted, and the line is named', () => {
  expect(readAdoptionList('60012340001,o-1\n60012340002,"o-2\n60012340003,o-3\n')).toEqual({
    list: [{ trackingId: '60012340001', orderId: 'o-1' }],
    lines: [1],
    problems: [{ line: 2, reason: 'a quote has no end: nothing from here on was read' }],
  });
});
