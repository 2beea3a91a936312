/**
 * The dispatcher: journal rows become fact rows, fact rows become signals.
 *
 * A row is translated once, in one transaction. Facts of one consignment ride one signal: idle, that is at once; busy (a
 * signal went within the last `gatherMs`, or more is just coming, store/dispatch.ts), many ride together. One signal per
 * consignment is in flight over all dispatchers.
 * What cannot be read, matched or told is parked with its cause and holds nobody up: rows that wait are read several at once, and
 * one by one where one of them cannot be taken in; of that one only the parts that cannot are a problem (store/parts.ts). Tries are
 * counted and end. Facts that Temporal refuses together are told one by one.
 */
import { type Client, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { type WorkflowPolicy, workflowPolicy } from '../../domain/workflow-policy.ts';
import { inTransaction, type Queryable } from '../../store/database.ts';
import { claim, gathering, giveBack, type Lease, markDispatched, type News, newsOf, parkRefused } from '../../store/dispatch.ts';
import type { Name } from '../../store/identity.ts';
import type { Installation } from '../../store/installation.ts';
import { countTry, type JournalRow, lockUnread, markRead } from '../../store/journal.ts';
import { isMomentary, isStoreOutage } from '../../store/outage.ts';
import { matchParked } from '../../store/parked.ts';
import { hearParts, type Manner, wordsOf } from '../../store/parts.ts';
import { readMessage } from './read.ts';
import { tell } from './tell.ts';

export interface DispatcherOptions {
  readonly installation: Installation;
  readonly temporal: Client;
  readonly log: Logger;
  /** How long a consignment that was just told keeps gathering, ms. */
  readonly gatherMs?: number;
  /** How often to look for what other processes stored, ms. */
  readonly pollMs?: number;
  /** Signals in flight at once. */
  readonly parallel?: number;
}

const leaseMs = 20_000;
/** Journal rows that are read in one transaction where so many wait. */
const rowsAtOnce = 25;
/** A row that could not be taken in so often, though the record was there, is parked. */
const mostTries = 5;
/** Where Temporal refuses whatever is said to a workflow, it is asked again after this, ms. */
const refusedAllMs = 30_000;
const factsPerSignal = 200;
const bytesPerSignal = 64 * 1024;

export class Dispatcher {
  readonly #options: Required<DispatcherOptions>;
  #stopped = false;
  #translating: Promise<void> = Promise.resolve();
  #telling: Promise<void> = Promise.resolve();
  #wakeReader: (() => void) | undefined;
  #wakeTeller: (() => void) | undefined;
  #pendingRead = false;
  #pendingTell = false;
  /** So many rows are read one by one: one of those that wait could not be taken in. */
  #singly = 0;

  constructor(options: DispatcherOptions) {
    this.#options = { gatherMs: 120, pollMs: 200, parallel: 24, ...options };
  }

  start(): void {
    this.#translating = this.#loop(() => this.#readSome(), 'read');
    this.#telling = this.#loop(() => this.#tellSome(), 'tell');
  }

  /** Something was stored: look at once. */
  kick(): void {
    this.#pendingRead = true;
    this.#wakeReader?.();
  }

  #kickTeller(): void {
    this.#pendingTell = true;
    this.#wakeTeller?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeReader?.();
    this.#wakeTeller?.();
    await Promise.all([this.#translating, this.#telling]);
  }

  async #loop(step: () => Promise<boolean>, which: 'read' | 'tell'): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      let more = false;
      try {
        more = await step();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!this.#stopped) this.#options.log.warn({ err: error, which }, 'dispatcher: will try again');
      }
      if (!more) await this.#rest(which, failures);
    }
  }

  #rest(which: 'read' | 'tell', failures: number): Promise<void> {
    const pending = which === 'read' ? this.#pendingRead : this.#pendingTell;
    if (which === 'read') this.#pendingRead = false;
    else this.#pendingTell = false;
    if (pending && failures === 0) return Promise.resolve();
    const ms = failures === 0 ? this.#options.pollMs : Math.min(5_000, 200 * 2 ** failures);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (which === 'read') this.#wakeReader = wake;
      else this.#wakeTeller = wake;
    });
  }

  /** Translates the rows that wait, some in one transaction; true where there may be more. */
  async #readSome(): Promise<boolean> {
    const { installation } = this.#options;
    const [limit, manner]: [number, Manner] = this.#singly > 0 ? [1, 'apart'] : [rowsAtOnce, 'whole'];
    let rows: JournalRow[] = [];
    const parked = new Map<string, Name[]>();
    try {
      await inTransaction(installation.db, async (tx) => {
        parked.clear();
        rows = await lockUnread(tx, limit);
        for (const row of rows) {
          const names = await this.#read(tx, row, manner);
          if (names.length > 0) parked.set(row.organisation, [...(parked.get(row.organisation) ?? []), ...names]);
        }
      });
    } catch (error) {
      const [row] = rows;
      if (row === undefined || isStoreOutage(error)) throw error;
      if (limit > 1) {
        // One of them is bad: the others go on as if it were not there.
        this.#singly = limit;
        return true;
      }
      if (await this.#isTriedAgain(row, error)) return false;
    }
    this.#singly = Math.max(0, this.#singly - 1);
    if (rows.length === 0) return false;
    this.#kickTeller();
    // What waits for more to come is told when nothing more came.
    for (const ms of [gathering.quiet, gathering.linger]) setTimeout(() => this.#kickTeller(), ms + 5).unref();
    // Who parks looks once more after parking: a name may have appeared between the look-up and the commit.
    for (const [organisation, names] of parked) await this.matchParked(organisation, names);
    return true;
  }

  /** What is to be done with a row that cannot be taken in at all: what only the moment is against is tried again a few times, the rest is parked. */
  async #isTriedAgain(row: JournalRow, error: unknown): Promise<boolean> {
    const { installation, log } = this.#options;
    const tries = await countTry(installation.db, row.id);
    if (isMomentary(error) && tries < mostTries) {
      log.warn({ err: error, journal: row.id, tries }, 'a message could not be taken in and is tried again');
      return true;
    }
    log.error({ err: error, journal: row.id, tries }, 'a message could not be taken in and is parked');
    await markRead(installation.db, row.id, [{ field: 'message', message: wordsOf(error) }], true);
    return false;
  }

  /** Takes in one row; answers the names under which something of it was parked. */
  async #read(tx: Queryable, row: JournalRow, manner: Manner): Promise<Name[]> {
    const { installation, log } = this.#options;
    const organisation = await installation.organisations.cached(row.organisation);
    if (organisation === undefined) throw new Error(`no organisation ${row.organisation}`);
    const reading = readMessage(row, organisation, installation.digestOf(row.organisation));
    const staleMs = (organisation.policy.refreshMinutes * 60_000) / installation.environment.PALLETWAYS_QARGO_PACE;
    const via = row.channel === 'hand' ? 'hand' : 'push';
    const context = { organisation: row.organisation, journal: row.id, heard: row.receivedAt, via } as const;
    const taken = await hearParts(tx, reading.heard, staleMs > 0 ? { ...context, staleMs } : context, manner);
    const problems = [...reading.problems, ...taken.problems];
    await markRead(tx, row.id, problems, taken.parts === 0 && problems.length > 0);
    if (problems.length > 0)
      log.warn({ journal: row.id, fields: problems.map((p) => p.field) }, 'a part of a message could not be taken in');
    return taken.parked;
  }

  /** Gives parked facts to consignments whose names have appeared; all of the organisation where no names are given. */
  async matchParked(organisation: string, names?: readonly Name[]): Promise<number> {
    const matched = await inTransaction(this.#options.installation.db, (tx) => matchParked(tx, organisation, names));
    if (matched > 0) this.#kickTeller();
    return matched;
  }

  /** Claims and tells some consignments; true where there may be more. */
  async #tellSome(): Promise<boolean> {
    const { installation, parallel } = this.#options;
    const claims = await claim(installation.db, parallel, leaseMs);
    if (claims.length === 0) return false;
    await Promise.all(claims.map((each) => this.#tellOne(each)));
    return true;
  }

  async #tellOne(of: Lease): Promise<void> {
    const { installation, temporal, log, gatherMs } = this.#options;
    const { db } = installation;
    try {
      const news = cut(await newsOf(db, of.consignment, factsPerSignal));
      if (news.length === 0) {
        await giveBack(db, of, 0);
        return;
      }
      const organisation = await installation.organisations.cached(of.organisation);
      const policy = organisation === undefined ? undefined : workflowPolicy(organisation.policy);
      const told = await tell(
        temporal,
        of,
        news.map((each) => each.fact),
        policy,
      ).then(
        () => news.map((each) => each.seq),
        (error: unknown) => {
          if (refusalOf(error) === null) throw error;
          return this.#sift(of, news, policy);
        },
      );
      await markDispatched(db, of, told, gatherMs);
      setTimeout(() => this.#kickTeller(), gatherMs + 5).unref();
    } catch (error) {
      const refused = refusalOf(error) !== null;
      const wait = refused ? refusedAllMs : error instanceof ServiceError ? 1_000 : 2_000;
      log.warn({ err: error, consignment: of.consignment }, 'could not tell the workflow; will try again');
      await giveBack(db, of, wait).catch(() => undefined);
    }
  }

  /**
   * Tells facts one by one that Temporal refused together, in their order; each that is refused alone is parked. Where it refuses
   * an empty signal too the fault is not the fact's: then it throws that refusal, and nothing is parked. Answers what was told last.
   */
  async #sift(of: Lease, news: readonly News[], policy: WorkflowPolicy | undefined): Promise<number[]> {
    const { installation, temporal, log } = this.#options;
    for (const { seq, fact } of news) {
      try {
        await tell(temporal, of, [fact], policy);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null) throw error;
        await tell(temporal, of, [], policy);
        const bytes = Buffer.byteLength(JSON.stringify(fact));
        log.error({ err: error, consignment: of.consignment, fact: fact.id }, 'Temporal refuses a fact: it is parked');
        await parkRefused(installation.db, of.consignment, seq, `refused by Temporal: ${refusal} (${fact.kind}, ${bytes} bytes)`);
        continue;
      }
      // Whoever has taken the claim over tells the rest.
      if (!(await markDispatched(installation.db, of, [seq], leaseMs))) return [];
    }
    return [];
  }
}

/** Why Temporal will never take this, as gRPC names it; null where it may take it later, or where nobody asked Temporal. */
function refusalOf(error: unknown): string | null {
  if (!(error instanceof ServiceError)) return null;
  const { code, details } = (error.cause ?? {}) as { readonly code?: unknown; readonly details?: unknown };
  if (code === 3) return 'INVALID_ARGUMENT';
  // A message that is larger than the connection takes; all else of this code is a limit that passes.
  return code === 8 && typeof details === 'string' && details.includes('larger than max') ? 'RESOURCE_EXHAUSTED' : null;
}

/** As many facts as fit a signal; always at least one. */
function cut(news: readonly News[]): readonly News[] {
  let bytes = 0;
  const end = news.findIndex((each) => {
    bytes += JSON.stringify(each.fact).length;
    return bytes > bytesPerSignal;
  });
  return end === -1 ? news : news.slice(0, Math.max(1, end));
}
