/** Work for people: what was refused or is unknown, grouped by its cause, so that one fault of a table is one piece. */

import type { OrderContent } from '../../domain/facts/content.ts';
import type { Counterpart } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Queryable } from '../postgres/database.ts';
import { hasCode, toCause } from '../record/causes.ts';
import { readableContent } from '../record/contents.ts';

export interface Piece {
  readonly organisation: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  readonly state: 'refused' | 'unknown';
  readonly cause: Cause | null;
  /** Obligations that wait for it, each of one open consignment. */
  readonly count: number;
  /** Since when the first waits, UTC ISO. */
  readonly since: string;
  /** Palletways references of the first few. */
  readonly examples: readonly string[];
  /** What the far side said to the first, or null. */
  readonly reason: string | null;
}

const examples = 5;

/** The pieces, those that hold up most first; of one organisation or of all. */
export async function piecesOfWork(db: Queryable, organisation?: string): Promise<Piece[]> {
  const { rows } = await db.query<Omit<Piece, 'since' | 'cause'> & { since: Date; cause: unknown }>(
    `select o.organisation, o.counterpart as to, o.kind, o.state, o.cause, count(*) as count,
            min(coalesce(d.settled_at, o.since)) as since,
            (array_agg(coalesce(c.reference, c.tracking_id, c.id) order by d.settled_at, c.id))[1:${examples}] as examples,
            (array_agg(d.reason order by d.settled_at, c.id))[1] as reason
       from obligation o join consignment c on c.id = o.consignment left join receipt d on d.consignment = o.consignment and d.key = o.key
      where o.state <> 'open' and ($1::text is null or o.organisation = $1)
      group by o.organisation, o.counterpart, o.kind, o.state, o.cause order by count desc, since`,
    [organisation ?? null],
  );
  return rows.map((row) => ({ ...row, cause: toCause(row.cause), since: row.since.toISOString() }));
}

/** What Palletways told of orders last, the latest first: their references and contents; one that cannot be read is left out. At most `limit`. */
export async function recentOrders(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<{ readonly consignment: string; readonly reference: string; readonly content: OrderContent }[]> {
  // Of an order that was told again only what stands. Each is looked up by itself, so that the latest are read until there are enough.
  const { rows } = await db.query<{ consignment: string; reference: string; content: unknown }>(
    `select c.id as consignment, coalesce(c.reference, c.tracking_id, c.id) as reference, k.body as content
       from fact f
       cross join lateral (select 1 from standing s where s.consignment = f.consignment and s.subject = 'order' and s.fact = f.seq offset 0) s
       cross join lateral (select t.body from content t where t.id = (f.envelope->>'content')::bigint and t.body is not null offset 0) k
       cross join lateral (select t.id, t.reference, t.tracking_id from consignment t where t.id = f.consignment offset 0) c
      where f.organisation = $1 and f.kind = 'order'
      order by f.seq desc limit $2`,
    [organisation, limit],
  );
  return rows.flatMap(({ content, ...row }) => {
    const order = readableContent('order', content);
    return order === null ? [] : [{ ...row, content: order }];
  });
}

/** Notes that went to Palletways last, the latest first, as they were handed to the desk. At most `limit`. */
export async function recentNotes(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<
  { readonly consignment: string; readonly reference: string; readonly key: string; readonly note: unknown }[]
> {
  const { rows } = await db.query<{ consignment: string; reference: string; key: string; note: unknown }>(
    `select c.id as consignment, coalesce(c.reference, c.tracking_id, c.id) as reference, d.key, d.payload as note
       from receipt d join consignment c on c.id = d.consignment
      where d.organisation = $1 and d.counterpart = 'palletways' and d.payload is not null and d.state in ('met', 'refused')
        and d.settled_at is not null
      order by d.settled_at desc limit $2`,
    [organisation, limit],
  );
  return rows;
}

/** Exceptions whose notes are held back for a code that no table has, the latest first. At most `limit`. */
export async function recentlyParked(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<{ readonly reference: string; readonly key: string; readonly code: string }[]> {
  const { rows } = await db.query<{ reference: string; key: string; code: string }>(
    `select coalesce(c.reference, c.tracking_id, c.id) as reference, d.key, f.envelope->>'code' as code
       from obligation o join receipt d on d.consignment = o.consignment and d.key = o.key join consignment c on c.id = o.consignment
       join fact f on f.consignment = d.consignment and f.id = d.fact
      where o.organisation = $1 and o.state = 'refused' and o.kind = 'exception' and ${hasCode('o.cause', 'unmapped')} and d.payload is null
      order by d.settled_at desc limit $2`,
    [organisation, limit],
  );
  return rows;
}
