/**
 * `npm run flips -- [--flip 38b]... [--side palletways|qargo] [--former] [--out flips.json]`: plays a small day for each alternative of each
 * wire assumption and says of each whether it works, the product says so, or it is silent. Exit code 1 where one is silent or a clean day is not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { migrate } from '../store/postgres/migrate.ts';
import { judgeDay, usualOf } from './flips/judge.ts';
import { flipsPage, type Kept } from './flips/page.ts';
import { allFlips, type DayAsked, playDay } from './flips/play.ts';
import { withRecord } from './with-record.ts';

const { values } = parseArgs({
  options: {
    flip: { type: 'string', multiple: true },
    side: { type: 'string' },
    former: { type: 'boolean', default: false },
    consignments: { type: 'string', default: '16' },
    seed: { type: 'string', default: '7' },
    parallel: { type: 'string', default: '2' },
    out: { type: 'string' },
    page: { type: 'string' },
    database: { type: 'string' },
  },
});

const character = values.former ? 'former' : 'published';
const asked = (flips: readonly string[]): DayAsked => ({
  character,
  flips,
  consignments: Number(values.consignments),
  seed: Number(values.seed),
});

let schemas = 0;
const known = new Map<string, Kept>(values.out === undefined ? [] : readOut(values.out));

function readOut(path: string): [string, Kept][] {
  try {
    return Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, Kept>);
  } catch {
    return [];
  }
}

function keep(id: string, judged: Kept): void {
  known.set(id, judged);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(Object.fromEntries(known), null, 1)}\n`);
  process.stdout.write(`${id.padEnd(6)} ${judged.outcome.padEnd(8)} ${String(judged.seconds).padStart(4)} s\n`);
  for (const line of judged.wrong) process.stdout.write(`         wrong: ${line}\n`);
  for (const line of judged.says) process.stdout.write(`         says: ${line}\n`);
}

await withRecord(values.database, async ({ url }) => {
  const day = async (flips: readonly string[]) => {
    schemas += 1;
    const schema = `flips_${process.pid}_${schemas}`;
    await migrate({ url, schema });
    return playDay({ url, schema }, asked(flips));
  };
  const clean = await day([]);
  const usual = usualOf(clean);
  keep('clean', { ...judgeDay(clean), seconds: clean.seconds });
  const ids = (values.flip ?? [...allFlips.keys()]).filter(
    (id) =>
      (values.side === undefined || allFlips.get(id)?.side === values.side) &&
      (values.flip !== undefined || !known.has(id)),
  );
  const next = ids.values();
  const worker = async () => {
    for (const id of next) {
      try {
        const played = await day([id]);
        keep(id, { ...judgeDay(played, usual), seconds: played.seconds });
      } catch (error) {
        process.stderr.write(`${id}: not played: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.parallel) }, worker));
});
if (values.page !== undefined) writeFileSync(values.page, flipsPage(known, allFlips));
const silent = [...known].filter(([, { outcome }]) => outcome === 'silent').map(([id]) => id);
process.stdout.write(`${known.size} days, ${silent.length} silent: ${silent.join(' ')}\n`);
const isQuiet = known.get('clean')?.outcome === 'works';
if (!isQuiet) process.stdout.write('the clean day calls people or loses something\n');
process.exitCode = silent.length > 0 || !isQuiet ? 1 : 0;
