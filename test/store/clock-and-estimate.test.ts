/** What is decided when a fact is heard: whether its clock can be right, and whether an estimate moved enough to be told. */
import { describe, expect, test } from 'vitest';
import { owed } from '../../domain/obligations/obligations.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { due } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, stageOf } from '../../domain/state/state.ts';
import { useRecord } from './record.ts';
import { insertReceipt, outstandingKeys, setPolicy, standingFacts } from './rows.ts';
import { labels, milestone, minute, type New, order, scan, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '1', conNo: '2557391-564' };
const days = (n: number) => new Date(Date.parse(minute(0)) + n * 86_400_000).toISOString();
const begun = () => record().heard(names, [order('A', 0), trackingFact(0, '1'), labels(0, 'B1')]);
const doubts = async (consignment: string) =>
  (await record().facts(consignment)).flatMap(({ envelope }) =>
    envelope.doubt === undefined ? [] : [[envelope.id, envelope.doubt]],
  );
const policy = (of: Partial<Policy>) => setPolicy(record(), of);
/** Everything that a milestone owes is told. */
const tellMilestones = async (own: string, stop = 'stop-1') => {
  for (const { envelope } of await record().facts(own))
    if (envelope.kind === 'milestone' && envelope.stop === stop)
      await insertReceipt(record(), own, {
        ...told,
        key: `milestone:${stop}:${envelope.milestone}:${envelope.at}`,
        fact: envelope.id,
      });
};
const told = { to: 'palletways', kind: 'milestone', state: 'met' } as const;

describe('the clock of a telephone', () => {
  test('is doubted where it is ahead of the hearing or days before the consignment, and its time stays as it was said', async () => {
    const own = await begun();
    const future: New<'scan'> = { ...scan(0), id: 'future', at: minute(200) };
    const ancient: New<'scan'> = { ...scan(0), id: 'ancient', at: days(-30) };
    await record().heard(names, [future, ancient, scan(5), { ...scan(0), id: 'yesterday', at: days(-2) }], {
      heard: 60,
    });
    expect(await doubts(own)).toEqual([
      ['future', 'ahead'],
      ['ancient', 'before'],
    ]);
    expect((await record().facts(own)).find(({ id }) => id === 'future')?.envelope.at).toBe(minute(200));
  });

  test('is doubted as the organisation says, and only a telephone’s', async () => {
    await policy({ clockAheadMinutes: 300, clockBehindDays: 60 });
    const own = await begun();
    await record().heard(
      names,
      [
        { ...scan(0), id: 'future', at: minute(200) },
        { ...scan(0), id: 'ancient', at: days(-30) },
      ],
      { heard: 60 },
    );
    await record().heard(names, [{ ...order('B', 0), at: days(9), id: 'order of next week' }], { heard: 61 });
    expect(await doubts(own)).toEqual([]);
  });

  test('does not hold the consignment back: what was heard after it stands, in the record as in the workflow', async () => {
    const own = await begun();
    await record().heard(names, [{ ...milestone('arrived', 0), id: 'arrived', at: days(3) }], { heard: 60 });
    await record().heard(names, [milestone('delivered', 70)], { heard: 71 });
    const all = (await record().facts(own)).map(({ envelope }) => envelope);
    expect(stageOf(fold(emptyState, all))).toBe('delivered');
    expect(stageOf((await record().state(own)).state)).toBe('delivered');
    // Settled or not, of two arrivals the one that was heard last is kept in mind.
    await record().heard(names, [milestone('arrived', 80)], { heard: 81 });
    await tellMilestones(own);
    const standing = await standingFacts(record(), own);
    expect(standing.map(({ at }) => at)).toEqual(expect.arrayContaining([minute(70), minute(80)]));
    expect(stageOf(fold(emptyState, standing))).toBe('delivered');
  });
});

describe('an estimate', () => {
  const eta = (said: number, expected: number, stop = 'stop-1'): New<'eta'> => ({
    kind: 'eta',
    id: `qg:eta:${stop}:${minute(expected)}:${minute(said)}`,
    at: minute(said),
    zone: 'UTC',
    source: 'qargo',
    stop,
    eta: minute(expected),
  });
  const kept = async (own: string) =>
    (await record().facts(own)).flatMap(({ envelope }) => (envelope.kind === 'eta' ? [envelope.eta] : []));

  test('of before its stop was reached is no news after that; of a stop that is planned anew it is', async () => {
    const own = await begun();
    await record().heard(names, [milestone('arrived', 50)], { heard: 51 });
    await record().heard(names, [eta(40, 100)], { heard: 60 });
    expect(await kept(own)).toEqual([]);
    await record().heard(names, [eta(40, 100, 'stop-2')], { heard: 61 });
    await record().heard(names, [eta(70, 130)], { heard: 71 });
    expect(await kept(own)).toEqual([minute(100), minute(130)]);
  });

  test('is news when it is the first of its stop, or moved enough since the last that was; not what is older', async () => {
    await policy({ etaMinutes: 15 });
    const own = await begun();
    for (const [said, expected] of [
      [1, 100],
      [2, 114],
      [3, 115],
      [2, 200],
      [4, 101],
      [5, 100],
      [5, 100],
    ] as const)
      await record().heard(names, [eta(said, expected)], { heard: 60 });
    await record().heard(names, [eta(6, 100, 'stop-2')], { heard: 60 });
    expect(await kept(own)).toEqual([minute(100), minute(115), minute(100), minute(100)]);
  });

  test('that is pushed after a read is news, though the clock of who said it is behind ours; what was pushed before the last push is not', async () => {
    const own = await begun();
    await record().heard(names, [eta(50, 100)], { heard: 50, via: 'read' });
    await record().heard(names, [eta(20, 130)], { heard: 51 });
    await record().heard(names, [eta(19, 140)], { heard: 52 });
    await record().heard(names, [eta(49, 150)], { heard: 53, via: 'read' });
    expect(await kept(own)).toEqual([minute(100), minute(130)]);
    expect((await standingFacts(record(), own)).flatMap((fact) => (fact.kind === 'eta' ? [fact.eta] : []))).toEqual([
      minute(130),
    ]);
    await record().heard(names, [eta(54, 160)], { heard: 54, via: 'read' });
    expect(await kept(own)).toEqual([minute(100), minute(130), minute(160)]);
  });

  test('is owed in its latest version, until somebody is there', async () => {
    await policy({ etaMinutes: 15 });
    const own = await begun();
    await record().heard(names, [eta(1, 100)], { heard: 60 });
    await record().heard(names, [eta(2, 200)], { heard: 60 });
    const owing = async () => {
      const { state, ledger } = await record().state(own);
      return due(state, owed(state), ledger, minute(70)).now.filter(({ kind }) => kind === 'eta');
    };
    expect((await owing()).map(({ key, at }) => [key, at])).toEqual([['eta:stop-1', minute(2)]]);
    await record().heard(names, [milestone('arrived', 90)]);
    expect(await owing()).toEqual([]);
    // Nor when that is told and another stop is reached.
    await record().heard(names, [milestone('arrived', 95, 'stop-2')]);
    await tellMilestones(own);
    expect(await owing()).toEqual([]);
    expect((await outstandingKeys(record(), own)).filter((key) => key.startsWith('eta'))).toEqual([]);
  });
});
