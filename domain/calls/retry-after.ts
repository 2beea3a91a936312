/** How long a far side may have us wait: as it asks, but not without a limit. Pure. */

/** Nothing waits longer than this because a far side asked for it, ms. Then one call finds out. */
export const maxWaitMs = 3_600_000;

export interface Waiting {
  /** Not before this instant, epoch ms of the clock that `now` was of. */
  readonly until: number;
  /** Where more was asked for: what, and what is done instead, in words. */
  readonly said: string;
}

/**
 * Reads `Retry-After`, seconds or an HTTP date (RFC 9110, 10.2.3); undefined where it is missing or neither.
 * @param now epoch ms.
 */
export function readRetryAfter(header: string | undefined, now: number): Waiting | undefined {
  const text = header?.trim() ?? '';
  const asked = /^\d{1,15}(?:\.\d+)?$/.test(text) ? now + Math.ceil(Number(text) * 1000) : dateOf(text);
  if (asked === undefined) return undefined;
  const until = Math.min(Math.max(asked, now), now + maxWaitMs);
  return {
    until,
    said: asked > until ? `asks to wait for ${text.replace(/^(\d+)$/, '$1 s')}; it is asked again in an hour` : '',
  };
}

function dateOf(text: string): number | undefined {
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
