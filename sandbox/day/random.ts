/**
 * Seeded randomness of a day. Every consignment, round and picture draws from its own generator, forked by name,
 * so that a change in one leaves all the others as they were.
 */
import { createHash } from 'node:crypto';

export class Random {
  readonly #seed: string;
  #state: number;

  /** @param seed anything that names this sequence; the same text gives the same sequence, on every machine */
  constructor(seed: string) {
    this.#seed = seed;
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** An independent generator for the thing called `name`. Drawing from it moves nothing here. */
  fork(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** The next number in [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** A copy in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let last = copy.length - 1; last > 0; last -= 1) {
      const other = this.whole(0, last);
      const held = copy[last] as T;
      copy[last] = copy[other] as T;
      copy[other] = held;
    }
    return copy;
  }

  /** `length` digits, the first not 0. */
  digits(length: number): string {
    return Array.from({ length }, (_, index) => this.whole(index === 0 ? 1 : 0, 9)).join('');
  }
}
