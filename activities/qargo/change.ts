/** The order at Qargo brought up to date: what changed (order, references, barcodes) in one partial update, read back. */

import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { unmapped } from '../../connectors/qargo/mapping.ts';
import { findDifferences } from '../../connectors/qargo/read-differences.ts';
import type { OrderInput } from '../../connectors/qargo/write-order.ts';
import { reasonOf } from '../../domain/calls/error.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { LabelsFact } from '../../domain/facts/facts.ts';
import type { Leg } from '../../domain/facts/roles.ts';
import { type Intent, type Item, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow, keepQargoSide, latestOrder } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { agreedByUpload } from '../agreement/by-upload.ts';
import { ingestGoods } from '../agreement/goods.ts';
import { type Judged, judgeEdit } from '../agreement/late-edits.ts';
import { overlayOf } from '../agreement/overlay.ts';
import {
  chargesIn,
  loadPlannerFields,
  readBeforeWrite,
  watchesPlannerEdits,
  withoutPlannerFields,
} from '../agreement/read-before-write.ts';
import { readStatus, type StatusRead } from '../reading/order-status.ts';
import { type Call, carryOut, isRefused, type Nothing } from '../sending/call.ts';
import { notConfirmed } from '../sending/not-confirmed.ts';
import {
  factFor,
  finish,
  markCallAnswered,
  markOnTheWire,
  markUnsent,
  noteEnds,
  type Work,
  waitedOf,
} from '../sending/work.ts';
import {
  barcodesOf,
  type ChangeMessage,
  changeMessage,
  type Draft,
  draftOf,
  goesBeyond,
  goodsDiffer,
  identifiersOf,
  supposedChange,
} from './change-message.ts';
import { updateWhole } from './whole.ts';

/** What is brought up to date together; null is not. */
export interface Changes {
  /** The order in a new version; null where it is as agreed. */
  readonly order: Intent | null;
  readonly references: Intent | null;
  readonly labels: Intent | null;
  /** The window that the network booked, laid over the order. */
  readonly bookIn: Intent | null;
}

/** What came of a change, for what is sent after it. */
export interface Changed {
  /** The order as it was read last, where it was. */
  readonly read: StatusRead | null;
  /** Whether Qargo is known to have all barcodes. */
  readonly barcodes: boolean;
}

interface Ready {
  readonly client: QargoClient;
  readonly orderId: string;
  readonly draft: Draft;
  readonly labels: LabelsFact | null;
  /** The order as it is agreed where it is confirmed. */
  readonly agreement: Agreement;
  readonly proof: Readonly<Record<string, unknown>>;
  read: StatusRead | null;
  barcodes: boolean;
  /** The order as a whole, where it was not sent so: for what reading back shows that the partial update did not do. */
  asWhole: { readonly input: OrderInput; readonly rest: ChangeMessage['rest'] } | null;
}

interface Agreement {
  readonly agreed: string | undefined;
  readonly bookIn: string | null;
  readonly leg: Leg;
}

/**
 * Brings what changed (order, references, barcodes) up to date together, with one read back for what would be lost in silence. The
 * labels' document is not sent here. Where Qargo refuses a joined update, each part of it is sent alone, so that only what is at fault
 * is refused.
 */
export async function changeOrder(work: Work, pieces: readonly Intent[]): Promise<Changed> {
  try {
    return (await carryOut(changeCall, work, pieces)) ?? { read: null, barcodes: false };
  } catch (error) {
    if (!isRefused(error)) throw error;
    await markUnsent(work, error);
    let changed: Changed = { read: null, barcodes: false };
    for (const piece of inOrder(pieces.filter(({ item }) => !work.ended.has(item.key)))) {
      try {
        if (pieces.length === 1) throw error;
        const alone = await carryOut(changeCall, work, [piece]);
        changed = {
          read: alone?.read ?? changed.read,
          barcodes: piece.item.kind === 'labels' ? alone?.barcodes === true : changed.barcodes,
        };
      } catch (refusal) {
        if (!isRefused(refusal)) throw refusal;
        await markUnsent(work, refusal);
        await finish(work, {
          item: piece.item,
          state: 'refused',
          cause: { code: 'refused' },
          reason: reasonOf(refusal),
        });
      }
    }
    return changed;
  }
}

const inOrder = (pieces: readonly Intent[]): readonly Intent[] =>
  (['order', 'book-in', 'references', 'labels'] as const).flatMap((kind) =>
    pieces.filter(({ item }) => item.kind === kind),
  );

