/** What docker-compose.yml, Dockerfile and .env.example promise, as far as reading tells: `up` needs an engine, this does not. */
import { execFileSync } from 'node:child_process';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { environment, readEnvironment } from '../../store/organisations/installation.ts';
import { organisationSchema } from '../../store/organisations/schema.ts';
import { masterKey, masterKeyVariable } from '../../store/postgres/secrets.ts';
import { asked, example, isOneShot, isProduct, isTwin, raw, readCompose, type Service } from './compose-file.ts';
import { lineage, readDockerfile } from './dockerfile.ts';
import {
  commandOptions,
  commands,
  exists,
  filesBelow,
  productRooms,
  read,
  temporalVariables,
  variablesRead,
} from './sources.ts';

const compose = readCompose();
const services = Object.entries(compose.services);
const stages = readDockerfile();
const dependenciesOf = (service: Service) => Object.entries(service.depends_on ?? {});

test('every variable that the file asks for is in .env.example, and nothing else is', () => {
  expect([...asked].filter((name) => !example.has(name))).toEqual([]);
  expect([...example.keys()].filter((name) => !asked.has(name))).toEqual([]);
});

test('.env.example holds no secret, and without one nothing starts', () => {
  const secrets = [...example].filter(([, value]) => value === '').map(([name]) => name);
  expect(secrets.sort()).toEqual(
    [
      'DATABASE_PASSWORD',
      masterKeyVariable,
      'PALLETWAYS_QARGO_OPERATIONS_TOKEN',
      'POSTGRES_PASSWORD',
      'TEMPORAL_DATABASE_PASSWORD',
    ].sort(),
  );
  for (const name of secrets) expect(raw, name).toContain(`\${${name}:?`);
});

test('every image is pinned to a version', () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/^[a-z0-9/-]+:\d+\.\d+[\w.-]*$/);
  expect(raw).not.toMatch(/latest|^version:/m);
  expect(example.get('TEMPORAL_VERSION')).toBe(example.get('TEMPORAL_ADMINTOOLS_VERSION'));
  expect(example.get('PALLETWAYS_QARGO_VERSION')).toBe(
    (JSON.parse(read('package.json')) as { version: string }).version,
  );
});

test('every service has a health check and comes back, or ends by itself', () => {
  for (const [name, service] of services) {
    if (isOneShot(service)) continue;
    expect(service.healthcheck?.test?.[0], name).toBe('CMD');
    expect(service.restart, name).toBe('unless-stopped');
  }
});

test('what a service waits for exists, can be waited for in that way, and waits for nobody in a circle', () => {
  for (const [name, service] of services) {
    for (const [on, { condition }] of dependenciesOf(service)) {
      const awaited = compose.services[on];
      expect(awaited, `${name} waits for ${on}`).toBeDefined();
      if (awaited === undefined) continue;
      if (condition === 'service_healthy')
        expect(isOneShot(awaited), `${name} waits for the health of ${on}`).toBe(false);
      else if (condition === 'service_completed_successfully')
        expect(isOneShot(awaited), `${name} waits for the end of ${on}`).toBe(true);
      else expect(condition).toBe('service_started');
      // What always runs must not need what runs only under a profile.
      expect(service.profiles ?? [], `${name} waits for ${on}`).toEqual(
        expect.arrayContaining([...(awaited.profiles ?? [])]),
      );
    }
  }
  const chain = (name: string, above: readonly string[]): void => {
    expect(above).not.toContain(name);
    for (const [on] of dependenciesOf(compose.services[name] ?? {})) chain(on, [...above, name]);
  };
  for (const [name] of services) chain(name, []);
});

test('service and worker start only after database, Temporal and both set-ups', () => {
  const before = (name: string): string[] =>
    dependenciesOf(compose.services[name] ?? {}).flatMap(([on]) => [on, ...before(on)]);
  for (const name of ['service', 'worker'])
    expect(before(name)).toEqual(
      expect.arrayContaining(['postgresql', 'temporal-schema', 'temporal', 'temporal-namespace', 'setup']),
    );
});

test('the version of the workers is released as soon as they are started, and the server is told what `npm start` tells its own', () => {
  const { release } = compose.services;
  expect(release?.command).toEqual(['release']);
  expect(release !== undefined && isOneShot(release)).toBe(true);
  expect(dependenciesOf(release ?? {})).toContainEqual(['worker', { condition: 'service_started' }]);
  const ours = [...read('local/temporal.ts').matchAll(/--dynamic-config-value=([\w.]+)=(\w+)/g)].map(
    ([, name, value]) => [name, value],
  );
  const told = [
    ...(compose.configs['temporal-dynamic-config']?.content ?? '').matchAll(/^([\w.]+):\n +- value: (\w+)$/gm),
  ];
  expect(Object.fromEntries(told.map(([, name, value]) => [name, value]))).toEqual(Object.fromEntries(ours));
  expect(ours).toContainEqual(['matching.enableFairness', 'true']);
});

