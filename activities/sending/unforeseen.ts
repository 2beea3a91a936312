/** This file says what becomes of errors that nobody foresaw: how often they are tried again, how they get into the log, how tests plant them. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { cutText } from '../../domain/facts/text.ts';
import type { Item } from '../../store/outbox/receipts.ts';

export type FaultPoint = 'message' | 'send';

/** Such errors are written to this log, and a test may plant some. */
export interface FaultWatch {
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** Where a test plants an error that nobody foresaw: it is told which item is put into words, or was just marked as on the wire. */
  readonly faults?: (point: FaultPoint, item: Item) => void;
}

/** An error that nobody foresaw is tried again so often; then its item alone is our fault, and a person's. */
export const faultTries = 3;

/** Logs an error that nobody foresaw. Answers it in words, with the name by which the log is searched. */
export function logUnforeseen(
  { log }: Pick<FaultWatch, 'log'>,
  error: unknown,
  about: Readonly<Record<string, unknown>>,
): string {
  const trace = randomUUID().slice(0, 8);
  log.error({ err: error, trace, ...about }, 'an item cannot be sent');
  return cutText(
    `${error instanceof Error ? `${error.name}: ${error.message}` : String(error)} (trace ${trace})`,
    2000,
  );
}
