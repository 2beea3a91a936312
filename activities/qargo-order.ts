/** The order at Qargo: created once, kept equal to what Palletways tells, taken back when Palletways cancels. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { beyondPartial, orderInput, partialUpdate, sameOrder } from '../connectors/qargo/order.ts';
import { type OrderStatus, readOrderStatus } from '../connectors/qargo/translate.ts';
import type { OrderContent } from '../domain/content.ts';
import { consignmentRow, content, keepQargoSide, latestOrder } from '../store/consignments.ts';
import { inTransaction, now } from '../store/database.ts';
import { type Intent, keepProgress, markSending, type Outcome, settle } from '../store/deliveries.ts';
import { matchParked } from '../store/hearing.ts';
import { addNames } from '../store/identity.ts';
import { factFor, finish, soon, type Work } from './delivering.ts';
import { upload } from './order-upload.ts';

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
  const { installation, counterparts } = work.services;
  const startedAt = await now(installation.db);
  const answer = await client.getOrderStatus(orderId);
  const earlier = await installation.db.query<{ stop: string; code: string; at: string }>(
    `select envelope->>'stop' as stop, envelope->>'code' as code, envelope->>'at' as at from fact where consignment = $1 and kind = 'exception'`,
    [work.consignment],
  );
  const context = { zone: work.organisation.palletways.zone, receivedAt: startedAt, digest: installation.digestOf(work.organisation.id) };
  const tables = counterparts.accessOf(work.organisation).qargo;
  return { answer, status: readOrderStatus(answer, context, startedAt, { tables, earlier: earlier.rows }), startedAt };
}

/** Fields without which no order can be made; the first is named. */
function missingField(order: OrderContent): string | null {
  const ends = { delivery: order.type === 'C' ? null : order.delivery, collection: order.type === 'D' ? null : order.collection };
  if (order.type !== 'C' && order.delivery === null) return 'Address[Delivery]';
  if (order.type !== 'D' && order.collection === null) return 'Address[Collection]';
  for (const [end, address] of Object.entries(ends)) if (address !== null && address.postCode === '') return `Address[${end}].PostCode`;
  return order.serviceGroup === '' ? 'Service.Code' : null;
}

/** Creates the order where Qargo has none. Answers the read-back, or null where it ended otherwise (the outcome is written). */
export async function createOrder(work: Work, client: QargoClient, intent: Intent): Promise<StatusRead | null> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const fact = await factFor(work, intent.item, 'order');
  const order = fact.content === undefined ? null : await content<OrderContent>(installation.db, fact.content);
  if (order === null) return ended(work, { item: intent.item, state: 'erased' });
  const missing = missingField(order);
  if (missing !== null) return ended(work, { item: intent.item, state: 'refused', cause: `field ${missing} is missing` });

  const orderIdentifier = `${work.consignment}-${work.row.generation}`;
  const { uploadId, creating } = intent.progress;
  await markSending(installation.db, work.consignment, intent.item.key, { creating: creating ?? fact.content });
  const end = await upload(client, orderInput(order, { operation: 'CREATE', orderIdentifier, access }), {
    ...(typeof uploadId === 'string' ? { uploadId } : {}),
    pace: counterparts.pace,
    sent: (id) => keepProgress(installation.db, work.consignment, intent.item.key, { uploadId: id }),
  });
  if (end.status === 'open')
    return ended(work, { item: intent.item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5), inDoubt: true });
  if (end.orderId === null) {
    await keepProgress(installation.db, work.consignment, intent.item.key, { uploadId: null });
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
    ...(agrees && fact.content ? { agreed: fact.content } : {}),
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
    await addNames(tx, work.organisation.id, work.consignment, names);
    await matchParked(tx, work.organisation.id, names);
  });
}

export interface Changes {
  /** The order in a new version; null where it is as agreed. */
  readonly order: Intent | null;
  readonly references: Intent | null;
  readonly labels: Intent | null;
}

/**
 * One partial update for everything that changed (order, references, barcodes), and one read back for what would be lost in
 * silence. Answers the read back where one was made. The labels' document is not sent here.
 */
