import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assumptions } from '../../domain/wire/register.ts';
import { descriptionPath, whyNot } from '../openapi/description.ts';
import { house } from './house.ts';
import { wireWords, wordsInCode, wordsWithoutSource } from './wire-words.ts';

const description = descriptionPath();

describe.each(['palletways', 'qargo'])('%s', (connector) => {
  test('no word of the wire stands in its code without a published source or an assumption', () => {
    expect(wordsWithoutSource(house, connector)).toEqual([]);
  });

  test('no word is listed that its code does not have, and none twice', () => {
    const inCode = wordsInCode(house, connector);
    const listed = (wireWords[connector] ?? []).flatMap(({ from, words }) =>
      String(from).startsWith('ours: ') && /errors|HTTP|zone/.test(String(from)) ? [] : words,
    );
    expect(listed.filter((word) => !inCode.has(word))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  test('an assumption that words are of is in the register', () => {
    const ids = new Set(assumptions.map(({ id }) => id));
    const cited = (wireWords[connector] ?? []).flatMap(({ from }) => (typeof from === 'number' ? [from] : []));
    expect(cited.filter((id) => !ids.has(id))).toEqual([]);
  });
});

test('a code planted in a connector is seen', () => {
  const path = 'connectors/qargo/read-stops.ts';
  const planted = `${house.get(path)}\nexport const failed = 'UNLOADED_ELSEWHERE';\n`;
  expect(wordsWithoutSource(new Map([...house, [path, planted]]), 'qargo')).toEqual([`${path}: UNLOADED_ELSEWHERE`]);
  const element = `${house.get('connectors/palletways/wire.ts')}\ntext(node, 'CashToCollect');\n`;
  expect(wordsWithoutSource(new Map([['connectors/palletways/wire.ts', element]]), 'palletways')).toEqual([
    'connectors/palletways/wire.ts: CashToCollect',
  ]);
});

test('words with QG as their source stand in the API description', ({ skip }) => {
  if (description === null) skip(whyNot);
  const text = readFileSync(description ?? '', 'utf8').replaceAll(/\{[a-z_]+\}/g, '');
  const words = (wireWords.qargo ?? []).flatMap(({ from, words }) => (String(from).startsWith('QG') ? words : []));
  const missing = words.filter(
    (word) => !text.includes(word.replaceAll('{id}', '').replace(/\?.*$/, '').replace(/\/$/, '')),
  );
  expect(words.length).toBeGreaterThan(40);
  expect(missing).toEqual([]);
});
