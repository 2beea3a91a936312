/** README and the pages in docs/ name only what exists, and name everything that a person can set. */
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { withPolicyTable } from '../../bench/policy-page.ts';
import { settingsByPath } from '../../domain/policy/setting.ts';
import { policySettings } from '../../domain/policy/settings.ts';
import { temporalCli, testServer } from '../../local/binaries/candidates.ts';
import { defaults } from '../../local/options.ts';
import { environment } from '../../store/organisations/installation.ts';
import { organisationSchema, secretPaths } from '../../store/organisations/schema.ts';
import { whyNot } from '../openapi/description.ts';
import {
  bashComplaint,
  commandOptions,
  commands,
  exists,
  filesBelow,
  isExecutable,
  productRooms,
  read,
  startOptions,
  variablesRead,
} from './sources.ts';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'sandbox/README.md',
  'examples/README.md',
  ...filesBelow('docs', /\.md$/),
];
const texts = new Map(pages.map((page) => [page, read(page)]));
const outsideCode = (text: string) => text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');

function linksOf(page: string): { link: string; anchor: string }[] {
  const found = [...outsideCode(texts.get(page) ?? '').matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return found.map((link) => ({ link: link.split('#')[0] ?? '', anchor: link.split('#')[1] ?? '' }));
}

const anchorsOf = (text: string) =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

test('links lead to files and headings that exist', () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const { link, anchor } of linksOf(page)) {
      if (/^[a-z]+:/.test(link)) continue;
      const target = link === '' ? page : normalize(join(dirname(page), link)).replaceAll('\\', '/');
      if (!exists(target)) broken.push(`${page}: ${link}`);
      else if (anchor !== '' && !anchorsOf(read(target)).has(anchor)) broken.push(`${page}: ${link}#${anchor}`);
    }
  }
  expect(broken).toEqual([]);
});

test('README leads to every page', () => {
  const named = linksOf('README.md').map(({ link }) => link);
  expect(pages.filter((page) => page !== 'README.md' && !named.includes(page))).toEqual([]);
});

test('CHANGELOG.md keeps its form: versions, the unreleased first, and under each the fixed headings in their order', () => {
  const headings = [...(texts.get('CHANGELOG.md') ?? '').matchAll(/^(##+) (.+)$/gm)].map(([, depth, words = '']) => ({
    depth,
    words,
  }));
  const versions = headings.filter(({ depth }) => depth === '##').map(({ words }) => words);
  expect(versions[0]).toBe('[Unreleased]');
  for (const version of versions.slice(1)) expect(version).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/);
  const order = ['Added', 'Changed', 'Fixed', 'Removed'];
  let last = order.length;
  for (const { depth, words } of headings) {
    if (depth === '##') last = -1;
    else {
      expect(order.indexOf(words), words).toBeGreaterThan(last);
      last = order.indexOf(words);
    }
  }
});

test('files of ours that pages name in code exist', () => {
  const rooms = [...productRooms, 'local', 'sandbox', 'test', 'docs', 'scripts', 'bench', 'examples'].join('|');
  // Wire assumptions were written before the code, and name places in general; histories come with the first release.
  const checked = pages.filter((page) => page !== 'docs/wire-assumptions.md' && page !== 'sandbox/README.md');
  const missing = checked.flatMap((page) =>
    [...(texts.get(page) ?? '').matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]+)\``, 'g'))]
      .map((match) => match[1] ?? '')
      .filter((path) => !exists(path) && path !== 'test/histories/')
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('every environment variable that the code reads is in docs/configuration.md', () => {
  const page = texts.get('docs/configuration.md') ?? '';
  const read = variablesRead([...productRooms, 'local', 'sandbox', 'scripts', 'bench']);
  for (const name of Object.keys(environment.shape)) read.set(name, 'store/organisations/installation.ts');
  expect(read.size).toBeGreaterThan(10);
  expect(
    [...read].filter(([name]) => !page.includes(`\`${name}\``)).map(([name, file]) => `${name} (${file})`),
  ).toEqual([]);
});

test('defaults of the environment are those of the page', () => {
  const page = texts.get('docs/configuration.md') ?? '';
  const { DATABASE_SCHEMA, PALLETWAYS_QARGO_PACE, LOG_LEVEL } = environment.parse({
    DATABASE_URL: 'x',
    PALLETWAYS_QARGO_BLOBS: 'x',
  });
  for (const [name, value] of Object.entries({ DATABASE_SCHEMA, PALLETWAYS_QARGO_PACE, LOG_LEVEL }))
    expect(page).toContain(`| \`${name}\` | \`${value}\` |`);
});

