/** The order at Qargo: created once, and taken back when Palletways cancels. What changes it is in qargo-change.ts. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { unmapped } from '../connectors/qargo/mapping.ts';
import { orderInput, sameOrder } from '../connectors/qargo/order.ts';
import { type EarlierException, type OrderStatus, readOrderStatus } from '../connectors/qargo/translate.ts';
import type { OrderContent } from '../domain/content.ts';
import { ofLeg } from '../domain/roles.ts';
import { consignmentRow, content, factOf, keepQargoSide, latestOrder } from '../store/consignments.ts';
import { inTransaction, now } from '../store/database.ts';
import { type Intent, keepProgress, type Outcome, progressOf } from '../store/deliveries.ts';
import { matchParked } from '../store/parked.ts';
import { turnToGeneration } from '../store/revival.ts';
import { keepOwnOrder, nameConsignment } from '../store/merge.ts';
import { factFor, finish, ownerOf, sending, soon, type Work } from './delivering.ts';
import { readingTables } from './reading-tables.ts';
import { type UploadEnd, upload } from './order-upload.ts';
import { overlayOf } from './qargo-overlay.ts';

/** A read of the order's status made on the way; what else needs one uses it. */
export interface StatusRead {
  readonly answer: unknown;
  readonly status: OrderStatus;
  /** UTC ISO, database clock. */
  readonly startedAt: string;
}

/** Reads the order's status. Throws CallError. */
export async function readStatus(
  work: Pick<Work, 'services' | 'organisation' | 'consignment'>,
  client: QargoClient,
  orderId: string,
): Promise<StatusRead> {
  const { installation } = work.services;
  const startedAt = await now(installation.db);
  const answer = await client.getOrderStatus(orderId);
  const earlier = await installation.db.query<EarlierException>(
    `select id, envelope->>'stop' as stop, envelope->>'code' as code, envelope->>'at' as at from fact where consignment = $1 and kind = 'exception' and not envelope ? 'barcode'`,
    [work.consignment],
  );
  const context = { zone: work.organisation.palletways.zone, receivedAt: startedAt, digest: installation.digestOf(work.organisation.id) };
  const tables = await readingTables(work);
  return { answer, status: readOrderStatus(answer, context, startedAt, { tables, earlier: earlier.rows }), startedAt };
}

/** Creates the order where Qargo has none. Answers the read-back, or null where it ended otherwise (the outcome is written). */
export async function createOrder(work: Work, client: QargoClient, intent: Intent): Promise<StatusRead | null> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const fact = await factFor(work, intent.item, 'order');
  const plain = fact.content === undefined ? null : await content<OrderContent>(installation.db, fact.content);
  if (plain === null) return ended(work, { item: intent.item, state: 'erased' });
  const overlay = await overlayOf(work);
  const order = overlay.owed(plain);
  const cause = unmapped(order, access, work.organisation.policy);
  if (cause !== null) return ended(work, { item: intent.item, state: 'refused', cause });

  const orderIdentifier = `${work.consignment}-${work.row.generation}`;
  if (overlay.leg !== 'as told' && overlay.leg !== 'none') await keepQargoSide(installation.db, work.consignment, { leg: overlay.leg });
  let end: UploadEnd;
  for (let { uploadId, creating } = intent.progress; ; uploadId = undefined) {
    // What an upload holds that was sent before: its end tells of that version, not of this one.
    const older = typeof uploadId === 'string' && creating !== fact.content;
    await sending(work, [intent.item], older ? {} : { creating: fact.content });
    end = await upload(client, orderInput(order, { operation: 'CREATE', orderIdentifier, access }), {
      ...(typeof uploadId === 'string' ? { uploadId } : {}),
      pace: counterparts.pace,
      sent: (id) => keepProgress(installation.db, work.consignment, intent.item.key, { uploadId: id }),
    });
    if (end.status === 'open')
      return ended(work, { item: intent.item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5), inDoubt: true });
    if (end.orderId !== null) break;
    await keepProgress(installation.db, work.consignment, intent.item.key, { uploadId: null });
    if (older) continue;
    return ended(work, {
      item: intent.item,
      state: 'refused',
      cause: `upload ${end.status}`,
      reason: `Qargo ended the upload ${end.uploadId} with ${end.status}`,
    });
  }
  await keepOrder(work, end.orderId, orderIdentifier);
  const read = await readStatus(work, client, end.orderId);
  const agrees = sameOrder(order, read.answer, access).length === 0;
  await keepQargoSide(installation.db, work.consignment, {
    goods: read.status.goods,
    goodsAt: read.startedAt,
    ...(agrees && fact.content ? { agreed: fact.content } : {}),
    ...(agrees && overlay.bookIn !== null ? { bookIn: overlay.bookIn } : {}),
  });
  work.row = await consignmentRow(installation.db, work.consignment);
  if (agrees)
    await finish(work, { item: intent.item, state: 'delivered', proof: { orderId: end.orderId, uploadId: end.uploadId, confirmed: true } });
  return read;
}

