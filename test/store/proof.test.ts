import { beforeEach, describe, expect, test } from 'vitest';
import type { DocumentRole, NewFact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { settles } from '../../domain/receipts/receipts.ts';
import { evidenceOf } from '../../store/intake/evidence.ts';
import { assignPod, listUnmatched } from '../../store/views/unmatched.ts';
import { useRecord } from './record.ts';
import { insertReceipt, outstandingKeys, setPolicy } from './rows.ts';
import { milestone, minute, type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const tracked = { trackingId: '60012340161' };
const document = (id: string, role: DocumentRole, n: number): NewFact => ({
  ...said(n),
  kind: 'document',
  id: `qg:document:${id}`,
  source: 'qargo',
  document: id,
  role,
  body: { name: id, type: role, contentType: '' },
});
const pod = (name: string, n: number): New<'pod'> => ({
  ...said(n),
  kind: 'pod',
  id: `qg:pod:1:${minute(n)}`,
  source: 'qargo',
  body: { name },
});
const failed = (n: number): NewFact => ({
  ...milestone('delivered', n),
  milestone: 'failed',
  id: `qg:stop:stop-1:failed:${minute(n)}`,
});
const known = () => record().heard(tracked, [trackingFact(0, tracked.trackingId)]);
const wants = (evidence: Partial<Policy['evidence']>) => setPolicy(record(), { evidence });
const looks = async (consignment: string) =>
  owed((await record().state(consignment)).state)
    .filter(({ kind }) => kind === 'proof')
    .map(({ key, digest }) => ({ key, digest }));

const collection = (n: number): NewFact => ({ ...order('A', n), type: 'C' });

describe('an organisation that wants a signature', () => {
  beforeEach(() => wants({ signature: true, name: false, photos: 0, failedPhotos: 0, customers: {} }));

  test('has evidence looked for from the end of a stop on', async () => {
    const consignment = await known();
    await record().hear(tracked, [milestone('arrived', 9)]);
    expect(await looks(consignment)).toEqual([]);
    await record().hear(tracked, [milestone('delivered', 10)]);
    await record().hear(tracked, [milestone('delivered', 10)]);
    expect((await looks(consignment)).map(({ key }) => key)).toEqual([`proof:stop-1:${minute(10)}`]);
  });

  test('has evidence of a collection looked for from where the goods were handed over', async () => {
    const consignment = await known();
    await record().hear(tracked, [collection(1)]);
    await record().hear(tracked, [milestone('out', 10, 'pickup')]);
    await record().hear(tracked, [milestone('delivered', 90, 'depot')]);
    expect((await looks(consignment)).map(({ key }) => key)).toEqual([`proof:pickup:${minute(10)}`]);
  });

  test('has it looked for though the end of the stop was told before its order was known, and when a person gives a piece', async () => {
    const consignment = await known();
    const ofOrder = { qargoOrderId: 'order-1' };
    await record().hear(ofOrder, [milestone('delivered', 10)]);
    await record().hear({ ...tracked, ...ofOrder }, [milestone('arrived', 9)]);
    const [first, ...more] = await looks(consignment);
    expect([first?.key, more]).toEqual([`proof:stop-1:${minute(10)}`, []]);
    await record().hear({ qargoOrderId: 'order-of-nobody' }, [document('d1', 'signature', 12)]);
    const [item] = (await listUnmatched(record().db, { organisation: record().organisation })).rows;
    await assignPod(record().db, item?.seq ?? 0, { to: [consignment], who: 'Mairead', why: '', move: false });
    const [second] = await looks(consignment);
    expect(second?.digest).not.toBe(first?.digest);
  });

  test('has it looked at anew with every piece that comes, and no more once it was met', async () => {
    const consignment = await known();
    await record().hear(tracked, [milestone('delivered', 10)]);
    const [first] = await looks(consignment);
    await record().hear(tracked, [document('d1', 'photo', 12)], { heard: 12 });
    const [second] = await looks(consignment);
    expect(second?.key).toBe(first?.key);
    expect(second?.digest).not.toBe(first?.digest);
    await insertReceipt(record(), consignment, { key: first?.key ?? '', state: 'met' });
    await record().hear(tracked, [document('d2', 'photo', 14)], { heard: 14 });
    expect((await record().kinds(consignment)).filter((kind) => kind === 'proof')).toHaveLength(2);
    expect((await outstandingKeys(record(), consignment)).filter((key) => key.startsWith('proof'))).toEqual([]);
  });
});

describe('a piece that comes when nobody looks any more', () => {
  test('has it looked at again, so that it is no work for a person for ever', async () => {
    await wants({ signature: true, name: false, photos: 0, failedPhotos: 0, customers: {} });
    const consignment = await known();
    await record().hear(tracked, [milestone('delivered', 10)]);
    const before = owed((await record().state(consignment)).state).find(({ kind }) => kind === 'proof');
    await insertReceipt(record(), consignment, {
      key: before?.key ?? '',
      state: 'refused',
      cause: { code: 'POD outstanding', signature: true, name: false, photos: 0, photosWanted: 0 },
    });
    for (const times of [1, 2]) {
      await record().hear(tracked, [document('late', 'signature', 20_000)], { heard: 20_000 + times });
      const { state, ledger } = await record().state(consignment);
      const again = owed(state).find(({ kind }) => kind === 'proof');
      expect(again).toMatchObject({ key: before?.key, revision: 2 });
      expect(again === undefined ? true : settles(ledger[again.key], again)).toBe(false);
    }
  });
});

test.each([
  ['says nothing about evidence', undefined],
  ['wants none', { signature: false, name: false, photos: 0, failedPhotos: 0, customers: {} }],
])('nothing is looked for where the organisation %s', async (_, evidence) => {
  if (evidence !== undefined) await wants(evidence);
  const consignment = await known();
  await record().hear(tracked, [milestone('delivered', 10), document('d1', 'signature', 11), pod('Aoife Byrne', 10)]);
  expect(await record().kinds(consignment)).not.toContain('proof');
});

test('evidence is what came since the end before, without what was refused', async () => {
  const consignment = await known();
  await record().hear(tracked, [failed(10), document('carded', 'photo', 11)]);
  expect(await evidenceOf(record().db, consignment, { stop: 'stop-1', ended: minute(10) })).toEqual({
    signatures: 0,
    photos: 1,
    named: false,
  });
  await record().hear(tracked, [
    milestone('arrived', 25),
    milestone('delivered', 30),
    pod('Aoife Byrne', 29),
    document('sign', 'signature', 31),
    document('bad', 'photo', 31),
  ]);
  await insertReceipt(record(), consignment, { key: 'document:bad', state: 'refused' });
  expect(await evidenceOf(record().db, consignment, { stop: 'stop-1', ended: minute(30) })).toEqual({
    signatures: 1,
    photos: 0,
    named: true,
  });
});

test('of a delivery whose time was corrected the evidence is that of the delivery, by either time', async () => {
  for (const [first, then] of [
    [30, 35],
    [35, 30],
  ] as const) {
    const names = { trackingId: `6001234016${first}` };
    const consignment = await record().heard(names, [trackingFact(0, names.trackingId)]);
    await record().hear(names, [milestone('arrived', 25), milestone('delivered', first)]);
    await record().hear(names, [pod('Aoife Byrne', 29), document(`sign ${first}`, 'signature', 31)]);
    await record().hear(names, [milestone('delivered', then)]);
    for (const ended of [30, 35])
      expect(await evidenceOf(record().db, consignment, { stop: 'stop-1', ended: minute(ended) })).toEqual({
        signatures: 1,
        photos: 0,
        named: true,
      });
  }
});

test('a paper that was taken apart counts as its pages, and a photo that came twice counts once', async () => {
  const consignment = await known();
  await record().hear(tracked, [
    milestone('delivered', 30),
    document('scan', 'photo', 31),
    document('twice', 'photo', 31),
  ]);
  await record().hear(tracked, [
    document('once', 'photo', 31),
    document('scan#01', 'photo', 31),
    document('scan#02', 'photo', 31),
  ]);
  const settled = (id: string, cause: Cause, proof: object) =>
    insertReceipt(record(), consignment, { key: `document:${id}`, state: 'void', cause, proof });
  await settled('scan', { code: 'sent as photos', count: 2 }, { pages: 2 });
  await settled('twice', { code: 'same file', as: 'document:once' }, {});
  expect(await evidenceOf(record().db, consignment, { stop: 'stop-1', ended: minute(30) })).toEqual({
    signatures: 0,
    photos: 3,
    named: false,
  });
});
