/** The order at Qargo brought up to date: what changed (order, references, barcodes) in one partial update, read back. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { unmapped } from '../connectors/qargo/mapping.ts';
import { beyondPartial, type OrderInput, orderInput, partialUpdate, sameOrder, withTheirs } from '../connectors/qargo/order.ts';
import { CallError } from '../domain/call-error.ts';
import type { OrderContent } from '../domain/content.ts';
import { asksPerson } from '../domain/diagnosis.ts';
import type { Leg } from '../domain/roles.ts';
import { fieldWords } from '../domain/verdict.ts';
import { cutText } from '../domain/text.ts';
import { consignmentRow, content, keepQargoSide, latestOrder } from '../store/consignments.ts';
import { inTransaction } from '../store/database.ts';
import { type Intent, type Outcome, keepProgress, settle } from '../store/deliveries.ts';
import { type Work, answered, factFor, finish, noteEnds, reasonOf, sending, soon, takeBack } from './delivering.ts';
import { judgeEdit } from './late-edits.ts';
import { upload } from './order-upload.ts';
import { takeInGoods } from './qargo-goods-said.ts';
import { notConfirmed } from './not-confirmed.ts';
import { overlayOf } from './qargo-overlay.ts';
import { type StatusRead, readStatus } from './qargo-order.ts';
import { chargesIn, lessTheirs, listens, readFirst, theirsOf } from './qargo-seen-first.ts';

export interface Changes {
  /** The order in a new version; null where it is as agreed. */
  readonly order: Intent | null;
  readonly references: Intent | null;
  readonly labels: Intent | null;
  /** The window that the network booked, laid over the order. */
  readonly bookIn: Intent | null;
}

/**
 * One partial update for everything that changed (order, references, barcodes), and one read back for what would be lost in
 * silence. Answers the read back where one was made. The labels' document is not sent here. Where Qargo refuses a joined update,
 * each part of it is sent alone, so that only what is at fault is refused.
 */
export async function changeOrder(
  work: Work,
  client: QargoClient,
  changes: Changes,
): Promise<{ read: StatusRead | null; barcodes: boolean }> {
  try {
    return await changeTogether(work, client, changes);
  } catch (error) {
    const parts = (['order', 'bookIn', 'references', 'labels'] as const).filter((part) => changes[part] !== null);
    if (!(error instanceof CallError) || error.retry !== 'refused') throw error;
    await takeBack(work, error);
    let [read, barcodes]: [StatusRead | null, boolean] = [null, false];
    for (const part of parts) {
      const intent = changes[part];
      if (intent === null) continue;
      try {
        if (parts.length === 1) throw error;
        const alone = await changeTogether(work, client, { order: null, references: null, labels: null, bookIn: null, [part]: intent });
        read = alone.read ?? read;
        if (part === 'labels') ({ barcodes } = alone);
      } catch (refusal) {
        if (!(refusal instanceof CallError) || refusal.retry !== 'refused') throw refusal;
        await takeBack(work, refusal);
        await finish(work, { item: intent.item, state: 'refused', cause: 'refused', reason: reasonOf(refusal) });
      }
    }
    return { read, barcodes };
  }
}

