import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction } from '../../store/postgres/database.ts';
import { isMomentary, isStoreOutage } from '../../store/postgres/outage.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
beforeAll(async () => {
  store = await freshSchema();
});
afterAll(() => store.close());

/** An error of PostgreSQL with that SQLSTATE, as its client throws it. */
const thrown = (state: string) => Object.assign(new pg.DatabaseError('said by the test', 1, 'error'), { code: state });
const caught = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error,
  );

describe('an outage of the record', () => {
  test('is a short list of what the server says', () => {
    const away = [
      '08000',
      '08003',
      '08006',
      '08P01',
      '53100',
      '53200',
      '53300',
      '57P01',
      '57P02',
      '57P03',
      '28P01',
      '3D000',
      '25006',
    ];
    for (const state of away) expect([state, isStoreOutage(thrown(state))]).toEqual([state, true]);
  });

  test('is never what an item has brought about: data, constraints and limits', () => {
    const items = [
      '22021',
      '22P02',
      '22P05',
      '22001',
      '23505',
      '23502',
      '54000',
      '54001',
      '42P01',
      'P0001',
      'XX000',
      '0A000',
    ];
    for (const state of items)
      expect([state, isStoreOutage(thrown(state)), isMomentary(thrown(state))]).toEqual([state, false, false]);
  });

  test('is not what only holds for a moment: that is tried again, and counted', () => {
    for (const state of ['40001', '40P01', '55P03', '57014', '25P03'])
      expect([state, isStoreOutage(thrown(state)), isMomentary(thrown(state))]).toEqual([state, false, true]);
  });

  test('is nobody who listens, a connection cut in use, and a server that does not answer', async () => {
    const nobody = store.open({ url: 'postgresql://a:b@127.0.0.1:1/none' });
    expect(isStoreOutage(await caught(nobody.query('select 1')))).toBe(true);

    const cut = inTransaction(store.db, (tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'));
    expect(isStoreOutage(await caught(cut))).toBe(true);

    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const hung = store.open({ url: `postgresql://a:b@127.0.0.1:${port}/none`, connectMs: 100 });
    expect(isStoreOutage(await caught(hung.query('select 1')))).toBe(true);
    silent.close();

    const ended = store.open();
    await ended.end();
    expect(isStoreOutage(await caught(ended.query('select 1')))).toBe(true);
  });

  test('is nothing that only sounds like one', async () => {
    for (const error of [
      new Error('the connection note of a customer'),
      new TypeError('terminated'),
      'ECONNREFUSED',
      null,
      undefined,
    ])
      expect(isStoreOutage(error)).toBe(false);
    expect(isStoreOutage(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe(false);
  });

  test('is not half an emoji, a NUL, or a statement that took too long, as the server itself says them', async () => {
    const { db } = store;
    for (const said of [
      `select '"\\ud83d"'::jsonb`,
      `select '"\\u0000"'::jsonb`,
      `select repeat('x', 1200000000)::text || repeat('x', 1200000000)`,
    ])
      expect(isStoreOutage(await caught(db.query(said)))).toBe(false);
    const slow = await caught(
      inTransaction(db, async (tx) => tx.query(`set local statement_timeout = 20; select pg_sleep(5)`)),
    );
    expect([isStoreOutage(slow), isMomentary(slow)]).toEqual([false, true]);
  });
});
