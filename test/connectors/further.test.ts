/** What a consignment asks besides: Qargo has no field for it, so it stands in the instructions, in plain words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConsignment } from '../../connectors/palletways/read.ts';
import { readAnswer } from '../../connectors/palletways/read-answers.ts';
import { orderFields } from '../../connectors/qargo/write-order-fields.ts';
import { carryOver, type OrderReport } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { context } from './palletways/reading-context.ts';
import { access } from './qargo/orders.ts';

const sample = readFileSync(join(import.meta.dirname, 'palletways/golden/consignment.xml'), 'utf8');
const asked = { label: 'getConsignment', effectful: false, scrub: (text: string) => text, now: 0 };

function read(besides: string): OrderReport {
  const body = Buffer.from(sample.replace('<BillUnit>', `${besides}<BillUnit>`));
  const answer = readAnswer({ status: 200, contentType: 'text/xml', retryAfter: undefined, body }, asked);
  const fact = readConsignment(answer, context).heard[0]?.facts.find(({ kind }) => kind === 'order');
  if (fact?.kind !== 'order') throw new Error('no order');
  return { fact, content: fact.body as OrderContent };
}
const instructionsOf = ({ content }: OrderReport) => orderFields(content, access).instructions;

const everything = `
  <CashPayment><Amount>120.00</Amount><Method>BD</Method><CollectFrom>Delivery</CollectFrom><FreeText>exact money</FreeText></CashPayment>
  <Return><Type>EU</Type><Amount>3</Amount></Return><Return><Type>EG</Type><Amount>1</Amount></Return>
  <NotificationSet><SysGroup>1</SysGroup><SMSNumber>07700900123</SMSNumber><Email>shop@example.com</Email></NotificationSet>
  <Insurance>LOTT</Insurance>
  <Product><LineNo>1</LineNo><Description>Tiles</Description><Quantity>40</Quantity><Code>T1</Code></Product>`;

test('cash to collect, pallets to bring back, whom to notify, insurance and products reach the order in plain words', () => {
  expect(instructionsOf(read(`<ManifestNote>Ring the bell</ManifestNote>${everything}`)).split('\n')).toEqual([
    'Ring the bell',
    'Cash to collect: 120.00, method BD, at Delivery, exact money',
    'Pallets to bring back: 3 EU, 1 EG',
    'Notify: 07700900123, shop@example.com',
    'Insurance: LOTT',
    'Products: 40 Tiles (T1)',
  ]);
});

test('a change of what is asked besides is a change of the order', () => {
  const [one, other] = [read(everything), read(everything.replace('120.00', '99.50'))];
  expect(one.fact.digests).not.toEqual(other.fact.digests);
});

test('an order that asks for nothing besides is as it was before anybody looked for it', () => {
  const { fact, content } = read('');
  expect(Object.keys(content)).not.toContain('further');
  expect(Object.keys(fact.digests).filter((name) => name.startsWith('further'))).toEqual([]);
});

test('a read that has no such elements, or the insurance alone, takes away nothing that a push carried', () => {
  const whole = read(everything);
  expect(instructionsOf(carryOver(whole, read('')))).toBe(instructionsOf(whole));
  const printed = carryOver(whole, read('<Insurance/>'));
  expect(instructionsOf(printed)).toContain('Cash to collect: 120.00');
  expect(instructionsOf(printed)).not.toContain('Insurance');
  expect(printed.fact.digests['further.cash']).toBe(whole.fact.digests['further.cash']);
});
