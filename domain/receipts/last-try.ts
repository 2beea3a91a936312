/** Describes what held up the last try to send something. Only the record knows it: a workflow is not informed of tries. */

const tries = ['busy', 'down', 'auth', 'banned', 'budget', 'not active'] as const;
/** The code of a cause that holds a whole lane. */
export type TryCode = (typeof tries)[number];

/** Whether this cause holds up every obligation alike, whatever its kind. */
export const isTry = (code: string): code is TryCode => tries.some((one) => one === code);

export interface LastTry {
  /** `not active`: nothing is sent for the organisation. */
  readonly cause: TryCode;
  /** The answer of the far side, for people; null where there was none. */
  readonly reason: string | null;
  /** The instant at which it is tried again, UTC ISO; left out where only the retry policy knows it. */
  readonly until?: string;
}
