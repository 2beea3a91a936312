/**
 * The dispatcher: messages become facts, and news becomes signals.
 *
 * A message is claimed from the inbox for a time and taken in part by part (store/intake/parts.ts). Several messages are taken in at once,
 * and organisations take turns. A part that cannot be read or stored is noted with the field's name and holds nothing else up; tries are
 * counted and limited. News about a consignment is sent to its workflow in one signal, with the plan that follows from it: at once if the
 * consignment was quiet, together with more news if it was signalled a moment ago or more is coming (store/record/wake.ts). A consignment
 * with work that has been due for long and was not taken is woken.
 */
import { type Client, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Name } from '../../store/identity/identity.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { describeError, ingestParts } from '../../store/intake/parts.ts';
import { countUnused } from '../../store/intake/unused.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { inTransaction, type Queryable } from '../../store/postgres/database.ts';
import { isMomentary, isStoreOutage } from '../../store/postgres/outage.ts';
import {
  claimUnread,
  giveUnreadBack,
  holdUnread,
  type JournalRow,
  keepJournalDays,
  largeFrom,
  markRead,
} from '../../store/record/journal.ts';
import { planOf } from '../../store/record/plan.ts';
import {
  claimWakes,
  forgetSignalled,
  gathering,
  giveBack,
  markSignalled,
  type Wake,
  wakeOverdue,
} from '../../store/record/wake.ts';
import { readApart } from './apart.ts';
import { readMessage } from './read.ts';
import { signalConsignment, signalReload } from './tell.ts';

export interface DispatcherOptions {
  readonly installation: Installation;
  readonly temporal: Client;
  readonly log: Logger;
  /** A consignment that was just signalled gathers news for this long, ms. */
  readonly gatherMs?: number;
  /** How often to look for what other processes stored, ms. */
  readonly pollMs?: number;
  /** Signals in flight at once. */
  readonly parallel?: number;
  /** A consignment is woken if its work has been due for this long and was not taken, ms. */
  readonly overdueMs?: number;
}

/** Claims of consignments that are told, and of messages that are taken in, last so long unless they are renewed, ms. */
const leaseMs = 20_000;
/** Messages that are taken in at once, small ones and beside them large ones. */
const messagesAtOnce = 4;
const largeAtOnce = 3;
/** Large messages are looked for so many times less often. */
const largePolls = 5;
/** A message of so many bytes is read in a thread of its own. */
const apartFrom = 256 * 1024;
/** A message that fails for a passing reason is tried this many times. */
const mostTries = 5;
/** A message that was begun this often and never ended takes its service down, or costs too much: it is parked. */
const mostBegun = 8;
/** If Temporal refuses every signal to a workflow, the next try comes after this, ms. */
const refusedAllMs = 30_000;
const watchEveryMs = 10_000;
const wokenAtOnce = 100;

type Which = 'read' | 'tell' | 'read large';

interface Loop {
  readonly wake: () => void;
  readonly ended: Promise<void>;
}

