/**
 * The dispatcher: journal rows become fact rows, fact rows become signals.
 *
 * A row is translated once, in one transaction. Facts of one consignment ride one signal: idle, that is at once; busy (a
 * signal went within the last `gatherMs`, or more is just coming, store/dispatch.ts), many ride together. One signal per
 * consignment is in flight over all dispatchers.
 * What cannot be read, matched or told is parked with its cause and holds nobody up.
 */
import { type Client, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { workflowPolicy } from '../../domain/workflow-policy.ts';
import { inTransaction } from '../../store/database.ts';
import { type Claim, claim, gathering, giveBack, markDispatched, type News, newsOf } from '../../store/dispatch.ts';
import { hear, matchParked } from '../../store/hearing.ts';
import type { Installation } from '../../store/installation.ts';
import { lockUnread, markRead } from '../../store/journal.ts';
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

  /** Translates one journal row; true where there may be more. */
  async #readSome(): Promise<boolean> {
    const { installation, log } = this.#options;
    let parkedIn: string | undefined;
    let rowId: number | undefined;
    try {
      const did = await inTransaction(installation.db, async (tx) => {
        const [row] = await lockUnread(tx, 1);
        if (row === undefined) return false;
        rowId = row.id;
        const organisation = await installation.organisations.cached(row.organisation);
        if (organisation === undefined) throw new Error(`no organisation ${row.organisation}`);
        const reading = readMessage(row, organisation, installation.digestOf(row.organisation));
        for (const heard of reading.heard) {
          const via = row.channel === 'hand' ? 'hand' : 'push';
          const result = await hear(tx, heard, { organisation: row.organisation, journal: row.id, heard: row.receivedAt, via });
          if (result.consignment === null) parkedIn = row.organisation;
        }
        await markRead(tx, row.id, reading.problems, reading.heard.length === 0 && reading.problems.length > 0);
        if (reading.problems.length > 0)
          log.warn({ journal: row.id, fields: reading.problems.map((p) => p.field) }, 'a part of a message could not be read');
        return true;
      });
      if (did) {
        this.#kickTeller();
        // What waits for more to come is told when nothing more came.
        for (const ms of [gathering.quiet, gathering.linger]) setTimeout(() => this.#kickTeller(), ms + 5).unref();
      }
      // Who parks looks once more after parking: a name may have appeared between the look-up and the commit.
      if (parkedIn !== undefined) await this.matchParked(parkedIn);
      return did;
    } catch (error) {
      if (rowId === undefined || isOutage(error)) throw error;
      log.error({ err: error, journal: rowId }, 'a message could not be taken in and is parked');
      await markRead(installation.db, rowId, [{ field: 'message', message: error instanceof Error ? error.message : String(error) }], true);
      return true;
    }
  }

  /** Gives parked facts to consignments whose names have appeared. */
  async matchParked(organisation: string): Promise<number> {
    const matched = await inTransaction(this.#options.installation.db, (tx) => matchParked(tx, organisation));
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

  async #tellOne(of: Claim): Promise<void> {
    const { installation, temporal, log, gatherMs } = this.#options;
    try {
      const news = cut(await newsOf(installation.db, of.consignment, factsPerSignal));
      if (news.length === 0) {
        await giveBack(installation.db, of.consignment, 0);
        return;
      }
      const organisation = await installation.organisations.cached(of.organisation);
      await tell(
        temporal,
        of,
        news.map((each) => each.fact),
        organisation === undefined ? undefined : workflowPolicy(organisation.policy),
      );
      await markDispatched(
        installation.db,
        of.consignment,
        news.map((each) => each.seq),
        gatherMs,
      );
      setTimeout(() => this.#kickTeller(), gatherMs + 5).unref();
    } catch (error) {
      const wait = error instanceof ServiceError ? 1_000 : 2_000;
      log.warn({ err: error, consignment: of.consignment }, 'could not tell the workflow; will try again');
      await giveBack(installation.db, of.consignment, wait).catch(() => undefined);
    }
  }
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

/** An error of the store's connection, not of the message. */
function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error instanceof Error && /connect|terminat|timeout/i.test(error.message);
  return code.startsWith('08') || code.startsWith('57') || code.startsWith('53') || code.startsWith('E') || code.startsWith('40');
}
