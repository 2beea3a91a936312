/** What no push and no list names is found by reads: from tracking ids of the note feed, by number, and by what a note says of a redirect. */
import { beforeEach, expect, test } from 'vitest';
import type { PalletwaysNote } from '../../connectors/palletways/wire.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { useRecord } from './record.ts';
import { order, trackingFact } from './said.ts';
import { consignmentAnswer, noteOf, sweepOnce } from './swept-palletways.ts';

const record = useRecord();
let asked: string[] = [];
beforeEach(() => {
  asked = [];
});

/** A feed of these notes, and a read that answers for each tracking id what `answers` has. */
const far = (notes: readonly PalletwaysNote[], answers: Readonly<Record<string, unknown>> = {}) => ({
  getNotes: async () => ({ notes, problems: [] }),
  getConsignment: async (trackingId: string) => {
    asked.push(trackingId);
    return answers[trackingId] ?? { none: true };
  },
});

const known = () =>
  record().rows<{ tracking_id: string | null; kinds: string[] }>(
    `select c.tracking_id, (select array_agg(distinct kind order by kind) from fact f where f.consignment = c.id) as kinds
       from consignment c where organisation = $1 and merged_into is null order by c.tracking_id`,
    record().organisation,
  );

/** Lets everything be due again that waits for its time. */
const later = async () => {
  const { db, organisation } = record();
  await db.query(
    `update consignment set palletways_read_at = clock_timestamp() - interval '2 days',
            created_at = clock_timestamp() - interval '3 days' where organisation = $1`,
    [organisation],
  );
};

const ours = { trackingId: '60012350001', conNo: '7001-999', collecting: '563', delivering: '564' };
const theirs = { trackingId: '60012350002', conNo: '7002-999', collecting: '563', delivering: '525' };

test('a tracking id that the note feed alone names is read, and where our depot delivers it becomes an order', async () => {
  const notes = [noteOf(1, ours.trackingId)];
  await sweepOnce(record(), far(notes, { [ours.trackingId]: consignmentAnswer(ours) }));
  expect(asked).toEqual([ours.trackingId]);
  expect(await known()).toEqual([
    { tracking_id: ours.trackingId, kinds: expect.arrayContaining(['order', 'tracking']) },
  ]);
});

test('a consignment of other depots is read once, makes nothing, and is not read again when the feed names it again', async () => {
  const answers = { [theirs.trackingId]: consignmentAnswer(theirs) };
  await sweepOnce(record(), far([noteOf(1, theirs.trackingId)], answers));
  await sweepOnce(record(), far([noteOf(1, theirs.trackingId), noteOf(2, theirs.trackingId)], answers));
  expect(asked).toEqual([theirs.trackingId]);
  expect(await known()).toEqual([]);
});

test('a sweep reads a bounded number of tracking ids that nobody knows, the next goes on with the others', async () => {
  const ids = Array.from({ length: 15 }, (_, nth) => `600123600${String(nth).padStart(2, '0')}`);
  const notes = ids.map((id, nth) => noteOf(nth + 1, id));
  const answers = Object.fromEntries(
    ids.map((trackingId) => [trackingId, consignmentAnswer({ ...theirs, trackingId, conNo: `${trackingId}-1` })]),
  );
  await sweepOnce(record(), far(notes, answers));
  expect(asked.length).toBe(10);
  await sweepOnce(record(), far(notes, answers));
  expect(asked.toSorted()).toEqual(ids);
});

test('what is over is not begun: delivered by another depot, or due more than a week ago', async () => {
  const delivered = noteOf(1, theirs.trackingId, { NoteGroup: 'POD', NoteType: 'POD' });
  const old = consignmentAnswer({ ...ours, dueDate: '2025-01-10' });
  await sweepOnce(record(), far([delivered, noteOf(2, ours.trackingId)], { [ours.trackingId]: old }));
  expect(asked).toEqual([ours.trackingId]);
  expect(await known()).toEqual([]);
});

test('a note of the network that came before its consignment was known is told once it was found', async () => {
  const held = noteOf(1, ours.trackingId, { NoteGroup: 'HLD', NoteType: 'HLD' });
  await sweepOnce(record(), far([held], { [ours.trackingId]: consignmentAnswer(ours) }));
  // So the next sweep begins.
  await inTransaction(record().db, (tx) => matchParked(tx, record().organisation));
  const [one] = await known();
  expect(one?.kinds).toContain('exception');
});

const rowOf = (trackingId: string | null, conNo: string) => ({
  trackingId,
  responseId: null,
  conNo,
  statusCode: '100',
  statusDescription: '',
  account: '',
  deliveryDepot: '',
  entryDate: '',
  entryTime: '',
});

