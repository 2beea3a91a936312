/**
 * Two clocks of a day. The day's hours (17:00 the evening before to 17:00) are what messages carry; the last of them is
 * `now`. The plan's clock is when the message is sent; a night without work is short on it.
 */

const END_HOUR = 17;
const HOUR_MS = 3_600_000;

/** `[hour of the day, part of the body]`; hours before 0 are those of the evening before. */
const BENDS: readonly (readonly [number, number])[] = [
  [-7, 0],
  [5, 0.38],
  [6, 0.48],
  [8, 0.6],
  [16.5, 1],
];

export class DayClock {
  /** Length of the plan without second rounds, ms. */
  readonly body: number;
  readonly #now: number;

  constructor(consignments: number, now: number) {
    // 24 consignments in 90 s, 200 in 5 min, never under half a minute
    this.body = Math.max(30_000, Math.round(90_000 * (consignments / 24) ** 0.57));
    this.#now = Math.floor(now / 1000) * 1000;
  }

  /** The instant of a message at `hour`, whole seconds. */
  instant(hour: number): string {
    const ms = this.#now - Math.round((END_HOUR - hour) * HOUR_MS);
    return new Date(Math.floor(ms / 1000) * 1000).toISOString();
  }

  /** When, on the plan's clock, a message of `hour` is sent. */
  sent(hour: number): number {
    for (let index = 1; index < BENDS.length; index += 1) {
      const [from, start] = BENDS[index - 1] ?? [0, 0];
      const [to, end] = BENDS[index] ?? [0, 0];
      if (hour <= to) return Math.round(this.body * (start + ((hour - from) / (to - from)) * (end - start)));
    }
    return this.body;
  }
}
