/** Wakes open consignments, so that each notices what has changed around it. */
import type { Client } from '@temporalio/client';
import type { Queryable } from '../../store/postgres/database.ts';
import { signalReload } from '../dispatch/tell.ts';
import { actOnEachOpen } from './each-open.ts';
import { retryWhileAway } from './patiently.ts';

export interface Waking {
  readonly db: Queryable;
  readonly temporal: Client;
  readonly say: (line: string) => void;
}

/** Wakes every consignment that is not closed, at most `perSecond` in a second; answers how many. Those that fail are said and left. */
export function wakeOpenConsignments({ db, temporal, say }: Waking, perSecond: number): Promise<number> {
  return actOnEachOpen(db, { rate: perSecond, say }, async (of) => {
    try {
      await retryWhileAway(() => signalReload(temporal, of));
      return true;
    } catch (error) {
      say(`not woken: ${of.organisation}/${of.consignment}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  });
}
