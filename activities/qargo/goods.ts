/** Qargo's goods brought to what is charged for: weight, bill units and sizes by partial update, read back. */

import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { sizeUpdate } from '../../connectors/qargo/write-measures.ts';
import type { GoodRead } from '../../connectors/qargo/write-partial-goods.ts';
import { type OrderUpdatePayload, partialUpdate } from '../../connectors/qargo/write-partial-update.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { ChargeFact } from '../../domain/facts/facts.ts';
import { applyCharges, describeCharge, unitsValue, weightValue } from '../../domain/policy/charges.ts';
import { finalQuantities } from '../../store/close-out/close-out.ts';
import { goodsAbout, valueInGoods } from '../../store/intake/charges.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { keepQargoSide, latestOrder } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { keyIn, splitByPath } from '../agreement/charges.ts';
import { ingestGoods } from '../agreement/goods.ts';
import { chargesAtQargo, overlayOf } from '../agreement/overlay.ts';
import { chargesIn, ingestBeforeWrite } from '../agreement/read-before-write.ts';
import { readStatus, type StatusRead } from '../reading/order-status.ts';
import { type Call, carryOut, inGroups, type Message, type Nothing, needsNoLook, unaccepted } from '../sending/call.ts';
import { waitForOrder } from '../sending/import-once.ts';
import { notConfirmed } from '../sending/not-confirmed.ts';
import {
  factFor,
  finish,
  markCallAnswered,
  markOnTheWire,
  type Work,
  waitedOf,
  writeIntents,
} from '../sending/work.ts';

interface Ready {
  readonly client: QargoClient;
  readonly orderId: string;
  /** What is charged for, as Qargo is to have it. */
  readonly after: OrderContent;
  readonly changes: readonly ChargeFact[];
  /** The order as it was read last: before the first update, then after each. */
  read: StatusRead;
}

interface GoodsMessage extends Message {
  /** Each is made of the goods as they are after the one before. */
  readonly updates: readonly Update[];
}

type Update = (goods: readonly GoodRead[]) => OrderUpdatePayload | null;

/** Changes of what is charged for, and the final quantities, in at most two partial updates. */
export async function sendGoods(work: Work, items: readonly Item[]): Promise<void> {
  const open = await writeIntents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  const [byHand] = await splitByPath(
    work,
    'qargo',
    open.map(({ item }) => item),
  );
  await keyIn(
    work,
    'qargo',
    open.filter(({ item }) => byHand.includes(item)),
  );
  const called = open.filter(({ item }) => !byHand.includes(item));
  await inGroups(work, called, async (group) => {
    await carryOut(goodsCall, work, group);
  });
}

export const goodsCall: Call<Intent, Ready, GoodsMessage, Ready> = {
  prepare,
  message: goodsMessage,
  look: needsNoLook,
  send,
  confirm,
};

async function prepare(work: Work, pieces: readonly Intent[]): Promise<Ready | null> {
  const { installation, counterparts } = work.services;
  const { orderId } = work.row.qargo;
  if (orderId === undefined) {
    await waitForOrder(work, pieces);
    return null;
  }
  const order = await orderAgreed(work);
  if (order === null) {
    await finish(work, ...pieces.map(({ item }) => ({ item, state: 'erased' }) as const));
    return null;
  }
  const final = pieces.some(({ item }) => item.kind === 'close-out')
    ? await finalQuantities(installation.db, work.consignment)
    : null;
  const charges = pieces.filter(({ item }) => item.kind === 'charge');
  const changes = await Promise.all(charges.map(({ item }) => factFor(work, item, 'charge')));
  const client = counterparts.qargo(work.organisation, 'milestone', work.signal, waitedOf(work));
  work.doing.step = 'read goods';
  const read = await readStatus(work, client, orderId);
  // What somebody at Qargo changed meanwhile is heard before it is written over.
  await ingestBeforeWrite(work, read, { order: null, bookIn: null, sizes: sizesIn(changes) });
  const after = { ...applyCharges(order, await chargesAtQargo(work, installation.db)), ...final };
  return { client, orderId, after, changes, read };
}

async function orderAgreed(work: Work): Promise<OrderContent | null> {
  const { db } = work.services.installation;
  const { agreed } = work.row.qargo;
  if (agreed !== undefined) return loadContent(db, 'order', agreed);
  return (await latestOrder(db, work.consignment))?.order ?? null;
}

