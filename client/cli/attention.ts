/** `attention`: one list of all that needs somebody; `aside`: what of it cannot be mended. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { canBePutAside, putAside } from '../../store/intake/aside.ts';
import { now } from '../../store/postgres/database.ts';
import { attention } from '../../store/views/attention.ts';
import { attentionTable } from '../export/attention-list.ts';
import { withInstallation } from './opening.ts';
import { say, sayJson } from './say.ts';

interface Options {
  readonly organisation?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: true;
}

/** Adds both commands. */
export function attentionCommand(program: Command): void {
  program
    .command('attention')
    .option('--organisation <id>', 'of this organisation alone')
    .option('--limit <lines>', 'so many lines at most, 500 or fewer', '100')
    .option('--cursor <cursor>', 'goes on after a page, as that page says')
    .option('--json', 'as JSON')
    .description('all that needs somebody: what, since when, who acts next and how; what is due comes first')
    .action(({ organisation, limit, cursor, json }: Options) =>
      withInstallation(async ({ db }) => {
        const page = await attention(db, { organisation, limit: Number(limit), cursor });
        if (json) sayJson(page);
        else process.stdout.write(attentionTable(page, await now(db)));
      }),
    );
  program
    .command('aside')
    .argument('<line>', 'what of the list cannot be mended: "message 12" or "fact 34"')
    .requiredOption('--why <reason>', 'why it is nobody’s work')
    .description('puts aside a message that cannot be read, or news that belongs to nobody')
    .action((line: string, { why }: { why: string }) =>
      withInstallation(async ({ db }) => {
        const done = await putAside(db, line, { who: userInfo().username, why });
        if (done === null) throw new Error(canBePutAside);
        if (!done) throw new Error(`no line ${line} waits`);
        say(`${line}: put aside`);
      }),
    );
}
