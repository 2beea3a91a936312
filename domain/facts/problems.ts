/**
 * A reader collects here the problems of one message. Each is kept once, and only the first ones, so that a senseless message stays cheap.
 */
import type { Problem } from './reading.ts';

/** So many problems of one message are kept. The rest are only counted. */
export const mostProblems = 200;

export class Problems {
  readonly #known = new Set<string>();
  readonly #first: Problem[] = [];
  #more = 0;

  /** Adds a problem, unless it is known already. */
  push(problem: Problem): void {
    if (this.#first.length >= mostProblems) {
      this.#more += 1;
      return;
    }
    const key = `${problem.field}\n${problem.message}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#first.push(problem);
  }

  get isEmpty(): boolean {
    return this.#first.length === 0;
  }

  /** The problems that were kept, and where there were more, one line that says how many. */
  get list(): readonly Problem[] {
    return this.#more === 0
      ? [...this.#first]
      : [...this.#first, { field: '$', message: `and ${this.#more} more that could not be read` }];
  }
}
