import { expect, test } from 'vitest';
import type { Lane } from '../../domain/obligations/lanes.ts';
import type { TroubleKind } from '../../domain/words/attention.ts';
import { sayCause } from '../../domain/words/causes.ts';
import { decideCase } from '../../store/close-out/cases.ts';
import { putAside } from '../../store/intake/aside.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { intend, keepLastTry, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { AskedWrongly } from '../../store/postgres/pages.ts';
import { askResend } from '../../store/record/commands.ts';
import { holdLane } from '../../store/record/due.ts';
import { keepAnswer, markRead, receive, reserveEntry } from '../../store/record/journal.ts';
import { type AttentionLine, attention } from '../../store/views/attention.ts';
import { take } from './due-items.ts';
import { useRecord } from './record.ts';
import { milestone, minute, type New, order, photo, plan, pod, said, scan, trackingFact } from './said.ts';

const record = useRecord();
let made = 0;
const aliases = () => ({ trackingId: `6001234${String(++made).padStart(4, '0')}` });
const strange = { qargoOrderId: 'order-of-nobody' };

const signed = pod(41);
const carded: New<'exception'> = {
  ...said(12),
  kind: 'exception',
  id: 'qg:exception:1',
  source: 'qargo',
  code: 'CARDED',
  stop: 'stop-1',
  body: { name: 'carded', description: 'nobody in' },
};

const page = (asked: { limit?: number; cursor?: string } = {}) =>
  attention(record().db, { organisation: record().organisation, ...asked });
const lines = async () => (await page()).lines;
const only = async (kind: TroubleKind): Promise<AttentionLine> => {
  const { lines: all, counts } = await page();
  expect(all.map((line) => line.kind)).toEqual([kind]);
  expect(counts).toEqual({ [kind]: 1 });
  return all[0] as AttentionLine;
};

/** A consignment with its order. */
async function ordered(): Promise<string> {
  const names = aliases();
  return record().heard(names, [order('a', 1), trackingFact(0, names.trackingId, null)]);
}

/** Sends what is due in a lane and has it end so. */
async function send(consignment: string, lane: Lane, ends: (key: string) => Partial<Outcome>): Promise<string[]> {
  const { db, organisation } = record();
  const items = await take(db, organisation, consignment, lane);
  const counterpart = lane === 'qargo' ? 'qargo' : 'palletways';
  await intend(
    db,
    { organisation, consignment, counterpart, sender: 'test', doubtMs: 1 },
    items.map((item) => ({ item })),
  );
  const outcomes = items.map((item): Outcome => ({ item, state: 'met', ...ends(item.key) }));
  await inTransaction(db, (tx) => settle(tx, { organisation, consignment }, outcomes));
  return items.map(({ key }) => key);
}

const allMet = async (consignment: string): Promise<void> => {
  for (;;) {
    const sent = await Promise.all(
      (['qargo', 'palletways', 'files', 'reads'] as const).map((lane) => send(consignment, lane, () => ({}))),
    );
    if (sent.flat().length === 0) return;
  }
};

const configure = (policy: object) =>
  record().rows(
    'update organisation set settings = $2 where id = $1',
    record().organisation,
    JSON.stringify({ policy }),
  );

/** What is outstanding was outstanding for so long. */
const aged = (consignment: string, minutes: number) =>
  record().rows(
    `with old as (update lane set taken_at = clock_timestamp() - $2 * interval '1 minute' where consignment = $1)
     update obligation set since = clock_timestamp() - $2 * interval '1 minute' where consignment = $1`,
    consignment,
    minutes,
  );

test('a quiet record needs nobody: what is met, signed for and under way is no line', async () => {
  const done = await ordered();
  await record().hear({ ...strange, qargoOrderId: 'x' }, [], { consignment: done });
  await record().hear({}, [plan('R1', 3), scan(5), milestone('out', 20), milestone('delivered', 40), signed], {
    consignment: done,
  });
  await allMet(done);
  await ordered();
  expect(await page()).toEqual({ lines: [], counts: {}, total: 0, next: null });
});

