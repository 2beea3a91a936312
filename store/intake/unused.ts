/** Words of the far sides that nothing follows from: how often each was pushed, first and last. Counted and shown, nobody's work. */
import type { Unused } from '../../domain/facts/reading.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';

/** Different words of an organisation that are kept: whoever sends ever new ones fills no disk. */
const mostWords = 1_000;

/**
 * A word with how often it was pushed (a message read twice after a crash may count twice); of what a read finds, again and again, it only
 * says that it is there.
 */
export interface CountedWord extends Unused {
  readonly organisation: string;
  readonly channel: string;
  /** UTC ISO. */
  readonly first: string;
  readonly last: string;
  /** The journal's latest message with it; null where reads found it. */
  readonly message: number | null;
}

/** Counts what a message of that channel and journal row carried in vain; of a read (`journal` null) a word is noted once. */
export async function countUnused(
  db: Queryable,
  of: { readonly organisation: string; readonly channel: string; readonly journal: number | null },
  unused: readonly Unused[],
): Promise<void> {
  if (unused.length === 0) return;
  await db.query(
    `insert into unused_word (organisation, channel, what, code, count, message)
     select $1, $2, u.what, u.code, u.count, $3 from jsonb_to_recordset($4::jsonb) as u(what text, code text, count int)
      where (select count(*) from unused_word k where k.organisation = $1) < $5
         or exists (select 1 from unused_word k where k.organisation = $1 and k.channel = $2 and k.what = u.what and k.code = u.code)
      order by u.what, u.code
     on conflict (organisation, channel, what, code) do update
        set count = unused_word.count + excluded.count, last_at = clock_timestamp(), message = excluded.message
      where excluded.message is not null`,
    [of.organisation, of.channel, of.journal, storableJson(unused), mostWords],
  );
}

/** All of an organisation, or of all: those that came last first. */
export async function listUnused(db: Queryable, organisation?: string): Promise<readonly CountedWord[]> {
  const { rows } = await db.query<CountedWord & { first: Date; last: Date }>(
    `select organisation, channel, what, code, count::int as count, first_at as first, last_at as last, message
       from unused_word where $1::text is null or organisation = $1 order by last_at desc, what, code limit 1000`,
    [organisation ?? null],
  );
  return rows.map((row) => ({ ...row, first: row.first.toISOString(), last: row.last.toISOString() }));
}