async function goodsMessage(work: Work, items: readonly Item[], ready?: Ready): Promise<GoodsMessage | Nothing> {
  const { services, organisation, row } = work;
  const access = services.counterparts.accessOf(organisation).qargo;
  const said = ready ?? (await supposed(work, items));
  if (said === null) return { none: { code: 'no order known' }, state: 'erased' };
  if ('keyIn' in said) return { show: said, updates: [] };
  const { after } = said;
  const changes = said.changes.filter(({ id }) => items.some(({ fact }) => fact === id));
  const orderId = ready?.orderId ?? row.qargo.orderId ?? unaccepted;
  const whole: Update[] =
    after === null ? [] : [(goods) => partialUpdate({ orderId, before: after, after, goods, access })];
  const updates: Update[] = [...whole, (goods) => sizeUpdate(orderId, goods, sizesOf(changes, goods))];
  const goods = ready?.read.status.goods ?? row.qargo.goods ?? [];
  const shown = updates.flatMap((update) => update(goods) ?? []);
  return { show: shown.length === 1 ? shown[0] : shown, updates };
}

/** What would be said of one item that nobody prepared: it alone, on the order as Qargo was told it. */
async function supposed(
  work: Work,
  [item]: readonly Item[],
): Promise<
  { readonly keyIn: string } | { readonly after: OrderContent | null; readonly changes: readonly ChargeFact[] } | null
> {
  const { db } = work.services.installation;
  const latest = await latestOrder(db, work.consignment);
  if (latest === null || item === undefined) return null;
  const order = (await overlayOf(work)).told(latest.order);
  if (item.kind === 'close-out')
    return { after: { ...order, ...(await finalQuantities(db, work.consignment)) }, changes: [] };
  const change = await factFor(work, item, 'charge');
  if ((await splitByPath(work, 'qargo', [item]))[0].length > 0) return { keyIn: describeCharge(change) };
  return { after: change.charge === 'dimensions' ? null : applyCharges(order, [change]), changes: [change] };
}

async function send(work: Work, pieces: readonly Intent[], { updates }: GoodsMessage, ready: Ready): Promise<Ready> {
  const items = pieces.map(({ item }) => item);
  for (const update of updates) {
    const payload = update(ready.read.status.goods);
    if (payload === null) continue;
    await markOnTheWire(work, items);
    work.doing.step = 'partialUpdate of goods';
    await ready.client.partialUpdate(payload);
    await markCallAnswered(work, items);
    ready.read = await readStatus(work, ready.client, ready.orderId);
  }
  return ready;
}

/** Met is what the goods show, read back. */
async function confirm(work: Work, pieces: readonly Intent[], { orderId, after, changes, read }: Ready): Promise<void> {
  const { goods } = read.status;
  await inTransaction(work.services.installation.db, async (tx) => {
    // What somebody changed while we wrote.
    await ingestGoods(tx, work, read, {
      handedOver: false,
      ownUpdate: true,
      ours: [...chargesIn(after), ...sizesIn(changes)],
    });
    await keepQargoSide(tx, work.consignment, { goods, goodsAt: read.startedAt });
  });
  for (const intent of pieces) {
    const change = changes.find(({ id }) => id === intent.item.fact);
    const there =
      change === undefined
        ? valueInGoods(goods, 'weight', '') === weightValue(after.weight) &&
          valueInGoods(goods, 'regrade', '') === unitsValue(after.billUnits)
        : valueInGoods(goods, change.charge, change.about) === change.new;
    const proof = { orderId, weight: after.weight, billUnits: after.billUnits, confirmed: true };
    if (there) await finish(work, { item: intent.item, state: 'met', proof });
    else
      await notConfirmed(work, intent, {
        code: 'not taken',
        fields: ['goods'],
      });
  }
}

const sizesIn = (changes: readonly ChargeFact[]) => changes.filter(({ charge }) => charge === 'dimensions');

function sizesOf(changes: readonly ChargeFact[], goods: readonly GoodRead[]): ReadonlyMap<string, string> {
  return new Map(
    sizesIn(changes).flatMap((change) => goodsAbout(goods, change.about).map(({ id }) => [id, change.new] as const)),
  );
}
