/**
 * The one order of time of all events, for every rule that asks which was first or last. An instant that can be right counts as it was
 * reported. One that cannot be right (domain/facts/clock-doubt.ts) counts as the instant at which it was received, and is placed by its
 * rank within its attempt: never after a plausible event of equal or higher rank. So a load or a departure that comes late from a wrong
 * clock takes nothing back. Pure.
 */
import type { ClockDoubt } from './clock-doubt.ts';
import type { MilestoneFact, MilestoneName, PlanFact, ScanFact } from './facts.ts';

/** The instant (UTC ISO) by which rules sort a fact: when it happened, or when it was received where its clock cannot be right. */
export function momentOf(fact: { readonly at: string; readonly heard: string; readonly doubt?: ClockDoubt }): string {
  return fact.doubt === undefined ? fact.at : fact.heard;
}

/** Sorts by the reported instant, oldest first. It is for facts none of which decides over another. */
export function byTime(
  a: { readonly at: string; readonly id: string },
  b: { readonly at: string; readonly id: string },
): number {
  return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1;
}

/** The rank of each milestone within an attempt; loading comes before all of them. */
const ranks: Readonly<Record<MilestoneName | 'load', number>> = {
  load: 0,
  out: 1,
  arrived: 2,
  failed: 3,
  delivered: 3,
};

/** Attempts are worked out from this. */
export interface Happened {
  readonly milestones: readonly MilestoneFact[];
  readonly plan: PlanFact | undefined;
  /** Everything before this instant (UTC ISO) belongs to an order that was taken back. */
  readonly since: string;
}

/** The milestones that count, in the order in which they happened. A doubtful one that belongs before a plausible one is left out. */
export function milestonesInOrder({ milestones, plan, since }: Happened): MilestoneFact[] {
  const known = milestones.filter((each) => momentOf(each) > since);
  const plausible = known.filter(({ doubt }) => doubt === undefined);
  return known
    .filter(
      (each) =>
        each.doubt === undefined || isPlaced(ranks[each.milestone], momentOf(each), each.milestone, plausible, plan),
    )
    .sort((a, b) => (momentOf(a) === momentOf(b) ? byTime(a, b) : momentOf(a) < momentOf(b) ? -1 : 1));
}

/** Whether a pallet was loaded after `after` (UTC ISO). A scan whose clock cannot be right counts only where it can be placed. */
export function isLoadedAfter(
  scans: readonly ScanFact[],
  after: string,
  { milestones, plan, since }: Happened,
): boolean {
  const plausible = milestones.filter((each) => each.doubt === undefined && each.at > since);
  return scans.some((scan) => {
    const moment = momentOf(scan);
    if (scan.scan !== 'load' || moment <= since || moment <= after) return false;
    return scan.doubt === undefined || isPlaced(ranks.load, moment, 'load', plausible, plan);
  });
}

/**
 * Whether an event from a wrong clock may be placed at `heard`, the instant at which it was received. It may, if nothing plausible of equal
 * or higher rank happened before that in its attempt. A failure ends an attempt; a new plan, or a plausible departure or arrival, shows
 * that the next one has begun. *Delivered* after a failure always belongs to a next attempt, because an attempt ends once.
 */
function isPlaced(
  rank: number,
  heard: string,
  what: MilestoneName | 'load',
  plausible: readonly MilestoneFact[],
  plan: PlanFact | undefined,
): boolean {
  const before = plausible.filter(({ at }) => at <= heard);
  const failure = before
    .filter(({ milestone }) => milestone === 'failed')
    .sort(byTime)
    .at(-1);
  const inAttempt = before.filter(({ at }) => at > (failure?.at ?? ''));
  if (what === 'delivered') return !inAttempt.some(({ milestone }) => milestone === 'delivered');
  if (failure !== undefined && !hasBegunAnew(failure, heard, inAttempt, plan)) return false;
  return !inAttempt.some(({ milestone }) => ranks[milestone] >= rank);
}

/** Whether a next attempt had begun by `heard`. A plan that names the trip on which the attempt failed is no new plan. */
function hasBegunAnew(
  failure: MilestoneFact,
  heard: string,
  since: readonly MilestoneFact[],
  plan: PlanFact | undefined,
): boolean {
  if (since.length > 0) return true;
  if (plan === undefined || plan.trip === null || plan.trip === failure.trip) return false;
  const seen = plan.seen ?? plan.at;
  return seen > failure.at && seen <= heard;
}
