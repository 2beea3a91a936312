/** The sweep of one organisation, started by a Temporal Schedule: it finds what no push said. */
import { condition, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { SweepActivities, SweepInput, SweepResult } from '../activities/types.ts';

const quick = proxyActivities<SweepActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumAttempts: 5 },
});
const reads = proxyActivities<SweepActivities>({
  startToCloseTimeout: '15 minutes',
  // What only a read tells may stand for a short time: a sweep whose worker was killed goes on at once.
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 5 },
  priority: { priorityKey: 5 },
});

/** A sweep's other side that is not over yet is not waited for in shorter turns, ms. */
const shortestMs = 1_000;
/** After a turn that Qargo's outage ended. */
const outageMs = 30_000;

export async function reconciliation(input: SweepInput): Promise<{ found: number; read: number }> {
  const sweep = await quick.beginSweep(input);
  let over = false;
  const sweeping = Promise.allSettled([
    reads.sweepPalletways(input).finally(() => {
      over = true;
    }),
  ]);
  const turns: PromiseSettledResult<SweepResult>[] = [];
  const readQargo = async (turn: SweepInput): Promise<SweepResult | undefined> => {
    const [qargo] = await Promise.allSettled([reads.sweepQargo(turn)]);
    turns.push(qargo);
    return qargo.status === 'fulfilled' ? qargo.value : undefined;
  };
  for (let turn: SweepInput = input; ; turn = { ...input, since: new Date().toISOString() }) {
    let done = await readQargo(turn);
    // A state that lasts one interval is there at one of two reads of its trip, however these lie.
    if (done?.tripsAgainMs !== undefined) {
      await sleep(Math.max(shortestMs, done.tripsAgainMs));
      done = await readQargo({ ...turn, tripsSince: new Date().toISOString() });
    }
    // Where Palletways has no call left for polls, Qargo is read on: what stands only until it is planned anew is found in its time.
    const againMs = done === undefined ? outageMs : done.againMs;
    if (over || againMs === undefined) break;
    if (await condition(() => over, Math.max(shortestMs, againMs))) break;
  }
  const [palletways] = await sweeping;
  const last = turns.at(-1);
  let found = 0;
  let read = 0;
  for (const side of [...turns, palletways]) {
    if (side.status === 'rejected') continue;
    found += side.value.found;
    read += side.value.read;
  }
  setCurrentDetails(`Read ${read} thing(s), found ${found} that no push had told.`);
  // An outage that was over in the next turn is no more than a delay.
  for (const side of [palletways, last]) if (side?.status === 'rejected') throw side.reason;
  // A sweep that left something to the next one is not counted as one.
  if (last?.status === 'fulfilled' && last.value.complete !== false) await quick.endSweep({ ...input, sweep, found });
  return { found, read };
}
