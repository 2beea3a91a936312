/** `attention`: one list of all that needs somebody. */
import type { Command } from 'commander';
import { attention } from '../../store/attention.ts';
import { now } from '../../store/database.ts';
import { openInstallation } from '../../store/installation.ts';
import { attentionTable } from '../attention-list.ts';

interface Options {
  readonly organisation?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: true;
}

export function attentionCommand(program: Command): void {
  program
    .command('attention')
    .option('--organisation <id>', 'of this organisation alone')
    .option('--limit <lines>', 'so many lines at most, 500 or fewer', '100')
    .option('--cursor <cursor>', 'goes on after a page, as that page says')
    .option('--json', 'as JSON')
    .description('all that needs somebody: what, since when, who acts next and how; what is due comes first')
    .action(async ({ organisation, limit, cursor, json }: Options) => {
      const installation = openInstallation('cli');
      try {
        const page = await attention(installation.db, { organisation, limit: Number(limit), cursor });
        process.stdout.write(json ? `${JSON.stringify(page, null, 2)}\n` : attentionTable(page, await now(installation.db)));
      } finally {
        await installation.close();
      }
    });
}