/** One partial update for everything that changed; before it the order as a whole, where a partial update cannot say it. */
export const changeCall: Call<Intent, Ready, ChangeMessage, true> = {
  prepare: (work, pieces) => prepare(work, pieces, null),
  message,
  look,
  send,
  confirm,
};

/** Fields that a cause names at most. */
const namedFields = 10;

const changesOf = (pieces: readonly Intent[]): Changes => {
  const find = (kind: Item['kind']) => pieces.find(({ item }) => item.kind === kind) ?? null;
  return { order: find('order'), references: find('references'), labels: find('labels'), bookIn: find('book-in') };
};

/** `seen`: a read that was made on the way, and taken in. */
async function prepare(work: Work, pieces: readonly Intent[], seen: StatusRead | null): Promise<Ready | null> {
  const { db } = work.services.installation;
  const { orderId, agreed } = work.row.qargo;
  if (orderId === undefined) throw new Error('no order at Qargo to change');
  const changes = changesOf(pieces);
  const client = work.services.counterparts.qargo(work.organisation, 'label', work.signal, waitedOf(work));
  if (await learnAgreement(work, client, orderId, changes.order)) return prepare(work, pieces, null);
  const fact = changes.order === null ? null : await factFor(work, changes.order.item, 'order');
  const before = agreed === undefined ? null : await loadContent(db, 'order', agreed);
  const said =
    fact?.content === undefined
      ? (before ?? (await latestOrder(db, work.consignment))?.order ?? null)
      : await loadContent(db, 'order', fact.content);
  if (said === null) {
    await finish(work, ...pieces.map(({ item }): Outcome => ({ item, state: 'erased' })));
    return null;
  }
  const writesOrder =
    before !== null && (changes.order !== null || changes.bookIn !== null) && watchesPlannerEdits(work.organisation);
  const asks = writesOrder || pieces.some(({ inDoubt }) => inDoubt !== null);
  const read = seen ?? (asks ? await readBeforeWrite(work, client, orderId, changes) : null);
  const judged = await judgedOrder(work, changes.order, before, { order: said, content: fact?.content });
  const overlay = await overlayOf(work);
  const after = overlay.owed(judged.order);
  const ended = [
    ...(changes.order === null ? [] : [endOf(changes.order, judged) ?? unmappedEnd(work, changes.order, after)]),
    changes.bookIn !== null && overlay.bookIn === null ? overtaken(changes.bookIn) : null,
  ].filter((end) => end !== null);
  if (ended.length > 0) {
    await finish(work, ...ended);
    const rest = pieces.filter(({ item }) => !ended.some((end) => end.item.key === item.key));
    return rest.length === 0 ? null : prepare(work, rest, read);
  }
  const labels = changes.labels === null ? null : await factFor(work, changes.labels.item, 'labels');
  const told = { agreed: before === null ? null : overlay.told(before), plain: overlay.told(judged.order) };
  const theirs = await loadPlannerFields(work, changes.order === null ? told.plain : told.agreed, after);
  const draft = draftOf(work, {
    after,
    told,
    theirs,
    orderRead: read?.answer,
    goods: read?.status.goods ?? work.row.qargo.goods ?? null,
  });
  if (read === null && isStale(work, draft, pieces))
    return prepare(work, pieces, await readBeforeWrite(work, client, orderId, changes));
  const agreement = { agreed: judged.content, bookIn: overlay.bookIn, leg: overlay.leg };
  return {
    client,
    orderId,
    draft,
    labels,
    agreement,
    proof: { orderId, facts: judged.decisions },
    read,
    barcodes: labels !== null,
    asWhole: null,
  };
}

/**
 * Learns which version is agreed where an earlier run made the order and ended before it had read it. Returns whether it was learnt now.
 */
async function learnAgreement(
  work: Work,
  client: QargoClient,
  orderId: string,
  order: Intent | null,
): Promise<boolean> {
  if (work.row.qargo.agreed !== undefined || typeof order?.progress.creating !== 'string') return false;
  const { db } = work.services.installation;
  const read = await readStatus(work, client, orderId);
  const agreed = await agreedByUpload(work, order, { read, overlay: await overlayOf(work) });
  if (agreed === null) return false;
  await keepQargoSide(db, work.consignment, { agreed });
  work.row = await consignmentRow(db, work.consignment);
  return true;
}

/** An edit of an order that was agreed is judged; all else is as it was said. */
async function judgedOrder(
  work: Work,
  order: Intent | null,
  before: OrderContent | null,
  said: Pick<Judged, 'order' | 'content'>,
): Promise<Judged> {
  if (order === null || before === null) return { ...said, nothingLeft: false, asked: [], decisions: [] };
  return judgeEdit(work, order.item, before, said.order, said.content);
}

