/** `rebuild`: what to run when Temporal's data is gone or older than the record. */
import { type Command, InvalidArgumentError } from 'commander';
import { openInstallation } from '../../store/installation.ts';
import { rebuild } from '../rebuild.ts';
import { connectTemporal } from '../temporal.ts';

export function rebuildCommand(program: Command): void {
  program
    .command('rebuild')
    .description("makes search attributes, schedules and all workflows again from PostgreSQL, where Temporal's data is gone or older")
    .option('--organisation <id>', 'of one organisation only')
    .option('--rate <n>', 'consignments asked in a second, at most', perSecond, 50)
    .action(async ({ organisation, rate }: { organisation?: string; rate: number }) => {
      const installation = openInstallation('cli');
      try {
        const temporal = await connectTemporal();
        try {
          const say = (line: string) => process.stdout.write(`${line}\n`);
          const { searchAttributes, schedules, asked, failed } = await rebuild(installation, temporal, { organisation, rate, say });
          for (const line of failed) process.stderr.write(`not done: ${line}\n`);
          const made = `${searchAttributes.length} search attributes made, ${schedules} schedules kept`;
          say(`rebuilt: ${made}, ${asked} consignments asked to load the record, ${failed.length} not done`);
          if (failed.length > 0) process.exitCode = 1;
        } finally {
          await temporal.connection.close();
        }
      } finally {
        await installation.close();
      }
    });
}

function perSecond(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 1_000) throw new InvalidArgumentError('a number above 0, at most 1000');
  return value;
}
