import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deletePostgres } from './postgres.ts';

/** What is remembered between starts, in `<data>/made.json`. */
export interface Made {
  /** Organisations that we made in the database in use. */
  readonly organisations: readonly string[];
  /** How many days were played. */
  readonly days: number;
  /** Database (host, port and name) and Temporal server that are not ours and in which we made something. */
  readonly database?: string;
  readonly temporal?: string;
  /** True where the namespace there was made by us. */
  readonly namespace?: boolean;
  /** True where the schema there was made by us. */
  readonly schema?: boolean;
}

const nothing: Made = { organisations: [], days: 0 };

export function makeDataFolder(data: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // As root, PostgreSQL runs as another user, whose folder in here it must be able to reach (not to list).
  if (process.getuid?.() === 0) chmodSync(data, 0o711);
  for (const name of ['organisations', 'blobs', 'logs']) mkdirSync(join(data, name), { recursive: true });
  // Data never goes into a repository, wherever --data points.
  if (!existsSync(join(data, '.gitignore'))) writeFileSync(join(data, '.gitignore'), '*\n');
}

export function readMade(data: string): Made {
  const file = join(data, 'made.json');
  return existsSync(file) ? { ...nothing, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<Made>) } : nothing;
}

export function writeMade(data: string, made: Made): void {
  writeWhole(join(data, 'made.json'), `${JSON.stringify(made, null, 2)}\n`);
}

/** The key that seals secrets in the store: 32 bytes in base64, made once. */
export function masterKey(data: string): string {
  return once(join(data, 'master.key'), () => randomBytes(32).toString('base64'));
}

/** A text that is made the first time and kept, readable for its owner only. */
export function once(path: string, make: () => string): string {
  if (!existsSync(path)) writeWhole(path, make());
  return readFileSync(path, 'utf8').trim();
}

/** Writes a file as a whole, readable for its owner only. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** Deletes what earlier starts made in the folder; a cached program (`bin`) stays. Only when nothing of it runs. */
export function resetDataFolder(data: string): void {
  deletePostgres(data);
  const made = [
    'postgres',
    'temporal.db',
    'temporal.db-shm',
    'temporal.db-wal',
    'palletways',
    'qargo',
    'organisations',
    'blobs',
    'logs',
    'made.json',
    'master.key',
    'secrets.json',
  ];
  for (const name of made) rmSync(join(data, name), { recursive: true, force: true });
}
