/** How a sweep calls: it waits for a budget that is used up, and tells an answer of nothing from no answer. */
import { sleep } from '@temporalio/activity';
import { CallError, waitOf } from '../../domain/calls/error.ts';

/** Whether a read is held up only for a moment: by our own budget, or by the other side's (429), which counts slightly differently. */
export const isShort = ({ retry, status }: CallError): boolean =>
  retry === 'budget' || (retry === 'busy' && status === 429);

/** Waits until the read may be tried again, at most `longestMs`. */
export async function waitForRetry(error: CallError, longestMs: number): Promise<void> {
  await sleep(Math.min(longestMs, Math.max(100, waitOf(error, Date.now()) ?? 0)));
}

/** Runs a read. If the budget has nothing left for polls at the moment, it waits and tries again. */
export async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CallError) || !isShort(error)) throw error;
      await waitForRetry(error, 15_000);
    }
  }
}

/**
 * Answers null if Palletways was reached and answers in a known way that it has no such consignment: by a sentence about the consignment, or by
 * an empty answer. That is no cancellation. @throws every other error again: an unknown sentence, or one that the method does not exist, is an
 * outage and proves nothing about a consignment (wire assumption 31).
 */
export function answeredNothing(error: unknown): null {
  const answered =
    error instanceof CallError && error.status !== undefined && error.status >= 200 && error.status < 300;
  if (answered && error.retry === 'refused' && error.answer !== 'no such method') return null;
  if (answered && error.retry === 'down' && error.answer === 'empty') return null;
  throw error;
}

/** Turns a refusal that is not about the consignment (the method does not exist) into an outage. */
export const asOutage = (error: unknown): unknown =>
  error instanceof CallError && error.retry === 'refused' && error.status === 200
    ? new CallError('down', error.message, { status: 200 })
    : error;
