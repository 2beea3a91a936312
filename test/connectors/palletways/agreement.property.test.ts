import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readPush } from '../../../connectors/palletways/read.ts';
import { context } from './reading-context.ts';

/** A tree as both writings have it: text, children by name, or a repeated element. */
type Said = string | readonly Said[] | { readonly [name: string]: Said };

const escaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#10;');

function xml(name: string, said: Said): string {
  if (Array.isArray(said)) return said.map((one: Said) => xml(name, one)).join('');
  if (typeof said === 'string') return said === '' ? `<${name}/>` : `<${name}>${escaped(said)}</${name}>`;
  return `<${name}>${Object.entries(said)
    .map(([child, one]) => xml(child, one as Said))
    .join('\n ')}</${name}>`;
}

/** JSON with Palletways' quirks, each chosen by the next of `turns`. */
function quirky(said: Said, turn: () => number): unknown {
  if (Array.isArray(said)) {
    const list = said.map((one: Said) => quirky(one, turn));
    return list.length === 1 && turn() % 2 === 0 ? list[0] : list;
  }
  if (typeof said === 'string') {
    if (said === '') return [[], {}, '', null, 'Array'][turn() % 5];
    if (said === 'yes') return [true, 'yes', 'T', 1, 'on'][turn() % 5];
    if (said === 'no') return [false, 'n', 'F', 0, 'off'][turn() % 5];
    return /^[1-9]\d{0,10}$/.test(said) && turn() % 2 === 0 ? Number(said) : said;
  }
  return Object.fromEntries(Object.entries(said).map(([name, one]) => [name, quirky(one as Said, turn)]));
}

const words = fc.oneof(
  fc.constant(''),
  fc
    .string({ maxLength: 30, unit: 'grapheme' })
    .map((text) => text.replace(/[\p{Cc}\p{Cs}\p{Cn}\p{Co}]/gu, '').replace(/^(yes|no)$/, 'so')),
);
const yesNo = fc.constantFrom('yes', 'no', '');
const day = fc.constantFrom('', '2026-11-23', '2026-02-30', '2027-01-01');
const address = (type: string) =>
  fc.record({
    Type: fc.constant(type),
    ContactName: words,
    CompanyName: words,
    Line: fc.array(words, { maxLength: 5 }),
    Town: words,
    County: words,
    PostCode: words,
    Country: fc.constantFrom('GB', 'ie', 'ES', '', 'Spain'),
    Telephone: words,
  });
const consignment = fc.record({
  Number: fc.constantFrom('2557391-564', '100-63528', ''),
  TrackingID: fc.constantFrom('60012340167', '', '0'),
  ResponseID: fc.constantFrom('3972953', '53040783'),
  Type: fc.constantFrom('D', 'C', '3'),
  Classification: fc.constantFrom('B2B', 'B2R', ''),
  Reference: words,
  Lifts: fc.nat({ max: 99 }).map(String),
  Weight: fc.oneof(fc.nat({ max: 9999 }).map(String), fc.constantFrom('110.00', '-3', '1,5')),
  HandBall: yesNo,
  TailLift: yesNo,
  ADRGoods: yesNo,
  LimitedQuantityGoods: yesNo,
  ManifestNote: words,
  CollectionDate: day,
  DeliveryDate: day,
  DueTime: fc.constantFrom('', '13:00', '08:00:00', '24:30'),
  BookInRequest: yesNo,
  BookedIn: yesNo,
  BookInContactName: words,
  BookInInstructions: words,
  CollectionDepot: fc.constantFrom('563', ''),
  Pallet: fc.array(fc.constantFrom('B00432B6FE', 'B1244ABCDE', 'B0000000AA'), { maxLength: 3 }),
  BillUnit: fc.array(fc.record({ Type: fc.constantFrom('FP', 'QP', 'MQP'), Amount: fc.nat({ max: 9 }).map(String) }), {
    maxLength: 3,
  }),
  Service: fc.array(
    fc.record({
      Type: fc.constantFrom('Delivery', 'collection'),
      Code: fc.constantFrom('A', 'B'),
      Surcharge: fc.constantFrom('A', '4'),
    }),
    {
      maxLength: 2,
    },
  ),
  Address: fc.tuple(address('Collection'), address('Delivery')),
});

it('a random consignment reads equal from XML and from JSON with every quirk', () => {
  let orders = 0;
  fc.assert(
    fc.property(
      fc.array(consignment, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('CREATED', 'AMENDED', 'LABELLED', 'TRACKED', 'CANCELLED'),
      fc.constantFrom('05:12:33', ''),
      fc.array(fc.nat({ max: 59 }), { minLength: 7, maxLength: 50 }),
      fc.boolean(),
      (consignments, event, time, turns, wrapped) => {
        let at = 0;
        const turn = () => turns[at++ % turns.length] as number;
        const notification: Said = {
          Event: event,
          Manifest: {
            Date: '2026-11-23',
            Time: time,
            Depot: { Number: '564', Account: { Code: '434481', Consignment: consignments as unknown as Said } },
          },
        };
        const fromXml = readPush(Buffer.from(xml('Notification', notification)), 'application/xml', context);
        const json = quirky(notification, turn);
        const fromJson = readPush(
          Buffer.from(JSON.stringify(wrapped ? { Notification: json } : json)),
          'application/json',
          context,
        );
        expect(fromJson).toEqual(fromXml);
        orders += fromXml.heard.flatMap((heard) => heard.facts).filter((fact) => fact.kind === 'order').length;
      },
    ),
    { numRuns: 300 },
  );
  expect(orders).toBeGreaterThan(0);
});

it('whatever bytes are pushed, reading ends in a reading', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json().map((text) => Buffer.from(text)),
        fc.string().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const reading = readPush(Buffer.from(bytes), 'application/json', context);
        expect(reading.problems.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 500 },
  );
});
