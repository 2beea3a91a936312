/** How a sweep reads at Palletways, at a far side that answers as it is told: what one bad item ends, and what it does not. */
import { expect, test } from 'vitest';
import type { SweepResult } from '../../activities/types.ts';
import { note, type PalletwaysNote } from '../../connectors/palletways/wire.ts';
import { CallError } from '../../domain/calls/error.ts';
import { attention } from '../../store/views/attention.ts';
import { useRecord } from './record.ts';
import { problemsNoted, refusing } from './rows.ts';
import { order, trackingFact } from './said.ts';
import { consignmentAnswer, sweepOnce, sweptAccess } from './swept-palletways.ts';

const record = useRecord();

const empty = Object.fromEntries(Object.keys(note.shape).map((name) => [name, '']));
/** A note as it was read: it cancels the consignment of that tracking id. */
const cancelling = (nth: number, trackingId: string, said: Partial<PalletwaysNote> = {}): PalletwaysNote => {
  const [code] = sweptAccess.cancelCodes;
  const group = { NoteGroup: code?.group ?? '', NoteType: code?.type ?? '' };
  return {
    ...note.parse({ ...empty, SysNote: `${nth}`, TrackingID: trackingId, NoteDate: '2025-11-24', NoteTime: '07:00' }),
    ...group,
    ...said,
  };
};

async function begun(trackingId: string): Promise<string> {
  const consignment = await record().heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId)]);
  await record().db.query(
    'update consignment set tracking_id = $2, palletways_read_at = clock_timestamp() where id = $1',
    [consignment, trackingId],
  );
  return consignment;
}

const sweep = (client: Record<string, unknown>): Promise<SweepResult> => sweepOnce(record(), client);

const noted = () => problemsNoted(record());

test('one note that the record refuses is noted, the other notes are taken in, and the next sweep goes on after them', async () => {
  const [one, bad, three] = [await begun('60012341001'), await begun('60012341002'), await begun('60012341003')];
  const notes = ['60012341001', '60012341002', '60012341003'].map((trackingId, nth) =>
    cancelling(nth + 1, trackingId, { Delta: 100 + nth }),
  );
  await refusing(record(), `new.consignment = '${bad}' and new.kind = 'cancellation'`, async () => {
    // Two cancellations, and what was decided of each.
    expect((await sweep({ getNotes: async () => ({ notes, problems: [] }) })).found).toBe(4);
    expect((await sweep({ getNotes: async () => ({ notes, problems: [] }) })).found).toBe(0);
  });
  for (const consignment of [one, three]) expect(await record().kinds(consignment)).toContain('cancellation');
  expect(await record().kinds(bad)).not.toContain('cancellation');
  expect(await noted()).toEqual([
    {
      channel: 'palletways notes',
      consignment: null,
      problems: [{ field: 'heard[1].facts[0]', message: 'refused by the test' }],
    },
  ]);
});

test('a note that was entered in the future moves the feed no further than now, and says so once', async () => {
  await begun('60012346001');
  const second = Math.floor(Date.now() / 1000);
  const asked: number[] = [];
  const far = [30 * 86_400, 3 * 86_400, 7_200, 900].map((ahead, nth) =>
    cancelling(60 + nth, '60012346001', { Delta: second + ahead }),
  );
  const getNotes = async ({ delta }: { delta: number }) => {
    asked.push(delta);
    return { notes: far, problems: [] };
  };
  await sweep({ getNotes });
  await sweep({ getNotes });
  const { rows } = await record().db.query<{ position: string }>(
    `select position from cursor where organisation = $1 and feed = 'notes'`,
    [record().organisation],
  );
  expect(Number(rows[0]?.position)).toBeLessThan(second + 60);
  expect(asked.at(-1)).toBeLessThan(second);
  const found = (await noted()).filter(({ problems }) => JSON.stringify(problems).includes('Delta'));
  expect(found).toHaveLength(1);
  expect(found[0]?.problems).toHaveLength(4);
});

test('a feed that was moved into the future is read from now on', async () => {
  const second = Math.floor(Date.now() / 1000);
  await record().db.query(
    `insert into cursor (organisation, feed, position) values ($1, 'notes', $2)
       on conflict (organisation, feed) do update set position = excluded.position`,
    [record().organisation, String(second + 30 * 86_400)],
  );
  let asked = 0;
  await sweep({
    getNotes: async ({ delta }: { delta: number }) => {
      asked = delta;
      return { notes: [], problems: [] };
    },
  });
  expect(asked).toBeLessThan(second);
});

test('a row of the feed that cannot be read is noted once, however often it is read', async () => {
  const problems = [{ field: 'Detail.Data[1].SysNote', message: 'is not a note id' }];
  for (let n = 0; n < 3; n += 1) await sweep({ getNotes: async () => ({ notes: [], problems }) });
  const found = (await noted()).filter((each) => JSON.stringify(each.problems).includes('SysNote'));
  expect(found).toHaveLength(1);
});

