import type pg from 'pg';
import { type BudgetRules, type BudgetState, decideAll, emptyBudget, held } from '../../domain/calls/budget.ts';
import type { CallPriority } from '../../domain/calls/error.ts';
import { storableText } from '../../domain/facts/text.ts';
import { type Database, onConnection, type Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { BudgetDesk } from './budget-desk.ts';

export interface BudgetAsk {
  /** Whose limit it is: an address, a tenant. All that name the same one share it, in all workers. */
  readonly budget: string;
  readonly organisation: string;
  readonly priority: CallPriority;
  readonly rules: BudgetRules;
}

export interface TakeOptions {
  /** How long to wait for the grant, in ms; 2,000 unless told. */
  readonly maxWaitMs?: number;
  /** Gives the wait up; `take` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when one call may be made now. Throws a CallError of class `budget` where that is not within `maxWaitMs`, with `until`
 * (epoch ms, the database's clock) and `waitMs`; then nothing was taken, and the place in the budget's line is kept until a second
 * after that time. All callers of one process wait in memory and are asked for at once; each ask is one transaction of two statements on
 * the budget's row, so no two workers decide at once, and only the database's clock counts. Of one organisation and class the first to
 * come is the first to be served; those turned away are told times one after the other.
 */
export async function take(
  db: Database,
  ask: BudgetAsk,
  { maxWaitMs = 2000, signal }: TakeOptions = {},
): Promise<void> {
  const { organisation, priority, rules } = ask;
  await deskOf(db, ask.budget).stand({
    organisation,
    priority,
    rules,
    deadline: performance.now() + maxWaitMs,
    signal,
  });
}

/** Holds a budget: nobody is granted a call for so long, ms, because the far side asked for it or is silent to us. */
export async function hold(db: Database, budget: string, forMs: number): Promise<void> {
  await locked(db, budget, (state, now) => ({ state: held(state, now + forMs) }));
}

/** The budget as it stands, for people; undefined where nobody has asked for it yet. */
export async function look(db: Queryable, budget: string): Promise<BudgetState | undefined> {
  const { rows } = await db.query<{ state: Partial<BudgetState> }>('select state from budget where id = $1', [budget]);
  return rows[0] === undefined ? undefined : { ...emptyBudget, ...rows[0].state };
}

const desks = new WeakMap<Database, Map<string, BudgetDesk>>();

/** The desk of this process for one budget. */
function deskOf(db: Database, budget: string): BudgetDesk {
  const own = desks.get(db) ?? new Map<string, BudgetDesk>();
  desks.set(db, own);
  const known = own.get(budget);
  if (known !== undefined) return known;
  const desk = new BudgetDesk(budget, (requests, rules) =>
    locked(db, budget, (state, now) => {
      const decisions = decideAll(state, requests, now, rules);
      return { decisions, now, state: decisions.state };
    }),
  );
  own.set(budget, desk);
  return desk;
}

/** Replaces the state of the budget while its row is locked, the time read after the lock was got: two round trips, one of them under the lock. */
async function locked<T extends { readonly state: BudgetState }>(
  db: Database,
  budget: string,
  change: (state: BudgetState, now: number) => T,
): Promise<T> {
  return onConnection(db, async (tx) => {
    const id = tx.escapeLiteral(storableText(budget));
    const row = (await begin(tx, id)) ?? (await makeRow(tx, id));
    const result = change({ ...emptyBudget, ...row.state }, row.now);
    const state = tx.escapeLiteral(storableJson(result.state));
    await tx.query(`update budget set state = ${state}, updated_at = clock_timestamp() where id = ${id}; commit`);
    return result;
  });
}

interface Row {
  readonly state: Partial<BudgetState>;
  readonly now: number;
}

async function makeRow(tx: pg.PoolClient, id: string): Promise<Row> {
  const empty = tx.escapeLiteral(storableJson(emptyBudget));
  await tx.query(`rollback; insert into budget (id, state) values (${id}, ${empty}) on conflict (id) do nothing`);
  const row = await begin(tx, id);
  if (row === undefined) throw new Error(`the budget ${id} is gone`);
  return row;
}

/** Begins a transaction and locks the row, in one round trip: PostgreSQL takes several statements at once where they have no parameters. */
async function begin(tx: pg.PoolClient, id: string): Promise<Row | undefined> {
  const results: unknown = await tx.query(
    `begin;
     with mine as materialized (select state from budget where id = ${id} for update)
     select state, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now from mine`,
  );
  return (results as readonly pg.QueryResult<Row>[])[1]?.rows[0];
}
