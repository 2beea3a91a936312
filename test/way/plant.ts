/** The compiled product with one fault planted in it: a copy in which one piece of text is another. */
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

/** @throws where the text does not stand in the file exactly once: then nothing would be planted, or more than one thing. */
export function plant({ file, text, instead }: Plant): PlantedBuild {
  const parts = readFileSync(join(root, 'dist', file), 'utf8').split(text);
  if (parts.length !== 2) throw new Error(`${file} has it ${parts.length - 1} times, not once: ${text}`);
  const copy = mkdtempSync(join(tmpdir(), 'palletways-qargo-planted-'));
  const build = join(copy, 'dist');
  cpSync(join(root, 'dist'), build, { recursive: true });
  for (const beside of ['node_modules', 'package.json']) symlinkSync(join(root, beside), join(copy, beside));
  writeFileSync(join(build, file), parts.join(instead));
  return { build, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
