/** An order that Qargo gave stops at depots between its pickup and its delivery (assumption 40), as the published character does. */
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { atPalletways, make, plainConsignment } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

interface Read {
  readonly consignments: readonly { readonly delivery_stop: { readonly date?: string; readonly location?: object } }[];
}

test('an amendment of date and address reaches the delivery, though an update by the type of its stop matches several', async () => {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: ['40a'] });
  const now = plainConsignment();
  const made = await make(of, of.organisations[0] ?? '', now);
  const [collection, delivery] = now.Address;
  if (collection === undefined || delivery === undefined) throw new Error('no addresses');
  const changes = {
    DeliveryDate: new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10),
    Address: [collection, { ...delivery, Line: ['7 Lock Lane'], PostCode: 'LS9 8ZZ' }],
  };
  await atPalletways(made, 'amend', { changes });
  await of.hear(made.id);
  expect(await of.attention(made.id)).toEqual([]);
  const stop = ((await of.readOrder(made.id, made.orderId)) as Read).consignments[0]?.delivery_stop;
  expect(stop).toMatchObject({
    date: changes.DeliveryDate,
    location: { address: '7 Lock Lane', postal_code: 'LS9 8ZZ' },
  });
});

// The run that makes the order sees neither how its import ends, or its end and not the order.
test.for(['uploadStatus', 'orderStatus'])(
  'an amendment that comes while %s is not answered of an import reaches the delivery',
  async (method) => {
    const of = ground();
    await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: ['40a'] });
    const organisation = of.organisations[0] ?? '';
    const faults = (list: readonly object[]) => call('PUT', `${of.qargo}/control/faults`, { faults: list });
    await faults([{ match: { method, organisation }, do: { status: 503 } }]);
    const { responseId, trackingId } = (await call('POST', `${of.palletways}/control/consignments`, {
      organisation,
      consignment: { ...plainConsignment(), BookInRequest: 'no', BookInContactName: '', BookInContactPhone: '' },
    })) as { responseId: string; trackingId: string };
    await of.take();
    const id = await of.find(trackingId);
    await of.drive(id).catch(() => undefined);
    const DeliveryDate = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await call('POST', `${of.palletways}/control/consignments/${responseId}/amend`, { changes: { DeliveryDate } });
    await of.take();
    await faults([]);
    await of.drive(id);
    expect(await of.attention(id)).toEqual([]);
    const { rows } = await of.installation.db.query<{ order: string }>(
      `select qargo->>'orderId' as order from consignment where id = $1`,
      [id.consignment],
    );
    const stop = ((await of.readOrder(id, rows[0]?.order ?? '')) as Read).consignments[0]?.delivery_stop;
    expect(stop?.date).toBe(DeliveryDate);
  },
);
