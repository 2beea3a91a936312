/** What is laid over the order that Palletways tells, before Qargo gets it: our leg, its number, the window that the network booked, charges. */

import type { OrderContent } from '../../domain/facts/content.ts';
import type { ChargeFact } from '../../domain/facts/facts.ts';
import { type Leg, ofLeg } from '../../domain/facts/roles.ts';
import { applyCharges, settingOf } from '../../domain/policy/charges.ts';
import { withBookIn } from '../../domain/state/book-in.ts';
import { legNow } from '../../store/identity/roles.ts';
import { chargesOf, listChargesSent } from '../../store/intake/charges.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { loadContent } from '../../store/record/contents.ts';
import { bookInThatStands } from '../../store/record/network.ts';
import type { Work } from '../sending/work.ts';

/** The order as Qargo is to have it, and as it was told it: a comparison of the two has the same laid over both ends. */
export interface Overlay {
  /** Content reference of the book-in that stands; null: none. */
  readonly bookIn: string | null;
  /** The leg that is ours now. */
  readonly leg: Leg;
  /** The order as Qargo is owed it: named by Palletways' number where its push did not say it, booked in where the network did. */
  owed(order: OrderContent): OrderContent;
  /** An order that Qargo was told, with the book-in that it was told. */
  told(order: OrderContent): OrderContent;
}

/**
 * Weight and bill units that were said since stand on both ends: they are told by an update of their own (qargo/goods.ts), and the
 * order only must not take them back.
 */
export async function overlayOf(
  work: Pick<Work, 'services' | 'organisation' | 'consignment' | 'row'>,
  db: Queryable = work.services.installation.db,
): Promise<Overlay> {
  const told = work.row.qargo.bookIn ?? null;
  // What is switched off, or only watched, changes nothing at Qargo.
  const leg = await legNow(db, work.consignment);
  // A book-in is of the delivery.
  const booked = work.organisation.policy.rows.network === 'on' && leg !== 'collection';
  const stands = booked ? await bookInThatStands(db, work.consignment) : null;
  const read = async (ref: string | null) => (ref === null ? null : await loadContent(db, 'network', ref));
  const [is, was] = [await read(stands), await read(told)];
  const charges = await chargesAtQargo(work, db);
  return {
    bookIn: stands,
    leg,
    owed: (order) =>
      applyCharges(withBookIn(ofLeg({ ...order, conNo: order.conNo ?? work.row.reference }, leg), is ?? null), charges),
    told: (order) => applyCharges(withBookIn(ofLeg(order, work.row.qargo.leg ?? leg), was ?? null), charges),
  };
}

/**
 * The changes of what is charged for that Qargo has or is sent. One that is switched off or in shadow is not sent, and what a person
 * keys in is there when the person says so: no update of the order brings either. What was sent before stays.
 */
export async function chargesAtQargo(
  { organisation, consignment }: Pick<Work, 'organisation' | 'consignment'>,
  db: Queryable,
): Promise<ChargeFact[]> {
  const { rows, chargePaths } = organisation.policy;
  const isCalled = (one: ChargeFact) => rows.charges === 'on' && chargePaths[settingOf(one.charge)].qargo !== 'person';
  const all = await chargesOf(db, consignment);
  const withoutCall = all.filter((one) => one.owe.includes('qargo') && !isCalled(one));
  if (withoutCall.length === 0) return all;
  const told = await listChargesSent(db, consignment, 'qargo');
  return all.filter((one) => !withoutCall.includes(one) || told.has(one.id));
}
