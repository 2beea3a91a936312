import { expect, test } from 'vitest';
import { owed } from '../../domain/obligations/obligations.ts';
import { evidenceOf } from '../../store/intake/evidence.ts';
import { parkedFacts } from '../../store/intake/parked.ts';
import { intend } from '../../store/outbox/receipts.ts';
import { rawContent } from '../../store/record/contents.ts';
import { assignPod, listUnmatched } from '../../store/views/unmatched.ts';
import { useRecord } from './record.ts';
import { deliveryOf, forgetWakes, insertReceipt, wakeOf } from './rows.ts';
import { minute, photo, pod, trackingFact } from './said.ts';

const record = useRecord();
const tracked = (nth: number) => ({ trackingId: `6001234016${nth}` });
const known = (nth: number) =>
  record().heard(tracked(nth), [trackingFact(0, tracked(nth).trackingId, `255739${nth}-564`)]);
const unknownOrder = { qargoOrderId: 'order-of-nobody' };
const signed = pod(9);
const unmatched = async () => (await listUnmatched(record().db, { organisation: record().organisation })).rows;
const by = { who: 'Mairead', why: 'one stop, one signature', move: false };
const owedOf = async (consignment: string) => owed((await record().state(consignment)).state).map(({ key }) => key);

test('a proof that matches nothing waits among the unmatched with its name, and is nowhere else', async () => {
  await record().hear(unknownOrder, [signed, photo]);
  expect((await unmatched()).map(({ kind, role, name, names }) => [kind, role, name, names])).toEqual([
    ['pod', null, 'Aoife Byrne', ['qargoOrderId=order-of-nobody']],
    ['document', 'photo', 'photo.jpg', ['qargoOrderId=order-of-nobody']],
  ]);
});

test('a page shows the oldest and names the next, until there is none', async () => {
  await record().hear(unknownOrder, [signed, photo]);
  const { db, organisation } = record();
  for (const list of [listUnmatched, parkedFacts] as const) {
    const first = await list(db, { organisation, limit: 1 });
    expect(first.rows.map(({ kind }) => kind)).toEqual(['pod']);
    const second = await list(db, { organisation, limit: 1, cursor: first.next ?? undefined });
    expect([second.rows.map(({ kind }) => kind), second.next]).toEqual([['document'], null]);
  }
});

test('given to a consignment it is owed there, with its content, and has left the unmatched for good', async () => {
  const consignment = await known(1);
  await record().hear(unknownOrder, [signed, photo]);
  await forgetWakes(record());
  for (const { seq } of await unmatched())
    expect(await assignPod(record().db, seq, { ...by, to: [consignment] })).toEqual({
      seq,
      given: [consignment],
      toldBefore: false,
    });
  expect(await unmatched()).toEqual([]);
  expect(await owedOf(consignment)).toEqual(expect.arrayContaining([`pod:${minute(9)}`, 'document:d1']));
  const told = (await record().facts(consignment)).find(({ kind }) => kind === 'pod')?.envelope;
  expect(await rawContent(record().db, told?.content ?? '')).toEqual({ name: 'Aoife Byrne' });
  expect((await wakeOf(record(), consignment))?.kinds.toSorted()).toEqual(['document', 'pod']);
  // Qargo says it again: a person has decided already.
  await record().hear(unknownOrder, [signed, photo]);
  expect(await unmatched()).toEqual([]);
  expect((await parkedFacts(record().db, { organisation: record().organisation })).rows).toEqual([]);
});

test('one proof of several consignments is told for each, each once', async () => {
  const all = [await known(1), await known(2), await known(3)];
  await record().hear(unknownOrder, [signed]);
  const seq = (await unmatched())[0]?.seq ?? 0;
  expect((await assignPod(record().db, seq, { ...by, to: all }))?.given).toHaveLength(3);
  for (const consignment of all) expect(await owedOf(consignment)).toContain(`pod:${minute(9)}`);
  expect(await assignPod(record().db, seq, { ...by, to: all })).toBeNull();
});

test('one that a consignment has is given to another too: one stop, one signature', async () => {
  const [first, second] = [await known(1), await known(2)];
  await record().hear(tracked(1), [signed]);
  const seq = (await record().facts(first)).find(({ kind }) => kind === 'pod')?.seq ?? 0;
  expect(await assignPod(record().db, seq, { ...by, to: [first, second] })).toEqual({
    seq,
    given: [second],
    toldBefore: false,
  });
  expect(await owedOf(first)).toContain(`pod:${minute(9)}`);
  expect(await owedOf(second)).toContain(`pod:${minute(9)}`);
});

test('moved away it is told no more where it was; where it was told already, that is said', async () => {
  const [wrong, right] = [await known(1), await known(2)];
  await record().hear(tracked(1), [photo, signed]);
  const seqOf = async (kind: string) => (await record().facts(wrong)).find((fact) => fact.kind === kind)?.seq ?? 0;
  expect(await assignPod(record().db, await seqOf('document'), { ...by, move: true, to: [right] })).toMatchObject({
    toldBefore: false,
  });
  const owner = {
    organisation: record().organisation,
    consignment: wrong,
    counterpart: 'palletways',
    sender: 'test',
    doubtMs: 1,
  } as const;
  const item = { key: 'document:d1', kind: 'file', revision: 1, generation: 1, fact: photo.id } as const;
  expect(await intend(record().db, owner, [{ item }])).toEqual([]);
  expect(await deliveryOf(record(), wrong, 'document:d1')).toMatchObject({
    state: 'void',
    cause: { code: 'moved', to: [right] },
  });
  expect(await owedOf(right)).toContain('document:d1');

  await insertReceipt(record(), wrong, { key: `pod:${minute(9)}`, state: 'met' });
  expect(await assignPod(record().db, await seqOf('pod'), { ...by, move: true, to: [right] })).toMatchObject({
    toldBefore: true,
  });
  // Where it was it proves nothing any more, whether it was told or not.
  expect(await evidenceOf(record().db, wrong, { stop: 'stop-1', ended: minute(30) })).toEqual({
    signatures: 0,
    photos: 0,
    named: false,
  });
  expect(await evidenceOf(record().db, right, { stop: 'stop-1', ended: minute(30) })).toEqual({
    signatures: 0,
    photos: 1,
    named: true,
  });
});

test('it is given to nobody of another organisation, and nothing else can be given', async () => {
  const consignment = await known(1);
  await record().rows(
    `insert into organisation (id, name, settings, secrets, made_by) values ('elsewhere', 'e', '{}', '', 'test') on conflict do nothing returning 1`,
  );
  await record().rows(`insert into consignment (id, organisation) values ('theirs', 'elsewhere') returning 1`);
  await record().hear(unknownOrder, [signed]);
  const seq = (await unmatched())[0]?.seq ?? 0;
  expect(await assignPod(record().db, seq, { ...by, to: [consignment, 'theirs'] })).toBeNull();
  expect(await unmatched()).toHaveLength(1);
  const tracking = (await record().facts(consignment))[0]?.seq ?? 0;
  expect(await assignPod(record().db, tracking, { ...by, to: [consignment] })).toBeNull();
});
