/** What Palletways says went wrong, told to the planners at Qargo: a document on the order, since Qargo takes no incident from outside. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { instantToLocal } from '../connectors/palletways/local-time.ts';
import type { ExceptionContent } from '../domain/content.ts';
import { noteReference } from '../domain/hash.ts';
import { content } from '../store/consignments.ts';
import type { Intent } from '../store/deliveries.ts';
import { factFor, finish, sending, type Work } from './delivering.ts';

/** Tells one; where an answer was lost the order's documents are looked at first. */
export async function tellNotice(work: Work, client: QargoClient, intent: Intent): Promise<void> {
  const { item } = intent;
  const { installation, counterparts } = work.services;
  const { orderId } = work.row.qargo;
  if (orderId === undefined) throw new Error(`${work.consignment} has no order at Qargo`);
  const fact = await factFor(work, item, 'exception');
  const said = fact.content === undefined ? null : await content<ExceptionContent>(installation.db, fact.content);
  if (said === null) return finish(work, { item, state: 'erased' });
  const ref = noteReference(work.consignment, item.key, item.digest, item.revision);
  const name = `Palletways: ${said.name} ${ref}`;
  if (intent.progress.noticeSent === ref) {
    const known = (await client.getOrderDocuments(orderId)) as readonly { readonly name?: unknown }[];
    if (known.some((document) => document.name === name)) return finish(work, { item, state: 'delivered', proof: { name, found: true } });
  }
  const local = instantToLocal(fact.at, work.organisation.palletways.zone);
  const lines = [
    `Palletways says: ${said.name} (${fact.code})`,
    `${local.date} ${local.time} ${work.organisation.palletways.zone}`,
    said.description,
  ];
  await sending(work, [item], { noticeSent: ref });
  await client.importDocument({
    orderId,
    filename: `palletways-${ref}.txt`,
    type: counterparts.accessOf(work.organisation).qargo.noticeType,
    name,
    contentType: 'text/plain',
    bytes: Buffer.from(`${lines.join('\n')}\n`, 'utf8'),
  });
  await finish(work, { item, state: 'delivered', proof: { orderId, name } });
}
