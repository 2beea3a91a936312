/** Waits until all that was said has arrived. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgeOptions } from './evidence.ts';
import { judge, type Table } from './judge.ts';
import { readEvidence, type TwinUrls } from './read.ts';

export interface SettledOptions extends TwinUrls {
  /** Gives up after this long, ms. Default 600,000. */
  timeoutMs?: number;
  /** Ms between two looks. Default 500. */
  everyMs?: number;
  /** Only what was said from then on is waited for (epoch ms). */
  since?: number;
  /** As of {@link JudgeOptions}. */
  sweepSeconds?: number;
  story?: boolean;
}

/** @throws when something is still lost, or a push, upload or late effect still under way, after `timeoutMs` */
export async function settled(options: SettledOptions): Promise<Table> {
  const until = Date.now() + (options.timeoutMs ?? 600_000);
  for (;;) {
    const { said, held, trackingIds, pending } = await readEvidence(options);
    const { since, sweepSeconds, story } = options;
    const only: JudgeOptions = {
      ...(since !== undefined && { since }),
      ...(sweepSeconds !== undefined && { sweepSeconds }),
      ...(story !== undefined && { story }),
    };
    const table = judge(said, held, { trackingIds, ...only });
    if (table.total.lost === 0 && pending.pushes + pending.uploads + pending.late === 0) return table;
    if (Date.now() > until) {
      const lost = table.lost.slice(0, 10).map((one) => `${one.kind} ${one.conNo} (${one.organisation}): ${one.why}`);
      throw new Error(
        `not settled: ${table.total.lost} lost, ${pending.pushes} pushes, ${pending.uploads} uploads and ${pending.late} late effects pending\n${lost.join('\n')}`,
      );
    }
    await sleep(options.everyMs ?? 500);
  }
}
