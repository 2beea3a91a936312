/** What a change of the order at Qargo would send: a partial update, and before it the order as a whole where that cannot say it. */

import type { QargoAccess } from '../../connectors/qargo/config.ts';
import { unmapped } from '../../connectors/qargo/mapping.ts';
import { listFieldsBeyondPartial } from '../../connectors/qargo/write-beyond-partial.ts';
import { type OrderInput, orderInput } from '../../connectors/qargo/write-order.ts';
import type { GoodRead } from '../../connectors/qargo/write-partial-goods.ts';
import { type OrderUpdatePayload, partialUpdate } from '../../connectors/qargo/write-partial-update.ts';
import { keepPlannerFields } from '../../connectors/qargo/write-planner-fields.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { EditField } from '../../domain/policy/edits.ts';
import { withBookIn } from '../../domain/state/book-in.ts';
import type { Item } from '../../store/outbox/receipts.ts';
import { latestOrder } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { overlayOf } from '../agreement/overlay.ts';
import { loadPlannerFields } from '../agreement/read-before-write.ts';
import { type Message, type Nothing, unaccepted } from '../sending/call.ts';
import { factFor, type Work } from '../sending/work.ts';
import { createMessage } from './order.ts';

/** What is known of both ends of a change. */
export interface Draft {
  readonly orderId: string;
  readonly orderIdentifier: string | undefined;
  /** The order as Qargo is to have it. */
  readonly after: OrderContent;
  /** The order as Qargo was told it: the copy that was agreed (null: none was, all is written), and the one that only is laid over. */
  readonly told: { readonly agreed: OrderContent | null; readonly plain: OrderContent };
  /** Fields that a planner set and this change is not about. */
  readonly theirs: readonly EditField[];
  /** The order as it was read; undefined where it was not. */
  readonly orderRead: unknown;
  readonly goods: readonly GoodRead[] | null;
  readonly access: QargoAccess;
}

export interface ChangeMessage extends Message {
  readonly whole: OrderInput | null;
  readonly partial: OrderUpdatePayload | null;
  /** Whether a partial update cannot say it all. */
  readonly beyond: boolean;
  /** The order as a whole, where that can be said at all. */
  readonly asWhole: OrderInput | null;
  /** What is left to the partial update after the order as a whole, on the goods as they are then. */
  readonly rest: (goods: readonly GoodRead[]) => OrderUpdatePayload | null;
}

export const draftOf = (work: Work, said: Omit<Draft, 'orderId' | 'orderIdentifier' | 'access'>): Draft => ({
  ...said,
  orderId: work.row.qargo.orderId ?? unaccepted,
  orderIdentifier: work.row.qargo.orderIdentifier,
  access: work.services.counterparts.accessOf(work.organisation).qargo,
});

const toldBefore = ({ told }: Draft, kinds: readonly ObligationKind[]) =>
  kinds.includes('order') ? told.agreed : told.plain;

/** Whether what changes is beyond a partial update. */
export function goesBeyond(draft: Draft, kinds: readonly ObligationKind[]): boolean {
  if (!kinds.includes('order') && !kinds.includes('book-in')) return false;
  return listFieldsBeyondPartial(toldBefore(draft, kinds), draft.after, draft.access).length > 0;
}

/** Whether goods are others than those of the order that was agreed. */
export function goodsDiffer({ orderId, after, access }: Draft, goods: readonly GoodRead[]): boolean {
  return partialUpdate({ orderId, before: after, after, access, goods }) !== null;
}

/** Pure. `barcodes` and `identifiers`: where they are owed. */
export function changeMessage(
  draft: Draft,
  kinds: readonly ObligationKind[],
  owed: {
    readonly barcodes: readonly string[] | null;
    readonly identifiers: { readonly trackingId: string | null; readonly conNo: string | null };
  },
): ChangeMessage {
  const { orderId, orderIdentifier, after, theirs, access, goods } = draft;
  const beyond = goesBeyond(draft, kinds);
  const was = toldBefore(draft, kinds);
  const barcodes = owed.barcodes ?? (after.barcodes.length > 0 ? after.barcodes : null);
  const update = (on: readonly GoodRead[] | null) =>
    partialUpdate({
      orderId,
      before: beyond ? after : was,
      after,
      goods: on,
      access,
      theirs,
      ...(barcodes === null ? {} : { barcodes }),
      ...(kinds.includes('references') ? { identifiers: owed.identifiers } : {}),
    });
  const input = (one: OrderContent, id: string) =>
    orderInput(one, { operation: 'UPDATE', orderIdentifier: id, access });
  const asWhole =
    orderIdentifier === undefined
      ? null
      : keepPlannerFields(input(after, orderIdentifier), {
          was: input(was ?? after, orderIdentifier),
          orderRead: draft.orderRead,
          theirs,
        });
  const whole = beyond ? asWhole : null;
  const partial = beyond && goods === null ? null : update(goods);
  return { show: whole === null ? partial : { whole, partial }, whole, partial, beyond, asWhole, rest: update };
}

/** Makes the message of one item that nobody prepared, from the record alone. */
export async function supposedChange(work: Work, [item]: readonly Item[]): Promise<ChangeMessage | Nothing> {
  const { db } = work.services.installation;
  const latest = await latestOrder(db, work.consignment);
  if (latest === null || item === undefined) return { none: { code: 'no order known' }, state: 'void' };
  const { orderId, goods, agreed } = work.row.qargo;
  const overlay = await overlayOf(work);
  const owed = overlay.owed(latest.order);
  if (item.kind === 'order') {
    const cause = unmapped(
      owed,
      work.services.counterparts.accessOf(work.organisation).qargo,
      work.organisation.policy,
    );
    if (cause !== null) return { none: cause, state: 'refused' };
    if (orderId === undefined)
      return {
        ...createMessage(work, owed),
        whole: null,
        partial: null,
        beyond: false,
        asWhole: null,
        rest: () => null,
      };
  }
  const before = agreed === undefined ? null : await loadContent(db, 'order', agreed);
  const booked = item.kind === 'book-in' ? await factFor(work, item, 'network') : undefined;
  const after = withBookIn(
    owed,
    booked?.content === undefined ? null : await loadContent(db, 'network', booked.content),
  );
  const told = { agreed: before === null ? null : overlay.told(before), plain: overlay.told(latest.order) };
  const theirs = await loadPlannerFields(work, item.kind === 'order' ? told.agreed : told.plain, after);
  const draft = draftOf(work, { after, told, theirs, orderRead: undefined, goods: goods ?? [] });
  return changeMessage(draft, [item.kind], {
    barcodes: await barcodesOf(work, [item]),
    identifiers: identifiersOf(work),
  });
}

export const identifiersOf = ({ row }: Work) => ({ trackingId: row.trackingId, conNo: row.reference });

/** The barcodes that are owed by these items; null where none of them is about barcodes. */
export async function barcodesOf(work: Work, items: readonly Item[]): Promise<readonly string[] | null> {
  const labels = items.find(({ kind }) => kind === 'labels');
  return labels === undefined ? null : (await factFor(work, labels, 'labels')).barcodes;
}
