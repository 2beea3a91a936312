/** Fields of an order that hold nothing in disguise, a small slip, or what nobody can read: none of them takes the order along. */
import { describe, expect, test } from 'vitest';
import { readPush } from '../../../connectors/palletways/read.ts';
import { unmapped } from '../../../connectors/qargo/mapping.ts';
import { carryOver } from '../../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../../domain/facts/content.ts';
import type { NewFact } from '../../../domain/facts/facts.ts';
import { context, golden } from './reading-context.ts';

const created = golden('created.xml').toString();
type Order = Extract<NewFact, { kind: 'order' }>;

function read(...changes: readonly (readonly [string | RegExp, string])[]) {
  const body = changes.reduce((text, [from, to]) => {
    expect(text).toMatch(from instanceof RegExp ? from : from.replaceAll('/', '/'));
    return text.replace(from, to);
  }, created);
  const { heard, problems } = readPush(Buffer.from(body), 'application/xml', context);
  const order = heard.flatMap(({ facts }) => facts).find((fact): fact is Order => fact.kind === 'order');
  return {
    order,
    content: order?.body as OrderContent | undefined,
    fields: problems.map(({ field }) => field.replace(/^.*Consignment\./, '')),
  };
}
const plain = read();

describe('an order with', () => {
  test.for<readonly [string, string, (content: OrderContent) => unknown, unknown]>([
    ['DueDate>2026-11-24', 'DueDate>0000-00-00', (one) => one.deliveryDate, null],
    ['DueDate>2026-11-24', 'DueDate>00/00/00', (one) => one.deliveryDate, null],
    ['DueDate>2026-11-24', 'DueDate>0001-01-01', (one) => one.deliveryDate, null],
    ['DueDate>2026-11-24', 'DueDate>9999-12-31', (one) => one.deliveryDate, null],
    ['DueDate>2026-11-24', 'DueDate>1900-01-01 00:00:00', (one) => one.deliveryDate, null],
    ['DueDate>2026-11-24', 'DueDate>null', (one) => one.deliveryDate, null],
    ['DueTime>14:00', 'DueTime>00:00:00', (one) => one.deliveryTime, null],
    ['DueTime>14:00', 'DueTime>NULL', (one) => one.deliveryTime, null],
    ['HandBall>no', 'HandBall>null', (one) => one.handball, false],
    ['Town>Glasgow', 'Town>(null)', (one) => one.delivery?.town, ''],
    ['Country>gb', 'Country>undefined', (one) => one.delivery?.country, ''],
  ])('%s as %s is empty there, and nothing is a problem', ([from, to, of, value]) => {
    const { content, fields } = read([from, to]);
    expect([content && of(content), fields]).toEqual([value, []]);
  });

  test.for<readonly [string, string, (content: OrderContent) => unknown, unknown]>([
    ['DueDate>2026-11-24', 'DueDate>24/11/2026', (one) => one.deliveryDate, '2026-11-24'],
    ['DueDate>2026-11-24', 'DueDate>24/11/26', (one) => one.deliveryDate, '2026-11-24'],
    ['DueDate>2026-11-24', 'DueDate>2026-11-24T00:00:00', (one) => one.deliveryDate, '2026-11-24'],
    ['DueTime>14:00', 'DueTime>9:30', (one) => one.deliveryTime, '09:30'],
    ['DueTime>14:00', 'DueTime>2:30 PM', (one) => one.deliveryTime, '14:30'],
    ['DueTime>14:00', 'DueTime>09.30', (one) => one.deliveryTime, '09:30'],
    ['Country>gb', 'Country>GBR', (one) => one.delivery?.country, 'GB'],
    ['Country>gb', 'Country>United Kingdom', (one) => one.delivery?.country, 'GB'],
    ['Country>gb', 'Country>irl', (one) => one.delivery?.country, 'IE'],
    ['Weight>110.00', 'Weight>110 kg', (one) => one.weight, 110],
    ['Weight>110.00', 'Weight>1,110.50KGS', (one) => one.weight, 1110.5],
    ['Lifts>2', 'Lifts> 2.0 ', (one) => one.lifts, 2],
    ['Number>2557391-564', 'Number>2557391#564', (one) => one.conNo, '2557391#564'],
    ['Number>2557391-564', 'Number>AB:12+ÄÖ', (one) => one.conNo, 'AB:12+ÄÖ'],
    ['Pallet>B00432B6FE', 'Pallet>]C1b00432b6fe&#13;', (one) => one.barcodes[0], 'B00432B6FE'],
    ['Pallet>B00432B6FE', 'Pallet>00/12+A', (one) => one.barcodes[0], '00/12+A'],
  ])('%s as %s is read, and nothing is a problem', ([from, to, of, value]) => {
    const { content, fields } = read([from, to]);
    expect([content && of(content), fields]).toEqual([value, []]);
  });

  test.for<readonly [string, string, string]>([
    ['Weight>110.00', 'Weight>640,5', 'Weight'],
    ['Weight>110.00', 'Weight>heavy', 'Weight'],
    ['Weight>110.00', 'Weight>-3', 'Weight'],
    ['Lifts>2', 'Lifts>two', 'Lifts'],
    ['DueDate>2026-11-24', 'DueDate>1026-11-24', 'DueDate'],
    ['DueDate>2026-11-24', 'DueDate>Tuesday', 'DueDate'],
    ['DueTime>14:00', 'DueTime>25:00', 'DueTime'],
    ['Country>gb', 'Country>Atlantis', 'Address[1].Country'],
    ['HandBall>no', 'HandBall>perhaps', 'HandBall'],
    ['Amount>1', 'Amount>one', 'BillUnit[0].Amount'],
    ['Code>A<', 'Code>A B<', 'Service[0].Code'],
    ['Classification>B2B', 'Classification>much too long to be one', 'Classification'],
  ])('%s as %s has that problem alone; all else of it is as it was', ([from, to, field]) => {
    const { content, order, fields } = read([from, to]);
    expect(fields).toEqual([field]);
    expect(content?.delivery?.town).toBe('Glasgow');
    expect(content?.conNo).toBe('2557391-564');
    // What was known of it stays known: the message did not carry it.
    const before = { fact: plain.order as Order, content: plain.content as OrderContent };
    const after = carryOver(before, { fact: order as Order, content: content as OrderContent });
    expect(after.content).toEqual(before.content);
    expect(after.fact.digests).toEqual(before.fact.digests);
  });

  test('a weight that nobody can read and no earlier one is an order all the same, with its lifts counted by bill units', () => {
    const { content } = read(['Weight>110.00', 'Weight>heavy'], ['Lifts>2', 'Lifts>two']);
    expect([content?.weight, content?.lifts]).toEqual([0, 2]);
  });

  test('a place without a postcode goes to Qargo; one that names no place at all is for a person', () => {
    const { content } = read([/<PostCode>G1 1AA/, '<PostCode>'], ['Country>gb', 'Country>IE']);
    const nowhere = read(
      [/<PostCode>G1 1AA/, '<PostCode>'],
      ['Town>Glasgow', 'Town>'],
      ['Line>Unit 4', 'Line>'],
      ['Line>Dock Street', 'Line>'],
    );
    const policy = { unknownServices: 'send', unknownBillUnits: 'send' } as const;
    const access = { serviceLevels: {}, packagings: {} } as never;
    expect(unmapped(content as OrderContent, access, policy as never)).toBeNull();
    expect(unmapped(nowhere.content as OrderContent, access, policy as never)).toMatchObject({
      code: 'field missing',
      field: 'Address[delivery].PostCode',
    });
  });

  test('another street without a postcode is another place, and keeps no telephone of the one before', () => {
    const ofIreland = [/<PostCode>G1 1AA/, '<PostCode>'] as const;
    const one = read(ofIreland);
    const other = read(ofIreland, ['Town>Glasgow', 'Town>Cork'], ['<Telephone>0141 496 0001</Telephone>', '']);
    const after = carryOver(
      { fact: one.order as Order, content: one.content as OrderContent },
      { fact: other.order as Order, content: other.content as OrderContent },
    );
    expect([after.content.delivery?.town, after.content.delivery?.telephone]).toEqual(['Cork', '']);
  });
});
