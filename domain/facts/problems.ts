/** A reader notes here what it could not read of one message: each problem once, and of very many the first, so that nonsense costs its size. */
import type { Problem } from './reading.ts';

/** Problems of one message that are kept; of the rest only how many there are. */
export const mostProblems = 200;

export class Problems {
  readonly #known = new Set<string>();
  readonly #first: Problem[] = [];
  #more = 0;

  /** Takes one that is not known yet. */
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

  /** The first of them, and where there were more, how many. */
  get list(): readonly Problem[] {
    return this.#more === 0
      ? [...this.#first]
      : [...this.#first, { field: '$', message: `and ${this.#more} more that could not be read` }];
  }
}