/** `seen`: a read that was made on the way, and taken in. */
async function changeTogether(
  work: Work,
  client: QargoClient,
  changes: Changes,
  seen: StatusRead | null = null,
): Promise<{ read: StatusRead | null; barcodes: boolean }> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const { orderId, orderIdentifier, agreed } = work.row.qargo;
  if (orderId === undefined) throw new Error('no order at Qargo to change');
  const fact = changes.order === null ? null : await factFor(work, changes.order.item, 'order');
  const before = agreed === undefined ? null : await content<OrderContent>(installation.db, agreed);
  const latest = await latestOrder(installation.db, work.consignment);
  const said = fact?.content === undefined ? (before ?? latest?.order ?? null) : await content<OrderContent>(installation.db, fact.content);
  const all = [changes.order, changes.references, changes.labels, changes.bookIn].filter((intent) => intent !== null);
  if (said === null) {
    await finish(work, ...all.map(({ item }): Outcome => ({ item, state: 'erased' })));
    return { read: null, barcodes: false };
  }
  let known = seen;
  const writesOrder = before !== null && (changes.order !== null || changes.bookIn !== null) && listens(work.organisation);
  if (known === null && (writesOrder || all.some(({ inDoubt }) => inDoubt !== null)))
    known = await readFirst(work, client, orderId, changes);
  const judged =
    changes.order === null || before === null
      ? { order: said, content: fact?.content, nothingLeft: false, asked: [], verdicts: [] }
      : await judgeEdit(work, changes.order.item, before, said, fact?.content);
  const { order: plain, content: owedContent } = judged;
  const proof = { orderId, facts: judged.verdicts };
  if (changes.order !== null && (judged.asked.length > 0 || judged.nothingLeft)) {
    const { item } = changes.order;
    const asked = judged.asked.map((field) => fieldWords[field]).join(', ');
    await finish(
      work,
      judged.asked.length > 0
        ? { item, state: 'refused', cause: cutText(`${asksPerson}: late edit of ${asked}`, 120), proof: { facts: judged.verdicts } }
        : { item, state: 'void', cause: 'refused: too late', proof: { facts: judged.verdicts } },
    );
    return withoutOrder(work, client, changes, known);
  }
  const overlay = await overlayOf(work);
  const after = overlay.owed(plain);
  const cause = changes.order === null ? null : unmapped(after, access, work.organisation.policy);
  if (changes.order !== null && cause !== null) {
    await finish(work, { item: changes.order.item, state: 'refused', cause });
    return withoutOrder(work, client, changes, known);
  }
  const labels = changes.labels === null ? null : await factFor(work, changes.labels.item, 'labels');
  let { order, bookIn } = changes;
  const told = order === null ? overlay.told(plain) : before === null ? null : overlay.told(before);
  const theirs = await theirsOf(work, told, after);
  const otherThan = (read: StatusRead) => lessTheirs(sameOrder({ ...after, barcodes: [] }, read.answer, access), theirs);
  const agreement = { agreed: owedContent, bookIn: overlay.bookIn, leg: overlay.leg };
  if (known !== null && (order !== null || bookIn !== null) && otherThan(known).length === 0) {
    // What was in doubt has come, or somebody made it so: it is not sent again.
    if (order !== null) await confirmOrder(work, order, [], agreement, proof);
    if (bookIn !== null) await confirmOrder(work, bookIn, [], { ...agreement, agreed: undefined }, { orderId });
    order = null;
    bookIn = null;
  }
  let missing = labels;
  if (known !== null && labels !== null && holdsAll(known, labels.barcodes)) missing = null;
  const items = [order, bookIn, changes.references, missing === null ? null : changes.labels].flatMap((intent) => intent?.item ?? []);
  if (items.length === 0) return { read: known, barcodes: labels !== null };

  const was = order === null ? overlay.told(plain) : before === null ? null : overlay.told(before);
  const whole = order ?? bookIn;
  const beyond = whole === null ? [] : beyondPartial(was, after, access);
  if (whole !== null && beyond.length > 0 && orderIdentifier !== undefined) {
    // What a partial update cannot say is said by the order as a whole.
    const input = (one: OrderContent) => orderInput(one, { operation: 'UPDATE', orderIdentifier, access });
    const merged = withTheirs(input(after), { was: input(was ?? after), orderRead: known?.answer, theirs });
    const open = await updateWhole(work, client, whole, { input: merged, content: owedContent ?? overlay.bookIn ?? undefined });
    if (open) return { read: known, barcodes: false };
    known = null;
  }
  const kept = work.row.qargo.goods;
  const lines = { orderId, before: after, after, access };
  // Goods that are not those of an order that was agreed were changed meanwhile: only a read tells to what.
  const stale = kept === undefined || beyond.length > 0 || (order === null && partialUpdate({ ...lines, goods: kept }) !== null);
  if (known === null && stale && beyond.length === 0)
    return changeTogether(work, client, changes, await readFirst(work, client, orderId, changes));
  known ??= beyond.length > 0 ? await readStatus(work, client, orderId) : null;
  const payload = partialUpdate({
    orderId,
    before: beyond.length > 0 ? after : was,
    after,
    goods: known?.status.goods ?? kept ?? null,
    access,
    theirs,
    ...(missing === null ? (after.barcodes.length > 0 ? { barcodes: after.barcodes } : {}) : { barcodes: missing.barcodes }),
    ...(changes.references === null ? {} : { identifiers: { trackingId: work.row.trackingId, conNo: work.row.reference } }),
  });
  if (payload !== null) {
    await sending(work, items);
    work.doing.step = 'partialUpdate';
    await client.partialUpdate(payload);
    await answered(work, items);
  }
  if (changes.references !== null) await finish(work, { item: changes.references.item, state: 'delivered', proof: { orderId } });
  if (order === null && bookIn === null && missing === null) return { read: known, barcodes: labels !== null };

  work.doing.step = 'read back';
  const read = payload === null && known !== null ? known : await readStatus(work, client, orderId);
  await inTransaction(installation.db, async (tx) => {
    // Where goods are others than before and than we wrote, somebody at Qargo did it meanwhile.
    await takeInGoods(tx, work, read, { handedOver: false, ownUpdate: true, ours: chargesIn(after) });
    await keepQargoSide(tx, work.consignment, { goods: read.status.goods, goodsAt: read.startedAt });
  });
  const other = order === null && bookIn === null ? [] : otherThan(read);
  if (order !== null) await confirmOrder(work, order, other, agreement, proof);
  if (bookIn !== null) await confirmOrder(work, bookIn, other, { ...agreement, agreed: undefined }, { orderId });
  work.row = await consignmentRow(installation.db, work.consignment);
  return { read, barcodes: labels === null || holdsAll(read, labels.barcodes) };
}

