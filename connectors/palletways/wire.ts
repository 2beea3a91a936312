/**
 * What is read of Palletways' documents, after {@link Node} made XML and JSON alike. The `*Fields` functions
 * pick elements by their wire names (apis.md 1.4, 1.6, 1.7; wire assumptions 2); the schemas say what each may
 * hold. Messages of a schema never quote the value: it may be personal.
 */
import { z } from 'zod';
import { cleanIdentifier } from '../../domain/facts/text.ts';
import { isLocalDate, isLocalTime } from './local-time.ts';
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
/** Whole and not negative; `2.00` is 2. */
const whole = words.regex(/^\d{1,6}(\.0+)?$/, 'is not a whole number').transform(Number);
/** kg, `110` or `110.00` (apis.md 1.2). */
const weight = words.regex(/^\d{1,7}(\.\d{1,4})?$/, 'is not a weight').transform(Number);
const date = words
  .refine((said) => said === '' || isLocalDate(said), 'is not a date YYYY-MM-DD')
  .transform((said) => (said === '' ? null : said));
/** `HH:MM[:SS]` to `HH:MM`. Midnight is taken for "no time": timed services are 08:00 to 18:00 (apis.md 1.4; assumed). */
const time = words
  .refine((said) => said === '' || isLocalTime(said), 'is not a time HH:MM')
  .transform((said) => (said === '' || said.startsWith('00:00') ? null : said.slice(0, 5)));
const shortCode = words.regex(/^[\w.-]{1,12}$/, 'is not a code');

/** Tracking id and Response ID are numbers (apis.md 1.5); a 0 is nobody's. */
export const strongId = name.pipe(words.regex(/^(?!0+$)\d{1,20}$/, 'is not an identifier'));
/** Consignment number, `2557391-564` or `100-63528` (apis.md 1.5). Weak: not unique. */
export const conNumber = name.pipe(words.regex(/^[\w./ -]{1,40}$/, 'is not a consignment number'));
/** 10 characters starting `B` (apis.md 1.5); customers' own may differ. */
export const barcode = name.pipe(words.regex(/^[\w.-]{1,30}$/, 'is not a barcode'));
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
  Country: words.toUpperCase().regex(/^([A-Z]{2})?$/, 'is not a country of two letters'),
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
  Barcode: name,
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
