import { type BudgetDecisions, type BudgetRequest, type BudgetRules, meanGap } from '../../domain/calls/budget.ts';
import { CallError, type CallPriority } from '../../domain/calls/error.ts';
import { BudgetLine, type Turn } from './budget-line.ts';

/** Asks the database for all of these at once. `now` is what its clock showed, epoch ms. */
export type BudgetAnswer = (
  requests: readonly BudgetRequest[],
  rules: BudgetRules,
) => Promise<{ readonly decisions: BudgetDecisions; readonly now: number }>;

/** Who calls: `deadline` is the last moment of its patience, on the stopwatch. */
export interface BudgetCaller {
  readonly organisation: string;
  readonly priority: CallPriority;
  readonly rules: BudgetRules;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

interface Standing {
  readonly rules: BudgetRules;
  readonly deadline: number;
  readonly grant: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * All callers of this process that wait for one budget. They wait in memory, and the desk asks the database for all of them at once, one
 * ask at a time: when the first of the times comes that their lines were told. Who comes while no call is free, and nobody waits in other
 * processes, waits for the opening without an ask of its own, where its patience lasts so long. Where callers bring different rules the
 * tightest hold.
 *
 * Times go by this process's stopwatch; what the database said is counted from when its answer came, so that neither clock need be right.
 */
export class BudgetDesk {
  readonly #name: string;
  readonly #answer: BudgetAnswer;
  readonly #lines = new Map<string, BudgetLine<Standing>>();
  #asking = false;
  /** Takes the planned ask back. */
  #unplan: () => void = () => undefined;
  /** When one that was not told a time should ask, on the stopwatch. */
  #newcomersAt = 0;
  /** From the stopwatch to the database's clock, ms. */
  #ahead = Date.now() - performance.now();

  constructor(name: string, answer: BudgetAnswer) {
    this.#name = name;
    this.#answer = answer;
  }

  /** Resolves when the caller may make one call; throws a CallError of class `budget` where that is not by its deadline. */
  async stand(caller: BudgetCaller): Promise<void> {
    const { rules, deadline, signal } = caller;
    signal?.throwIfAborted();
    const line = this.#lineOf(caller);
    // What the one before was told holds for this one too: nobody need ask to be told the same.
    if (line.opensAt > deadline) throw this.#tooLate(line, line.turnAway(performance.now()));
    return new Promise((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', given);
        const at = line.callers.indexOf(standing);
        if (at >= 0) line.callers.splice(at, 1);
        act();
      };
      const standing: Standing = {
        rules,
        deadline,
        grant: () => end(resolve),
        fail: (error) => end(() => reject(error)),
      };
      const given = (): void => standing.fail(signal?.reason);
      const out = (): void => {
        // Whom an ask under way is for it may serve yet, and who was told nothing is asked for next, if only to be told a time.
        if (this.#asking || line.opensAt === 0) this.#plan();
        else standing.fail(this.#tooLate(line, line.turnOf(line.callers.indexOf(standing), performance.now())));
      };
      const timer = setTimeout(out, Math.max(0, deadline - performance.now()));
      signal?.addEventListener('abort', given);
      line.callers.push(standing);
      this.#plan();
    });
  }

  #lineOf({ organisation, priority }: BudgetCaller): BudgetLine<Standing> {
    const key = JSON.stringify([organisation, priority]);
    const line = this.#lines.get(key) ?? new BudgetLine<Standing>(organisation, priority);
    this.#lines.set(key, line);
    return line;
  }

  /** The lines in which somebody waits. */
  #open(): readonly BudgetLine<Standing>[] {
    return [...this.#lines.values()].filter((line) => line.callers.length > 0);
  }

  /** Sees to it that the next ask comes when it is worth something. */
  #plan(): void {
    if (this.#asking) return;
    this.#unplan();
    const times = this.#open().map((line) => this.#worthAt(line));
    if (times.length === 0) return;
    const wait = Math.min(...times) - performance.now();
    if (wait > 0) {
      const timer = setTimeout(() => void this.#ask(), wait);
      this.#unplan = () => clearTimeout(timer);
    } else {
      // Who comes in the same moment is in the same ask.
      const soon = setImmediate(() => void this.#ask());
      this.#unplan = () => clearImmediate(soon);
    }
  }

  /** When an ask is worth something to a line: at the time it was told, else at that for newcomers, unless somebody cannot wait so long. */
  #worthAt(line: BudgetLine<Standing>): number {
    if (line.opensAt > 0) return line.opensAt;
    return line.callers.some(({ deadline }) => deadline < this.#newcomersAt) ? 0 : this.#newcomersAt;
  }

  async #ask(): Promise<void> {
    const lines = this.#open();
    const asked = lines.flatMap(({ callers }) => callers);
    if (asked.length === 0) return;
    this.#asking = true;
    try {
      const requests = lines.map(({ organisation, priority, callers }) => ({
        organisation,
        priority,
        calls: callers.length,
      }));
      const { decisions, now } = await this.#answer(requests, tightest(asked.map(({ rules }) => rules)));
      this.#tell(lines, decisions, now);
    } catch (error) {
      for (const each of asked) each.fail(error);
    } finally {
      this.#asking = false;
      this.#plan();
    }
  }

  #tell(lines: readonly BudgetLine<Standing>[], { grants, told, newcomersAt }: BudgetDecisions, now: number): void {
    const stopwatch = performance.now();
    this.#ahead = now - stopwatch;
    this.#newcomersAt = newcomersAt - this.#ahead;
    for (const n of grants) lines[n]?.grant();
    for (const [n, line] of lines.entries()) {
      const { notBefore, turnMs } = told[n] ?? { notBefore: null, turnMs: 0 };
      line.told(notBefore === null ? 0 : notBefore - this.#ahead, turnMs);
      for (const each of line.callers.filter(({ deadline }) => deadline < line.opensAt)) {
        each.fail(this.#tooLate(line, line.turnAway(stopwatch)));
      }
    }
  }

  #tooLate({ priority }: BudgetLine<Standing>, { at, waitMs }: Turn): CallError {
    const until = Math.ceil(at + this.#ahead);
    return new CallError(
      'budget',
      `no ${priority} call in the budget ${this.#name} before ${new Date(until).toISOString()}`,
      {
        until,
        waitMs,
      },
    );
  }
}

function tightest(all: readonly BudgetRules[]): BudgetRules {
  return all.reduce((best, rules) => (meanGap(rules) > meanGap(best) ? rules : best));
}
