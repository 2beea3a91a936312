/** Which orders a sweep reads at Qargo, and in which order. */
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { ordersDue } from '../../store/due/orders.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { useRecord } from './record.ts';
import { milestone, order, plan, trackingFact } from './said.ts';

const record = useRecord();

test('what is on the road goes first, then what is planned; what was delivered a day ago and never signed for goes last', async () => {
  const of = record();
  const begun = async (name: string, ...facts: Parameters<typeof of.hear>[1]) => {
    const trackingId = `6001234${name}`;
    const consignment = await of.heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId)]);
    await keepQargoSide(of.db, consignment, { orderId: name });
    if (facts.length > 0) await of.hear({ trackingId }, facts);
    return consignment;
  };
  await begun('1001');
  await begun('1002', plan('trip-1', 1), milestone('out', 2), milestone('delivered', 3));
  await begun('1003', plan('trip-1', 1));
  const today = await begun('1004', plan('trip-1', 1), milestone('out', 2), milestone('delivered', 3));
  await of.db.query('update fact set heard = clock_timestamp() where consignment = $1', [today]);
  const rows = await ordersDue(of.db, of.organisation, { sweepSeconds: defaultPolicy.sweepSeconds, pace: 1 });
  expect(rows.slice(0, 2).map(({ orderId, road }) => [orderId, road])).toEqual([
    ['1004', 'out'],
    ['1003', 'planned'],
  ]);
  expect(
    rows
      .slice(2)
      .map(({ orderId, road }) => `${orderId} ${road}`)
      .toSorted(),
  ).toEqual(['1001 other', '1002 other']);
});
