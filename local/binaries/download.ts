import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { withLoopback } from '../environment.ts';
import { untarOne, unzipOne } from './archive.ts';
import type { Wanted } from './candidates.ts';

/** Where the SDK itself fetches its servers (`ephemeral_server/mod.rs` of its core): a JSON that names the archive. */
export const sdkDownload = 'https://temporal.download';

export interface DownloadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Base of the download service; tests put their own. */
  readonly base?: string;
  /** Given up after so many milliseconds without a byte. */
  readonly silenceMs?: number;
  /** Told of bytes so far and of the whole (0 where not told). */
  readonly progress?: (bytes: number, of: number) => void;
}

/** Fetches the program of the pinned version as the SDK does and writes it to `to`. Throws with one line that says why not. */
export async function downloadLikeSdk(wanted: Wanted, to: string, options: DownloadOptions): Promise<void> {
  const silenceMs = options.silenceMs ?? 20_000;
  const proxy = options.env.HTTPS_PROXY ?? options.env.https_proxy;
  const agent = new EnvHttpProxyAgent({
    httpProxy: options.env.HTTP_PROXY ?? options.env.http_proxy ?? '',
    httpsProxy: proxy ?? '',
    noProxy: withLoopback(options.env.NO_PROXY ?? options.env.no_proxy),
    connectTimeout: silenceMs,
  });
  const watch = watchSilence(silenceMs);
  try {
    const query = new URLSearchParams({ arch: architecture(), platform: platform(), format: 'tar.gz' });
    const told = await fetch(
      `${options.base ?? sdkDownload}/${wanted.artifact}/v${wanted.version}?${query.toString()}`,
      {
        dispatcher: agent,
        signal: watch.signal,
      },
    );
    if (!told.ok) throw new Error(`refused with status ${told.status}`);
    const { archiveUrl, fileToExtract } = readInfo(await told.json());
    watch.heard();
    const answer = await fetch(archiveUrl, { dispatcher: agent, signal: watch.signal });
    if (!answer.ok || answer.body === null) throw new Error(`the archive was refused with status ${answer.status}`);
    const of = Number(answer.headers.get('content-length') ?? 0);
    const bytes = counted(answer.body, (n) => {
      watch.heard();
      options.progress?.(n, of);
    });
    const matches = (name: string): boolean => name === fileToExtract || name.endsWith(`/${fileToExtract}`);
    if (new URL(archiveUrl).pathname.endsWith('.zip')) await zipped(bytes, matches, to);
    else await untarOne(bytes, matches, to);
  } catch (error) {
    throw watch.silent() ? new Error(`given up after ${silenceMs / 1000} s without a byte`) : new Error(reason(error));
  } finally {
    watch.end();
    await agent.destroy();
  }
}

async function zipped(bytes: AsyncIterable<Uint8Array>, matches: (name: string) => boolean, to: string): Promise<void> {
  const whole = `${to}.zip`;
  try {
    await pipeline(bytes, createWriteStream(whole));
    await unzipOne(whole, matches, to);
  } finally {
    await rm(whole, { force: true });
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

/** A signal that fires when nothing was heard for so long. */
function watchSilence(silenceMs: number): {
  signal: AbortSignal;
  heard: () => void;
  silent: () => boolean;
  end: () => void;
} {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), silenceMs);
  return {
    signal: abort.signal,
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), silenceMs);
    },
    silent: () => abort.signal.aborted,
    end: () => clearTimeout(timer),
  };
}

function readInfo(json: unknown): { archiveUrl: string; fileToExtract: string } {
  if (typeof json === 'object' && json !== null && 'archiveUrl' in json && 'fileToExtract' in json) {
    const { archiveUrl, fileToExtract } = json;
    if (typeof archiveUrl === 'string' && typeof fileToExtract === 'string') return { archiveUrl, fileToExtract };
  }
  throw new Error('answered something that names no archive');
}

function architecture(): string {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`there is none for ${process.arch}`);
}

function platform(): string {
  if (process.platform === 'linux' || process.platform === 'darwin') return process.platform;
  throw new Error(`there is none for ${process.platform} (on Windows use WSL)`);
}

/** The innermost cause says what happened; undici's own message is only "fetch failed". */
function reason(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  return at.message !== '' ? at.message : ('code' in at && String(at.code)) || at.name;
}
