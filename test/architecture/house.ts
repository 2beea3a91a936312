/** Reads the files that the tests of the architecture look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Files } from './rules.ts';

const root = resolve(import.meta.dirname, '../..');
const notOurs = new Set(['node_modules', 'dist', '.git', '.palletways-qargo']);

/** Every file of the repository, without what is installed or built. */
function* walk(folder = ''): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (notOurs.has(entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** Paths of all files, from the root. */
export const paths = [...walk()];
const isSource = (path: string) => /\.(ts|mts|cts|js|mjs|cjs|tsx|jsx)$/.test(path);
/** The text of every source file, by its path. */
export const house: Files = new Map(
  paths.filter(isSource).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
