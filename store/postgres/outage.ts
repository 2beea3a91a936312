/**
 * Whose trouble an error of the record is: nobody's (the record is away: everything waits and nothing is counted), the moment's
 * (somebody else holds what it needs: the same again soon, a few times), or else the item's that was taken in.
 */
import { sqlState } from './database.ts';

/** SQLSTATE classes: connection exceptions, and a server without room, memory or connections. */
const awayClasses: ReadonlySet<string> = new Set(['08', '53']);

/**
 * A server that shuts down, crashed or starts (57P01 to 57P03); one that lets nobody in as things are (28000, 28P01, 3D000); one that is
 * a copy which only reads, after a fail-over (25006).
 */
const awayStates: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '28000', '28P01', '3D000', '25006']);

/**
 * A serialization failure and a deadlock (tried again at once by `inTransaction`), a lock that did not come in its time, a statement or
 * a transaction that took too long. A busy record makes them, and so does an item that costs too much: tries are counted.
 */
const momentaryStates: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '57014', '25P03']);

/** How Node names a connection that does not come about or breaks. */
const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
]);

/** What the client and its pool say of a connection, in errors that have no code. */
const connectionWords: readonly RegExp[] = [
  /^Connection terminated/,
  /^timeout e(?:xpired|xceeded when trying to connect)$/,
  /^Query read timeout$/,
  /^Client (?:has encountered a connection error|was closed) and is not queryable$/,
  /^Cannot use a pool after calling end on the pool$/,
];

/**
 * Whether the record is away, so that nothing is wrong with what was asked of it. Data that cannot be stored (classes 22, 23 and 54) never
 * is an outage, and neither is an error that nobody foresaw.
 */
export function isStoreOutage(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return awayStates.has(state) || awayClasses.has(state.slice(0, 2));
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string') return connectionCodes.has(code);
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isStoreOutage);
  return connectionWords.some((words) => words.test(error.message));
}

/** Whether the same may well go through in a moment: it is worth another try, but not for ever. */
export function isMomentary(error: unknown): boolean {
  return momentaryStates.has(sqlState(error) ?? '');
}
