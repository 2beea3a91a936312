/** `adopt`: consignments whose orders at Qargo another link made. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { decodeText } from '../../domain/facts/encoding.ts';
import { adoptList } from '../operations/adopting.ts';
import { withInstallation } from './opening.ts';
import { say } from './say.ts';

/** Adds the command. */
export function adoptCommand(program: Command): void {
  program
    .command('adopt')
    .argument(
      '<file>',
      'CSV: tracking id (or consignment number), Qargo order id, order_identifier where it is known; - for standard input',
    )
    .requiredOption('--organisation <id>', 'whose they are')
    .option(
      '--since <instant>',
      'what happened before then was sent by the other link, ISO 8601 with zone; now where left out',
      instant,
    )
    .option('--why <reason>', 'why')
    .description('takes over orders that another link made at Qargo: nothing that was true before is sent')
    .action((file: string, { organisation, since, why = '' }: { organisation: string; since?: string; why?: string }) =>
      withInstallation(async (installation) => {
        const csv = decodeText(await readFile(file === '-' ? '/dev/stdin' : file));
        const by = { who: userInfo().username, why, since };
        const { adopted, already, refused } = await adoptList(installation, organisation, csv, by);
        for (const { line, reason } of refused) process.stderr.write(`line ${line}: ${reason}\n`);
        say(`adopted ${adopted}, ${already} were adopted already, ${refused.length} not`);
        if (refused.length > 0) process.exitCode = 1;
      }),
    );
}

function instant(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new Error(`--since ${text}: is not an instant with a zone`);
  return new Date(text).toISOString();
}
