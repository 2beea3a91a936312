/** Keeps the things that a sweep could not read while it read others: one row each, tried ever more rarely, deleted by the read that succeeds. */
import type { Queryable } from '../postgres/database.ts';

export interface UnreadItem {
  readonly item: 'order' | 'trip' | 'consignment' | 'status';
  readonly id: string;
  /** The consignment's internal id, where it is of one. */
  readonly consignment?: string;
}

/** It is tried again after an interval, then two, four and so on, up to so many. */
const mostIntervals = 32;

/** Notes that it could not be read; `everySeconds` is the time from one sweep to the next. */
export async function saveUnread(
  db: Queryable,
  organisation: string,
  { item, id, consignment }: UnreadItem,
  reason: string,
  everySeconds: number,
): Promise<void> {
  await db.query(
    `insert into unread_item as u (organisation, item, id, consignment, reason, again_at)
       values ($1, $2, $3, $4, $5, clock_timestamp() + interval '1 second' * $6::float8 / 2)
       on conflict (organisation, item, id) do update set reason = excluded.reason, tries = u.tries + 1,
         again_at = clock_timestamp() + interval '1 second' * $6::float8 * (least(2 ^ (u.tries - 1), ${mostIntervals}) - 0.5)`,
    [organisation, item, id, consignment ?? null, reason, everySeconds],
  );
}

/** The ids of what could not be read and is not to be tried again yet. */
export async function loadUnread(
  db: Queryable,
  organisation: string,
  item: UnreadItem['item'],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    'select id from unread_item where organisation = $1 and item = $2 and again_at > clock_timestamp()',
    [organisation, item],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Notes that it was read. */
export async function forgetUnread(db: Queryable, organisation: string, { item, id }: UnreadItem): Promise<void> {
  await db.query('delete from unread_item where organisation = $1 and item = $2 and id = $3', [organisation, item, id]);
}
