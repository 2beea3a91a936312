/** A signature whose papers no event tells: whoever reads it first reads them too, since the consignment may be closed before the next sweep. */
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { photo, signature } from '../../sandbox/day/evidence.ts';
import { ago, atQargo, make, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

test('the look at the end of a stop that finds a signature finds its photos and papers too, and Palletways has them all', async () => {
  const of = ground();
  const made = await make(of, of.organisations[0] ?? '');
  await plan(made, 'R12', 300);
  await of.hear(made.id);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) });
  await of.take();
  const document = (type: string, name: string, contentType: string, bytes: Buffer) => {
    return { type, name, contentType, base64: bytes.toString('base64') };
  };
  const documents = [
    document('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(1, made.orderId)),
    document('PHOTO_OF_GOODS_DELIVERY', 'photo.jpg', 'image/jpeg', photo(1, made.orderId)),
  ];
  await atQargo(made, 'pod', { name: 'Aoife Byrne', at: ago(101), documents });
  // What Qargo pushes of it is lost.
  await of.letters();
  await of.drive(made.id);
  expect(
    (await of.facts(made.id))
      .filter(({ kind }) => kind === 'pod' || kind === 'document')
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['document', 'document', 'pod']);
  const { files } = (await call('GET', `${of.palletways}/control/held`)) as { files: { trackingId: string }[] };
  expect(files.filter(({ trackingId }) => trackingId === made.trackingId).length).toBe(2);
});
