/**
 * What Qargo is owed of an order, in one shape for writing it whole, writing what changed and checking what was
 * stored: every field of a Palletways consignment has its one place here. Sources: docs/wire-assumptions.md 3,
 * apis.md 2.7; the places of account, lifts, classification and the far end are assumed (Qargo has no field).
 */
import type { Address, OrderContent } from '../../domain/facts/content.ts';
import type { QargoAccess } from './config.ts';
import { serviceOf } from './mapping.ts';

/** A place, by the property names that import, partial update and read share. Empty string: not said. */
export interface PlaceFields {
  readonly name: string;
  readonly address: string;
  readonly address_second_line: string;
  readonly city: string;
  readonly state: string;
  readonly postal_code: string;
  readonly country: string;
}

export interface WindowFields {
  /** Local time of the depot, `HH:MM`. */
  readonly start_time: string;
  readonly end_time: string;
  readonly is_enforced: boolean;
}

export interface StopFields {
  /** Code of the location where it is our depot, else empty. */
  readonly depotCode: string;
  readonly place: PlaceFields;
  /** Local date or null. */
  readonly date: string | null;
  readonly reference_number: string;
  readonly phone_number: string;
  readonly note: string;
  readonly planning_instructions: string;
  readonly window: WindowFields | null;
  /** Codes of the stop extras. */
  readonly extras: readonly string[];
}

/** One bill unit line. */
export interface GoodFields {
  /** Bill unit type, or null where Palletways named none; `packagings` has its code at Qargo. */
  readonly packaging: string | null;
  readonly quantity: number;
  /** The line's share of the consignment's weight, kg, to 10 g. */
  readonly weight: number;
  readonly adr: 'ADR' | 'LIMITED_QUANTITY' | null;
}

export interface OrderFields {
  /** Palletways' consignment number, or empty. */
  readonly number: string;
  readonly service: string;
  readonly instructions: string;
  /** What Qargo has no field for: account, classification, lifts, the end that is not ours to drive. */
  readonly remarks: string;
  readonly collectionDepot: string;
  readonly deliveryDepot: string;
  readonly pickup: StopFields;
  readonly delivery: StopFields;
  readonly goods: readonly GoodFields[];
}

/** Everything of a consignment, in its place in a Qargo order. Total: an address that is missing gives an empty place, which Qargo refuses. */
export function orderFields(content: OrderContent, access: QargoAccess): OrderFields {
  const ends = { pickup: content.type !== 'D', delivery: content.type !== 'C' };
  return {
    number: content.conNo ?? '',
    service: service(content, access),
    instructions: lines([content.instructions.trim(), ...besides(content.further)]),
    remarks: remarks(content),
    collectionDepot: content.collectionDepot.trim(),
    deliveryDepot: content.deliveryDepot.trim(),
    pickup: ends.pickup
      ? pickup(content, access)
      : depotStop(content, access, content.collectionDate, content.deliveryDate),
    delivery: ends.delivery
      ? delivery(content, access)
      : depotStop(content, access, content.deliveryDate, content.collectionDate),
    goods: goods(content),
  };
}

/** Barcodes spread over lines in order: each line as many as it has pallets, what is left over on the last. */
export function spread(barcodes: readonly string[], room: readonly number[]): string[][] {
  const rest = [...new Set(barcodes)];
  const lines = room.map((places) => rest.splice(0, Math.max(0, Math.round(places))));
  lines.at(-1)?.push(...rest);
  return lines;
}

/** ISO 3166 alpha-2; `UK`, which both sides show in examples (apis 2.14), is `GB`. */
export function country(code: string): string {
  const upper = code.trim().toUpperCase();
  return upper === 'UK' ? 'GB' : upper;
}

function service(content: OrderContent, access: QargoAccess): string {
  const said = serviceOf(content);
  return Object.hasOwn(access.serviceLevels, said) ? (access.serviceLevels[said] ?? said) : said;
}

function depotStop(
  content: OrderContent,
  access: QargoAccess,
  said: string | null,
  customer: string | null,
): StopFields {
  const { depot } = access;
  return {
    depotCode: depot.code,
    place: {
      name: depot.name,
      address: depot.address,
      address_second_line: '',
      city: depot.city,
      state: '',
      postal_code: depot.postCode,
      country: country(depot.country),
    },
    date: access.depotStopDate === 'said' ? said : (customer ?? said),
    reference_number: reference(content),
    phone_number: '',
    note: '',
    planning_instructions: '',
    window: null,
    extras: [],
  };
}

/** The customer's reference; where only the place of collection has one, that. */
function reference(content: OrderContent): string {
  return content.reference.trim() || content.collectionReference.trim();
}

function pickup(content: OrderContent, access: QargoAccess): StopFields {
  return {
    depotCode: '',
    place: place(content.collection),
    date: content.collectionDate,
    reference_number: content.collectionReference.trim() || reference(content),
    phone_number: content.collection?.telephone.trim() ?? '',
    note: note(content.collection, content.handball),
    planning_instructions: '',
    window: null,
    extras: content.tailLift ? [access.tailLiftExtra] : [],
  };
}

