import { type CallPriority, callPriorities } from './call-error.ts';

/**
 * Call budgets, pure: what may be called when, decided one ask at a time from a state that the store keeps.
 *
 * - No sliding window ever holds more grants than its limit, whoever asks in whatever order.
 * - Who waits is served by class (cancellation, POD, label, milestone, poll); in a class the organisation goes first that has
 *   gone longest without a grant.
 * - One grant in `1 / fairShare` goes to the organisation that has gone longest without one, whatever its class, so that nobody
 *   starves. Only a cancellation goes before that, and never two in a row.
 * - Polls leave a part of each window to the others, unless it is such a turn or one has waited for 10 s.
 *
 * All times are epoch milliseconds of one clock, the database's.
 */
export interface BudgetRules {
  /** At most `calls` grants in any `ms`. All of them hold at once. */
  readonly windows: readonly BudgetWindow[];
  /** The part of each window that polls leave to the others, 0 to 1, rounded up to whole calls; a poll always finds at least one. */
  readonly reserveForHigher: number;
  /** The part of the grants that goes to who has gone longest without one, above 0 and at most 0.5. */
  readonly fairShare: number;
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

/** When, who, and the place of the class in `callPriorities`. */
export type Grant = readonly [t: number, organisation: string, priority: number];

export interface Waiter {
  readonly organisation: string;
  readonly priority: number;
  /** The first ask since this class of the organisation was last granted. */
  readonly since: number;
  readonly last: number;
  /** Until then it keeps its place before lower ones: a second after the time it was told. */
  readonly until: number;
}

/** What the store keeps of a budget. JSON as it is. */
export interface BudgetState {
  /** The latest grants, as far back as the longest window of at most 10 s, oldest first. */
  readonly grants: readonly Grant[];
  /** Earlier grants while a window reaches back to them, counted together: the time of the latest, how many. */
  readonly earlier: readonly (readonly [t: number, calls: number])[];
  /** When each organisation was last granted a call, for a minute. */
  readonly served: Readonly<Record<string, number>>;
  readonly waiting: readonly Waiter[];
  /** Grants since one last went to who had gone longest without. */
  readonly sinceFair: number;
  /** Nothing is granted before: the far side asked for silence. */
  readonly heldUntil: number;
}

export const emptyBudget: BudgetState = { grants: [], earlier: [], served: {}, waiting: [], sinceFair: 0, heldUntil: 0 };

export type BudgetDecision =
  | { readonly granted: true; readonly at: number; readonly state: BudgetState }
  | { readonly granted: false; readonly notBefore: number; readonly state: BudgetState };

/** Windows up to this are counted exactly; in longer ones the grants of 5 s leave together, when the latest of them does. */
const EXACT_MS = 10_000;
const TOGETHER_MS = 5_000;
const SERVED_MS = 60_000;
const FORGET_MS = 60_000;
const GRACE_MS = 1_000;
const PATIENCE_MS = 10_000;
/** Nobody is told a time further down the line than this many others; by then it has changed anyway. */
const LOOK_AHEAD = 64;

const CANCELLATION = callPriorities.indexOf('cancellation');
const POLL = callPriorities.indexOf('poll');

/**
 * One ask: granted now, or not before a time (always later than `now`) at which the same ask is worth repeating. The state that
 * comes back replaces the one given, in either case. A clock that was set back only makes the windows drain later.
 */
export function decide(before: BudgetState, request: BudgetRequest, rules: BudgetRules): BudgetDecision {
  const { now } = request;
  const state = settled(before, now, rules);
  const me = asked(state, request);
  const others = state.waiting.filter((waiter) => waiter !== sameClass(state, me));
  const present = others.filter((waiter) => waiter.until >= now);
  const line = lineUp({ ...state, waiting: [...present, me] }, me, rules);
  const used = usedBy(state);
  let at = Math.max(now, state.heldUntil);
  for (let ahead = 0; ahead < line.ahead; ahead++) {
    at = opensAt(used, rules, at, 0);
    used.push([at, 1]);
  }
  const outOfTurn = line.fair && present.some((waiter) => waiter.priority < POLL);
  const leaves = me.priority === POLL && now - me.since < PATIENCE_MS && !outOfTurn;
  at = opensAt(used, rules, at, leaves ? rules.reserveForHigher : 0);
  if (at <= now) return { granted: true, at: now, state: granted({ ...state, waiting: others }, me, now, line.fair) };
  return { granted: false, notBefore: at, state: { ...state, waiting: [...others, { ...me, until: at + GRACE_MS }] } };
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
  return paced({ windows: [{ ms: 2_000, calls: policy.palletwaysCallsPer2s }], reserveForHigher: 0.5, fairShare: 1 / 3 }, pace);
}

/** Qargo's REST calls, for each tenant (apis 2.3: 2 a second, sliding windows of a second and 10 minutes). */
export function qargoBudget(policy: { readonly qargoCallsPerSecond: number }, pace = 1): BudgetRules {
  const calls = policy.qargoCallsPerSecond;
  const windows = [
    { ms: 1_000, calls },
    { ms: 600_000, calls: Math.min(calls, 2) * 600 },
  ];
  return paced({ windows, reserveForHigher: 0.25, fairShare: 1 / 3 }, pace);
}

/** The same rules in a world where time goes `pace` times as fast: so many times the calls, at least one. */
export function paced(rules: BudgetRules, pace: number): BudgetRules {
  return { ...rules, windows: rules.windows.map(({ ms, calls }) => ({ ms, calls: Math.max(1, Math.floor(calls * pace)) })) };
}

/** The state at `now`: what is too old is counted together or forgotten, what lies in the future (a clock set back) is now. */
function settled(state: BudgetState, now: number, rules: BudgetRules): BudgetState {
  const reach = Math.max(0, ...rules.windows.map(({ ms }) => ms));
  const exact = Math.max(0, ...rules.windows.map(({ ms }) => ms).filter((ms) => ms <= EXACT_MS));
  const grants: Grant[] = [];
  const earlier = state.earlier.map(([t, calls]): [number, number] => [Math.min(t, now), calls]);
  for (const grant of state.grants) {
    const t = Math.min(grant[0], now);
    if (now - t <= exact) grants.push(t === grant[0] ? grant : [t, grant[1], grant[2]]);
    else together(earlier, t);
  }
  return {
    ...state,
    grants,
    earlier: earlier.filter(([t]) => now - t <= reach),
    served: Object.fromEntries(
      Object.entries(state.served)
        .map(([organisation, t]): [string, number] => [organisation, Math.min(t, now)])
        .filter(([, t]) => now - t <= SERVED_MS),
    ),
    waiting: state.waiting
      .map((waiter) => ({ ...waiter, since: Math.min(waiter.since, now), last: Math.min(waiter.last, now) }))
      .filter((waiter) => waiter.until >= now || now - waiter.last <= FORGET_MS),
  };
}

/** Counts a grant at its own time or later: the count leaves a window too late rather than too early. */
function together(earlier: [number, number][], t: number): void {
  const latest = earlier.at(-1);
  if (latest === undefined || Math.floor(latest[0] / TOGETHER_MS) !== Math.floor(t / TOGETHER_MS)) earlier.push([t, 1]);
  else {
    latest[0] = Math.max(latest[0], t);
    latest[1] += 1;
  }
}

function sameClass(state: BudgetState, of: { readonly organisation: string; readonly priority: number }): Waiter | undefined {
  return state.waiting.find((waiter) => waiter.organisation === of.organisation && waiter.priority === of.priority);
}

function asked(state: BudgetState, { organisation, priority, now }: BudgetRequest): Waiter {
  const place = callPriorities.indexOf(priority);
  const before = sameClass(state, { organisation, priority: place });
  return { organisation, priority: place, since: before?.since ?? now, last: now, until: now };
}

/** How many of those who wait go before `me`, and whether mine is the turn of who has gone longest without. */
function lineUp(state: BudgetState, me: Waiter, rules: BudgetRules): { ahead: number; fair: boolean } {
  const every = Math.max(2, Math.round(1 / rules.fairShare));
  const waiting = [...state.waiting];
  const served: Record<string, number> = { ...state.served };
  let { sinceFair } = state;
  let cancelled = state.grants.at(-1)?.[2] === CANCELLATION;
  // Those who are ahead are counted as served after everything that was.
  let at = Math.max(me.last, ...Object.values(served));
  for (let ahead = 0; ahead < LOOK_AHEAD; ahead++) {
    const due = sinceFair + 1 >= every;
    const fair = due && (cancelled || !waiting.some((waiter) => waiter.priority === CANCELLATION));
    const next = fair ? longestWithout(waiting, served) : first(waiting, byClass(served));
    if (next === undefined || next === me) return { ahead, fair };
    waiting.splice(waiting.indexOf(next), 1);
    served[next.organisation] = ++at;
    sinceFair = fair ? 0 : sinceFair + 1;
    cancelled = next.priority === CANCELLATION;
  }
  return { ahead: LOOK_AHEAD, fair: false };
}

type Order = (a: Waiter, b: Waiter) => number;

function byClass(served: Readonly<Record<string, number>>): Order {
  return (a, b) => a.priority - b.priority || byWait(served)(a, b);
}

/** Who has gone longest without a grant first. Total: of two that wait since the same millisecond each would else give way to the other. */
function byWait(served: Readonly<Record<string, number>>): Order {
  return (a, b) => lastServed(served, a) - lastServed(served, b) || a.since - b.since || (a.organisation < b.organisation ? -1 : 1);
}

/** The highest class of the organisation that has gone longest without a grant. */
function longestWithout(waiting: readonly Waiter[], served: Readonly<Record<string, number>>): Waiter | undefined {
  const oldest = first(waiting, byWait(served));
  return first(
    waiting.filter((waiter) => waiter.organisation === oldest?.organisation),
    byClass(served),
  );
}

function lastServed(served: Readonly<Record<string, number>>, { organisation }: Waiter): number {
  return served[organisation] ?? 0;
}

function first(waiting: readonly Waiter[], order: Order): Waiter | undefined {
  return waiting.reduce<Waiter | undefined>((best, each) => (best === undefined || order(each, best) < 0 ? each : best), undefined);
}

function usedBy(state: BudgetState): (readonly [t: number, calls: number])[] {
  return [...state.earlier, ...state.grants.map(([t]): [number, number] => [t, 1])];
}

/** The first time from `from` on at which one more call is within every window, `reserve` of each left free. `used` is in order of time. */
function opensAt(used: readonly (readonly [t: number, calls: number])[], rules: BudgetRules, from: number, reserve: number): number {
  let at = from;
  for (const { ms, calls } of rules.windows) {
    const limit = Math.max(1, calls - Math.ceil(calls * reserve));
    const within = used.filter(([t]) => t + ms >= at);
    let count = within.reduce((sum, [, each]) => sum + each, 0);
    for (const [t, each] of within) {
      if (count < limit) break;
      count -= each;
      // One more than the window: times are cut to the millisecond.
      at = Math.max(at, t + ms + 1);
    }
  }
  return at;
}

function granted(state: BudgetState, me: Waiter, now: number, fair: boolean): BudgetState {
  return {
    ...state,
    grants: [...state.grants, [now, me.organisation, me.priority]],
    served: { ...state.served, [me.organisation]: now },
    sinceFair: fair ? 0 : state.sinceFair + 1,
  };
}
