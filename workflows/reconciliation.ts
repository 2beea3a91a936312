/** The sweep of one organisation, started by a Temporal Schedule: it finds what no push said. */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { SweepActivities, SweepInput } from '../activities/types.ts';

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

export async function reconciliation(input: SweepInput): Promise<{ found: number; read: number }> {
  const sweep = await quick.beginSweep(input);
  const [palletways, qargo] = await Promise.allSettled([reads.sweepPalletways(input), reads.sweepQargo(input)]);
  let found = 0;
  let read = 0;
  for (const side of [palletways, qargo]) {
    if (side.status === 'rejected') continue;
    found += side.value.found;
    read += side.value.read;
  }
  setCurrentDetails(`Read ${read} thing(s), found ${found} that no push had told.`);
  if (palletways.status === 'rejected') throw palletways.reason;
  if (qargo.status === 'rejected') throw qargo.reason;
  // A sweep that left something to the next one is not counted as one.
  if (qargo.value.complete !== false) await quick.endSweep({ ...input, sweep, found });
  return { found, read };
}
