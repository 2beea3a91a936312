/** The table of what can be otherwise at Palletways: each entry is read by the twin, and can be set and taken back. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assumptions, flips } from '../../../sandbox/palletways/flips.ts';
import { Palletways } from '../twins-under-test.ts';

const room = resolve(import.meta.dirname, '../../../sandbox/palletways');
const palletways = new Palletways();

beforeEach(() => palletways.start());
afterEach(() => palletways.stop());

test('each flip of the table is read somewhere in the twin', () => {
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const code = files.filter((file) => file !== 'flips.ts').map((file) => readFileSync(join(room, file), 'utf8'));
  const unread = flips.filter(({ id }) => !code.some((text) => text.includes(`plays('${id}')`)));
  expect(unread.map(({ id }) => id)).toEqual([]);
});

test('the table has every assumption from 1 to 37, no id twice, and nothing both played and left out', () => {
  const numbers: number[] = assumptions.map(({ number }) => number);
  expect(numbers.filter((number) => number < 71)).toEqual(Array.from({ length: 37 }, (_, nth) => nth + 1));
  expect(new Set(flips.map(({ id }) => id)).size).toBe(flips.length);
  expect(flips.length).toBeGreaterThanOrEqual(140);
  for (const { number, ...rest } of assumptions)
    for (const letter of Object.keys('left' in rest ? rest.left : {}))
      expect([number, Object.hasOwn(rest.flips, letter)]).toEqual([number, false]);
});

test('character and flips are set for a running twin, told, and outlive a reset; a flip that there is not changes nothing', async () => {
  await palletways.stop();
  await palletways.start({ character: undefined });
  expect(await palletways.control('GET', 'character')).toEqual({ character: 'published', flips: [] });
  const played = { character: 'former', flips: ['7b', '9a'] };
  expect(await palletways.control('PUT', 'character', played)).toEqual(played);
  await expect(palletways.control('PUT', 'character', { character: 'former', flips: ['7z'] })).rejects.toThrow(/400/);
  await expect(palletways.control('PUT', 'character', { character: 'new' })).rejects.toThrow(/400/);
  await palletways.control('POST', 'reset');
  expect(await palletways.control('GET', 'character')).toEqual(played);
});