test('a message that cannot be read is its sender’s, with the field; a signal by hand is whose who sent it', async () => {
  const { db, organisation } = record();
  const body = Buffer.from('{}');
  const { id } = await receive(db, { organisation, channel: 'palletways push', contentType: 'application/json', body });
  await markRead(
    db,
    id,
    [
      { field: 'Lifts', message: 'is no number' },
      { field: 'x', message: 'y' },
    ],
    true,
  );
  const line = await only('unreadable');
  expect(line).toMatchObject({ consignment: null, owner: 'Palletways', dueBy: null, count: 1 });
  expect(line.cause).toEqual({
    code: 'not readable',
    message: id,
    channel: 'palletways push',
    field: 'Lifts',
    says: 'is no number',
    problems: 2,
  });
  expect(line.what).toContain('Lifts: is no number, and 1 more');
  expect(line.next).toContain(String(id));
  expect(Date.parse(line.since)).toBeGreaterThan(Date.now() - 60_000);

  const consignment = await ordered();
  const hand = {
    organisation,
    channel: 'hand',
    contentType: 'application/json',
    body,
    context: { consignment },
  } as const;
  await keepAnswer(db, await reserveEntry(db), hand, [{ field: 'scan', message: 'a signal by hand cannot be read' }]);
  expect((await lines()).find(({ kind }) => kind === 'signal by hand')).toMatchObject({ consignment, owner: 'depot' });
});

test('a photo and a scan that match nothing wait under the names they came with', async () => {
  await record().hear(strange, [photo, scan(5)]);
  const both = await lines();
  expect(both.map(({ kind, reference, owner }) => [kind, reference, owner])).toEqual([
    ['unmatched', 'order-of-nobody', 'depot'],
    ['unmatched', 'order-of-nobody', 'depot'],
  ]);
  const { seq } = (await record().facts(null)).find(({ kind }) => kind === 'document') ?? {};
  expect(both.map(({ next }) => next)).toContain(
    `give it to its consignment: POST /operations/unmatched/${seq}/assign`,
  );
  expect((await page()).counts).toEqual({ unmatched: 2 });
});

test('what is refused tells the far side’s words; by a table it is the administrator’s', async () => {
  const consignment = await ordered();
  await send(consignment, 'qargo', (key) =>
    key === 'order'
      ? { state: 'refused', cause: { code: 'refused' }, reason: 'unknown customer 12' }
      : { state: 'void' },
  );
  const line = await only('refused');
  expect(line).toMatchObject({
    consignment,
    owner: 'depot',
    cause: { code: 'stuck', key: 'order', to: 'qargo', reason: 'unknown customer 12' },
  });
  expect(line.what).toBe('The order (order) was refused by Qargo: unknown customer 12.');
  expect(line.next).toMatch(/palletways-qargo resend \S+ --organisation \S+ order --why/);

  await askResend(record().db, { organisation: record().organisation, consignment }, 'order', { who: 'ann', why: 'x' });
  await send(consignment, 'qargo', (key) =>
    key === 'order'
      ? { state: 'refused', cause: { code: 'unmapped', table: 'service', value: 'Z-SAT' } }
      : { state: 'void' },
  );
  expect(await only('refused')).toMatchObject({
    owner: 'administrator',
    what: 'The order (order) was refused: service Z-SAT is in no mapping table.',
  });
});

test('what nobody can tell and what is our fault are lines of their own, the fault with its trace', async () => {
  const lost = await ordered();
  await send(lost, 'qargo', (key) =>
    key === 'order' ? { state: 'unknown', cause: { code: 'folder emptied' } } : { state: 'void' },
  );
  expect(await only('unknown')).toMatchObject({ consignment: lost, owner: 'depot' });
  await askResend(record().db, { organisation: record().organisation, consignment: lost }, 'order', {
    who: 'ann',
    why: 'x',
  });
  const reason = 'TypeError: x is not a function (trace 1a2b3c4d)';
  await send(lost, 'qargo', (key) =>
    key === 'order' ? { state: 'refused', cause: { code: 'our fault' }, reason } : { state: 'void' },
  );
  const line = await only('our fault');
  expect(line.owner).toBe('us');
  expect(line.what).toContain('trace 1a2b3c4d');
});

