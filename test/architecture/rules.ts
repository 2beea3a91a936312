/** The import arrows of the house (docs/architecture.md), and what else is asked of its imports and folders, as functions of the files' texts. */
import { posix } from 'node:path';
import { type Import, importsOf, type Token, tokensOf } from './imports.ts';

/** A file by its path from the root of the repository, `/` between. */
export type Files = ReadonlyMap<string, string>;

/** What each room of the product may import of the others. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  connectors: ['domain'],
  store: ['domain'],
  activities: ['connectors', 'store', 'domain'],
  workflows: ['domain'],
  workers: ['activities'],
  client: ['store', 'domain'],
  console: [],
  local: [],
  sandbox: [],
};

/** Files that name another room by path on purpose, and which room. */
const byPath: Readonly<Record<string, string>> = {
  'client/cli/worker.ts': 'workers',
  'client/cli/contact.ts': 'activities',
};

/** What `client` may use of `workflows` at run time: definitions of messages and of search attributes. */
const definitions = ['workflows/messages.ts', 'workflows/search-attributes.ts'];

/** Folder names that say nothing. */
export const nameless = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib'];

const isRelative = (specifier: string) => specifier.startsWith('.');
const roomOf = (path: string) => path.split('/')[0] ?? '';
const connectorOf = (path: string) => path.split('/').slice(0, 2).join('/');
/** Calls, and what a first contact may ask. */
const isCalls = (path: string) => /^connectors\/[^/]+\/(calls|probe|trial)(\.ts|\/|$)/.test(path);
const isReader = (path: string) => /^connectors\/[^/]+\/read(\.ts|\/|$)/.test(path);

/** Whether all paths in a file that lead out of its room lead into this one, and some do. */
function namesOnly(file: string, text: string, room: string | undefined): boolean {
  const rooms = tokensOf(text)
    .filter(({ kind, value }) => kind !== 'word' && value.startsWith('.') && value.includes('/'))
    .map(({ value }) => roomOf(posix.normalize(posix.join(posix.dirname(file), value))))
    .filter((each) => each !== roomOf(file));
  return room !== undefined && rooms.length > 0 && rooms.every((each) => each === room);
}

/** Why this file may not import this, or null where it may. */
function fault(file: string, { specifier, typeOnly }: Import, text: string): string | null {
  const room = roomOf(file);
  if (specifier === null) {
    return namesOnly(file, text, byPath[file]) ? null : 'an import that is computed';
  }
  if (!isRelative(specifier)) {
    if (room === 'domain') return `domain imports nothing, and this is ${specifier}`;
    if (room === 'workflows' && !specifier.startsWith('@temporalio/'))
      return `workflows evaluate no third party, and this is ${specifier}`;
    return specifier.startsWith('/') || specifier.startsWith('file:') ? 'an absolute path' : null;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (target.startsWith('..')) return 'a file outside the repository';
  const to = roomOf(target);
  if (to === room) {
    return room === 'connectors' && connectorOf(file) !== connectorOf(target)
      ? 'one connector imports the other'
      : null;
  }
  if (isCalls(target) && room !== 'activities') return `${target} is for activities alone`;
  if (room === 'workflows' && to === 'activities')
    return typeOnly ? null : 'workflows use the types of activities alone';
  if (room === 'client' && to === 'connectors')
    return isReader(target) ? null : 'client uses only what translates of connectors';
  if (room === 'client' && to === 'workflows')
    return typeOnly || definitions.includes(target) ? null : 'client uses only definitions of workflows';
  return (arrows[room] ?? []).includes(to) ? null : `${room} does not import ${to}`;
}

/** Every import that breaks an arrow: `file: specifier: why`. Rooms without a rule (tests, bench, scripts) may import anything. */
export function brokenArrows(files: Files): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    if (!Object.hasOwn(arrows, roomOf(file))) continue;
    for (const each of importsOf(text)) {
      const why = fault(file, each, text);
      if (why !== null) found.push(`${file}: ${each.specifier ?? '(computed)'}: ${why}`);
    }
  }
  return found;
}

/** In these rooms no file may be imported by what it imports. */
const withoutCircles = new Set([...Object.keys(arrows), 'bench']);

/**
 * Finds circles of imports, types included, and writes each as `a.ts > b.ts > a.ts`. Where circles share files some may be left out, but
 * one of them is always named.
 */
export function findImportCircles(files: Files): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    const before = way.indexOf(file);
    if (before !== -1) found.push([...way.slice(before), file].join(' > '));
    if (before !== -1 || done.has(file)) return;
    const targets = importsOf(files.get(file) ?? '').flatMap(({ specifier }) =>
      specifier !== null && isRelative(specifier) ? [posix.normalize(posix.join(posix.dirname(file), specifier))] : [],
    );
    for (const target of new Set(targets)) if (withoutCircles.has(roomOf(target))) follow(target, [...way, file]);
    done.add(file);
  };
  for (const file of files.keys()) if (withoutCircles.has(roomOf(file))) follow(file, []);
  return found;
}