export async function changeOrder(
  work: Work,
  client: QargoClient,
  changes: Changes,
): Promise<{ read: StatusRead | null; barcodes: boolean }> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const { orderId, agreed } = work.row.qargo;
  if (orderId === undefined) throw new Error('no order at Qargo to change');
  const fact = changes.order === null ? null : await factFor(work, changes.order.item, 'order');
  const before = agreed === undefined ? null : await content<OrderContent>(installation.db, agreed);
  const latest = await latestOrder(installation.db, work.consignment);
  const after =
    fact?.content === undefined ? (before ?? latest?.order ?? null) : await content<OrderContent>(installation.db, fact.content);
  const all = [changes.order, changes.references, changes.labels].filter((intent) => intent !== null);
  if (after === null) {
    await finish(work, ...all.map(({ item }): Outcome => ({ item, state: 'erased' })));
    return { read: null, barcodes: false };
  }
  const labels = changes.labels === null ? null : await factFor(work, changes.labels.item, 'labels');
  const beyond = changes.order === null ? [] : beyondPartial(before, after, access);
  if (beyond.length > 0 && work.row.qargo.orderIdentifier !== undefined) {
    // What a partial update cannot say is said by the order as a whole.
    const whole = orderInput(after, { operation: 'UPDATE', orderIdentifier: work.row.qargo.orderIdentifier, access });
    await upload(client, whole, { pace: counterparts.pace, sent: async () => undefined });
  }
  const stale = work.row.qargo.goods === undefined || beyond.length > 0;
  const goods = stale ? (await readStatus(work, client, orderId)).status.goods : (work.row.qargo.goods ?? []);
  const payload = partialUpdate({
    orderId,
    before: beyond.length > 0 ? after : changes.order === null ? after : before,
    after,
    goods,
    access,
    ...(labels === null ? (after.barcodes.length > 0 ? { barcodes: after.barcodes } : {}) : { barcodes: labels.barcodes }),
    ...(changes.references === null ? {} : { identifiers: { trackingId: work.row.trackingId, conNo: work.row.reference } }),
  });
  for (const { item } of all) await markSending(installation.db, work.consignment, item.key);
  work.doing.step = 'partialUpdate';
  if (payload !== null) await client.partialUpdate(payload);
  work.doing.step = 'read back';
  if (changes.references !== null) await finish(work, { item: changes.references.item, state: 'delivered', proof: { orderId } });
  if (changes.order === null && changes.labels === null) return { read: null, barcodes: false };

  const read = await readStatus(work, client, orderId);
  await keepQargoSide(installation.db, work.consignment, { goods: read.status.goods });
  const held = new Set(read.status.goods.flatMap((good) => good.handlingUnits));
  const barcodes = labels === null || labels.barcodes.every((barcode) => held.has(barcode));
  if (changes.order !== null)
    await confirmOrder(work, changes.order, sameOrder({ ...after, barcodes: [] }, read.answer, access), fact?.content, orderId);
  work.row = await consignmentRow(installation.db, work.consignment);
  return { read, barcodes };
}

async function confirmOrder(
  work: Work,
  intent: Intent,
  differing: readonly string[],
  agreed: string | undefined,
  orderId: string,
): Promise<void> {
  const { db } = work.services.installation;
  if (differing.length === 0) {
    await inTransaction(db, async (tx) => {
      if (agreed !== undefined) await keepQargoSide(tx, work.consignment, { agreed });
      work.outcomes.push(
        ...(await settle(tx, work.consignment, [{ item: intent.item, state: 'delivered', proof: { orderId, confirmed: true } }])),
      );
    });
    return;
  }
  const tries = typeof intent.progress.tries === 'number' ? intent.progress.tries + 1 : 1;
  await keepProgress(db, work.consignment, intent.item.key, { tries });
  const reason = `after the update Qargo still has other ${differing.join(', ')}`;
  if (tries < 4) await finish(work, { item: intent.item, state: 'not yet', cause: 'not confirmed', reason, until: soon(work, 2 * tries) });
  else await finish(work, { item: intent.item, state: 'refused', cause: `not taken: ${differing.join(', ')}`.slice(0, 120), reason });
}

/** Takes the order back. An order that never was is void; one in doubt is created to its end first, so that none is left open. */
export async function cancelOrder(work: Work, client: QargoClient, intent: Intent): Promise<void> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const latest = await latestOrder(installation.db, work.consignment);
  const { rows } = await installation.db.query<{ progress: { creating?: string; uploadId?: string } }>(
    `select progress from delivery where consignment = $1 and key = 'order'`,
    [work.consignment],
  );
  const progress = rows[0]?.progress ?? {};
  const orderIdentifier = work.row.qargo.orderIdentifier ?? `${work.consignment}-${work.row.generation}`;
  if (work.row.qargo.orderId === undefined) {
    if (progress.creating === undefined || latest === null) {
      return finish(work, { item: intent.item, state: 'void', cause: 'the order was never sent' });
    }
    const create = orderInput(latest.order, { operation: 'CREATE', orderIdentifier, access });
    const end = await upload(client, create, {
      ...(typeof progress.uploadId === 'string' ? { uploadId: progress.uploadId } : {}),
      pace: counterparts.pace,
      sent: (id) => keepProgress(installation.db, work.consignment, 'order', { uploadId: id }),
    });
    if (end.status === 'open')
      return finish(work, { item: intent.item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5) });
    if (end.orderId === null) return finish(work, { item: intent.item, state: 'void', cause: 'the order was never accepted' });
    await keepOrder(work, end.orderId, orderIdentifier);
  }
  if (latest === null) return finish(work, { item: intent.item, state: 'erased' });
  await markSending(installation.db, work.consignment, intent.item.key);
  const whole = orderInput(latest.order, { operation: 'DELETE', orderIdentifier, access });
  const end = await upload(client, whole, { pace: counterparts.pace, sent: async () => undefined });
  if (end.status === 'open') return finish(work, { item: intent.item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5) });
  if (end.status === 'ERROR')
    return finish(work, {
      item: intent.item,
      state: 'refused',
      cause: 'upload ERROR',
      reason: `Qargo ended the cancellation ${end.uploadId} with ERROR`,
    });
  await finish(work, { item: intent.item, state: 'delivered', proof: { uploadId: end.uploadId, orderIdentifier } });
}
