/** State of a twin on disk: one JSON file, replaced as a whole, so that a killed twin finds the last saved state entire. */
import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const SAVE_EVERY_MS = 500;
/** A state that takes long to write is written less often: at most a tenth of the time goes into it. */
const REST = 9;

/** `T` must survive JSON: no Map, no Date, no undefined that matters. */
export class StateFile<T> {
  data: T;
  readonly #path: string;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** How long the last save took, ms. */
  #took = 0;

  constructor(path: string, initial: () => T) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.data = read<T>(path) ?? initial();
  }

  /** Says that `data` changed; it is saved soon, at most every 500 ms. */
  touch(): void {
    this.#timer ??= setTimeout(
      () => {
        this.save().catch((error: unknown) => process.stderr.write(`state not saved: ${String(error)}\n`));
      },
      Math.max(SAVE_EVERY_MS, this.#took * REST),
    );
  }

  /** Saves now. Saves never overlap; the last one holds the latest data. */
  save(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const next = this.#writing.catch(() => undefined).then(() => this.#write());
    this.#writing = next;
    return next;
  }

  async #write(): Promise<void> {
    const began = performance.now();
    const temporary = `${this.#path}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(JSON.stringify(this.data));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
    this.#took = performance.now() - began;
  }
}

function read<T>(path: string): T | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return JSON.parse(text) as T;
}
