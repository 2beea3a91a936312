import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** Opens a log for a child; the log of the start before is kept beside it as `<name>.1.log`. Returns the descriptor. */
export function openLog(path: string, keepEarlier = true): number {
  if (keepEarlier && existsSync(path)) renameSync(path, path.replace(/\.log$/, '.1.log'));
  return openSync(path, 'a', 0o600);
}

/** Reads a growing log by its path, whole lines only. */
export class LogReader {
  readonly #path: string;
  #at: number;
  #rest = '';

  constructor(path: string, from = 0) {
    this.#path = path;
    this.#at = from;
  }

  /** The whole lines written since the last call. */
  lines(): string[] {
    const size = existsSync(this.#path) ? statSync(this.#path).size : 0;
    if (size <= this.#at) return [];
    const file = openSync(this.#path, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(size - this.#at, 1 << 20));
      const n = readSync(file, buffer, 0, buffer.length, this.#at);
      this.#at += n;
      const parts = (this.#rest + buffer.toString('utf8', 0, n)).split('\n');
      this.#rest = parts.pop() ?? '';
      return parts;
    } finally {
      closeSync(file);
    }
  }
}

/** The last lines of a log, for a message that says why a process did not start. */
export function tail(path: string, lines = 15): string {
  if (!existsSync(path)) return '';
  const { size } = statSync(path);
  return new LogReader(path, Math.max(0, size - 16_384)).lines().slice(-lines).join('\n');
}
