/** What held up the last try of something that is owed, in one sentence. The record alone knows it: a workflow is not told of tries. */
import type { Counterpart } from '../facts/facts.ts';

const causes = ['busy', 'down', 'auth', 'banned', 'budget', 'not active'] as const;
type Cause = (typeof causes)[number];

/** Whether it holds everything alike, whatever it is that is owed. */
export const isTry = (cause: string): cause is Cause => causes.some((one) => one === cause);

export interface LastTry {
  /** `not active`: nothing is sent for the organisation. */
  readonly cause: Cause;
  /** What was answered, for people; null where nothing was. */
  readonly reason: string | null;
  /** When it is tried again, UTC ISO; left out where only the retry policy knows. */
  readonly until?: string;
}

/** `what` is the obligation in words, `at` the far side's name, `now` UTC ISO. */
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

/** Who can do something about it. */
export function ownerOfTry(cause: LastTry['cause'], to: Counterpart): 'us' | 'Palletways' | 'Qargo' {
  if (cause === 'auth' || cause === 'not active' || cause === 'budget') return 'us';
  return to === 'qargo' ? 'Qargo' : 'Palletways';
}