test('what has no way to a side is keyed in by the depot', async () => {
  await configure({ charges: { surcharge: 'both' }, rows: { charges: 'on' } });
  const consignment = await ordered();
  await allMet(consignment);
  const charge: New<'charge'> = {
    ...said(5),
    kind: 'charge',
    id: 'qg:charge:1',
    source: 'qargo',
    charge: 'surcharge',
    about: 'TL',
    old: null,
    new: '50.00',
    owe: [],
    body: {},
  };
  await record().hear({}, [charge], { consignment });
  await send(consignment, 'palletways', () => ({ state: 'refused', cause: { code: 'to be keyed in' } }));
  expect(await only('to key in')).toMatchObject({ consignment, owner: 'depot', cause: { to: 'palletways' } });
});

test('an exception is open until a person ends it or it is delivered after all', async () => {
  const consignment = await ordered();
  await record().hear({}, [plan('R1', 10), carded], { consignment });
  await record().hear({}, [{ ...carded, ...said(14), id: 'qg:exception:2', code: 'DAMAGED' }], { consignment });
  await allMet(consignment);
  const line = await only('case');
  expect(line).toMatchObject({
    consignment,
    owner: 'depot',
    since: minute(12),
    count: 2,
    cause: { exception: 'CARDED', next: null },
  });
  const id = line.cause.code === 'exception' ? line.cause.case : 0;
  expect(line.next).toBe(`say what comes next: POST /operations/cases/${id}`);
  await decideCase(record().db, id, { step: 'return', who: 'Mairead', why: '' });
  expect((await only('case')).what).toContain('return was decided');
  await decideCase(record().db, id, { step: 'resolved', who: 'Mairead', why: '' });
  expect(await only('case')).toMatchObject({ count: 1, since: minute(14), cause: { exception: 'DAMAGED' } });
  await record().hear({}, [plan('R2', 30)], { consignment });
  await allMet(consignment);
  expect(await lines()).toEqual([]);
});

test('delivered without a POD is outstanding since the delivery, also where no evidence is asked for', async () => {
  const consignment = await ordered();
  await record().hear({}, [milestone('delivered', 40)], { consignment });
  await allMet(consignment);
  expect(await only('POD outstanding')).toMatchObject({
    consignment,
    owner: 'depot',
    since: minute(40),
    cause: { code: 'no POD' },
  });
  await record().hear({}, [signed], { consignment });
  await allMet(consignment);
  expect(await lines()).toEqual([]);
});

test('evidence that never came is one line, and names what is missing', async () => {
  await configure({
    evidence: { signature: true, name: false, photos: 1, failedPhotos: 0, papers: 'whole', customers: {} },
  });
  const consignment = await ordered();
  await record().hear({}, [milestone('delivered', 40)], { consignment });
  const missing = { code: 'POD outstanding', signature: false, name: false, photos: 1, photosWanted: 1 } as const;
  await send(consignment, 'qargo', (key) => (key.startsWith('proof:') ? { state: 'refused', cause: missing } : {}));
  await allMet(consignment);
  const line = await only('POD outstanding');
  expect(line.what).toContain(sayCause(missing));
  expect(line.next).toContain('resend');
});

test('a question and silence at Palletways wait for a person’s decision', async () => {
  const consignment = await ordered();
  const asked: New<'decision'> = {
    ...said(20),
    kind: 'decision',
    id: 'v1',
    source: 'engine',
    on: order('a', 1).id,
    decision: 'asked',
    stage: 'loaded',
    fields: ['deliveryDate'],
    attempt: 0,
    tell: [],
  };
  await record().hear({}, [asked], { consignment });
  await allMet(consignment);
  const line = await only('decision');
  expect(line).toMatchObject({
    since: minute(20),
    owner: 'depot',
    cause: { code: 'asked', stage: 'loaded', fields: ['deliveryDate'] },
  });
  expect(line.what).toContain('delivery date');
  const silent = await ordered();
  await record().hear({}, [{ ...said(30), kind: 'presence', id: 'p1', source: 'palletways', present: false }], {
    consignment: silent,
  });
  await allMet(silent);
  const found = (await lines()).find((one) => one.consignment === silent);
  expect(found).toMatchObject({ kind: 'decision', since: minute(30), cause: { code: 'missing at Palletways' } });
  expect(found?.next).toContain('--edit missing');
});

