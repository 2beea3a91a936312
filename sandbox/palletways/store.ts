/**
 * Files on disk: the FTP folders depots put photos into, and a copy of each file that arrived, because the owner of
 * the folder may take files away at any time and still has them (wire-assumptions 2.4).
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { folderOf } from './dialect.ts';
import type { Organisation } from './organisation.ts';
import { settleProof } from './proof.ts';
import type { HeldFile, World } from './world.ts';

/** A file that is still being written never counts as held. */
const PART = /\.part$/i;
/** `{TrackingID}_{nn}.{ext}` (wire-assumptions 2.4). */
const NAME = /^(\d{11})_\d{2,}\.[A-Za-z0-9]+$/;
/** Flip 34a: `{conno}_{nn}.{ext}`. */
const NUMBERED = /^(\d+-\d+)_\d{2,}\.[A-Za-z0-9]+$/;
const FOLDER = /^\/pod\/(\d+)\/[^/]+$/;

/** A state of an earlier twin has no word for it: then it lies there. */
function isTaken(file: HeldFile): boolean {
  return (file.takenAt ?? null) !== null;
}

export class FileStore {
  readonly #ftp: string;
  readonly #copies: string;
  readonly #world: World;
  readonly #owners = new Map<string, NodeJS.Timeout>();

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
  prepare(organisation: Organisation): void {
    const folder = join(this.rootOf(organisation.name), folderOf(organisation));
    if (this.#world.plays('34a')) rmSync(folder, { recursive: true, force: true });
    else mkdirSync(folder, { recursive: true });
  }

  /** Palletways itself puts a file where the organisation's FTP login sees it. */
  put(organisation: string, path: string, text: string): void {
    const onDisk = join(this.rootOf(organisation), path);
    mkdirSync(posix.dirname(onDisk), { recursive: true });
    writeFileSync(onDisk, text);
  }

  /** A place for a file that comes into the folder later. */
  aside(): string {
    return join(this.#copies, `late-${randomUUID()}`);
  }

  /**
   * A file stands complete at `path` of an organisation's folder. The same bytes written over a file that still lies there
   * make one more copy of it; other bytes take its place; once the owner has taken the earlier one it is another file.
   */
  async arrived(organisation: string, path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (PART.test(name)) return;
    const at = Date.now();
    const source = join(this.rootOf(organisation), path);
    const bytes = await readFile(source);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await copyFile(source, this.#copyOf(sha256));
    const trackingId = this.#trackingIdOf(organisation, name);
    const depot = this.#depotOf(organisation, path);
    const over = this.#lying(organisation).find((file) => file.path === path && file.sha256 === sha256);
    if (over !== undefined) over.copies = (over.copies ?? 1) + 1;
    else {
      this.gone(organisation, path);
      const size = bytes.length;
      this.#world.state.files.push({
        organisation,
        depot,
        trackingId,
        path,
        name,
        size,
        sha256,
        at,
        copies: 1,
        takenAt: null,
      });
    }
    this.#world.touch();
    settleProof(this.#world, this.#world.ofTrackingId(trackingId ?? ''));
    if (this.#world.plays('34d')) await this.takeAway(organisation, name);
  }

  /** The sender deleted or renamed it: it is not held any more. What the owner has taken stays held. */
  gone(organisation: string, path: string): void {
    const { state } = this.#world;
    state.files = state.files.filter(
      (file) => file.organisation !== organisation || file.path !== path || isTaken(file),
    );
    this.#world.touch();
  }

  /** The owner takes files out of the folder: not to be seen by FTP any more, but held. Answers how many there were. */
  async takeAway(organisation: string, name: string | null): Promise<number> {
    let taken = 0;
    for (const file of this.#lying(organisation)) {
      if (name !== null && file.name !== name) continue;
      file.takenAt = Date.now();
      const path = join(this.rootOf(organisation), file.path);
      if ((await stat(path).catch(() => null)) === null) continue;
      await rm(path, { force: true });
      taken += 1;
    }
    if (taken > 0) this.#world.touch();
    return taken;
  }

  /** From now on the owner takes all complete files every `everyMs`; 0: never more by itself. Outlives a restart. */
  own(organisation: string, everyMs: number): void {
    this.#world.state.owners = { ...this.#world.state.owners, [organisation]: everyMs };
    this.#world.touch();
    this.#watch(organisation, everyMs);
  }

  /** Owners that came before a restart come again. */
  resume(): void {
    for (const [organisation, everyMs] of Object.entries(this.#world.state.owners ?? {}))
      this.#watch(organisation, everyMs);
  }

  stop(): void {
    for (const timer of this.#owners.values()) clearInterval(timer);
    this.#owners.clear();
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

  #watch(organisation: string, everyMs: number): void {
    clearInterval(this.#owners.get(organisation));
    this.#owners.delete(organisation);
    if (everyMs <= 0) return;
    const take = () => {
      this.takeAway(organisation, null).catch((error: unknown) =>
        process.stderr.write(`files not taken: ${String(error)}\n`),
      );
    };
    this.#owners.set(organisation, setInterval(take, everyMs));
  }

  #trackingIdOf(organisation: string, name: string): string | null {
    if (!this.#world.plays('34a')) return NAME.exec(name)?.[1] ?? null;
    return this.#world.ofConNo(organisation, NUMBERED.exec(name)?.[1] ?? '')?.trackingId ?? null;
  }

  /** Of a dialect's folder, or the number in the assumed one; null for any other place. */
  #depotOf(name: string, path: string): string | null {
    const organisation = this.#world.organisation(name);
    if (this.#world.plays('34a')) return posix.dirname(path) === '/' ? (organisation?.depot ?? null) : null;
    if (organisation?.dialect?.ftpFolder === undefined) return FOLDER.exec(path)?.[1] ?? null;
    return posix.dirname(path) === folderOf(organisation) ? organisation.depot : null;
  }

  #lying(organisation: string): HeldFile[] {
    return this.#world.state.files.filter((file) => file.organisation === organisation && !isTaken(file));
  }

  #copyOf(sha256: string): string {
    return join(this.#copies, sha256);
  }
}
