import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { endAll, identityOf } from './identity.ts';
import { type Account, serverAccount } from './postgres/account.ts';
import { choosePlace, filesOf, type Place, rememberedPlace } from './postgres/place.ts';
import type { Running, Supervisor } from './processes.ts';

const database = 'palletways_qargo';

export interface Postgres {
  /** `postgres://user:password@127.0.0.1:port/database` */
  readonly url: string;
  readonly port: number;
  readonly running: Running;
  /** Where its files are, where that is not the data folder. */
  readonly elsewhere: string | undefined;
}

/**
 * Starts PostgreSQL on loopback with its files in the data folder (or where its account may go), making them the first
 * time. What was committed survives a kill: fsync and synchronous commit are on.
 */
export async function startPostgres(supervisor: Supervisor, data: string, port: number): Promise<Postgres> {
  const account = serverAccount();
  const place = choosePlace(data, account);
  const files = filesOf(place);
  if (!existsSync(join(files, 'PG_VERSION'))) await initialise(place, files, account);
  await endStale(files);
  const url = (name: string): string => `postgres://${place.user}:${place.password}@127.0.0.1:${port}/${name}`;
  const running = await supervisor.start({
    name: 'postgres',
    command: join(place.native, 'bin', 'postgres'),
    args: ['-D', files, '-p', String(port), ...settings()],
    cwd: '/',
    env: serverEnv(),
    ...account,
    stopSignal: 'SIGINT',
    stopWithinMs: 20_000,
    readyWithinMs: 60_000,
    // The backends of a killed server may hold its memory for a moment: it is tried again.
    restartsPerMinute: 10,
    readyWhen: () => answers(url('postgres')),
  });
  await createDatabase(url('postgres'));
  return { url: url(database), port, running, elsewhere: place.folder.startsWith(data) ? undefined : place.folder };
}

/** Deletes the database's files and a copy of the programs, wherever they are. Only when the server is stopped. */
export function deletePostgres(data: string): void {
  const place = rememberedPlace(data);
  // Only folders that we named ourselves.
  if (
    place !== undefined &&
    (place.folder === join(data, 'postgres') || /\/palletways-qargo-[^/]+$/.test(place.folder))
  ) {
    rmSync(place.folder, { recursive: true, force: true });
  }
  rmSync(join(data, 'postgres.json'), { force: true });
}

function settings(): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    // No socket file: its path may be too long, and nobody needs it.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_wal_size: '256MB',
    logging_collector: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Without the PG* variables of the one who starts us, which would change what the server does. */
function serverEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && name !== 'LC_ALL' && name !== 'LANG',
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function initialise(place: Place, files: string, account: Account | undefined): Promise<void> {
  // Made beside its place and moved there in one step: a killed initdb leaves nothing that looks whole.
  const fresh = `${files}.new`;
  const passwordFile = join(place.folder, 'password');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(files, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${place.password}\n`, { mode: 0o600 });
  if (account !== undefined) for (const path of [fresh, passwordFile]) chownSync(path, account.uid, account.gid);
  try {
    await run(join(place.native, 'bin', 'initdb'), initArgs(place, fresh, passwordFile), account);
    renameSync(fresh, files);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function initArgs(place: Place, files: string, passwordFile: string): string[] {
  return [
    `--pgdata=${files}`,
    `--username=${place.user}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    // The built-in locale is the same on every machine, whatever the system knows.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
}

function run(command: string, args: string[], account: Account | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: '/', env: serverEnv(), stdio: ['ignore', 'pipe', 'pipe'], ...account });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb ended with ${code}: ${said.trim().slice(-1500)}`)),
    );
  });
}

/**
 * Looks after what a killed start left: a server that still runs on these files is stopped; a pid file whose number now
 * belongs to another program is deleted, because the server would take that one for itself and refuse to start.
 */
async function endStale(files: string): Promise<void> {
  const file = join(files, 'postmaster.pid');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  const identity = pid > 0 ? identityOf(pid) : undefined;
  if (identity === undefined) return;
  if (lines[1]?.trim() === files && runsPostgres(pid, files))
    await endAll([{ name: 'postgres', pid, identity, stopSignal: 'SIGINT' }], 20_000);
  else rmSync(file, { force: true });
}

function runsPostgres(pid: number, files: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(files);
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}
