/** Waits until all that was said has arrived. */
import { setTimeout as sleep } from 'node:timers/promises';
import { judge, type Table } from './judge.ts';
import { readEvidence, type TwinUrls } from './read.ts';

export interface SettledOptions extends TwinUrls {
  /** Gives up after this long, ms. Default 600,000. */
  timeoutMs?: number;
  /** Ms between two looks. Default 500. */
  everyMs?: number;
  /** Only what was said from then on is waited for (epoch ms). */
  since?: number;
}

/** @throws when something is still lost, or a push or upload still under way, after `timeoutMs` */
export async function settled(options: SettledOptions): Promise<Table> {
  const until = Date.now() + (options.timeoutMs ?? 600_000);
  for (;;) {
    const { said, held, trackingIds, pending } = await readEvidence(options);
    const table = judge(said, held, { trackingIds, ...(options.since !== undefined && { since: options.since }) });
    if (table.total.lost === 0 && pending.pushes === 0 && pending.uploads === 0) return table;
    if (Date.now() > until) {
      const lost = table.lost.slice(0, 10).map((one) => `${one.kind} ${one.conNo} (${one.organisation}): ${one.why}`);
      throw new Error(
        `not settled: ${table.total.lost} lost, ${pending.pushes} pushes and ${pending.uploads} uploads pending\n${lost.join('\n')}`,
      );
    }
    await sleep(options.everyMs ?? 500);
  }
}
