/** Looks that become rarer: soon after something happened what is missing comes in a moment, later in hours, then in days. */
const minute = 60_000;
const day = 24 * 60 * minute;
const first = [15 * minute, 60 * minute, 240 * minute];

/**
 * The first look later than `now`: 15 minutes, 1 hour and 4 hours after `since`, then every day of `days`. Null where there is none.
 * `pace` divides all times. UTC ISO in and out. Pure.
 */
export function nextCheckAt(since: string, now: string, days: number, pace = 1): string | null {
  const began = Date.parse(since);
  const passed = (Date.parse(now) - began) * pace;
  const next = first.find((after) => after > passed) ?? (Math.floor(Math.max(0, passed) / day) + 1) * day;
  return next > days * day ? null : new Date(began + next / pace).toISOString();
}
