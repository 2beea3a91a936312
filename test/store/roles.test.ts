/** What follows from depots that change, as the record decides it, in whatever order it is heard. */
import { expect, test } from 'vitest';
import type { Leg } from '../../domain/facts/roles.ts';
import { legNow } from '../../store/identity/roles.ts';
import { useRecord } from './record.ts';
import { type New, order, said } from './said.ts';

const record = useRecord();
const known = { trackingId: '60012340167' };
const of = (version: string, n: number, leg?: Leg): New<'order'> => ({
  ...order(version, n),
  roles: leg === 'none' ? ['third party'] : ['delivering'],
  ...(leg === undefined ? {} : { leg }),
});
const cancelled = (n: number): New<'cancellation'> => ({
  ...said(n),
  kind: 'cancellation',
  id: `pw:cancelled:${n}`,
  source: 'palletways',
});
const hear = (...facts: (New<'order'> | New<'cancellation'>)[]) => record().hear(known, facts);
const kinds = (facts: readonly { readonly kind: string }[]) => facts.map(({ kind }) => kind);

test('given away is a cancellation of ours, given back a revival; heard again neither is news', async () => {
  const { consignment } = await hear(of('A', 0));
  const away = await hear(of('B', 10, 'none'));
  expect(away.facts).toMatchObject([
    { kind: 'order' },
    { kind: 'cancellation', source: 'engine', from: 'as told', at: of('B', 10).at },
    { kind: 'decision', on: 'cancel', decision: 'accepted', stage: 'announced', moved: true },
  ]);
  expect(kinds((await hear(of('B', 10, 'none'))).facts)).toEqual([]);
  const back = await hear(of('C', 20));
  expect(back.facts).toMatchObject([{ kind: 'order' }, { kind: 'revived', revival: 1 }]);
  expect(await legNow(record().store.db, consignment ?? '')).toBe('as told');
  expect(kinds((await hear(of('D', 30, 'none'))).facts)).toEqual(['order', 'cancellation', 'decision']);
});

test('what was never ours is not taken from us, and is given to us as an order like any', async () => {
  expect(kinds((await hear(of('A', 0, 'none'))).facts)).toEqual(['order']);
  expect(kinds((await hear(of('B', 10, 'none'))).facts)).toEqual(['order']);
  expect(kinds((await hear(of('C', 20))).facts)).toEqual(['order']);
});

test('what Palletways cancelled stays cancelled, whatever its depots', async () => {
  await hear(of('A', 0), cancelled(5));
  expect(kinds((await hear(of('B', 10, 'none'))).facts)).toEqual(['order']);
  expect(kinds((await hear(of('C', 20))).facts)).toEqual(['order']);
  await hear(of('D', 30, 'none'));
  await hear(cancelled(35));
  expect(kinds((await hear(of('E', 40))).facts)).toEqual(['order']);
});

test('another part in the same order is news, but not where none was known before', async () => {
  await hear(order('A', 0));
  expect(kinds((await hear(of('A', 90, 'none'))).facts)).toEqual([]);
  await hear(of('B', 180));
  expect(kinds((await hear(of('B', 270, 'none'))).facts)).toEqual(['order', 'cancellation', 'decision']);
});
