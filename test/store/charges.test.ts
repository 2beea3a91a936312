import { describe, expect, test } from 'vitest';
import type { ChargeFact, NewFact } from '../../domain/facts/facts.ts';
import type { ChargePolicy } from '../../domain/policy/settings.ts';
import { chargesOf, markKeyedIn, openCharges } from '../../store/intake/charges.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { type Recorded, useRecord } from './record.ts';
import { insertReceipt, setPolicy } from './rows.ts';
import { minute, type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167', conNo: '2557391-564' };

const configured = (of: Recorded, charges: Partial<ChargePolicy>) => setPolicy(of, { charges });

/** A consignment of 640 kg in two FP, known to Qargo as it was ordered. */
async function consigned(of: Recorded): Promise<string> {
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId)]);
  const good = { id: 'g1', packaging: 'FP', quantity: 2, weight: 640, adr: null, handlingUnits: [], size: null };
  await keepQargoSide(of.db, consignment, { goods: [good], goodsAt: minute(1) });
  return consignment;
}

const weighed = (kg: string, n: number, source: 'palletways' | 'qargo' | 'person' = 'qargo'): New<'charge'> => ({
  ...said(n),
  kind: 'charge',
  id: `${source}:weight:${kg}:${n}`,
  source,
  charge: 'weight',
  about: '',
  old: null,
  new: kg,
  owe: [],
});
const amended = (n: number, changes: Partial<New<'order'>>): NewFact => ({ ...order(`v${n}`, n), ...changes });
const short = ({ charge, source, old, new: value, owe }: ChargeFact) => [
  charge,
  source,
  old,
  value,
  [...owe].sort().join(),
];
const heardOf = async (of: Recorded, consignment: string) => (await chargesOf(of.db, consignment)).map(short);

describe('a change of what is charged for', () => {
  test('is taken no notice of where its kind is off, which it is by default', async () => {
    const of = record();
    const consignment = await consigned(of);
    for (const off of [{}, { measured: 'off', regrade: 'both', surcharge: 'both' } as const]) {
      await configured(of, off);
      await of.hear(names, [weighed('700', 5)]);
      await of.hear(names, [amended(6, { weight: 650 })]);
    }
    expect(await heardOf(of, consignment)).toEqual([]);
  });

  test('keeps what stood before and whom it is owed to, by the direction of its kind', async () => {
    const of = record();
    const consignment = await consigned(of);
    await configured(of, { measured: 'both' });
    await of.hear(names, [weighed('700', 5)]);
    await of.hear(names, [weighed('710', 6, 'palletways')]);
    await of.hear(names, [weighed('720', 7, 'person')]);
    await configured(of, { measured: 'to palletways' });
    await of.hear(names, [weighed('730', 8, 'person')]);
    await of.hear(names, [weighed('740', 9, 'palletways')]);
    expect(await heardOf(of, consignment)).toEqual([
      ['weight', 'qargo', '640', '700', 'palletways'],
      ['weight', 'palletways', '700', '710', 'qargo'],
      ['weight', 'person', '710', '720', 'palletways,qargo'],
      ['weight', 'person', '720', '730', 'palletways'],
      ['weight', 'palletways', '730', '740', ''],
    ]);
  });

  test('told twice, or said by a side that said it already, is no second one', async () => {
    const of = record();
    const consignment = await consigned(of);
    await configured(of, { measured: 'both' });
    await of.hear(names, [weighed('640', 4)]);
    await of.hear(names, [weighed('700', 5)]);
    await of.hear(names, [weighed('700', 5)]);
    await of.hear(names, [weighed('700', 6, 'palletways')]);
    expect(await heardOf(of, consignment)).toEqual([['weight', 'qargo', '640', '700', 'palletways']]);
  });
});

