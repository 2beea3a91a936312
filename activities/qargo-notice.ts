/** What Palletways says went wrong, told to the planners at Qargo: a document on the order, since Qargo takes no incident from outside. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { instantToLocal } from '../connectors/palletways/local-time.ts';
import type { ExceptionContent } from '../domain/content.ts';
import { noteReference } from '../domain/hash.ts';
import { content } from '../store/consignments.ts';
import type { Intent, Item } from '../store/deliveries.ts';
import { factFor, finish, sending, type Work } from './delivering.ts';

export interface Notice {
  readonly ref: string;
  /** Under which the planners find it, and we find it again. */
  readonly name: string;
  readonly text: string;
}

/** The document for an item; null where its content was erased meanwhile. */
export async function noticeFor(work: Work, item: Item): Promise<Notice | null> {
  const fact = await factFor(work, item, 'exception');
  const said = fact.content === undefined ? null : await content<ExceptionContent>(work.services.installation.db, fact.content);
  if (said === null) return null;
  const { zone } = work.organisation.palletways;
  const ref = noteReference(work.consignment, item.key, item.fact, item.revision);
  const { date, time } = instantToLocal(fact.at, zone);
  const lines = [`Palletways says: ${said.name} (${fact.code})`, `${date} ${time} ${zone}`, said.description];
  return { ref, name: `Palletways: ${said.name} ${ref}`, text: `${lines.join('\n')}\n` };
}

/** Tells one; where an answer was lost the order's documents are looked at first. */
export async function tellNotice(work: Work, client: QargoClient, intent: Intent): Promise<void> {
  const { item } = intent;
  const { orderId } = work.row.qargo;
  if (orderId === undefined) throw new Error(`${work.consignment} has no order at Qargo`);
  const notice = await noticeFor(work, item);
  if (notice === null) return finish(work, { item, state: 'erased' });
  const { ref, name, text } = notice;
  if (intent.progress.noticeSent === ref) {
    const known = (await client.getOrderDocuments(orderId)) as readonly { readonly name?: unknown }[];
    if (known.some((document) => document.name === name)) return finish(work, { item, state: 'delivered', proof: { name, found: true } });
  }
  await sending(work, [item], { noticeSent: ref });
  await client.importDocument({
    orderId,
    filename: `palletways-${ref}.txt`,
    type: work.services.counterparts.accessOf(work.organisation).qargo.noticeType,
    name,
    contentType: 'text/plain',
    bytes: Buffer.from(text, 'utf8'),
  });
  await finish(work, { item, state: 'delivered', proof: { orderId, name } });
}
