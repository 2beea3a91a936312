import { describe, expect, test } from 'vitest';
import { house } from './house.ts';
import { noSentences, sentencesCompared } from './sentences.ts';

describe('a sentence compared', () => {
  test('stands nowhere in the product: code compares codes', () => {
    expect(sentencesCompared(house)).toEqual([]);
  });

  test.for([
    "if (cause === 'a person decides about it') return;",
    "if (cause !== 'the file is no sound file') return;",
    "switch (cause) { case 'the answer was lost on its way': return; }",
    "if (because.startsWith('a person decides')) return;",
    "if (because.includes('decides in the end')) return;",
    "const sql = `select 1 from receipt where cause like 'a person %'`;",
    'if (sentence.includes(reason)) return;',
    'if (/decides/.test(sentence)) return;',
  ])('is seen: %s', (planted) => {
    expect(sentencesCompared(new Map([...house, ['domain/words/planted.ts', planted]]))).toHaveLength(1);
  });

  test('a code of two words, declared as one, may be compared', () => {
    const declared = "export type Planted = 'quite new' | 'old';\nif (of === 'quite new') return;";
    expect(sentencesCompared(new Map([...house, ['domain/words/planted.ts', declared]]))).toEqual([]);
  });

  test('every exception is still used', () => {
    const used = (literal: string) => [...house.values()].some((text) => text.includes(`'${literal}'`));
    expect(Object.keys(noSentences).filter((literal) => !used(literal))).toEqual([]);
  });
});
