/**
 * What is read of Palletways' documents, after {@link Node} made XML and JSON alike. The `*Fields` functions
 * pick elements by their wire names (apis.md 1.4, 1.6, 1.7; wire assumptions 2); the schemas say what each may
 * hold. Messages of a schema never quote the value: it may be personal.
 */
import { z } from 'zod';
import { countryOf } from '../../domain/facts/countries.ts';
import { readNumber } from '../../domain/facts/number.ts';
import { cleanBarcode, cleanIdentifier } from '../../domain/facts/text.ts';
import { isNoDate, readLocalDate, readLocalTime } from './local-time.ts';
import { all, first, flag, has, type Node, text, texts, value } from './node.ts';

const words = z.string();
/** What names something: cleaned here, where it is heard. */
const name = words.transform(cleanIdentifier);
const boolean = words.transform((said, context) => {
  const read = flag(said);
  if (read !== null) return read;
  context.addIssue({ code: 'custom', message: 'is not a yes or a no' });
  return z.NEVER;
});
/** A text that is read as something, or is a problem where `read` answers undefined. */
const readAs = <T>(read: (said: string) => T | undefined, message: string) =>
  words.transform((said, context): T => {
    const value = read(said);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
/** A number as the published examples have it (`110.00`); blanks that group thousands, or a comma that does, are a small slip. */
const numberOf = (said: string): number | undefined =>
  /^\d{1,7}(?:\.\d{1,4})?$/.test(said) ? Number(said) : (readNumber(said, 'point') ?? undefined);
/** Whole and not negative; `2.00` is 2. */
const whole = readAs((said) => {
  const value = numberOf(said);
  return value !== undefined && Number.isInteger(value) && value < 1_000_000 ? value : undefined;
}, 'is not a whole number');
/** kg, `110` or `110.00` (apis.md 1.2), perhaps with its unit. */
const weight = readAs((said) => numberOf(said.replace(/\s*kgs?\.?$/i, '')), 'is not a weight');
const date = readAs(
  (said) => (isNoDate(said) ? null : (readLocalDate(said) ?? undefined)),
  'is not a date YYYY-MM-DD of this century',
);
/** `HH:MM[:SS]` to `HH:MM`. Midnight is taken for "no time": timed services are 08:00 to 18:00 (apis.md 1.4; assumed). */
const time = readAs((said) => {
  const read = said === '' ? '00:00' : readLocalTime(said);
  return read === null ? undefined : read === '00:00' ? null : read;
}, 'is not a time HH:MM');
const shortCode = words.regex(/^[\w.-]{1,12}$/, 'is not a code');

/** Tracking id and Response ID are numbers (apis.md 1.5); a 0 is nobody's. */
export const strongId = name.pipe(words.regex(/^(?!0+$)\d{1,20}$/, 'is not an identifier'));
/** Consignment number, `2557391-564` or `100-63528` (apis.md 1.5); others may have letters and signs. Weak: not unique. */
export const conNumber = name.pipe(words.regex(/^[^\p{C}]{1,40}$/u, 'is not a consignment number'));
/** 10 characters starting `B` (apis.md 1.5); customers' own may differ. */
export const barcode = words.transform(cleanBarcode).pipe(words.regex(/^[^\p{C}\s]{1,30}$/u, 'is not a barcode'));
/** As many as an envelope of 4 KB can carry. */
export const barcodeList = z
  .array(barcode)
  .max(200, 'more than 200 barcodes')
  .transform((said) => [...new Set(said)]);

const address = z.object({
  Type: words.toLowerCase().pipe(z.enum(['collection', 'delivery'], 'is neither Collection nor Delivery')),
  ContactName: words,
  CompanyName: words,
  Line: z.array(words),
  Town: words,
  County: words,
  PostCode: words,
  Country: readAs(countryOf, 'is not a country of two letters'),
  Telephone: words,
});
export type WireAddress = z.infer<typeof address>;

/** A whole consignment (apis.md 1.6, with the input's spellings of 1.4). Every field is there, '' where not said. */
export const consignment = z.object({
  Type: words.toUpperCase().pipe(z.enum(['D', 'C', '3'], 'is none of D, C, 3')),
  Reference: words,
  CollectionReference: words,
  Classification: words.max(20, 'is too long'),
  Lifts: whole,
  Weight: weight,
  HandBall: boolean,
  TailLift: boolean,
  ADRGoods: boolean,
  LimitedQuantityGoods: boolean,
  ManifestNote: words,
  CollectionDate: date,
  DeliveryDate: date,
  DueDate: date,
  DeliveryTime: time,
  DueTime: time,
  BookInRequest: boolean,
  BookedIn: boolean,
  BookInContactName: words,
  BookInContactPhone: words,
  BookInReference: words,
  BookInInstructions: words,
  BookInContactNote: words,
  BookInNotes: words,
  CollectionDepot: words,
  DeliveryDepot: words,
  CollectionContactName: words,
  CollectionContactNumber: words,
  DeliveryAddressContactName: words,
  DeliveryAddressContactNumber: words,
  Service: z.array(z.object({ Type: words.toLowerCase(), Code: shortCode, Surcharge: shortCode })).min(1, 'is missing'),
  Address: z.array(address),
  BillUnit: z
    .array(z.object({ Type: shortCode, Amount: whole }))
    .min(1, 'is missing')
    .max(60, 'more than 60 bill unit lines'),
});
export type WireConsignment = z.infer<typeof consignment>;

/** A consignment without the fields that could not be read. */
const withoutThem = consignment.extend({
  Service: z.array(consignment.shape.Service.element),
  BillUnit: z.array(consignment.shape.BillUnit.element).max(60, 'more than 60 bill unit lines'),
});

export interface ConsignmentRead {
  /** Null where it cannot be told what kind of consignment it is. */
  readonly wire: WireConsignment | null;
  readonly issues: readonly z.core.$ZodIssue[];
  /** Names of the elements that could not be read, and of addresses with their type: `Weight`, `delivery.Country`. */
  readonly odd: ReadonlySet<string>;
}

/**
 * Reads a consignment. A field that cannot be read is an issue of its own and is taken as not said: lifts and weight are then 0, a service
 * and a line of bill units are left out. It never takes the rest along.
 */
export function readFields(fields: Record<string, unknown>): ConsignmentRead {
  const read = consignment.safeParse(fields);
  if (read.success) return { wire: read.data, issues: [], odd: new Set() };
  const { issues } = read.error;
  const mended = structuredClone(fields);
  const odd = new Set<string>();
  const lost = new Map<string, Set<number>>();
  for (const { path } of issues) {
    const [field, place, leaf] = path as [string, number | undefined, string | undefined];
    odd.add(field);
    if (place === undefined)
      mended[field] = Array.isArray(mended[field]) ? mended[field] : field === 'Lifts' || field === 'Weight' ? '0' : '';
    else if (field === 'Address' && leaf !== undefined && leaf !== 'Type') {
      const one = (mended.Address as Record<string, unknown>[])[place];
      if (one === undefined) continue;
      odd.delete(field);
      odd.add(`${String(one.Type).toLowerCase()}.${leaf}`);
      one[leaf] = '';
    } else lost.set(field, (lost.get(field) ?? new Set()).add(place));
  }
  for (const [field, places] of lost)
    mended[field] = (mended[field] as unknown[]).filter((_, place) => !places.has(place));
  return { wire: withoutThem.safeParse(mended).data ?? null, issues, odd };
}

const lists = ['Service', 'Address', 'BillUnit'] as const;
const leaves = Object.keys(consignment.shape).filter((name) => !lists.some((list) => list === name));

/**
 * Whether an AMENDED carries the whole order and not only what changed (wire assumptions 2.1): everything an order
 * cannot be without says something, and the two switches are there. A doubt costs one read.
 */
export function isWholeOrder(node: Node): boolean {
  const said = ['Type', 'Lifts', 'Weight', 'Service', 'Address', 'BillUnit'];
  return said.every((name) => first(node, name) !== undefined) && has(node, 'HandBall') && has(node, 'TailLift');
}

function picked(node: Node, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, text(node, name)]));
}

