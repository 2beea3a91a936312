import type { CallPriority } from '../../domain/calls/error.ts';

/** When one that cannot wait so long may come again: on the stopwatch, and how far off that is, ms. */
export interface Turn {
  readonly at: number;
  readonly waitMs: number;
}

/** The callers of one class of an organisation in this process, first come first served, and what they were told. Times are the stopwatch's. */
export class BudgetLine<Caller extends { grant(): void }> {
  readonly organisation: string;
  readonly priority: CallPriority;
  readonly callers: Caller[] = [];
  #opensAt = 0;
  /** From one turn of this class of the organisation to the next, ms. */
  #turnMs = 0;
  /** How many were turned away since the line was told a later time, or was granted a call. */
  #turnedAway = 0;

  constructor(organisation: string, priority: CallPriority) {
    this.organisation = organisation;
    this.priority = priority;
  }

  /** When the one in front may ask again; 0 where it was not told. */
  get opensAt(): number {
    return this.#opensAt;
  }

  /** Gives a call to the one in front. Where that one has gone away meanwhile the call is nobody's. */
  grant(): void {
    this.#turnedAway = 0;
    this.callers[0]?.grant();
  }

  /** Nothing is granted before `opensAt`; 0 where nobody waits any more. */
  told(opensAt: number, turnMs: number): void {
    if (opensAt === 0 || opensAt > this.#opensAt) this.#turnedAway = 0;
    this.#opensAt = opensAt;
    this.#turnMs = turnMs;
  }

  /** When one who cannot wait for the turn in front should come again: each a turn later than the one before. */
  turnAway(now: number): Turn {
    return this.turnOf(this.#turnedAway++, now);
  }

  /** When the turn comes of one with so many before it. */
  turnOf(place: number, now: number): Turn {
    const waitMs = Math.ceil(Math.max(0, this.#opensAt - now) + place * this.#turnMs);
    return { at: now + waitMs, waitMs };
  }
}
