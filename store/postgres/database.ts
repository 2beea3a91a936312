import { createHash } from 'node:crypto';
import pg from 'pg';
import { storableParameter } from './door.ts';

/** The record: one PostgreSQL, one schema. Every process opens its own pool. */
export type Database = pg.Pool;

/** What can run a query: the pool itself, or one connection inside a transaction. */
export type Queryable = Pick<pg.PoolClient, 'query'>;

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/name`. */
  readonly url: string;
  /** The schema all unqualified names mean; see `schemaName`. */
  readonly schema: string;
  /** Connections at most; 10 unless told. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** How long to wait for a free or a new connection, in ms; 10,000 unless told. */
  readonly connectMs?: number;
  /** Told of a connection that broke. The pool replaces it by itself, and whoever was using it gets the error too. */
  readonly onBroken?: (error: Error) => void;
}

const INT8 = 20;

/**
 * A pool of connections whose unqualified names mean `schema`. Statements end after 30 s, transactions left idle after 60 s.
 * `bigint` comes back as a number and throws a RangeError where it does not fit one exactly; `numeric` stays a string,
 * `timestamptz` a Date. Nothing is connected until the first query. Close it with `end()`.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: inSchema(options.url, options.schema),
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'palletways-qargo',
    connectionTimeoutMillis: options.connectMs ?? 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    types: { getTypeParser },
  });
  const broken = options.onBroken ?? (() => undefined);
  // Without a listener a connection that breaks while idle, or between two queries of its user, would end the process.
  pool.on('error', broken);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    guard(client);
  });
  return pool;
}

/**
 * Nothing that PostgreSQL cannot hold leaves through this connection: parameters are made storable, whoever writes them. A statement that
 * is asked again and again is prepared.
 */
function guard(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const [text, values, ...rest] = given.map(guarded);
    if (typeof text !== 'string' || !Array.isArray(values)) return query(...given.map(guarded));
    return isAskedOften(text) ? query(prepared(text, values as unknown[]), ...rest) : query(text, values, ...rest);
  }) as typeof client.query;
}

/** Asked so often by this process, a statement is prepared; as PostgreSQL's other drivers do it. */
const often = 5;
/** Texts that are counted at most: what is made anew each time never comes to be prepared. */
const mostTexts = 2_000;
const asked = new Map<string, number>();

function isAskedOften(text: string): boolean {
  const times = (asked.get(text) ?? 0) + 1;
  if (times <= often && (times > 1 || asked.size < mostTexts)) asked.set(text, times);
  return times > often;
}

/** Of what `query` is given: the list of values, alone or in a query's description, with storable values. A query's own object stays as it is. */
function guarded(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(storableParameter);
  if (typeof given !== 'object' || given === null || 'submit' in given || !('values' in given)) return given;
  return Array.isArray(given.values) ? { ...given, values: given.values.map(storableParameter) } : given;
}

/** Refuses (RangeError) what would need quoting: a schema's name is lower-case letters, digits and `_`, at most 63. */
export function schemaName(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new RangeError(`not a schema's name: ${JSON.stringify(name)}`);
  return name;
}

/**
 * The address with `search_path` and UTC set for each connection, after whatever options it names itself. Statements are planned once for
 * all values: every one of them has an index that fits whatever is asked, and planning costs more than running it (docs/measurements.md). What was
 * planned while a table was small is planned anew once the server has analysed that table, as it does by itself.
 */
export function inSchema(url: string, schema: string): string {
  const address = new URL(url);
  const own = address.searchParams.get('options');
  const ours = `-c search_path=${schemaName(schema)} -c timezone=UTC -c plan_cache_mode=force_generic_plan`;
  address.searchParams.set('options', own === null ? ours : `${own} ${ours}`);
  return address.href;
}

const names = new Map<string, string>();

/**
 * A statement that each connection has PostgreSQL read and plan once, and then only run: for large ones that are asked all the time, and
 * whose best plan does not depend on their values.
 */
function prepared(text: string, values: unknown[]): pg.QueryConfig {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('hex').slice(0, 24);
    names.set(text, name);
  }
  return { name, text, values };
}

const REPEAT = new Set(['40001', '40P01']); // serialization_failure, deadlock_detected
const TRIES = 4;

