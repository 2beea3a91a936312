import { expect, test } from 'vitest';
import { type Cause, plainCauses } from '../../domain/obligations/causes.ts';
import { sayCause } from '../../domain/words/causes.ts';
import { toCause } from '../../store/record/causes.ts';

/** One of each code that has data, and what a person reads. */
const withData: readonly (readonly [Cause, string])[] = [
  [{ code: 'needs', need: 'order accepted' }, 'Qargo has not accepted the order yet'],
  [{ code: 'unmapped', table: 'service', value: 'Z-SAT' }, 'service Z-SAT is in no mapping table'],
  [{ code: 'field missing', field: 'Address[Delivery]' }, 'field Address[Delivery] is missing'],
  [
    { code: 'POD outstanding', signature: true, name: true, photos: 1, photosWanted: 2 },
    'POD outstanding: signature, name of who signed, 1 of 2 photos missing',
  ],
  [
    { code: 'POD outstanding', signature: false, name: false, photos: 1, photosWanted: 1 },
    'POD outstanding: photo missing',
  ],
  [
    { code: 'amendment undecided', fields: ['weight', 'deliveryDate'] },
    'a decision is needed on the late amendment of weight, delivery date',
  ],
  [{ code: 'cancellation undecided', moved: false, stage: 'loaded' }, 'a decision is needed: cancelled when loaded'],
  [
    { code: 'cancellation undecided', moved: true, stage: 'out' },
    'a decision is needed: given to another depot when out',
  ],
  [
    { code: 'not taken', fields: ['goods', 'service_level.code'] },
    'after the update Qargo still has another goods, service_level.code',
  ],
  [{ code: 'upload failed', status: 'ERROR' }, 'Qargo ended the upload with ERROR'],
  [{ code: 'same file', as: 'document:1' }, 'the same file as document:1'],
  [{ code: 'sent as photos', count: 2 }, 'sent as 2 photos'],
  [{ code: 'moved', to: ['a', 'b'] }, 'moved to a, b'],
  [
    { code: 'ambiguous', by: ['conNo', 'barcode'], count: 6, consignments: ['a', 'b'] },
    'conNo and barcode fits 6 open consignments: a, b',
  ],
  [{ code: 'other release', was: 'lost in the post' }, 'lost in the post'],
];

test.each(withData)('a cause with data is said in words: %o', (cause, sentence) => {
  expect(sayCause(cause)).toBe(sentence);
});

test('every cause comes back from the record as it was written', () => {
  const all: Cause[] = [...plainCauses.map((code) => ({ code })), ...withData.map(([cause]) => cause)];
  expect(all.map((cause) => toCause(JSON.parse(JSON.stringify(cause))))).toEqual(all);
});

test('a cause of another release keeps its code, and spoils nothing', () => {
  expect(toCause({ code: 'lost in the post', days: 2 })).toEqual({ code: 'other release', was: 'lost in the post' });
  expect(toCause({ code: 'not taken', fields: 'weight' })).toEqual({ code: 'other release', was: 'not taken' });
  expect(toCause('a sentence')).toEqual({ code: 'other release', was: '"a sentence"' });
  expect([toCause(null), toCause(undefined)]).toEqual([null, null]);
});

test('every plain cause has a phrase of its own that ends without a full stop', () => {
  const phrases = plainCauses.map((code) => sayCause({ code }));
  expect(new Set(phrases).size).toBe(phrases.length);
  expect(phrases.filter((phrase) => /[.;:]$|undefined/.test(phrase))).toEqual([]);
});
