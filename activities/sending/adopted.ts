/** For an adopted consignment, nothing from before the adoption is sent, because another link sent it. */

import type { Counterpart } from '../../domain/facts/facts.ts';
import { rowOf } from '../../domain/obligations/kinds.ts';
import { beforeAdoption, hasFollower, orderBefore } from '../../store/intake/adoption.ts';
import type { Item, Outcome } from '../../store/outbox/receipts.ts';
import { consignmentRow, keepQargoSide } from '../../store/record/consignments.ts';
import { finish, type Work, writeIntents } from './work.ts';

/** The work that is left; what was true before is settled. What a person asks to have sent again is sent. */
export async function settleHistoricItems(work: Work, counterpart: Counterpart): Promise<Work> {
  const { db } = work.services.installation;
  if (!work.row.adopted || (counterpart === 'qargo' && (await hasFollower(db, work.consignment)))) return work;
  const sent = work.items.filter(({ kind, revision }) => rowOf[kind] !== null && revision === 1);
  const before = await beforeAdoption(
    db,
    work.consignment,
    sent.map(({ fact }) => fact),
  );
  const left = sent.filter(({ fact }) => before.has(fact));
  const order = await orderBefore(db, work.consignment);
  if (order !== null && work.row.qargo.agreed === undefined) {
    await keepQargoSide(db, work.consignment, { agreed: order });
    work.row = await consignmentRow(db, work.consignment);
  }
  const open = await writeIntents(
    work,
    counterpart,
    left.map((item) => ({ item })),
  );
  await finish(work, ...open.map(({ item }) => outcomeOf(item)));
  return { ...work, items: work.items.filter((item) => !left.includes(item)) };
}

const outcomeOf = (item: Item): Outcome => ({
  item,
  state: item.kind === 'order' ? 'met' : 'void',
  cause: { code: 'sent before takeover' },
  proof: { adopted: true },
});
