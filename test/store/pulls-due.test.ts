/** Which open consignments the scheduled pull reads at Palletways, by the stage of their work. */
import { expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { cancelStage, editStage } from '../../domain/policy/decision.ts';
import { stateForDecisions } from '../../store/decisions/decisions.ts';
import { type PullSchedule, pullsDue } from '../../store/due/pulls.ts';
import { useRecord } from './record.ts';
import { milestone, minute, type New, order, plan, said, scan, trackingFact } from './said.ts';

const record = useRecord();

/** A consignment that was last read at Palletways so many minutes ago. */
async function begun(name: string, readAgo: number, ...facts: readonly NewFact[]): Promise<string> {
  const of = record();
  const trackingId = `600123${name}`;
  const consignment = await of.heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId)]);
  if (facts.length > 0) await of.hear({ trackingId }, facts);
  await of.db.query(
    `update consignment set tracking_id = $2, palletways_read_at = clock_timestamp() - $3 * interval '1 minute' where id = $1`,
    [consignment, trackingId, readAgo],
  );
  return consignment;
}

async function due(schedule: Partial<PullSchedule>, limit = 40): Promise<string[]> {
  const { db, organisation } = record();
  const rows = await pullsDue(db, organisation, { minutes: 60, stages: {}, pace: 1, ...schedule }, limit);
  return rows.map(({ trackingId, stage }) => `${trackingId.slice(6)} ${stage}`);
}

const out = [plan('trip-1', 1), milestone('out', 2)];
const failed = (n: number, trip?: string): New<'milestone'> => ({
  ...milestone('out', n),
  id: `qg:stop:stop-1:failed:${minute(n)}`,
  milestone: 'failed',
  ...(trip === undefined ? {} : { trip }),
});
const revived = (n: number, generation: number, revival = 1): New<'revived'> => ({
  ...said(n),
  kind: 'revived',
  id: `revived:${revival}`,
  source: 'engine',
  revival,
  generation,
});

test('each stage is read as often as it asks for, and at the others as often as all: the longest due first', async () => {
  await begun('10001', 20);
  await begun('10002', 20, plan('trip-1', 1));
  await begun('10003', 20, ...out);
  await begun('10004', 20, ...out, milestone('delivered', 3));
  await begun('10005', 70);
  await begun('10006', 70, ...out, milestone('delivered', 3));
  await begun('10007', 250, ...out, milestone('delivered', 3));
  const stages = { announced: 30, loaded: 15, delivered: 240 };
  expect(await due({ stages })).toEqual(['10005 announced', '10007 delivered', '10003 loaded']);
  expect(await due({ stages }, 2)).toEqual(['10005 announced', '10007 delivered']);
  // Nothing set by stage: all alike, what was read longest ago first.
  expect((await due({})).map((each) => each.slice(0, 5))).toEqual(['10007', '10005', '10006']);
  // A stage that asks for less than the default is no reason to read the others more often.
  expect(await due({ minutes: 1_440, stages: { planned: 10 } })).toEqual(['10002 planned']);
  expect(await due({ minutes: 1_440, stages: { planned: 200 }, pace: 20 })).toEqual([
    '10007 delivered',
    '10002 planned',
  ]);
});

test('what is closed, merged or not known by a tracking id is not read at any stage', async () => {
  const { db } = record();
  const [open, ended, other, unnamed] = [
    await begun('20001', 90),
    await begun('20002', 90),
    await begun('20003', 90),
    await begun('20004', 90),
  ];
  await db.query('update consignment set closed_at = clock_timestamp() where id = $1', [ended]);
  await db.query('update consignment set merged_into = $2 where id = $1', [other, open]);
  await db.query('update consignment set tracking_id = null where id = $1', [unnamed]);
  expect(await due({ stages: { announced: 30 } })).toEqual(['20001 announced']);
});

const lives: Readonly<Record<string, readonly NewFact[]>> = {
  'loaded before anything told of it': [scan(1)],
  'taken off its trip': [plan('trip-1', 1), plan(null, 2)],
  'planned and loaded': [plan('trip-1', 1), scan(2)],
  'at the consignee': [...out, milestone('arrived', 3)],
  'delivered, its departure told late': [plan('trip-1', 1), milestone('delivered', 9), milestone('out', 2)],
  failed: [...out, failed(3)],
  'failed and planned anew': [...out, scan(2), failed(3), plan('trip-2', 4)],
  'failed, and a later read told its own trip': [...out, failed(3, 'trip-1'), plan('trip-1', 4)],
  'failed, planned anew and loaded': [...out, failed(3), plan('trip-2', 4), scan(5)],
  'delivered at the second attempt': [
    ...out,
    failed(3),
    plan('trip-2', 4),
    milestone('out', 5),
    milestone('delivered', 6),
  ],
  'planned for later, known by a read of before': [
    { ...plan('trip-1', 8), seen: minute(1) },
    { ...plan(null, 3), seen: minute(5) },
  ],
  'made anew after it was out': [...out, scan(2), revived(5, 2)],
  'made anew and planned again': [...out, revived(5, 2), plan('trip-2', 6)],
  'said anew before it was taken back': [...out, revived(5, 1)],
  'taken back twice': [revived(3, 2), plan('trip-1', 4), milestone('out', 5), revived(6, 3, 2)],
};

test.each(Object.entries(lives))('its stage is the one that decisions are made by: %s', async (_, facts) => {
  const { db, organisation } = record();
  const consignment = await begun('30001', 90, ...facts);
  const [row] = await pullsDue(db, organisation, { minutes: 60, stages: {}, pace: 1 }, 1);
  expect(row?.stage).toBe(cancelStage(editStage(await stateForDecisions(db, consignment))));
});

test('a milestone whose clock was wrong counts from when it was heard', async () => {
  const { db, organisation } = record();
  const consignment = await begun('40001', 90, ...out, milestone('delivered', 5));
  await db.query(
    `update fact set at = at + interval '3 years', heard = $2::text::timestamptz, envelope = envelope || jsonb_build_object('doubt', 'ahead')
      where consignment = $1 and envelope->>'milestone' = 'out'`,
    [consignment, minute(3)],
  );
  expect((await pullsDue(db, organisation, { minutes: 60, stages: {}, pace: 1 }, 1))[0]?.stage).toBe('delivered');
});
