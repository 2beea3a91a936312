/**
 * Rate limits (apis 2.3): per tenant, sliding. Token 5 an hour; REST 3 in a second, 20 in 10 seconds ("2 a second
 * sustained"), 1200 in 10 minutes. All times the pace. Webhooks stand outside.
 */
export interface Window {
  calls: number;
  ms: number;
}

export const TOKEN_WINDOWS: Window[] = [{ calls: 5, ms: 3_600_000 }];
export const REST_WINDOWS: Window[] = [
  { calls: 3, ms: 1_000 },
  { calls: 20, ms: 10_000 },
  { calls: 1_200, ms: 600_000 },
];

/** What is left where other integrations of the tenant call too. */
export const SHARED_TOKEN_WINDOWS: Window[] = [{ calls: 1, ms: 3_600_000 }];
export const SHARED_REST_WINDOWS: Window[] = [
  { calls: 1, ms: 1_000 },
  { calls: 10, ms: 10_000 },
  { calls: 600, ms: 600_000 },
];
/** "Limits may be lowered under load." */
export const LOW_REST_WINDOWS: Window[] = [{ calls: 1, ms: 1_000 }];

/** The times of the last `limit` granted calls in a ring: the oldest of them tells whether one more fits. */
class Sliding {
  readonly #ring: Float64Array;
  readonly #ms: number;
  #granted = 0;

  constructor(window: Window, pace: number) {
    this.#ring = new Float64Array(Math.max(1, Math.round(window.calls * pace))).fill(Number.NEGATIVE_INFINITY);
    this.#ms = window.ms;
  }

  /** Milliseconds until a call fits; 0 or less when it fits now. */
  wait(now: number): number {
    const oldest = this.#ring[this.#granted % this.#ring.length] ?? Number.NEGATIVE_INFINITY;
    return oldest + this.#ms - now;
  }

  grant(now: number): void {
    this.#ring[this.#granted % this.#ring.length] = now;
    this.#granted += 1;
  }
}

export class Limit {
  readonly #windows: Window[];
  readonly #pace: number;
  readonly #tenants = new Map<string, Sliding[]>();

  constructor(windows: Window[], pace: number) {
    this.#windows = windows;
    this.#pace = pace;
  }

  /** Null when granted, else whole seconds to wait. A refused call does not count (assumed). */
  take(tenant: string, now: number): number | null {
    const sliding = this.#tenants.get(tenant) ?? this.#windows.map((window) => new Sliding(window, this.#pace));
    this.#tenants.set(tenant, sliding);
    const wait = Math.max(...sliding.map((window) => window.wait(now)));
    if (wait > 0) return Math.max(1, Math.ceil(wait / 1_000));
    for (const window of sliding) window.grant(now);
    return null;
  }

  reset(): void {
    this.#tenants.clear();
  }
}
