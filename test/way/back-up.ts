/** A back-up of the record as one takes it with `pg_dump`: all tables as they are at one instant, beside those that go on, and put back whole. */
import type pg from 'pg';
import { dropSchema } from '../postgres.ts';
import { withClient } from '../postgres-server.ts';

export interface BackUp {
  /** The record is what it was at that instant; nothing of the product may run meanwhile. */
  restore(): Promise<void>;
  /** Deletes it. */
  drop(): Promise<void>;
}

interface Table {
  readonly name: string;
  /** Those that are not computed by PostgreSQL. */
  readonly columns: string;
}

export async function backUp({ url, schema }: { readonly url: string; readonly schema: string }): Promise<BackUp> {
  const kept = `${schema}_kept`;
  await inTransaction(url, async (client) => {
    await client.query(`create schema ${kept}`);
    for (const { name, columns } of await tablesOf(client, schema))
      await client.query(`create table ${kept}.${name} as select ${columns} from ${schema}.${name}`);
    await client.query(
      `create table ${kept}.numbers_ as select sequencename, last_value from pg_sequences where schemaname = '${schema}'`,
    );
  });
  return {
    restore: () =>
      inTransaction(url, async (client) => {
        // As pg_restore: no trigger and no foreign key looks at what is put back.
        await client.query(`set local session_replication_role = replica`);
        const tables = await tablesOf(client, schema);
        await client.query(`truncate ${tables.map(({ name }) => `${schema}.${name}`).join(', ')}`);
        for (const { name, columns } of tables)
          await client.query(
            `insert into ${schema}.${name} (${columns}) overriding system value select ${columns} from ${kept}.${name}`,
          );
        await client.query(
          `select setval(format('%I.%I', '${schema}', sequencename)::regclass, coalesce(last_value, 1), last_value is not null) from ${kept}.numbers_`,
        );
      }),
    drop: () => dropSchema(url, kept),
  };
}

/** All see one instant. */
async function inTransaction(url: string, run: (client: pg.Client) => Promise<void>): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read');
    await run(client);
    await client.query('commit');
  });
}

/** A table of parts is one table. */
async function tablesOf(client: pg.Client, schema: string): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(
    `select c.relname as name, (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
       from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by c.relname`,
    [schema],
  );
  return rows;
}
