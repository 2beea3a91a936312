import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction, now, openDatabase, schemaName, sqlState } from '../../store/postgres/database.ts';
import { migrate } from '../../store/postgres/migrate.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
beforeAll(async () => {
  store = await freshSchema();
});
afterAll(() => store.close());

describe('a pool of the record', () => {
  test('unqualified names mean its schema and times are UTC', async () => {
    const { rows } = await store.db.query(
      "select current_schema() as schema, current_setting('timezone') as zone, current_setting('statement_timeout') as statement",
    );
    expect(rows).toEqual([{ schema: store.schema, zone: 'UTC', statement: '30s' }]);
  });

  test('options in the address are kept beside its schema', async () => {
    const db = store.open({ url: `${store.url}?options=${encodeURIComponent('-c work_mem=5MB')}` });
    const { rows } = await db.query("select current_schema() as schema, current_setting('work_mem') as memory");
    expect(rows).toEqual([{ schema: store.schema, memory: '5MB' }]);
  });

  test('a bigint is a number, and one that is no exact number is an error', async () => {
    const { rows } = await store.db.query('select 9007199254740991::bigint as most, 1.10::numeric as price');
    expect(rows).toEqual([{ most: 9007199254740991, price: '1.10' }]);
    await expect(store.db.query('select 9007199254740992::bigint as more')).rejects.toThrow(RangeError);
  });

  test("the clock is the database's, in UTC with milliseconds", async () => {
    const told = await now(store.db);
    expect(told).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(told) - Date.now())).toBeLessThan(5000);
  });

  test("a schema's name that would need quoting is refused", () => {
    for (const name of ['', 'Public', 'a b', 'a;drop', 'a"b', '1a', 'a'.repeat(64)])
      expect(() => schemaName(name)).toThrow(RangeError);
    expect(() => openDatabase({ url: store.url, schema: 'x -c statement_timeout=0' })).toThrow(RangeError);
  });

  test('a connection cut by the server, idle or in use, is an error of its user and not the end of the process', async () => {
    const db = store.open({ max: 1 });
    const cut = async (pid: number) => store.db.query('select pg_terminate_backend($1)', [pid]);
    const pidOf = async () => (await db.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;
    await cut(await pidOf());
    await new Promise((resume) => setTimeout(resume, 50));
    const lost = inTransaction(db, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await cut(rows[0]?.pid ?? 0);
      await new Promise((resume) => setTimeout(resume, 50));
      await tx.query('select 1');
    });
    await expect(lost).rejects.toThrow();
    expect(await pidOf()).toBeGreaterThan(0);
  });
});

describe('a transaction', () => {
  test('keeps all of what it did or nothing', async () => {
    const put = (id: string, fail: boolean) =>
      inTransaction(store.db, async (tx) => {
        await tx.query("insert into budget (id, state) values ($1, '{}')", [id]);
        if (fail) throw new Error('changed my mind');
        return id;
      });
    await expect(put('a', true)).rejects.toThrow('changed my mind');
    expect(await put('b', false)).toBe('b');
    const { rows } = await store.db.query('select id from budget order by id');
    expect(rows).toEqual([{ id: 'b' }]);
  });

  test('is run again after a deadlock', async () => {
    await store.db.query("insert into budget (id, state) values ('left', '{}'), ('right', '{}')");
    let runs = 0;
    const touch = (first: string, second: string) =>
      inTransaction(store.db, async (tx) => {
        runs++;
        await tx.query('update budget set updated_at = now() where id = $1', [first]);
        await new Promise((resume) => setTimeout(resume, 100));
        await tx.query('update budget set updated_at = now() where id = $1', [second]);
      });
    await Promise.all([touch('left', 'right'), touch('right', 'left')]);
    expect(runs).toBeGreaterThan(2);
  });

  test('is run at most four times', async () => {
    let runs = 0;
    const failing = inTransaction(store.db, async (tx) => {
      runs++;
      await tx.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
    });
    await expect(failing).rejects.toSatisfy((error) => sqlState(error) === '40001');
    expect(runs).toBe(4);
  });
});

describe('migrations', () => {
  test('make the schema, run once, and have nothing to do the second time', async () => {
    const schema = `${store.schema}_m`;
    try {
      const first = await migrate({ url: store.url, schema });
      expect(first[0]).toBe('0001_baseline');
      expect(await migrate({ url: store.url, schema })).toEqual([]);
    } finally {
      await store.db.query(`drop schema if exists ${schema} cascade`);
    }
  });

  test('started by many at once are run by one', async () => {
    const schema = `${store.schema}_n`;
    try {
      const ran = await Promise.all([1, 2, 3, 4].map(() => migrate({ url: store.url, schema })));
      expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
    } finally {
      await store.db.query(`drop schema if exists ${schema} cascade`);
    }
  });
});
