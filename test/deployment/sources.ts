/** What the code itself says of its commands, options and environment variables, read from its text. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

/** Files below a folder of the project, with `/` between names, none that were installed or built. */
export function filesBelow(folder: string, ending: RegExp): string[] {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true })
    .map((name) => relative(root, join(top, String(name))).replaceAll('\\', '/'))
    .filter((name) => ending.test(name) && !/(^|\/)(node_modules|dist|\.palletways-qargo)\//.test(name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}

/** Rooms of the product that run in production. */
export const productRooms = ['domain', 'connectors', 'store', 'workflows', 'activities', 'workers', 'client'];

/** Environment variables that files of these folders read by name, each with a file that does. */
export function variablesRead(folders: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of folders.flatMap((folder) => filesBelow(folder, /\.(ts|mjs)$/))) {
    const text = read(file);
    const names = [
      ...[...text.matchAll(/\b(?:process\.env|env|environment|variables)\.([A-Z][A-Z0-9_]+)\b/g)].map(
        (match) => match[1],
      ),
      ...[...text.matchAll(/\b(?:process\.env|env|environment|variables)\[['"]([A-Z][A-Z0-9_]+)['"]\]/g)].map(
        (match) => match[1],
      ),
      ...[...text.matchAll(/\{([^{}]*)\}\s*=\s*process\.env\b/g)].flatMap(
        (match) => (match[1] ?? '').match(/\b[A-Z][A-Z0-9_]+\b/g) ?? [],
      ),
      // Names handed on as text: `const masterKeyVariable = '...'`, `variable: '...'`.
      ...[...text.matchAll(/\b(?:variable|\w+Variable)\s*[:=]\s*'([A-Z][A-Z0-9_]+)'/g)].map((match) => match[1]),
    ];
    for (const name of names) if (name !== undefined && !found.has(name)) found.set(name, file);
  }
  return found;
}

/** The standard variables of Temporal's clients that @temporalio/envconfig reads. */
export function temporalVariables(): Set<string> {
  const text = read('node_modules/@temporalio/envconfig/lib/envconfig-toml.js');
  return new Set(text.match(/\bTEMPORAL_[A-Z_]+[A-Z]\b/g));
}

/** Commands of `palletways-qargo` as one writes them: `serve`, `organisation put`. */
export function commands(): Set<string> {
  const found = new Set<string>();
  for (const file of filesBelow('client/cli', /\.ts$/)) {
    for (const [, of = '', name = ''] of read(file).matchAll(/\b(\w+)\s*\.command\(\s*'([\w-]+)/g)) {
      found.add(of === 'program' ? name : `${of} ${name}`);
    }
  }
  return found;
}

/** Options of `npm start --`: `--once`. */
export function startOptions(): string[] {
  return [...read('local/options.ts').matchAll(/\.option\(\s*'(--[\w-]+)/g)].map((match) => match[1] ?? '');
}

/** Options of the product's command line, all commands together. */
export function commandOptions(): Set<string> {
  const texts = filesBelow('client/cli', /\.ts$/).map(read);
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/\.(?:requiredOption|option)\(\s*'(--[\w-]+)/g)].map((match) => match[1] ?? ''),
    ),
  );
}

/** Whether a file is executable for its owner. */
export function isExecutable(path: string): boolean {
  return (statSync(join(root, path)).mode & 0o100) !== 0;
}

/** Whether bash can parse a script; its complaint where it cannot. */
export function bashComplaint(path: string): string {
  try {
    execFileSync('bash', ['-n', join(root, path)], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error);
  }
}
