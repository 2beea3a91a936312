/** Where a pallet was scanned in, where Qargo named no stop: its pickup stop may have been on, or it was at a depot (wire assumption 42). Pure. */
import type { MilestoneFact, PlanFact, ScanFact } from '../facts/facts.ts';
import { momentOf } from '../facts/order-of-time.ts';

/** `open`: the end of the pickup stop may still tell; `unclear`: nothing will. */
export type ScanPlace = 'load' | 'unload' | 'open' | 'unclear';

/** Works it out from the milestones of the consignment and the plan that stands. */
export function placeOfScan(
  scan: ScanFact,
  milestones: readonly MilestoneFact[],
  plan: PlanFact | undefined,
): ScanPlace {
  const at = momentOf(scan);
  const all = milestones
    .map((fact) => ({ ...fact, at: momentOf(fact) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const outs = all.filter(({ milestone }) => milestone === 'out');
  const next = outs.find((out) => out.at >= at);
  if (next !== undefined) {
    if (next.began === undefined) return 'unclear';
    return next.began <= at ? 'load' : 'unload';
  }
  const isPlanned = plan !== undefined && plan.trip !== null;
  const left = outs.at(-1);
  if (left === undefined) {
    if (all.some((later) => later.at >= at)) return 'unclear';
    return isPlanned ? 'open' : 'unload';
  }
  const failed = all.findLast(({ milestone, at: end }) => milestone === 'failed' && end >= left.at && end <= at);
  const isPlannedAnew = isPlanned && failed !== undefined && plan.trip !== failed.trip && plan.at > failed.at;
  return isPlannedAnew ? 'open' : 'unload';
}
