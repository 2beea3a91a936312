/** Row 5, milestones: out, arrived, delivered; what became of each pallet; estimates beyond a threshold. */
import { expect } from 'vitest';
import { delivery, type NoteHeld, noted, notesOf, orderOf, plan, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import { onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { asked, bothRead, type Ready, ready, switched } from './people.ts';
import { publish } from './publishing.ts';

const house = useHouse({
  pace: 20,
  organisations: 4,
  policy: (organisation) => {
    if (organisation === 'fenland') return { partDelivery: 'failed' };
    if (organisation === 'clydeside') return { etaMinutes: 15 };
    return organisation === 'liffey' ? { ...switched({ milestones: 'off' }), etaMinutes: 15 } : {};
  },
});

/** One moment for the whole file: the same minute is the same instant, whenever it is asked for. */
const moment = Math.floor(Date.now() / 1_000) * 1_000;
const at = (minutesAgo: number) => new Date(moment - minutesAgo * 60_000).toISOString();
const words = (notes: readonly NoteHeld[]) =>
  notes.map(({ group, type, barcode }) => `${group}/${type} ${barcode ?? ''}`.trim()).sort();
const texts = async ({ made }: Ready) => {
  const { notes } = (await call('GET', `${house().palletways}/control/held`)) as {
    notes: (NoteHeld & { freeText: string })[];
  };
  return notes.filter(({ trackingId, group }) => trackingId === made.trackingId && group === 'STS');
};

/**
 * Five pallets, of which three are delivered, one is refused and one is missing. That it was refused is told by its scan, or noted of
 * the good when the stop ends, which only a read tells.
 */
async function threeOfFive(organisation: string, refusedBy: 'scan' | 'good'): Promise<Ready> {
  const of = house();
  const life = await ready(of, organisation, 5);
  await plan(of, organisation, 'PART', [life.orderId]);
  const [a = '', b = '', c = '', refused = '', missing = ''] = life.barcodes;
  const deed = (what: string, body: object) => ({
    method: 'POST' as const,
    path: `/control/orders/${life.orderId}/${what}`,
    body,
  });
  const scan = (barcode: string, stop: string, minutes: number, sourceStatus?: string) =>
    deed('scan', {
      barcode,
      status: 'SCANNED_OUT',
      stop,
      at: at(minutes),
      ...(sourceStatus === undefined ? {} : { sourceStatus }),
    });
  await sync(of, [
    ...[a, b, c, refused].map((barcode, nth) => scan(barcode, 'PICKUP', 250 - nth)),
    scan(missing, 'PICKUP', 240, 'MISSING'),
    deed('stop', { stop: 'PICKUP', status: 'COMPLETED', at: at(230), startedAt: at(250) }),
    deed('stop', { stop: 'DELIVERY', status: 'AT_STOP', at: at(120) }),
    ...[a, b, c].map((barcode, nth) => scan(barcode, 'DELIVERY', 115 - nth)),
    ...(refusedBy === 'scan' ? [scan(refused, 'DELIVERY', 111, 'REFUSED')] : []),
  ] as ReturnType<typeof delivery>);
  if (refusedBy === 'scan') await noted(of, life.made, 'EXC/REF');
  await noted(of, life.made, 'EXC/SHT');
  // What is told after the stop has ended is told as late.
  await noted(of, life.made, 'STS/OFD');
  await noted(of, life.made, 'STS/ARR');
  const { goods } = (await orderOf(of, life.made)) as unknown as { goods: readonly { readonly id: string }[] };
  const incident = { code: 'REFUSED', name: 'Refused', description: `${refused} is crushed` };
  const outcome = refusedBy === 'scan' ? {} : { goods: [{ id: goods[0]?.id, incident }] };
  const ended = deed('stop', { stop: 'DELIVERY', status: 'COMPLETED', at: at(100), startedAt: at(120), ...outcome });
  await sync(of, [ended] as ReturnType<typeof delivery>);
  return life;
}

for (const [organisation, type, description, refusedBy] of [
  ['northgate', 'DLV', '', 'scan'],
  ['fenland', 'FLD', 'REFUSED', 'good'],
] as const) {
  onRealParts(
    `milestones: three delivered, one refused, one missing is told as STS/${type} and names the pallets`,
    120_000,
    async () => {
      const of = house();
      const life = await threeOfFive(organisation, refusedBy);
      await noted(of, life.made, `STS/${type}`);
      await nothingOutstanding(of);
      const [a, b, c, refused, missing] = life.barcodes;
      expect(words(await notesOf(of, life.made))).toEqual(
        [
          'PLN/ALC',
          ...[a, b, c, refused].map((barcode) => `SCN/LOD ${barcode}`),
          ...[a, b, c].map((barcode) => `SCN/DEL ${barcode}`),
          `EXC/SHT ${missing}`,
          `EXC/REF ${refused}`,
          'STS/OFD',
          'STS/ARR',
          `STS/${type}`,
        ].sort(),
      );
      const told = (await texts(life)).find((note) => note.type === type);
      expect(told?.freeText).toContain(`3 of 5 pallets: ${refused} refused, ${missing} missing`);
      expect(told?.description).toBe(description);
      const { left, stage } = await asked<{ left: object[]; stage: string }>(of, life.made);
      expect({ left, stage }).toMatchObject({
        left: [
          { barcode: refused, next: 'return' },
          { barcode: missing, next: 'redeliver' },
        ],
        stage: 'delivered',
      });
    },
  );
}

const estimate = ({ orderId }: Ready, start: string, saidAt: string, event: 'Stop' | 'Eta') =>
  call('POST', `${house().qargo}/control/orders/${orderId}/eta`, {
    stop: 'DELIVERY',
    start,
    end: start,
    at: saidAt,
    event,
  });
const ahead = (minutes: number) => at(-minutes);

onRealParts(
  'milestones: an estimate is told when it is first said and when it moved by 15 minutes, by either event',
  120_000,
  async () => {
    const of = house();
    const life = await ready(of, 'clydeside');
    await plan(of, 'clydeside', 'ETA', [life.orderId]);
    await noted(of, life.made, 'PLN/ALC');
    const [first, near, far] = [ahead(100), ahead(110), ahead(120)];
    await estimate(life, first, at(30), 'Stop');
    await noted(of, life.made, 'STS/ETA');
    await estimate(life, near, at(25), 'Eta');
    await estimate(life, far, at(20), 'Eta');
    const told = await noted(of, life.made, 'STS/ETA', 2);
    await nothingOutstanding(of);
    const local = (instant: string) => instant.slice(0, 16).replace('T', ' ');
    // Greenwich time: November in Glasgow.
    expect(told.map(({ description }) => description)).toEqual([first, far].map(local));
    expect(new Set(told.map(({ instant }) => instant)).size).toBe(2);
  },
);

onRealParts('milestones off: neither milestone nor estimate is told, and all else is', 120_000, async () => {
  const of = house();
  const life = await ready(of, 'liffey');
  await plan(of, 'liffey', 'OFF', [life.orderId]);
  await estimate(life, ahead(100), at(300), 'Stop');
  await sync(of, delivery(life.orderId, life.barcodes));
  await noted(of, life.made, 'POD/POD');
  await nothingOutstanding(of);
  expect((await notesOf(of, life.made)).filter(({ group }) => group === 'STS')).toEqual([]);
});

const stop = (
  { orderId }: Ready,
  what: 'PICKUP' | 'DELIVERY',
  status: 'AT_STOP' | 'COMPLETED' | 'FAILED',
  minutes: number,
  more: object = {},
) => call('POST', `${house().qargo}/control/orders/${orderId}/stop`, { stop: what, status, at: at(minutes), ...more });
/** The statuses that Palletways was told of it, with their instants and words. */
const statuses = async ({ made }: Ready) =>
  (await notesOf(house(), made))
    .filter(({ group }) => group === 'STS')
    .map(({ type, instant, description }) => `${type} ${new Date(instant).toISOString()} ${description}`.trim());
/** Nothing that Qargo says is under way to us any more. */
const pushed = () =>
  until('the pushes of Qargo', async () => {
    const { pushes } = (await call('GET', `${house().qargo}/control/pending`)) as { pushes: number };
    return pushes === 0 ? true : undefined;
  });
const carded = { incident: { code: 'CARDED', name: 'Carded', description: 'nobody in' } };

onRealParts(
  'milestones: a stop that failed, as only a read tells, is told as failed with its reason; one without is not',
  120_000,
  async () => {
    const of = house();
    const [failed, ignored] = [await ready(of, 'northgate'), await ready(of, 'northgate')];
    await plan(of, 'northgate', 'FAILED', [failed.orderId, ignored.orderId]);
    await stop(failed, 'DELIVERY', 'FAILED', 60, carded);
    await stop(ignored, 'DELIVERY', 'FAILED', 50);
    await Promise.all([bothRead(of, failed.made), bothRead(of, ignored.made)]);
    await nothingOutstanding(of);
    expect(await statuses(failed)).toEqual([`FLD ${at(60)} CARDED`]);
    expect(await statuses(ignored)).toEqual([]);
  },
);

onRealParts('milestones as configured: other stops, reads and the order’s own status make them', 120_000, async () => {
  const of = house();
  await publish(of, 'northgate', (now) => ({
    ...now,
    wire: {
      ...now.wire,
      qargo: {
        ...now.wire.qargo,
        stopMilestones: [
          { stop: 'PICKUP', status: 'AT_STOP', milestone: 'out', time: 'start', told: 'event' },
          { stop: 'DELIVERY', status: 'AT_STOP', milestone: 'arrived', time: 'start', told: 'read' },
          { stop: 'DELIVERY', status: 'IGNORED', milestone: 'failed', time: 'end', told: 'read' },
        ],
        orderMilestones: [{ status: 'COMPLETED', milestone: 'delivered' }],
      },
    },
  }));
  const [life, failed] = [await ready(of, 'northgate'), await ready(of, 'northgate')];
  await stop(life, 'PICKUP', 'AT_STOP', 250);
  await noted(of, life.made, 'STS/OFD');
  await stop(life, 'PICKUP', 'COMPLETED', 230, { startedAt: at(250) });
  await stop(life, 'DELIVERY', 'AT_STOP', 120);
  await stop(failed, 'DELIVERY', 'FAILED', 60);
  await pushed();
  await nothingOutstanding(of);
  expect(await statuses(life)).toEqual([`OFD ${at(250)}`]);
  await Promise.all([bothRead(of, life.made), bothRead(of, failed.made)]);
  await noted(of, life.made, 'STS/ARR');
  await stop(life, 'DELIVERY', 'COMPLETED', 100, { startedAt: at(120) });
  await noted(of, life.made, 'STS/DLV');
  await bothRead(of, life.made);
  await nothingOutstanding(of);
  expect(await statuses(life)).toEqual([`OFD ${at(250)}`, `ARR ${at(120)}`, `DLV ${at(100)}`]);
  expect(await statuses(failed)).toEqual([`FLD ${at(60)}`]);
});
