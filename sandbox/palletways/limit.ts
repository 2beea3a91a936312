/**
 * The limit of Palletways (F PW-DOC25): more than 100 calls a minute from one address lead to a ban of 15 minutes,
 * whose only symptom is that nothing answers. Whether both hosts and all keys share one count, and whether calls during
 * a ban lengthen it, is open (32): one count, and they do not.
 */
const CALLS = 100;
const WINDOW_MS = 60_000;
const BAN_MS = 15 * 60_000;

export class Limits {
  readonly #pace: number;
  readonly #of = new Map<string, Limit>();

  /** `pace` multiplies the number of calls and divides the length of the ban. */
  constructor(pace: number) {
    this.#pace = pace;
  }

  /** What is counted together under a name. */
  of(name: string): Limit {
    const known = this.#of.get(name) ?? new Limit(this.#pace);
    this.#of.set(name, known);
    return known;
  }

  clear(): void {
    this.#of.clear();
  }
}

class Limit {
  readonly #calls: number;
  readonly #banMs: number;
  #recent: number[] = [];
  #bannedUntil = 0;

  constructor(pace: number) {
    this.#calls = Math.max(1, Math.floor(CALLS * pace));
    this.#banMs = BAN_MS / pace;
  }

  /** Counts a call made at `now`; false: it gets no answer. `lengthens`: a call during a ban begins it again. */
  admit(now: number, lengthens: boolean): boolean {
    if (now < this.#bannedUntil) {
      if (lengthens) this.ban(now);
      return false;
    }
    let old = 0;
    while ((this.#recent[old] ?? now) <= now - WINDOW_MS) old += 1;
    if (old > 0) this.#recent.splice(0, old);
    this.#recent.push(now);
    if (this.#recent.length <= this.#calls) return true;
    this.ban(now);
    return false;
  }

  ban(now: number): void {
    this.#bannedUntil = now + this.#banMs;
    this.#recent = [];
  }
}
