/**
 * The one order of time of what happened, for every rule that asks what was first or last. An instant that can be right counts as it was
 * told. One that cannot (domain/facts/clock-doubt.ts) counts as when it was heard, and is placed by its rank within its attempt: never after a
 * plausible one of equal or higher rank, so that a load or a departure that comes late from a wrong clock takes nothing back. Pure.
 */
import type { ClockDoubt } from './clock-doubt.ts';
import type { MilestoneFact, MilestoneName, PlanFact, ScanFact } from './facts.ts';

/** When a fact happened as far as anything is decided by it alone: where its clock cannot be right, when it was heard. UTC ISO. */
export function momentOf(fact: { readonly at: string; readonly heard: string; readonly doubt?: ClockDoubt }): string {
  return fact.doubt === undefined ? fact.at : fact.heard;
}

/** As it was told, oldest first: the order of facts of which none decides over another. */
export function byTime(
  a: { readonly at: string; readonly id: string },
  b: { readonly at: string; readonly id: string },
): number {
  return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1;
}

/** How far each is in an attempt; loading comes before all of them. */
const ranks: Readonly<Record<MilestoneName | 'load', number>> = {
  load: 0,
  out: 1,
  arrived: 2,
  failed: 3,
  delivered: 3,
};

/** What attempts are told from. */
export interface Happened {
  readonly milestones: readonly MilestoneFact[];
  readonly plan: PlanFact | undefined;
  /** What happened before this instant is of an order that was taken back. UTC ISO. */
  readonly since: string;
}

/** The milestones that count, in the order in which they happened; what is placed before a plausible one is not last and is left out. */
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

/** Whether a pallet was loaded after `after` (UTC ISO), as far as its clock can be right. */
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
 * Whether what was heard at `heard` from a wrong clock may stand where it was heard: nothing plausible of equal or higher rank happened
 * before that in its attempt. A failure ends an attempt; the next one shows by a new plan or by a plausible departure or arrival. Delivered
 * after a failure is of a next attempt in any case: an attempt ends once.
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

/** Whether a next attempt had begun by then. A plan that names the trip on which it failed is no new one. */
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
