import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { serverAccount } from '../local/postgres/account.ts';
import { copyNative, makeLinks, packagedNative, serves } from '../local/postgres/native.ts';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL with an empty database on a free port of loopback. It ends, and its folder goes, with `stop()` or with
 * the process that started it, however that one went. Nothing is synced to the disk: what a killed server keeps is not tested here.
 */
export async function startTestServer(): Promise<TestServer> {
  const account = serverAccount();
  const folder = mkdtempSync(join(tmpdir(), 'palletways-qargo-test-'));
  chmodSync(folder, 0o755);
  const native = nativeFor(folder, account);
  const files = join(folder, 'data');
  mkdirSync(files, { mode: 0o700 });
  if (account !== undefined) for (const path of [folder, files]) chownSync(path, account.uid, account.gid);
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' };
  const made = spawnSync(
    join(native, 'bin', 'initdb'),
    [`--pgdata=${files}`, '--username=test', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { cwd: '/', env, encoding: 'utf8', ...account },
  );
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status}: ${made.stderr.trim()}`);
  const port = await freePort();
  const url = `postgresql://test@127.0.0.1:${port}/postgres`;
  const shell = spawn(
    '/bin/sh',
    ['-c', script, folder]
      .concat(join(native, 'bin', 'postgres'), '-D', files, '-p', String(port))
      .concat(settings.flatMap((setting) => ['-c', setting])),
    { cwd: '/', env, stdio: ['pipe', 'ignore', 'ignore'], ...account },
  );
  await reachable(url, shell);
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => shell.once('exit', resolve));
      shell.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Stops the server and takes its folder away when the shell's input ends, and that happens when the process that started it is gone. */
const script = `trap '' INT TERM HUP; "$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$0"`;

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  'fsync=off',
  'full_page_writes=off',
];

/** One connection for one thing. */
export async function withClient(url: string, fn: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await fn(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function nativeFor(folder: string, account: ReturnType<typeof serverAccount>): string {
  const packaged = packagedNative();
  makeLinks(packaged);
  // Under a folder closed to the server's account (root's home) a copy runs.
  return serves(packaged, account) ? packaged : copyNative(packaged, folder);
}

async function reachable(url: string, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await withClient(url, (client) => client.query('select 1'));
    } catch (error) {
      if (server.exitCode !== null || performance.now() > deadline)
        throw new Error('PostgreSQL did not start', { cause: error });
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
