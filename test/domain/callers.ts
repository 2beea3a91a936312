/** Callers of a call budget on a virtual clock. */
import { type BudgetRules, type BudgetState, decide, emptyBudget } from '../../domain/calls/budget.ts';
import type { CallPriority } from '../../domain/calls/error.ts';

export interface Caller {
  readonly organisation: string;
  readonly priority: CallPriority;
  /** First ask, ms. */
  readonly from: number;
  /** Time between a grant and the next ask, ms. */
  readonly gap: number;
  readonly calls: number;
  /** It is killed after so many asks that were not granted. */
  readonly diesAfterAsks?: number;
}

export interface Call {
  readonly t: number;
  readonly caller: Caller;
  readonly asked: number;
  /** How often it had to ask for this one. */
  readonly asks: number;
}

/** Well-behaved callers: each asks, asks again at the time it was told (some ms late), and begins anew after a grant. */
export function callsOf(
  callers: readonly Caller[],
  rules: BudgetRules,
  until: number,
  late: () => number = () => 1,
): Call[] {
  const queue = callers.map((caller) => ({ caller, at: caller.from, asked: caller.from, left: caller.calls, asks: 0 }));
  const calls: Call[] = [];
  let state: BudgetState = emptyBudget;
  for (;;) {
    let next = queue[0];
    for (const each of queue)
      if (each.left > 0 && (next === undefined || next.left === 0 || each.at < next.at)) next = each;
    if (next === undefined || next.left === 0 || next.at > until) return calls;
    const { caller, at: now } = next;
    next.asks++;
    const decision = decide(state, { organisation: caller.organisation, priority: caller.priority, now }, rules);
    state = decision.state;
    if (decision.granted) {
      calls.push({ t: now, caller, asked: next.asked, asks: next.asks });
      next.asks = 0;
      next.left--;
      next.at = next.asked = now + Math.max(1, caller.gap);
    } else if (next.asks === caller.diesAfterAsks) next.left = 0;
    else next.at = decision.notBefore + late();
  }
}

/** The most of these times that any closed span of `ms` holds. */
export function most(times: readonly number[], ms: number): number {
  let best = 0;
  let from = 0;
  times.forEach((t, i) => {
    while (t - (times[from] ?? t) > ms) from++;
    best = Math.max(best, i - from + 1);
  });
  return best;
}
