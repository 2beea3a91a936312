/**
 * A paper's pages as photos, one each. They are drawn in a process of their own, one paper at a time: what comes from outside may be
 * made to take all memory or never to end, and takes that process alone with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export type PdfPhotos =
  /** JPEGs in the order of the pages, at least one. */
  | { readonly photos: readonly Buffer[] }
  /** Why it stays one paper; for people. */
  | { readonly whole: string };

export interface PdfLimits {
  readonly seconds: number;
  /** Memory of the process; looked at where the system tells it (Linux). */
  readonly megabytes: number;
  /** Pages of a paper that is taken apart. */
  readonly pages: number;
}
export const pdfLimits: PdfLimits = { seconds: 45, megabytes: 700, pages: 30 };

/** What the process says. */
export type PdfFinding = { readonly photo: Uint8Array } | { readonly pages: number } | { readonly whole: string };

const watchMs = 200;
const here = fileURLToPath(import.meta.url);
/** The compiled process, whether this file runs compiled or as TypeScript. */
const drawer = fileURLToPath(
  new URL(here.endsWith('.ts') ? '../../dist/store/files/pdf-process.js' : './pdf-process.js', import.meta.url),
);

let last: Promise<unknown> = Promise.resolve();

/** Never throws because of the bytes. Rejects where `signal` gives it up. */
export function photosOfPdf(
  bytes: Uint8Array,
  signal?: AbortSignal,
  limits: PdfLimits = pdfLimits,
): Promise<PdfPhotos> {
  const mine = last.then(() => drawn(bytes, signal, limits));
  last = mine.catch(() => undefined);
  return mine;
}

function drawn(bytes: Uint8Array, signal: AbortSignal | undefined, limits: PdfLimits): Promise<PdfPhotos> {
  if (signal?.aborted) return Promise.reject(new Error('given up before the paper was taken apart'));
  // Nothing of ours is told to it: neither arguments nor environment.
  const child = fork(drawer, [], {
    serialization: 'advanced',
    env: {},
    execArgv: [`--max-old-space-size=${limits.megabytes}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise<PdfPhotos>((resolve, reject) => {
    const photos: Buffer[] = [];
    const givenUp = () => end(() => reject(new Error('given up while the paper was taken apart')));
    const timer = setTimeout(
      () => end(() => resolve({ whole: `drawing it takes longer than ${limits.seconds} s` })),
      limits.seconds * 1_000,
    );
    const watch = setInterval(() => {
      void megabytesOf(child).then((megabytes) => {
        if (megabytes > limits.megabytes)
          end(() => resolve({ whole: `drawing it takes more than ${limits.megabytes} MB` }));
      });
    }, watchMs);
    let ended = false;
    const end = (settle: () => void) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener('abort', givenUp);
      child.kill('SIGKILL');
      settle();
    };
    signal?.addEventListener('abort', givenUp);
    child.on('message', (said: PdfFinding) => {
      if ('photo' in said) photos.push(Buffer.from(said.photo));
      else if ('whole' in said) end(() => resolve(said));
      else
        end(() =>
          resolve(
            photos.length === said.pages && photos.length > 0 ? { photos } : { whole: 'not every page could be drawn' },
          ),
        );
    });
    child.on('error', () => end(() => resolve({ whole: 'it cannot be drawn here' })));
    child.on('exit', () => end(() => resolve({ whole: 'drawing it failed' })));
    child.send({ bytes, pages: limits.pages }, (error) => {
      if (error !== null) end(() => resolve({ whole: 'it cannot be drawn here' }));
    });
  });
}

/** What the process takes now; 0 where the system does not say. */
async function megabytesOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? 0) / 1_000;
}
