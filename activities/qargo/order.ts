/** The order at Qargo, made once. What changes it is in change.ts, what takes it back in cancel.ts. */

import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { unmapped } from '../../connectors/qargo/mapping.ts';
import { findDifferences } from '../../connectors/qargo/read-differences.ts';
import { type OrderInput, orderInput } from '../../connectors/qargo/write-order.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { saveStops } from '../../store/due/trips.ts';
import { keepOwnOrder, nameConsignment } from '../../store/identity/merge.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { type Intent, keepProgress, type Outcome } from '../../store/outbox/receipts.ts';
import { noteFound } from '../../store/outbox/restored.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow, keepQargoSide } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { agreedByUpload } from '../agreement/by-upload.ts';
import { type Overlay, overlayOf } from '../agreement/overlay.ts';
import { readStatus, type StatusRead, stopRows } from '../reading/order-status.ts';
import { type Call, carryOut, type Message, needsNoLook } from '../sending/call.ts';
import { type UploadEnd, upload } from '../sending/order-upload.ts';
import { factFor, finish, instantIn, markOnTheWire, type Work, waitedOf } from '../sending/work.ts';

interface CreateMessage extends Message {
  readonly show: OrderInput;
}

/** The order as it is made at Qargo. Pure. */
export function createMessage(work: Work, order: OrderContent): CreateMessage {
  const access = work.services.counterparts.accessOf(work.organisation).qargo;
  return { show: orderInput(order, { operation: 'CREATE', orderIdentifier: identifierOf(work), access }) };
}

/** Of the order of this generation; Qargo knows duplicates by it. */
export const identifierOf = ({ consignment, row }: Work): string => `${consignment}-${row.generation}`;

interface Ready {
  readonly client: QargoClient;
  readonly order: OrderContent;
  readonly overlay: Overlay;
  /** Reference of the order's content. */
  readonly content: string | undefined;
  /** The window that is laid over it. */
  readonly bookIn: string | null;
  /** The order read back, once it was. */
  read: StatusRead | null;
  /** Qargo had it already, and the record was restored without it. */
  found: boolean;
}

type Made = UploadEnd & { readonly orderId: string };

/**
 * Makes the order where Qargo has none. A second CREATE makes no second order, and an upload that Qargo gave an id is followed to its
 * end: neither needs a look.
 */
export const createCall: Call<Intent, Ready, CreateMessage, Made> = {
  prepare,
  message: async (work, _, ready) =>
    ready === undefined ? { none: { code: 'no order known' }, state: 'erased' } : createMessage(work, ready.order),
  look: needsNoLook,
  send,
  confirm,
};

/**
 * Creates the order. Answers the read-back, or null where it ended otherwise (the outcome is written); and whether the order turned out to
 * be one that the record was restored without. Throws CallError.
 */
export async function createOrder(
  work: Work,
  intent: Intent,
): Promise<{ readonly read: StatusRead | null; readonly found: boolean }> {
  const ready = await carryOut(createCall, work, [intent]);
  return { read: ready?.read ?? null, found: ready?.found === true };
}

async function prepare(work: Work, [intent]: readonly Intent[]): Promise<Ready | null> {
  if (intent === undefined) return null;
  const { installation, counterparts } = work.services;
  const fact = await factFor(work, intent.item, 'order');
  const plain = fact.content === undefined ? null : await loadContent(installation.db, 'order', fact.content);
  if (plain === null) return ended(work, { item: intent.item, state: 'erased' });
  const overlay = await overlayOf(work);
  const { bookIn, leg } = overlay;
  const order = overlay.owed(plain);
  const cause = unmapped(order, counterparts.accessOf(work.organisation).qargo, work.organisation.policy);
  if (cause !== null) return ended(work, { item: intent.item, state: 'refused', cause });
  if (leg !== 'as told' && leg !== 'none') await keepQargoSide(installation.db, work.consignment, { leg });
  const client = counterparts.qargo(work.organisation, 'label', work.signal, waitedOf(work));
  return { client, order, overlay, content: fact.content, bookIn, read: null, found: false };
}