/** The elements of a consignment by name, ready for the schema {@link consignment}. */
export function consignmentFields(node: Node): Record<string, unknown> {
  return {
    ...picked(node, leaves),
    Service: all(node, 'Service').map((one) => picked(one, ['Type', 'Code', 'Surcharge'])),
    BillUnit: all(node, 'BillUnit').map((one) => picked(one, ['Type', 'Amount'])),
    Address: all(node, 'Address').map((one) => ({
      ...picked(one, ['Type', 'ContactName', 'CompanyName', 'Town', 'County', 'PostCode', 'Country', 'Telephone']),
      Line: addressLines(one),
    })),
  };
}

/** `Line` repeated; where there is none, `Addr1`, `Addr2`, ... (both occur in apis.md 1.6). */
function addressLines(node: Node): string[] {
  const lines = texts(node, 'Line');
  return lines.length > 0 ? lines : [1, 2, 3, 4, 5].map((at) => text(node, `Addr${at}`)).filter((line) => line !== '');
}

/** Barcodes of `Pallet`, repeated or with a `Barcode` inside, each once, in their order. */
export function palletBarcodes(node: Node): string[] {
  return [...new Set(all(node, 'Pallet').map((pallet) => text(pallet, 'Barcode') || value(pallet)))];
}

/** One note of `getNotes` (apis.md 1.7). */
export const note = z.object({
  /** Epoch second of the note's entry; the next cursor. */
  Delta: words.regex(/^\d{0,12}$/, 'is not an epoch second').transform((said) => (said === '' ? null : Number(said))),
  TrackingID: strongId.or(z.literal('')),
  ConNo: conNumber.or(z.literal('')),
  SysNote: name.pipe(words.regex(/^[\w-]{1,40}$/, 'is not a note id')),
  Barcode: words.transform(cleanBarcode),
  NoteDate: words,
  NoteTime: words,
  NoteText: words,
  StatusCode: words,
  NoteGroup: words.toUpperCase(),
  NoteType: words.toUpperCase(),
  NoteCodeID: words,
  PodDate: words,
  PodTime: words,
  PodSignature: words,
  BookInDate: words,
  BookInTime: words,
  BookInContact: words,
  BookInReference: words,
});
/** A note as read, wire names kept; times are depot local. */
export type PalletwaysNote = z.infer<typeof note>;

