import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { leaveToBeFetched } from '../../activities/palletways/exceptions.ts';
import type { Work } from '../../activities/sending/work.ts';
import { exceptionFeed } from '../../client/http/exceptions.ts';
import type { NewFact } from '../../domain/facts/facts.ts';
import type { Switch } from '../../domain/policy/rows.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { photo } from '../../sandbox/day/evidence.ts';
import { takeWork } from '../../store/due/take.ts';
import { FolderBlobs } from '../../store/files/blobs.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { endWaits, fetchedAt, fetchOffers } from '../../store/outbox/exception-offers.ts';
import { intend, keepProgress } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { planOf } from '../../store/record/plan.ts';
import { wakeOverdue } from '../../store/record/wake.ts';
import { useRecord } from './record.ts';
import { deliveryOf, forgetWakes, insertReceipt, outstandingKeys, wakes } from './rows.ts';
import { minute, type New, said, trackingFact } from './said.ts';

const record = useRecord();

/** This minute: what was heard a month ago is not offered any more. */
const today = Math.floor((Date.now() - Date.parse(minute(0))) / 60_000);
const tracked = (nth: number) => ({ trackingId: `6001234016${nth}` });
const exception = (code: string, n: number): New<'exception'> => ({
  ...said(today + n),
  kind: 'exception',
  id: `qg:incident:stop-1:${code}:${minute(today + n)}`,
  source: 'qargo',
  code,
  stop: 'stop-1',
  body: { name: code.toLowerCase(), description: 'as the driver says' },
});
const damagePhoto = (document: string, n: number): NewFact => ({
  ...said(today + n),
  kind: 'document',
  id: `qg:document:${document}`,
  source: 'qargo',
  document,
  role: 'exception-photo',
  body: { name: `${document}.jpg`, type: 'PHOTO_DAMAGED_GOODS', contentType: 'image/jpeg' },
});
const known = (nth: number) =>
  record().heard(tracked(nth), [trackingFact(today - 5, tracked(nth).trackingId, `255739${nth}-564`)]);
const offers = (cursor = 0, told: 'leave' | 'too' = 'leave', limit = 100) =>
  fetchOffers(record().db, record().organisation, cursor, limit, told);

/** The photo's bytes are here, as its delivery leaves them. */
async function stored(consignment: string, document: string, blob: string): Promise<void> {
  const key = `document:${document}`;
  const owner = {
    organisation: record().organisation,
    consignment,
    counterpart: 'palletways',
    sender: 'test',
    doubtMs: 1,
  } as const;
  await intend(record().db, owner, [
    { item: { key, kind: 'file', revision: 1, generation: 1, fact: `qg:document:${document}` } },
  ]);
  await keepProgress(record().db, consignment, key, { blob });
}

test('exceptions are offered in the order of arrival, and a cursor goes on where the page ended', async () => {
  await known(1);
  for (const [nth, code] of ['CARDED', 'DAMAGE', 'SHORT'].entries())
    await record().hear(tracked(1), [exception(code, nth)]);
  const first = await offers(0, 'leave', 2);
  expect(first.map(({ code, trackingId, conNo, note }) => [code, trackingId, conNo, note])).toEqual([
    ['CARDED', '60012340161', '2557391-564', 'carded: as the driver says'],
    ['DAMAGE', '60012340161', '2557391-564', 'damage: as the driver says'],
  ]);
  const rest = await offers(first.at(-1)?.position ?? 0);
  expect(rest.map(({ code }) => code)).toEqual(['SHORT']);
  expect(await offers(rest.at(-1)?.position ?? 0)).toEqual([]);
  // Whoever lost the answer asks again with the old cursor and gets the same items.
  expect((await offers()).map(({ id }) => id)).toEqual([...first, ...rest].map(({ id }) => id));
});

test('a cursor never passes an exception that was stored earlier and committed later', async () => {
  await known(1);
  await known(2);
  const { db } = record();
  let commit = () => {};
  const stays = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let inserted = () => {};
  const isIn = new Promise<void>((resolve) => {
    inserted = resolve;
  });
  const late = inTransaction(db, async (tx) => {
    await record().hear(tracked(1), [exception('CARDED', 0)], { on: tx });
    inserted();
    await stays;
  });
  await isIn;
  await record().hear(tracked(2), [exception('DAMAGE', 0)]);
  const [seen, ...more] = await offers();
  expect([seen?.code, more]).toEqual(['DAMAGE', []]);
  commit();
  await late;
  expect((await offers(seen?.position)).map(({ code }) => code)).toEqual(['CARDED']);
});

test('two that ask at once are told the same', async () => {
  await known(1);
  await record().hear(tracked(1), [exception('CARDED', 0), exception('DAMAGE', 1)]);
  const [a, b] = await Promise.all([offers(), offers()]);
  expect(a.map(({ id, position }) => [id, position])).toEqual(b.map(({ id, position }) => [id, position]));
});

