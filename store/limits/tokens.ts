import { CallError } from '../../domain/calls/error.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import type { Seal } from '../postgres/secrets.ts';

export interface FetchedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export interface TokenOptions {
  /** Fetches at most in `withinMs`; 5 in an hour unless told (apis 2.3). */
  readonly fetches?: number;
  readonly withinMs?: number;
  /** How long one fetch may take, in ms; 20,000 unless told. */
  readonly fetchMs?: number;
}

interface Row {
  readonly sealed: Buffer | null;
  readonly expires: number | null;
  readonly refresh: number | null;
  readonly fetching: number | null;
  readonly fetched: readonly number[];
  readonly now: number;
}

/** What to do about the row as it was found. */
type Step = { readonly use: string } | { readonly fetchBegun: number } | { readonly waitMs: number };

const EARLY_MS = 5 * 60_000;
/** A token with less left than this is not handed out any more. */
const LEAST_MS = 5_000;
const LOOK_MS = 200;

/**
 * The one Qargo token of an organisation, shared by all workers and kept sealed. It is fetched again 5 minutes before it expires
 * (a quarter of its life, where that is shorter) by one worker, while the others still use the old one. A fetch counts from the
 * moment it begins, so a worker killed in the middle has used one up too; one that surely was never sent is given back. The
 * organisation must exist in the store.
 */
export class SharedToken {
  readonly #db: Database;
  readonly #seal: Seal;
  readonly #organisation: string;
  readonly #fetchToken: () => Promise<FetchedToken>;
  readonly #fetches: number;
  readonly #withinMs: number;
  readonly #fetchMs: number;
  #getting: Promise<string> | undefined;

  constructor(
    db: Database,
    seal: Seal,
    organisation: string,
    fetchToken: () => Promise<FetchedToken>,
    options: TokenOptions = {},
  ) {
    this.#db = db;
    this.#seal = seal;
    this.#organisation = organisation;
    this.#fetchToken = fetchToken;
    this.#fetches = options.fetches ?? 5;
    this.#withinMs = options.withinMs ?? 3_600_000;
    this.#fetchMs = options.fetchMs ?? 20_000;
  }

  /**
   * A token that is valid for 5 s at least. Throws what the fetch threw, a CallError `budget` with `until` when all fetches of
   * the hour are used up and nothing usable is held, a CallError `lost` when the fetch brought no answer in time.
   */
  get(): Promise<string> {
    this.#getting ??= this.#get().finally(() => {
      this.#getting = undefined;
    });
    return this.#getting;
  }

  /** Qargo did not accept this token: it is not handed out again. Does nothing where another one has been stored meanwhile. */
  async refused(token: string): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      const row = await this.#lock(tx);
      if (row === undefined || row.sealed === null || this.#open(row.sealed) !== token) return;
      await tx.query(
        'update qargo_token set sealed = null, expires_at = null, refresh_at = null, updated_at = clock_timestamp() where organisation = $1',
        [this.#organisation],
      );
    });
  }

  async #get(): Promise<string> {
    for (;;) {
      const held = await this.#read(this.#db, '');
      if (held !== undefined && held.sealed !== null && held.refresh !== null && held.now < held.refresh)
        return this.#open(held.sealed);
      const step = await inTransaction(this.#db, (tx) => this.#step(tx));
      if ('use' in step) return step.use;
      if ('fetchBegun' in step) return this.#fetch(step.fetchBegun);
      await new Promise((resume) => setTimeout(resume, step.waitMs));
    }
  }

  /** Under the row's lock: use what is held, wait for who is fetching, or take one of the hour's fetches. */
  async #step(tx: Queryable): Promise<Step> {
    const row = await this.#lock(tx);
    if (row === undefined) throw new Error(`no token row of ${this.#organisation}`);
    const usable = row.sealed !== null && row.expires !== null && row.now + LEAST_MS < row.expires;
    if (row.sealed !== null && row.refresh !== null && row.now < row.refresh) return { use: this.#open(row.sealed) };
    if (row.fetching !== null && row.now < row.fetching)
      return usable ? { use: this.#open(row.sealed) } : { waitMs: LOOK_MS };
    const recent = row.fetched.filter((t) => row.now - t <= this.#withinMs).sort((a, b) => a - b);
    if (recent.length >= this.#fetches) {
      if (usable) return { use: this.#open(row.sealed) };
      const until = (recent.at(-this.#fetches) ?? row.now) + this.#withinMs + 1;
      const waitMs = until - row.now;
      throw new CallError('budget', `no token may be fetched before ${new Date(until).toISOString()}`, {
        until,
        waitMs,
      });
    }
    await tx.query(
      `update qargo_token set fetching_until = $2, fetched = $3, updated_at = clock_timestamp() where organisation = $1`,
      [this.#organisation, at(row.now + this.#fetchMs + LEAST_MS), [...recent, row.now].map(at)],
    );
    return { fetchBegun: row.now };
  }

  async #fetch(begun: number): Promise<string> {
    try {
      const { token, expiresInSeconds } = await this.#inTime(this.#fetchToken());
      const life = expiresInSeconds * 1000;
      if (token === '' || !(life > 0)) throw new CallError('lost', 'the answer held no token with a time to live');
      await this.#db.query(
        `update qargo_token set sealed = $2, fetching_until = null, updated_at = clock_timestamp(),
           expires_at = clock_timestamp() + $3 * interval '1 ms', refresh_at = clock_timestamp() + $4 * interval '1 ms'
         where organisation = $1`,
        [this.#organisation, this.#seal.seal(token, this.#about), life, Math.max(life - EARLY_MS, life * 0.75)],
      );
      return token;
    } catch (error) {
      await this.#db.query(
        'update qargo_token set fetching_until = null, fetched = case when $2 then array_remove(fetched, $3) else fetched end where organisation = $1',
        [this.#organisation, neverSent(error), at(begun)],
      );
      throw error;
    }
  }

  async #inTime<T>(fetching: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CallError('lost', 'no token came in time')), this.#fetchMs);
    });
    return Promise.race([fetching, late]).finally(() => clearTimeout(timer));
  }

  async #lock(tx: Queryable): Promise<Row | undefined> {
    await tx.query('insert into qargo_token (organisation) values ($1) on conflict (organisation) do nothing', [
      this.#organisation,
    ]);
    return this.#read(tx, 'for update');
  }

  async #read(tx: Queryable, lock: '' | 'for update'): Promise<Row | undefined> {
    const { rows } = await tx.query<Row>(
      `with mine as materialized (select * from qargo_token where organisation = $1 ${lock})
       select sealed, ${ms('expires_at')} as expires, ${ms('refresh_at')} as refresh, ${ms('fetching_until')} as fetching,
         array(select ${ms('each')} from unnest(fetched) each)::float8[] as fetched, ${ms('clock_timestamp()')} as now
       from mine`,
      [this.#organisation],
    );
    return rows[0];
  }

  #open(sealed: Buffer | null): string {
    if (sealed === null) throw new Error('no token is held');
    return this.#seal.open(sealed, this.#about).toString('utf8');
  }

  get #about(): string {
    return `qargo token ${this.#organisation}`;
  }
}

function neverSent(error: unknown): boolean {
  return error instanceof CallError && (error.retry === 'down' || error.retry === 'budget');
}

/** SQL: a time as epoch milliseconds. */
const ms = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::bigint`;

const at = (epochMs: number): string => new Date(epochMs).toISOString();
