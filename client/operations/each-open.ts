/** Goes over the consignments that are not closed, in the order of their internal ids, at a pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countOpen, openAfter } from '../../store/due/open-consignments.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import type { Claim } from '../../store/record/wake.ts';

export interface Pacing {
  /** Only consignments of this organisation are visited; undefined: those of all organisations. */
  readonly organisation?: string | undefined;
  /** On average at most this many consignments are visited in a second. */
  readonly rate: number;
  /** Only consignments for which this returns true are visited. The others are left out without a pause. */
  readonly only?: (of: Claim) => boolean;
  readonly say: (line: string) => void;
}

/** This many consignments are read from the record at once. */
const page = 200;
/** Progress is said this often, ms. */
const sayEveryMs = 5_000;

/**
 * Calls `act` for each open consignment, `rate` times in a second; after a delay it catches up, by at most one second. It does not wait for
 * one call to end before the next while fewer than `rate` calls are under way. `act` resolves to whether it succeeded, and must not throw.
 * Returns how many calls succeeded. Throws what the record throws.
 */
export async function actOnEachOpen(
  db: Queryable,
  { organisation, rate, only, say }: Pacing,
  act: (of: Claim) => Promise<boolean>,
): Promise<number> {
  const all = await countOpen(db, organisation);
  say(`${all} consignments are not closed`);
  const underWay = new Set<Promise<void>>();
  let acted = 0;
  let said = Date.now();
  let next = Date.now();
  let after = '';
  for (;;) {
    const some = await openAfter(db, after, page, organisation);
    if (some.length === 0) break;
    for (const of of some) {
      after = of.consignment;
      if (only?.(of) === false) continue;
      next = Math.max(next + 1_000 / rate, Date.now() - 1_000);
      if (next > Date.now()) await sleep(next - Date.now());
      if (underWay.size >= Math.max(1, rate)) await Promise.race(underWay);
      const run: Promise<void> = act(of).then((succeeded) => {
        if (succeeded) acted += 1;
        underWay.delete(run);
      });
      underWay.add(run);
      if (Date.now() - said < sayEveryMs) continue;
      said = Date.now();
      say(`${acted} of ${all} asked`);
    }
  }
  await Promise.all(underWay);
  return acted;
}
