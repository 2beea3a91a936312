/** What is laid over the order before Qargo gets it. */
import { expect, test } from 'vitest';
import { overlayOf } from '../../activities/agreement/overlay.ts';
import type { Services } from '../../activities/sending/work.ts';
import type { NetworkContent, OrderContent } from '../../domain/facts/content.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { Switch } from '../../domain/policy/rows.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { chargesOf } from '../../store/intake/charges.ts';
import { consignmentRow, keepQargoSide } from '../../store/record/consignments.ts';
import { type Recorded, useRecord } from './record.ts';
import { keepAttempt, setPolicy } from './rows.ts';
import { type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167', conNo: '2557391-564' };
const ordered = {
  conNo: null,
  weight: 640,
  billUnits: [{ type: 'FP', amount: 2 }],
  deliveryDate: '2026-11-24',
  deliveryTime: null,
  bookIn: { booked: false, contactName: '', reference: '' },
} as unknown as OrderContent;
const booked = (n: number, date: string): New<'network'> => ({
  ...said(n),
  kind: 'network',
  id: `pw:network:${n}`,
  source: 'palletways',
  code: 'BOOKED',
  bookIn: { date, time: '10:30', digest: '0' },
  body: { text: '', date, time: '10:30', contact: '', reference: 'SLOT-9', signedBy: '' } satisfies NetworkContent,
});
const weighed: New<'charge'> = {
  ...said(4),
  kind: 'charge',
  id: 'weighed',
  source: 'qargo',
  charge: 'weight',
  about: '',
  old: null,
  new: '700',
  owe: [],
};

const overlayIn = async (of: Recorded, consignment: string, policy: Policy) =>
  overlayOf({
    services: { installation: { db: of.db } } as unknown as Services,
    organisation: { policy } as unknown as Organisation,
    consignment,
    row: await consignmentRow(of.db, consignment),
  });

test('is number, book-in and charges together; what Qargo was told differs from it in what it was not told alone', async () => {
  const of = record();
  await setPolicy(of, { charges: { measured: 'both' } });
  const consignment = await of.heard(names, [
    order('one', 0),
    trackingFact(0, names.trackingId),
    booked(2, '2026-12-03'),
  ]);
  await of.hear(names, [weighed]);
  const overlay = (network: Switch) =>
    overlayIn(of, consignment, { ...defaultPolicy, rows: { ...defaultPolicy.rows, network } });

  const first = await overlay('on');
  expect(first.owed(ordered)).toMatchObject({
    conNo: '2557391-564',
    weight: 700,
    deliveryDate: '2026-12-03',
    deliveryTime: '10:30',
    bookIn: { booked: true, reference: 'SLOT-9' },
  });
  expect(first.told(ordered)).toEqual({ ...ordered, weight: 700 });

  await keepQargoSide(of.db, consignment, { bookIn: first.bookIn });
  await of.hear(names, [booked(6, '2026-12-04')]);
  const second = await overlay('on');
  expect(second.told(ordered)).toMatchObject({ weight: 700, deliveryDate: '2026-12-03' });
  expect(second.owed(ordered)).toMatchObject({ weight: 700, deliveryDate: '2026-12-04' });

  for (const network of ['off', 'shadow'] as const)
    expect((await overlay(network)).owed(ordered)).toMatchObject({ weight: 700, deliveryDate: '2026-11-24' });
});

test('has no change of charges that is switched off, in shadow, or for a person to key in, until it is there', async () => {
  const of = record();
  await setPolicy(of, { charges: { measured: 'both' } });
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId)]);
  await of.hear(names, [{ ...weighed, source: 'palletways' }]);
  const byHand = { ...defaultPolicy.chargePaths, measured: { qargo: 'person', palletways: 'note' } } as const;
  const weights = async () => {
    const policies: readonly Policy[] = [
      defaultPolicy,
      { ...defaultPolicy, rows: { ...defaultPolicy.rows, charges: 'off' } },
      { ...defaultPolicy, rows: { ...defaultPolicy.rows, charges: 'shadow' } },
      { ...defaultPolicy, chargePaths: byHand },
    ];
    const overlays = await Promise.all(policies.map((policy) => overlayIn(of, consignment, policy)));
    return overlays.map((overlay) => overlay.owed(ordered).weight);
  };
  expect(await weights()).toEqual([700, 640, 640, 640]);
  const [change] = await chargesOf(of.db, consignment);
  if (change === undefined) throw new Error('no change was heard');
  await keepAttempt(of, consignment, {
    key: 'charge:qargo:weight:',
    kind: 'charge',
    fact: change.id,
    outcome: 'met',
  });
  expect(await weights()).toEqual([700, 700, 700, 700]);
});
