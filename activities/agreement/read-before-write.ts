/**
 * Before an update of ours is written over an order at Qargo: what somebody changed there since is taken in, and what an update is
 * not about is left as they set it. Qargo's orders have neither a version nor a time of their last change, so only a read tells.
 */

import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { fieldAt, fieldsWritten, findPlannerEdits } from '../../connectors/qargo/read.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { ChargeFact, ChargeKind } from '../../domain/facts/facts.ts';
import { unitsValue, weightValue } from '../../domain/policy/charges.ts';
import type { EditField } from '../../domain/policy/edits.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { Intent } from '../../store/outbox/receipts.ts';
import { inTransaction, type Queryable } from '../../store/postgres/database.ts';
import { consignmentRow, keepQargoSide, ordersSince } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { latestHeld } from '../../store/record/planner-edits.ts';
import { readStatus, type StatusRead } from '../reading/order-status.ts';
import type { Work } from '../sending/work.ts';
import { ingestGoods } from './goods.ts';
import { overlayOf } from './overlay.ts';
import { ingestPlannerEdits, takesPlannerWindows } from './planner-edits.ts';

/** Whether anybody wants to know what is changed in Qargo; else no read is spent on it. */
export function watchesPlannerEdits({ policy }: Pick<Organisation, 'policy'>): boolean {
  const { charges, decisions } = policy;
  return (
    decisions.planner !== 'off' ||
    charges.measured !== 'off' ||
    charges.regrade !== 'off' ||
    takesPlannerWindows(policy)
  );
}

/** What is written now; null is not. */
export interface Writing {
  readonly order: Intent | null;
  readonly bookIn: Intent | null;
  /** Sizes of goods that are written, or may have been by a call whose answer was lost. */
  readonly sizes?: readonly ChargeFact[];
}

/** Reads the order's status before it is written, and takes in what it shows. Throws CallError. */
export async function readBeforeWrite(
  work: Work,
  client: QargoClient,
  orderId: string,
  writing: Writing,
): Promise<StatusRead> {
  work.doing.step = 'read first';
  const read = await readStatus(work, client, orderId);
  await ingestBeforeWrite(work, read, writing);
  return read;
}

/**
 * Takes in what a read shows before anything is written, and remembers its goods. What we said since the last agreed copy may have
 * been written already: it is no news. The facts are dispatched, for the run that finds them may end without an answer.
 */
export async function ingestBeforeWrite(work: Work, read: StatusRead, writing: Writing): Promise<void> {
  const { db } = work.services.installation;
  await inTransaction(db, async (tx) => {
    const since = await ordersSince(tx, work.consignment, work.row.qargo.agreed);
    await ingestGoods(tx, work, read, {
      handedOver: false,
      ownUpdate: true,
      ours: [...since.flatMap(chargesIn), ...(writing.sizes ?? [])],
    });
    // In nobody else's hands while it is in ours; else the ledger knows whether something is on its way.
    const own = writing.order !== null || writing.bookIn !== null;
    const ownUpdate = own ? { ownUpdate: { inDoubt: await fieldsInDoubt(work, tx, { read, since, writing }) } } : {};
    await ingestPlannerEdits(tx, work, read, { handedOver: false, ...ownUpdate });
    await keepQargoSide(tx, work.consignment, { goods: read.status.goods, goodsAt: read.startedAt });
  });
  work.row = await consignmentRow(db, work.consignment);
}

/** What an order says of what is charged for. */
export const chargesIn = ({
  weight,
  billUnits,
}: OrderContent): { readonly charge: ChargeKind; readonly new: string }[] => [
  { charge: 'weight', new: weightValue(weight) },
  { charge: 'regrade', new: unitsValue(billUnits) },
];

/**
 * The fields in which Qargo may hold what we wrote: those that it holds as one of our versions has them, and, where a call was on the
 * wire and nobody knows how it ended, all that it wrote.
 */
async function fieldsInDoubt(
  work: Work,
  tx: Queryable,
  {
    read,
    since,
    writing,
  }: { readonly read: StatusRead; readonly since: readonly OrderContent[]; readonly writing: Writing },
): Promise<readonly EditField[]> {
  const { agreed } = work.row.qargo;
  const before = agreed === undefined ? null : await loadContent(tx, 'order', agreed);
  if (before === null) return [];
  const overlay = await overlayOf(work, tx);
  const access = work.services.counterparts.accessOf(work.organisation).qargo;
  const other = (order: OrderContent) => Object.keys(findPlannerEdits(order, read.answer, access) ?? {}) as EditField[];
  const versions = [before, ...since].map((version) => overlay.owed(version));
  const asOurs = versions.flatMap((version) => {
    const still = other(version);
    return other(overlay.told(before)).filter((field) => !still.includes(field));
  });
  const isLost = [writing.order, writing.bookIn].some((intent) => intent !== null && intent.inDoubt !== null);
  const written = isLost ? versions.flatMap((version) => fieldsWritten(overlay.told(before), version, access)) : [];
  return [...new Set([...asOurs, ...written])];
}

/** The fields that a planner has set in Qargo and an update does not change; `was` null: all is written. */
export async function loadPlannerFields(
  work: Work,
  was: OrderContent | null,
  after: OrderContent,
): Promise<readonly EditField[]> {
  const { installation, counterparts } = work.services;
  if (was === null || work.organisation.policy.decisions.planner === 'off') return [];
  const held = Object.keys((await latestHeld(installation.db, work.consignment))?.fields ?? {}) as EditField[];
  if (held.length === 0) return [];
  const ours = fieldsWritten(was, after, counterparts.accessOf(work.organisation).qargo);
  return held.filter((field) => !ours.includes(field));
}

/** Differences found by reading back, less those that are a planner's. */
export function withoutPlannerFields(differences: readonly string[], theirs: readonly EditField[]): readonly string[] {
  return differences.filter((path) => !theirs.some((field) => field === fieldAt(path)));
}
