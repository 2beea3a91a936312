/** Which book-in stands over the order, and what a run begins with of the network's news. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { plannersMoment } from '../../domain/state/book-in.ts';
import { emptyState, fold, standingFact } from '../../domain/state/state.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { storeFact } from '../../store/record/facts.ts';
import { bookInThatStands } from '../../store/record/network.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { expectProjected } from '../projected.ts';
import { standingFacts } from './rows.ts';
import { minute, type New, order, said } from './said.ts';

let store: FreshSchema;
let consignment: string;
let made = 0;
beforeAll(async () => {
  store = await freshSchema();
  await store.db.query(
    "insert into organisation (id, name, settings, secrets, made_by) values ('org', 'org', '{}', '', 'test')",
  );
});
afterAll(() => store.close());
afterEach(() => expectProjected(store.db));
beforeEach(async () => {
  made += 1;
  const begun = {
    kind: 'tracking',
    id: `t${made}`,
    ...said(0),
    source: 'palletways',
    trackingId: `6001${made}`,
    conNo: null,
    responseId: null,
  } as const;
  const told = { organisation: 'org', journal: null, heard: minute(0), via: 'read' } as const;
  const heard = await inTransaction(store.db, (tx) =>
    ingest(tx, { aliases: { trackingId: `6001${made}` }, facts: [begun] }, told),
  );
  consignment = heard.consignment ?? '';
});

const keep = (fact: NewFact) =>
  inTransaction(store.db, (tx) =>
    storeFact(tx, consignment, fact, { organisation: 'org', journal: null, heard: fact.at, via: 'read' }),
  );
const dated = (n: number, deliveryDate: string, weight = 640) =>
  keep({ ...order(`${deliveryDate} ${weight}`, n), deliveryDate, weight });
const news = (n: number, code: string, bookIn?: New<'network'>['bookIn']): NewFact => ({
  ...said(n),
  kind: 'network',
  id: `pw:network:${n}`,
  source: 'palletways',
  code,
  ...(bookIn === undefined ? {} : { bookIn }),
  said: `2025-11-24 06:${String(n).padStart(2, '0')}`,
  body: { text: `note ${n}` },
});
const booked = (n: number, date: string) => keep(news(n, 'BOOKED', { date, time: '10:30', digest: '0' }));
const stands = async (): Promise<string | null> => {
  const ref = await bookInThatStands(store.db, consignment);
  if (ref === null) return null;
  const { rows } = await store.db.query<{ text: string }>(`select body->>'text' as text from content where id = $1`, [
    ref,
  ]);
  return rows[0]?.text ?? null;
};

test('the latest book-in stands, also over later orders that leave the date alone', async () => {
  expect(await stands()).toBeNull();
  await dated(1, '2026-11-24');
  await booked(3, '2026-12-03');
  expect(await stands()).toBe('note 3');
  await dated(4, '2026-11-24', 700);
  expect(await stands()).toBe('note 3');
  await booked(6, '2026-12-04');
  expect(await stands()).toBe('note 6');
  await booked(5, '2026-12-05');
  expect(await stands()).toBe('note 6');
});

test('an order that says only that it is booked in by now takes no book-in back, and one that says another time does', async () => {
  const read = (n: number, time: string, isBooked: boolean) =>
    keep({
      ...order(`${time} ${isBooked}`, n),
      digests: { deliveryTime: time, 'bookIn.booked': isBooked ? 'yes' : 'no' },
      body: { bookIn: { booked: isBooked } },
    });
  await read(1, '20:00', false);
  await booked(3, '2026-12-03');
  await read(5, '20:00', true);
  expect(await stands()).toBe('note 3');
  await read(6, '12:00', true);
  expect(await stands()).toBeNull();
});

test('an order that tells another date after it wins, until there is another book-in', async () => {
  await dated(1, '2026-11-24');
  await booked(3, '2026-12-03');
  await dated(5, '2026-12-07');
  expect(await stands()).toBeNull();
  await booked(6, '2026-12-08');
  expect(await stands()).toBe('note 6');
});

test('of an order that is only known since, what it said first is what the book-in was laid over', async () => {
  await booked(2, '2026-12-03');
  expect(await stands()).toBe('note 2');
  await dated(4, '2026-11-24');
  expect(await stands()).toBe('note 2');
  await dated(6, '2026-11-24', 700);
  expect(await stands()).toBe('note 2');
  await dated(8, '2026-12-07');
  expect(await stands()).toBeNull();
});

test('a book-in that the network makes in the second after a planner set the window stands, in the record and in mind', async () => {
  await dated(1, '2026-11-24');
  const seen = minute(3).replace(':00.000Z', ':00.905Z');
  const planners = plannersMoment(seen, null);
  expect(planners.at).toBe(minute(3));
  const bookIn = { date: '2026-12-04', time: '09:00', digest: '' };
  await keep({
    ...planners,
    zone: 'Europe/London',
    kind: 'network',
    source: 'qargo',
    code: 'BOOKED',
    bookIn,
    body: { text: 'the planner’s' },
  });
  expect(await stands()).toBe('the planner’s');
  await booked(3, '2026-12-05');
  expect(await stands()).toBe('note 3');
  const state = fold(emptyState, await standingFacts(store, consignment));
  expect(standingFact(state, 'network', 'book-in')?.id).toBe('pw:network:3');
});

test('an edit that was heard before a planner set the window, in the same second, does not take it back', async () => {
  await dated(1, '2026-11-24');
  const seen = minute(3).replace(':00.000Z', ':00.905Z');
  const bookIn = { date: '2026-12-04', time: '09:00', digest: '' };
  const edited = { ...order('edited', 3), at: minute(3).replace(':00.000Z', ':00.400Z'), deliveryDate: '2026-11-30' };
  await keep(edited);
  const own = { ...plannersMoment(seen, null), zone: 'Europe/London', bookIn, body: { text: 'the planner’s' } };
  await keep({ ...own, kind: 'network', source: 'qargo', code: 'BOOKED' });
  expect(await stands()).toBe('the planner’s');
  await dated(4, '2026-12-01');
  expect(await stands()).toBeNull();
});

test('of many notes a run begins with the latest news and the latest book-in; the text of each instant is kept beside it', async () => {
  for (let n = 1; n <= 40; n += 1) await keep(news(n, n % 2 === 0 ? 'AT_HUB' : 'LEFT_HUB'));
  await booked(41, '2026-12-03');
  await booked(42, '2026-12-04');
  const state = fold(emptyState, await standingFacts(store, consignment));
  expect([standingFact(state, 'network')?.id, standingFact(state, 'network', 'book-in')?.id]).toEqual([
    'pw:network:40',
    'pw:network:42',
  ]);
  const { rows } = await store.db.query<{ said: string; carried: boolean }>(
    `select said, envelope ? 'said' as carried from fact where consignment = $1 and id = 'pw:network:7'`,
    [consignment],
  );
  expect(rows).toEqual([{ said: '2025-11-24 06:07', carried: false }]);
});
