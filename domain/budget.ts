import { type CallPriority, callPriorities } from './call-error.ts';
import { activeIn, type ClassWeights, creditsAfter, grantsPerTurn, POLL, type Place, turnsOf, type Waiter } from './call-turns.ts';

/**
 * Call budgets, pure: what may be called when, decided one ask at a time from a state that the store keeps.
 *
 * - No sliding window ever holds more grants than its limit, whoever asks in whatever order.
 * - Who waits is served in the turns of `call-turns.ts`: each class has its weight's share and each organisation its part of that,
 *   so that everyone's turn comes in a bounded time.
 * - Who waits keeps its place until a second after the time it was told, and then holds up nobody any more.
 * - Polls leave a part of each window to others that may come.
 *
 * All times are epoch milliseconds of one clock, the database's.
 */
export interface BudgetRules {
  /** At most `calls` grants in any `ms`. All of them hold at once. */
  readonly windows: readonly BudgetWindow[];
  /** The part of each window that polls leave to others, 0 to 1, rounded up to whole calls; a poll always finds at least one. */
  readonly reserveForHigher: number;
  readonly weights: ClassWeights;
}

export interface BudgetWindow {
  readonly ms: number;
  readonly calls: number;
}

export interface BudgetRequest {
  readonly organisation: string;
  readonly priority: CallPriority;
  readonly now: number;
}

/** What the store keeps of a budget. JSON as it is. */
export interface BudgetState {
  /** When calls were granted, as far back as the longest window, oldest first. */
  readonly grants: readonly number[];
  /** Those of them that went to polls. */
  readonly polls: readonly number[];
  /** Grants so far. */
  readonly count: number;
  /** What each of `callPriorities` is owed of the calls that others got, in parts of a call; less than 0 where it had more. */
  readonly credits: readonly number[];
  readonly places: readonly Place[];
  /** Nothing is granted before: the far side asked for silence. */
  readonly heldUntil: number;
  /** When somebody asked last. */
  readonly askedAt: number;
}

export const emptyBudget: BudgetState = {
  grants: [],
  polls: [],
  count: 0,
  credits: callPriorities.map(() => 0),
  places: [],
  heldUntil: 0,
  askedAt: 0,
};

/** `turnMs`: the time from one turn of this class of the organisation to the next, while all who wait now go on asking. */
export type BudgetDecision =
  | { readonly granted: true; readonly at: number; readonly turnMs: number; readonly state: BudgetState }
  | { readonly granted: false; readonly notBefore: number; readonly turnMs: number; readonly state: BudgetState };

/** Of each 16 calls so many, while all wait. A class that nobody waits in leaves its part to the others. */
const weights: ClassWeights = { cancellation: 4, pod: 3, label: 6, milestone: 2, poll: 1 };

/** Who was served is remembered for so long: longer than the longest round of 50 organisations at Palletways' pace. */
const SERVED_MS = 900_000;
/** A waiter that did not come again within this after its time begins anew. */
const FORGET_MS = 60_000;
const GRACE_MS = 1_000;
/** Nobody is told a time further down the line than this many others; by then it has changed anyway. */
const LOOK_AHEAD = 64;

/**
 * One ask: granted now, or not before a time (always later than `now`) at which the same ask is worth repeating. The state that
 * comes back replaces the one given, in either case. A clock that was set back only makes the windows drain later.
 */
export function decide(before: BudgetState, request: BudgetRequest, rules: BudgetRules): BudgetDecision {
  const { now } = request;
  const state = settled(before, now, rules);
  const me = waiterFor(state, request);
  const others = state.places.filter((place) => !isSame(place, me));
  const waiting = [...others.filter((place): place is Waiter => place.since !== null && place.until >= now), me];
  const turnMs = grantsPerTurn(me, waiting, rules.weights) * meanGap(rules);
  const { at, mine } = turnOf(me, waiting, state, rules, now);
  if (mine && at <= now) return { granted: true, at: now, turnMs, state: granted(state, others, waiting, me, rules) };
  const notBefore = Math.max(at, now + 1);
  return { granted: false, notBefore, turnMs, state: { ...state, places: [...others, { ...me, until: notBefore + GRACE_MS }] } };
}

/** The same budget, held: nothing is granted before `until`. A hold is never shortened. */
export function held(state: BudgetState, until: number): BudgetState {
  return { ...state, heldUntil: Math.max(state.heldUntil, until) };
}

/** The mean time between two grants under the tightest rule, in ms. */
export function meanGap(rules: BudgetRules): number {
  return Math.max(0, ...rules.windows.map(({ ms, calls }) => ms / calls));
}

