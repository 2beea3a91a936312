import { Command, InvalidArgumentError } from 'commander';

/** What `npm start` was asked for. */
export interface Options {
  /** Ends after the table instead of staying up. */
  readonly once: boolean;
  readonly consignments: number;
  /** Undefined: another one each time, the first time 1. */
  readonly seed: number | undefined;
  /** K: divides the plan's length, multiplies the limits of both sides. */
  readonly pace: number;
  /** Instead of a day: so many facts, one a second, on an idle system. 0: a day. */
  readonly probe: number;
  /** Deletes what earlier starts made, then starts. */
  readonly reset: boolean;
  readonly data: string;
  readonly organisations: number;
  /** How often worker and service are each killed while the day is played. */
  readonly kill: number;
  /** Tries of each push of the twins; with 1 every open consignment is read once at the end. */
  readonly pushTries: number;
  /** Half way Temporal's data is lost and everything made again from PostgreSQL. */
  readonly loseTemporal: boolean;
  /** `full`: a day that plays every row, with organisations configured for it. */
  readonly story?: 'full';
  /** What the twins play of their counterparts (sandbox/README.md); undefined: as they did last, at first `published`. */
  readonly character?: 'published' | 'former';
  /** Make a first contact of each organisation first, instead of taking it as passed. */
  readonly contact?: boolean;
  /** Assumptions of either side that are otherwise, `7b`. */
  readonly flip?: readonly string[];
}

/** Defaults with which a newcomer sees the whole story in about two minutes. */
export const defaults = { consignments: 24, organisations: 4, pushTries: 4 } as const;

/** The real limits for a probe; two cores carry about 20 facts a second, so a large day is played more slowly, and a story too. */
export function defaultPace(of: {
  readonly consignments: number;
  readonly probe: number;
  readonly story?: 'full';
}): number {
  if (of.probe > 0) return 1;
  if (of.story !== undefined) return of.consignments > 100 ? 1 : 2;
  return of.consignments > 100 ? 2 : 3;
}

export function readOptions(argv: readonly string[], project: string): Options {
  const command = new Command('npm start --')
    .description(
      'Starts PostgreSQL, Temporal, both sandbox twins, the service and a worker, and plays a day of a depot.',
    )
    .option('--once', 'end after the table; the exit code is 0 only where nothing is lost or doubled', false)
    .option('--consignments <n>', 'how many consignments the day has', whole(1, 10_000), defaults.consignments)
    .option('--seed <s>', 'seed of the day (default: 1 the first time, then the next)', whole(1, 2 ** 31))
    .option(
      '--pace <k>',
      'divides the length of the day and multiplies the limits of both sides by k (default: 3; 2 above 100 consignments; 1 for a probe; of a story 2, and 1 above 100)',
      paceNumber,
    )
    .option('--probe <n>', 'instead of a day: n facts, one a second, on an idle system', whole(0, 100_000), 0)
    .option('--reset', 'delete what earlier starts made, then start', false)
    .option('--data <dir>', 'folder of all data', `${project}/.palletways-qargo`)
    .option(
      '--organisations <n>',
      'how many of the four demonstration organisations',
      whole(1, 4),
      defaults.organisations,
    )
    .option(
      '--kill <n>',
      'kill worker and service n times each (kill -9) at moments that the seed draws',
      whole(0, 100),
      0,
    )
    .option(
      '--push-tries <n>',
      'how often the twins try a push; 1: what is lost is found by reads or by nobody',
      whole(1, 10),
      defaults.pushTries,
    )
    .option(
      '--story <name>',
      '`full`: every row of the integration, with organisations that are configured differently',
      storyName,
    )
    .option(
      '--character <name>',
      '`published` or `former`: what the twins play (default: as they did last, at first published)',
      characterName,
    )
    .option('--flip <id...>', 'assumptions of either side that are otherwise, by number and letter, as 7b or 38a')
    .option(
      '--contact',
      'make a first contact with each organisation before the day, apply its patch and switch its rows on',
      false,
    )
    .option('--lose-temporal', 'half way: stop Temporal, delete its data, start it, palletways-qargo rebuild', false)
    .allowExcessArguments(false);
  command.parse(argv, { from: 'user' });
  const asked = command.opts<Omit<Options, 'pace'> & { pace?: number }>();
  return { ...asked, pace: asked.pace ?? defaultPace(asked) };
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    return value;
  };
}

function storyName(text: string): 'full' {
  if (text !== 'full') throw new InvalidArgumentError('full');
  return text;
}

function characterName(text: string): 'published' | 'former' {
  if (text !== 'published' && text !== 'former') throw new InvalidArgumentError('published or former');
  return text;
}

function paceNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 1 || value > 1000) throw new InvalidArgumentError('a number from 1 to 1000');
  return value;
}
