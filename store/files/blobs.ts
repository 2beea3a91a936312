import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '../postgres/database.ts';
import { detectFormat } from './format.ts';

export { type DetectedFormat, detectFormat } from './format.ts';

/** Bytes that were stored: a label, a photo, a POD. They never change. */
export interface StoredBlob {
  readonly key: string;
  /** 64 hex characters. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** By the bytes themselves; `application/octet-stream` where they are none of the kinds we know. */
  readonly mediaType: string;
}

export interface BlobStore {
  /** Stores the bytes and resolves when a crash can no longer take them away. The same bytes again are the same blob. */
  put(bytes: Uint8Array): Promise<StoredBlob>;
  /** Throws a BlobError where they are missing or no longer what was stored. */
  get(key: string): Promise<Buffer>;
  has(key: string): Promise<boolean>;
  /** Media type by the bytes; null for a key that is not known. */
  kindOf(key: string): Promise<string | null>;
}

export class BlobError extends Error {
  readonly reason: 'missing' | 'changed';

  constructor(reason: 'missing' | 'changed', key: string) {
    super(`the stored file ${key} is ${reason === 'missing' ? 'not there' : 'no longer what was stored'}`);
    this.name = 'BlobError';
    this.reason = reason;
  }
}

/** Blobs in a folder (`ab/cd/abcd...`, named by their SHA-256), each with a row in the table `blob`. */
export class FolderBlobs implements BlobStore {
  readonly #db: Database;
  readonly #folder: string;

  constructor(db: Database, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  async put(bytes: Uint8Array): Promise<StoredBlob> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const mediaType = (await detectFormat(bytes))?.mediaType ?? 'application/octet-stream';
    if (!(await this.#holds(sha256, bytes))) await this.#write(this.#path(sha256), bytes);
    await this.#db.query(
      'insert into blob (key, sha256, size, media_type) values ($1, $1, $2, $3) on conflict (key) do nothing',
      [sha256, bytes.byteLength, mediaType],
    );
    return { key: sha256, sha256, size: bytes.byteLength, mediaType };
  }

  async get(key: string): Promise<Buffer> {
    const bytes = await this.#read(key);
    if (bytes === undefined) throw new BlobError('missing', key);
    if (createHash('sha256').update(bytes).digest('hex') !== key) throw new BlobError('changed', key);
    return bytes;
  }

  async has(key: string): Promise<boolean> {
    const { rowCount } = await this.#db.query('select 1 from blob where key = $1', [key]);
    if (rowCount !== 1) return false;
    return access(this.#path(key)).then(
      () => true,
      () => false,
    );
  }

  async kindOf(key: string): Promise<string | null> {
    const { rows } = await this.#db.query<{ media_type: string }>('select media_type from blob where key = $1', [key]);
    return rows[0]?.media_type ?? null;
  }

  /** Whether these very bytes are there already; a file that was damaged is written anew. */
  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    return (await this.#read(key))?.equals(bytes) ?? false;
  }

  async #read(key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(key));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Beside its place first, synced, then moved there: a file under its name is whole. */
  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const file = await open(fresh, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
    for (const each of [folder, dirname(folder), this.#folder]) await sync(each);
  }

  #path(key: string): string {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new RangeError('not the key of a stored file');
    return join(this.#folder, key.slice(0, 2), key.slice(2, 4), key);
  }
}

/** A name is safe when its folder is. Systems that cannot sync a folder (Windows) do without. */
async function sync(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
