/**
 * Large messages are read in a thread of their own: a service answers pushes and tells workflows meanwhile, and a message that is made to
 * take all memory or never to end takes that thread alone with it.
 */
import type { KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Reading } from '../../domain/facts/reading.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { JournalRow } from '../../store/record/journal.ts';

/** The dispatcher gives the thread a message, its organisation, and the key of that organisation's digests. */
export interface ReadApart {
  readonly row: JournalRow;
  readonly organisation: Organisation;
  readonly key: KeyObject;
}

export interface ReadingLimits {
  readonly seconds: number;
  readonly megabytes: number;
}
export const readingLimits: ReadingLimits = { seconds: 120, megabytes: 2_000 };

const here = fileURLToPath(import.meta.url);
/** The compiled thread, whether this file runs compiled or as TypeScript. */
const thread = new URL(
  here.endsWith('.ts') ? '../../dist/client/dispatch/reading-thread.js' : './reading-thread.js',
  import.meta.url,
);

/** Throws an Error that says which limit was passed, or what the thread died of. */
export function readApart(of: ReadApart, limits: ReadingLimits = readingLimits): Promise<Reading> {
  const worker = new Worker(thread, { workerData: of, resourceLimits: { maxOldGenerationSizeMb: limits.megabytes } });
  return new Promise<Reading>((resolve, reject) => {
    const timer = setTimeout(
      () => fail(new Error(`reading it takes longer than ${limits.seconds} s`)),
      limits.seconds * 1_000,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      void worker.terminate();
      reject(error);
    };
    worker.once('message', (reading: Reading) => {
      clearTimeout(timer);
      resolve(reading);
    });
    worker.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new Error(`reading it takes more than ${limits.megabytes} MB`)
          : error,
      ),
    );
    worker.once('exit', (code) => fail(new Error(`the thread that read it ended with ${code}`)));
  });
}