/**
 * Runs `fn` in one transaction: commits what it returns, rolls back what it throws. A serialization failure or a deadlock runs
 * `fn` again, at most three times, so `fn` must do nothing outside the transaction. Any other error is thrown as it is.
 */
export async function inTransaction<T>(db: Database, fn: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(db, fn);
    } catch (error) {
      if (attempt === TRIES || !REPEAT.has(sqlState(error) ?? '')) throw error;
      await new Promise((resume) => setTimeout(resume, 10 * attempt + Math.random() * 20 * attempt));
    }
  }
}

/** Runs `fn` on a connection; where it throws, what it began is rolled back. A connection that cannot even roll back is thrown away. */
export async function onConnection<T>(db: Database, fn: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await db.connect();
  let broken: Error | undefined;
  try {
    return await fn(tx);
  } catch (error) {
    broken = await rollBack(tx);
    throw error;
  } finally {
    tx.release(broken);
  }
}

/** Answers why the connection is no good any more, where it is not. */
async function rollBack(tx: pg.PoolClient): Promise<Error | undefined> {
  try {
    await tx.query('rollback');
    return undefined;
  } catch (failed) {
    return failed instanceof Error ? failed : new Error(String(failed));
  }
}

/** Runs `fn` in a transaction that is always rolled back: what it reads is true, what it writes was never there. */
export async function withoutTrace<T>(db: Database, fn: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await db.connect();
  try {
    await tx.query('begin');
    transactions.set(tx, { beforeCommit: new Map(), locked: new Set() });
    return await fn(tx);
  } finally {
    transactions.delete(tx);
    tx.release(await rollBack(tx));
  }
}

async function once<T>(db: Database, fn: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  return onConnection(db, async (tx) => {
    const transaction: Transaction = { beforeCommit: new Map(), locked: new Set() };
    transactions.set(tx, transaction);
    try {
      await tx.query('begin');
      const result = await fn(tx);
      for (const act of transaction.beforeCommit.values()) await act();
      await tx.query('commit');
      return result;
    } finally {
      transactions.delete(tx);
    }
  });
}

interface Transaction {
  readonly beforeCommit: Map<object, () => Promise<void>>;
  /** Consignments that it has locked. */
  readonly locked: Set<string>;
}

const transactions = new WeakMap<Queryable, Transaction>();

/**
 * Has `act` run in the transaction, once, just before it commits; what is asked for under the same `name` later replaces it. In a
 * transaction without trace it never runs. @throws outside a transaction.
 */
export function beforeCommit(tx: Queryable, name: object, act: () => Promise<void>): void {
  const transaction = transactions.get(tx);
  if (transaction === undefined) throw new Error('this must run in a transaction');
  transaction.beforeCommit.set(name, act);
}

/** The consignments that the transaction on this connection has locked; kept for nobody outside of one. */
export const lockedIn = (tx: Queryable): Set<string> => transactions.get(tx)?.locked ?? new Set();

/** Names the transaction that runs on this connection; undefined outside of one. */
export const transactionOf = (tx: Queryable): object | undefined => transactions.get(tx);

/** The five-character SQLSTATE of a PostgreSQL error, undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** SQL that says an instant as UTC ISO text, `2026-11-23T05:12:33.123Z`; in microseconds where texts must sort as the column does. */
export const isoText = (column: string, unit: 'milliseconds' | 'microseconds' = 'milliseconds'): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.${unit === 'milliseconds' ? 'MS' : 'US'}"Z"')`;

/** Resolves where the database answers; throws its error where it does not. */
export async function awaitAnswer(db: Queryable): Promise<void> {
  await db.query('select 1');
}

/** The database's clock at this moment (not at the start of the transaction), UTC, `2026-11-23T05:12:33.123Z`. */
export async function now(tx: Queryable): Promise<string> {
  const { rows } = await tx.query<{ now: string }>(`select ${isoText('clock_timestamp()')} as now`);
  const row = rows[0];
  if (row === undefined) throw new Error('the database told no time');
  return row.now;
}

const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary'
    ? safeInteger
    : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint out of a number's range: ${text}`);
  return value;
}