describe('a change that came before its consignment was known', () => {
  test('is owed as any other once it is known, and is none where nobody wants to know', async () => {
    const of = record();
    await configured(of, { measured: 'both' });
    const note = weighed('700', 1, 'palletways');
    expect((await of.hear(names, [note])).consignment).toBeNull();
    const consignment = await of.heard(names, [order('one', 2), trackingFact(2, names.trackingId)]);
    await inTransaction(of.db, (tx) => matchParked(tx, of.organisation));
    expect(await heardOf(of, consignment)).toEqual([['weight', 'palletways', '640', '700', 'qargo']]);
    expect(await of.facts(null)).toEqual([]);

    const other = await of.another();
    expect((await other.hear(names, [note])).consignment).toBeNull();
    const known = await other.heard(names, [order('one', 2), trackingFact(2, names.trackingId)]);
    await inTransaction(other.db, (tx) => matchParked(tx, other.organisation));
    expect(await heardOf(other, known)).toEqual([]);
    expect(await other.facts(null)).toEqual([]);
  });
});

describe('an amended order', () => {
  test('is a regrade where that is wanted; Qargo has it by the order, so it is owed to nobody', async () => {
    const of = record();
    const consignment = await consigned(of);
    await configured(of, { regrade: 'both', measured: 'to qargo' });
    await of.hear(names, [amended(5, { billUnits: [{ type: 'HP', amount: 2 }], weight: 650 })]);
    const heard = await heardOf(of, consignment);
    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual(['regrade', 'palletways', 'FP:2', 'HP:2', '']);
    expect(heard).toContainEqual(['weight', 'palletways', '640', '650', '']);
  });

  test('that takes up what Qargo measured is no news, and one that goes back on it ends it', async () => {
    const of = record();
    const consignment = await consigned(of);
    await configured(of, { measured: 'both' });
    await of.hear(names, [weighed('700', 5)]);
    await of.hear(names, [amended(6, { weight: 700 })]);
    await configured(of, {});
    await of.hear(names, [amended(7, { weight: 640 })]);
    expect(await heardOf(of, consignment)).toEqual([
      ['weight', 'qargo', '640', '700', 'palletways'],
      ['weight', 'palletways', '700', '640', ''],
    ]);
  });
});

describe('what a person keys in', () => {
  test('is listed until it is said to be done, and no more once another change stands', async () => {
    const of = record();
    const consignment = await consigned(of);
    await configured(of, { surcharge: 'both' });
    const tail: NewFact = {
      ...said(5),
      kind: 'charge',
      id: 'hand:1',
      source: 'person',
      charge: 'surcharge',
      about: 'TAIL',
      old: null,
      new: '12.50',
      owe: [],
      body: { who: 'Jo', proof: 'photo 7' },
    };
    await of.hear(names, [tail]);
    const key = 'charge:qargo:surcharge:TAIL';
    await insertReceipt(of, consignment, { key, state: 'refused', cause: { code: 'to be keyed in' } });
    expect(await openCharges(of.db, of.organisation)).toMatchObject([
      {
        obligation: key,
        side: 'qargo',
        what: 'surcharge of TAIL nothing -> 12.50',
        keyIn: true,
        said: { by: 'person', who: 'Jo' },
      },
    ]);
    expect(await openCharges(of.db, 'another')).toEqual([]);
    expect(await inTransaction(of.db, (tx) => markKeyedIn(tx, consignment, 'charge:qargo:weight:', 'Jo'))).toBe(false);
    expect(await inTransaction(of.db, (tx) => markKeyedIn(tx, consignment, key, 'Jo'))).toBe(true);
    await of.hear(names, [{ ...tail, id: 'hand:2', new: '15.00', ...said(6) }]);
    expect(await openCharges(of.db, of.organisation)).toEqual([]);
  });
});

test('what was measured before what stands, and is heard late, changes nothing; of one minute the last heard stands', async () => {
  const of = record();
  const consignment = await consigned(of);
  await configured(of, { measured: 'both' });
  await of.hear(names, [weighed('700', 10)]);
  await of.hear(names, [{ ...weighed('710', 9, 'palletways'), ...said(9) }], { heard: 20 });
  await of.hear(names, [weighed('720', 10, 'palletways')], { heard: 21 });
  expect((await heardOf(of, consignment)).map(([, source, , value]) => [source, value])).toEqual([
    ['qargo', '700'],
    ['palletways', '720'],
  ]);
});
