/** Every call that came, in order: one line each in a file that is only added to, for a day has many. */
import { createWriteStream, ftruncateSync, mkdirSync, openSync, readFileSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  n: z.number(),
  at: z.number(),
  organisation: z.string().nullable(),
  method: z.string(),
  /** What is asked about: the first part of the address behind the method (a tracking id, a date). */
  about: z.string().nullable().optional(),
  class: z.literal('api'),
  /** HTTP status; 0: no answer was given. */
  status: z.number(),
});

export type CallMade = z.infer<typeof schema>;

export class CallLog {
  /** Opened at once: what is cleared before the first call is there. */
  readonly #file: number;
  readonly #stream: WriteStream;
  #calls: CallMade[];

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#calls = read(path);
    this.#file = openSync(path, 'a');
    this.#stream = createWriteStream(path, { fd: this.#file });
  }

  add(call: { organisation: string | null; method: string; about: string | null; status: number }): void {
    const made: CallMade = { n: (this.#calls.at(-1)?.n ?? 0) + 1, at: Date.now(), class: 'api', ...call };
    this.#calls.push(made);
    this.#stream.write(`${JSON.stringify(made)}\n`);
  }

  since(n: number, organisation: string | null): CallMade[] {
    return this.#calls.filter((call) => call.n > n && (organisation === null || call.organisation === organisation));
  }

  get last(): number {
    return this.#calls.at(-1)?.n ?? 0;
  }

  clear(): void {
    this.#calls = [];
    ftruncateSync(this.#file);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }
}

/** A line cut off by a killed twin is left out. */
function read(path: string): CallMade[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const calls: CallMade[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      calls.push(schema.parse(JSON.parse(line)));
    } catch {}
  }
  return calls;
}