test('a tracking id that comes days later is found by the number that the consignment was heard by', async () => {
  const consignment = await record().heard({ conNo: '7003-564' }, [order('one', 0), trackingFact(0, null, '7003-564')]);
  await later();
  await sweepOnce(record(), { conStatusByConNo: async (conNo: string) => [rowOf(null, conNo)] });
  expect((await known())[0]?.tracking_id).toBeNull();
  await later();
  await sweepOnce(record(), { conStatusByConNo: async (conNo: string) => [rowOf('60012350003', conNo)] });
  expect((await known()).map(({ tracking_id }) => tracking_id)).toEqual(['60012350003']);
  expect(await record().mergedInto(consignment)).toBeNull();
});

test('a response id finds a tracking id, though the row has no response id', async () => {
  await record().heard({ responseId: '5551' }, [order('one', 0)]);
  await later();
  await sweepOnce(record(), {
    conStatusById: async (id: string) => (id === '5551' ? [rowOf('60012350004', '7004-564')] : []),
  });
  expect((await known()).map(({ tracking_id }) => tracking_id)).toEqual(['60012350004']);
});

test('a number that two consignments have finds neither', async () => {
  await record().heard({ conNo: '7005-564' }, [order('one', 0), trackingFact(0, null, '7005-564')]);
  await later();
  const conStatusByConNo = async (conNo: string) => [rowOf('60012350005', conNo), rowOf('60012350006', conNo)];
  await sweepOnce(record(), { conStatusByConNo });
  expect((await known()).map(({ tracking_id }) => tracking_id)).toEqual([null]);
});

const old = '60012351001';
const moved = { trackingId: '60012351002', conNo: '7010-564', collecting: '563', delivering: '564' };
async function begunOld(): Promise<string> {
  const consignment = await record().heard({ trackingId: old, conNo: moved.conNo }, [
    order('one', 0),
    trackingFact(0, old, moved.conNo),
  ]);
  await record().db.query(
    'update consignment set tracking_id = $2, palletways_read_at = clock_timestamp() where id = $1',
    [consignment, old],
  );
  return consignment;
}

test.each([
  ['BookInReference', { BookInReference: `Redireccionada ${moved.trackingId}` }],
  ['NoteText', { NoteText: `Redirected to ${moved.trackingId}.` }],
])('the new tracking id of a redirect is learned from %s: one consignment, no second order', async (_, said) => {
  await begunOld();
  const redirect = noteOf(1, old, { NoteGroup: 'BIN', NoteType: 'BIN', ...said });
  await sweepOnce(record(), far([redirect], { [moved.trackingId]: consignmentAnswer(moved) }));
  expect(asked).toEqual([moved.trackingId]);
  expect((await known()).map(({ tracking_id }) => tracking_id)).toEqual([moved.trackingId]);
});

test('a number in a text that tells no redirect is nobody’s new tracking id', async () => {
  await begunOld();
  const call = noteOf(1, old, { NoteGroup: 'JIN', NoteType: 'GIN', NoteText: 'Rang 07700900123, no answer' });
  await sweepOnce(record(), far([call]));
  expect(asked).toEqual([]);
});

test('where the old tracking id finds nothing any more, the number of the consignment tells the new one', async () => {
  const consignment = await begunOld();
  await later();
  const conStatusByConNo = async (conNo: string) => [rowOf(moved.trackingId, conNo)];
  await sweepOnce(record(), { ...far([]), conStatusByConNo });
  expect((await known()).map(({ tracking_id }) => tracking_id)).toEqual([moved.trackingId]);
  expect(await record().kinds(consignment)).not.toContain('presence');
});

test('a Palletways that all at once finds none of what is open is one alarm, and no question for each', async () => {
  const ids = ['60012352001', '60012352002', '60012352003', '60012352004'];
  const begun: string[] = [];
  for (const trackingId of ids) {
    const consignment = await record().heard({ trackingId }, [
      order('one', 0),
      trackingFact(0, trackingId, trackingId),
    ]);
    begun.push(consignment);
  }
  await later();
  await expect(sweepOnce(record(), far([]))).rejects.toThrow('none of 4');
  for (const consignment of begun) expect(await record().kinds(consignment)).not.toContain('presence');
  // Another one that is open and not due is found: these three are each missing for themselves.
  const { db } = record();
  await db.query('update consignment set palletways_read_at = clock_timestamp() where id = $1', [begun[3]]);
  const there = consignmentAnswer({ ...ours, trackingId: ids[3] ?? '', conNo: ids[3] ?? '' });
  await sweepOnce(record(), far([], { [ids[3] ?? '']: there }));
  for (const consignment of begun.slice(0, 3)) expect(await record().kinds(consignment)).toContain('presence');
  expect(await record().kinds(begun[3] ?? '')).not.toContain('presence');
});
