/**
 * Another order at Qargo in the place of ours: planners make a similar order and cancel the first (assumption 50). Nothing finds it, so a
 * person names it. What our order had of us is owed to it again; what was heard of it before is attached.
 */
import { addNames, namesOf } from '../identity/identity.ts';
import { now, type Queryable } from '../postgres/database.ts';
import { resend } from '../record/commands.ts';
import { keepQargoSide } from '../record/consignments.ts';
import { storeFact } from '../record/facts.ts';
import { touchWhole } from '../record/touch.ts';
import { matchParked } from './parked.ts';

export interface Replacement {
  readonly organisation: string;
  readonly consignment: string;
  readonly orderId: string;
  readonly orderIdentifier?: string;
  readonly who: string;
  readonly why: string;
}

/** Whether the order of the consignment ended at Qargo as nobody agreed, or answers no more. */
export async function isOrderLost(tx: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await tx.query<{ lost: boolean }>(
    `select coalesce((select envelope->>'how' in ('cancelled', 'rejected') from fact
                       where consignment = $1 and kind = 'ending' order by seq desc limit 1), false)
         or exists (select 1 from unread_item u join consignment c on c.id = $1
                     where u.organisation = c.organisation and u.item = 'order' and u.id = c.qargo->>'orderId' and u.tries > 1) as lost`,
    [consignment],
  );
  return rows[0]?.lost === true;
}

/** What was told of the order at Qargo, and is told of the one that takes its place. */
const ofTheOrder = ['order', 'references', 'labels', 'journey', 'book-in'];

/** Must run in a transaction, under the consignment's lock. */
export async function replaceOrder(tx: Queryable, of: Replacement): Promise<void> {
  const { organisation, consignment, orderId, orderIdentifier, who, why } = of;
  await tx.query(
    `update alias set valid_to = clock_timestamp()
      where consignment = $1 and kind in ('qargoOrderId', 'orderIdentifier') and strong and valid_to is null`,
    [consignment],
  );
  await tx.query(
    `delete from unread_item u using consignment c
      where c.id = $1 and u.organisation = c.organisation and u.item = 'order' and u.id = c.qargo->>'orderId'`,
    [consignment],
  );
  await tx.query(
    `update consignment set qargo = '{}', qargo_digest = null, qargo_read_at = null, qargo_seen_at = null, qargo_ended_at = null,
            qargo_wanted = null where id = $1`,
    [consignment],
  );
  await tx.query('delete from order_stop where consignment = $1', [consignment]);
  const names = namesOf({ qargoOrderId: orderId, ...(orderIdentifier === undefined ? {} : { orderIdentifier }) });
  const { taken, added } = await addNames(tx, organisation, consignment, names);
  if (taken.length > 0) throw new Error(`order ${orderId} has just become that of another consignment`);
  await keepQargoSide(tx, consignment, {
    orderId,
    byHand: true,
    ...(orderIdentifier === undefined ? {} : { orderIdentifier }),
  });
  const { rows } = await tx.query<{ key: string }>(
    `update receipt set progress = '{}' where consignment = $1 and key = any($2) returning key`,
    [consignment, ofTheOrder],
  );
  for (const { key } of rows) await resend(tx, { organisation, consignment }, key, { who, why });
  const at = await now(tx);
  await storeFact(
    tx,
    consignment,
    {
      kind: 'refresh',
      id: `refresh:replaced:${orderId}`.slice(0, 120),
      at,
      zone: 'UTC',
      source: 'person',
      body: { who, why },
    },
    { organisation, journal: null, heard: at, via: 'hand' },
  );
  await matchParked(tx, organisation, added);
  touchWhole(tx, organisation, consignment);
}
