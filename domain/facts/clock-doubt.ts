/**
 * Instants that cannot be right: a telephone's clock may be wrong. Such an instant is never corrected and goes to both sides as it
 * was said; it is flagged, once, when the fact is heard, and what is decided by "the latest" goes by domain/facts/order-of-time.ts.
 */

/** `ahead`: after the moment at which it was heard. `before`: days before the consignment was known. */
export type ClockDoubt = 'ahead' | 'before';

export interface ClockTolerance {
  /** A clock may be ahead of ours by so many minutes. */
  readonly clockAheadMinutes: number;
  /** What happened may lie before the consignment by so many days: an order can be entered late. */
  readonly clockBehindDays: number;
}

/**
 * Why the instant cannot be right, or null where it can. All are UTC ISO instants.
 * @param known since when the consignment is known, by its order's own time or by ours, whichever is earlier.
 */
export function clockDoubt(at: string, heard: string, known: string, tolerance: ClockTolerance): ClockDoubt | null {
  if (Date.parse(at) - Date.parse(heard) > tolerance.clockAheadMinutes * 60_000) return 'ahead';
  return Date.parse(known) - Date.parse(at) > tolerance.clockBehindDays * 86_400_000 ? 'before' : null;
}
