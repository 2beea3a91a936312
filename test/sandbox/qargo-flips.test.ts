/** The table of flips of the Qargo twin. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { flips, unplayed } from '../../sandbox/qargo/flips.ts';

const folder = resolve(import.meta.dirname, '../../sandbox/qargo');

test('every flip of the table is read somewhere in the twin, and no id stands twice', () => {
  const code = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'flips.ts')
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  expect(flips.map(({ id }) => id).filter((id) => !code.includes(`'${id}'`))).toEqual([]);
  expect(new Set(flips.map(({ id }) => id)).size).toBe(flips.length);
});

test('every assumption about Qargo, 38 to 70, has flips, and of each one sentence says what it does', () => {
  const numbers = new Set(flips.map(({ id }) => Number.parseInt(id, 10)));
  for (let number = 38; number <= 70; number += 1) expect([number, numbers.has(number)]).toEqual([number, true]);
  expect(flips.length).toBeGreaterThanOrEqual(75);
  expect(flips.filter(({ does }) => !does.endsWith('.'))).toEqual([]);
  expect(unplayed.filter(({ id }) => flips.some((flip) => flip.id === id))).toEqual([]);
});
