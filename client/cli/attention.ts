/** `attention`: one list of all that needs somebody; `aside`: what of it cannot be mended. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { canBePutAside, putAside } from '../../store/aside.ts';
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
  program
    .command('aside')
    .argument('<line>', 'what of the list cannot be mended: "message 12" or "fact 34"')
    .requiredOption('--why <reason>', 'why it is nobody’s work')
    .description('puts aside a message that cannot be read, or news that belongs to nobody')
    .action(async (line: string, { why }: { why: string }) => {
      const installation = openInstallation('cli');
      try {
        const done = await putAside(installation.db, line, { who: userInfo().username, why });
        if (done === null) throw new Error(canBePutAside);
        if (!done) throw new Error(`no line ${line} waits`);
        process.stdout.write(`${line}: put aside\n`);
      } finally {
        await installation.close();
      }
    });
}
