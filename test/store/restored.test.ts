import { beforeEach, describe, expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { claimDoubtful } from '../../store/outbox/notes.ts';
import { type Intent, type Item, intend, markNotSent, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { lastRestored, mayHaveOrder, noteFound, noteRestored, unreadSince } from '../../store/outbox/restored.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { askResend } from '../../store/record/commands.ts';
import { itemAt, receiptAt } from './reads.ts';
import { useRecord } from './record.ts';
import { minute, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();
let consignment: string;
/** A minute of the days to come. */
const later = (Date.now() - Date.parse(minute(0))) / 60_000 + 10_000;
const keyOf = ({ barcode, at }: ReturnType<typeof scan>) => `scan:${barcode}:load:${at}`;

beforeEach(async () => {
  // The tests of this file share a record: each begins with one that never was an older one.
  await record().db.query('truncate restoration');
  consignment = await record().heard({ trackingId: '60012340167' }, [
    order('A', 0),
    trackingFact(0, '60012340167'),
    scan(2, 'B1'),
  ]);
});

const say = (facts: readonly NewFact[], via: 'push' | 'read' = 'push') =>
  record().hear({}, facts, { consignment, via, heard: later });
const itemOf = (key: string) => itemAt(record().db, consignment, key);
const row = (key: string) => receiptAt(record().db, consignment, key);
const owner = (sender = 'me') =>
  ({ organisation: record().organisation, consignment, counterpart: 'palletways', sender, doubtMs: 1_000 }) as const;
async function intent(item: Item, waiting?: { ref: string; payload: unknown }, sender?: string): Promise<Intent> {
  const [only] = await intend(record().db, owner(sender), [waiting === undefined ? { item } : { item, waiting }]);
  if (only === undefined) throw new Error('no intent');
  return only;
}
const end = (outcome: Outcome) =>
  inTransaction(record().db, (tx) => settle(tx, { organisation: record().organisation, consignment }, [outcome]));
/** Restored, and what was on the wire then cannot act any more. */
const restored = () => noteRestored(record().db, 1_000_000);
const doubtOf = async (key: string) => (await intent(await itemOf(key))).inDoubt;

describe('a record that was restored', () => {
  test('has what was open then in doubt since the last that it knows, until somebody has looked', async () => {
    const key = keyOf(scan(2, 'B1'));
    const { knownUntil } = await restored();
    const item = await itemOf(key);
    expect((await intent(item)).inDoubt).toBe(knownUntil);
    // Whoever did so died: the next looks too.
    expect((await intent(item, undefined, 'another')).inDoubt).toBe(knownUntil);
    await markNotSent(record().db, { consignment, sender: 'another' }, [key]);
    expect((await intent(item)).inDoubt).toBeNull();
  });

  test('sends nothing of it while a call of before may still act', async () => {
    const { quietUntil } = await noteRestored(record().db, 1);
    const item = await itemOf('order');
    expect((await intent(item)).quietUntil).toBe(quietUntil);
    await expect(row('order')).rejects.toThrow('no delivery');
  });

  test('has a note that waited to join a call looked for, and not sent', async () => {
    const key = keyOf(scan(2, 'B1'));
    await intent(await itemOf(key), { ref: 'abc', payload: { ref: 'abc' } });
    expect((await row(key))?.state).toBe('waiting');
    const { knownUntil } = await restored();
    expect((await row(key))?.state).toBe('sending');
    expect(await claimDoubtful(record().db, record().organisation, 'desk', 1_000)).toMatchObject([
      { item: { key }, sentAt: knownUntil, restored: true },
    ]);
  });

  test('knows what it delivered before, and has no doubt of what happens from then on', async () => {
    const told = await itemOf(keyOf(scan(2, 'B1')));
    await intent(told);
    await end({ item: told, state: 'met' });
    await restored();
    expect(await intend(record().db, owner(), [{ item: told }])).toEqual([]);
    const news = scan(later, 'B2');
    await say([news, scan(3, 'B3')]);
    expect(await doubtOf(keyOf(news))).toBeNull();
    expect(await doubtOf(keyOf(scan(3, 'B3')))).not.toBeNull();
  });

  test('has all in doubt that a read finds, until both sides were read once', async () => {
    await restored();
    await say([plan('trip-1', later)], 'read');
    expect(await doubtOf('plan')).not.toBeNull();
    await end({ item: await itemOf('plan'), state: 'met' });
    await record().db.query(
      `insert into attempt (consignment, key, kind, fact, revision, outcome) values ($1, 'refresh:qargo:x', 'refresh', 'x', 1, 'met')`,
      [consignment],
    );
    await say([plan('trip-2', later + 1)], 'read');
    expect(await doubtOf('plan')).toBeNull();
  });

  test('sends what a person asks for after it as he asks', async () => {
    const key = keyOf(scan(2, 'B1'));
    await restored();
    await askResend(record().db, { organisation: record().organisation, consignment }, key, {
      who: 'anna',
      why: 'asked',
    });
    expect(await doubtOf(key)).toBeNull();
  });

  test('may have an order at Qargo of what was there before, and of what is only found by reading', async () => {
    const { db } = record();
    expect(await mayHaveOrder(db, consignment)).toBe(false);
    await restored();
    expect(await mayHaveOrder(db, consignment)).toBe(true);
    const begin = (trackingId: string, via: 'push' | 'read') =>
      record().heard({ trackingId }, [order('A', later), trackingFact(later, trackingId)], { via, heard: later });
    expect(await mayHaveOrder(db, await begin('60012340168', 'push'))).toBe(false);
    const found = await begin('60012340169', 'read');
    expect(await mayHaveOrder(db, found)).toBe(true);
    // It turns out that Qargo has it: what was about to be sent with it is in doubt too.
    consignment = found;
    expect(await doubtOf('order')).toBeNull();
    expect(await noteFound(db, { organisation: record().organisation, consignment })).toBe(true);
    expect(await doubtOf('order')).not.toBeNull();
  });

  test('has days of new consignments to read until a sweep has ended that began after it, and gives no number twice', async () => {
    const { db, organisation } = record();
    expect(await unreadSince(db, organisation)).toBeNull();
    const { knownUntil } = await restored();
    expect(await unreadSince(db, organisation)).toBe(knownUntil);
    await db.query('insert into sweep (organisation, ended_at) values ($1, clock_timestamp())', [organisation]);
    expect(await unreadSince(db, organisation)).toBeNull();
    await say([scan(later, 'B4')]);
    const [last] = await record().rows<{ seq: number }>('select max(seq) as seq from fact');
    expect(last?.seq).toBeGreaterThan(1_700_000_000);
    // Noted once more, it is about the same back-up.
    expect((await restored()).knownUntil).toBe(knownUntil);
    expect((await lastRestored(db))?.knownUntil).toBe(knownUntil);
  });
});

test('what begins under a name that another record knew has the internal id that it had there', async () => {
  const begin = () => record().heard({ trackingId: '60012340199', responseId: '71234' }, [order('A', 0)]);
  const first = await begin();
  await record().db.query(`update alias set value = 'gone ' || value where consignment = $1`, [first]);
  // The id is taken here, since nothing was forgotten: another one is given.
  const second = await begin();
  expect(second).not.toBe(first);
  const { organisation, db } = record();
  await db.query('delete from alias where consignment = any($1)', [[first, second]]);
  for (const table of ['fact', 'standing', 'obligation', 'status', 'wake'])
    await db.query(`delete from ${table} where consignment = any($1)`, [[first, second]]);
  await db.query('delete from consignment where organisation = $1 and id = any($2)', [organisation, [first, second]]);
  expect(await begin()).toBe(first);
});
