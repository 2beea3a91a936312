/** The network's side of the journey, to Qargo: where the consignment is, and the book-in that is laid over its order. */
import { instantToLocal } from '../connectors/palletways/local-time.ts';
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { journeyUpdate, journeyWords } from '../connectors/qargo/journey.ts';
import { withBookIn } from '../domain/book-in.ts';
import type { NetworkContent, OrderContent } from '../domain/content.ts';
import { content } from '../store/consignments.ts';
import type { Intent, Item } from '../store/deliveries.ts';
import { bookInThatStands } from '../store/network.ts';
import { factFor, finish, sending, type Work } from './delivering.ts';

/** Tells where the consignment is now. Said again it changes nothing, so that a lost answer needs no look. */
export async function tellJourney(work: Work, client: QargoClient, intent: Intent): Promise<void> {
  const { item } = intent;
  const { orderId } = work.row.qargo;
  if (orderId === undefined) throw new Error('no order at Qargo to tell of');
  const words = await journeyOf(work, item);
  await sending(work, [item]);
  work.doing.step = 'tell journey';
  await client.partialUpdate(journeyUpdate(orderId, words, work.services.counterparts.accessOf(work.organisation).qargo));
  await finish(work, { item, state: 'delivered', proof: { orderId } });
}

/** In the words of the send. */
export async function journeyOf(work: Work, item: Item): Promise<string> {
  const { installation, counterparts } = work.services;
  const fact = await factFor(work, item, 'network');
  const said = fact.content === undefined ? null : await content<NetworkContent>(installation.db, fact.content);
  const local = instantToLocal(fact.at, work.organisation.palletways.zone);
  return journeyWords(fact.code, local, said, counterparts.accessOf(work.organisation).qargo);
}

/** What the order's content is at Qargo: named by Palletways' number where its push did not say it, and booked in where the network did. */
export interface Overlay {
  /** Content reference of the book-in that stands; null: none. */
  readonly bookIn: string | null;
  /** The order as Qargo is owed it. */
  owed(order: OrderContent): OrderContent;
  /** An order that Qargo was told, with the book-in that it was told. */
  told(order: OrderContent): OrderContent;
}

export async function overlayOf(work: Work): Promise<Overlay> {
  const { db } = work.services.installation;
  const told = work.row.qargo.bookIn ?? null;
  // What is switched off, or only watched, changes nothing at Qargo.
  const stands = work.organisation.policy.rows.network === 'on' ? await bookInThatStands(db, work.consignment) : null;
  const [is, was] = await Promise.all([stands, told].map((ref) => (ref === null ? null : content<NetworkContent>(db, ref))));
  return {
    bookIn: stands,
    owed: (order) => withBookIn({ ...order, conNo: order.conNo ?? work.row.reference }, is ?? null),
    told: (order) => withBookIn(order, was ?? null),
  };
}
