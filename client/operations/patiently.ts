/** Calls to Temporal that are made again where it refused or did not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';

/** A call is tried so often, 1, 2, 4 and 8 s apart: a server that was just started serves some seconds later. */
const tries = 5;

/** Tries again what Temporal refused or did not answer; the last failure is thrown. */
export async function retryWhileAway<T>(act: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || !(error instanceof ServiceError || isCall(error))) throw error;
      await sleep(1_000 * 2 ** (tries - 1 - left));
    }
  }
}

/** A gRPC failure that the client hands on as it is. */
const isCall = (error: unknown): boolean => error instanceof Error && 'code' in error;
