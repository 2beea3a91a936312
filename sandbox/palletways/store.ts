/**
 * Files on disk: the FTP folders depots put photos into, and a copy of each file that arrived, because the owner of
 * the folder may take files away at any time and still has them (wire-assumptions 2.4).
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldFile, World } from './world.ts';

/** A file that is still being written never counts as held. */
const PART = /\.part$/i;
/** `{TrackingID}_{nn}.{ext}` (wire-assumptions 2.4). */
const NAME = /^(\d{11})_\d{2,}\.[A-Za-z0-9]+$/;
const FOLDER = /^\/pod\/(\d+)\/[^/]+$/;

export class FileStore {
  readonly #ftp: string;
  readonly #copies: string;
  readonly #world: World;

  constructor(directory: string, world: World) {
    this.#ftp = join(directory, 'ftp');
    this.#copies = join(directory, 'received');
    this.#world = world;
    mkdirSync(this.#ftp, { recursive: true });
    mkdirSync(this.#copies, { recursive: true });
  }

  /** The folder an organisation's FTP login sees as `/`. */
  rootOf(organisation: string): string {
    const root = join(this.#ftp, organisation);
    mkdirSync(root, { recursive: true });
    return root;
  }

  /** The folder a depot puts its files into is there before the first one (wire-assumptions 2.4). */
  prepare(organisation: string, depot: string): void {
    mkdirSync(join(this.rootOf(organisation), 'pod', depot), { recursive: true });
  }

  /** A file stands complete at `path` of an organisation's folder. Written again, it is held once, as it is now. */
  async arrived(organisation: string, path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (PART.test(name)) return;
    const at = Date.now();
    const source = join(this.rootOf(organisation), path);
    const bytes = await readFile(source);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await copyFile(source, this.#copyOf(sha256));
    const trackingId = NAME.exec(name)?.[1] ?? null;
    const depot = FOLDER.exec(path)?.[1] ?? null;
    this.gone(organisation, path);
    this.#world.state.files.push({ organisation, depot, trackingId, path, name, size: bytes.length, sha256, at });
    this.#world.touch();
  }

  /** The sender deleted or renamed it: it is not held any more. */
  gone(organisation: string, path: string): void {
    const { state } = this.#world;
    state.files = state.files.filter((file) => file.organisation !== organisation || file.path !== path);
    this.#world.touch();
  }

  /** The owner takes files out of the folder: not to be seen by FTP any more, but held. Answers how many there were. */
  async takeAway(organisation: string, name: string | null): Promise<number> {
    let taken = 0;
    for (const file of this.#world.state.files) {
      if (file.organisation !== organisation || (name !== null && file.name !== name)) continue;
      const path = join(this.rootOf(organisation), file.path);
      const there = await stat(path).catch(() => null);
      if (there === null) continue;
      await rm(path, { force: true });
      taken += 1;
    }
    return taken;
  }

  read(file: HeldFile): Promise<Buffer> {
    return readFile(this.#copyOf(file.sha256));
  }

  async reset(): Promise<void> {
    for (const directory of [this.#ftp, this.#copies]) {
      await rm(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
    }
  }

  #copyOf(sha256: string): string {
    return join(this.#copies, sha256);
  }
}
