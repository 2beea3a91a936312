/** Deadlines go by the database's clock, whatever this process's own says. */
import { type Database, now } from './database.ts';

/** So long a measured difference is good for, ms. */
const goodForMs = 30_000;
const measured = new WeakMap<Database, { readonly aheadMs: number; readonly at: number }>();

/** Answers how far the database's clock is ahead of this process's, ms; below 0 where it is behind. It is measured twice a minute. */
export async function clockAheadMs(db: Database): Promise<number> {
  const known = measured.get(db);
  const begun = performance.now();
  if (known !== undefined && begun - known.at < goodForMs) return known.aheadMs;
  const before = Date.now();
  const there = Date.parse(await now(db));
  // The answer is of about the middle of the round trip.
  const aheadMs = Math.round(there - (before + Date.now()) / 2);
  measured.set(db, { aheadMs, at: begun });
  return aheadMs;
}
