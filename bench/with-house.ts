/** A house for a command: its own PostgreSQL, its own folder, all of it gone when the work is done. */
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

export async function withHouse<T>(
  options: Partial<Omit<HouseOptions, 'data' | 'database' | 'cli'>>,
  work: (house: House) => Promise<T>,
): Promise<T> {
  Object.assign(process.env, loopbackDirect(process.env));
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-bench-'));
  makeDataFolder(data);
  const postgres = join(data, 'database');
  mkdirSync(postgres);
  makeDataFolder(postgres);
  const supervisor = new Supervisor(postgres);
  let house: House | undefined;
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
    house = await startHouse({ ...options, data, database, cli });
    return await work(house);
  } finally {
    await house?.close();
    await supervisor.stopAll();
    await closeCalls();
    deletePostgres(postgres);
    rmSync(data, { recursive: true, force: true });
  }
}