/** What else changed, on the order as it was agreed before. */
async function withoutOrder(
  work: Work,
  client: QargoClient,
  changes: Changes,
  known: StatusRead | null,
): ReturnType<typeof changeTogether> {
  const { references, labels, bookIn } = changes;
  if (references === null && labels === null && bookIn === null) return { read: null, barcodes: false };
  return changeTogether(work, client, { ...changes, order: null }, known);
}

function holdsAll({ status }: StatusRead, barcodes: readonly string[]): boolean {
  const held = new Set(status.goods.flatMap((good) => good.handlingUnits));
  return barcodes.every((barcode) => held.has(barcode));
}

/** Sends the order as a whole, or follows one that was sent. True where it has not ended: the outcome is written. */
async function updateWhole(
  work: Work,
  client: QargoClient,
  intent: Intent,
  order: { readonly input: OrderInput; readonly content: string | undefined },
): Promise<boolean> {
  const { installation, counterparts } = work.services;
  const { item } = intent;
  const sent = intent.progress.update as { readonly id: string; readonly content: string | null } | null | undefined;
  // An older version's update that has not ended must end first, or it would come after this one.
  const follows = sent?.id !== undefined;
  await sending(work, [item]);
  const end = await upload(client, order.input, {
    ...(follows ? { uploadId: sent.id } : {}),
    pace: counterparts.pace,
    sent: (id) => keepProgress(installation.db, work.consignment, item.key, { update: { id, content: order.content ?? null } }),
  });
  await answered(work, [item]);
  if (end.status === 'open') {
    await finish(work, { item, state: 'not yet', cause: 'upload not ended', until: soon(work, 5) });
    return true;
  }
  await keepProgress(installation.db, work.consignment, item.key, { update: null });
  if (follows && sent.content !== (order.content ?? null)) {
    return updateWhole(work, client, { ...intent, progress: { ...intent.progress, update: null } }, order);
  }
  return false;
}

async function confirmOrder(
  work: Work,
  intent: Intent,
  other: readonly string[],
  { agreed, bookIn, leg }: { readonly agreed: string | undefined; readonly bookIn: string | null; readonly leg: Leg },
  proof: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { db } = work.services.installation;
  if (other.length === 0) {
    const ended: Outcome = { item: intent.item, state: 'delivered', proof: { ...proof, confirmed: true } };
    const settled = await inTransaction(db, async (tx) => {
      if (agreed !== undefined) await keepQargoSide(tx, work.consignment, { agreed });
      if (leg !== (work.row.qargo.leg ?? 'as told')) await keepQargoSide(tx, work.consignment, { leg });
      if (bookIn !== (work.row.qargo.bookIn ?? null)) await keepQargoSide(tx, work.consignment, { bookIn });
      return settle(tx, { organisation: work.organisation.id, consignment: work.consignment }, [ended]);
    });
    noteEnds(work, [ended], settled);
    return;
  }
  const names = other.join(', ');
  await notConfirmed(work, intent, { cause: `not taken: ${names}`, reason: `after the update Qargo still has other ${names}` });
}
