/**
 * Some instants cannot be right, because a handset's clock may be wrong. Such an instant is never corrected: both sides get it as it was
 * reported. It is flagged once, when the fact is received. Rules that ask for "the latest" go by domain/facts/order-of-time.ts.
 */

/** `ahead`: the instant is after the one at which it was received. `before`: it is days before the consignment was known. */
export type ClockDoubt = 'ahead' | 'before';

export interface ClockTolerance {
  /** A clock may be ahead of ours by so many minutes. */
  readonly clockAheadMinutes: number;
  /** An event may lie so many days before the consignment, because an order can be entered late. */
  readonly clockBehindDays: number;
}

/**
 * Says why the instant cannot be right; null where it can. All instants are UTC ISO.
 * @param known the instant since which the consignment is known, by its order's own time or by ours, whichever is earlier.
 */
export function clockDoubt(at: string, heard: string, known: string, tolerance: ClockTolerance): ClockDoubt | null {
  if (Date.parse(at) - Date.parse(heard) > tolerance.clockAheadMinutes * 60_000) return 'ahead';
  return Date.parse(known) - Date.parse(at) > tolerance.clockBehindDays * 86_400_000 ? 'before' : null;
}
