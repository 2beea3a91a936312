/** `attention`: one list of all that needs somebody; `aside`: what of it cannot be mended; `unused`: what came and nothing follows from. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { canBePutAside, putAside } from '../../store/intake/aside.ts';
import { listUnused } from '../../store/intake/unused.ts';
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
    .command('unused')
    .option('--organisation <id>', 'of this organisation alone')
    .option('--json', 'as JSON')
    .description('codes, statuses and types in valid messages that nothing follows from: how often, first and last')
    .action(({ organisation, json }: Options) =>
      withInstallation(async ({ db }) => {
        const words = await listUnused(db, organisation);
        if (json) sayJson(words);
        else if (words.length === 0) say('Every code that came is in a table.');
        else
          for (const word of words)
            say(
              `${word.organisation}  ${word.what}: ${word.code}, ${word.message === null ? `found by reads since ${word.first}` : `${word.count} times from ${word.first} to ${word.last}, last in message ${word.message}`}`,
            );
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