test('the example organisation is whole, is taken as it is, and every field of it is in docs/configuration.md', () => {
  const example = JSON.parse(read('docs/examples/organisation.json')) as Record<string, unknown>;
  const organisation = organisationSchema.parse(example);
  expect(leavesOf(organisation).sort()).toEqual(leavesOf(example).sort());
  const sections = (texts.get('docs/configuration.md') ?? '').split(/^##+ /m);
  const section = (room: string) =>
    sections.find((each) => each.startsWith(room === '' ? 'An organisation' : `\`${room}\``)) ?? '';
  const named = leavesOf({ ...example, qargo: { ...(example.qargo as object), serviceLevels: 0, packagings: 0 } }).map(
    (leaf) => {
      const [room = '', ...rest] = leaf.split('.');
      return rest.length === 0
        ? { section: section(''), name: room }
        : { section: section(room), name: rest.join('.') };
    },
  );
  expect(named.filter((each) => !each.section.includes(`\`${each.name}\``)).map(({ name }) => name)).toEqual([]);
  const unmarked = secretPaths.filter(
    (path) => !section(path.split('.')[0] ?? '').includes(`\`${path.split('.').slice(1).join('.')}\` *`),
  );
  expect(unmarked).toEqual([]);
});

test('the table of the policy is made from its settings, and what is set says what it is', () => {
  expect(withPolicyTable(read('docs/configuration.md'))).toBe(read('docs/configuration.md'));
  const settings = settingsByPath(policySettings);
  expect(settings.filter(([, { about }]) => about === '' || about.includes('|')).map(([path]) => path)).toEqual([]);
});

test('policy: defaults and ranges are those of the page', () => {
  const example = JSON.parse(read('docs/examples/organisation.json')) as { policy: object };
  const { policy } = organisationSchema.parse({ ...example, policy: {} });
  expect(policy).toEqual(example.policy);
  const rows = (texts.get('docs/configuration.md') ?? '').split('\n');
  const settingAt = (name: string) =>
    name.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], policy);
  for (const name of leavesOf(policy)) {
    const value = settingAt(name);
    const row =
      rows
        .find((each) => each.startsWith(`| \`${name}\` |`))
        ?.split('|')
        .map((cell) => cell.trim()) ?? [];
    expect(row[2]?.replaceAll('`', ''), name).toBe(typeof value === 'string' ? value : JSON.stringify(value));
    const range = /(\d+) to (\d+)/.exec(row[3] ?? '');
    if (typeof value !== 'number') continue;
    for (const [bound, step] of [
      [Number(range?.[1]), -1],
      [Number(range?.[2]), 1],
    ] as const) {
      const asked = (at: number) => {
        const only = name.split('.').reduceRight<unknown>((inner, step) => ({ [step]: inner }), at);
        return organisationSchema.safeParse({ ...example, policy: only }).success;
      };
      expect([asked(bound), asked(bound + step)], `${name} ${bound}`).toEqual([true, false]);
    }
  }
});

test('figures that are fixed in the code are those of the page', () => {
  const number = (file: string, before: string): string => {
    const found = new RegExp(`${before}\\s*'?([\\d_]+)`).exec(read(file))?.[1];
    expect(found, `${before} in ${file}`).toBeDefined();
    return Number(found?.replaceAll('_', '')).toLocaleString('en');
  };
  const worker = 'workers/worker.ts';
  const slots = [
    'maxConcurrentActivityTaskExecutions:',
    'maxConcurrentWorkflowTaskExecutions:',
    'maxCachedWorkflows:',
  ].map((name) => number(worker, name));
  const page = texts.get('docs/configuration.md') ?? '';
  expect(page).toContain(`| ${slots[0]} activities, ${slots[1]} workflow tasks, ${slots[2]} cached workflows |`);
  expect(page).toContain(
    `| ${number(worker, 'shutdownGraceTime:')} s to end what runs, ${number(worker, 'shutdownForceTime:')} s at most |`,
  );
  expect(page).toContain(`| ${number('client/http/server.ts', 'pushBytes =')} MiB, else 413 |`);
  const dispatcher = 'client/dispatch/dispatcher.ts';
  expect(page).toContain(`| ${number(dispatcher, 'messagesAtOnce =')}, organisations in turn |`);
  const large = `of ${number('store/record/journal.ts', 'largeFrom =')} KiB or more, beside them | ${number(dispatcher, 'largeAtOnce =')}, of an`;
  expect(page).toContain(`| large messages, ${large} organisation one at a time |`);
  const limits = ['seconds:', 'megabytes:'].map((name) =>
    number('client/dispatch/apart.ts', `readingLimits: ReadingLimits = .*${name}`),
  );
  expect(page).toContain(`| a message of ${number(dispatcher, 'apartFrom =')} KiB or more | is read in a thread`);
  expect(page).toContain(`for ${limits[0]} s and in ${limits[1]} MB at most`);
  expect(page).toContain(`| ${number('domain/facts/problems.ts', 'mostProblems =')}, and how many there are besides |`);
  expect(page).toContain(`| ${number(dispatcher, 'mostTries =')}, then it is parked |`);
  expect(page).toContain(`| ${number('store/record/plan.ts', 'const lines =')}, and how many there are besides |`);
  const connections = [
    number('client/cli/serve.ts', "openInstallation\\('service', \\{ max:"),
    number('workers/main.ts', "openInstallation\\('worker', \\{ max:"),
  ];
  expect(page).toContain(`| service ${connections[0]}, worker ${connections[1]} each |`);
});

