import { expect, test } from 'vitest';
import { countUnused, listUnused } from '../../store/intake/unused.ts';
import { attention } from '../../store/views/attention.ts';
import { useRecord } from './record.ts';

const record = useRecord();
const of = (journal: number) => ({ organisation: record().organisation, channel: 'qargo visibility', journal });
const drone = { what: 'type of update', code: 'Drone', count: 1 };

test('a word that no table has is counted, with the first and the latest message that had it', async () => {
  const { db, organisation } = record();
  await countUnused(db, of(1), [drone, { what: 'document type', code: 'TEMPERATURE_REPORT', count: 3 }]);
  await countUnused(db, of(2), [drone]);
  const words = await listUnused(db, organisation);
  expect(words.map(({ what, code, count, message }) => [what, code, count, message])).toEqual([
    ['type of update', 'Drone', 2, 2],
    ['document type', 'TEMPERATURE_REPORT', 3, 1],
  ]);
  expect((words[0]?.first ?? '') < (words[0]?.last ?? '')).toBe(true);
  expect(await listUnused(db, 'another')).toEqual([]);
});

test('what reads find again and again is noted once, and counts no further', async () => {
  const { db, organisation } = record();
  const read = { organisation, channel: 'qargo documents', journal: null };
  const waybill = { what: 'document type', code: 'WAYBILL', count: 2 };
  for (let n = 0; n < 3; n += 1) await countUnused(db, read, [waybill]);
  expect(await listUnused(db, organisation)).toMatchObject([{ code: 'WAYBILL', count: 2, message: null }]);
});

test('ever new words fill no disk: a thousand are kept, and those are counted on', async () => {
  const { db, organisation } = record();
  const many = (from: number) =>
    Array.from({ length: 500 }, (_, n) => ({ what: 'document type', code: `T${from + n}`, count: 1 }));
  for (const from of [0, 500, 1_000, 1_500]) await countUnused(db, of(from), many(from));
  await countUnused(db, of(9), [
    { what: 'document type', code: 'T1', count: 1 },
    { what: 'document type', code: 'T9999', count: 1 },
  ]);
  const words = await listUnused(db, organisation);
  expect(words).toHaveLength(1_000);
  expect(words.find(({ code }) => code === 'T1')?.count).toBe(2);
});

test('a type that means a POD in some tenants is a line of work until a table names it, if only as none', async () => {
  const { db, organisation } = record();
  const said = [{ what: 'possible proof', code: 'ORIGINAL_CMR', count: 1 }];
  await countUnused(db, { organisation, channel: 'qargo documents', journal: null }, said);
  const found = async () => (await attention(db, { organisation })).lines.map(({ kind, cause }) => [kind, cause.code]);
  expect(await found()).toContainEqual(['POD outstanding', 'possible proof']);
  await db.query(
    `update organisation set settings = settings || '{"wire": {"qargo": {"documentTypes": {"ORIGINAL_CMR": "none"}}}}' where id = $1`,
    [organisation],
  );
  expect(await found()).not.toContainEqual(['POD outstanding', 'possible proof']);
});

test('times that somebody entered all at once are one line of work for all orders', async () => {
  const { db, organisation } = record();
  const word = { what: 'times of stops', code: 'all at once', count: 1 };
  for (const _ of [1, 2]) await countUnused(db, { organisation, channel: 'qargo status', journal: null }, [word]);
  const { lines } = await attention(db, { organisation });
  expect(lines.filter(({ cause }) => cause.code === 'times at once').map(({ what }) => what)).toEqual([
    expect.stringContaining('assumption 47'),
  ]);
});
