import { join } from 'node:path';
import { type Compared, compare } from './agreement.ts';
import { closeOutLines, readCloseOuts } from './close-outs.ts';
import { runToEnd } from './command.ts';
import { type Disturbance, pause } from './disturbance.ts';
import { call } from './loopback.ts';
import { type Feed, People } from './people.ts';
import { type Progress, readable, stepOf } from './progress.ts';
import { type Sources, untilSettled } from './settle.ts';
import { type Counts, countsAnswer, type Judged, judgeAnswer, readsAsked } from './shapes.ts';
import { waysOf } from './story.ts';
import { table } from './table.ts';

export interface DayOptions {
  readonly dist: string;
  readonly env: NodeJS.ProcessEnv;
  readonly consignments: number;
  readonly seed: number;
  readonly pace: number;
  readonly probe: number;
  /** A push is tried once: at the end each open consignment is read once. */
  readonly oneTry: boolean;
  /** From its start until what is open counts as lost, ms. */
  readonly limitMs: number;
  /** Every row is played. */
  readonly story?: { readonly feeds: readonly Feed[] };
  readonly signal: AbortSignal;
}

/** How long a day may take from its start until what is open counts as lost; under kills what was cut off is waited for too. */
export const dayLimitMs = 10 * 60_000;
export const dayLimitUnderKillsMs = 17 * 60_000;
export const storyLimitMs = 23 * 60_000;

/** The judge is told how often sweeps run, so that it knows what no read could give back. */
const sweepSeconds = 120;
/** So many orders of a tenant are read on the way; each one more takes a second, as Qargo's budget leaves it beside other calls. */
const readInTurn = 35;
/** A sweep whose worker is killed goes on so much later: until its silence is noticed, a worker runs again and tries it. */
const killedSeconds = 30;

/**
 * Plays a day with what goes wrong on purpose in it, waits until it has settled, prints both tables. True where nothing is lost
 * or doubled and the counts agree.
 */
export async function playDay(
  sources: Sources,
  options: DayOptions,
  disturbances: readonly Disturbance[],
  progress: Progress,
): Promise<boolean> {
  const { dist, env, signal, limitMs } = options;
  const began = Date.now();
  for (const each of disturbances) each.begin((line) => progress.line(line));
  const people = new People(sources, options.story?.feeds ?? []);
  const dayEnds = new AbortController();
  const working = people.work(AbortSignal.any([signal, dayEnds.signal]));
  const { code, err } = await runToEnd(
    process.execPath,
    [join(dist, 'sandbox/day/main.js'), ...dayArguments(sources, options)],
    {
      env,
      withinMs: limitMs,
      signal,
      onLine: (line) => {
        const at = stepOf(line);
        if (at !== undefined) for (const each of disturbances) each.onStep(at.step, at.steps);
        const text = readable(line);
        if (text !== undefined) progress.show(`${text}  (${seconds(began)} s)`);
      },
    },
  );
  dayEnds.abort();
  await working;
  if (signal.aborted) return false;
  if (code !== 0) progress.line(`the day player ended with ${code ?? 'a signal'}: ${err.trim().slice(-1_000)}`);
  const until = began + limitMs;
  const trouble = await untilOver(disturbances, until, signal);
  if (trouble !== undefined) progress.line(trouble);
  const say = (line: string): void => progress.show(`${line}  (${seconds(began)} s)`);
  const patience = { until, signal, say, round: () => people.round() };
  let settled = await untilSettled(sources, patience);
  // Once more all that they can see: a question that turned up late is answered, and what comes of it settles too.
  while (settled && (await people.round()) > 0) settled = await untilSettled(sources, patience);
  if (settled && options.oneTry) {
    // Nobody says again what a push lost: what is open is read once, and what that finds has to arrive too.
    const { asked } = readsAsked.parse(await call('POST', `${sources.service}/operations/reads`, { who: 'npm start' }));
    progress.line(`pushes have one try: each of ${asked} open consignments is read once`);
    settled = await untilSettled(sources, patience);
  }
  if (signal.aborted) return false;
  const isWell = await printResult(sources, options, { people, disturbances, progress, began, settled });
  return code === 0 && settled && trouble === undefined && isWell;
}

/** A day that was played. */
interface Played {
  readonly people: People;
  readonly disturbances: readonly Disturbance[];
  readonly progress: Progress;
  /** ms since the epoch. */
  readonly began: number;
  readonly settled: boolean;
}

