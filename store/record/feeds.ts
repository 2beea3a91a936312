/** Where each feed that we read stands, and what of it was seen. */
import type { Queryable } from '../postgres/database.ts';

/** Answers the notes among these that were not seen before. */
export async function notesUnseen(db: Queryable, organisation: string, notes: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ note: string }>(
    `select n.note from unnest($2::text[]) as n (note)
      where not exists (select 1 from seen_note s where s.organisation = $1 and s.note = n.note)`,
    [organisation, notes],
  );
  return rows.map(({ note }) => note);
}

/** Answers where an organisation's feed of notes stands, in seconds since 1970; null where it was never read. */
export async function readNotesPosition(db: Queryable, organisation: string): Promise<number | null> {
  const { rows } = await db.query<{ position: string }>(
    `select position from cursor where organisation = $1 and feed = 'notes'`,
    [organisation],
  );
  return rows[0] === undefined ? null : Number(rows[0].position);
}

/** Stores that these notes were taken in, and the position of the feed. If nothing moved, nothing is written. */
export async function noteSeen(
  db: Queryable,
  organisation: string,
  notes: readonly string[],
  position: string,
): Promise<void> {
  await db.query(
    `with seen as (
       insert into seen_note (organisation, note) select $1, n from unnest($2::text[]) n where n is not null on conflict do nothing)
     insert into cursor as c (organisation, feed, position) values ($1, 'notes', $3)
       on conflict (organisation, feed) do update set position = excluded.position, at = clock_timestamp() where c.position <> excluded.position`,
    [organisation, notes, position],
  );
}
