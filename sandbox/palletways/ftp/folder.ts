/** An organisation's folder as FTP shows it: paths that cannot leave it, and listings. */
import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { World } from '../world.ts';

export interface Entry {
  name: string;
  folder: boolean;
  size: number;
  modified: Date;
}

export class Folder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The path within the folder, always from `/`; `..` ends at the root. */
  path(current: string, argument: string): string {
    return posix.resolve('/', current, argument.replaceAll('\0', ''));
  }

  onDisk(path: string): string {
    return join(this.#root, path);
  }

  async entry(path: string): Promise<Entry | null> {
    try {
      const found = await stat(this.onDisk(path));
      return { name: posix.basename(path), folder: found.isDirectory(), size: found.size, modified: found.mtime };
    } catch {
      return null;
    }
  }

  async list(path: string): Promise<Entry[]> {
    const self = await this.entry(path);
    if (self === null) return [];
    if (!self.folder) return [self];
    const names = (await readdir(this.onDisk(path))).sort();
    const entries = await Promise.all(names.map((name) => this.entry(posix.join(path, name))));
    return entries.filter((entry) => entry !== null); // taken away between the two looks
  }
}

/** Flip 34e: only photos are taken, under whatever name they are written first. */
export function isTaken({ parts }: { parts: { world: World } }, name: string): boolean {
  return !parts.world.plays('34e') || /\.jpe?g(\.part)?$/i.test(name);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `ls -l`, which is what clients expect of LIST (RFC 959 leaves it open). */
export function listLine({ name, folder, size, modified }: Entry): string {
  const day = String(modified.getUTCDate()).padStart(2, '0');
  const time = modified.toISOString().slice(11, 16);
  return `${folder ? 'd' : '-'}rw-r--r-- 1 ftp ftp ${String(size).padStart(12)} ${MONTHS[modified.getUTCMonth()]} ${day} ${time} ${name}`;
}

/** RFC 3659. */
export function machineLine({ name, folder, size, modified }: Entry): string {
  return `type=${folder ? 'dir' : 'file'};${folder ? '' : `size=${size};`}modify=${stamp(modified)}; ${name}`;
}

/** `YYYYMMDDHHMMSS` in UTC (RFC 3659). */
export function stamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/\D/g, '');
}
