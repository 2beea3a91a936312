/**
 * The limit of Palletways (F PW-DOC25): more than 100 calls a minute from one address lead to a ban of 15 minutes,
 * whose only symptom is that nothing answers. Refused calls of a banned caller do not lengthen the ban (assumed).
 */
const CALLS = 100;
const WINDOW_MS = 60_000;
const BAN_MS = 15 * 60_000;

export class Limit {
  readonly #calls: number;
  readonly #banMs: number;
  #recent: number[] = [];
  #bannedUntil = 0;

  /** `pace` multiplies the number of calls and divides the length of the ban. */
  constructor(pace: number) {
    this.#calls = Math.max(1, Math.floor(CALLS * pace));
    this.#banMs = BAN_MS / pace;
  }

  /** Counts a call made at `now`; false: it gets no answer. */
  admit(now: number): boolean {
    if (now < this.#bannedUntil) return false;
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

  /** Epoch ms at which the ban ends, 0 when there is none. */
  bannedUntil(now: number): number {
    return now < this.#bannedUntil ? this.#bannedUntil : 0;
  }

  clear(): void {
    this.#recent = [];
    this.#bannedUntil = 0;
  }
}
