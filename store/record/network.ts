/** What the network said of a consignment, as the record knows it. */
import type { Queryable } from '../postgres/database.ts';

/**
 * Content reference of the book-in that stands: the latest, unless an order that came after it says another date, time or booking
 * than the order did when the book-in was made, or did first where it is only known since. Null where there is none. That the order is
 * booked in by now is no other booking: the book-in itself made it so.
 */
export async function bookInThatStands(db: Queryable, consignment: string): Promise<string | null> {
  const { rows } = await db.query<{ ref: string }>(
    `with booked as (
       -- A planner's is named by the instant of its read; its own time is cut to the second (domain/state/book-in.ts).
       select case when starts_with(id, 'booked:') then substr(id, 8)::timestamptz else at end as at, envelope->>'content' as ref from fact
        where consignment = $1 and kind = 'network' and envelope ? 'bookIn' order by fact.at desc, id desc limit 1),
     dated as (
       select at, id, jsonb_build_array(envelope->'deliveryDate', envelope->'digests'->'deliveryTime') as said,
              envelope->'digests'->'bookIn.booked' as booking, (envelope->>'content')::bigint as content
         from fact where consignment = $1 and kind = 'order'),
     latest as (select at, said, booking, content from dated order by at desc, id desc limit 1),
     before as (select d.said, d.booking from dated d, booked b order by d.at <= b.at desc, case when d.at <= b.at then b.at - d.at else d.at - b.at end, d.id limit 1)
     select b.ref from booked b
      where not exists (select 1 from latest l, before o where l.at > b.at
          and (l.said <> o.said or (l.booking is distinct from o.booking and not exists (
                 select 1 from content t where t.id = l.content and (t.body->'bookIn'->>'booked')::boolean))))`,
    [consignment],
  );
  return rows[0]?.ref ?? null;
}

/** When the network made the book-in that Qargo was confirmed to hold before `readAt`, by the network's clock; null where it held none. */
export async function bookInHeldAt(db: Queryable, consignment: string, readAt: string): Promise<string | null> {
  const { rows } = await db.query<{ at: string }>(
    `select f.envelope->>'at' as at from receipt d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.key = 'book-in' and d.state in ('met', 'void') and d.settled_at < $2`,
    [consignment, readAt],
  );
  return rows[0]?.at ?? null;
}