test('twins run under the profile `sandbox` only, and everything else without one', () => {
  for (const [name, service] of services) {
    const sandbox = isTwin(service) || name.startsWith('sandbox');
    expect(service.profiles ?? [], name).toEqual(sandbox ? ['sandbox'] : []);
  }
  expect(services.filter(([, service]) => isTwin(service)).map(([name]) => name)).toEqual([
    'palletways-twin',
    'qargo-twin',
  ]);
});

test('workers may be any number: no name, port or place of their own', () => {
  const { worker } = compose.services;
  expect(worker).toBeDefined();
  expect(worker).not.toHaveProperty('container_name');
  expect(worker?.ports).toBeUndefined();
});

test('every environment name given to our processes is one that they read', () => {
  const known = new Set([
    ...Object.keys(environment.shape),
    ...variablesRead(productRooms).keys(),
    ...temporalVariables(),
  ]);
  for (const [name, service] of services.filter(([, each]) => isProduct(each)))
    expect(
      Object.keys(service.environment ?? {}).filter((variable) => !known.has(variable)),
      name,
    ).toEqual([]);
});

test('with a filled .env our processes accept their environment', () => {
  for (const [name, service] of services.filter(([, each]) => isProduct(each))) {
    const variables = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([key, value]) => [key, String(value)]),
    );
    expect(readEnvironment(variables).DATABASE_SCHEMA, name).toBe('palletways_qargo');
    expect(masterKey(variables), name).toHaveLength(32);
    expect(new URL(variables.DATABASE_URL ?? '').hostname, name).toBe('postgresql');
  }
  // The service listens beyond loopback: it refuses to without a token.
  expect(compose.services.service?.environment).toHaveProperty('PALLETWAYS_QARGO_OPERATIONS_TOKEN');
});

test('our processes run with no more than they need', () => {
  for (const [name, service] of services.filter(([, each]) => isProduct(each) || isTwin(each))) {
    expect(service.read_only, name).toBe(true);
    expect(service.cap_drop, name).toEqual(['ALL']);
  }
  for (const [name, service] of services) expect(service.privileged, name).toBeUndefined();
});