/** Palletways, for all organisations of one address together: 3 calls in 2 s is never more than 93 in a minute. */
export function palletwaysBudget(policy: { readonly palletwaysCallsPer2s: number }, pace = 1): BudgetRules {
  return paced({ windows: [{ ms: 2_000, calls: policy.palletwaysCallsPer2s }], reserveForHigher: 1 / 3, weights }, pace);
}

/**
 * Qargo's REST calls, for each tenant (apis 2.3: 2 a second sustained). 2 in any second is never more than 1,200 in any ten minutes.
 * Polls leave nothing to others: who comes waits a second at most for the window, and goes before them.
 */
export function qargoBudget(policy: { readonly qargoCallsPerSecond: number }, pace = 1): BudgetRules {
  return paced({ windows: [{ ms: 1_000, calls: policy.qargoCallsPerSecond }], reserveForHigher: 0, weights }, pace);
}

/** The same rules in a world where time goes `pace` times as fast: so many times the calls, at least one. */
export function paced(rules: BudgetRules, pace: number): BudgetRules {
  return { ...rules, windows: rules.windows.map(({ ms, calls }) => ({ ms, calls: Math.max(1, Math.floor(calls * pace)) })) };
}

/** The state at `now`: what is too old is forgotten, what lies in the future (a clock set back) is now, and places last no longer for it. */
function settled(state: BudgetState, now: number, rules: BudgetRules): BudgetState {
  const reach = Math.max(0, ...rules.windows.map(({ ms }) => ms));
  const setBack = Math.max(0, state.askedAt - now);
  const recent = (times: readonly number[]) => times.map((t) => Math.min(t, now)).filter((t) => now - t <= reach);
  const grants = recent(state.grants);
  const places: Place[] = [];
  for (const each of state.places) {
    const place = setBack === 0 ? each : { ...each, servedAt: Math.min(each.servedAt, now), until: each.until - setBack };
    const waits = place.since !== null && now - place.until <= FORGET_MS;
    if (waits || (place.served > 0 && now - place.servedAt <= SERVED_MS)) places.push(waits ? place : { ...place, since: null });
  }
  const idle = grants.length === 0 && places.every((place) => place.since === null);
  return { ...state, askedAt: now, grants, polls: recent(state.polls), places, credits: idle ? emptyBudget.credits : state.credits };
}

function waiterFor(state: BudgetState, { organisation, priority, now }: BudgetRequest): Waiter {
  const asked = { organisation, priority: callPriorities.indexOf(priority) };
  const before = state.places.find((place) => isSame(place, asked)) ?? { ...asked, served: 0, servedAt: 0, since: null };
  return { ...before, since: before.since ?? state.count, until: now };
}

function isSame(place: Place, other: { readonly organisation: string; readonly priority: number }): boolean {
  return place.organisation === other.organisation && place.priority === other.priority;
}

/** When the turn of `me` comes, as far as one looks ahead; `mine`: it was reached. */
function turnOf(
  me: Waiter,
  waiting: readonly Waiter[],
  state: BudgetState,
  rules: BudgetRules,
  now: number,
): { readonly at: number; readonly mine: boolean } {
  const used = [...state.grants];
  const polls = [...state.polls];
  let at = Math.max(now, state.heldUntil);
  let ahead = 0;
  for (const each of turnsOf(state.credits, waiting, rules.weights, now)) {
    at = opensAt(used, rules, at, 0);
    const poll = each.priority === POLL;
    const own = poll ? opensAt(polls, rules, at, rules.reserveForHigher) : at;
    if (each === me) return { at: own, mine: true };
    if (++ahead === LOOK_AHEAD) break;
    // A poll that must leave this call to others does not hold them up.
    if (own > at) continue;
    used.push(at);
    if (poll) polls.push(at);
  }
  return { at, mine: false };
}

/** The first time from `from` on at which one more call is within every window, `reserve` of each left free. `used` is in order of time. */
function opensAt(used: readonly number[], rules: BudgetRules, from: number, reserve: number): number {
  let at = from;
  for (const { ms, calls } of rules.windows) {
    const limit = Math.max(1, calls - Math.ceil(calls * reserve));
    const last = used[used.length - limit];
    // One more than the window: times are cut to the millisecond.
    if (last !== undefined) at = Math.max(at, last + ms + 1);
  }
  return at;
}

function granted(state: BudgetState, others: readonly Place[], waiting: readonly Waiter[], me: Waiter, rules: BudgetRules): BudgetState {
  const count = state.count + 1;
  const now = state.askedAt;
  return {
    ...state,
    grants: [...state.grants, now],
    polls: me.priority === POLL ? [...state.polls, now] : state.polls,
    count,
    credits: creditsAfter(state.credits, activeIn(waiting), me.priority, rules.weights),
    places: [...others, { ...me, served: count, servedAt: now, since: null }],
  };
}
