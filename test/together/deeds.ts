/** What people do at the twins, and what the twins hold then. */
import type { ConsignmentId } from '../../activities/types.ts';
import { call } from '../../local/loopback.ts';
import type { Address, Consignment } from '../../sandbox/day/consignments.ts';
import type { Ground, Letter } from './ground.ts';

/** A consignment that both twins have, with its labels. */
export interface Made {
  readonly of: Ground;
  readonly id: ConsignmentId;
  readonly responseId: string;
  readonly trackingId: string;
  readonly orderId: string;
  readonly barcodes: readonly string[];
  /** What Palletways pushed when it was entered and labelled. */
  readonly letters: readonly Letter[];
}

export interface Held {
  readonly id: string;
  readonly customerReference: string;
  readonly status: string;
  readonly goods: readonly { readonly id: string; readonly barcodes: readonly string[] }[];
  readonly documents: readonly { readonly type: string; readonly name: string; readonly sha256: string }[];
  readonly effects: Readonly<Record<'created' | 'updated' | 'cancelled' | 'partial', number>>;
}

export interface Note {
  readonly trackingId: string;
  readonly barcode: string | null;
  readonly group: string;
  readonly type: string;
  readonly customerName: string;
  readonly description: string;
  readonly freeText: string;
  readonly instant: string;
  readonly at: number;
}

const began = Math.floor(Date.now() / 1_000) * 1_000;
let entered = 0;
const day = (n: number) => new Date(began + n * 86_400_000).toISOString().slice(0, 10);

const at = (type: 'Delivery' | 'Collection', number: number): Address => ({
  Type: type,
  ContactName: 'Orla Walsh',
  Telephone: '+44 113 496 0000',
  CompanyName: `${type} Tiles`,
  Line: [`${number} High Street`],
  Town: 'Leeds',
  County: '',
  PostCode: 'LS1 4AP',
  Country: 'GB',
});

/** Two pallets for somebody who wants to be rung; nothing of it is special. */
export function plainConsignment(): Consignment {
  entered += 1;
  return {
    Type: 'D',
    ImportID: `IMP${4_000 + entered}`,
    Number: `${4_000 + entered}`,
    Reference: 'PO-100',
    Lifts: '2',
    Weight: '640',
    Handball: 'no',
    TailLift: 'no',
    ADRGoods: 'no',
    LimitedQuantityGoods: 'no',
    Classification: 'B2B',
    BookInRequest: 'yes',
    BookInContactName: 'Sam',
    BookInContactPhone: '0113 496 0001',
    ManifestNote: 'Ring ahead',
    CollectionDate: day(-1),
    DeliveryDate: day(0),
    Service: [{ Type: 'Delivery', Code: 'A', Surcharge: 'A' }],
    Address: [at('Collection', 1), at('Delivery', 2)],
    BillUnit: [{ Type: 'FP', Amount: '2' }],
  };
}

/**
 * Entered and labelled at Palletways, and at Qargo with its labels. `batches`: how what Palletways pushed of it is heard; in its order
 * and at once where nothing is said.
 */
export async function make(
  of: Ground,
  organisation: string,
  consignment = plainConsignment(),
  batches: (letters: readonly Letter[]) => readonly (readonly Letter[])[] = (letters) => [letters],
): Promise<Made> {
  const body = { organisation, consignment };
  const { responseId, trackingId } = (await call('POST', `${of.palletways}/control/consignments`, body)) as Made;
  const { barcodes } = (await call('POST', `${of.palletways}/control/consignments/${responseId}/label`, {})) as Made;
  const letters = await of.letters(trackingId);
  for (const batch of batches(letters)) {
    if (batch.length === 0) continue;
    await of.open(batch);
    await of.drive(await of.find(trackingId));
  }
  const id = await of.find(trackingId);
  const { rows } = await of.installation.db.query<{ order: string }>(
    `select qargo->>'orderId' as order from consignment where id = $1`,
    [id.consignment],
  );
  const orderId = rows[0]?.order;
  if (!orderId) throw new Error(`there is no order of ${trackingId}`);
  return { of, id, responseId, trackingId, orderId, barcodes, letters };
}

/** A deed at Palletways. */
export const atPalletways = ({ of, responseId }: Made, deed: string, body: unknown = {}) =>
  call('POST', `${of.palletways}/control/consignments/${responseId}/${deed}`, body);
/** A deed at Qargo. */
export const atQargo = ({ of, orderId }: Made, deed: string, body: unknown = {}) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/${deed}`, body);

/** Instant of a deed, minutes before the test began, whole seconds as drivers' telephones say them. */
export const ago = (minutes: number) => new Date(began - minutes * 60_000).toISOString();

export async function plan({ of, id, orderId }: Made, name: string, minutes: number): Promise<string> {
  const vehicle = { code: 'V1', name: 'DAF LF 18t', plate: 'FJ24 XKD' };
  const body = {
    organisation: id.organisation,
    name,
    orders: [orderId],
    vehicle,
    driver: { name: 'Declan Foley' },
    at: ago(minutes),
  };
  return ((await call('POST', `${of.qargo}/control/trips`, body)) as { tripId: string }).tripId;
}

export async function scan(
  made: Made,
  stop: 'PICKUP' | 'DELIVERY',
  minutes: number,
  barcodes = made.barcodes,
): Promise<void> {
  for (const [n, barcode] of barcodes.entries())
    await atQargo(made, 'scan', { barcode, status: 'SCANNED_OUT', stop, at: ago(minutes - n), by: 'Declan Foley' });
}

/** The order as the Qargo twin holds it. */
export const held = async ({ of, orderId }: Made) =>
  (await call('GET', `${of.qargo}/control/orders/${orderId}`)) as Held;

/** All notes that Palletways holds of it, in the order in which they came. */
export async function notesOf({ of, trackingId }: Made): Promise<Note[]> {
  const { notes } = (await call('GET', `${of.palletways}/control/held`)) as { notes: Note[] };
  return notes.filter((note) => note.trackingId === trackingId);
}

export const papersOf = async (made: Made) =>
  (await held(made)).documents.filter(({ type }) => type === 'CUSTOMER_PAPERWORK');
