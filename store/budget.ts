import { type BudgetRules, type BudgetState, decide, emptyBudget, held, meanGap } from '../domain/budget.ts';
import { CallError, type CallPriority } from '../domain/call-error.ts';
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
 * Resolves when one call may be made now. Throws a CallError of class `budget` with `until` (epoch ms, the database's clock) where
 * that is not within `maxWaitMs`; then nothing was taken. Each ask is one short transaction on the budget's row, so no two
 * workers decide at once, and only the database's clock counts. Of one process, organisation and class one asks at a time and
 * the others stand in line behind it, first come first served; those turned away are told times one after the other.
 */
export async function take(db: Database, ask: BudgetAsk, { maxWaitMs = 2000, signal }: TakeOptions = {}): Promise<void> {
  const deadline = performance.now() + maxWaitMs;
  const line = lineFor(db, ask);
  const place = await line.stand(deadline, signal);
  if (place > 0) throw tooLate(ask, line.opens() + place * meanGap(ask.rules));
  try {
    for (;;) {
      signal?.throwIfAborted();
      // What the one before was told holds for this one too: it need not ask to be told the same.
      const wait = line.wait();
      if (performance.now() + wait > deadline) throw tooLate(ask, line.turnAway(meanGap(ask.rules)));
      if (wait > 0) await pause(wait, signal);
      const answer = await once(db, ask);
      if (answer.granted) return line.granted();
      line.told(answer.notBefore, answer.now);
    }
  } finally {
    line.leave();
  }
}

/** Holds a budget: nobody is granted a call before `until` (epoch ms), because the far side asked for it or is silent to us. */
export async function hold(db: Database, budget: string, until: number): Promise<void> {
  await locked(db, budget, async (tx, state) => save(tx, budget, held(state, until)));
}

/** The budget as it stands, for people; undefined where nobody has asked for it yet. */
export async function look(db: Queryable, budget: string): Promise<BudgetState | undefined> {
  const { rows } = await db.query<{ state: Partial<BudgetState> }>('select state from budget where id = $1', [budget]);
  return rows[0] === undefined ? undefined : { ...emptyBudget, ...rows[0].state };
}

type Answer = { readonly granted: true } | { readonly granted: false; readonly notBefore: number; readonly now: number };

function once(db: Database, { budget, organisation, priority, rules }: BudgetAsk): Promise<Answer> {
  return locked(db, budget, async (tx, state, now): Promise<Answer> => {
    const decision = decide(state, { organisation, priority, now }, rules);
    await save(tx, budget, decision.state);
    return decision.granted ? { granted: true } : { granted: false, notBefore: decision.notBefore, now };
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

function tooLate({ budget, priority }: BudgetAsk, until: number): CallError {
  const at = Math.ceil(until);
  return new CallError('budget', `no ${priority} call in the budget ${budget} before ${new Date(at).toISOString()}`, { until: at });
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

/** The callers of one class of an organisation in this process: the first asks the database, the others wait for its place. */
class Line {
  readonly #waiting: (() => void)[] = [];
  #asking = false;
  #notBefore = 0;
  #ahead = 0;
  #turnedAway = 0;

  /** Resolves to 0 when it is this caller's turn to ask, or, when `deadline` comes first, to how many were before it. */
  async stand(deadline: number, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted();
    if (!this.#asking) {
      this.#asking = true;
      return 0;
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        stop();
        resolve(0);
      };
      const out = (): void => {
        const place = this.#waiting.indexOf(go) + 1;
        stop();
        resolve(place);
      };
      const given = (): void => {
        stop();
        reject(signal?.reason);
      };
      const timer = setTimeout(out, Math.max(0, deadline - performance.now()));
      signal?.addEventListener('abort', given);
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', given);
        const at = this.#waiting.indexOf(go);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      this.#waiting.push(go);
    });
  }

  /** Passes the turn on. */
  leave(): void {
    const next = this.#waiting[0];
    if (next === undefined) this.#asking = false;
    else next();
  }

  told(notBefore: number, now: number): void {
    if (notBefore > this.#notBefore) this.#turnedAway = 0;
    this.#notBefore = notBefore;
    this.#ahead = now - Date.now();
  }

  granted(): void {
    this.#notBefore = 0;
    this.#turnedAway = 0;
  }

  /** How long until it is worth asking again, in ms, as far as we were told. */
  wait(): number {
    return Math.max(0, this.#notBefore - this.#now());
  }

  /** When one who cannot wait for that should come again: each a `gap` later than the one before. Epoch ms. */
  turnAway(gap: number): number {
    return this.opens() + gap * this.#turnedAway++;
  }

  /** When the one in front may call, by the database's clock as far as we know it. */
  opens(): number {
    return Math.max(this.#notBefore, this.#now());
  }

  #now(): number {
    return Date.now() + this.#ahead;
  }
}

const lines = new WeakMap<Database, Map<string, Line>>();

function lineFor(db: Database, { budget, organisation, priority }: BudgetAsk): Line {
  const own = lines.get(db) ?? new Map<string, Line>();
  lines.set(db, own);
  const key = JSON.stringify([budget, organisation, priority]);
  const line = own.get(key) ?? new Line();
  own.set(key, line);
  return line;
}
