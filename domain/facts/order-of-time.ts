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

/**
 * The milestones that count, in the order in which they happened. A doubtful one that belongs before a plausible one is left out, and so is
 * one that would go back within its attempt: a departure that a planner ticks after the delivery says nothing of where the goods are.
 */
export function milestonesInOrder({ milestones, plan, since }: Happened): MilestoneFact[] {
  const known = milestones.filter((each) => momentOf(each) > since);
  const plausible = known.filter(({ doubt }) => doubt === undefined);
  return known
    .filter(
      (each) =>
        each.doubt === undefined || isPlaced(ranks[each.milestone], momentOf(each), each.milestone, plausible, plan),
    )
    .sort((a, b) => (momentOf(a) === momentOf(b) ? byTime(a, b) : momentOf(a) < momentOf(b) ? -1 : 1))
    .filter(goesOn(plan));
}

/** Lets milestones through, oldest first, while they go on. A failure, or another trip planned since, begins the next attempt. */
function goesOn(plan: PlanFact | undefined): (milestone: MilestoneFact) => boolean {
  let reached: MilestoneFact | null = null;
  return (each) => {
    if (reached !== null && ranks[each.milestone] < ranks[reached.milestone] && !isPlannedAnew(plan, reached, each))
      return false;
    reached = each.milestone === 'failed' ? null : each;
    return true;
  };
}

function isPlannedAnew(plan: PlanFact | undefined, reached: MilestoneFact, next: MilestoneFact): boolean {
  if (plan === undefined || plan.trip === null || plan.trip === reached.trip) return false;
  const seen = plan.seen ?? plan.at;
  return seen > momentOf(reached) && seen <= momentOf(next);
}

/**
 * Whether a milestone that was told already had another time: the same one at the same stop, and nothing that was told lies between the two.
 */
export function correctsTime(milestone: MilestoneFact, told: readonly MilestoneFact[]): boolean {
  const isSame = (each: MilestoneFact) => each.milestone === milestone.milestone && each.stop === milestone.stop;
  return told.some((before) => {
    const [from, to] = [momentOf(before), momentOf(milestone)].sort();
    const isBetween = (each: MilestoneFact) =>
      !isSame(each) && momentOf(each) > (from ?? '') && momentOf(each) < (to ?? '');
    return isSame(before) && from !== to && !told.some(isBetween);
  });
}

/**
 * Whether a milestone comes too late to be told as where it is now. What was told already goes further in the same attempt, or is of the next
 * one.
 */
export function isBehind(
  milestone: MilestoneFact,
  told: readonly MilestoneFact[],
  known: Omit<Happened, 'milestones'>,
): boolean {
  const inOrder = milestonesInOrder({ ...known, milestones: [...told, milestone] });
  const place = inOrder.indexOf(milestone);
  if (place < 0) return true;
  const after = inOrder.slice(place + 1);
  if (after.some((each) => ranks[each.milestone] > ranks[milestone.milestone])) return true;
  const failure = inOrder.findIndex((each, n) => n >= place && each.milestone === 'failed');
  return (
    failure >= 0 &&
    inOrder.slice(failure + 1).some((each) => each.milestone !== 'failed' && each.stop !== inOrder[failure]?.stop)
  );
}

/**
 * Whether a pallet was loaded after `after` (UTC ISO). A scan whose clock cannot be right counts only where it can be placed. What was
 * unloaded since, and planned anew (or un-planned) since, is not loaded any more.
 */
export function isLoadedAfter(
  scans: readonly ScanFact[],
  after: string,
  { milestones, plan, since }: Happened,
): boolean {
  const plausible = milestones.filter((each) => each.doubt === undefined && each.at > since);
  const planned = plan === undefined ? '' : (plan.seen ?? plan.at);
  const unloads = scans.flatMap(({ scan, doubt, at }) => (scan === 'unload' && doubt === undefined ? [at] : []));
  const isUnloaded = (moment: string) => moment < planned && unloads.some((at) => at > moment);
  return scans.some((scan) => {
    const moment = momentOf(scan);
    if (scan.scan !== 'load' || moment <= since || moment <= after || isUnloaded(moment)) return false;
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
