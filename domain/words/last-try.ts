/** Says in one sentence why the last try of an update did not succeed. Pure. */

import type { Counterpart } from '../facts/facts.ts';
import type { LastTry } from '../receipts/last-try.ts';

/** Makes the sentence. `what` is the obligation in words, `at` the far side's name, `now` UTC ISO. */
export function describeLastTry(what: string, at: string, { cause, reason, until }: LastTry, now: string): string {
  const again = `it is tried again ${until === undefined || until <= now ? 'in a moment' : `at ${until}`}`;
  const answer = reason === null ? '' : ` (${reason})`;
  switch (cause) {
    case 'not active':
      return `${what} is held: the organisation is not active.`;
    case 'budget':
      return `${what} waits for its turn among the calls that ${at} allows; ${again}.`;
    case 'auth':
      return `${what} is not sent: ${at} turns our login away${answer}; a person must correct it in the configuration, and ${again}.`;
    case 'banned':
      return `${what} is not sent yet: ${at} keeps silent to this address for a while; ${again}.`;
    case 'busy':
      return `${what} is not sent yet: ${at} asks us to wait${answer}; ${again}.`;
    case 'down':
      return `${what} is not sent yet: ${at} cannot be reached${answer}; ${again}.`;
  }
}

/** Names who can do something about the cause. */
export function ownerOfTry(cause: LastTry['cause'], to: Counterpart): 'us' | 'Palletways' | 'Qargo' {
  if (cause === 'auth' || cause === 'not active' || cause === 'budget') return 'us';
  return to === 'qargo' ? 'Qargo' : 'Palletways';
}
