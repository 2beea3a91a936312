/** A collection is brought to our depot: Palletways is told that it was collected, and never that it was delivered. */
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { signature } from '../../sandbox/day/evidence.ts';
import { ago, atQargo, make, notesOf, plainConsignment, plan, scan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

test('a collection is told as collected and its pallets as unloaded at our depot, though no depot is named', async () => {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: [] });
  const entered = {
    ...plainConsignment(),
    Type: 'C' as const,
    Service: [{ Type: 'Collection' as const, Code: 'A', Surcharge: 'A' }],
  };
  const made = await make(of, of.organisations[0] ?? '', entered);
  await plan(made, 'C1', 300);
  await of.hear(made.id);
  await scan(made, 'PICKUP', 240);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(120) });
  await scan(made, 'DELIVERY', 110);
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) });
  const ink = signature(1, made.orderId).toString('base64');
  const documents = [{ type: 'CONSIGNEE_SIGNATURE', name: 'ink.png', contentType: 'image/png', base64: ink }];
  await atQargo(made, 'pod', { name: 'Depot', at: ago(101), documents });
  await of.hear(made.id);
  const notes = (await notesOf(made)).map(({ group, type }) => `${group} ${type}`);
  expect(notes.filter((note) => !note.startsWith('SCN'))).toEqual(['PLN ALC', 'STS COL']);
  expect([...new Set(notes.filter((note) => note.startsWith('SCN')))]).toEqual(['SCN LOD', 'SCN UNL']);
});
