/** What is work for people of a consignment that was cancelled, by what became of the cancellation; and what went lately. */
import { expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { keepDecision, settleQuestion } from '../../store/decisions/decisions.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { counts } from '../../store/views/overview.ts';
import { piecesOfWork, recentlyParked, recentNotes, recentOrders } from '../../store/views/work.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { insertReceipt, outstandingKeys } from './rows.ts';
import { labels, minute, order, said, scan, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const cancelled: NewFact = { ...said(5), kind: 'cancellation', id: 'pw:cancelled', source: 'palletways' };

test('all of it is, while a person is asked; none where it is cancelled; all again where it lives again', async () => {
  const of = record();
  const consignment = await of.heard(names, [
    order('one', 0),
    trackingFact(0, names.trackingId),
    labels(0, 'B1'),
    scan(1),
  ]);
  const scanned = `scan:B00432B6FE:load:${minute(1)}`;
  for (const key of ['labels', scanned])
    await insertReceipt(of, consignment, { key, state: 'refused', cause: { code: 'refused' } });
  const work = async () => (await piecesOfWork(of.db, of.organisation)).map(({ kind }) => kind).sort();
  expect(await work()).toEqual(['labels', 'scan']);
  await of.hear(names, [cancelled]);
  // It was loaded: whether it is taken back is a person's to say, and work itself.
  expect(await work()).toEqual(['cancel', 'labels', 'scan']);
  await settleQuestion(
    of.db,
    of.organisation,
    consignment,
    { decision: 'accepted', who: 'Jo', why: 'not needed' },
    () => [],
  );
  expect(await work()).toEqual([]);
  const anew = { aliases: names, facts: [order('two', 9)], created: minute(9) };
  const context = { organisation: of.organisation, journal: null, heard: minute(9), via: 'push' } as const;
  await inTransaction(of.db, (tx) => ingest(tx, anew, context));
  // Its new order has yet to be labelled: that is sent, and no work so far.
  expect(await work()).toEqual(['scan']);
  expect(await outstandingKeys(of, consignment)).toEqual(expect.arrayContaining(['labels', `${scanned} refused`]));
});

test('a cancellation that a person was asked about is none once it is refused; one that was accepted and that Qargo refused still is', async () => {
  for (const decision of ['refused', 'accepted'] as const) {
    const of = record();
    const own = { trackingId: decision === 'refused' ? '60012340168' : '60012340169' };
    const consignment = await of.heard(own, [order('one', 0), trackingFact(0, own.trackingId)]);
    await of.hear(own, [{ ...cancelled, id: `pw:cancelled:${decision}` }]);
    const asked = { on: 'cancel', decision: 'asked', stage: 'loaded', attempt: 0, fields: [], tell: [] } as const;
    await inTransaction(of.db, (tx) => keepDecision(tx, consignment, of.organisation, asked));
    await insertReceipt(of, consignment, {
      key: 'cancel',
      state: 'refused',
      cause: { code: 'cancellation undecided', moved: false, stage: 'loaded' },
    });
    const work = async () => (await piecesOfWork(of.db, of.organisation)).filter(({ kind }) => kind === 'cancel');
    expect((await work()).map(({ kind }) => kind)).toEqual(['cancel']);
    await settleQuestion(
      of.db,
      of.organisation,
      consignment,
      { decision, who: 'Jo', why: 'it is on the road' },
      () => [],
    );
    // What was accepted is sent; what Qargo says to it is work again.
    expect(await work()).toEqual([]);
    if (decision === 'refused') continue;
    await insertReceipt(of, consignment, {
      key: 'cancel',
      state: 'refused',
      cause: { code: 'upload failed', status: 'ERROR' },
    });
    expect((await work()).map(({ cause }) => cause)).toEqual([{ code: 'upload failed', status: 'ERROR' }]);
  }
});

test('of orders that were told again what stands is looked at, the one that was told last first', async () => {
  const of = record();
  const whole = (version: string, n: number) => ({
    ...order(version, n),
    body: { ...delivery, instructions: `version ${version}` },
  });
  const [one, two] = [{ trackingId: '60012340170' }, { trackingId: '60012340171' }];
  await of.heard(one, [whole('one', 0), trackingFact(0, one.trackingId)]);
  await of.heard(two, [whole('two', 1), trackingFact(1, two.trackingId)]);
  await of.hear(one, [whole('three', 5)]);
  const recent = (limit: number) => recentOrders(of.db, of.organisation, limit);
  expect((await recent(10)).map(({ content }) => content.instructions)).toEqual(['version three', 'version two']);
  expect(await recent(1)).toHaveLength(1);
});

test('an exception whose code no table has is looked at until its note goes, and a note once it went', async () => {
  const of = record();
  const names = { trackingId: '60012340172' };
  const fact: NewFact = {
    ...said(3),
    kind: 'exception',
    id: 'qg:incident:1',
    source: 'qargo',
    code: 'FRAGILE',
    stop: 's',
  };
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId), fact]);
  const key = (await outstandingKeys(of, consignment)).find((each) => each.startsWith('exception')) ?? '';
  await insertReceipt(of, consignment, {
    key,
    state: 'refused',
    cause: { code: 'unmapped', table: 'reason', value: 'FRAGILE' },
  });
  const lists = async () => [
    await recentlyParked(of.db, of.organisation, 10),
    await recentNotes(of.db, of.organisation, 10),
  ];
  expect(await lists()).toMatchObject([[{ key, code: 'FRAGILE' }], []]);
  await insertReceipt(of, consignment, { key, state: 'met' });
  await of.rows(
    `update receipt set payload = '{"what": "exception"}' where consignment = $1 and key = $2`,
    consignment,
    key,
  );
  expect(await lists()).toMatchObject([[], [{ key, note: { what: 'exception' } }]]);
});

test('counts are of the last 24 hours, or since the instant that is asked for', async () => {
  const of = record();
  await of.heard({ trackingId: '60012340173' }, [order('one', 0), trackingFact(0, '60012340173')]);
  const { rows } = await of.db.query<{ at: Date }>('select clock_timestamp() as at');
  const before = await counts(of.db);
  await of.db.query(`update fact set heard = clock_timestamp() where organisation = $1 and kind = 'order'`, [
    of.organisation,
  ]);
  const ordered = (counted: Awaited<ReturnType<typeof counts>>) => counted.facts.order ?? 0;
  expect(ordered(await counts(of.db)) - ordered(before)).toBe(1);
  const since = rows[0]?.at.toISOString() ?? '';
  expect(await counts(of.db, since)).toMatchObject({ since, facts: { order: 1 }, waits: {} });
  for (const [n, waited] of [30, 10, 20].entries()) {
    await of.rows(
      `insert into receipt (consignment, key, organisation, counterpart, kind, revision, fact, state, ever, waited_ms)
       select id, 'scan:' || $2::int, $1, 'palletways', 'scan', 1, 'f', 'met', true, $3 from consignment where organisation = $1`,
      of.organisation,
      n,
      waited,
    );
  }
  expect((await counts(of.db, since)).waits).toEqual({ palletways: { p50: 20, p99: 30 } });
});
