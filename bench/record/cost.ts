/** What a question costs: how long it takes, how many rows it reads and by what, and how long it blocks the event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type pg from 'pg';
import { type Database, openDatabase } from '../../store/postgres/database.ts';
import { percentile } from '../table.ts';
import type { Where } from '../with-record.ts';

export interface Question {
  readonly name: string;
  /** `nth`: which time it is asked; the database of the record. */
  ask(db: Database, nth: number): Promise<unknown>;
  /** What it should take at most, ms. */
  readonly target?: number;
  /** How often it is asked at most. */
  readonly times?: number;
}

export interface Cost {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly statements: number;
  /** Rows that were looked at, over all statements. */
  readonly rows: number;
  /** Tables of which all rows are read. */
  readonly scans: readonly string[];
  /** The longest time that nothing else ran in this process, ms. */
  readonly block: number;
  /** What this process computes for it each time, ms of its processor. */
  readonly cpu: number;
  readonly target: number | undefined;
}

const longestMs = 6_000;

export async function costOf(where: Where, db: Database, question: Question): Promise<Cost> {
  await question.ask(db, 0);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const took: number[] = [];
  const began = performance.now();
  const used = process.cpuUsage();
  delay.enable();
  for (let nth = 1; nth <= (question.times ?? 30) && (nth < 3 || performance.now() - began < longestMs); nth += 1) {
    const at = performance.now();
    await question.ask(db, nth);
    took.push(performance.now() - at);
  }
  delay.disable();
  const { user, system } = process.cpuUsage(used);
  const cpu = (user + system) / 1_000 / took.length;
  const { statements, rows, scans } = await explained(where, (explaining) => question.ask(explaining, took.length + 1));
  const block = Math.max(0, delay.max / 1e6 - 1);
  return {
    name: question.name,
    p50: percentile(took, 0.5),
    p95: percentile(took, 0.95),
    statements,
    rows,
    scans,
    block,
    cpu,
    target: question.target,
  };
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A table that small is read whole, whatever indexes it has. */
const smallTable = 500;

/** Asks once more, each statement explained just before it runs. */
async function explained(where: Where, ask: (db: Database) => Promise<unknown>) {
  const found = { statements: 0, rows: 0, scans: new Set<string>() };
  const db = openDatabase({ ...where, max: 1, applicationName: 'bench explain' });
  db.on('connect', (client) => explainEach(client, found));
  try {
    await ask(db);
  } finally {
    await db.end();
  }
  return { ...found, scans: [...found.scans] };
}

function explainEach(client: pg.PoolClient, found: { statements: number; rows: number; scans: Set<string> }): void {
  const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<pg.QueryResult>;
  let open = false;
  const run = async (text: string, values?: unknown[]) => {
    if (text === 'begin') open = true;
    if (text === 'commit' || text === 'rollback') open = false;
    if (/^\s*(select|with|insert|update|delete)/i.test(text)) {
      found.statements += 1;
      await query(open ? 'savepoint explained' : 'begin');
      const { rows } = await query(`explain (analyze, timing off, format json) ${text}`, values);
      await query(open ? 'rollback to savepoint explained' : 'rollback');
      const [{ Plan: plan }] = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
      count(plan, found);
    }
    return query(text, values);
  };
  // The pool calls back, everybody else awaits.
  client.query = ((
    asked: string | pg.QueryConfig,
    given?: unknown,
    back?: (error: unknown, result?: unknown) => void,
  ) => {
    const callback = typeof given === 'function' ? (given as typeof back) : back;
    const values = Array.isArray(given) ? given : undefined;
    const done = typeof asked === 'string' ? run(asked, values) : run(asked.text, asked.values ?? values);
    if (callback === undefined) return done;
    done.then(
      (result) => callback(undefined, result),
      (error: unknown) => callback(error),
    );
    return undefined;
  }) as typeof client.query;
}

function count(node: PlanNode, found: { rows: number; scans: Set<string> }): void {
  const table = node['Relation Name'];
  if (table !== undefined && node['Node Type'].includes('Scan')) {
    const each =
      node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    found.rows += Math.round(each * node['Actual Loops']);
    if (node['Node Type'] === 'Seq Scan' && each * node['Actual Loops'] > smallTable) found.scans.add(table);
  }
  for (const inner of node.Plans ?? []) count(inner, found);
}
