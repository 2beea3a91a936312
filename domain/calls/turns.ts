import { type CallPriority, callPriorities } from './error.ts';

/**
 * Whose turn it is among those who wait for a call budget, pure.
 *
 * Time is counted in grants here, not in milliseconds: a share is a share of the calls, however fast they may be made.
 *
 * - Each grant adds its weight to the credit of every class that waits, and takes what it added from the class that got it. The
 *   highest credit comes first.  So who waits gains rank with every call that others get, and each class has its weight's share. In what
 *   order calls of one moment are fetched changes no credit.
 * - In a class the organisation comes first that has gone longest without a call of that class. Each other organisation goes before
 *   it once at most, and one that seldom asks goes before those who always ask.
 * - A poll gives way to a new order, a label of an organisation that had no call for one within `NEW_ORDER_MS`, until the polls are
 *   owed a whole call, which is when they have waited twice their share at most.
 */
export type ClassWeights = Readonly<Record<CallPriority, number>>;

/** The place of one class of one organisation. It stays after a grant, for who has gone longest without. */
export interface Place {
  readonly organisation: string;
  /** The place of the class in `callPriorities`. */
  readonly priority: number;
  /** Which of the budget's grants was the latest to it, counted from 1; 0 where none is remembered. */
  readonly served: number;
  /** When that was, epoch ms of the database's clock. */
  readonly servedAt: number;
  /** How many grants the budget had given when this one began to wait; null while it does not wait. */
  readonly since: number | null;
  /** Until then, epoch ms of the database's clock, it keeps others behind it: a second after the time that it was told. */
  readonly until: number;
}

export interface Waiter extends Place {
  readonly since: number;
}

const NEW_ORDER_MS = 60_000;
const LABEL = callPriorities.indexOf('label');
export const POLL = callPriorities.indexOf('poll');

/**
 * The turns of all who wait, first to last, as if nobody else came and nobody came twice. `credits` stand in the order of
 * `callPriorities`; `now` is epoch ms of the database's clock.
 */
export function* turnsOf(
  credits: readonly number[],
  waiting: readonly Waiter[],
  weights: ClassWeights,
  now: number,
): Generator<Waiter> {
  const lines: Waiter[][] = callPriorities.map(() => []);
  for (const each of waiting) lines[each.priority]?.push(each);
  for (const line of lines) line.sort(byTurn).reverse();
  for (let standing = credits; ; ) {
    const active = lines.map((line) => line.length > 0);
    const priority = nextClass(standing, active, weights, isNewOrder(lines[LABEL]?.at(-1), now));
    const place = lines[priority]?.pop();
    if (place === undefined) return;
    standing = creditsAfter(standing, active, priority, weights);
    yield place;
  }
}

/**
 * The credits after a call of class `priority`, while in the classes that are `active` somebody waited. None of these is ever beyond
 * what a call costs now: so no class makes up for more, or is made up to for more, than one call, whatever came before.
 */
export function creditsAfter(
  credits: readonly number[],
  active: readonly boolean[],
  priority: number,
  weights: ClassWeights,
): readonly number[] {
  const cost = weightOf(active, weights);
  return callPriorities.map((name, each) => {
    const credit = credits[each] ?? 0;
    if (active[each] !== true) return credit;
    return Math.min(cost, Math.max(-cost, credit + weights[name] - (each === priority ? cost : 0)));
  });
}

/** How many grants lie between two turns of a place while all who wait, itself among them, go on asking. At least 1. */
export function grantsPerTurn(place: Place, waiting: readonly Place[], weights: ClassWeights): number {
  const sharers = waiting.filter((each) => each.priority === place.priority).length;
  return (sharers * weightOf(activeIn(waiting), weights)) / weights[callPriorities[place.priority] ?? 'poll'];
}

/** For each of `callPriorities` whether somebody waits in it. */
export function activeIn(waiting: readonly Place[]): readonly boolean[] {
  const active = callPriorities.map(() => false);
  for (const each of waiting) active[each.priority] = true;
  return active;
}

function weightOf(active: readonly boolean[], weights: ClassWeights): number {
  return callPriorities.reduce((sum, name, priority) => sum + (active[priority] === true ? weights[name] : 0), 0);
}

/** The place in `callPriorities` of the class whose turn it is; -1 where none is active. */
function nextClass(
  credits: readonly number[],
  active: readonly boolean[],
  weights: ClassWeights,
  newOrder: boolean,
): number {
  const givesWay = newOrder && (credits[POLL] ?? 0) < weightOf(active, weights);
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [priority, name] of callPriorities.entries()) {
    if (active[priority] !== true || (givesWay && priority === POLL)) continue;
    const rank = (credits[priority] ?? 0) + weights[name];
    if (rank <= highest) continue;
    highest = rank;
    best = priority;
  }
  return best;
}

/** Of the labels that wait the first is the one without a call for longest: where it is no new order, none is. */
function isNewOrder(label: Place | undefined, now: number): boolean {
  return label !== undefined && (label.served === 0 || now - label.servedAt > NEW_ORDER_MS);
}

/** Who has gone longest without first, then who has waited longest. Total: of two that came at once each would else give way to the other. */
function byTurn(a: Waiter, b: Waiter): number {
  return a.served - b.served || a.since - b.since || (a.organisation < b.organisation ? -1 : 1);
}