test('what a note told is not offered, but where both ways are wanted; what was fetched is known', async () => {
  const consignment = await known(1);
  const told = exception('CARDED', 0);
  await record().hear(tracked(1), [told, exception('DAMAGE', 1)]);
  await insertReceipt(record(), consignment, {
    key: `exception:stop-1:CARDED:${minute(today)}`,
    fact: told.id,
    state: 'met',
  });
  expect(await fetchedAt(record().db, consignment, exception('DAMAGE', 1).id)).toBeNull();
  expect((await offers()).map(({ code }) => code)).toEqual(['DAMAGE']);
  expect(await fetchedAt(record().db, consignment, exception('DAMAGE', 1).id)).toMatch(/^20/);
  expect((await offers(0, 'too')).map(({ code }) => code)).toEqual(['DAMAGE', 'CARDED']);
});

test('photos come with their exception, each once; those that come late bring it again under its id', async () => {
  const consignment = await known(1);
  await record().hear(tracked(1), [exception('DAMAGE', 0)]);
  await record().hear(tracked(1), [damagePhoto('d1', 1), damagePhoto('d2', 1), damagePhoto('d3', 1)]);
  const [before] = await offers();
  expect(before?.photos).toEqual([]);
  await stored(consignment, 'd1', 'a'.repeat(64));
  await stored(consignment, 'd2', 'a'.repeat(64));
  const [again, ...more] = await offers(before?.position);
  expect([again?.id, again?.photos.map(({ name }) => name), more]).toEqual([before?.id, ['d1.jpg'], []]);
  expect(await offers(again?.position)).toEqual([]);
});

test('nothing is offered of one that has no tracking id yet, nor what Palletways said itself', async () => {
  await record().heard({ conNo: '2557399-564' }, [trackingFact(today, null, '2557399-564')]);
  await record().hear({ conNo: '2557399-564' }, [exception('CARDED', 0)]);
  await known(1);
  await record().hear(tracked(1), [{ ...exception('REJECTED', 0), source: 'palletways' }]);
  expect(await offers()).toEqual([]);
});

/** The feed over the record, as an organisation that is so configured has it. */
async function feed(exceptions: Policy['exceptions'], row: Switch = 'on') {
  const folder = mkdtempSync(join(tmpdir(), 'feed-'));
  const { db, organisation } = record();
  const blobs = new FolderBlobs(db, folder);
  const known = {
    palletways: { push: { user: 'pw', password: 'secret' } },
    policy: { exceptions, rows: { exceptions: row } },
    wire: { palletways: {}, qargo: {} },
  };
  const organisations = { cached: async (id: string) => (id === organisation ? known : undefined) };
  const app = Fastify();
  const told = () => wakes(record());
  const stored = () => {};
  await app.register(exceptionFeed({ installation: { db, blobs, organisations } as unknown as Installation, stored }));
  const ask = (url: string, password = 'secret') =>
    app.inject({ url, headers: { authorization: `Basic ${Buffer.from(`pw:${password}`).toString('base64')}` } });
  const end = async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ask, blobs, end, told, at: `/palletways/${organisation}/exceptions` };
}

test('over HTTP: signed in for, with photos at links that are signed in for too', async () => {
  const { ask, blobs, end, at } = await feed('pull');
  try {
    const consignment = await known(1);
    const bytes = photo(3, 'damage', true);
    const { key } = await blobs.put(bytes);
    await record().hear(tracked(1), [exception('DAMAGE', 0)]);
    await record().hear(tracked(1), [damagePhoto('d1', 1)]);
    await stored(consignment, 'd1', key);
    expect((await ask(at, 'wrong')).statusCode).toBe(401);
    expect((await ask('/palletways/nobody/exceptions')).statusCode).toBe(401);
    expect((await ask(`${at}?cursor=x`)).statusCode).toBe(400);
    const answer = (await ask(at)).json();
    expect(answer).toMatchObject({
      items: [
        {
          consignment: { trackingId: '60012340161', conNo: '2557391-564' },
          code: 'DAMAGE',
          photos: [{ name: 'd1.jpg' }],
        },
      ],
      cursor: '1',
    });
    expect((await ask(`${at}?cursor=${answer.cursor}`)).json()).toEqual({ items: [], cursor: '1' });
    const link = new URL(answer.items[0].photos[0].url).pathname;
    expect((await ask(link, 'wrong')).statusCode).toBe(401);
    const served = await ask(link);
    expect([served.statusCode, served.headers['content-type'], served.rawPayload.equals(bytes)]).toEqual([
      200,
      'image/jpeg',
      true,
    ]);
    expect((await ask(`${at}/1/photos/99999`)).statusCode).toBe(404);
    expect((await ask(`${at}/99999/photos/1`)).statusCode).toBe(404);
  } finally {
    await end();
  }
});

