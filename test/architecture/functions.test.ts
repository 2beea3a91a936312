/** The linter counts the lines of a function (.oxlintrc.json); this shows that it does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { house } from './house.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'functions-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the linter says of a function of so many lines, its first and its last among them. */
function lint(lines: number): string {
  const steps = Array.from({ length: lines - 4 }, () => '  n += 1;');
  const text = ['export function count(): number {', '  let n = 0;', ...steps, '  return n;', '}', ''].join('\n');
  const file = join(folder, `of-${lines}.ts`);
  writeFileSync(file, text);
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '-c', join(root, '.oxlintrc.json'), file], {
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`;
}

test('a function of 71 lines is refused by the linter, and one of 70 is not', () => {
  expect(lint(71)).toContain('has too many lines (71)');
  expect(lint(70)).not.toContain('too many lines');
});

test('no function is let off the limit of 70 lines', () => {
  for (const [path, text] of house) {
    if (path.startsWith('test/')) continue;
    expect([path, /disable.*max-lines-per-function/.test(text)]).toEqual([path, false]);
  }
});
