/**
 * Counts the statements of a process by their beginning: imported before anything else (`node --import`), it writes what it has counted
 * to `$BENCH_STATEMENTS/<pid>.json`. Looking into an empty queue is counted apart: it is done on an idle system too.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

export interface Counted {
  count: number;
  ms: number;
}

export interface Counts {
  readonly process: string;
  readonly idle: Counted;
  readonly statements: Record<string, Counted>;
}

const counts: Counts = { process: roleOf(process.argv), idle: { count: 0, ms: 0 }, statements: {} };

function roleOf(argv: readonly string[]): string {
  const [, script = '', command = ''] = argv;
  if (script.endsWith('cli/main.js')) return command === 'serve' ? 'service' : command;
  return /\/bench\/[^/]+\.js$/.test(script) ? 'service' : (script.split('/').at(-2) ?? script);
}

const queues = /from inbox where lease_until|from wake w\s+where w\.pending/;

function note(text: string, ms: number, rows: number): void {
  const head = text.replace(/\s+/g, ' ').trim().slice(0, 110);
  counts.statements[head] ??= { count: 0, ms: 0 };
  const into = queues.test(text) && rows === 0 ? counts.idle : counts.statements[head];
  into.count += 1;
  into.ms += ms;
}

type Query = (this: pg.Client, ...given: unknown[]) => unknown;
const query = Reflect.get(pg.Client.prototype, 'query') as Query;

pg.Client.prototype.query = function counting(this: pg.Client, ...given: unknown[]) {
  const [first] = given;
  const text = typeof first === 'string' ? first : ((first as { text?: string } | undefined)?.text ?? '');
  const began = performance.now();
  const ended = (rows: unknown) =>
    note(text, performance.now() - began, (rows as { rowCount?: number } | undefined)?.rowCount ?? 0);
  const last = given.at(-1);
  if (typeof last === 'function') {
    const back = last as (...answer: unknown[]) => void;
    given[given.length - 1] = (...answer: unknown[]) => {
      ended(answer[1]);
      back(...answer);
    };
    return query.apply(this, given);
  }
  const answer = query.apply(this, given);
  if (answer instanceof Promise) answer.then(ended, () => ended(undefined));
  return answer;
} as typeof pg.Client.prototype.query;

/** What was counted until now. */
export const counted = (): Counts => structuredClone(counts);

const folder = process.env.BENCH_STATEMENTS;
if (folder !== undefined) {
  const file = join(folder, `${process.pid}.json`);
  setInterval(() => {
    writeFileSync(`${file}.new`, JSON.stringify(counts));
    renameSync(`${file}.new`, file);
  }, 200).unref();
}
