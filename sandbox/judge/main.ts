/** Prints the table of what was said and what arrived; exit code 1 when a thing is lost or doubled. */
import { Command } from 'commander';
import { judge } from './judge.ts';
import { print, summarise } from './print.ts';
import { readCalls, readEvidence } from './read.ts';
import { settled } from './settled.ts';
import { type Ways, waysSchema } from './ways.ts';

interface Options {
  palletways: string;
  qargo: string;
  since?: number;
  json?: true;
  wait?: number;
  sweepSeconds: number;
  story?: true;
  ways?: Ways;
}

const command = new Command()
  .name('judge')
  .description('Compares what both twins said with what the other one now holds.')
  .requiredOption('--palletways <url>', 'base URL of the Palletways twin')
  .requiredOption('--qargo <url>', 'base URL of the Qargo twin')
  .option('--since <epochMs>', 'only things said from then on', Number)
  .option('--wait <seconds>', 'first wait so long at most until nothing is lost', Number)
  .option(
    '--sweep-seconds <seconds>',
    'how often the product reads what changed: its 120 s divided by its pace',
    Number,
    120,
  )
  .option('--story', 'also what is revived, and documents that come by themselves')
  .option('--ways <json>', 'of a story: which ways the rows of each organisation go', (text) =>
    waysSchema.parse(JSON.parse(text)),
  )
  .option('--json', 'the table as JSON');

async function main(options: Options): Promise<number> {
  const { palletways, qargo, since, wait, sweepSeconds, story = false, ways = {} } = options;
  const urls = { palletways, qargo };
  const only = { sweepSeconds, story, ways, ...(since !== undefined && { since }) };
  if (wait !== undefined) await settled({ ...urls, ...only, timeoutMs: wait * 1000 }).catch(() => undefined);
  const { said, held, trackingIds, pending } = await readEvidence(urls);
  const calls = await readCalls(urls);
  const table = judge(said, held, { trackingIds, reads: calls.palletways, ...only });
  const counted = { palletways: summarise(calls.palletways), qargo: summarise(calls.qargo) };
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...table, calls: counted, pending })}\n` : print(table, calls, story),
  );
  return table.total.lost > 0 || table.total.doubled > 0 ? 1 : 0;
}

command.parse();
process.exitCode = await main(command.opts<Options>());