test('what is due and taken by nobody comes first, by when it was due', async () => {
  const refused = await ordered();
  await send(refused, 'qargo', (key) =>
    key === 'order' ? { state: 'refused', cause: { code: 'refused' } } : { state: 'void' },
  );
  const consignment = await ordered();
  expect((await lines()).map(({ kind }) => kind)).toEqual(['refused']);
  await aged(consignment, 10);
  const [first, second] = await lines();
  expect([first?.kind, second?.kind]).toEqual(['overdue', 'refused']);
  expect(first).toMatchObject({
    consignment,
    owner: 'us',
    dueBy: first?.since,
    cause: { code: 'taken by nobody', lane: 'qargo' },
  });
  await take(record().db, record().organisation, consignment, 'qargo');
  expect((await lines()).map(({ kind }) => kind)).toEqual(['refused']);
});

test('a message that nobody reads is overdue', async () => {
  const { db, organisation } = record();
  await receive(db, {
    organisation,
    channel: 'palletways push',
    contentType: 'application/json',
    body: Buffer.from('{}'),
  });
  expect(await lines()).toEqual([]);
  await record().rows(
    `update journal set received_at = received_at - interval '5 minutes' where organisation = $1`,
    organisation,
  );
  expect(await only('overdue')).toMatchObject({ cause: { code: 'not taken in' }, owner: 'us', count: 1 });
});

test('a login that is turned away is one line for all that wait, and the administrator’s', async () => {
  const { db, organisation } = record();
  const all = [await ordered(), await ordered()];
  for (const consignment of all) {
    const items = await take(db, organisation, consignment, 'qargo');
    await intend(
      db,
      { organisation, consignment, counterpart: 'qargo', sender: 'test', doubtMs: 1 },
      items.map((item) => ({ item })),
    );
    await keepLastTry(
      db,
      consignment,
      items.map(({ key }) => key),
      { cause: 'auth', reason: '401 bad key' },
    );
    await holdLane(db, consignment, 'qargo', 'auth', new Date(Date.now() + 60_000).toISOString());
    await aged(consignment, 5);
  }
  const line = await only('held');
  expect(line).toMatchObject({
    owner: 'administrator',
    count: 2,
    cause: { lane: 'qargo', by: 'auth', reason: '401 bad key' },
  });
  expect(line.what).toBe('Qargo turns our login away (401 bad key); 2 consignments wait.');
});

test('what is tried again for an hour is shown with the time of its next try', async () => {
  const consignment = await ordered();
  const until = new Date(Date.now() + 600_000).toISOString();
  await send(consignment, 'qargo', (key) =>
    key === 'order' ? { state: 'not yet', cause: { code: 'upload not ended' }, until } : {},
  );
  expect(await lines()).toEqual([]);
  await aged(consignment, 90);
  const line = (await lines()).find(({ kind }) => kind === 'retrying');
  expect(line?.cause).toMatchObject({
    code: 'tried again',
    key: 'order',
    because: { code: 'upload not ended' },
    until,
  });
  expect(line?.next).toContain(until);
});

test('sweeps that do not end are a line; one that ended is none', async () => {
  const { organisation } = record();
  await record().rows(
    `update organisation set created_at = created_at - interval '1 hour' where id = $1`,
    organisation,
  );
  expect(await only('sweep')).toMatchObject({
    owner: 'us',
    consignment: null,
    cause: { code: 'no sweep', lastEnded: null, everySeconds: 120 },
  });
  await record().rows(`insert into sweep (organisation, started_at) values ($1, clock_timestamp())`, organisation);
  expect((await lines()).map(({ kind }) => kind)).toEqual(['sweep']);
  await record().rows(`update sweep set ended_at = clock_timestamp() where organisation = $1`, organisation);
  expect(await lines()).toEqual([]);
  await record().rows(
    `update sweep set ended_at = clock_timestamp() - interval '20 minutes' where organisation = $1`,
    organisation,
  );
  expect((await only('sweep')).dueBy).not.toBeNull();
});

