import { cleanText, cutText } from '../facts/text.ts';

/**
 * What can come of a call outward. Every answer, and every failure to get one, has exactly one retry class.
 *
 * - `refused`  the far side understood and said no; the same again will be refused again. A person decides.
 * - `busy`     the far side asks to wait (429, 503 with Retry-After). Nothing was done.
 * - `down`     the call surely never acted (no connection, refused connection, no answer to the connect).
 * - `lost`     the call was sent and the answer did not come or could not be read: it may have acted.
 * - `auth`     the credentials are not accepted. Nothing was done.
 * - `banned`   the far side is silent to this address (Palletways' 15 minutes). Nothing was done.
 * - `budget`   our own call budget has no token before `until`. Nothing was sent.
 */
export type RetryClass = 'refused' | 'busy' | 'down' | 'lost' | 'auth' | 'banned' | 'budget';

/** One refused member of a joined call; `index` is 0-based in what we sent. */
export interface RefusedMember {
  readonly index: number;
  readonly code: string;
  readonly reason: string;
}

/** The kind of an answer whose retry class does not say enough: it was empty, or the far side has no such method. */
export type AnswerKind = 'empty' | 'no such method';

export class CallError extends Error {
  readonly retry: RetryClass;
  /** Not before this instant (epoch ms), where the far side or the budget said so. */
  readonly until: number | undefined;
  /**
   * How long from when it was thrown a try is worth nothing, ms, where `until` goes by a clock that is not this process's own (the
   * database's): who waits measures this.
   */
  readonly waitMs: number | undefined;
  /** HTTP status where there was one. */
  readonly status: number | undefined;
  readonly answer: AnswerKind | undefined;
  /** Members of a joined call that were named as the cause; empty where nobody was named. */
  readonly members: readonly RefusedMember[];
  /** Field paths the far side complained about, for people. */
  readonly fields: readonly string[];

  constructor(
    retry: RetryClass,
    message: string,
    more: {
      until?: number;
      waitMs?: number;
      status?: number;
      answer?: AnswerKind | undefined;
      members?: readonly RefusedMember[];
      fields?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    // The far side's words are in it, and they go into the record and to people.
    super(cleanText(message), more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'CallError';
    this.retry = retry;
    this.until = more.until;
    this.waitMs = more.waitMs;
    this.status = more.status;
    this.answer = more.answer;
    this.members = more.members ?? [];
    this.fields = (more.fields ?? []).map(cleanText);
  }
}

/**
 * How long to wait before a call that ended so is worth a try, ms from `now` (epoch ms of this process's clock); undefined where nobody
 * said. It may be below 0.
 */
export function waitOf(error: CallError, now: number): number | undefined {
  return error.waitMs ?? (error.until === undefined ? undefined : error.until - now);
}

/** Says in one text for the record what went wrong, and which fields the far side complained about. */
export function reasonOf(error: CallError): string {
  return cutText([error.message, ...error.fields].join('; '), 2000);
}

/** The classes of calls. What each weighs when the budget is short stands in `budget.ts`; of two that are due at once the first here goes first. */
export const callPriorities = ['cancellation', 'pod', 'label', 'milestone', 'poll'] as const;
export type CallPriority = (typeof callPriorities)[number];

/**
 * Asked before every request outward. Resolves when the request may be sent now (it may wait up to 2 s),
 * throws a CallError of class `budget` with `until` otherwise.
 */
export type Gate = (request: { readonly name: string }) => Promise<void>;
