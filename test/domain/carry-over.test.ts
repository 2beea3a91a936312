/** What a message does not carry keeps its last value: field by field the last message that carried it decides. Pure. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carryOver, type OrderField, type OrderReport } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';

const fields = [
  'lifts',
  'weight',
  'instructions',
  'bookIn',
  'serviceCode',
  'deliveryDate',
  'deliveryDepot',
  'collectionDepot',
  'type',
] as const;

/** An order whose every value is of its number, as its reader makes it of what a message carried; what is not carried is empty. */
function said(n: number, carried: readonly OrderField[] | undefined): OrderReport {
  const has = (field: OrderField) => carried?.includes(field) ?? true;
  const text = (field: OrderField) => (has(field) ? `${field} ${n}` : '');
  const bookIn = {
    requested: false,
    booked: false,
    contactName: '',
    contactPhone: '',
    reference: text('bookIn'),
    instructions: '',
  };
  const content = {
    type: has('type') ? (['D', 'C', '3'] as const)[n % 3] : 'D',
    serviceGroup: 'A',
    serviceCode: text('serviceCode'),
    lifts: has('lifts') ? n : 0,
    weight: has('weight') ? 100 * n : 0,
    billUnits: [],
    instructions: text('instructions'),
    collectionDate: null,
    deliveryDate: has('deliveryDate') ? `2026-11-${10 + n}` : null,
    collectionDepot: text('collectionDepot'),
    deliveryDepot: text('deliveryDepot'),
    bookIn,
  } as unknown as OrderContent;
  const { type, lifts, weight, billUnits, collectionDate, deliveryDate } = content;
  const digests = Object.fromEntries(
    [
      ['instructions', text('instructions')],
      ['bookIn.reference', text('bookIn')],
      ['deliveryDepot', text('deliveryDepot')],
      ['collectionDepot', text('collectionDepot')],
      ['services', has('serviceCode') ? `both ${n}` : ''],
    ].filter(([, value]) => value !== ''),
  ) as Record<string, string>;
  const service = `A-${content.serviceCode}`;
  const fact = {
    type,
    service,
    lifts,
    weight,
    billUnits,
    collectionDate,
    deliveryDate,
    digests,
    ...(carried === undefined ? {} : { carried }),
  };
  return { fact, content };
}

const someFields = fc.subarray([...fields]).map((some) => [...some].sort());
const number = fc.integer({ min: 1, max: 9 });
const anyOrder = fc.tuple(number, fc.option(someFields, { nil: undefined })).map(([n, carried]) => said(n, carried));

test('a message that carries all says all, and one that carries nothing says nothing', () => {
  fc.assert(
    fc.property(anyOrder, number, (before, n) => {
      expect(carryOver(before, said(n, undefined))).toEqual(said(n, undefined));
      const { fact, content } = carryOver(before, said(n, []));
      expect([content, { ...fact, carried: undefined }]).toEqual([
        before.content,
        { ...before.fact, carried: undefined },
      ]);
    }),
  );
});

test('an element that is there and empty says empty', () => {
  const empty = said(2, ['instructions']);
  const blank = { fact: { ...empty.fact, digests: {} }, content: { ...empty.content, instructions: '' } };
  const after = carryOver(said(1, undefined), blank);
  expect([after.content.instructions, 'instructions' in after.fact.digests, after.fact.weight]).toEqual([
    '',
    false,
    100,
  ]);
});

test('of a row of messages each field is that of the last that carried it, in the envelope and in the content', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(number, someFields), { maxLength: 6 }), (messages) => {
      const result = messages.reduce((before, [n, carried]) => carryOver(before, said(n, carried)), said(0, undefined));
      const last = (field: (typeof fields)[number]) =>
        messages.findLast(([, carried]) => carried.includes(field))?.[0] ?? 0;
      expect(result.fact.lifts).toBe(last('lifts'));
      expect(result.fact.weight).toBe(100 * last('weight'));
      expect(result.fact.service).toBe(`A-serviceCode ${last('serviceCode')}`);
      expect(result.content.bookIn.reference).toBe(`bookIn ${last('bookIn')}`);
      expect(result.fact.digests).toMatchObject({
        instructions: `instructions ${last('instructions')}`,
        'bookIn.reference': `bookIn ${last('bookIn')}`,
        services: `both ${last('serviceCode')}`,
      });
    }),
  );
});

test('it does not matter which two of three are joined first, and twice is once', () => {
  fc.assert(
    fc.property(anyOrder, anyOrder, anyOrder, (a, b, c) => {
      expect(carryOver(carryOver(a, b), c)).toEqual(carryOver(a, carryOver(b, c)));
      expect(carryOver(a, carryOver(a, b))).toEqual(carryOver(a, b));
    }),
  );
});

test('parts of an address keep their last value, but not where it is another place', () => {
  const at = (postCode: string, telephone: string) => ({ postCode, telephone, contactName: 'Ana' });
  const of = (delivery: object, carried?: readonly string[]): OrderReport => {
    const { fact, content } = said(1, undefined);
    const digests = Object.fromEntries(
      Object.entries(delivery).map(([name, value]) => [`delivery.${name}`, `${value}`]),
    );
    return {
      fact: { ...fact, digests, ...(carried === undefined ? {} : { carried }) },
      content: { ...content, delivery } as unknown as OrderContent,
    };
  };
  const carried = ['delivery.postCode', 'delivery.contactName'];
  const same = carryOver(of(at('LS1 1AA', '0113')), of(at('ls11aa', ''), carried));
  expect([same.content.delivery?.telephone, same.fact.digests['delivery.telephone']]).toEqual(['0113', '0113']);
  const moved = carryOver(of(at('LS1 1AA', '0113')), of(at('ST1 1AA', ''), carried));
  expect([moved.content.delivery?.telephone, moved.fact.digests['delivery.telephone']]).toEqual(['', '']);
});
