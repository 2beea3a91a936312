import { type BudgetDecision, type BudgetRules, type BudgetState, decide, emptyBudget, held } from '../domain/budget.ts';
import { CallError, type CallPriority } from '../domain/call-error.ts';
import { lineFor } from './budget-line.ts';
import { type Database, inTransaction, type Queryable } from './database.ts';

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
 * after that time. Each ask is one short transaction on the budget's row, so no two workers decide at once, and only the database's
 * clock counts. Of one process, organisation and class one asks at a time and the others stand in line behind it, first come first
 * served; those turned away are told times one after the other.
 */
export async function take(db: Database, ask: BudgetAsk, { maxWaitMs = 2000, signal }: TakeOptions = {}): Promise<void> {
  const deadline = performance.now() + maxWaitMs;
  const line = lineFor(db, ask);
  const place = await line.stand(deadline, signal);
  if (place > 0) throw tooLate(ask, line.turnOf(place));
  try {
    for (;;) {
      signal?.throwIfAborted();
      // What the one before was told holds for this one too: it need not ask to be told the same.
      const wait = line.wait();
      if (performance.now() + wait > deadline) throw tooLate(ask, line.turnAway());
      if (wait > 0) await pause(wait, signal);
      const { decision, now } = await once(db, ask);
      if (decision.granted) return line.granted(decision.turnMs);
      line.told(decision.notBefore, now, decision.turnMs);
    }
  } finally {
    line.leave();
  }
}

/** Holds a budget: nobody is granted a call for so long, ms, because the far side asked for it or is silent to us. */
export async function hold(db: Database, budget: string, forMs: number): Promise<void> {
  await locked(db, budget, async (tx, state, now) => save(tx, budget, held(state, now + forMs)));
}

/** The budget as it stands, for people; undefined where nobody has asked for it yet. */
export async function look(db: Queryable, budget: string): Promise<BudgetState | undefined> {
  const { rows } = await db.query<{ state: Partial<BudgetState> }>('select state from budget where id = $1', [budget]);
  return rows[0] === undefined ? undefined : { ...emptyBudget, ...rows[0].state };
}

function once(db: Database, { budget, organisation, priority, rules }: BudgetAsk): Promise<{ decision: BudgetDecision; now: number }> {
  return locked(db, budget, async (tx, state, now) => {
    const decision = decide(state, { organisation, priority, now }, rules);
    await save(tx, budget, decision.state);
    return { decision, now };
  });
}

/** Runs `fn` with the row locked and the time read after the lock was got. */
async function locked<T>(db: Database, budget: string, fn: (tx: Queryable, state: BudgetState, now: number) => Promise<T>): Promise<T> {
  return inTransaction(db, async (tx) => {
    let row = await lockRow(tx, budget);
    if (row === undefined) {
      await tx.query('insert into budget (id, state) values ($1, $2) on conflict (id) do nothing', [budget, emptyBudget]);
      row = await lockRow(tx, budget);
    }
    if (row === undefined) throw new Error(`the budget ${budget} is gone`);
    return fn(tx, { ...emptyBudget, ...row.state }, row.now);
  });
}

async function lockRow(tx: Queryable, budget: string): Promise<{ state: Partial<BudgetState>; now: number } | undefined> {
  const { rows } = await tx.query<{ state: Partial<BudgetState>; now: number }>(
    `with mine as materialized (select state from budget where id = $1 for update)
     select state, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now from mine`,
    [budget],
  );
  return rows[0];
}

async function save(tx: Queryable, budget: string, state: BudgetState): Promise<void> {
  await tx.query('update budget set state = $2, updated_at = clock_timestamp() where id = $1', [budget, state]);
}

function tooLate({ budget, priority }: BudgetAsk, { until, waitMs }: { readonly until: number; readonly waitMs: number }): CallError {
  const at = new Date(until).toISOString();
  return new CallError('budget', `no ${priority} call in the budget ${budget} before ${at}`, { until, waitMs });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', given);
    function done(): void {
      signal?.removeEventListener('abort', given);
      resolve();
    }
    function given(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
  });
}