function delivery(content: OrderContent, access: QargoAccess): StopFields {
  const { bookIn } = content;
  const wanted = bookIn.requested || bookIn.booked;
  return {
    depotCode: '',
    place: place(content.delivery),
    date: content.deliveryDate,
    reference_number: reference(content),
    phone_number: content.delivery?.telephone.trim() || bookIn.contactPhone.trim(),
    note: note(content.delivery, content.handball),
    planning_instructions: wanted ? appointment(content) : '',
    window: window(content, access),
    extras: [...(content.tailLift ? [access.tailLiftExtra] : []), ...(wanted ? [access.bookInExtra] : [])],
  };
}

function place(address: Address | null): PlaceFields {
  const [first = '', ...more] = (address?.lines ?? []).map((line) => line.trim()).filter((line) => line !== '');
  return {
    name: address?.companyName.trim() || address?.contactName.trim() || '',
    address: first,
    address_second_line: more.join(', '),
    city: address?.town.trim() ?? '',
    state: address?.county.trim() ?? '',
    postal_code: address?.postCode.trim() ?? '',
    country: country(address?.country ?? ''),
  };
}

function note(address: Address | null, handball: boolean): string {
  const contact = address?.contactName.trim() ?? '';
  return lines([contact && `Contact: ${contact}`, handball && 'Handball']);
}

function appointment({ bookIn }: OrderContent): string {
  const contact = [bookIn.contactName.trim(), bookIn.contactPhone.trim()].filter((part) => part !== '').join(', ');
  return lines([
    bookIn.booked ? 'Booked in' : 'Book in',
    contact && `Book-in contact: ${contact}`,
    bookIn.reference.trim() && `Book-in reference: ${bookIn.reference.trim()}`,
    bookIn.instructions.trim(),
  ]);
}

/**
 * The window of the delivery (wire assumption 9). An appointment begins at its time and is as long as configured, within the day; a due
 * time only ends a window, and so does the time by which the service is to be delivered. What nobody booked and no timed service promises
 * is not enforced.
 */
function window(content: OrderContent, access: QargoAccess): WindowFields | null {
  const time = /^([01]\d|2[0-3]):([0-5]\d)/.exec(content.deliveryTime ?? '')?.[0] ?? null;
  const { window: set, bookIn } = content;
  if (set !== undefined)
    return time === null ? null : { start_time: time, end_time: set.until, is_enforced: set.enforced };
  if (time !== null && (content.appointment === true || access.dueTime === 'appointment'))
    return { start_time: time, end_time: later(time, access.deliveryWindowMinutes), is_enforced: bookIn.booked };
  const code = serviceOf(content);
  const promised = Object.hasOwn(access.serviceDeadlines, code) ? access.serviceDeadlines[code] : undefined;
  const due = access.dueTime === 'deadline' ? time : null;
  const end = [due, promised].filter((one) => typeof one === 'string').sort()[0];
  if (end === undefined) return null;
  const binds = promised !== undefined || (due !== null && (bookIn.booked || access.timedServices.includes(code)));
  return { start_time: '00:00', end_time: end, is_enforced: binds };
}

/** `HH:MM` so many minutes later, at the latest 23:59. */
function later(time: string, minutes: number): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return clock(Math.min(hour * 60 + minute + minutes, 23 * 60 + 59));
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function remarks(content: OrderContent): string {
  const far = content.type === 'D' ? content.collection : content.type === 'C' ? content.delivery : null;
  const end = place(far);
  const where = [end.name, end.address, end.city, end.postal_code, end.country]
    .filter((part) => part !== '')
    .join(', ');
  const { bookIn } = content;
  return lines([
    content.account.trim() && `Palletways account: ${content.account.trim()}`,
    content.classification.trim() && `Classification: ${content.classification.trim()}`,
    `Lifts: ${content.lifts}`,
    far !== null && where !== '' && `${content.type === 'D' ? 'Shipper' : 'Consignee'}: ${where}`,
    content.type === 'C' && (bookIn.requested || bookIn.booked) && appointment(content),
  ]);
}

function lines(parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join('\n');
}

/** What Qargo has no field for and a driver must know, in plain words. */
function besides(further: OrderContent['further']): string[] {
  const said: readonly (readonly [string, string | undefined])[] = [
    ['Cash to collect:', further?.cash],
    ['Pallets to bring back:', further?.returns],
    ['Notify:', further?.notify],
    ['Insurance:', further?.insurance],
    ['Products:', further?.products],
  ];
  return said.flatMap(([name, words = '']) => (words === '' ? [] : [`${name} ${words}`]));
}

/** Goods by bill unit; the sum of their weights is exact. */
function goods(content: OrderContent): GoodFields[] {
  const said = content.billUnits.filter((unit) => unit.amount > 0);
  const units = said.length > 0 ? said : [{ type: '', amount: Math.max(1, content.lifts) }];
  const adr = content.adrGoods ? 'ADR' : content.limitedQuantity ? 'LIMITED_QUANTITY' : null;
  const weights = splitWeight(
    content.weight,
    units.map(({ amount }) => amount),
  );
  return units.map((unit, index) => ({
    packaging: unit.type.trim() || null,
    quantity: unit.amount,
    weight: weights[index] ?? 0,
    adr,
  }));
}

/** A weight (kg) split by number of units, in 10 g, the remainder on the last. */
export function splitWeight(weight: number, amounts: readonly number[]): number[] {
  const amount = amounts.reduce((sum, each) => sum + each, 0);
  const total = Math.round(weight * 100);
  let given = 0;
  return amounts.map((each, index) => {
    const share = index === amounts.length - 1 ? total - given : Math.floor((total * each) / Math.max(1, amount));
    given += share;
    return share / 100;
  });
}