const damage = () =>
  ({
    key: `exception:stop-1:DAMAGE:${minute(today)}`,
    kind: 'exception',
    revision: 1,
    generation: 1,
    fact: exception('DAMAGE', 0).id,
  }) as const;

/** What the delivery activity answers for an exception that is to be fetched; `looked` is done between its look and what it writes. */
async function leave(
  consignment: string,
  looked: () => Promise<unknown> = async () => undefined,
): Promise<string | undefined> {
  const { db, organisation } = record();
  const once = { asked: false };
  const query = async (sql: string, values: unknown[]) => {
    const answer = await db.query(sql, values);
    if (!once.asked && sql.includes('select o.fetched_at')) {
      once.asked = true;
      await looked();
    }
    return answer;
  };
  const watched = new Proxy(db, { get: (of, name) => (name === 'query' ? query : Reflect.get(of, name, of)) });
  const counterparts = { pace: 1, callMs: () => ({ palletways: 1, qargo: 1 }), quietMs: () => 1 };
  const work = {
    services: { installation: { db: watched }, counterparts },
    organisation: { id: organisation, policy: { ...defaultPolicy, exceptions: 'pull' } },
    consignment,
    sender: 'test',
    doing: { step: '' },
    waitedMs: 0,
    ended: new Set(),
    met: new Set(),
    taken: new Map(),
    facts: [],
    aheadMs: 0,
  };
  await leaveToBeFetched(work as unknown as Work, [damage()]);
  return (await deliveryOf(record(), consignment, damage().key))?.state;
}

/** Consignments whose waits were ended: their workflows are to be told. */
const ended = async () => {
  await forgetWakes(record());
  await endWaits(record().db, record().organisation);
  return wakes(record());
};

test('what waits to be fetched waits no longer once it was, and its workflow is told so, and again if it did not look', async () => {
  const { ask, end, told, at } = await feed('pull');
  try {
    const consignment = await known(1);
    await record().hear(tracked(1), [exception('DAMAGE', 0)]);
    await leave(consignment);
    await forgetWakes(record());
    expect((await ask(at)).statusCode).toBe(200);
    expect(await told()).toEqual([consignment]);
    const waits = (await deliveryOf(record(), consignment, damage().key))?.until;
    expect(waits?.getTime()).toBeLessThanOrEqual(Date.now());
    const { items } = await takeWork(record().db, record().organisation, consignment, 'palletways');
    expect(items.map(({ key }) => key)).toEqual([damage().key]);
    await forgetWakes(record());
    expect((await ask(`${at}?cursor=1`)).statusCode).toBe(200);
    expect(await told()).toEqual([]);
    // Nobody looked: what is due and was taken by nobody is woken.
    await new Promise((resume) => setTimeout(resume, 20));
    await wakeOverdue(record().db, 10, 10);
    expect(await told()).toEqual([consignment]);
  } finally {
    await end();
  }
});

test('one that is fetched while the flight that left it is in the air is told at once, not a quarter of an hour later', async () => {
  const consignment = await known(1);
  await record().hear(tracked(1), [exception('DAMAGE', 0)]);
  expect(await leave(consignment)).toBe('not yet');
  await offers();
  expect(await ended()).toEqual([consignment]);
  // Then the send ends, and answers the plan as it is by now: it is due.
  expect((await planOf(record().db, consignment)).lanes.palletways?.kinds).toEqual({ exception: 1 });
  expect(await leave(consignment)).toBe('met');
  expect(await ended()).toEqual([]);
});

test('one that is fetched between the look for it and the word that it waits is told', async () => {
  const consignment = await known(1);
  await record().hear(tracked(1), [exception('DAMAGE', 0)]);
  const state = await leave(consignment, async () => {
    await offers();
    expect(await ended()).toEqual([]);
  });
  expect(state).toBe('met');
  expect(await outstandingKeys(record(), consignment)).not.toContain(damage().key);
});

test.each([
  ['push', 'on'],
  ['off', 'on'],
  ['pull', 'off'],
  ['pull', 'shadow'],
] as const)('over HTTP: nothing is offered where exceptions are %s and their row is %s', async (exceptions, row) => {
  const { ask, end, at } = await feed(exceptions, row);
  try {
    await known(1);
    await record().hear(tracked(1), [exception('DAMAGE', 0)]);
    expect((await ask(at)).statusCode).toBe(404);
    expect(await record().rows('select 1 from exception_offer where organisation = $1', record().organisation)).toEqual(
      [],
    );
  } finally {
    await end();
  }
});
