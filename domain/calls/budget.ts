import { type CallPriority, callPriorities } from './error.ts';
import {
  activeIn,
  type ClassWeights,
  creditsAfter,
  grantsPerTurn,
  type Place,
  POLL,
  turnsOf,
  type Waiter,
} from './turns.ts';

/**
 * Call budgets, pure: what may be called when, decided one ask at a time from a state that the store keeps. A process asks for all of its
 * callers at once.
 *
 * - No sliding window ever holds more grants than its limit, whoever asks in whatever order.
 * - Who waits is served in the turns of `turns.ts`: each class has its weight's share and each organisation its part of that,
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

/** A class of an organisation that would call now, and how often; once unless told. */
export interface BudgetRequest {
  readonly organisation: string;
  readonly priority: CallPriority;
  readonly calls?: number;
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

/** What each of several requests is told, in their order. */
export interface BudgetDecisions {
  /** Which of the requests each grant went to, in the order of their turns. All are of now. */
  readonly grants: readonly number[];
  readonly told: readonly BudgetWord[];
  /**
   * When one that comes later should ask: not before a call is free; at once where others wait elsewhere, who would else be served as if
   * it had not come.
   */
  readonly newcomersAt: number;
  readonly state: BudgetState;
}

export interface BudgetWord {
  /** When the next call may be asked for, later than now; null where all that were asked for are granted. */
  readonly notBefore: number | null;
  /** The time from one turn of this class of the organisation to the next, while all who wait now go on asking, ms. */
  readonly turnMs: number;
}

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
 * One ask for one call: granted now, or not before a time (always later than `now`) at which the same ask is worth repeating. The state
 * that comes back replaces the one given, in either case. A clock that was set back only makes the windows drain later.
 */
export function decide(
  before: BudgetState,
  request: BudgetRequest & { readonly now: number },
  rules: BudgetRules,
): BudgetDecision {
  const { now } = request;
  const { told, state } = decideAll(before, [{ ...request, calls: 1 }], now, rules);
  const { notBefore, turnMs } = told[0] ?? { notBefore: null, turnMs: 0 };
  return notBefore === null ? { granted: true, at: now, turnMs, state } : { granted: false, notBefore, turnMs, state };
}

/**
 * One ask for several at once, each class of an organisation named once: all of them wait before the first is granted, and calls are
 * granted in the order of the turns as long as windows are open. Turns of others who wait elsewhere are left to them.
 */
export function decideAll(
  before: BudgetState,
  requests: readonly BudgetRequest[],
  now: number,
  rules: BudgetRules,
): BudgetDecisions {
  const enlisted = enlist(settled(before, now, rules), requests);
  let state = enlisted.state;
  const waiting = waitingIn(state);
  const turnMs = enlisted.mine.map((me) => grantsPerTurn(me, waiting, rules.weights) * meanGap(rules));
  const left = requests.map(({ calls }) => calls ?? 1);
  const asked = new Map(enlisted.mine.map((me, n) => [me, n]));
  const grants: number[] = [];
  let ahead = turnsAhead(state, asked, rules);
  for (; ahead.due !== undefined; ahead = turnsAhead(state, asked, rules)) {
    const me = ahead.due;
    const n = asked.get(me) ?? 0;
    const more = (left[n] ?? 1) > 1;
    left[n] = (left[n] ?? 1) - 1;
    const count = state.count + 1;
    const after: Place = { ...me, served: count, servedAt: now, since: more ? count : null };
    grants.push(n);
    state = granted(state, me, after, rules);
    asked.delete(me);
    if (isWaiter(after)) asked.set(after, n);
  }
  const told = turnMs.map((ms): BudgetWord => ({ notBefore: null, turnMs: ms }));
  const until = new Map<Place, number>();
  for (const [me, n] of asked) {
    const notBefore = Math.max(ahead.times.get(me) ?? ahead.rest, now + 1);
    told[n] = { notBefore, turnMs: turnMs[n] ?? 0 };
    until.set(me, notBefore + GRACE_MS);
  }
  const places = state.places.map((place) => {
    const later = until.get(place);
    return later === undefined ? place : { ...place, until: later };
  });
  const alone = waitingIn(state).every((each) => asked.has(each));
  const newcomersAt = alone ? opensAt(state.grants, rules, Math.max(now, state.heldUntil), 0) : now;
  return { grants, told, newcomersAt, state: { ...state, places } };
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
  return decideCalls(
    { windows: [{ ms: 2_000, calls: policy.palletwaysCallsPer2s }], reserveForHigher: 1 / 3, weights },
    pace,
  );
}

/**
 * Qargo's REST calls, for each tenant (apis 2.3: 2 a second sustained). 2 in any second is never more than 1,200 in any ten minutes.
 * Polls leave nothing to others: who comes waits a second at most for the window, and goes before them.
 */
export function qargoBudget(policy: { readonly qargoCallsPerSecond: number }, pace = 1): BudgetRules {
  return decideCalls(
    { windows: [{ ms: 1_000, calls: policy.qargoCallsPerSecond }], reserveForHigher: 0, weights },
    pace,
  );
}

/** Whose limit Palletways' is: the address's, for all organisations together. Its portal counts with it (wire assumption 32). */
export function palletwaysBudgetName({ palletways }: { readonly palletways: { readonly apiUrl: string } }): string {
  // The domain knows no URL class: what stands between the scheme and the path.
  return `palletways:${palletways.apiUrl
    .replace(/^\w+:\/\//, '')
    .replace(/[/?#].*$/, '')
    .toLowerCase()}`;
}

/** Whose limit Qargo's is: the tenant's. */
export function qargoBudgetName({ id }: { readonly id: string }): string {
  return `qargo:${id}`;
}

/** Ten calls a minute, on either side together: what a first contact takes of the limits that the product shares. */
export function contactBudget(pace = 1): BudgetRules {
  return decideCalls({ windows: [{ ms: 60_000, calls: 10 }], reserveForHigher: 0, weights }, pace);
}

/** The same rules in a world where time goes `pace` times as fast: so many times the calls, at least one. */
export function decideCalls(rules: BudgetRules, pace: number): BudgetRules {
  return {
    ...rules,
    windows: rules.windows.map(({ ms, calls }) => ({ ms, calls: Math.max(1, Math.floor(calls * pace)) })),
  };
}

/** The state at `now`: what is too old is forgotten, what lies in the future (a clock set back) is now, and places last no longer for it. */
function settled(state: BudgetState, now: number, rules: BudgetRules): BudgetState {
  const reach = Math.max(0, ...rules.windows.map(({ ms }) => ms));
  const setBack = Math.max(0, state.askedAt - now);
  const recent = (times: readonly number[]) => times.map((t) => Math.min(t, now)).filter((t) => now - t <= reach);
  const grants = recent(state.grants);
  const places: Place[] = [];
  for (const each of state.places) {
    const place =
      setBack === 0 ? each : { ...each, servedAt: Math.min(each.servedAt, now), until: each.until - setBack };
    const waits = place.since !== null && now - place.until <= FORGET_MS;
    if (waits || (place.served > 0 && now - place.servedAt <= SERVED_MS))
      places.push(waits ? place : { ...place, since: null });
  }
  const idle = grants.length === 0 && places.every((place) => place.since === null);
  return {
    ...state,
    askedAt: now,
    grants,
    polls: recent(state.polls),
    places,
    credits: idle ? emptyBudget.credits : state.credits,
  };
}

/** The state with a place for each of these, who wait from now on unless they did before; `mine` are these places, in the order of the requests. */
function enlist(
  state: BudgetState,
  requests: readonly BudgetRequest[],
): { readonly state: BudgetState; readonly mine: readonly Waiter[] } {
  const places = [...state.places];
  const mine = requests.map(({ organisation, priority: name }): Waiter => {
    const priority = callPriorities.indexOf(name);
    const at = places.findIndex((place) => place.priority === priority && place.organisation === organisation);
    const before = places[at] ?? { organisation, priority, served: 0, servedAt: 0, since: null };
    const me = { ...before, since: before.since ?? state.count, until: state.askedAt };
    places[at < 0 ? places.length : at] = me;
    return me;
  });
  return { state: { ...state, places }, mine };
}

const isWaiter = (place: Place): place is Waiter => place.since !== null;

/** Those who wait and came, or may yet come, when they were told to. */
function waitingIn(state: BudgetState): readonly Waiter[] {
  return state.places.filter((place): place is Waiter => isWaiter(place) && place.until >= state.askedAt);
}

interface TurnsAhead {
  /** The first of the asked ones whose turn has come; the turns after it were not looked at. */
  readonly due: Waiter | undefined;
  /** When the turns of the asked ones come, as far as one looks ahead. */
  readonly times: ReadonlyMap<Waiter, number>;
  /** When one may ask again whose turn is further off. */
  readonly rest: number;
}

/** The turns to come, as if nobody else came; `asked` are the places that ask now. */
function turnsAhead(state: BudgetState, asked: ReadonlyMap<Waiter, number>, rules: BudgetRules): TurnsAhead {
  const now = state.askedAt;
  const used = [...state.grants];
  const polls = [...state.polls];
  const times = new Map<Waiter, number>();
  let at = Math.max(now, state.heldUntil);
  let ahead = 0;
  for (const each of turnsOf(state.credits, waitingIn(state), rules.weights, now)) {
    if (times.size === asked.size) break;
    at = opensAt(used, rules, at, 0);
    const poll = each.priority === POLL;
    const own = poll ? opensAt(polls, rules, at, rules.reserveForHigher) : at;
    if (asked.has(each)) {
      if (own <= now) return { due: each, times, rest: at };
      times.set(each, own);
    }
    if (++ahead === LOOK_AHEAD) break;
    // A poll that must leave this call to others does not hold them up.
    if (own > at) continue;
    used.push(at);
    if (poll) polls.push(at);
  }
  return { due: undefined, times, rest: at };
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

/** The state after a call of `me`, whose place is `after` then. */
function granted(state: BudgetState, me: Waiter, after: Place, rules: BudgetRules): BudgetState {
  const now = state.askedAt;
  return {
    ...state,
    grants: [...state.grants, now],
    polls: me.priority === POLL ? [...state.polls, now] : state.polls,
    count: after.served,
    credits: creditsAfter(state.credits, activeIn(waitingIn(state)), me.priority, rules.weights),
    places: state.places.map((place) => (place === me ? after : place)),
  };
}
