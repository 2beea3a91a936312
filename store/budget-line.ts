import type { CallPriority } from '../domain/call-error.ts';
import type { Database } from './database.ts';

/** When one that cannot wait so long may come again: epoch ms of the database's clock, and how far off that is, ms. */
export interface Turn {
  readonly until: number;
  readonly waitMs: number;
}

/**
 * The callers of one class of an organisation in this process: the first asks the database, the others wait for its place. Times go
 * by this process's stopwatch; what the database said is counted from when it said it, so that neither clock need be right.
 */
export class Line {
  readonly #waiting: (() => void)[] = [];
  #asking = false;
  /** When the one in front may ask again, on the stopwatch. */
  #opensAt = 0;
  /** From the stopwatch to the database's clock, ms. */
  #ahead = Date.now() - performance.now();
  /** From one turn of this class of the organisation to the next, ms. */
  #turnMs = 0;
  #turnedAway = 0;

  /** Resolves to 0 when it is this caller's turn to ask, or, when `deadline` (on the stopwatch) comes first, to how many were before it. */
  async stand(deadline: number, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted();
    if (!this.#asking) {
      this.#asking = true;
      return 0;
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        stop();
        resolve(0);
      };
      const out = (): void => {
        const place = this.#waiting.indexOf(go) + 1;
        stop();
        resolve(place);
      };
      const given = (): void => {
        stop();
        reject(signal?.reason);
      };
      const timer = setTimeout(out, Math.max(0, deadline - performance.now()));
      signal?.addEventListener('abort', given);
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', given);
        const at = this.#waiting.indexOf(go);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      this.#waiting.push(go);
    });
  }

  /** Passes the turn on. */
  leave(): void {
    const next = this.#waiting[0];
    if (next === undefined) this.#asking = false;
    else next();
  }

  /** The database, whose clock showed `now`, grants nothing before `notBefore`. */
  told(notBefore: number, now: number, turnMs: number): void {
    const stopwatch = performance.now();
    const opensAt = stopwatch + notBefore - now;
    if (opensAt > this.#opensAt) this.#turnedAway = 0;
    this.#opensAt = opensAt;
    this.#ahead = now - stopwatch;
    this.#turnMs = turnMs;
  }

  granted(turnMs: number): void {
    this.#opensAt = 0;
    this.#turnedAway = 0;
    this.#turnMs = turnMs;
  }

  /** How long until it is worth asking again, in ms, as far as we were told. */
  wait(): number {
    return Math.max(0, this.#opensAt - performance.now());
  }

  /** When one who cannot wait for the turn in front should come again: each a turn later than the one before. */
  turnAway(): Turn {
    return this.turnOf(this.#turnedAway++);
  }

  /** When the turn comes of one with so many before it. */
  turnOf(place: number): Turn {
    const waitMs = Math.ceil(this.wait() + place * this.#turnMs);
    return { until: Math.ceil(performance.now() + waitMs + this.#ahead), waitMs };
  }
}

const lines = new WeakMap<Database, Map<string, Line>>();

/** The line of this process for one class of an organisation in a budget. */
export function lineFor(
  db: Database,
  { budget, organisation, priority }: { readonly budget: string; readonly organisation: string; readonly priority: CallPriority },
): Line {
  const own = lines.get(db) ?? new Map<string, Line>();
  lines.set(db, own);
  const key = JSON.stringify([budget, organisation, priority]);
  const line = own.get(key) ?? new Line();
  own.set(key, line);
  return line;
}