test('a consignment that cannot be taken in is noted once and counts as read: the scheduled pull goes on with the next', async () => {
  const consignments = [await begun('60012343001'), await begun('60012343002'), await begun('60012343003')];
  const due = () =>
    record().db.query(
      `update consignment set palletways_read_at = clock_timestamp() - interval '2 days' where organisation = $1`,
      [record().organisation],
    );
  const there = { trackingId: '60012343004', conNo: '7343004-999', collecting: '563', delivering: '564' };
  await begun(there.trackingId);
  const asked: string[] = [];
  const getConsignment = async (trackingId: string) => {
    if (trackingId === there.trackingId) return consignmentAnswer(there);
    asked.push(trackingId);
    return { none: true };
  };
  await refusing(record(), `new.consignment = '${consignments[0]}' and new.kind = 'presence'`, async () => {
    for (let turn = 0; turn < 2; turn++) {
      await due();
      await sweep({ getConsignment });
    }
  });
  expect(asked.toSorted()).toEqual([
    '60012343001',
    '60012343001',
    '60012343002',
    '60012343002',
    '60012343003',
    '60012343003',
  ]);
  expect(await noted()).toEqual([
    {
      channel: 'palletways consignment',
      consignment: consignments[0],
      problems: [{ field: 'answer', message: 'refused by the test' }],
    },
  ]);
});

test('two consignments have notes of one number: both are taken in, and neither twice', async () => {
  const [one, two] = [await begun('60012344001'), await begun('60012344002')];
  const notes = ['60012344001', '60012344002'].map((trackingId) => cancelling(21971, trackingId, { Delta: 100 }));
  const getNotes = async () => ({ notes, problems: [] });
  expect((await sweep({ getNotes })).found).toBe(4);
  expect((await sweep({ getNotes })).found).toBe(0);
  for (const consignment of [one, two]) expect(await record().kinds(consignment)).toContain('cancellation');
});

test('a sentence that nobody knows is an outage and says nothing of a consignment; Palletways’ own says that it is not there', async () => {
  const consignment = await begun('60012345001');
  const saying = async (retry: 'down' | 'refused', words: string, answer?: 'no such method') => {
    await record().db.query(
      `update consignment set palletways_read_at = clock_timestamp() - interval '2 days' where organisation = $1`,
      [record().organisation],
    );
    const getConsignment = async () => {
      throw new CallError(retry, `getConsignment /getConsignment/1: ${words}`, { status: 200, answer });
    };
    return sweep({ getConsignment });
  };
  await expect(saying('down', 'the sentence "We are back at nine."')).rejects.toThrow('back at nine');
  await expect(saying('refused', '"The requested API is not available."', 'no such method')).rejects.toThrow(
    'not available',
  );
  expect(await record().kinds(consignment)).not.toContain('presence');
  await saying('refused', '"ERROR: no such consignment."');
  expect(await record().kinds(consignment)).toContain('presence');
});

test('one consignment with an answer that nobody understands holds up no other', async () => {
  const trackingIds = ['60012346001', '60012346002'];
  for (const trackingId of trackingIds) await begun(trackingId);
  await record().db.query(
    `update consignment set palletways_read_at = clock_timestamp() - interval '2 days' where organisation = $1`,
    [record().organisation],
  );
  const asked: string[] = [];
  const getConsignment = async (trackingId: string) => {
    asked.push(trackingId);
    if (asked.length === 1) throw new CallError('down', 'getConsignment: the sentence "Please wait."', { status: 200 });
    return { none: true };
  };
  await sweep({ getConsignment });
  expect(asked.toSorted()).toEqual(trackingIds);
});

const down = (status: number) => new CallError('down', `Palletways answered with ${status}`, { status });
const dueAgain = () =>
  record().db.query(
    `update consignment set palletways_read_at = clock_timestamp() - interval '2 days' where organisation = $1`,
    [record().organisation],
  );

test('notes that cannot be read keep nothing else from being read: each step fails alone, and the sweep says so at its end', async () => {
  await begun('60012344001');
  await dueAgain();
  const asked: string[] = [];
  const broken = sweep({
    getNotes: () => Promise.reject(down(500)),
    consEntered: async () => {
      asked.push('entered');
      return [];
    },
    getConsignment: async (trackingId: string) => {
      asked.push(trackingId);
      return { none: true };
    },
  });
  await expect(broken).rejects.toThrow('500');
  expect(new Set(asked)).toEqual(new Set(['entered', '60012344001']));
});

test('one consignment that Palletways gives no answer for is one line, the others are read, and no sweep fails of it', async () => {
  const [, bad] = [await begun('60012345001'), await begun('60012345002'), await begun('60012345003')];
  const asked: string[] = [];
  const getConsignment = async (trackingId: string) => {
    asked.push(trackingId);
    if (trackingId === '60012345002') throw down(500);
    return { none: true };
  };
  for (let turn = 0; turn < 2; turn++) {
    await dueAgain();
    await sweep({ getConsignment });
    await record().db.query(`update unread_item set again_at = clock_timestamp() where organisation = $1`, [
      record().organisation,
    ]);
  }
  expect(asked.toSorted()).toEqual(['60012345001', '60012345002', '60012345003'].flatMap((id) => [id, id]));
  const unread = async () =>
    (await attention(record().db, { organisation: record().organisation })).lines.filter(
      ({ kind }) => kind === 'unreadable',
    );
  expect(await unread()).toMatchObject([
    { owner: 'Palletways', consignment: bad, cause: { item: 'consignment', tries: 2 } },
  ]);
  await sweep({});
  expect(await unread()).toEqual([]);
});

test('a Palletways that answers for none of three ends that step, and no consignment is blamed', async () => {
  for (let n = 1; n <= 5; n++) await begun(`6001234600${n}`);
  await dueAgain();
  let asked = 0;
  const getConsignment = async () => {
    asked += 1;
    throw down(503);
  };
  await expect(sweep({ getConsignment })).rejects.toThrow('503');
  expect(asked).toBe(3);
  expect(await record().rows('select 1 from unread_item where organisation = $1', record().organisation)).toEqual([]);
});