/** What becomes of an edit of which nothing is sent by its decision. */
function endOf({ item }: Intent, { asked, nothingLeft, decisions: facts }: Judged): Outcome | null {
  if (asked.length > 0)
    return { item, state: 'refused', cause: { code: 'amendment undecided', fields: asked }, proof: { facts } };
  return nothingLeft ? { item, state: 'void', cause: { code: 'amendment too late' }, proof: { facts } } : null;
}

/** The order took the place of this book-in, so Qargo gets nothing of it. */
const overtaken = ({ item }: Intent): Outcome => ({ item, state: 'void', cause: { code: 'order says otherwise' } });

function unmappedEnd(work: Work, { item }: Intent, after: OrderContent): Outcome | null {
  const cause = unmapped(after, work.services.counterparts.accessOf(work.organisation).qargo, work.organisation.policy);
  return cause === null ? null : { item, state: 'refused', cause };
}

/** Goods that are not those of an order that was agreed were changed meanwhile: only a read tells to what. */
function isStale(work: Work, draft: Draft, pieces: readonly Intent[]): boolean {
  const kinds = pieces.map(({ item }) => item.kind);
  const { goods } = work.row.qargo;
  if (goods === undefined && kinds.includes('labels')) return true;
  if (goesBeyond(draft, kinds)) return false;
  return goods === undefined || (!kinds.includes('order') && goodsDiffer(draft, goods));
}

async function message(work: Work, items: readonly Item[], ready?: Ready): Promise<ChangeMessage | Nothing> {
  if (ready === undefined) return supposedChange(work, items);
  const kinds = items.map(({ kind }) => kind);
  return changeMessage(ready.draft, kinds, {
    barcodes: await barcodesOf(work, items),
    identifiers: identifiersOf(work),
  });
}

/** What was in doubt and has come, or what somebody made so, is not sent again. */
async function look(work: Work, pieces: readonly Intent[], ready: Ready): Promise<readonly Intent[]> {
  const { order, bookIn, labels } = changesOf(pieces);
  const { read } = ready;
  let left = pieces;
  if (read !== null && (order !== null || bookIn !== null) && otherThan(work, ready, read).length === 0) {
    await confirmBoth(work, { order, bookIn }, [], ready);
    left = left.filter((piece) => piece !== order && piece !== bookIn);
  }
  // The labels' document is sent after it, so that they have not ended yet.
  return isThere(ready) ? left.filter((piece) => piece !== labels) : left;
}

const isThere = ({ read, labels }: Ready): boolean =>
  read !== null && labels !== null && holdsAll(read, labels.barcodes);

/** Where after an update the order is still another than it is to be, less what is a planner's. */
function otherThan(work: Work, { draft: { after, theirs } }: Ready, read: StatusRead): readonly string[] {
  const access = work.services.counterparts.accessOf(work.organisation).qargo;
  return withoutPlannerFields(findDifferences({ ...after, barcodes: [] }, read.answer, access), theirs);
}

async function send(work: Work, pieces: readonly Intent[], said: ChangeMessage, ready: Ready): Promise<true | null> {
  const items = pieces.map(({ item }) => item);
  const { order, bookIn } = changesOf(pieces);
  const intent = order ?? bookIn;
  let { partial } = said;
  if (said.whole !== null && intent !== null) {
    if (await sendWhole(work, intent, said.whole, ready)) {
      ready.barcodes = false;
      return null;
    }
    ready.read = null;
  }
  if (said.beyond) {
    ready.read ??= await readStatus(work, ready.client, ready.orderId);
    partial = said.rest(ready.read.status.goods);
  }
  if (partial !== null) {
    await sendPartial(work, items, partial, ready);
    ready.asWhole = said.whole === null && said.asWhole !== null ? { input: said.asWhole, rest: said.rest } : null;
    if (items.some(({ kind }) => kind !== 'references')) ready.read = null;
  }
  return true;
}

/** Sends the order as a whole. Returns true where Qargo has not ended that upload yet: the outcome is written then. */
function sendWhole(work: Work, intent: Intent, input: OrderInput, { client, agreement }: Ready): Promise<boolean> {
  return updateWhole(work, client, intent, { input, content: agreement.agreed ?? agreement.bookIn ?? undefined });
}

