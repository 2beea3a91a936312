/** Notes that wait for the next call of their credential, claimed with a lease by whoever sends. */
import type { OutgoingNote } from '../domain/content.ts';
import type { ObligationKind } from '../domain/obligations.ts';
import type { Sort } from '../domain/rows.ts';
import type { Queryable } from './database.ts';
import type { Item } from './due.ts';

export interface NoteRow {
  readonly consignment: string;
  readonly item: Item;
  readonly note: OutgoingNote;
  /** UTC ISO; when it was last put on the wire. */
  readonly sentAt: string;
}

interface Row {
  consignment: string;
  key: string;
  kind: ObligationKind;
  generation: number;
  revision: number;
  fact: string;
  payload: OutgoingNote;
  sent_at: Date | null;
  written_at: Date;
}

const toNote = (row: Row): NoteRow => ({
  consignment: row.consignment,
  item: itemOf(row),
  note: row.payload,
  sentAt: (row.sent_at ?? row.written_at).toISOString(),
});

/** Takes up to `limit` waiting notes of an organisation, oldest happening first, and marks them as on the wire. */
export async function claimWaiting(
  db: Queryable,
  organisation: string,
  limit: number,
  sender: string,
  leaseMs: number,
): Promise<NoteRow[]> {
  const { rows } = await db.query<Row>(
    `with picked as (
       select consignment, key from delivery
        where organisation = $1 and counterpart = 'palletways' and state = 'waiting'
        order by written_at limit $2 for update skip locked
     )
     update delivery d set state = 'sending', sender = $3, sent_at = clock_timestamp(), lease_until = clock_timestamp() + $4 * interval '1 ms'
       from picked p where d.consignment = p.consignment and d.key = p.key
     returning d.consignment, d.key, d.kind, d.generation, d.revision, d.fact, d.payload, d.sent_at, d.written_at`,
    [organisation, limit, sender, leaseMs],
  );
  return rows.map(toNote).sort((a, b) => (a.note.at < b.note.at ? -1 : a.note.at > b.note.at ? 1 : 0));
}

/** Takes notes that are on the wire with their lease over: their answer was lost or their sender died. */
export async function claimDoubtful(db: Queryable, organisation: string, sender: string, leaseMs: number): Promise<NoteRow[]> {
  const { rows } = await db.query<Row>(
    `with picked as (
       select consignment, key from delivery
        where organisation = $1 and counterpart = 'palletways' and state = 'sending' and payload is not null and coalesce(lease_until, '-infinity') < clock_timestamp()
        limit 500 for update skip locked
     )
     update delivery d set sender = $2, lease_until = clock_timestamp() + $3 * interval '1 ms'
       from picked p where d.consignment = p.consignment and d.key = p.key
     returning d.consignment, d.key, d.kind, d.generation, d.revision, d.fact, d.payload, d.sent_at, d.written_at`,
    [organisation, sender, leaseMs],
  );
  return rows.map(toNote);
}

/** Renews the lease of notes just before they are sent; answers those that are still this sender's. */
export async function stillMine(db: Queryable, rows: readonly NoteRow[], sender: string, leaseMs: number): Promise<NoteRow[]> {
  const kept = await db.query<{ consignment: string; key: string }>(
    `update delivery d set lease_until = clock_timestamp() + $4 * interval '1 ms', sent_at = clock_timestamp()
       from unnest($1::text[], $2::text[]) as n (c, k)
      where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $3 returning d.consignment, d.key`,
    [rows.map((row) => row.consignment), rows.map((row) => row.item.key), sender, leaseMs],
  );
  const mine = new Set(kept.rows.map((row) => `${row.consignment} ${row.key}`));
  return rows.filter((row) => mine.has(`${row.consignment} ${row.item.key}`));
}

/** Puts notes back that this sender holds: they were surely not stored by Palletways. */
export async function returnToWaiting(db: Queryable, rows: readonly NoteRow[], sender: string): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `update delivery d set state = 'waiting', sender = null, lease_until = null
       from unnest($1::text[], $2::text[]) as n (c, k) where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $3`,
    [rows.map((row) => row.consignment), rows.map((row) => row.item.key), sender],
  );
}

/** How many notes wait. */
export async function countWaiting(db: Queryable, organisation: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from delivery where organisation = $1 and counterpart = 'palletways' and state = 'waiting'`,
    [organisation],
  );
  return rows[0]?.n ?? 0;
}
