/**
 * Faults a test asks a twin for. The list is replaced as a whole; a fault with `times` is used up, one with
 * `probability` is applied by a seeded generator, so that the same list gives the same run.
 */
import { z } from 'zod';

/**
 * What a fault does to one request, or, with method `push`, to one try of a push. `drop` cuts the connection before
 * the effect, after it, or after half the answer; `silence` holds it open and never answers (a push: never sends).
 */
export const faultActionSchema = z.union([
  z.strictObject({ delayMs: z.number().nonnegative() }),
  z.strictObject({ status: z.number().int().min(100).max(599), body: z.string().optional() }),
  z.strictObject({ drop: z.enum(['before', 'after', 'answer']) }),
  z.strictObject({ duplicate: z.literal(true) }),
  z.strictObject({ reorder: z.literal(true) }),
  z.strictObject({ silence: z.literal(true) }),
  z.strictObject({ ban: z.literal(true) }),
]);

export const faultSchema = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), organisation: z.string().optional() }),
  times: z.number().int().positive().optional(),
  probability: z.number().min(0).max(1).optional(),
  do: faultActionSchema,
});

/** Body of `PUT /control/faults`. */
export const faultsSchema = z.strictObject({ faults: z.array(faultSchema) });

export type FaultAction = z.infer<typeof faultActionSchema>;
export type Fault = z.infer<typeof faultSchema>;

/** Mulberry32: small, good enough, and the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Faults {
  readonly #seed: number;
  #random: () => number;
  #entries: { fault: Fault; left: number }[] = [];

  constructor(seed = 1) {
    this.#seed = seed;
    this.#random = seeded(seed);
  }

  /** Replaces the list and starts the random sequence afresh. */
  set(list: Fault[]): void {
    this.#random = seeded(this.#seed);
    this.#entries = list.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  /** The faults that can still strike, `times` being what is left of them. */
  list(): Fault[] {
    return this.#entries
      .filter(({ left }) => left > 0)
      .map(({ fault, left }) => (fault.times === undefined ? fault : { ...fault, times: left }));
  }

  /** The actions that strike this request, each used up by one. Method names are compared without case. */
  take(request: { method: string; organisation: string | null }): FaultAction[] {
    const actions: FaultAction[] = [];
    for (const entry of this.#entries) {
      const { match, probability } = entry.fault;
      if (entry.left <= 0) continue;
      if (match.method !== undefined && match.method.toLowerCase() !== request.method.toLowerCase()) continue;
      if (match.organisation !== undefined && match.organisation !== request.organisation) continue;
      if (probability !== undefined && this.#random() >= probability) continue;
      entry.left -= 1;
      actions.push(entry.fault.do);
    }
    return actions;
  }
}
