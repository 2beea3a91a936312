/** Qargo's goods brought to what is charged for: weight, bill units and sizes by partial update, read back. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { sizeUpdate } from '../connectors/qargo/measures.ts';
import type { GoodRead } from '../connectors/qargo/partial-goods.ts';
import { type OrderUpdatePayload, partialUpdate } from '../connectors/qargo/partial-update.ts';
import { charged, sayCharge, unitsValue, weightValue } from '../domain/charges.ts';
import type { OrderContent } from '../domain/content.ts';
import type { ChargeFact } from '../domain/facts.ts';
import { goodsAbout, saidByGoods } from '../store/charges.ts';
import { finalQuantities } from '../store/close-out.ts';
import { content, keepQargoSide, latestOrder } from '../store/consignments.ts';
import { inTransaction } from '../store/database.ts';
import type { Intent, Item } from '../store/deliveries.ts';
import { keyIn, splitByPath } from './charges.ts';
import { answered, factFor, finish, intents, sending, soon, type Work, waitedOf } from './delivering.ts';
import { notConfirmed } from './not-confirmed.ts';
import { takeInGoods } from './qargo-goods-said.ts';
import { chargesIn, takeInFirst } from './qargo-seen-first.ts';
import { readStatus, type StatusRead } from './qargo-order.ts';
import { chargesAtQargo } from './qargo-overlay.ts';

/** Changes of what is charged for, and the final quantities, in at most two partial updates. */
export async function deliverGoods(work: Work, items: readonly Item[], signal: AbortSignal | undefined): Promise<void> {
  const { installation, counterparts } = work.services;
  const open = await intents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  const [byHand, called] = await splitByPath(
    work,
    'qargo',
    open.map(({ item }) => item),
  );
  await keyIn(
    work,
    'qargo',
    open.filter(({ item }) => byHand.includes(item)),
  );
  const mine = open.filter(({ item }) => called.includes(item));
  const { orderId, agreed } = work.row.qargo;
  if (mine.length === 0) return;
  if (orderId === undefined) {
    const held = { state: 'not yet', cause: 'order not accepted', until: soon(work, 5) } as const;
    return finish(work, ...mine.map(({ item }) => ({ item, ...held })));
  }
  const order =
    agreed === undefined
      ? ((await latestOrder(installation.db, work.consignment))?.order ?? null)
      : await content<OrderContent>(installation.db, agreed);
  if (order === null) return finish(work, ...mine.map(({ item }) => ({ item, state: 'erased' }) as const));

  const final = called.some(({ kind }) => kind === 'close-out') ? await finalQuantities(installation.db, work.consignment) : null;
  const changes = await Promise.all(mine.filter(({ item }) => item.kind === 'charge').map(({ item }) => factFor(work, item, 'charge')));
  const client = counterparts.qargo(work.organisation, 'milestone', signal, waitedOf(work));
  work.doing.step = 'read goods';
  let read = await readStatus(work, client, orderId);
  // What somebody at Qargo changed meanwhile is heard before it is written over.
  const sizes = changes.filter(({ charge }) => charge === 'dimensions');
  await takeInFirst(work, read, { order: null, bookIn: null, sizes });
  const after = { ...charged(order, await chargesAtQargo(work, installation.db)), ...final };
  const access = counterparts.accessOf(work.organisation).qargo;
  const updates = [
    (goods: StatusRead['status']['goods']) => partialUpdate({ orderId, before: after, after, goods, access }),
    (goods: StatusRead['status']['goods']) => sizeUpdate(orderId, goods, sizesOf(changes, goods)),
  ];
  for (const update of updates) {
    const payload = update(read.status.goods);
    if (payload !== null) read = await send(work, client, mine, payload, orderId);
  }
  const last = read;
  await inTransaction(installation.db, async (tx) => {
    // What somebody changed while we wrote.
    await takeInGoods(tx, work, last, { handedOver: false, ownUpdate: true, ours: [...chargesIn(after), ...sizes] });
    await keepQargoSide(tx, work.consignment, { goods: last.status.goods, goodsAt: last.startedAt });
  });
  for (const intent of mine) {
    const change = changes.find(({ id }) => id === intent.item.fact);
    const { goods } = read.status;
    const there =
      change === undefined
        ? saidByGoods(goods, 'weight', '') === weightValue(after.weight) &&
          saidByGoods(goods, 'regrade', '') === unitsValue(after.billUnits)
        : saidByGoods(goods, change.charge, change.about) === change.new;
    const proof = { orderId, weight: after.weight, billUnits: after.billUnits, confirmed: true };
    if (there) await finish(work, { item: intent.item, state: 'delivered', proof });
    else await notConfirmed(work, intent, { cause: 'not taken: goods', reason: 'after the update Qargo still has other goods' });
  }
}

/** What would be sent for one of them, or keyed in. `order` as Qargo has it. */
export async function goodsMessage(
  work: Work,
  item: Item,
  { orderId, order, goods }: { readonly orderId: string; readonly order: OrderContent; readonly goods: readonly GoodRead[] },
): Promise<unknown> {
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const whole = (after: OrderContent) => partialUpdate({ orderId, before: after, after, goods, access });
  if (item.kind === 'close-out') return whole({ ...order, ...(await finalQuantities(installation.db, work.consignment)) });
  const change = await factFor(work, item, 'charge');
  if ((await splitByPath(work, 'qargo', [item]))[0].length > 0) return { keyIn: sayCharge(change) };
  return change.charge === 'dimensions' ? sizeUpdate(orderId, goods, sizesOf([change], goods)) : whole(charged(order, [change]));
}

async function send(
  work: Work,
  client: QargoClient,
  open: readonly Intent[],
  payload: OrderUpdatePayload,
  orderId: string,
): Promise<StatusRead> {
  const items = open.map(({ item }) => item);
  await sending(work, items);
  work.doing.step = 'partialUpdate of goods';
  await client.partialUpdate(payload);
  await answered(work, items);
  return readStatus(work, client, orderId);
}

function sizesOf(changes: readonly ChargeFact[], goods: readonly GoodRead[]): ReadonlyMap<string, string> {
  const sizes = changes.filter(({ charge }) => charge === 'dimensions');
  return new Map(sizes.flatMap((change) => goodsAbout(goods, change.about).map(({ id }) => [id, change.new] as const)));
}
