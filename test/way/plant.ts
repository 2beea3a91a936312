/** The compiled product with something planted in it, a fault or another release: a copy in which pieces of text are others. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Plant {
  /** Compiled file, below `dist`. */
  readonly file: string;
  /** What stands there. */
  readonly text: string;
  /** What stands there in its place. */
  readonly instead: string;
}

export interface PlantedBuild {
  /** Its `dist`. */
  readonly build: string;
  readonly remove: () => void;
}

/** @throws where a text does not stand in its file exactly once: then nothing would be planted, or more than one thing. */
export function plant(...plants: readonly Plant[]): PlantedBuild {
  const texts = plants.map(({ file, text, instead }) => {
    const parts = readFileSync(join(root, 'dist', file), 'utf8').split(text);
    if (parts.length !== 2) throw new Error(`${file} has it ${parts.length - 1} times, not once: ${text}`);
    return [file, parts.join(instead)] as const;
  });
  const copy = mkdtempSync(join(tmpdir(), 'palletways-qargo-planted-'));
  const build = join(copy, 'dist');
  cpSync(join(root, 'dist'), build, { recursive: true });
  for (const beside of ['node_modules', 'package.json']) symlinkSync(join(root, beside), join(copy, beside));
  for (const [file, text] of texts) writeFileSync(join(build, file), text);
  // What workflows are made of stands in their bundle too: the worker makes it anew, where it was not the bundle that was changed.
  const bundle = 'workflows/bundle.js';
  if (texts.some(([file]) => file !== bundle && /^(?:domain|workflows)\//.test(file))) rmSync(join(build, bundle));
  return { build, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
