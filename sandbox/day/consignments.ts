/** Consignments as people enter them, in the words of createConsignment and getConsignment. */
import { COMPANIES, DIALLING, INSTRUCTIONS, NEW_INSTRUCTIONS, PEOPLE, PLACES, type Place, STREETS } from './people.ts';
import type { Random } from './random.ts';

export interface Address {
  Type: 'Delivery' | 'Collection';
  ContactName: string;
  Telephone: string;
  CompanyName: string;
  Line: string[];
  Town: string;
  County: string;
  PostCode: string;
  Country: Place['country'];
}

export interface BillUnit {
  Type: string;
  Amount: string;
}

/** A consignment without the identifiers, which Palletways gives. */
export interface Consignment {
  Type: 'D' | 'C' | '3';
  ImportID: string;
  Number: string;
  Reference: string;
  Lifts: string;
  Weight: string;
  Handball: 'yes' | 'no';
  TailLift: 'yes' | 'no';
  ADRGoods: 'yes' | 'no';
  LimitedQuantityGoods: 'yes' | 'no';
  Classification: 'B2B' | 'B2R';
  BookInRequest: 'yes' | 'no';
  BookInContactName?: string;
  BookInContactPhone?: string;
  BookInContactNote?: string;
  BookInInstructions?: string;
  ManifestNote: string;
  CollectionDate: string;
  DeliveryDate: string;
  CollectionContactName?: string;
  CollectionContactNumber?: string;
  CollectionReference?: string;
  Service: { Type: 'Delivery' | 'Collection'; Code: string; Surcharge: string }[];
  Address: Address[];
  BillUnit: BillUnit[];
}

/** Heaviest load of one lift by its bill unit. */
const UNITS: Record<string, number> = { MQP: 150, QP: 300, HP: 500, ELP: 450, LP: 750, FP: 1200 };
const DELIVERY_SERVICES = ['A/A', 'A/A', 'B/B', 'B/B', 'A/E', 'A/DY', 'A/H', 'B/L'] as const;
const EUROPEAN_SERVICES = ['E/3', 'E/4', 'G/6', 'G/7'] as const;
const COLLECTION_SERVICES = ['B/D', 'A/C', 'A/AB'] as const;

const DAY_MS = 86_400_000;

/** The date `days` after that of `now`, in UTC. */
export function dateAfter(now: number, days: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
}

function address(random: Random, type: Address['Type']): Address {
  const place = random.pick(PLACES);
  const street = random.pick(STREETS[place.country]);
  const number = random.whole(1, 180);
  const lines = [place.country === 'GB' || place.country === 'IE' ? `${number} ${street}` : `${street} ${number}`];
  if (random.chance(0.35)) lines.push(`Unit ${random.whole(1, 30)}${random.pick(['', 'A', 'B'])}`);
  return {
    Type: type,
    ContactName: random.pick(PEOPLE[place.country]),
    Telephone: `${DIALLING[place.country]} ${random.digits(3)} ${random.digits(6)}`,
    CompanyName: random.pick(COMPANIES[place.country]),
    Line: lines,
    Town: place.town,
    County: place.county,
    PostCode: place.postCode,
    Country: place.country,
  };
}

/** Bill units of `lifts` pallets, one or two types, and a weight they can carry. */
function load(random: Random, lifts: number): { BillUnit: BillUnit[]; Weight: string; Lifts: string } {
  const types = random.shuffled(Object.keys(UNITS));
  const split = lifts > 1 && random.chance(0.4) ? random.whole(1, lifts - 1) : lifts;
  const amounts = split === lifts ? [lifts] : [split, lifts - split];
  const units = amounts.map((amount, index) => ({ Type: types[index] ?? 'FP', Amount: String(amount) }));
  const most = units.reduce((sum, unit) => sum + (UNITS[unit.Type] ?? 0) * Number(unit.Amount), 0);
  return { BillUnit: units, Weight: String(Math.round(random.between(0.25, 0.95) * most)), Lifts: String(lifts) };
}

