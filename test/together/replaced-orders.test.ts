/** A similar order in the place of ours (assumption 50): a person names it, and from then on it is the order of the consignment. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import { call } from '../../local/loopback.ts';
import { adopt } from '../../store/intake/adoption.ts';
import { attention } from '../../store/views/attention.ts';
import { ago, atPalletways, atQargo, held, type Made, make, notesOf, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});
const by = { who: 'Priya', why: 'made similar in the screen' };

async function sweep({ of, id }: Made): Promise<void> {
  for (const _ of [1, 2])
    await new MockActivityEnvironment().run(() => sweepQargo(of.services, { organisation: id.organisation }));
  await of.hear(id);
}

async function replaced(): Promise<Made> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: [] });
  await of.installation.db.query('update consignment set closed_at = clock_timestamp()');
  const made = await make(of, of.organisations[0] ?? '');
  await sweep(made);
  const { orderId: similar } = (await atQargo(made, 'similar')) as { orderId: string };
  await sweep(made);
  const next = { ...made, orderId: similar };
  await plan(next, `T${made.trackingId}`, 300);
  await atQargo(next, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await of.hear(made.id);
  return next;
}

const lines = async ({ of }: Made) =>
  (await attention(of.installation.db, {})).lines.map(({ what, next }) => `${what} ${next}`);
const told = async (made: Made) => (await notesOf(made)).map(({ group, type }) => `${group} ${type}`);

test('an order that took the place of ours is adopted: it gets the labels, what was heard of it is told once, and the line goes', async () => {
  const made = await replaced();
  expect((await lines(made)).join('\n')).toContain('palletways-qargo adopt');
  expect(await told(made)).toEqual([]);
  const { db } = made.of.installation;
  const [organisation] = made.of.organisations;
  const list = [{ trackingId: made.trackingId, orderId: made.orderId }];
  expect(await adopt(db, organisation ?? '', list, by)).toEqual({ adopted: 1, already: 0, refused: [] });
  await made.of.hear(made.id);
  await sweep(made);
  expect((await told(made)).toSorted()).toEqual(['PLN ALC', 'STS OFD']);
  const order = await held(made);
  expect(order.documents.filter(({ type }) => type === 'PALLET_LABEL_EXTERNAL')).toHaveLength(1);
  expect(order.goods.flatMap(({ barcodes }) => barcodes).toSorted()).toEqual([...made.barcodes].toSorted());
  expect(await lines(made)).toEqual([]);
  expect(await adopt(db, organisation ?? '', list, by)).toEqual({ adopted: 0, already: 1, refused: [] });
  await atPalletways(made, 'cancel', {});
  await made.of.hear(made.id);
  await made.of.settle(made.id, 'accepted');
  expect((await lines(made)).join('\n')).toContain('cancel it in Qargo');
});

test('an order that lives is not replaced', async () => {
  const of = ground();
  const made = await make(of, of.organisations[0] ?? '');
  const list = [{ trackingId: made.trackingId, orderId: '0a000000-0000-4000-8000-000000000001' }];
  const { refused } = await adopt(of.installation.db, of.organisations[0] ?? '', list, by);
  expect(refused.map(({ reason }) => reason)).toEqual(['the consignment has another order at Qargo']);
});
