/** `release`: makes the version of this build the current one of the workers, and brings what is open to it. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Released, release } from '../operations/release.ts';
import { ownBuildId } from '../operations/worker-versions.ts';
import { withInstallation, withTemporal } from './opening.ts';
import { perSecond } from './per-second.ts';
import { say } from './say.ts';

/** Adds the command. */
export function releaseCommand(program: Command): void {
  program
    .command('release')
    .description('makes the version of this build the current one of the workers, and brings open consignments to it')
    .option('--rate <n>', 'consignments woken in a second, at most', perSecond, 20)
    .option('--wait <seconds>', 'how long to wait for what is open after it was woken', seconds, 120)
    .action(({ rate, wait }: { rate: number; wait: number }) =>
      withInstallation(async ({ db, environment }) => {
        if (environment.PALLETWAYS_QARGO_WORKER_VERSIONS === 'off')
          return say(
            'worker versions are off: there is none to set; palletways-qargo rebuild --restart brings what is open to new workers',
          );
        await withTemporal(async (temporal) => {
          const buildId = await ownBuildId();
          tell(buildId, await release(db, temporal, { buildId, rate, waitMs: wait * 1_000, say }));
        });
      }),
    );
}

function tell(buildId: string, { previous, woken, restarted, behind }: Released): void {
  for (const { buildId: other, open } of behind)
    say(`${open} open runs are still on ${other}: leave its workers until they are done, then run release again`);
  const before = previous === buildId ? 'as before' : `before: ${previous ?? 'none'}`;
  const left = behind.reduce((sum, { open }) => sum + open, 0);
  say(
    `released: the current version is ${buildId} (${before}), ${woken} woken, ${restarted} started again, ${left} not on it yet`,
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 86_400) throw new InvalidArgumentError('seconds, 0 to 86400');
  return value;
}
