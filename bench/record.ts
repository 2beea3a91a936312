/**
 * `npm run bench:record -- [--consignments 200000] [--open 10000] [--database URL] [--only NAME]`: makes a record at size and prints what
 * each question to it costs. `--database`: on a server that runs; what was made there before is asked again.
 */
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../store/postgres/database.ts';
import { copyLives } from './record/copies.ts';
import { costOf, type Question } from './record/cost.ts';
import { closedShapes, openShapes } from './record/lives.ts';
import { hearing, questions } from './record/questions.ts';
import { playLife, type Template } from './record/templates.ts';
import { say, short, table } from './table.ts';
import { type Where, withRecord } from './with-record.ts';

const { values } = parseArgs({
  options: {
    consignments: { type: 'string', default: '200000' },
    open: { type: 'string', default: '10000' },
    database: { type: 'string' },
    only: { type: 'string' },
  },
});

async function makeRecord(where: Where, db: Database): Promise<void> {
  const { rows } = await db.query('select 1 from consignment limit 1');
  if (rows.length > 0) return;
  const organisations = 20;
  const settings = { policy: { charges: { measured: 'both', regrade: 'both', surcharge: 'both' } } };
  await db.query(
    `insert into organisation (id, name, settings, secrets, made_by, updated_at)
     select 'bench-' || n, 'Bench ' || n, $1::jsonb, '', 'bench', now() - interval '2 years' from generate_series(0, $2::int - 1) n`,
    [JSON.stringify(settings), organisations],
  );
  const templates: Template[] = [];
  for (const [nth, shape] of [...closedShapes, ...openShapes].entries())
    templates.push(await playLife(db, 'bench-0', shape, `zq${String(nth).padStart(2, '0')}qz`));
  say(`an empty record: ${templates.length} lives`);
  const [out] = openShapes.filter(({ name }) => name === 'out');
  if (out === undefined) throw new Error('no life is out for delivery');
  const other = await playLife(db, 'bench-0', out, 'zq99qz');
  await print(where, db, [await hearing(db, other.consignment)]);
  const consignments = Number(values.consignments);
  const size = {
    consignments,
    open: Number(values.open),
    organisations,
    parked: consignments / 100,
    messages: consignments * 2,
  };
  const one = await db.connect();
  const began = Date.now();
  try {
    await copyLives(one, templates, size, (what) =>
      say(`  ${String(Math.round((Date.now() - began) / 1_000)).padStart(4)} s  ${what}`),
    );
    await one.query('vacuum analyze');
  } finally {
    one.release(true);
  }
}

async function print(where: Where, db: Database, asked: readonly Question[]): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const question of asked) {
    const cost = await costOf(where, db, question);
    const { name, p50, p95, statements, rows: read, scans, block, cpu, target } = cost;
    const missed = (target !== undefined && p95 > target) || block > 50;
    rows.push([
      name,
      short(p50),
      short(p95),
      statements,
      read,
      scans.join(' ') || 'index',
      short(cpu),
      short(block),
      target ?? '',
      missed ? 'missed' : '',
    ]);
    process.stderr.write(`${name}: ${short(p50)} ms\n`);
  }
  say(
    table(
      ['question', 'p50 ms', 'p95 ms', 'statements', 'rows read', 'all of', 'cpu ms', 'block ms', 'target ms', ''],
      rows,
    ),
  );
}

await withRecord(values.database, async (where) => {
  const db = openDatabase({ ...where, applicationName: 'bench' });
  try {
    await makeRecord(where, db);
    const asked = (await questions(db)).filter(({ name }) => values.only === undefined || name.includes(values.only));
    const { rows } = await db.query<{ what: string; n: number }>(
      `select 'consignments' as what, count(*)::int as n from consignment union all select 'open', count(*)::int from consignment where closed_at is null
       union all select 'facts', count(*)::int from fact union all select 'receipts', count(*)::int from receipt
       union all select 'obligations', count(*)::int from obligation union all select 'messages', count(*)::int from journal`,
    );
    say(rows.map(({ what, n }) => `${n.toLocaleString('en')} ${what}`).join(', '));
    await print(where, db, asked);
  } finally {
    await db.end();
  }
});
