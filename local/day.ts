import { join } from 'node:path';
import { type Compared, compare, since } from './agreement.ts';
import { runToEnd } from './command.ts';
import { call } from './loopback.ts';
import { type Progress, readable } from './progress.ts';
import { type Sources, untilSettled } from './settle.ts';
import { type Counts, countsAnswer, type Judged, judgeAnswer } from './shapes.ts';
import { table } from './table.ts';

export interface DayOptions {
  readonly dist: string;
  readonly env: NodeJS.ProcessEnv;
  readonly consignments: number;
  readonly seed: number;
  readonly pace: number;
  readonly probe: number;
  readonly signal: AbortSignal;
}

/** How long a day may take from its start until what is open counts as lost. */
export const dayLimitMs = 10 * 60_000;

/** Plays a day, waits until it has settled, prints both tables. True where nothing is lost or doubled and the counts agree. */
export async function playDay(sources: Sources, options: DayOptions, progress: Progress): Promise<boolean> {
  const { dist, env, signal } = options;
  const began = Date.now();
  const before = await productCounts(sources.service);
  const { code, err } = await runToEnd(process.execPath, [join(dist, 'sandbox/day/main.js'), ...dayArguments(sources, options)], {
    env,
    withinMs: dayLimitMs,
    signal,
    onLine: (line) => {
      const text = readable(line);
      if (text !== undefined) progress.show(`${text}  (${seconds(began)} s)`);
    },
  });
  if (signal.aborted) return false;
  if (code !== 0) progress.line(`the day player ended with ${code ?? 'a signal'}: ${err.trim().slice(-1_000)}`);
  const settled = await untilSettled(sources, {
    until: began + dayLimitMs,
    signal,
    say: (line) => progress.show(`${line}  (${seconds(began)} s)`),
  });
  if (signal.aborted) return false;
  progress.clear();
  const judge = [
    join(dist, 'sandbox/judge/main.js'),
    '--palletways',
    sources.palletways,
    '--qargo',
    sources.qargo,
    '--since',
    String(began),
  ];
  const shown = await runToEnd(process.execPath, judge, { env, withinMs: 60_000 });
  const asked = await runToEnd(process.execPath, [...judge, '--json'], { env, withinMs: 60_000 });
  if (asked.out.trim() === '') throw new Error(`the judge said nothing: ${asked.err.trim().slice(-1_000)}`);
  const judged = judgeAnswer.parse(JSON.parse(asked.out));
  const after = await productCounts(sources.service);
  const compared = compare(judged, since(before, after));
  progress.line(`\n${shown.out.trimEnd()}\n`);
  progress.line(`The product's own count of this day, beside what the sandbox says:\n${comparison(compared)}\n`);
  progress.line(`Of the latency, waiting for a call budget: ${waits(after)}`);
  progress.line(lastLine(judged, settled, options, seconds(began)));
  const { lost, doubled } = totals(judged);
  return code === 0 && settled && lost === 0 && doubled === 0 && compared.every(({ agrees }) => agrees);
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
  };
  return [...Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)]), '--progress-json'];
}

async function productCounts(service: string): Promise<Counts> {
  return countsAnswer.parse(await call('GET', `${service}/operations/counts`));
}

function comparison(compared: readonly Compared[]): string {
  const rows = compared.map(({ kinds, said, facts, arrived, deliveries, agrees }) => [
    kinds,
    said,
    facts,
    arrived,
    deliveries,
    agrees ? 'agrees' : 'DIFFERS',
  ]);
  return table([['kind', 'said', 'facts', 'arrived', 'deliveries', ''], ...rows]);
}

function waits(counts: Counts): string {
  const told = Object.entries(counts.waits).map(([side, { p50, p99 }]) => `${side} p50 ${p50} ms, p99 ${p99} ms`);
  return told.length === 0 ? 'nothing was sent' : told.join('; ');
}

export function totals(judged: Judged): { said: number; arrived: number; lost: number; doubled: number } {
  const sum = (field: 'said' | 'arrived' | 'lost' | 'doubled'): number => judged.kinds.reduce((total, one) => total + one[field], 0);
  return { said: sum('said'), arrived: sum('arrived'), lost: sum('lost'), doubled: sum('doubled') };
}

function lastLine(judged: Judged, settled: boolean, options: DayOptions, took: number): string {
  const { said, arrived, lost, doubled } = totals(judged);
  const latency = judged.p50 == null ? '' : `, p50 ${Math.round(judged.p50)} ms, p99 ${Math.round(judged.p99 ?? judged.p50)} ms`;
  const open = settled ? '' : '; NOT SETTLED in time: what is open counts as lost';
  return `said ${said}, arrived ${arrived}, lost ${lost}, doubled ${doubled}${latency}; pace K = ${options.pace}, seed ${options.seed}, ${took} s${open}`;
}

function seconds(began: number): number {
  return Math.round((Date.now() - began) / 1_000);
}
