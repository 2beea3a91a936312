/** Plays a depot's day against both twins: see `--help`. */
import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { settled } from '../judge/settled.ts';
import { playLife } from './life.ts';
import { plan } from './plan.ts';
import { Player } from './play.ts';
import { probe } from './probe.ts';
import { Twins } from './twins.ts';

interface Options {
  palletways: string;
  qargo: string;
  organisations: string[];
  consignments: number;
  seed: number;
  pace: number;
  progressJson?: true;
  probe?: number;
  life?: 'one' | 'late';
  planOnly?: string;
  story?: 'full';
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0');
  return value;
}

function lifeMode(text: string): 'one' | 'late' {
  if (text !== 'one' && text !== 'late') throw new InvalidArgumentError('one or late');
  return text;
}

function storyName(text: string): 'full' {
  if (text !== 'full') throw new InvalidArgumentError('full');
  return text;
}

const command = new Command()
  .name('day')
  .description('Plays a depot’s day: what Palletways and the people in Qargo do, said by the two twins.')
  .requiredOption('--palletways <url>', 'base URL of the Palletways twin')
  .requiredOption('--qargo <url>', 'base URL of the Qargo twin')
  .requiredOption('--organisations <names>', 'comma-separated', (text) => text.split(',').filter((name) => name !== ''))
  .option('--consignments <n>', 'how many over all organisations', positive, 24)
  .option('--seed <n>', 'the same seed gives the same day', positive, 1)
  .option('--pace <k>', 'how many times faster than at pace 1', positive, 1)
  .option('--progress-json', 'one line of JSON a second instead of text')
  .option('--probe <seconds>', 'no day: one scan a second for so many seconds', positive)
  .option('--life <mode>', 'no day: one ordinary life, `one` thing at a time or `late` sync', lifeMode)
  .option(
    '--story <name>',
    '`full`: notes of the network, revivals, regrades, the desk, late proofs and charges besides',
    storyName,
  )
  .option('--plan-only <file>', 'writes the plan as JSON and ends');

const say = (line: unknown) => process.stdout.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);

/** Tells the progress once a second until `end` is called. */
function tell(options: Options, twins: Twins, progress: () => object): { end: () => Promise<void> } {
  const kinds: Record<string, number> = {};
  const report = async () => {
    for (const kind of await twins.saidSince().catch(() => [])) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const said = Object.values(kinds).reduce((sum, count) => sum + count, 0);
    const line = { ...progress(), said, kinds };
    if (options.progressJson) say(line);
    else
      say(
        Object.entries(line)
          .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
          .join('  '),
      );
  };
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(report);
  }, 1_000);
  return {
    end: async () => {
      clearInterval(timer);
      await running;
      await report();
    },
  };
}

async function main(options: Options): Promise<number> {
  const { palletways, qargo, organisations, consignments, seed, pace, story } = options;
  if (options.planOnly !== undefined) {
    writeFileSync(
      options.planOnly,
      JSON.stringify(plan({ consignments, seed, organisations, pace, story, now: Date.now() }), null, 1),
    );
    return 0;
  }
  const twins = new Twins({ palletways, qargo });
  await twins.saidSince().catch(() => []); // what was said before is not this day's
  try {
    if (options.life !== undefined) {
      const mode = options.life === 'one' ? 'one at a time' : 'late sync';
      const wait = async () => {
        await settled({ palletways, qargo });
      };
      say(await playLife({ palletways, qargo, organisation: organisations[0] ?? '', settled: wait, mode, seed }));
      return 0;
    }
    if (options.probe !== undefined) {
      let scans = 0;
      const { probe: seconds } = options;
      const told = tell(options, twins, () => ({
        phase: scans === 0 ? 'planning' : 'probing',
        step: scans,
        steps: seconds,
      }));
      try {
        await probe({ twins, organisations, seconds, seed, onScan: (made) => (scans = made) });
      } finally {
        await told.end();
      }
      return 0;
    }
    const stop = new AbortController();
    setMaxListeners(0, stop.signal); // every sleeping step listens
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stop.abort();
        twins.giveUp('the day was ended');
      });
    }
    const day = plan({ consignments, seed, organisations, pace, story, now: Date.now() });
    const player = new Player(day, { twins, pace, stop: stop.signal });
    const told = tell(options, twins, () => player.progress);
    try {
      await player.play();
    } finally {
      await told.end();
    }
    for (const trouble of player.troubles) process.stderr.write(`${trouble.step}: ${trouble.why}\n`);
    return player.troubles.length > 0 || stop.signal.aborted ? 1 : 0;
  } finally {
    await twins.close();
  }
}

command.parse();
process.exitCode = await main(command.opts<Options>());
