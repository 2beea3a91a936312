/** Orders that planners merged (assumption 50): what is told of the one order is of the consignment whose stop it is, and nothing of it is told of the other. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import { call } from '../../local/loopback.ts';
import { photo, signature } from '../../sandbox/day/evidence.ts';
import { attention } from '../../store/views/attention.ts';
import { ago, atQargo, type Made, make, notesOf } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

async function merged(): Promise<readonly [Made, Made]> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: ['50b'] });
  const one = await make(of, of.organisations[0] ?? '');
  const two = await make(of, of.organisations[0] ?? '');
  const body = {
    organisation: one.id.organisation,
    name: 'T1',
    orders: [one.orderId, two.orderId],
    vehicle: { code: 'V1', name: 'DAF LF 18t', plate: 'FJ24 XKD' },
    driver: { name: 'Declan Foley' },
    at: ago(300),
  };
  await call('POST', `${of.qargo}/control/trips`, body);
  await of.hear(one.id);
  await sweep(one, two);
  return [one, two];
}

async function sweep(one: Made, two: Made): Promise<void> {
  const { of } = one;
  for (const _ of [1, 2])
    await new MockActivityEnvironment().run(() => sweepQargo(of.services, { organisation: one.id.organisation }));
  for (const each of [one, two]) await of.hear(each.id);
}

const statuses = async (made: Made) =>
  (await notesOf(made)).flatMap(({ group, type }) => (['STS', 'POD'].includes(group) ? [`${group} ${type}`] : []));
const files = async ({ of, trackingId }: Made) =>
  ((await call('GET', `${of.palletways}/control/held`)) as { files: { trackingId: string }[] }).files.filter(
    (file) => file.trackingId === trackingId,
  ).length;

test('a delivery from a merged order is told of its own consignment alone, and a person hears of the order that is gone', async () => {
  const [one, two] = await merged();
  await atQargo(two, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await atQargo(two, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) });
  const document = (type: string, name: string, contentType: string, bytes: Buffer) => {
    return { type, name, contentType, base64: bytes.toString('base64') };
  };
  const documents = [
    document('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(1, two.orderId)),
    document('PROOF_OF_DELIVERY', 'photo.jpg', 'image/jpeg', photo(1, two.orderId)),
  ];
  await atQargo(two, 'pod', { name: 'Aoife Byrne', at: ago(101), documents });
  await one.of.hear(one.id);
  await one.of.hear(two.id);
  await sweep(one, two);
  await one.of.installation.db.query(
    `update obligation set not_before = null where cause->>'code' in ('evidence not read')`,
  );
  await one.of.drive(two.id);
  expect(await statuses(one)).toEqual([]);
  expect(await files(one)).toBe(0);
  expect(await statuses(two)).toEqual(['STS OFD', 'STS ARR', 'STS DLV']);
  const lines = (await attention(one.of.installation.db, {})).lines.filter(
    ({ consignment }) => consignment === two.id.consignment,
  );
  expect(lines.map(({ next }) => next).join('\n')).toContain('adopt');
});
