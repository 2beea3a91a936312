/** Row 13, drivers offline: events hours late, doubled and shuffled end as if they had come in time; a wrong clock is flagged. */
import { expect } from 'vitest';
import { delivery, type NoteHeld, noted, notesOf, plan, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { asked, type Ready, ready } from './people.ts';

const house = useHouse({
  pace: 20,
  organisations: 3,
  policy: (organisation) =>
    organisation === 'clydeside'
      ? { clockAheadMinutes: 1_440 }
      : organisation === 'fenland'
        ? { lateMilestones: 'withhold' }
        : {},
});

type Calls = ReturnType<typeof delivery>;
interface Deed {
  readonly at: string;
  readonly startedAt?: string;
  readonly barcode?: string;
  readonly stop?: string;
  readonly status?: string;
}

/** What Palletways must be told of these deeds, with their own times: `type barcode instant`. */
function owedOf(calls: Calls): string[] {
  const told = calls.flatMap(({ path, body }) => {
    const deed = body as Deed;
    const what = path.split('/').at(-1);
    if (what === 'scan') return [`SCN ${deed.stop === 'PICKUP' ? 'LOD' : 'DEL'} ${deed.barcode} ${deed.at}`];
    if (what === 'pod') return [`POD POD - ${deed.at}`];
    const type = deed.stop === 'PICKUP' ? 'OFD' : deed.status === 'AT_STOP' ? 'ARR' : 'DLV';
    return [`STS ${type} - ${deed.at}`];
  });
  return [...new Set(told)].sort();
}

/** What it was told, a milestone told late as the milestone it is. */
const told = (notes: readonly NoteHeld[]): string[] =>
  notes
    .filter(({ group }) => group !== 'PLN')
    .map(({ group, type, description, barcode, instant }) => {
      const late = /^LATE (\w+)$/.exec(description)?.[1];
      const what = late === undefined ? `${group} ${type}` : `STS ${late}`;
      return `${what} ${group === 'SCN' ? barcode : '-'} ${new Date(instant).toISOString()}`;
    })
    .sort();

async function planned(organisation: string): Promise<Ready & { readonly calls: Calls }> {
  const life = await ready(house(), organisation);
  await plan(house(), organisation, 'OFFLINE', [life.orderId]);
  await noted(house(), life.made, 'PLN/ALC');
  return { ...life, calls: delivery(life.orderId, life.barcodes) };
}

const all = (life: Ready, of: readonly string[]) =>
  until(
    `${of.length} notes`,
    async () => {
      const found = told(await notesOf(house(), life.made));
      return found.length >= of.length ? found : undefined;
    },
    40_000,
  );

onRealParts(
  'drivers offline: late, doubled and shuffled ends as in time, and Palletways sees the true times',
  180_000,
  async () => {
    const of = house();
    const [inTime, offline, again] = [
      await planned('northgate'),
      await planned('northgate'),
      await planned('northgate'),
    ];
    for (const each of inTime.calls) await sync(of, [each]);
    await sync(of, offline.calls, { shuffle: 7, twice: true });
    await sync(of, again.calls, { shuffle: 11, twice: true });
    for (const life of [inTime, offline, again])
      expect(await all(life, owedOf(life.calls))).toEqual(owedOf(life.calls));
    const { lost, doubled } = await of.settled();
    expect([lost, doubled]).toEqual([[], []]);
    for (const { made } of [inTime, offline, again]) {
      const { stage, remarks, why } = await asked<{ stage: string; remarks: string[]; why: string[] }>(of, made);
      expect({ stage, remarks, why }).toEqual({ stage: 'delivered', remarks: [], why: [] });
    }
  },
);

onRealParts(
  'drivers offline, late milestones withheld: all else is told with its true time, and no milestone late',
  120_000,
  async () => {
    const of = house();
    const life = await planned('fenland');
    await sync(of, life.calls, { shuffle: 7, twice: true });
    const must = owedOf(life.calls).filter((each) => !/^STS (OFD|ARR)/.test(each));
    await all(life, must);
    await nothingOutstanding(of);
    const found = told(await notesOf(of, life.made));
    expect(found).toEqual(expect.arrayContaining(must));
    expect((await notesOf(of, life.made)).filter(({ description }) => description.startsWith('LATE'))).toEqual([]);
    expect((await asked<{ stage: string }>(of, life.made)).stage).toBe('delivered');
  },
);

onRealParts(
  'a telephone whose clock is three hours ahead: flagged, told as it was said, and it holds nothing back',
  180_000,
  async () => {
    const of = house();
    const ahead = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 3 * 3_600_000).toISOString();
    const stages: Record<string, string> = {};
    for (const organisation of ['northgate', 'clydeside']) {
      const life = await planned(organisation);
      const path = `/control/orders/${life.orderId}/stop`;
      const stop = (body: object): Calls => [{ method: 'POST', path, body: { stop: 'DELIVERY', ...body } }];
      const arrived = stop({ status: 'AT_STOP', at: ahead });
      await sync(of, [...life.calls.slice(0, 3), ...arrived]);
      await noted(of, life.made, 'STS/ARR');
      const delivered = stop({
        status: 'COMPLETED',
        at: new Date(Math.ceil(Date.now() / 1_000) * 1_000).toISOString(),
      });
      await sync(of, delivered);
      const calls = [...life.calls.slice(0, 3), ...arrived, ...delivered];
      const found = await all(life, owedOf(calls));
      expect(found).toContain(`STS ARR - ${ahead}`);
      const { stage, remarks, facts } = await asked<Told>(of, life.made);
      stages[organisation] = stage;
      const doubted = facts.filter(({ doubt }) => doubt !== undefined);
      expect(doubted.map(({ at, doubt }) => [at, doubt])).toEqual(
        organisation === 'northgate' ? [[ahead, 'ahead']] : [],
      );
      expect(remarks.filter((remark) => remark.includes('clock is wrong')).length).toBe(
        organisation === 'northgate' ? 1 : 0,
      );
    }
    // Where a clock may be a day ahead, what it says is taken as it is; an arrival after the delivery takes nothing back.
    expect(stages).toEqual({ northgate: 'delivered', clydeside: 'delivered' });
  },
);

interface Told {
  readonly stage: string;
  readonly remarks: readonly string[];
  readonly facts: readonly { readonly at: string; readonly doubt?: string }[];
}
