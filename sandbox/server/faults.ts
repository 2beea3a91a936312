/**
 * Faults a test asks a twin for. The list is replaced as a whole; a fault with `times` is used up, one with
 * `probability` is applied by a seeded generator, so that the same list gives the same run.
 */
import { z } from 'zod';

/** Longest lateness: what the real line was seen to do (30 s). Real milliseconds, not divided by the pace. */
const LONGEST_LATE_MS = 30_000;
const late = z.number().int().nonnegative().max(LONGEST_LATE_MS);
const bytes = z.number().int().nonnegative();

/**
 * What a fault does to one request, to one FTP command, or, with method `push`, to one try of a push. `drop` cuts the
 * connection before the effect, after it, or in the middle of the answer; `late` cuts it at once and acts so many ms later;
 * `answerLate` acts at once and answers so many ms later; `truncate` acts and cuts the answer's body after so many bytes;
 * `cutData` (FTP transfers) cuts data and control connection after so many bytes of the file; `silence` holds the
 * connection open and never answers (a push: never sends).
 */
export const faultActionSchema = z.union([
  z.strictObject({ delayMs: z.number().nonnegative() }),
  z.strictObject({ status: z.number().int().min(100).max(599), body: z.string().optional() }),
  z.strictObject({ drop: z.enum(['before', 'after', 'answer']) }),
  z.strictObject({ late }),
  z.strictObject({ answerLate: late }),
  z.strictObject({ truncate: bytes }),
  z.strictObject({ cutData: bytes }),
  z.strictObject({ duplicate: z.literal(true) }),
  z.strictObject({ reorder: z.literal(true) }),
  z.strictObject({ silence: z.literal(true) }),
  z.strictObject({ ban: z.literal(true) }),
]);

export const faultSchema = z.strictObject({
  match: z.strictObject({
    /** `upload`, or with what it is about `upload:CREATE`. */
    method: z.string().optional(),
    organisation: z.string().optional(),
    /** Only the nth request that the rest of the match fits, counted from when the list was set. */
    nth: z.number().int().positive().optional(),
  }),
  times: z.number().int().positive().optional(),
  probability: z.number().min(0).max(1).optional(),
  do: faultActionSchema,
});

/** Body of `PUT /control/faults`. */
export const faultsSchema = z.strictObject({ faults: z.array(faultSchema) });

export type FaultAction = z.infer<typeof faultActionSchema>;
export type Fault = z.infer<typeof faultSchema>;

/** All actions that strike one request, put together. */
export interface Strike {
  delayMs: number;
  status: number | null;
  body: string | null;
  drop: 'before' | 'after' | 'answer' | null;
  late: number | null;
  answerLate: number;
  truncate: number | null;
  cutData: number | null;
  duplicate: boolean;
  reorder: boolean;
  silence: boolean;
  ban: boolean;
}

export function strikeOf(actions: FaultAction[]): Strike {
  const strike: Strike = {
    delayMs: 0,
    status: null,
    body: null,
    drop: null,
    late: null,
    answerLate: 0,
    truncate: null,
    cutData: null,
    duplicate: false,
    reorder: false,
    silence: false,
    ban: false,
  };
  for (const action of actions) {
    if ('delayMs' in action) strike.delayMs += action.delayMs;
    else if ('answerLate' in action) strike.answerLate += action.answerLate;
    else if ('status' in action) Object.assign(strike, { status: action.status, body: action.body ?? null });
    else Object.assign(strike, action);
  }
  return strike;
}

/** One request as faults see it; `detail` is what it is about (`CREATE` of an upload), if it is about anything. */
export interface Struck {
  method: string;
  organisation: string | null;
  detail?: string | null;
}

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

interface Entry {
  fault: Fault;
  left: number;
  fitted: number;
}

export class Faults {
  readonly #seed: number;
  #random: () => number;
  #entries: Entry[] = [];

  constructor(seed = 1) {
    this.#seed = seed;
    this.#random = seeded(seed);
  }

  /** Replaces the list and starts the random sequence afresh. */
  set(list: Fault[]): void {
    this.#random = seeded(this.#seed);
    this.#entries = list.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, fitted: 0 }));
  }

  /** The faults that can still strike, `times` being what is left of them. */
  list(): Fault[] {
    return this.#entries
      .filter(({ left }) => left > 0)
      .map(({ fault, left }) => (fault.times === undefined ? fault : { ...fault, times: left }));
  }

  /** What strikes this request, each fault used up by one. Method names are compared without case. */
  take(request: Struck): Strike {
    const actions: FaultAction[] = [];
    for (const entry of this.#entries) {
      const { match, probability } = entry.fault;
      if (entry.left <= 0 || !fits(match, request)) continue;
      entry.fitted += 1;
      if (match.nth !== undefined && entry.fitted !== match.nth) continue;
      if (probability !== undefined && this.#random() >= probability) continue;
      entry.left -= 1;
      actions.push(entry.fault.do);
    }
    return strikeOf(actions);
  }
}

function fits({ method, organisation }: Fault['match'], request: Struck): boolean {
  if (organisation !== undefined && organisation !== request.organisation) return false;
  if (method === undefined) return true;
  const names = [request.method, ...(request.detail ? [`${request.method}:${request.detail}`] : [])];
  return names.some((name) => name.toLowerCase() === method.toLowerCase());
}
