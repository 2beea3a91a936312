/** Goes over the consignments that are not closed, in the order of their internal ids, at a pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countOpen, openAfter } from '../../store/due/open-consignments.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import type { Claim } from '../../store/record/wake.ts';

export interface Pacing {
  /** One organisation alone; undefined: all. */
  readonly organisation?: string | undefined;
  /** Consignments in a second, at most. */
  readonly rate: number;
  /** Leaves out the others, without a pause for them. */
  readonly only?: (of: Claim) => boolean;
  readonly say: (line: string) => void;
}

const page = 200;
const sayEveryMs = 5_000;

/**
 * Does something to each, at most `rate` in a second; a slow answer holds up nobody as long as fewer than `rate` are out. Answers
 * to how many it was done. `act` answers whether it was, and throws nothing.
 */
export async function actOnEachOpen(
  db: Queryable,
  { organisation, rate, only, say }: Pacing,
  act: (of: Claim) => Promise<boolean>,
): Promise<number> {
  const all = await countOpen(db, organisation);
  say(`${all} consignments are not closed`);
  const out = new Set<Promise<void>>();
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
      if (out.size >= Math.max(1, rate)) await Promise.race(out);
      const run: Promise<void> = act(of).then((good) => {
        if (good) acted += 1;
        out.delete(run);
      });
      out.add(run);
      if (Date.now() - said < sayEveryMs) continue;
      said = Date.now();
      say(`${acted} of ${all} asked`);
    }
  }
  await Promise.all(out);
  return acted;
}
