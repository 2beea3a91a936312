/** A PostgreSQL of its own with an empty record, or one that is there already. What was made goes when the work is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataFolder } from '../local/data-folder.ts';
import { nextFree } from '../local/ports.ts';
import { deletePostgres, startPostgres } from '../local/postgres.ts';
import { Supervisor } from '../local/processes.ts';
import { migrate } from '../store/postgres/migrate.ts';

export interface Where {
  readonly url: string;
  readonly schema: string;
}

/** `url`: a server that runs; left out, one is started with the settings of the demonstration. */
export async function withRecord<T>(url: string | undefined, work: (where: Where) => Promise<T>): Promise<T> {
  const schema = 'palletways_qargo_bench';
  if (url !== undefined) {
    await migrate({ url, schema });
    return await work({ url, schema });
  }
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-bench-'));
  makeDataFolder(data);
  const supervisor = new Supervisor(data);
  try {
    const started = await startPostgres(supervisor, data, await nextFree(22_000 + Math.floor(Math.random() * 5_000)));
    await migrate({ url: started.url, schema });
    return await work({ url: started.url, schema });
  } finally {
    await supervisor.stopAll();
    deletePostgres(data);
    rmSync(data, { recursive: true, force: true });
  }
}
