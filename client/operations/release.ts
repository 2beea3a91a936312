/**
 * Releases a version of the workers: makes it the current one and brings what is open to it. A run stays with the version that began it
 * and goes on as the current one when it continues as new, which it does as soon as it is woken and owes nothing at once. A run whose
 * version has no worker any more would wait for ever: it is started again from the record.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Queryable } from '../../store/postgres/database.ts';
import type { Claim } from '../../store/record/wake.ts';
import { actOnEachOpen } from './each-open.ts';
import { retryWhileAway } from './patiently.ts';
import { endRun, restartRun } from './restart.ts';
import { type Waking, wakeOpenConsignments } from './wake.ts';
import { countRuns, makeCurrent, type VersionRuns, workflowsOn } from './worker-versions.ts';

export interface ReleaseOptions {
  readonly buildId: string;
  /** Consignments woken or started again in a second, at most. */
  readonly rate: number;
  /** Waits for what is open so long after all was woken, ms. */
  readonly waitMs: number;
  readonly say: (line: string) => void;
}

export interface Released {
  /** Build id of the version that was the current one before; undefined: there was none. */
  readonly previous: string | undefined;
  readonly woken: number;
  readonly restarted: number;
  /** What is not on the released version yet. */
  readonly behind: readonly VersionRuns[];
}

const lookEveryMs = 1_000;
const why = 'no worker of its version is left: started again from the record';

/** Can be run again at any time. Throws where no worker of the version asks for work within a minute, and what Temporal throws. */
export async function release(
  db: Queryable,
  temporal: Client,
  { buildId, rate, waitMs, say }: ReleaseOptions,
): Promise<Released> {
  const waking: Waking = { db, temporal, say };
  const previous = await retryWhileAway(() => makeCurrent(temporal, buildId));
  // The server's list of runs lags behind: where the version is a new one, what is open is woken whatever the list says.
  const isNew = previous !== undefined && previous !== buildId;
  let woken: number | undefined;
  let restarted = 0;
  let until = Date.now() + waitMs;
  for (;;) {
    const behind = (await retryWhileAway(() => countRuns(temporal))).filter((each) => each.buildId !== buildId);
    for (const each of behind) {
      if (each.served) continue;
      say(`${each.open} open runs are on ${each.buildId}, which no worker serves: they are started again`);
      restarted += await restartAbandoned(waking, each.buildId, rate);
    }
    const unlisted = isNew && behind.length === 0 && restarted === 0;
    if (woken === undefined && (unlisted || behind.some(({ served }) => served))) {
      for (const { buildId: other, open, served } of behind) if (served) say(`${open} open runs are on ${other}`);
      woken = await wakeOpenConsignments(waking, rate);
      until = Date.now() + waitMs;
    }
    if (behind.length === 0 || Date.now() > until) return { previous, woken: woken ?? 0, restarted, behind };
    await sleep(lookEveryMs);
  }
}

/** Starts the open consignments of a version again, and ends what else runs on it: schedules and publishing start it anew. */
async function restartAbandoned({ db, temporal, say }: Waking, buildId: string, rate: number): Promise<number> {
  const left = await workflowsOn(temporal, buildId);
  const only = (of: Claim) => left.has(of.workflow);
  const restarted = await actOnEachOpen(db, { rate, only, say }, async (of) => {
    await retryWhileAway(() => restartRun(temporal, of, why));
    left.delete(of.workflow);
    return true;
  });
  for (const id of left) await retryWhileAway(() => endRun(temporal, id, why));
  return restarted;
}