function lifts(random: Random): number {
  return random.chance(0.05) ? 6 : random.pick([1, 1, 1, 2, 2, 3, 4]);
}

export interface Wanted {
  random: Random;
  now: number;
  number: string;
  type: Consignment['Type'];
  /** Fixes the number of lifts instead of drawing it. */
  lifts?: number;
}

export function makeConsignment({ random, now, number, type, lifts: fixed }: Wanted): Consignment {
  const delivery = address(random, 'Delivery');
  const collection = address(random, 'Collection');
  const bookIn = random.chance(0.15);
  const hazard = random.chance(0.08) ? 'adr' : random.chance(0.06) ? 'limited' : 'none';
  const abroad = delivery.Country === 'ES' || delivery.Country === 'DE';
  const service = (kind: 'Delivery' | 'Collection', pair: string) => {
    const [code = '', surcharge = ''] = pair.split('/');
    return { Type: kind, Code: code, Surcharge: surcharge };
  };
  const services = [
    ...(type === 'D' ? [] : [service('Collection', random.pick(COLLECTION_SERVICES))]),
    ...(type === 'C' ? [] : [service('Delivery', random.pick(abroad ? EUROPEAN_SERVICES : DELIVERY_SERVICES))]),
  ];
  return {
    Type: type,
    ImportID: `IMP${number}`,
    Number: number,
    Reference: `${random.pick(['PO', 'SO', 'REF', 'WEB'])}-${random.digits(6)}`,
    ...load(random, fixed ?? lifts(random)),
    Handball: random.chance(0.08) ? 'yes' : 'no',
    TailLift: random.chance(0.4) ? 'yes' : 'no',
    ADRGoods: hazard === 'adr' ? 'yes' : 'no',
    LimitedQuantityGoods: hazard === 'limited' ? 'yes' : 'no',
    Classification: random.chance(0.3) ? 'B2R' : 'B2B',
    BookInRequest: bookIn ? 'yes' : 'no',
    ...(bookIn && {
      BookInContactName: delivery.ContactName,
      BookInContactPhone: delivery.Telephone,
      BookInContactNote: 'Office hours only',
      BookInInstructions: 'Book a slot the day before',
    }),
    ManifestNote: random.chance(0.6) ? random.pick(INSTRUCTIONS) : '',
    CollectionDate: dateAfter(now, type === 'D' ? -1 : 0),
    DeliveryDate: dateAfter(now, type === 'D' ? 0 : random.whole(0, 1)),
    ...(type !== 'D' && {
      CollectionContactName: collection.ContactName,
      CollectionContactNumber: collection.Telephone,
      CollectionReference: `COL-${random.digits(5)}`,
    }),
    Service: services,
    Address: [collection, delivery],
  };
}

export const EDITS = ['weight', 'lifts', 'date', 'instructions', 'address'] as const;
export type EditKind = (typeof EDITS)[number];

/** How many lifts a consignment has after an edit of them. */
export function editedLifts(consignment: Consignment): number {
  return (Number(consignment.Lifts) % 4) + 1;
}

/** What a person changes. The address is given whole, as Palletways keeps it. */
export function makeEdit(random: Random, kind: EditKind, consignment: Consignment): Partial<Consignment> {
  switch (kind) {
    case 'weight':
      return { Weight: String(Number(consignment.Weight) + random.whole(5, 60)) };
    case 'lifts':
      return load(random, editedLifts(consignment));
    case 'date':
      return { DeliveryDate: dateAfter(Date.parse(consignment.DeliveryDate), random.whole(1, 3)) };
    case 'instructions':
      return { ManifestNote: `${random.pick(NEW_INSTRUCTIONS)} (${random.digits(3)})` };
    case 'address': {
      const unit = `Gate ${random.whole(2, 9)}, Bay ${random.whole(1, 40)}`;
      return {
        Address: consignment.Address.map((entry) =>
          entry.Type === 'Delivery' ? { ...entry, Line: [entry.Line[0] ?? '', unit] } : entry,
        ),
      };
    }
  }
}