async function sendPartial(
  work: Work,
  items: readonly Item[],
  partial: NonNullable<ChangeMessage['partial']>,
  { client }: Ready,
): Promise<void> {
  await markOnTheWire(work, items);
  work.doing.step = 'partialUpdate';
  await client.partialUpdate(partial);
  await markCallAnswered(work, items);
}

/** What is not seen by reading back is met by the answer; all else is met by what the order shows then. */
async function confirm(work: Work, pieces: readonly Intent[], _: true, ready: Ready): Promise<void> {
  const { db } = work.services.installation;
  const { order, bookIn, references, labels } = changesOf(pieces);
  if (references !== null)
    await finish(work, { item: references.item, state: 'met', proof: { orderId: ready.orderId } });
  if (order === null && bookIn === null && labels === null) return;
  work.doing.step = 'read back';
  const read = ready.read ?? (await readStatus(work, ready.client, ready.orderId));
  ready.read = read;
  await inTransaction(db, async (tx) => {
    // Where goods are others than before and than we wrote, somebody at Qargo did it meanwhile.
    await ingestGoods(tx, work, read, { handedOver: false, ownUpdate: true, ours: chargesIn(ready.draft.after) });
    await keepQargoSide(tx, work.consignment, { goods: read.status.goods, goodsAt: read.startedAt });
  });
  const other = order === null && bookIn === null ? [] : otherThan(work, ready, read);
  const intent = order ?? bookIn;
  if (intent !== null && ready.asWhole !== null && isDiscarded(work, ready, read, other))
    return repeatAsWhole(work, pieces, intent, ready);
  await confirmBoth(work, { order, bookIn }, other, ready);
  work.row = await consignmentRow(db, work.consignment);
  ready.barcodes = ready.labels === null || holdsAll(read, ready.labels.barcodes);
}

/** Whether an update of a stop was discarded: Qargo holds of it what it held before, which nobody changed meanwhile. */
function isDiscarded(work: Work, { draft: { told } }: Ready, read: StatusRead, other: readonly string[]): boolean {
  if (other.length === 0 || !other.every((path) => /^(?:pickup|delivery)_stop\./.test(path))) return false;
  const access = work.services.counterparts.accessOf(work.organisation).qargo;
  const changed = new Set(findDifferences({ ...(told.agreed ?? told.plain), barcodes: [] }, read.answer, access));
  return other.every((path) => !changed.has(path));
}

/**
 * Sends as a whole what the partial update did not do, and looks again: an update is discarded without a word where its stop matches
 * several (assumptions 40 and 57), as in an order that has stops at depots between its own.
 */
async function repeatAsWhole(work: Work, pieces: readonly Intent[], intent: Intent, ready: Ready): Promise<void> {
  const { asWhole, client, orderId } = ready;
  ready.asWhole = null;
  ready.read = null;
  if (asWhole === null) return;
  if (await sendWhole(work, intent, asWhole.input, ready)) return;
  ready.read = await readStatus(work, client, orderId);
  const partial = asWhole.rest(ready.read.status.goods);
  if (partial !== null) {
    await sendPartial(work, [intent.item], partial, ready);
    ready.read = null;
  }
  await confirm(
    work,
    pieces.filter(({ item }) => item.kind !== 'references'),
    true,
    ready,
  );
}

async function confirmBoth(
  work: Work,
  { order, bookIn }: Pick<Changes, 'order' | 'bookIn'>,
  other: readonly string[],
  { agreement, proof, orderId }: Ready,
): Promise<void> {
  if (order !== null) await confirmOrder(work, order, other, agreement, proof);
  if (bookIn !== null) await confirmOrder(work, bookIn, other, { ...agreement, agreed: undefined }, { orderId });
}

function holdsAll({ status }: StatusRead, barcodes: readonly string[]): boolean {
  const held = new Set(status.goods.flatMap((good) => good.handlingUnits));
  return barcodes.every((barcode) => held.has(barcode));
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
    const ended: Outcome = { item: intent.item, state: 'met', proof: { ...proof, confirmed: true } };
    const settled = await inTransaction(db, async (tx) => {
      if (agreed !== undefined) await keepQargoSide(tx, work.consignment, { agreed });
      if (leg !== (work.row.qargo.leg ?? 'as told')) await keepQargoSide(tx, work.consignment, { leg });
      if (bookIn !== (work.row.qargo.bookIn ?? null)) await keepQargoSide(tx, work.consignment, { bookIn });
      return settle(tx, { organisation: work.organisation.id, consignment: work.consignment }, [ended]);
    });
    noteEnds(work, [ended], settled);
    return;
  }
  await notConfirmed(work, intent, { code: 'not taken', fields: other.slice(0, namedFields) });
}