/** Everything from outside the repository that is evaluated where these files are, however far away. */
export function evaluated(
  files: Files,
  from: readonly string[],
): { readonly outside: readonly string[]; readonly inside: readonly string[] } {
  const inside = new Set<string>();
  const outside = new Set<string>();
  const visit = (file: string): void => {
    if (inside.has(file)) return;
    inside.add(file);
    for (const { specifier, typeOnly } of importsOf(files.get(file) ?? '')) {
      if (typeOnly || specifier === null) continue;
      if (isRelative(specifier)) visit(posix.normalize(posix.join(posix.dirname(file), specifier)));
      else outside.add(specifier);
    }
  };
  from.forEach(visit);
  return { outside: [...outside].sort(), inside: [...inside].sort() };
}

/** Folders on the way to these files that have a name that says nothing. */
export function namelessFolders(paths: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1);
    folders.forEach((name, n) => {
      if (nameless.includes(name.toLowerCase())) found.add(folders.slice(0, n + 1).join('/'));
    });
  }
  return [...found].sort();
}

/** Rooms of the product that leave SQL to the store. */
const withoutSql = ['domain', 'connectors', 'activities', 'workflows', 'workers', 'client', 'local'];

/** Files that make the database itself, or its schema, and import no room. */
const makesDatabase = ['local/postgres.ts', 'local/elsewhere.ts'];

/** What may stand for a table: its name, quoted or not, or nothing where it is computed. */
const table = '[\\w."$]*';

/**
 * How statements begin. English that begins with the same word goes on otherwise: *update the order*, *select a depot*. A lone `begin` or
 * `commit` may be any word; it is seen where it is asked of a database.
 */
const statements = [
  'select\\s+(distinct\\s|exists\\s*\\(|[\\w."]*\\*|\\(|\'|\\$?\\d+(\\s|,|$)|[\\w."]+\\s*(\\(|::|->|\\|\\||,.*\\sfrom\\s)|[\\w."]+\\s+as\\s|[\\w."]*\\s+from\\s)',
  `insert\\s+into\\s+${table}(\\s+as\\s+\\w+)?\\s*(\\(|select\\s|values\\b|default\\s+values)`,
  `update\\s+(only\\s+)?${table}(\\s+as)?(\\s+\\w+)?\\s+set\\s+(\\(|[\\w."]*\\s*=)`,
  `delete\\s+from\\s+${table}((\\s+as)?(\\s+\\w+)?\\s+(where|using|returning)\\s|\\s*;?$)`,
  'with\\s+(recursive\\s+)?[\\w"]*\\s*(\\([^)]*\\)\\s*)?as\\s+(not\\s+)?(materialized\\s*)?\\(',
  'begin(\\s*;|\\s+(transaction|work|isolation|read)\\b)',
  '(commit|rollback)\\s*;',
  'start\\s+transaction\\b',
  '(savepoint|rollback\\s+to)\\s+\\w+$',
  '(create|drop|alter)\\s+(or\\s+replace\\s+|unique\\s+|temp(orary)?\\s+|unlogged\\s+)*(table|index|schema|database|view|materialized\\s+view|sequence|type|function|extension|role)' +
    `(\\s+if\\s+(not\\s+)?exists)?\\s+${table}\\s*(\\(|;|$|(add|as|cascade|drop|on|owner|rename|returns|set|with)\\b)`,
  `truncate\\s+(table\\s|${table}\\s*(;|$|,|cascade|restart))`,
  'lock\\s+table\\s',
  'set\\s+(local|session)\\s+[\\w.]+\\s*(=|to\\s)',
].map((beginning) => new RegExp(`^\\s*(${beginning})`, 'is'));

/** What texts and templates say, whatever is evaluated in between left out. */
const isSaid = ({ kind, value }: Token): boolean => kind === 'text' || (kind === 'mark' && value.length > 1);

/** Whether a token begins a call `x.query(` or `x.query<Row>(`, of whatever but the handle of a workflow. */
function asksDatabase(tokens: readonly Token[], at: number): boolean {
  const is = (index: number, value: string) => tokens[index]?.kind !== 'text' && tokens[index]?.value === value;
  if (!is(at, 'query') || !is(at - 1, '.') || !(is(at + 1, '(') || is(at + 1, '<'))) return false;
  return !/handle$/i.test(tokens[at - (is(at - 2, '?') ? 3 : 2)]?.value ?? '');
}

/** SQL that stands outside the store: `file: what was seen`. */
export function sqlOutside(files: Files): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    if (!withoutSql.includes(roomOf(file)) || makesDatabase.includes(file)) continue;
    const tokens = tokensOf(text);
    tokens.forEach((token, at) => {
      if (isSaid(token) && statements.some((begins) => begins.test(token.value)))
        found.push(`${file}: ${token.value.trim().replaceAll(/\s+/g, ' ').slice(0, 60)}`);
      else if (asksDatabase(tokens, at)) found.push(`${file}: .query(`);
    });
  }
  return found;
}
