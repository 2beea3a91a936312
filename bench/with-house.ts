/** A house for a command: its own PostgreSQL, its own folder, all of it gone when the work is done. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findTemporal } from '../local/binaries/find.ts';
import { makeDataFolder } from '../local/data-folder.ts';
import { loopbackDirect } from '../local/environment.ts';
import { closeCalls } from '../local/loopback.ts';
import { nextFree } from '../local/ports.ts';
import { deletePostgres, startPostgres } from '../local/postgres.ts';
import { Supervisor } from '../local/processes.ts';
import { migrate } from '../store/postgres/migrate.ts';
import { type House, type HouseOptions, startHouse } from './house.ts';

type Options = Partial<Omit<HouseOptions, 'data' | 'database' | 'cli'>>;

export function withHouse<T>(options: Options, work: (house: House) => Promise<T>): Promise<T> {
  return withHouses((stand) => stand(options, work));
}

/** One house after the other over the same record, twins and workflows: each begins where the one before was closed. */
export async function withHouses<T>(
  work: (stand: <R>(options: Options, within: (house: House) => Promise<R>) => Promise<R>) => Promise<T>,
): Promise<T> {
  Object.assign(process.env, loopbackDirect(process.env));
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-bench-'));
  makeDataFolder(data);
  const postgres = join(data, 'database');
  mkdirSync(postgres);
  makeDataFolder(postgres);
  const supervisor = new Supervisor(postgres);
  try {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const { path: cli } = await findTemporal({ data: resolve('.palletways-qargo'), say });
    const { url } = await startPostgres(
      supervisor,
      postgres,
      await nextFree(22_000 + Math.floor(Math.random() * 5_000)),
    );
    const database = { url, schema: 'palletways_qargo' };
    await migrate(database);
    const masterKey = randomBytes(32).toString('base64');
    return await work(async (options, within) => {
      const house = await startHouse({ masterKey, ...options, data, database, cli });
      try {
        return await within(house);
      } finally {
        await house.close();
      }
    });
  } finally {
    await supervisor.stopAll();
    await closeCalls();
    deletePostgres(postgres);
    rmSync(data, { recursive: true, force: true });
  }
}