/** Dotted names of everything that is no object. */
function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, path === '' ? name : `${path}.${name}`));
}

/** `pushTries` as it is typed: `--push-tries`. */
const optionOf = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

test('every option of `npm start` is in README with its default, and no other', () => {
  const readme = texts.get('README.md') ?? '';
  const table = [...readme.matchAll(/^\| `(--[\w-]+)[^`]*` \| ([^|]*) \|/gm)];
  expect(table.map((row) => row[1])).toEqual(startOptions());
  for (const [name, value] of Object.entries(defaults))
    expect(table.find((row) => row[1] === optionOf(name))?.[2]?.trim(), name).toBe(String(value));
  for (const page of pages) {
    const used = [...(texts.get(page) ?? '').matchAll(/npm start --((?: --[\w-]+(?: [\w.]+)?)*)/g)].flatMap(
      (match) => (match[1] ?? '').match(/--[\w-]+/g) ?? [],
    );
    expect(
      used.filter((option) => !startOptions().includes(option)),
      page,
    ).toEqual([]);
  }
});

test('npm scripts that pages name exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const page of pages) {
    const named = [...(texts.get(page) ?? '').matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    expect(
      named.filter((name) => scripts[name] === undefined),
      page,
    ).toEqual([]);
  }
});

test('commands and options of `palletways-qargo` that pages name exist, and each command is named', () => {
  const known = commands();
  const options = commandOptions();
  const named = new Set<string>();
  for (const page of pages) {
    for (const [, line = ''] of (texts.get(page) ?? '').matchAll(
      /(?:\bpalletways-qargo|client\/cli\/main\.js) ((?:[a-z<-][^`\n;|]*)?)/g,
    )) {
      const words = line.trim().split(/\s+/);
      const [first = '', second = ''] = words;
      if (!/^[a-z][a-z-]+$/.test(first)) continue;
      const command = known.has(`${first} ${second}`) ? `${first} ${second}` : first;
      expect([...known], `${page}: palletways-qargo ${line}`).toContain(command);
      named.add(command);
      for (const option of line.split(/\s{2,}/)[0]?.match(/(?<=\s)--[\w-]+/g) ?? [])
        expect(options, `${page}: ${line}`).toContain(option);
    }
  }
  expect([...known].filter((command) => !named.has(command) && command !== 'organisation')).toEqual([]);
});

test('.ci/run can be run by bash, and runs what CONTRIBUTING says', () => {
  expect(isExecutable('.ci/run')).toBe(true);
  expect(bashComplaint('.ci/run')).toBe('');
  for (const part of [
    'npm ci',
    'npm run --silent typecheck',
    'npm run --silent lint',
    'npm run --silent format:check',
    'npm test',
  ])
    expect(read('.ci/run'), part).toContain(part);
});

test('.ci/run fetches nothing before `npm test`, and lets out only tests that need the API description of Qargo', () => {
  const script = read('.ci/run');
  expect(script).not.toContain('fetch-temporal');
  const allowed = /^allowed=\(([^)]*)\)$/m.exec(script)?.[1] ?? '';
  expect(
    [...allowed.matchAll(/'([^']*)'/g)].map(([, reason = '']) => whyNot.startsWith(reason) && reason !== ''),
  ).toEqual([true]);
});

test('versions of the programs that are fetched are those of the page', () => {
  const rows = (texts.get('docs/configuration.md') ?? '').split('\n');
  for (const { variable, version } of [temporalCli, testServer])
    expect(
      rows.find((row) => row.startsWith(`| \`${variable}\` |`)),
      variable,
    ).toContain(`is ${version}, by its SHA-256`);
});
