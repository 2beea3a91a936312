/** `rebuild`: what to run when Temporal's data is gone or older than the record. */
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { Installation } from '../../store/organisations/installation.ts';
import { rebuild } from '../operations/rebuild.ts';
import { makeCurrent, ownBuildId } from '../operations/worker-versions.ts';
import { withInstallation, withTemporal } from './opening.ts';
import { perSecond } from './per-second.ts';
import { say } from './say.ts';

interface Options {
  readonly organisation?: string;
  readonly rate: number;
  readonly restart?: true;
  readonly restored?: true;
}

/** Adds the command. */
export function rebuildCommand(program: Command): void {
  program
    .command('rebuild')
    .description(
      "makes search attributes, schedules and all workflows again from PostgreSQL, where Temporal's data is gone or older",
    )
    .option('--organisation <id>', 'of one organisation only')
    .option('--rate <n>', 'consignments asked in a second, at most', perSecond, 50)
    .option(
      '--restart',
      'terminates each run and starts it again: how to go to new workers where the server has no worker versions',
    )
    .option(
      '--restored',
      'PostgreSQL is an older back-up: before any service or worker runs; what may have been sent since is looked for first',
    )
    .action((options: Options) =>
      withInstallation((installation) => withTemporal((temporal) => rebuildWith(installation, temporal, options))),
    );
}

async function rebuildWith(
  installation: Installation,
  temporal: Client,
  { organisation, rate, restart, restored }: Options,
): Promise<void> {
  const versioned = installation.environment.PALLETWAYS_QARGO_WORKER_VERSIONS === 'on';
  const { searchAttributes, schedules, asked, failed } = await rebuild(installation, temporal, {
    organisation,
    rate,
    say,
    restart: restart === true,
    restored: restored === true,
    // No worker runs yet that could become the current one.
    ...(versioned && restored !== true ? { keepVersion: async () => makeCurrent(temporal, await ownBuildId()) } : {}),
  });
  for (const line of failed) process.stderr.write(`not done: ${line}\n`);
  const made = `${searchAttributes.length} search attributes made, ${schedules} schedules kept`;
  const done = restart ? 'started again from' : 'asked to load';
  say(`rebuilt: ${made}, ${asked} consignments ${done} the record, ${failed.length} not done`);
  if (failed.length > 0) process.exitCode = 1;
}
