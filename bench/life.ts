/**
 * `npm run bench:life -- [--lives 100] [--only scan|lives|saturation]`: statements from a pushed scan to its proof and of a life, calls at
 * both sides, history events; and processor seconds a life, by process, while many lives run at once.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { call } from '../local/loopback.ts';
import { playLife } from '../sandbox/day/life.ts';
import { eventsOf, eventsToLastDelivery } from './history.ts';
import type { House } from './house.ts';
import { Processor } from './life/processor.ts';
import { type Counted, type Counts, counted } from './life/statements.ts';
import { delivery, enter, holds, label, notesOf, orderOf, plan } from './people.ts';
import { say, short, table } from './table.ts';
import { until } from './until.ts';
import { withHouse } from './with-house.ts';

const { values } = parseArgs({
  options: {
    lives: { type: 'string', default: '100' },
    pace: { type: 'string', default: '20' },
    only: { type: 'string' },
  },
});
const wants = (what: string) => values.only === undefined || values.only === what;
const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'palletways-qargo-statements-'));

/** What every process has counted until now: this one is the service. */
async function snapshot(): Promise<readonly Counts[]> {
  await sleep(500);
  const others = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return [counted(), ...others.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Counts)];
}

interface Line {
  readonly process: string;
  readonly text: string;
  readonly count: number;
  readonly ms: number;
}

function between(before: readonly Counts[], after: readonly Counts[]): Line[] {
  const none: Counted = { count: 0, ms: 0 };
  return after.flatMap((process) => {
    const known = before.find((one) => one.process === process.process);
    return Object.entries(process.statements).flatMap(([text, { count, ms }]) => {
      const was = known?.statements[text] ?? none;
      return count === was.count ? [] : [{ process: process.process, text, count: count - was.count, ms: ms - was.ms }];
    });
  });
}

const sum = (lines: readonly Line[], of: 'count' | 'ms') => lines.reduce((total, line) => total + line[of], 0);

function byProcess(what: string, lines: readonly Line[]): (string | number)[][] {
  return [...new Set(lines.map(({ process }) => process))].sort().map((process) => {
    const mine = lines.filter((line) => line.process === process);
    const control = mine.filter(({ text }) => /^(begin|commit|rollback)$/.test(text));
    return [what, process, sum(mine, 'count'), sum(control, 'count'), short(sum(mine, 'ms'))];
  });
}

const head = ['what', 'process', 'statements', 'of these begin and commit', 'ms'];

async function oneScan(house: House): Promise<void> {
  const made = await enter(house, 'northgate');
  const barcodes = await label(house, made);
  const { id } = await orderOf(house, made, holds(barcodes));
  await plan(house, 'northgate', 'R1', [id]);
  await house.settled();
  await sleep(3_000);
  const noted = (await notesOf(house, made)).length;
  const before = await snapshot();
  const began = performance.now();
  const [scan] = delivery(id, barcodes);
  if (scan === undefined) throw new Error('nothing to scan');
  await call(scan.method, `${house.qargo}${scan.path}`, scan.body);
  await until('the note', async () => ((await notesOf(house, made)).length > noted ? true : undefined));
  const took = performance.now() - began;
  await sleep(1_500);
  const lines = between(before, await snapshot());
  say(table(head, byProcess('a pushed scan to its proof', lines)));
  say(`${sum(lines, 'count')} statements; its note was at Palletways after ${Math.round(took)} ms\n`);
  say(
    table(
      ['process', 'n', 'ms', 'statement'],
      lines.map(({ process, count, ms, text }) => [process, count, short(ms), text]),
    ),
  );
  say('');
}

async function lives(house: House): Promise<void> {
  const rows: (string | number)[][] = [];
  const costs: (string | number)[][] = [];
  for (const mode of ['one at a time', 'late sync'] as const) {
    await house.settled();
    const [before, calls] = [await snapshot(), await house.calls()];
    const { palletways, qargo } = house;
    const { conNo } = await playLife({
      palletways,
      qargo,
      organisation: 'northgate',
      mode,
      seed: mode.length,
      settled: async () => void (await house.settled()),
    });
    await house.settled();
    await sleep(1_500);
    const lines = between(before, await snapshot()).filter(({ text }) => !isOfTheBench(text));
    const now = await house.calls();
    const history = await house.temporal.workflow.getHandle(await house.workflowOf(conNo)).fetchHistory();
    costs.push(...byProcess(mode, lines));
    rows.push([
      mode,
      sum(lines, 'count'),
      eventsOf(history).length,
      eventsToLastDelivery(history),
      now.qargo.length - calls.qargo.length,
      now.palletways.length - calls.palletways.length,
    ]);
  }
  say(table(head, costs));
  say('');
  say(
    table(
      [
        'a life of twelve facts',
        'statements',
        'history events',
        'to the last delivery',
        'calls at Qargo',
        'calls at Palletways',
      ],
      rows,
    ),
  );
  say('');
}

/** What waiting for the end asks, of this process. */
const isOfTheBench = (text: string) => /^(select o\.kind, count|select \(select count\(\*\) from inbox)/.test(text);

/** The demonstration plays a day; its processes are watched from the moment that it stands until the table. */
async function saturation(count: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-day-'));
  const args = ['--once', `--consignments=${count}`, '--seed=7', `--pace=${values.pace}`, `--data=${data}`];
  const day = spawn(process.execPath, [join(here, '../local/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const processor = new Processor(day.pid ?? 0);
  let before: Record<string, number> | undefined;
  let began = 0;
  let seen = '';
  let end: Record<string, number> = {};
  day.stdout.on('data', (said: Buffer) => {
    seen += said.toString();
    if (before === undefined && /^what\s+where/m.test(seen)) {
      before = processor.seconds();
      began = Date.now();
    }
    end = processor.seconds();
  });
  try {
    const [code] = (await once(day, 'exit')) as [number];
    const seconds = (Date.now() - began) / 1_000;
    const rows = Object.keys(end)
      .sort()
      .map((role): [string, number] => [role, (end[role] ?? 0) - (before?.[role] ?? 0)]);
    const product = rows.filter(([role]) => role !== 'demonstration');
    const total = product.reduce((all, [, used]) => all + used, 0);
    say(
      table(
        ['process', 'processor s', 's a life'],
        [...rows, ['all but the demonstration', total] as const].map(([role, used]) => [
          role,
          short(used),
          (used / count).toFixed(3),
        ]),
      ),
    );
    say(`${count} lives in ${Math.round(seconds)} s; the demonstration ended with ${code}`);
    if (code !== 0) say(seen.slice(-3_000));
  } finally {
    processor.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

try {
  mkdirSync(folder, { recursive: true });
  if (wants('scan') || wants('lives')) {
    process.env.BENCH_STATEMENTS = folder;
    process.env.NODE_OPTIONS = `--import=${pathToFileURL(join(here, 'life/statements.js')).href}`;
    await withHouse({ organisations: 1, pace: 10 }, async (house) => {
      if (wants('scan')) await oneScan(house);
      if (wants('lives')) await lives(house);
    });
    delete process.env.NODE_OPTIONS;
  }
  if (wants('saturation')) await saturation(Number(values.lives));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
