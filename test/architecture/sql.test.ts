// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of files that have templates
import { describe, expect, test } from 'vitest';
import { house } from './house.ts';
import { sqlOutside } from './rules.ts';

describe('SQL outside the store', () => {
  test('has SQL in the store alone', () => {
    expect(sqlOutside(house)).toEqual([]);
  });

  const statements: readonly string[] = [
    'select 1',
    'select body from content where id = $1',
    'select a.kind, a.value from alias a',
    "select a.kind || ' ' || a.value as name from alias a",
    'select * from fact',
    'select k.*, n.body from close_out k',
    'select exists (select 1 from fact)',
    'select count(*) from fact',
    'SELECT id FROM consignment',
    'insert into sweep (organisation) values ($1)',
    'insert into receipt as d (consignment) values ($1)',
    'insert into fact select * from parked',
    'update consignment set qargo_read_at = clock_timestamp()',
    "update receipt d set sender = 'doubt' from x",
    'update receipt as d set (a, b) = (1, 2)',
    'delete from content where id = $1',
    'delete from only_this',
    'with me as (select 1) select * from me',
    'with mine as materialized (select 1) select * from mine',
    'with recursive n (x) as (select 1) select x from n',
    'begin; select 1',
    'begin transaction isolation level serializable',
    'start transaction',
    'savepoint here',
    'create table x (id int)',
    'create unique index on fact (id)',
    'create schema if not exists x',
    'drop schema if exists x cascade',
    'alter table fact add column x int',
    'truncate fact, content',
    'lock table fact',
    'set local lock_timeout = 100',
  ];
  const planted = (text: string, file = 'activities/sweep/palletways.ts') => sqlOutside(new Map([[file, text]]));

  test.for(statements)('is seen: %s', (sql) => {
    for (const text of [`const sql = ${JSON.stringify(sql)};`, `const sql = \`\n   ${sql.replaceAll('$', '\\$')}\`;`])
      expect(planted(text)).toHaveLength(1);
  });

  test.for([
    'domain/state/state.ts',
    'connectors/qargo/write-order.ts',
    'workflows/a.ts',
    'workers/a.ts',
    'client/http/server.ts',
    'local/main.ts',
  ])('is seen in %s', (file) => {
    expect(planted("const sql = 'select 1';", file)).toHaveLength(1);
    // Planted in the real file it is seen as well.
    const real = house.get(file);
    if (real !== undefined) expect(planted(`${real}\nconst sql = 'select 1';\n`, file)).toHaveLength(1);
  });

  const asked: readonly string[] = [
    "await db.query('begin');",
    'const { rows } = await db.query<{ id: number }>(question, [id]);',
    'await installation.db.query(`${withDue} select * from due`);',
    'await tx?.query(text);',
    'await pool\n  .query(text);',
  ];

  test.for(asked)('is seen where a database is asked: %s', (text) => {
    expect(planted(text).length).toBeGreaterThan(0);
  });

  test('is seen with a table that is computed', () => {
    for (const sql of [
      'update ${name} set x = 1',
      'delete from ${name} where id = $1',
      'insert into ${name} (id) values ($1)',
    ])
      expect(planted(`const sql = \`${sql}\`;`)).toHaveLength(1);
    expect(planted('const sql = `select ${columns} from ${name}`;')).toHaveLength(1);
  });

  const harmless: readonly string[] = [
    "const words = ['update the order', 'Update the set of rows', 'updates', 'UPDATE', 'update orders and set them aside'];",
    "const words = ['select a depot', 'Select a depot from the list', 'selected', 'select one'];",
    "const words = ['delete from the folder what was read', 'insert into the folder', 'insert into an order (new)'];",
    "const words = ['with vehicle', 'with a trip as planned', 'begin', 'rollback', 'commit', 'begin with the oldest'];",
    "const words = ['create an order', 'creates the schema', 'create the table of codes', 'drop a pallet', 'alter the order', 'truncate the text'];",
    "const words = ['set local time', 'set the lock', 'lock the door'];",
    '// select 1\n/* db.query(x) */\nconst { page } = request.query;',
    'const told = await handle.query(planQuery);',
    'const at = url.searchParams; query(at);',
  ];

  test.for(harmless)('is not: %s', (text) => {
    expect(planted(text)).toEqual([]);
  });

  test('is at home in the store, and where the database itself is made', () => {
    for (const file of ['store/record/facts.ts', 'local/postgres.ts', 'test/store/rows.ts', 'bench/record.ts'])
      expect(planted("await db.query('select 1');", file)).toEqual([]);
  });
});
