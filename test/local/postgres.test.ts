import { cpSync, existsSync, mkdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { nextFree } from '../../local/ports.ts';
import { makeLinks, packagedNative, serves } from '../../local/postgres/native.ts';
import { rememberedPlace } from '../../local/postgres/place.ts';
import { deletePostgres, startPostgres } from '../../local/postgres.ts';
import { Supervisor } from '../../local/processes.ts';
import { folder, later } from './fakes.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

test.runIf(process.platform === 'linux')('missing library links are made again', () => {
  const native = join(folder(), 'native');
  cpSync(packagedNative(), native, { recursive: true, verbatimSymlinks: true });
  const links = ['libicuuc.so.60', 'libpq.so.5', 'libpq.so'].map((name) => join(native, 'lib', name));
  makeLinks(native);
  for (const link of links) rmSync(link);
  expect(serves(native, undefined)).toBe(false);
  expect(makeLinks(native)).toBe(links.length);
  expect(readlinkSync(join(native, 'lib/libpq.so.5'))).not.toContain('/');
  expect(serves(native, undefined)).toBe(true);
  expect(makeLinks(native)).toBe(0);
});

test('it starts under a 0700 folder, keeps what was written over a kill, and stops', { timeout: 60_000 }, async () => {
  const data = join(folder(), 'data');
  mkdirSync(data);
  later(() => deletePostgres(data));
  const port = await nextFree(25_455);
  const first = new Supervisor(data);
  later(() => first.stopAll());
  const one = await startPostgres(first, data, port);
  await query(one.url, 'create table t as select 42 as n');
  expect(await query(one.url, 'show fsync')).toEqual(['on']);
  expect(await query(one.url, 'show max_connections')).toEqual(['200']);
  expect(statSync(join(data, 'postgres.json')).mode & 0o777).toBe(0o600);
  if (process.getuid?.() === 0) expect(one.elsewhere).toMatch(/^\/(var\/)?tmp\/palletways-qargo-/);

  first.killAll();
  await one.running.ended.catch(() => undefined);
  await first.stopAll();
  const place = rememberedPlace(data);
  const pidFile = join(place?.folder ?? '', 'data/postmaster.pid');
  // The number in the file of the killed one now belongs to somebody else: to us.
  if (existsSync(pidFile)) writeFileSync(pidFile, `${process.pid}\n${place?.folder}/data\n`);

  const second = new Supervisor(data);
  later(() => second.stopAll());
  const two = await startPostgres(second, data, port);
  expect(two.url).toBe(one.url);
  expect(await query(two.url, 'select n from t')).toEqual([42]);
  await second.stopAll();
  await expect(query(two.url, 'select 1')).rejects.toThrow();
  expect(existsSync(pidFile)).toBe(false);
});