test('what cannot be mended is put aside with a reason, is found again where it fails again, and nothing else can be', async () => {
  const { db, organisation } = record();
  const body = Buffer.from('{}');
  const { id } = await receive(db, {
    organisation,
    channel: 'qargo visibility',
    contentType: 'application/json',
    body,
  });
  await markRead(db, id, [{ field: 'barcode', message: 'is none' }], true);
  await record().hear(strange, [scan(5)]);
  const by = { who: 'Mairead', why: 'mistyped' };
  for (const line of await lines()) {
    expect(await putAside(db, line.id, by)).toBe(true);
    expect(await putAside(db, line.id, by)).toBe(false);
  }
  expect(await page()).toMatchObject({ lines: [], total: 0 });
  expect(await record().rows('select aside from journal where id = $1', id)).toMatchObject([{ aside: by }]);
  await db.query(
    'insert into inbox (journal, received_at, organisation) select id, received_at, organisation from journal where id = $1',
    [id],
  );
  await markRead(db, id, [{ field: 'barcode', message: 'is none' }], true);
  expect((await only('unreadable')).id).toBe(`message ${id}`);
  expect(await putAside(db, 'obligation x order', by)).toBeNull();
});

test('a fact that was put aside still finds its consignment', async () => {
  await record().hear(strange, [scan(5)]);
  for (const { id } of await lines()) await putAside(record().db, id, { who: 'Mairead', why: 'not ours' });
  const consignment = await ordered();
  await record().hear({ ...strange, trackingId: `6001234${String(made).padStart(4, '0')}` }, [order('b', 6)]);
  await matchParked(record().db, record().organisation);
  expect(await record().kinds(consignment)).toContain('scan');
});

test('a configuration that does not reach its consignments is a line', async () => {
  const { organisation } = record();
  await record().rows(
    `with v as (insert into organisation_version (organisation, version, settings, secrets, made_by) values ($1, 2, '{}', '', 'test') returning 1)
     insert into publication (organisation, version, before, asked_at) select $1, 2, 1, clock_timestamp() - interval '1 hour' from v`,
    organisation,
  );
  expect(await only('overdue')).toMatchObject({ owner: 'us', cause: { code: 'not published', version: 2 } });
});

test('pages join to the whole list: each line once, in its order, whatever falls on one instant', async () => {
  for (let n = 0; n < 4; n++) {
    const consignment = await ordered();
    await record().hear({}, [{ ...carded, id: `qg:exception:${n}` }], { consignment });
    if (n < 2) await aged(consignment, 10 + n);
  }
  await record().hear(strange, [photo, scan(5), scan(6), scan(7)]);
  const whole = (await page({ limit: 500 })).lines.map(({ id }) => id);
  expect(whole.length).toBeGreaterThanOrEqual(10);
  const joined: string[] = [];
  let cursor: string | undefined;
  do {
    const part = await page({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    expect(part.lines.length).toBeLessThanOrEqual(3);
    joined.push(...part.lines.map(({ id }) => id));
    cursor = part.next ?? undefined;
  } while (cursor !== undefined);
  expect(joined).toEqual(whole);
  expect((await page({ limit: 3 })).total).toBe(whole.length);
});

test('of one organisation nothing of another is told; what makes no sense is refused and names what there is', async () => {
  const other = await record().another();
  await other.hear(strange, [photo]);
  expect(await lines()).toEqual([]);
  expect(
    (await attention(record().db)).lines.filter(({ organisation }) => organisation === other.organisation),
  ).toHaveLength(1);
  await expect(attention(record().db, { organisation: 'nobody' })).rejects.toThrow(
    /no organisation nobody; there are: .*org-1/,
  );
  await expect(page({ cursor: 'xyz' })).rejects.toThrow(AskedWrongly);
  await expect(page({ limit: 501 })).rejects.toThrow(AskedWrongly);
});

test('five consignments in a row that name no depot of ours are one line, which says what depots they name', async () => {
  const foreign = (n: number): New<'order'> => ({
    ...order(`v${n}`, n),
    roles: ['third party'],
    leg: 'none',
    body: { collectionDepot: 'ES563', deliveryDepot: 'ES564' },
  });
  for (const n of [1, 2, 3, 4]) await record().heard(aliases(), [foreign(n)]);
  expect(await lines()).toEqual([]);
  await record().heard(aliases(), [foreign(5)]);
  const line = await only('unmatched');
  expect(line).toMatchObject({ owner: 'administrator', count: 5 });
  expect(line.what).toContain('ES563 to ES564');
  expect(line.next).toContain('policy.roles.depots');
  await record().heard(aliases(), [{ ...foreign(6), roles: ['delivering'], leg: 'as told' }]);
  expect((await lines()).filter(({ kind }) => kind === 'unmatched')).toEqual([]);
});