/** Has the day judged and prints both tables. True where nothing is lost or doubled and the counts agree. */
async function printResult(sources: Sources, options: DayOptions, played: Played): Promise<boolean> {
  const { people, disturbances, progress, began, settled } = played;
  const { judged, shown } = await judgeDay(sources, options, played);
  const counted = await productCounts(sources.service, began);
  const compared = compare(judged, counted, options.story !== undefined);
  progress.line(`\n${shown}\n`);
  progress.line(`The product's own count of this day, beside what the sandbox says:\n${comparison(compared)}\n`);
  progress.line(`Of the latency, waiting for a call budget: ${waits(counted)}`);
  const closeOuts = options.story === undefined ? undefined : await readCloseOuts(sources, began);
  progress.line(people.report());
  for (const line of closeOuts === undefined ? [] : closeOutLines(closeOuts)) progress.line(line);
  for (const line of disturbances.flatMap((each) => each.report())) progress.line(line);
  progress.line(lastLine(judged, settled, options, seconds(began)));
  const { lost, doubled } = totals(judged);
  const closedWell = closeOuts === undefined || closeOuts.wrong.length === 0;
  return lost === 0 && doubled === 0 && closedWell && compared.every(({ agrees }) => agrees);
}

/** Asks the judge of the sandbox: its answer, and the table that it prints. */
async function judgeDay(sources: Sources, options: DayOptions, { disturbances, progress, began }: Played) {
  const { dist, env } = options;
  progress.clear();
  const judge = [
    join(dist, 'sandbox/judge/main.js'),
    '--palletways',
    sources.palletways,
    '--qargo',
    sources.qargo,
    '--since',
    String(began),
    '--sweep-seconds',
    String(
      (sweepSeconds + Math.max(0, Math.ceil(options.consignments / sources.organisations.length) - readInTurn)) /
        options.pace +
        (options.oneTry && disturbances.length > 0 ? killedSeconds : 0),
    ),
    ...(options.story === undefined ? [] : ['--story', '--ways', JSON.stringify(waysOf(sources.organisations))]),
  ];
  const shown = await runToEnd(process.execPath, judge, { env, withinMs: 60_000 });
  const asked = await runToEnd(process.execPath, [...judge, '--json'], { env, withinMs: 60_000 });
  if (asked.out.trim() === '') throw new Error(`the judge said nothing: ${asked.err.trim().slice(-1_000)}`);
  return { judged: judgeAnswer.parse(JSON.parse(asked.out)), shown: shown.out.trimEnd() };
}

/** Waits until all that was to go wrong has gone wrong; says what did not, or undefined. */
async function untilOver(
  disturbances: readonly Disturbance[],
  until: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limit = new AbortController();
  const late = pause(until - Date.now(), AbortSignal.any([signal, limit.signal])).then(
    () => 'what was to go wrong did not in time',
  );
  const over = Promise.all(disturbances.map((each) => each.over)).then(
    () => undefined,
    (error: unknown) =>
      `what was to go wrong went wrong itself: ${error instanceof Error ? error.message : String(error)}`,
  );
  const told = await Promise.race([over, late]);
  limit.abort();
  return told;
}

function dayArguments(sources: Sources, options: DayOptions): string[] {
  const { consignments, seed, pace, probe } = options;
  const named: Record<string, string | number> = {
    palletways: sources.palletways,
    qargo: sources.qargo,
    organisations: sources.organisations.join(','),
    consignments,
    seed,
    pace,
    ...(probe > 0 ? { probe } : {}),
    ...(options.story === undefined ? {} : { story: 'full' }),
  };
  return [...Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)]), '--progress-json'];
}

/** What the product counts since this day began, epoch ms. */
async function productCounts(service: string, began: number): Promise<Counts> {
  return countsAnswer.parse(await call('GET', `${service}/operations/counts?since=${new Date(began).toISOString()}`));
}

function comparison(compared: readonly Compared[]): string {
  const rows = compared.map(({ kinds, said, facts, arrived, receipts, agrees }) => [
    kinds,
    said,
    facts,
    arrived,
    receipts,
    agrees ? 'agrees' : 'DIFFERS',
  ]);
  return table([['kind', 'said', 'facts', 'arrived', 'receipts', ''], ...rows]);
}

function waits(counts: Counts): string {
  const told = Object.entries(counts.waits).map(([side, { p50, p99 }]) => `${side} p50 ${p50} ms, p99 ${p99} ms`);
  return told.length === 0 ? 'nothing was sent' : told.join('; ');
}

export function totals(judged: Judged): { said: number; arrived: number; lost: number; doubled: number } {
  const sum = (field: 'said' | 'arrived' | 'lost' | 'doubled'): number =>
    judged.kinds.reduce((total, one) => total + one[field], 0);
  return { said: sum('said'), arrived: sum('arrived'), lost: sum('lost'), doubled: sum('doubled') };
}

function lastLine(judged: Judged, settled: boolean, options: DayOptions, took: number): string {
  const { said, arrived, lost, doubled } = totals(judged);
  const latency =
    judged.p50 == null ? '' : `, p50 ${Math.round(judged.p50)} ms, p99 ${Math.round(judged.p99 ?? judged.p50)} ms`;
  const open = settled ? '' : '; NOT SETTLED in time: what is open counts as lost';
  return `said ${said}, arrived ${arrived}, lost ${lost}, doubled ${doubled}${latency}; pace K = ${options.pace}, seed ${options.seed}, ${took} s${open}`;
}

function seconds(began: number): number {
  return Math.round((Date.now() - began) / 1_000);
}
