/** The event of a completed stop names no incident: only a read tells that nothing was handed over there. *Delivered* waits for it, for a bounded time. */
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { ago, atQargo, type Made, make, notesOf, plan } from './deeds.ts';
import { type Ground, useGround } from './ground.ts';

const ground = useGround({}, { lookSeconds: 0 });

async function onTheRoad(organisation = 0): Promise<Made> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: [] });
  const made = await make(of, of.organisations[organisation] ?? '');
  await plan(made, `T${made.trackingId}`, 300);
  await of.hear(made.id);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await of.hear(made.id);
  return made;
}

const end = (made: Made, code?: string) =>
  atQargo(made, 'stop', {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    at: ago(100),
    startedAt: ago(120),
    ...(code === undefined ? {} : { incident: { code, name: code, description: 'at the door', photos: [] } }),
  });
const told = async (made: Made) =>
  (await notesOf(made)).flatMap(({ group, type }) => (group === 'STS' ? [`${group} ${type}`] : []));
const faults = (of: Ground, ...list: readonly object[]) => call('PUT', `${of.qargo}/control/faults`, { faults: list });
const reads = async (of: Ground) => {
  const { items } = (await call('GET', `${of.qargo}/control/calls`)) as { items: { method: string }[] };
  return items.filter(({ method }) => method === 'orderStatus').length;
};

for (const order of [undefined, ['palletways', 'qargo'], ['qargo', 'palletways']] as const)
  test(`a delivery that was refused at a completed stop is told as failed, and never as delivered (${order?.join(' first, ') ?? 'as it comes'})`, async () => {
    const made = await onTheRoad();
    await end(made, 'REFUSED');
    await made.of.take();
    if (order === undefined) await made.of.drive(made.id);
    else {
      for (const lane of order) await made.of.send(made.id, lane).catch(() => undefined);
      await made.of.drive(made.id);
    }
    expect(await told(made)).toEqual(['STS OFD', 'STS ARR', 'STS FLD']);
  });

test('an ordinary delivery is told at once after one look, and with a damage it is told too', async () => {
  const made = await onTheRoad();
  const before = await reads(made.of);
  await end(made);
  const began = Date.now();
  await made.of.hear(made.id);
  expect(await told(made)).toEqual(['STS OFD', 'STS ARR', 'STS DLV']);
  expect(await reads(made.of)).toBe(before + 1);
  expect(Date.now() - began).toBeLessThan(5_000);
  const damaged = await onTheRoad();
  await end(damaged, 'DAMAGE');
  await damaged.of.hear(damaged.id);
  expect(await told(damaged)).toEqual(['STS OFD', 'STS ARR', 'STS DLV']);
});

for (const [what, answer] of [
  ['is away', { status: 503 }],
  ['refuses the read', { status: 403 }],
  ['knows no such order', { status: 404 }],
] as const)
  test(`a delivery is told after the time of the policy where Qargo ${what}`, async () => {
    const made = await onTheRoad();
    await faults(made.of, { match: { method: 'orderStatus' }, do: answer });
    await end(made);
    await made.of.take();
    // The pace makes an hour 3.6 s.
    for (let round = 0; round < 400 && !(await told(made)).includes('STS DLV'); round++) {
      await made.of.send(made.id, 'qargo').catch(() => undefined);
      await made.of.send(made.id, 'palletways').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await faults(made.of);
    expect(await told(made)).toEqual(['STS OFD', 'STS ARR', 'STS DLV']);
  });

test('a delivery is told at once where the organisation asks for no such wait', async () => {
  const made = await onTheRoad(1);
  await end(made);
  await made.of.take();
  await made.of.send(made.id, 'palletways');
  expect(await told(made)).toEqual(['STS OFD', 'STS ARR', 'STS DLV']);
});
