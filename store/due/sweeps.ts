/** Sweeps of an organisation: when each began and ended, and how much it found. */
import type { Queryable } from '../postgres/database.ts';

/** Notes that a sweep begins now; answers its number. */
export async function noteSweepBegun(db: Queryable, organisation: string): Promise<number> {
  const { rows } = await db.query<{ id: number }>('insert into sweep (organisation) values ($1) returning id', [
    organisation,
  ]);
  return rows[0]?.id ?? 0;
}

/** Notes that a sweep, by its number, ended now, and how many facts it found that were news. */
export async function noteSweepEnded(db: Queryable, sweep: number, found: number): Promise<void> {
  await db.query('update sweep set ended_at = clock_timestamp(), found = $2 where id = $1', [sweep, found]);
}