test('ports are shown only at the address that .env names, loopback by default', () => {
  expect(example.get('PUBLISH_ADDRESS')).toBe('127.0.0.1');
  for (const [name, service] of services)
    for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test('volumes, configs and shared networks that are named exist, and each is used', () => {
  const volumes = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
  const configs = services.flatMap(([, each]) => (each.configs ?? []).map(({ source }) => source));
  expect([...new Set(volumes)].sort()).toEqual(Object.keys(compose.volumes).sort());
  expect([...new Set(configs)].sort()).toEqual(Object.keys(compose.configs).sort());
  for (const [name, { network_mode }] of services)
    if (network_mode !== undefined)
      expect(Object.keys(compose.services), name).toContain(network_mode.replace(/^service:/, ''));
});

test('commands and options that our services are started with exist', () => {
  const known = commands();
  const options = commandOptions();
  const lines = services
    .filter(([, service]) => isProduct(service))
    .flatMap(([, { entrypoint, command = [] }]) =>
      entrypoint === undefined
        ? [command.join(' ')]
        : [...command.join(' ').matchAll(/node dist\/client\/cli\/main\.js (.*)/g)].map(([, line]) => line ?? ''),
    );
  expect(lines.length).toBeGreaterThanOrEqual(5);
  for (const line of lines) {
    const words = line.split(/\s+/).filter((word) => !word.startsWith('-'));
    expect(
      known.has(words[0] ?? '') && (known.has(words.slice(0, 2).join(' ')) || words[0] !== 'organisation'),
      line,
    ).toBe(true);
    for (const option of line.match(/--[\w-]+/g) ?? []) expect(options, line).toContain(option);
  }
  for (const [name, { command = [] }] of services.filter(([, service]) => isTwin(service))) {
    const source = (command[0] ?? '').replace(/^dist\//, '').replace(/\.js$/, '.ts');
    expect(exists(source), name).toBe(true);
    for (const option of command.slice(1)) expect(read(source), name).toContain(/^--([\w-]+)/.exec(option)?.[1] ?? '?');
  }
});

test('a script inside the file is one that its shell and node can read', () => {
  for (const [name, { entrypoint, command = [], healthcheck }] of services) {
    if (entrypoint?.[0] === '/bin/sh') expect(complaint('sh', ['-n', '-c', command.join('\n')]), name).toBe('');
    const check = healthcheck?.test ?? [];
    const at = check.indexOf('--eval');
    if (at < 0) continue;
    const kind = check.includes('--input-type=module') ? 'module' : 'commonjs';
    expect(complaint(process.execPath, [`--input-type=${kind}`, '--check', '-'], check[at + 1]), name).toBe('');
  }
});

function complaint(program: string, args: readonly string[], input = ''): string {
  try {
    execFileSync(program, args, { input, stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error);
  }
}

test('the sandbox organisation is one that we take, and both twins are told the same secrets', () => {
  const json = (name: string): unknown => JSON.parse(compose.configs[name]?.content ?? '');
  const organisation = organisationSchema.parse(json('sandbox-organisation'));
  expect(json('sandbox-palletways')).toMatchObject({
    apiKey: organisation.palletways.apiKey,
    account: organisation.palletways.account,
    depot: organisation.palletways.depot.number,
    zone: organisation.palletways.zone,
    push: { ...organisation.palletways.push, url: 'http://service:8400/palletways/sandbox/push' },
    ftp: { user: organisation.palletways.ftp?.user, password: organisation.palletways.ftp?.password },
  });
  expect(json('sandbox-qargo')).toMatchObject({
    clientId: organisation.qargo.clientId,
    secret: organisation.qargo.secret,
    webhook: organisation.qargo.webhook,
    push: { ...organisation.qargo.push, visibilityUrl: 'http://service:8400/qargo/sandbox/visibility' },
    customers: [organisation.qargo.customer.code],
  });
});

test('Dockerfile: images are pinned and of glibc, stages that are named exist', () => {
  const names = stages.map(({ name }) => name);
  for (const [at, { from, instructions }] of stages.entries()) {
    if (names.indexOf(from) === -1) expect(from).toMatch(/^node:\d+\.\d+\.\d+-slim$/);
    else expect(names.indexOf(from)).toBeLessThan(at);
    for (const { name, text } of instructions) {
      const source = name === 'COPY' ? /--from=(\S+)/.exec(text)?.[1] : undefined;
      if (source !== undefined) expect(names.slice(0, at)).toContain(source);
    }
  }
  expect(read('Dockerfile')).toContain(`ARG NODE_VERSION=${example.get('NODE_VERSION')}`);
  for (const [name, service] of services)
    if (service.build !== undefined) expect(names, name).toContain(service.build.target);
});

test('Dockerfile: what runs is not root, has a health check and no tools to build with', () => {
  for (const target of ['product', 'twins']) {
    const all = lineage(stages, target);
    expect(all.filter(({ name }) => name === 'USER').at(-1)?.text).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
    expect(all.some(({ name }) => name === 'HEALTHCHECK')).toBe(true);
    expect(all.filter(({ name, text }) => name === 'RUN' && /\bnpm\b/.test(text))).toEqual([]);
  }
  expect(stages.at(-1)?.name).toBe('product');
});

test('Dockerfile: what is copied is there, gets past .dockerignore, and holds everything that the entry points import', () => {
  const letIn = new Set(read('.dockerignore').match(/(?<=^!)\S+/gm) ?? []);
  const build = stages.find(({ name }) => name === 'build')?.instructions ?? [];
  const sources = build.filter(({ name }) => name === 'COPY').flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
  for (const source of sources) {
    expect(exists(source), source).toBe(true);
    expect(letIn, source).toContain(source);
  }
  const packed = (target: string) =>
    lineage(stages, target)
      .filter(({ name, text }) => name === 'COPY' && text.includes('/app/dist/'))
      .map(({ text }) => /\/app\/dist\/(\S+)/.exec(text)?.[1] ?? '')
      .sort();
  const roomsOf = (entries: readonly string[]) =>
    [...new Set(importedFrom(entries).map((file) => file.split('/')[0] ?? ''))].sort();
  expect(packed('product')).toEqual(roomsOf(['client/cli/main.ts', 'workers/main.ts', 'workflows/index.ts']));
  expect(packed('twins')).toEqual(roomsOf(['sandbox/palletways/main.ts', 'sandbox/qargo/main.ts']));
  for (const target of ['product', 'twins']) {
    const started = lineage(stages, target)
      .filter(({ name }) => name === 'ENTRYPOINT' || name === 'CMD')
      .flatMap(({ text }) => text.match(/dist\/[\w/-]+\.js/g) ?? []);
    expect(started).toHaveLength(1);
    for (const file of started) expect(exists(file.replace(/^dist\//, '').replace(/\.js$/, '.ts')), file).toBe(true);
  }
});

/** Every file of ours that these files import at run time, and those that these import, themselves included. */
function importedFrom(entries: readonly string[]): string[] {
  const all = new Set(filesBelow('.', /\.ts$/));
  const found = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    expect(all, `${file} is imported`).toContain(file);
    found.add(file);
    const text = read(file);
    for (const [whole, path = ''] of text.matchAll(
      /(?:import|export)\s[^;]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/g,
    )) {
      if (!/^(?:import|export) type /.test(whole))
        waiting.push(normalize(join(dirname(file), path)).replaceAll('\\', '/'));
    }
  }
  return [...found];
}
