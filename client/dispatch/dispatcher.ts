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
  /** At most this many signals are under way at once. */
  readonly parallel?: number;
  /** A consignment is woken if its work has been due for this long and was not taken, ms. */
  readonly overdueMs?: number;
}

/** A claim of a message or of a consignment ends after this time if the dispatcher does not renew it, ms. */
const leaseMs = 20_000;
/** This many small messages are taken in at once. */
const messagesAtOnce = 4;
/** This many large messages are taken in at once, beside the small ones. */
const largeAtOnce = 3;
/** The inbox is polled for large messages this many times less often than for small ones. */
const largePolls = 5;
/** A message of this many bytes or more is read in a thread of its own. */
const apartFrom = 256 * 1024;
/** A message that fails for a passing reason is tried this many times. */
const mostTries = 5;
/** A message that was begun this many times and never ended is parked, because it stops the service or costs too much. */
const mostBegun = 8;
/** If Temporal refuses every signal to a workflow, the next try comes after this, ms. */
const refusedAllMs = 30_000;
/** The dispatcher looks for overdue work at least this often, ms. */
const watchEveryMs = 10_000;
/** One look wakes at most this many consignments with overdue work. */
const wokenAtOnce = 100;

type Which = 'read' | 'tell' | 'read large';

interface Loop {
  readonly wake: () => void;
  readonly ended: Promise<void>;
}

export class Dispatcher {
  readonly #options: Required<DispatcherOptions>;
  readonly #loops = new Map<Which, Loop>();
  /** The large messages that are being taken in; each promise resolves when its message has ended. */
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

  /** Has the dispatcher look into the inbox at once, because a message of `bytes` bytes was stored. */
  kick(bytes = 0): void {
    this.#loops.get(bytes < largeFrom ? 'read' : 'read large')?.wake();
  }

  #kickTeller(): void {
    this.#loops.get('tell')?.wake();
  }

  /** Stops the loops; resolves when every step and every message that was begun has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    const loops = [...this.#loops.values()];
    for (const { wake } of loops) wake();
    await Promise.all([...loops.map(({ ended }) => ended), ...this.#large]);
  }

  /**
   * Repeats a step until the dispatcher stops. It rests for `pollMs` if the step returns false, and for up to 5 s if the step throws, which
   * is logged. A wake-up ends the rest.
   */
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

  /** Takes in a few small messages at once. Returns whether there may be more. */
  async #readSome(): Promise<boolean> {
    const rows = await claimUnread(this.#options.installation.db, messagesAtOnce, leaseMs, 'small');
    if (rows.length === 0) return false;
    await this.#takeAll(rows);
    return true;
  }

  /** Begins as many large messages as the limit still allows, and does not wait for them. When one has ended, it looks for the next. */
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

  /** Takes in messages at once, and renews their claims until they have ended. Throws the first error, after all have ended. */
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
    // Some news is held back for a moment, in case more comes for the same consignment. The teller looks again when that time is over.
    for (const ms of [gathering.quiet, gathering.linger]) setTimeout(() => this.#kickTeller(), ms + 5).unref();
  }

  /**
   * Takes in one message. If that fails, the message is given back, to be tried again, or it is parked. Throws what the record throws: if
   * it is away, or if it cannot park the message.
   */
  async #take(row: JournalRow & { readonly tries: number }): Promise<void> {
    const { installation, log } = this.#options;
    const { db } = installation;
    if (row.tries > mostBegun) return this.#park(row, `it was begun ${row.tries - 1} times and never ended`);
    try {
      const parked = await this.#read(row);
      // A parked fact is looked up once more: its name may have appeared between the look-up and the commit.
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

  /**
   * Reads one message, takes in its facts and stores its problems. Returns the names of the facts that were parked. Throws if its
   * organisation does not exist or has settings that are not valid, if reading it passes a limit (apart.ts), or if the record fails.
   */
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

  /**
   * Attaches the facts that are parked under these names to the consignments that they belong to by now; without `names`, it looks at all
   * parked facts of the organisation. Returns how many facts were attached. Throws what the record throws.
   */
  async matchParked(organisation: string, names?: readonly Name[]): Promise<number> {
    const matched = await inTransaction(this.#options.installation.db, (tx) => matchParked(tx, organisation, names));
    if (matched > 0) this.#kickTeller();
    return matched;
  }

  /** Claims some consignments that have news, and signals their workflows. Returns whether there may be more. */
  async #tellSome(): Promise<boolean> {
    const { installation, parallel } = this.#options;
    const claims = await claimWakes(installation.db, parallel, leaseMs);
    if (claims.length === 0) return false;
    await Promise.all(claims.map((each) => this.#tellOne(each)));
    return true;
  }

  /** Signals one workflow. If that fails, it logs the error and gives the claim back, to be tried again later. */
  async #tellOne(of: Wake): Promise<void> {
    const { installation, log, gatherMs } = this.#options;
    const { db } = installation;
    try {
      await markSignalled(db, of, await this.#signal(of), gatherMs);
      setTimeout(() => this.#kickTeller(), gatherMs + 5).unref();
    } catch (error) {
      const wait = isRefusal(error) ? refusedAllMs : error instanceof ServiceError ? 1_000 : 2_000;
      log.warn({ err: error, consignment: of.consignment }, 'could not tell the workflow; will try again');
      await giveBack(db, of, wait).catch(() => undefined);
    }
  }

  /**
   * Sends one signal, and returns the version that the workflow was told. A wake can come without news: a row was switched on, or something
   * is overdue. Then the workflow may know this version already and would ignore its plan, so the signal has it ask the record.
   */
  async #signal(of: Wake): Promise<number> {
    const { installation, temporal } = this.#options;
    if (of.kinds.length === 0) {
      await signalReload(temporal, of);
      return of.version;
    }
    const plan = await planOf(installation.db, of.consignment);
    await signalConsignment(temporal, of, of.kinds, plan);
    return plan.version;
  }

  /** Wakes consignments with overdue work, deletes wakes that are done, and creates the journal's partitions for the days to come. */
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

/** Whether Temporal refuses the call itself (gRPC code 3, INVALID_ARGUMENT), so that the same call again fails again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return code === 3;
}