export class Dispatcher {
  readonly #options: Required<DispatcherOptions>;
  readonly #loops = new Map<Which, Loop>();
  /** Large messages in hand. */
  readonly #large = new Set<Promise<void>>();
  #stopped = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = { gatherMs: 120, pollMs: 200, parallel: 24, overdueMs: 120_000, ...options };
  }

  start(): void {
    this.#loop('read', () => this.#readSome());
    this.#loop('tell', () => this.#tellSome());
    this.#loop('read large', () => this.#beginLarge(), this.#options.pollMs * largePolls);
    this.#watch = setInterval(() => void this.#lookAfter(), Math.min(watchEveryMs, this.#options.overdueMs));
    this.#watch.unref();
    void this.#lookAfter();
  }

  /** Something was stored: look at once. `bytes`: its size. */
  kick(bytes = 0): void {
    this.#loops.get(bytes < largeFrom ? 'read' : 'read large')?.wake();
  }

  #kickTeller(): void {
    this.#loops.get('tell')?.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    const loops = [...this.#loops.values()];
    for (const { wake } of loops) wake();
    await Promise.all([...loops.map(({ ended }) => ended), ...this.#large]);
  }

  #loop(which: Which, step: () => Promise<boolean>, pollMs = this.#options.pollMs): void {
    let pending = false;
    let wakeUp: (() => void) | undefined;
    const rest = (failures: number): Promise<void> => {
      if (pending && failures === 0) {
        pending = false;
        return Promise.resolve();
      }
      pending = false;
      const ms = failures === 0 ? pollMs : Math.min(5_000, 200 * 2 ** failures);
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    };
    const run = async () => {
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
        if (!more && !this.#stopped) await rest(failures);
      }
    };
    const wake = () => {
      pending = true;
      wakeUp?.();
    };
    this.#loops.set(which, { wake, ended: run() });
  }

  /** Takes in some messages side by side; true where there may be more. */
  async #readSome(): Promise<boolean> {
    const rows = await claimUnread(this.#options.installation.db, messagesAtOnce, leaseMs, 'small');
    if (rows.length === 0) return false;
    await this.#takeAll(rows);
    return true;
  }

  /** Begins to take in large messages, as many as may be in hand; when one has ended the next is looked for. */
  async #beginLarge(): Promise<boolean> {
    const free = largeAtOnce - this.#large.size;
    if (free === 0) return false;
    for (const row of await claimUnread(this.#options.installation.db, free, leaseMs, 'large')) {
      const taken: Promise<void> = this.#takeAll([row])
        .catch((error: unknown) =>
          this.#options.log.warn({ err: error, journal: row.id }, 'dispatcher: will try again'),
        )
        .finally(() => {
          this.#large.delete(taken);
          this.#loops.get('read large')?.wake();
        });
      this.#large.add(taken);
    }
    return false;
  }

  /** Takes messages in side by side, and keeps them from others as long as that lasts. */
  async #takeAll(rows: readonly (JournalRow & { readonly tries: number })[]): Promise<void> {
    const { db } = this.#options.installation;
    const ids = new Set(rows.map(({ id }) => id));
    const renew = setInterval(() => void holdUnread(db, [...ids], leaseMs).catch(() => undefined), leaseMs / 3);
    try {
      const done = await Promise.allSettled(rows.map((row) => this.#take(row).finally(() => ids.delete(row.id))));
      for (const each of done) if (each.status === 'rejected') throw each.reason;
    } finally {
      clearInterval(renew);
    }
    this.#kickTeller();
    // News that waits for more news is sent when no more came.
    for (const ms of [gathering.quiet, gathering.linger]) setTimeout(() => this.#kickTeller(), ms + 5).unref();
  }

  /** Takes in one message, or says what is to become of it. Throws only where the record is away. */
  async #take(row: JournalRow & { readonly tries: number }): Promise<void> {
    const { installation, log } = this.#options;
    const { db } = installation;
    if (row.tries > mostBegun) return this.#park(row, `it was begun ${row.tries - 1} times and never ended`);
    try {
      const parked = await this.#read(row);
      // Who parks looks once more after parking: a name may have appeared between the look-up and the commit.
      if (parked.length > 0) await this.matchParked(row.organisation, parked);
    } catch (error) {
      const away = isStoreOutage(error);
      if (away || (isMomentary(error) && row.tries < mostTries)) {
        await giveUnreadBack(db, row.id, away ? 0 : 200 * row.tries, !away).catch(() => undefined);
        if (away) throw error;
        log.warn(
          { err: error, journal: row.id, tries: row.tries },
          'a message could not be taken in and is tried again',
        );
        return;
      }
      log.error({ err: error, journal: row.id, tries: row.tries }, 'a message could not be taken in and is parked');
      await this.#park(row, describeError(error));
    }
  }

  #park(row: JournalRow, message: string): Promise<void> {
    return markRead(this.#options.installation.db, row.id, [{ field: 'message', message }], true);
  }

  /** Answers the names under which something of it was parked. */
  async #read(row: JournalRow): Promise<readonly Name[]> {
    const { installation, log } = this.#options;
    const organisation = await installation.organisations.cached(row.organisation);
    if (organisation === undefined) throw new Error(`no organisation ${row.organisation}`);
    const reading =
      row.body.length < apartFrom
        ? readMessage(row, organisation, installation.digestOf(row.organisation))
        : await readApart({ row, organisation, key: installation.digestKeyOf(row.organisation) });
    const staleMs = (organisation.policy.refreshMinutes * 60_000) / installation.environment.PALLETWAYS_QARGO_PACE;
    const via = row.channel === 'hand' ? 'hand' : 'push';
    const context = { organisation: row.organisation, journal: row.id, heard: row.receivedAt, via } as const;
    // Most messages are of one consignment, and are noted as read by the transaction that takes them in.
    const note = reading.problems.length > 0 ? undefined : (tx: Queryable) => markRead(tx, row.id, [], false);
    const taken = await ingestParts(
      installation.db,
      reading.heard,
      staleMs > 0 ? { ...context, staleMs } : context,
      note,
    );
    await countUnused(
      installation.db,
      { organisation: row.organisation, channel: row.channel, journal: row.id },
      reading.unused ?? [],
    );
    const problems = [...reading.problems, ...taken.problems];
    if (!taken.isNoted) await markRead(installation.db, row.id, problems, taken.parts === 0 && problems.length > 0);
    if (problems.length > 0)
      log.warn(
        { journal: row.id, problems: problems.length, fields: problems.slice(0, 10).map((p) => p.field) },
        'a part of a message could not be taken in',
      );
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
    const claims = await claimWakes(installation.db, parallel, leaseMs);
    if (claims.length === 0) return false;
    await Promise.all(claims.map((each) => this.#tellOne(each)));
    return true;
  }

  async #tellOne(of: Wake): Promise<void> {
    const { installation, log, gatherMs } = this.#options;
    const { db } = installation;
    try {
      await markSignalled(db, of, await this.#say(of), gatherMs);
      setTimeout(() => this.#kickTeller(), gatherMs + 5).unref();
    } catch (error) {
      const wait = isRefusal(error) ? refusedAllMs : error instanceof ServiceError ? 1_000 : 2_000;
      log.warn({ err: error, consignment: of.consignment }, 'could not tell the workflow; will try again');
      await giveBack(db, of, wait).catch(() => undefined);
    }
  }

  /**
   * One signal; answers up to which version it told. Woken without news (a row switched on, something overdue), the workflow may stand at
   * this version already and would not look at a plan of it: it is had to ask the record.
   */
  async #say(of: Wake): Promise<number> {
    const { installation, temporal } = this.#options;
    if (of.kinds.length === 0) {
      await signalReload(temporal, of);
      return of.version;
    }
    const plan = await planOf(installation.db, of.consignment);
    await signalConsignment(temporal, of, of.kinds, plan);
    return plan.version;
  }

  /** Wakes what nobody took, and puts away what is over. */
  async #lookAfter(): Promise<void> {
    const { installation, log, overdueMs } = this.#options;
    try {
      const woken = await wakeOverdue(installation.db, overdueMs, wokenAtOnce);
      if (woken > 0) {
        log.warn({ consignments: woken }, 'something was due and nobody took it: its workflow is woken');
        this.#kickTeller();
      }
      await forgetSignalled(installation.db);
      await keepJournalDays(installation.db);
    } catch (error) {
      if (!this.#stopped) log.warn({ err: error }, 'dispatcher: will look after what is overdue again');
    }
  }
}

/** Whether Temporal will never take this. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return code === 3;
}
