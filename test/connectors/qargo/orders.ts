/** Consignments and a tenant to test with: two that are written out, and any. */
import fc from 'fast-check';
import { type QargoAccess, qargoAccess } from '../../../connectors/qargo/config.ts';
import type { Address, OrderContent } from '../../../domain/facts/content.ts';
import type { ReadingContext } from '../../../domain/facts/reading.ts';
import { cleanIdentifier } from '../../../domain/facts/text.ts';

export const access: QargoAccess = qargoAccess.parse({
  baseUrl: 'http://127.0.0.1:1',
  clientId: 'client',
  secret: 'client-secret',
  webhook: { user: 'hook', password: 'hook-secret' },
  serviceLevels: { 'B-B': 'ECON' },
  depot: {
    code: 'D564',
    name: 'North Depot',
    address: '1 Yard Road',
    city: 'Leeds',
    postCode: 'LS10 1AA',
    country: 'GB',
  },
});

export const context: ReadingContext = {
  zone: 'Europe/London',
  receivedAt: '2026-11-23T12:00:00.000Z',
  digest: (text) =>
    Array.from(text)
      .reduce((sum, letter) => (sum * 31n + BigInt(letter.codePointAt(0) ?? 0)) % 2n ** 64n, 7n)
      .toString(16)
      .padStart(16, '0'),
};

const shop: Address = {
  contactName: 'Ann Rowe',
  companyName: 'Rowe & Sons',
  lines: ['1 High Street', 'Unit 2', 'Gate B'],
  town: 'Harrogate',
  county: 'North Yorkshire',
  postCode: 'HG1 1AA',
  country: 'GB',
  telephone: '01423 555123',
};

const maker: Address = {
  contactName: 'Goods Out',
  companyName: 'Maker Ltd',
  lines: ['Mill Lane'],
  town: 'Derby',
  county: '',
  postCode: 'DE1 2AB',
  country: 'UK',
  telephone: '01332 555987',
};

/** A delivery with everything said. */
export const delivery: OrderContent = {
  conNo: '2557391-564',
  trackingId: '60012340167',
  responseId: 'R-77',
  type: 'D',
  account: '434481',
  reference: 'PO-991',
  collectionReference: '',
  classification: 'B2B',
  serviceGroup: 'B',
  serviceCode: 'B',
  lifts: 4,
  weight: 1000.01,
  billUnits: [
    { type: 'FP', amount: 2 },
    { type: 'HP', amount: 1 },
  ],
  handball: true,
  tailLift: true,
  adrGoods: false,
  limitedQuantity: true,
  instructions: 'Ring before noon',
  collectionDate: '2026-11-23',
  deliveryDate: '2026-11-24',
  deliveryTime: '10:30',
  bookIn: {
    requested: true,
    booked: true,
    contactName: 'Jo Gate',
    contactPhone: '01423 555000',
    reference: 'BK-5',
    instructions: 'Use the side gate',
  },
  collectionDepot: '520',
  deliveryDepot: '564',
  collection: maker,
  delivery: shop,
  barcodes: ['B00432B6FE', 'B00432B6FF', 'B00432B700', 'B00432B701'],
};

/** A collection with little said. */
export const collection: OrderContent = {
  ...delivery,
  conNo: null,
  trackingId: null,
  type: 'C',
  reference: '',
  collectionReference: '',
  classification: '',
  serviceGroup: 'A',
  serviceCode: 'C',
  lifts: 1,
  weight: 250,
  billUnits: [],
  handball: false,
  tailLift: false,
  adrGoods: true,
  limitedQuantity: false,
  instructions: '',
  deliveryDate: null,
  deliveryTime: null,
  bookIn: { requested: false, booked: false, contactName: '', contactPhone: '', reference: '', instructions: '' },
  collectionDepot: '',
  delivery: null,
  barcodes: [],
};

const words = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 30 }),
  fc.constantFrom('Łódź', 'O’Brien', '1 <High> & "St"'),
);
const date = fc.option(
  fc
    .date({ min: new Date('2020-01-01'), max: new Date('2035-12-31'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 10)),
);
const address: fc.Arbitrary<Address> = fc.record({
  contactName: words,
  companyName: words,
  lines: fc.array(words, { maxLength: 5 }),
  town: words,
  county: words,
  postCode: words,
  country: fc.constantFrom('GB', 'UK', 'ES', 'fr'),
  telephone: words,
});

export const barcodes = fc.uniqueArray(fc.stringMatching(/^B[0-9A-F]{9}$/), { maxLength: 8 });

/** Identifiers as a reader hands them over: cleaned of blanks and scanner affixes. */
const identifier = words.map(cleanIdentifier);

/** Any consignment. */
export const anyOrder: fc.Arbitrary<OrderContent> = fc.record({
  conNo: fc.option(identifier),
  trackingId: fc.option(fc.stringMatching(/^\d{11}$/)),
  responseId: fc.option(identifier),
  type: fc.constantFrom('D' as const, 'C' as const, '3' as const),
  account: words,
  reference: words,
  collectionReference: words,
  classification: fc.constantFrom('', 'B2B', 'B2R'),
  serviceGroup: fc.constantFrom('', 'A', 'B', 'E'),
  serviceCode: fc.constantFrom('', 'A', 'B', 'ND', '9'),
  lifts: fc.nat(30),
  weight: fc.float({ min: 0, max: 26_000, noNaN: true }),
  billUnits: fc.array(fc.record({ type: fc.constantFrom('MQP', 'QP', 'HP', 'FP', ''), amount: fc.nat(5) }), {
    maxLength: 4,
  }),
  handball: fc.boolean(),
  tailLift: fc.boolean(),
  adrGoods: fc.boolean(),
  limitedQuantity: fc.boolean(),
  instructions: words,
  collectionDate: date,
  deliveryDate: date,
  deliveryTime: fc.option(fc.constantFrom('08:00', '17:59', '23:30', 'noon')),
  bookIn: fc.record({
    requested: fc.boolean(),
    booked: fc.boolean(),
    contactName: words,
    contactPhone: words,
    reference: words,
    instructions: words,
  }),
  collectionDepot: fc.constantFrom('', '520', '564'),
  deliveryDepot: fc.constantFrom('', '520', '564'),
  collection: fc.option(address),
  delivery: fc.option(address),
  barcodes,
});
