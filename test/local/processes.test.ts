import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loopbackDirect, withLoopback } from '../../local/environment.ts';
import { identityOf, type Remembered } from '../../local/identity.ts';
import { call } from '../../local/loopback.ts';
import { choosePorts, isFree, nextFree } from '../../local/ports.ts';
import { type Child, Supervisor } from '../../local/processes.ts';
import { folder, later, serve } from './fakes.ts';

const compiled = resolve(import.meta.dirname, '../../dist/local/processes.js');

/** A child that says its number and lives on whatever happens, with a child of its own. */
const stubborn = `sh -c 'trap "" TERM INT; echo inner $$; while :; do sleep 0.1; done' & trap "" TERM INT; echo up $$; while :; do sleep 0.1; done`;

function child(name: string, script: string, more: Partial<Child> = {}): Child {
  return { name, command: '/bin/sh', args: ['-c', script], readyLine: /^up (\d+)/, ...more };
}

function supervisor(data: string): Supervisor {
  const one = new Supervisor(data);
  later(() => one.stopAll());
  return one;
}

async function until(what: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not come to that in time');
    await new Promise((done) => setTimeout(done, 50));
  }
}

test.runIf(existsSync(compiled))('no child survives a killed parent', { timeout: 20_000 }, async () => {
  const data = folder();
  const program = `
    import { Supervisor } from ${JSON.stringify(compiled)};
    const s = new Supervisor(${JSON.stringify(data)});
    await s.start(${JSON.stringify(child('quick', 'echo up $$; exec sleep 600', {}))
      .replace('"readyLine":{}', '"readyLine":null')
      .replace('null', '/^up/')});
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  later(() => parent.kill('SIGKILL'));
  const list = join(data, 'processes.json');
  const children = (): Remembered[] =>
    (existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Remembered[]) : []).filter(
      ({ name }) => name !== 'main',
    );
  await until(
    () => existsSync(join(data, 'logs/quick.log')) && readFileSync(join(data, 'logs/quick.log'), 'utf8').includes('up'),
  );
  // It may speak before it is remembered.
  await until(() => children().length === 1);
  const pids = children().map(({ pid }) => pid);
  parent.kill('SIGKILL');
  await until(() => pids.every((pid) => identityOf(pid) === undefined));
});

test('what is left on disk from a killed start is ended by the next one', async () => {
  const data = folder();
  const orphan = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  later(() => orphan.kill('SIGKILL'));
  const pid = orphan.pid ?? 0;
  await until(() => identityOf(pid) !== undefined);
  const stale = [
    { name: 'main', pid: 1, identity: 'another time', stopSignal: 'SIGTERM' },
    { name: 'temporal', pid, identity: identityOf(pid), stopSignal: 'SIGTERM' },
    // The same number but another process: not touched.
    { name: 'postgres', pid: process.pid, identity: 'another time', stopSignal: 'SIGKILL' },
  ];
  writeFileSync(join(data, 'processes.json'), JSON.stringify(stale));
  expect(await supervisor(data).clean()).toEqual(['temporal']);
  await until(() => identityOf(pid) === undefined);
});

test('a second start on a folder in use is refused', async () => {
  const data = folder();
  const other = spawn('sleep', ['600'], { stdio: 'ignore' });
  later(() => other.kill('SIGKILL'));
  await until(() => identityOf(other.pid ?? 0) !== undefined);
  const list = [{ name: 'main', pid: other.pid, identity: identityOf(other.pid ?? 0), stopSignal: 'SIGTERM' }];
  writeFileSync(join(data, 'processes.json'), JSON.stringify(list));
  await expect(supervisor(data).clean()).rejects.toThrow(/in use by process/);
});

test('a stop asks, then kills the whole tree, last started first', async () => {
  const one = supervisor(folder());
  const ends: string[] = [];
  const first = await one.start(child('first', 'echo up $$; exec sleep 600'));
  const second = await one.start(child('second', stubborn, { stopWithinMs: 300 }));
  await until(() => readFileSync(second.log, 'utf8').includes('inner'));
  const inner = Number(/inner (\d+)/.exec(readFileSync(second.log, 'utf8'))?.[1]);
  void first.ended.then(() => ends.push('first'));
  void second.ended.then(() => ends.push('second'));
  expect(identityOf(inner)).toBeDefined();
  await one.stopAll();
  await until(() => identityOf(inner) === undefined);
  expect(ends).toEqual(['second', 'first']);
});

test('one that ends before it is ready fails with the end of its log; one that ends later is started again', async () => {
  const data = folder();
  const one = supervisor(data);
  await expect(one.start(child('broken', 'echo no such thing; exit 3'))).rejects.toThrow(
    /ended before it was ready[\s\S]*no such thing/,
  );
  const told: unknown[] = [];
  one.onUnexpectedEnd = (...what) => told.push(what);
  const running = await one.start(child('phoenix', 'echo up $$; sleep 0.2; exit 7', { restartsPerMinute: 1 }));
  expect(await running.ended).toBe(7);
  expect(told.slice(-2)).toEqual([
    ['phoenix', 7, true],
    ['phoenix', 7, false],
  ]);
  expect(readFileSync(running.log, 'utf8').match(/up/g)).toHaveLength(2);
});

test('one that is not to be started again is not, however long it ran', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  later(() => vi.useRealTimers());
  const one = supervisor(folder());
  const running = await one.start(child('mortal', 'echo up $$; exec sleep 600'));
  vi.setSystemTime(Date.now() + 3_600_000);
  process.kill(running.pid() ?? 0, 'SIGKILL');
  expect(await running.ended).toBeNull();
  expect(running.pid()).toBeUndefined();
});

test('one killed on purpose is started again with all its children gone, counts as no unexpected end, and keeps its place', async () => {
  const one = supervisor(folder());
  const told: unknown[] = [];
  one.onUnexpectedEnd = (...what) => told.push(what);
  const victim = await one.start(child('victim', stubborn));
  const other = await one.start(child('other', 'echo up $$; exec sleep 600'));
  await until(() => readFileSync(victim.log, 'utf8').includes('inner'));
  const [before, inner] = [victim.pid() ?? 0, Number(/inner (\d+)/.exec(readFileSync(victim.log, 'utf8'))?.[1])];
  // More often than it could end by itself: its restarts are none.
  for (let kill = 0; kill < 3; kill++) {
    let alive: (number | undefined)[] = [];
    const { ready } = await one.again('victim', 'SIGKILL', () => (alive = [victim.pid()]));
    expect(alive).toEqual([undefined]);
    await ready;
  }
  expect(identityOf(inner)).toBeUndefined();
  expect(victim.pid()).not.toBe(before);
  expect(readFileSync(victim.log, 'utf8').match(/up/g)).toHaveLength(4);
  await expect(one.again('nobody', 'SIGKILL')).rejects.toThrow('nobody is not kept running');
  const ends: string[] = [];
  void victim.ended.then(() => ends.push('victim'));
  void other.ended.then(() => ends.push('other'));
  const slow = one.again('victim', 'SIGKILL', () => one.stopAll());
  await expect(slow).rejects.toThrow('everything is being stopped');
  await until(() => ends.length === 2);
  expect([told, victim.pid()]).toEqual([[], undefined]);
});

test('a taken port is replaced by the next free one, and none is given twice', async () => {
  const { port } = await serve(() => undefined);
  expect(await isFree(port)).toBe(false);
  expect(await nextFree(port)).toBeGreaterThan(port);
  const ports = await choosePorts({
    temporal: port,
    temporalUi: port,
    service: port,
    palletways: port,
    ftp: port,
    qargo: port,
    postgres: port,
  });
  const numbers = Object.values(ports);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).not.toContain(port);
});

test('loopback is named in both spellings of NO_PROXY, and our own calls ask no proxy', async () => {
  expect(withLoopback(' example.org, localhost ')).toBe('example.org,localhost,127.0.0.1,::1');
  const env = loopbackDirect({ NO_PROXY: 'a', no_proxy: 'b' });
  expect([env.NO_PROXY, env.no_proxy]).toEqual(['a,b,127.0.0.1,localhost,::1', 'a,b,127.0.0.1,localhost,::1']);
  const { url } = await serve((_, response) => response.end('{"ok":true}'));
  const before = process.env;
  process.env = {
    ...before,
    HTTP_PROXY: 'http://127.0.0.1:1',
    http_proxy: 'http://127.0.0.1:1',
    NODE_USE_ENV_PROXY: '1',
  };
  later(() => (process.env = before));
  expect(await call('GET', `${url}/control/health`)).toEqual({ ok: true });
});
