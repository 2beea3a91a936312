import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanIdentifier, cleanText, cleanValue, cutText, storableText } from '../../domain/facts/text.ts';

/** Text of any UTF-16 units at all, and often of those that do harm. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\0',
        '\ud83d',
        '\ude00',
        '\ud83d\ude00',
        '\r',
        '\n',
        '\r\n',
        '\t',
        '\v',
        '\x85',
        '\x1d',
        '\ufeff',
        '\ufffe',
        ']C1',
        ' ',
        'B',
      ),
    ),
  )
  .map((parts) => parts.join(''));
const harmless = fc.string({ unit: fc.constantFrom(...'Aaé€ß漢 -/.#\t\n'.split(''), '\u{1f600}') });
const isStorable = (text: string) => !text.includes('\0') && !/\p{Cs}/u.test(text);

describe('text that comes from outside', () => {
  test('is always storable once it has passed, whatever it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const clean of [cleanText, cleanIdentifier, storableText]) expect(isStorable(clean(text))).toBe(true);
      }),
    );
  });

  test('passes a second time as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const clean of [cleanText, cleanIdentifier, storableText]) expect(clean(clean(text))).toBe(clean(text));
      }),
    );
  });

  test('is left as it came where nothing is wrong with it', () => {
    fc.assert(
      fc.property(harmless, (text) => {
        expect(cleanText(text)).toBe(text);
      }),
    );
    expect(cleanText('Málaga, 漢字 \u{1f600}\n\tSecond line')).toBe('Málaga, 漢字 \u{1f600}\n\tSecond line');
  });

  test('loses half an emoji, a NUL, control characters and byte order marks, and nothing beside them', () => {
    expect(cleanText('Jose \ud83d')).toBe('Jose ');
    expect(cleanText('\ude00Jose\0\x07\x9d\ufeff')).toBe('Jose');
    // Halves that only a NUL kept apart were never one character.
    expect(cleanText('\ud83d\0\ude00')).toBe('');
  });

  test('has one kind of line end', () => {
    expect(cleanText('a\r\nb\rc\vd\fe\x85f')).toBe('a\nb\nc\nd\ne\nf');
  });
});

describe('an identifier', () => {
  test('is the same with a scanner’s affixes and blanks around it as without them', () => {
    for (const said of [
      'B00432B6FE',
      'B00432B6FE\r',
      'B00432B6FE\r\n',
      ']C1B00432B6FE',
      ' \ufeffB00432B6FE\t',
      '\x1d]C1 B00432B6FE\0',
      '\u200bB00432B6FE',
    ])
      expect(cleanIdentifier(said)).toBe('B00432B6FE');
    expect(cleanIdentifier('2557392-564 ')).toBe('2557392-564');
  });

  test('stays two where two were read in one go, and is empty where nothing was', () => {
    expect(cleanIdentifier('B1\rB2\r')).toBe('B1 B2');
    expect(cleanIdentifier(']C1\r\n')).toBe('');
  });
});

describe('a text that is cut', () => {
  test('is no longer than asked and never ends in half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 20 }), (text, longest) => {
        const cut = cutText(text, longest);
        expect(cut.length).toBeLessThanOrEqual(longest);
        expect(text.startsWith(cut)).toBe(true);
        expect(isStorable(cut.replaceAll('\0', ''))).toBe(true);
      }),
    );
    expect(cutText('ab\u{1f600}', 3)).toBe('ab');
  });
});

describe('a value', () => {
  test('is clean in every text and every name in it, and is the same object where it was clean', () => {
    const told = { who: 'Jose \ud83d', 'na\0me': ['a\0', 1, null, { deep: '\ud83d' }] };
    expect(cleanValue(told)).toEqual({ who: 'Jose ', name: ['a', 1, null, { deep: '' }] });
    const clean = { who: 'Jose', list: [{ deep: 'x' }], at: new Date(0), bytes: Buffer.from('\0') };
    expect(cleanValue(clean)).toBe(clean);
  });

  test('is storable as JSON, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        (value) => {
          expect(JSON.stringify(cleanValue(value))).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        },
      ),
    );
  });
});
