/** What would have been sent of a row in shadow, in the words of the real send. */
import { expect, test } from 'vitest';
import { keepShadow } from '../../activities/configuration/shadow.ts';
import type { Services } from '../../activities/sending/work.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { rawContent } from '../../store/record/contents.ts';
import { access, delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };

test('a charge is shown as the update of goods that it would be, or as what a person would key in', async () => {
  const of = record();
  await of.db.query('update organisation set settings = $2 where id = $1', [
    of.organisation,
    { policy: { charges: { measured: 'to qargo' } } },
  ]);
  const consignment = await of.heard(names, [
    { ...order('one', 0), body: delivery },
    trackingFact(0, names.trackingId),
  ]);
  const weighed: New<'charge'> = {
    ...said(4),
    kind: 'charge',
    id: 'weighed',
    source: 'palletways',
    charge: 'weight',
    about: '',
    old: null,
    new: '701',
    owe: [],
  };
  await of.hear(names, [weighed]);
  const goods = [
    { id: 'g1', packaging: 'FP', quantity: 2, weight: delivery.weight, adr: null, handlingUnits: [], size: null },
  ];
  await keepQargoSide(of.db, consignment, { orderId: 'q-1', goods });
  const shown = async (chargePaths: Policy['chargePaths']) => {
    const policy = { ...defaultPolicy, chargePaths, rows: { ...defaultPolicy.rows, charges: 'shadow' } };
    const organisation = { id: of.organisation, policy, palletways: { zone: 'Europe/London' } };
    const installation = { db: of.db, organisations: { cached: async () => organisation } };
    const services = { installation, counterparts: { accessOf: () => ({ qargo: access }) } } as unknown as Services;
    const ref = await keepShadow(services, { organisation: of.organisation, consignment });
    return (await rawContent(of.db, ref)) as { row: string; to: string; message: unknown }[];
  };
  const [update, ...more] = (await shown(defaultPolicy.chargePaths)) ?? [];
  expect([update?.row, update?.to, more]).toEqual(['charges', 'qargo', []]);
  // Two FP and an HP share it.
  for (const weight of [467.33, 233.67])
    expect(JSON.stringify(update?.message)).toContain(`"total_weight_kg":${weight}`);
  const byHand = { ...defaultPolicy.chargePaths, measured: { qargo: 'person', palletways: 'note' } } as const;
  expect((await shown(byHand))?.map(({ message }) => message)).toEqual([{ keyIn: 'weight 640 kg -> 701 kg' }]);
});
