import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { house } from './house.ts';
import { banned, namedBadly, namedTwice } from './names.ts';

test('no function name is exported twice in one room', () => {
  expect(namedTwice(house)).toEqual([]);
});

test('a function name that is exported twice in one room is seen, in two rooms it is none', () => {
  const once = 'export function take(): void {}\n';
  expect(
    namedTwice(
      new Map([
        ['store/due/a.ts', once],
        ['store/limits/b.ts', 'export const take = (n: number) => n;\n'],
      ]),
    ),
  ).toHaveLength(1);
  expect(
    namedTwice(
      new Map([
        ['store/due/a.ts', once],
        ['client/http/b.ts', once],
      ]),
    ),
  ).toEqual([]);
});

test('no exported name has a word that the glossary bans', () => {
  expect(namedBadly(house)).toEqual([]);
});

test('a banned word in an exported name is seen', () => {
  for (const word of banned) {
    expect(namedBadly(new Map([['domain/facts/a.ts', `export const ${word} = 1;\n`]]))).toHaveLength(1);
    expect(
      namedBadly(
        new Map([['domain/facts/a.ts', `export interface Fact${word[0]?.toUpperCase()}${word.slice(1)} {}\n`]]),
      ),
    ).toHaveLength(1);
  }
});

test('the glossary names each word that is banned', () => {
  const glossary = readFileSync(resolve(import.meta.dirname, '../../docs/glossary.md'), 'utf8');
  for (const word of banned) expect([word, glossary.includes(`*${word}*`)]).toEqual([word, true]);
});
