import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, can } from './account.ts';
import { copyNative, makeLinks, openFolder, packagedNative, serves } from './native.ts';

/** Where PostgreSQL lives and how one gets in; kept in `<data>/postgres.json`, readable for its owner only. */
export interface Place {
  /** Folder that holds the database's files and, where they had to be copied, the programs. */
  readonly folder: string;
  readonly native: string;
  readonly user: string;
  readonly password: string;
}

const user = 'palletways_qargo';

/** Reads the remembered place, or undefined where there is none or it has been taken away. */
export function rememberedPlace(data: string): Place | undefined {
  const file = join(data, 'postgres.json');
  if (!existsSync(file)) return undefined;
  const place = JSON.parse(readFileSync(file, 'utf8')) as Place;
  return lstatSync(place.folder, { throwIfNoEntry: false })?.isDirectory() ? place : undefined;
}

/** The folder of the database's files. */
export function filesOf(place: Place): string {
  return join(place.folder, 'data');
}

/**
 * Finds programs and a folder that the server's account can use. Both stay where they are (package, data folder) where
 * that account may go there; under a folder closed to it (root's home, a fresh temporary folder) a folder with a random
 * name is made where everybody may go, and remembered.
 */
export function choosePlace(data: string, account: Account | undefined): Place {
  const earlier = rememberedPlace(data);
  const folder = earlier !== undefined && reaches(earlier.folder, account) ? earlier.folder : makeFolder(data, account);
  const place: Place = {
    folder,
    native: chooseNative(folder, account, earlier?.native),
    user,
    password: earlier?.password ?? randomBytes(24).toString('base64url'),
  };
  const file = join(data, 'postgres.json');
  writeFileSync(`${file}.tmp`, `${JSON.stringify(place, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  return place;
}

function chooseNative(folder: string, account: Account | undefined, earlier: string | undefined): string {
  const packaged = packagedNative();
  makeLinks(packaged);
  if (serves(packaged, account)) return packaged;
  const copy = join(folder, 'native');
  if (earlier === copy && existsSync(copy) && serves(copy, account)) return copy;
  copyNative(packaged, folder);
  if (serves(copy, account)) return copy;
  throw new Error(
    `PostgreSQL's programs do not run on this machine, neither from ${packaged} nor from a copy in ${copy}`,
  );
}

function makeFolder(data: string, account: Account | undefined): string {
  const own = join(data, 'postgres');
  mkdirSync(own, { recursive: true });
  if (account === undefined) return own;
  chmodSync(own, 0o755);
  if (reaches(own, account)) return own;
  for (const parent of ['/var/tmp', tmpdir(), '/tmp']) {
    if (!can(account, '/bin/sh', ['-c', 'test -x "$1"', 'sh', parent])) continue;
    // A random name, made by us: nobody can have laid a link there before.
    const folder = mkdtempSync(join(parent, 'palletways-qargo-'));
    openFolder(folder);
    if (reaches(folder, account)) return folder;
  }
  throw new Error(
    'found no folder that the account PostgreSQL runs as may enter (tried the data folder, /var/tmp and /tmp); start as an ordinary user, or set DATABASE_URL',
  );
}

function reaches(folder: string, account: Account | undefined): boolean {
  return can(account, '/bin/sh', ['-c', 'cd "$1" && ls >/dev/null', 'sh', folder]);
}