export function noteFields(node: Node): Record<string, unknown> {
  return picked(node, Object.keys(note.shape));
}

/** Reads one note. A field that cannot be read is an issue of its own and is taken as not said; without its id a note is none. */
export function readNote(node: Node): {
  readonly read: PalletwaysNote | null;
  readonly issues: readonly z.core.$ZodIssue[];
} {
  const fields = noteFields(node);
  const first = note.safeParse(fields);
  if (first.success) return { read: first.data, issues: [] };
  const odd = Object.fromEntries(first.error.issues.map(({ path }) => [String(path[0]), '']));
  return { read: note.safeParse({ ...fields, ...odd }).data ?? null, issues: first.error.issues };
}

/** A row of conStatus*, getDynConStatus and consEntered. Its shape is assumed (wire assumptions 2.2). */
export interface ConStatus {
  /** null until the depot has assigned it. */
  readonly trackingId: string | null;
  readonly responseId: string | null;
  readonly conNo: string | null;
  /** apis.md 1.8, e.g. `800`; '' where not said. */
  readonly statusCode: string;
  readonly statusDescription: string;
  readonly account: string;
  readonly deliveryDepot: string;
  /** Depot-local `YYYY-MM-DD` and `HH:MM[:SS]`, as said. */
  readonly entryDate: string;
  readonly entryTime: string;
}

/** Reads one row; also by the raw field names of apis.md 1.8. What is no identifier is taken as not said. */
export function conStatus(node: Node): ConStatus {
  const id = (schema: z.ZodType<string, string>, ...names: string[]) =>
    schema.safeParse(text(node, ...names)).data ?? null;
  return {
    trackingId: id(strongId, 'TrackingID', 'dc_syscon'),
    responseId: id(strongId, 'ResponseID'),
    conNo: id(conNumber, 'ConNo', 'c_carcon'),
    statusCode: text(node, 'StatusCode'),
    statusDescription: text(node, 'StatusDescription'),
    account: text(node, 'Account', 'c_account'),
    deliveryDepot: text(node, 'DeliveryDepot', 'for_DepotNumber'),
    entryDate: text(node, 'EntryDate'),
    entryTime: text(node, 'EntryTime'),
  };
}

/** `['Service', 0, 'Code']` under `Manifest` to `Manifest.Service[0].Code`. */
export function fieldPath(prefix: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (said, step) =>
      typeof step === 'number' ? `${said}[${step}]` : said === '' ? String(step) : `${said}.${String(step)}`,
    prefix,
  );
}