async function ended(work: Work, outcome: Outcome): Promise<null> {
  await finish(work, outcome);
  return null;
}

/** Qargo's order id is a strong name: events that came before it find their consignment now. */
async function keepOrder(work: Work, orderId: string, orderIdentifier: string): Promise<void> {
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

/**
 * Takes the order back, as was decided where the cancellation was heard (store/cancellations.ts). An order that never was is void; one in doubt is created to its end first, so that none is left open: a
 * second CREATE makes no second order, and a CREATE that is still on its way must not come after the cancellation.
 */
export async function cancelOrder(work: Work, client: QargoClient, intent: Intent): Promise<void> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const { item } = intent;
  // What is cancelled may be the order that was to follow an earlier one.
  const turns = (await factOf(installation.db, work.consignment, item.fact))?.kind !== 'revived';
  if (turns && !(await inTransaction(installation.db, (tx) => turnToGeneration(tx, work.consignment, item.key))))
    return finish(work, { item, state: 'not yet', cause: 'earlier order taken back', until: soon(work, 5) });
  if (turns) work.row = await consignmentRow(installation.db, work.consignment);
  // A merged identity has handed over what it heard; its own order is taken back all the same.
  const latest = await latestOrder(installation.db, work.row.mergedInto ?? work.consignment);
  const orderIdentifier = work.row.qargo.orderIdentifier ?? `${work.consignment}-${work.row.generation}`;
  const notYet = (until = soon(work, 5)) => finish(work, { item, state: 'not yet', cause: 'upload not ended', until });
  // As it was made, whatever is ours by now.
  const leg = work.row.qargo.leg ?? 'as told';
  let { orderId } = work.row.qargo;
  if (orderId === undefined) {
    const { progress, quietUntil } = await progressOf(installation.db, ownerOf(work, 'qargo'), 'order');
    if (progress.creating === undefined || latest === null) {
      return finish(work, { item, state: 'void', cause: 'the order was never sent' });
    }
    if (quietUntil !== null) return notYet(quietUntil);
    const create = orderInput(ofLeg(latest.order, leg), { operation: 'CREATE', orderIdentifier, access });
    const end = await upload(client, create, {
      ...(typeof progress.uploadId === 'string' ? { uploadId: progress.uploadId } : {}),
      pace: counterparts.pace,
      sent: (id) => keepProgress(installation.db, work.consignment, 'order', { uploadId: id }),
    });
    if (end.status === 'open') return notYet();
    if (end.orderId === null) return finish(work, { item, state: 'void', cause: 'the order was never accepted' });
    await keepOrder(work, end.orderId, orderIdentifier);
    orderId = end.orderId;
  }
  if (latest === null) return finish(work, { item, state: 'erased' });
  const { uploadId } = intent.progress;
  if (intent.inDoubt !== null && typeof uploadId !== 'string') {
    const { status } = await readStatus(work, client, orderId);
    if (status.status === 'CANCELLED') return finish(work, { item, state: 'delivered', proof: { orderIdentifier, found: true } });
  }
  if (work.row.adopted && work.row.generation === 1 && work.row.qargo.orderIdentifier === undefined) {
    const reason = `the order ${orderId} was made by another link and its order_identifier is not known: cancel it in Qargo`;
    return finish(work, { item, state: 'refused', cause: 'adopted without its identifier', reason });
  }
  await sending(work, [item]);
  const whole = orderInput(ofLeg(latest.order, leg), { operation: 'DELETE', orderIdentifier, access });
  const end = await upload(client, whole, {
    ...(typeof uploadId === 'string' ? { uploadId } : {}),
    pace: counterparts.pace,
    sent: (id) => keepProgress(installation.db, work.consignment, item.key, { uploadId: id }),
  });
  if (end.status === 'open')
    return finish(work, { item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5), inDoubt: true });
  if (end.status === 'ERROR') {
    await keepProgress(installation.db, work.consignment, item.key, { uploadId: null });
    const reason = `Qargo ended the cancellation ${end.uploadId} with ERROR`;
    return finish(work, { item, state: 'refused', cause: 'upload ERROR', reason });
  }
  await finish(work, { item, state: 'delivered', proof: { uploadId: end.uploadId, orderIdentifier } });
}