async function send(
  work: Work,
  [intent]: readonly Intent[],
  { show }: CreateMessage,
  ready: Ready,
): Promise<Made | null> {
  if (intent === undefined) return null;
  const { installation, counterparts } = work.services;
  const { item } = intent;
  for (let { uploadId, creating } = intent.progress; ; uploadId = undefined) {
    // What an upload holds that was sent before: its end tells of that version, not of this one.
    const older = typeof uploadId === 'string' && creating !== ready.content;
    await markOnTheWire(work, [item], older ? {} : { creating: ready.content });
    const end = await upload(ready.client, show, {
      ...(typeof uploadId === 'string' ? { uploadId } : {}),
      pace: counterparts.pace,
      sent: (id) => keepProgress(installation.db, work.consignment, item.key, { uploadId: id }),
    });
    const { status, orderId } = end;
    if (status === 'open')
      return ended(work, {
        item,
        state: 'not yet',
        cause: { code: 'upload not ended' },
        until: instantIn(work, 5),
        inDoubt: true,
      });
    if (orderId !== null) return { ...end, orderId };
    await keepProgress(installation.db, work.consignment, item.key, { uploadId: null });
    if (older) continue;
    const proof = { uploadId: end.uploadId };
    return ended(work, { item, state: 'refused', cause: { code: 'upload failed', status }, proof });
  }
}

/** Met where reading back shows the order as it was sent; else a change follows. */
async function confirm(
  work: Work,
  [intent]: readonly Intent[],
  { orderId, uploadId, status }: Made,
  ready: Ready,
): Promise<void> {
  const { installation, counterparts } = work.services;
  if (status !== 'COMPLETED')
    ready.found = await noteFound(installation.db, {
      organisation: work.organisation.id,
      consignment: work.consignment,
    });
  await keepOrder(work, orderId, identifierOf(work));
  const read = await readStatus(work, ready.client, orderId);
  // These stops are ours, so a stop that planners merge in or add later is known as another consignment's (assumptions 40, 50).
  if (read.status.orderId !== '') await saveStops(installation.db, work.consignment, stopRows(read.status));
  const agrees = findDifferences(ready.order, read.answer, counterparts.accessOf(work.organisation).qargo).length === 0;
  const agreed = agrees ? ready.content : await agreedByUpload(work, intent, { read, overlay: ready.overlay });
  await keepQargoSide(installation.db, work.consignment, {
    goods: read.status.goods,
    goodsAt: read.startedAt,
    ...(agreed ? { agreed } : {}),
    ...(agrees && ready.bookIn !== null ? { bookIn: ready.bookIn } : {}),
  });
  work.row = await consignmentRow(installation.db, work.consignment);
  ready.read = read;
  if (agrees && intent !== undefined)
    await finish(work, { item: intent.item, state: 'met', proof: { orderId, uploadId, confirmed: true } });
}

async function ended(work: Work, outcome: Outcome): Promise<null> {
  await finish(work, outcome);
  return null;
}

/** Qargo's order id is a strong name: events that came before it find their consignment now. */
export async function keepOrder(work: Work, orderId: string, orderIdentifier: string): Promise<void> {
  const names = [
    { kind: 'qargoOrderId', value: orderId, strong: true },
    { kind: 'orderIdentifier', value: orderIdentifier, strong: true },
  ] as const;
  await inTransaction(work.services.installation.db, async (tx) => {
    await keepQargoSide(tx, work.consignment, { orderId, orderIdentifier });
    await nameConsignment(tx, work.organisation.id, work.consignment, names);
    await keepOwnOrder(tx, work.organisation.id, work.consignment, names);
    await matchParked(tx, work.organisation.id, names);
  });
}
