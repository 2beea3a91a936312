/** The network's side of the journey, to Qargo: where the consignment is. The book-in is laid over its order (qargo-overlay.ts). */
import { instantToLocal } from '../connectors/palletways/local-time.ts';
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { journeyUpdate, journeyWords } from '../connectors/qargo/journey.ts';
import type { NetworkContent } from '../domain/content.ts';
import { content } from '../store/consignments.ts';
import type { Intent, Item } from '../store/deliveries.ts';
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
