/** What people do at the twins: enter and label a consignment at Palletways, plan, drive and prove it in Qargo. */
import { call } from '../local/loopback.ts';
import { type Consignment, makeConsignment } from '../sandbox/day/consignments.ts';
import { photo, signature } from '../sandbox/day/evidence.ts';
import { Random } from '../sandbox/day/random.ts';
import type { House } from './house.ts';
import { until } from './until.ts';

export interface Entered {
  readonly organisation: string;
  readonly responseId: string;
  readonly conNo: string;
  readonly trackingId: string;
}

export interface OrderHeld {
  readonly id: string;
  readonly organisation: string;
  readonly customerReference: string;
  readonly status: string;
  readonly goods: readonly { readonly barcodes: readonly string[] }[];
  readonly documents: readonly { readonly type: string }[];
  readonly effects: { readonly created: number; readonly updated: number; readonly cancelled: number };
}

export interface NoteHeld {
  readonly trackingId: string;
  readonly group: string;
  readonly type: string;
  readonly barcode: string | null;
  readonly description: string;
  readonly instant: string;
  readonly at: number;
}

let entered = 0;

/** A consignment is entered at Palletways: a delivery of two lifts where nothing else is said. */
export async function enter(
  of: House,
  organisation: string,
  changes: Partial<Consignment> = {},
  more: { readonly push?: false } = {},
): Promise<Entered> {
  entered += 1;
  const number = `${7_000 + entered}`;
  const type = changes.Type ?? 'D';
  const made = makeConsignment({ random: new Random(`way/${entered}`), now: Date.now(), number, type, lifts: 2 });
  const body = { organisation, consignment: { ...made, ...changes }, ...more };
  return {
    organisation,
    ...((await call('POST', `${of.palletways}/control/consignments`, body)) as Omit<Entered, 'organisation'>),
  };
}

/** Its pallets are labelled; `readyDelayMs`: how long until the labels' PDF can be had; `push`: what the push names it by. Answers the barcodes. */
export async function label(
  of: House,
  { responseId }: Entered,
  how: { readyDelayMs?: number; push?: object } = {},
): Promise<string[]> {
  const made = await call('POST', `${of.palletways}/control/consignments/${responseId}/label`, how);
  return (made as { barcodes: string[] }).barcodes;
}

/** Palletways edits it: `changes` in the words of getConsignment. `push: false`: it tells nobody. */
export async function amend(
  of: House,
  { responseId }: Entered,
  changes: object,
  more: { push?: false } = {},
): Promise<void> {
  await call('POST', `${of.palletways}/control/consignments/${responseId}/amend`, { changes, ...more });
}

export async function cancel(of: House, { responseId }: Entered): Promise<void> {
  await call('POST', `${of.palletways}/control/consignments/${responseId}/cancel`, {});
}

export async function ordersOf(of: House, { conNo }: Entered): Promise<OrderHeld[]> {
  const { orders } = (await call('GET', `${of.qargo}/control/held`)) as { orders: OrderHeld[] };
  return orders.filter(({ customerReference }) => customerReference === conNo);
}

/** The order, once Qargo has it as awaited. */
export function orderOf(
  of: House,
  made: Entered,
  ready: (order: OrderHeld) => boolean = () => true,
): Promise<OrderHeld> {
  return until(`the order of ${made.conNo}`, async () => (await ordersOf(of, made)).find(ready), 40_000);
}

/** The pallet labels that Qargo holds of it. */
export async function labelsOf(of: House, made: Entered): Promise<readonly { readonly type: string }[]> {
  const orders = await ordersOf(of, made);
  return orders.flatMap(({ documents }) => documents.filter(({ type }) => type === 'PALLET_LABEL_EXTERNAL'));
}

export const holds =
  (barcodes: readonly string[]) =>
  ({ goods }: OrderHeld): boolean =>
    barcodes.every((barcode) => goods.some((good) => good.barcodes.includes(barcode)));

export async function notesOf(of: House, { trackingId }: Entered): Promise<NoteHeld[]> {
  const { notes } = (await call('GET', `${of.palletways}/control/held`)) as { notes: NoteHeld[] };
  return notes.filter((note) => note.trackingId === trackingId);
}

/** Waits for notes of a `GROUP/TYPE` at Palletways. Where they do not come, the error has what the product says about the consignment. */
export async function noted(of: House, made: Entered, what: string, count = 1): Promise<NoteHeld[]> {
  try {
    return await until(`${count} x ${what} of ${made.conNo} at Palletways`, async () => {
      const found = (await notesOf(of, made)).filter(({ group, type }) => `${group}/${type}` === what);
      return found.length >= count ? found : undefined;
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; ${await standingOf(of, made)}`);
  }
}

/** What the record holds of a consignment: its facts, and what it owes. */
async function standingOf(of: House, { trackingId }: Entered): Promise<string> {
  const { db } = of.installation;
  const facts = await db.query(
    'select f.id, f.at, f.heard from fact f join consignment c on c.id = f.consignment where c.tracking_id = $1 order by f.seq',
    [trackingId],
  );
  const owed = await db.query(
    'select o.* from obligation o join consignment c on c.id = o.consignment where c.tracking_id = $1',
    [trackingId],
  );
  return `facts ${JSON.stringify(facts.rows)}; owed ${JSON.stringify(owed.rows)}`.slice(0, 8_000);
}

const ago = (minutes: number) => new Date(Math.floor(Date.now() / 1_000) * 1_000 - minutes * 60_000).toISOString();

export async function plan(
  of: House,
  organisation: string,
  name: string,
  orders: readonly string[],
  dispatch = false,
): Promise<string> {
  const vehicle = { code: 'V1', name: 'DAF LF 18t', plate: 'FJ24 XKD' };
  const body = { organisation, name, orders, vehicle, driver: { name: 'Declan Foley' }, at: ago(300), dispatch };
  return ((await call('POST', `${of.qargo}/control/trips`, body)) as { tripId: string }).tripId;
}

/** Everything a driver does with an order, as calls of Qargo's control API: loaded, out, arrived, unloaded, delivered, signed for. */
export function delivery(orderId: string, barcodes: readonly string[]) {
  const path = `/control/orders/${orderId}`;
  const deed = (what: string, body: unknown) => ({ method: 'POST' as const, path: `${path}/${what}`, body });
  const scans = (stop: 'PICKUP' | 'DELIVERY', minutes: number) =>
    barcodes.map((barcode, nth) =>
      deed('scan', { barcode, status: 'SCANNED_OUT', stop, at: ago(minutes - nth), by: 'Declan Foley' }),
    );
  const document = (type: string, name: string, contentType: string, bytes: Buffer) => {
    return { type, name, contentType, base64: bytes.toString('base64') };
  };
  const documents = [
    document('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(1, orderId)),
    document('PHOTO_OF_GOODS_DELIVERY', 'photo.jpg', 'image/jpeg', photo(1, orderId)),
  ];
  return [
    ...scans('PICKUP', 250),
    deed('stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) }),
    deed('stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(120) }),
    ...scans('DELIVERY', 115),
    deed('stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) }),
    deed('pod', { name: 'Aoife Byrne', at: ago(101), documents }),
  ];
}

/** All at once, as a telephone does that was without network. */
export async function sync(
  of: House,
  calls: ReturnType<typeof delivery>,
  more: { shuffle?: number; twice?: boolean } = {},
): Promise<void> {
  const { results } = (await call('POST', `${of.qargo}/control/batch`, { calls, ...more })) as {
    results: { status: number }[];
  };
  if (results.some(({ status }) => status > 299)) throw new Error(`refused: ${JSON.stringify(results)}`);
}
