/**
 * The note desk: notes of all consignments of a credential ride one call.
 *
 * A note waits in the store as a delivery in state `waiting`. Whoever gets the credential's next token claims all that wait
 * there, sends them in one `createSystemNote`, and settles each; a note that somebody else sent is found settled. A refusal
 * takes out the notes it names and sends the rest at once; where nobody is named, halves are tried. Where the answer was lost
 * the notes stay `sending`; after the quiet time one look at the delta feed tells which arrived. So it is with what may have been sent
 * before the record was restored; what was read anew is known there by its words.
 */

import { randomUUID } from 'node:crypto';
import { findOurs, findSaying, noteKey } from '../../connectors/palletways/write-notes.ts';
import { CallError, type CallPriority, callPriorities, reasonOf } from '../../domain/calls/error.ts';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { sayCause } from '../../domain/words/causes.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import {
  claimDoubtful,
  claimWaiting,
  keepAnswers,
  leaveInDoubt,
  type NoteRow,
  notesAtHand,
  returnToWaiting,
  statesOfNotes,
  stillMine,
} from '../../store/outbox/notes.ts';
import { countFaults, type Item, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { isMomentary, isStoreOutage } from '../../store/postgres/outage.ts';
import type { Counterparts } from './counterparts.ts';
import { type FaultWatch, faultTries, logUnforeseen } from './unforeseen.ts';

interface Asked {
  readonly consignment: string;
  readonly keys: ReadonlySet<string>;
  readonly priority: CallPriority;
  readonly done: (states: ReadonlyMap<string, string>) => void;
  readonly failed: (error: unknown) => void;
}

interface Queue {
  asked: Asked[];
  running: boolean;
}

type Call = (
  notes: readonly OutgoingNote[],
) => Promise<readonly { readonly index: number; readonly sysNote: string | null }[]>;

/** One caller waits for all notes: it keeps its place in the budget's queue instead of asking again. */
const patienceMs = 10_000;
/** How often notes that another process claimed are checked, ms. */
const lookMs = 150;
/** A note that another process has had on the wire for this long is not waited for: its sender may have died, ms. */
const strangerMs = 5_000;

/** The cause of doubt for a note whose answer was OK and nothing else. */
const unproven: Cause = { code: 'answer proves nothing' };

export class NoteBatcher {
  readonly #installation: Installation;
  readonly #counterparts: Counterparts;
  readonly #more: FaultWatch;
  readonly #queues = new Map<string, Queue>();
  readonly #me = randomUUID();

  /** `log` is told of errors that nobody foresaw; `faults` plants some, for tests. */
  constructor(installation: Installation, counterparts: Counterparts, more: Partial<FaultWatch> = {}) {
    this.#installation = installation;
    this.#counterparts = counterparts;
    this.#more = { log: console, ...more };
  }

  /**
   * Resolves when none of these notes waits any more, whoever sent them, with how each stands in the store, by key. Throws the CallError
   * that holds all notes of the credential.
   */
  settled(
    organisation: Organisation,
    consignment: string,
    items: readonly Item[],
    priority: CallPriority,
  ): Promise<ReadonlyMap<string, string>> {
    const queue = this.#queues.get(organisation.id) ?? { asked: [], running: false };
    this.#queues.set(organisation.id, queue);
    return new Promise((resolve, reject) => {
      const keys = new Set(items.map((item) => item.key));
      queue.asked.push({ consignment, keys, priority, done: resolve, failed: reject });
      if (!queue.running) {
        queue.running = true;
        void this.#work(organisation, queue).finally(() => {
          queue.running = false;
        });
      }
    });
  }

  async #work(organisation: Organisation, queue: Queue): Promise<void> {
    while (queue.asked.length > 0) {
      try {
        await this.#round(organisation, queue);
      } catch (error) {
        await this.#counterparts.heardFrom(organisation, error).catch(() => undefined);
        for (const asked of queue.asked.splice(0)) asked.failed(error);
      }
    }
  }

  /** Until a call that nobody answers for cannot act any more: as long as it may take, and the quiet time after it. */
  #leaseMs(organisation: Organisation): number {
    return this.#counterparts.callMs(organisation).palletways + this.#counterparts.quietMs(organisation);
  }

  async #round(organisation: Organisation, queue: Queue): Promise<void> {
    const { waiting, doubtful } = await notesAtHand(this.#installation.db, organisation.id);
    if (doubtful) await this.lookAfterDoubtful(organisation);
    if (waiting || doubtful) await this.#send(organisation, queue);
    else await new Promise((resolve) => setTimeout(resolve, lookMs));
    await this.#answer(queue);
  }

  /** Answers everyone whose notes do not wait any more, and those whose notes may be in nobody's hands until their lease is over. */
  async #answer(queue: Queue): Promise<void> {
    const asked = queue.asked.flatMap(({ consignment, keys }) => [...keys].map((key) => ({ consignment, key })));
    const states = await statesOfNotes(this.#installation.db, asked, this.#me, strangerMs);
    queue.asked = queue.asked.filter(({ consignment, keys, done }) => {
      const mine = new Map([...keys].map((key) => [key, states.get(consignment)?.get(key)]));
      if ([...mine.values()].some((state) => state?.held === true)) return true;
      done(new Map([...mine].map(([key, state]) => [key, state?.state ?? 'gone'])));
      return false;
    });
  }

  /** Claims what waits only after the token is there, so that as much as possible rides. */
  async #send(organisation: Organisation, queue: Queue): Promise<void> {
    const best = Math.min(...queue.asked.map(({ priority }) => callPriorities.indexOf(priority)));
    const priority = callPriorities[best] ?? 'milestone';
    const gate = this.#counterparts.palletwaysGate(organisation, priority, undefined, patienceMs);
    await gate();
    let held = true;
    const client = this.#counterparts.palletways(organisation, priority, undefined, async () => {
      if (!held) await gate();
      held = false;
    });
    const rows = await claimWaiting(
      this.#installation.db,
      organisation.id,
      organisation.policy.notesPerCall,
      this.#me,
      this.#leaseMs(organisation),
    );
    await this.#sendApart(organisation, rows, (notes) => client.createSystemNotes(notes));
  }

  /** A note that raised an unforeseen error is sent alone, after the others. */
  async #sendApart(organisation: Organisation, rows: readonly NoteRow[], call: Call): Promise<void> {
    const groups = [rows.filter(({ raised }) => !raised), ...rows.filter(({ raised }) => raised).map((row) => [row])];
    for (const [n, group] of groups.entries()) {
      try {
        if (group.length > 0)
          await (n === 0 ? this.#sendRows(organisation, group, call) : this.#sendAgain(organisation, group, call));
      } catch (error) {
        await returnToWaiting(this.#installation.db, groups.slice(n + 1).flat(), this.#me);
        throw error;
      }
    }
  }

  async #sendRows(organisation: Organisation, rows: readonly NoteRow[], call: Call): Promise<void> {
    try {
      for (const { item } of rows) this.#more.faults?.('send', item);
      const stored = new Map((await call(rows.map((row) => row.note))).map(({ index, sysNote }) => [index, sysNote]));
      const proven = rows.filter((_, index) => stored.has(index));
      if (proven.length > 0)
        await this.#delivered(
          proven,
          [...rows.keys()].flatMap((n) => stored.get(n) ?? (stored.has(n) ? [null] : [])),
        );
      await this.#unproven(
        organisation,
        rows.filter((_, index) => !stored.has(index)),
      );
      await this.#counterparts.heardFrom(organisation, undefined);
    } catch (error) {
      if (!(error instanceof CallError)) return this.#ourFault(organisation, rows, error);
      if (error.retry === 'refused') return this.#refused(organisation, rows, error, call);
      if (error.retry === 'lost' || error.retry === 'banned') {
        // It may have acted: the notes stay on the wire and are looked for after the quiet time.
        await this.#doubt(organisation, rows);
        if (error.retry === 'lost') return;
      } else await returnToWaiting(this.#installation.db, rows, this.#me);
      throw error;
    }
  }

  /**
   * Notes to which was answered OK, and of which nothing says that they were stored: they are looked for after the quiet time. The tries are
   * counted, and each goes alone then.
   */
  async #unproven(organisation: Organisation, rows: readonly NoteRow[]): Promise<void> {
    if (rows.length === 0) return;
    for (const { consignment, item } of rows)
      await countFaults(this.#installation.db, organisation.id, consignment, 'palletways', [item]);
    await this.#doubt(organisation, rows, unproven);
  }

  /**
   * An error that nobody foresaw: the notes may have gone, so they are looked for after the quiet time, and each goes alone then. One that
   * raised it alone so often is our fault. Throws what is the record's own trouble.
   */
  async #ourFault(organisation: Organisation, rows: readonly NoteRow[], error: unknown): Promise<void> {
    if (isStoreOutage(error) || isMomentary(error)) throw error;
    const reason = logUnforeseen(this.#more, error, {
      items: rows.map(({ consignment, item }) => `${consignment} ${item.key}`),
    });
    let tries = 0;
    for (const { consignment, item } of rows) {
      const counted = await countFaults(this.#installation.db, organisation.id, consignment, 'palletways', [item]);
      tries = counted.get(item.key) ?? 1;
    }
    const [row] = rows;
    if (row === undefined || rows.length > 1 || tries < faultTries)
      return this.#doubt(organisation, rows, { code: 'our fault' });
    await this.#settle([{ row, outcome: { state: 'unknown', cause: { code: 'our fault' }, reason } }]);
  }

  async #refused(organisation: Organisation, rows: readonly NoteRow[], error: CallError, call: Call): Promise<void> {
    const named = new Map(error.members.map((member) => [member.index, member]));
    const bad = rows.flatMap((row, index) => {
      const member = named.get(index);
      return member === undefined ? [] : [{ row, reason: `${member.code}: ${member.reason}` }];
    });
    if (bad.length === 0 && rows.length === 1 && rows[0] !== undefined)
      bad.push({ row: rows[0], reason: reasonOf(error) });
    for (const { row, reason } of bad)
      await this.#settle([{ row, outcome: { state: 'refused', cause: { code: 'refused' }, reason } }]);
    const rest = rows.filter((row) => !bad.some((each) => each.row === row));
    if (rest.length === 0) return;
    if (bad.length > 0) return this.#sendAgain(organisation, rest, call);
    const half = Math.ceil(rest.length / 2);
    await this.#sendAgain(organisation, rest.slice(0, half), call);
    await this.#sendAgain(organisation, rest.slice(half), call);
  }

  /** Sends a part of a refused call again: the notes that this sender still holds, with their lease renewed. */
  async #sendAgain(organisation: Organisation, rows: readonly NoteRow[], call: Call): Promise<void> {
    const mine = await stillMine(this.#installation.db, rows, this.#me, this.#leaseMs(organisation));
    if (mine.length > 0) await this.#sendRows(organisation, mine, call);
  }

  async #delivered(rows: readonly NoteRow[], sysNotes: readonly (string | null)[]): Promise<void> {
    const proofs = rows.map(({ note: { ref } }, index) => ({
      sysNote: sysNotes[index] ?? null,
      ref,
      joined: rows.length,
    }));
    if (rows.length > 1) await keepAnswers(this.#installation.db, rows, proofs, this.#me);
    const ended = rows.map((row, index) => ({
      row,
      outcome: { state: 'met', proof: proofs[index] ?? {} } as const,
    }));
    for (const consignment of new Set(rows.map((row) => row.consignment)))
      await this.#settle(ended.filter(({ row }) => row.consignment === consignment));
  }

  /** Settles notes of one consignment. */
  async #settle(
    all: readonly { readonly row: NoteRow; readonly outcome: Pick<Outcome, 'state' | 'cause' | 'reason' | 'proof'> }[],
  ): Promise<void> {
    const [first] = all;
    if (first === undefined) return;
    const { organisation, consignment } = first.row;
    const outcomes = all.map(({ row, outcome }) => ({ item: row.item, ...outcome }));
    await inTransaction(this.#installation.db, (tx) => settle(tx, { organisation, consignment }, outcomes));
  }

  async #doubt(
    organisation: Organisation,
    rows: readonly NoteRow[],
    cause: Cause = { code: 'answer lost' },
  ): Promise<void> {
    await leaveInDoubt(this.#installation.db, rows, this.#me, this.#counterparts.quietMs(organisation), cause);
  }

  /** Handles notes whose answer was lost, or whose sender died: one look at the delta since then shows which arrived. */
  async lookAfterDoubtful(organisation: Organisation): Promise<void> {
    const rows = await claimDoubtful(this.#installation.db, organisation.id, this.#me, this.#leaseMs(organisation));
    const answered = rows.filter(({ proof }) => proof !== null);
    for (const row of answered) await this.#settle([{ row, outcome: { state: 'met', proof: row.proof ?? {} } }]);
    const lost = rows.filter(({ proof }) => proof === null);
    if (lost.length > 0) await this.#look(organisation, lost);
  }

  async #look(organisation: Organisation, rows: readonly NoteRow[]): Promise<void> {
    const since = Math.floor(Math.min(...rows.map((row) => Date.parse(row.sentAt))) / 1000) - 60;
    const client = this.#counterparts.palletways(organisation, 'milestone');
    try {
      const { notes } = await client.getNotes({ delta: since });
      const missing: NoteRow[] = [];
      const taken = new Set<string>();
      const setting = { ...this.#counterparts.accessOf(organisation).palletways, now: new Date().toISOString() };
      for (const row of rows) {
        const ours = findOurs(notes, row.note, setting).find((note) => !taken.has(noteKey(note)));
        const found = ours ?? (row.restored ? findSaying(notes, row.note, setting, taken) : undefined);
        if (found === undefined) missing.push(row);
        else {
          taken.add(noteKey(found));
          await this.#delivered([row], [found.SysNote]);
        }
      }
      // A note that was answered with OK this often and never arrived is not sent again.
      const given = missing.filter(({ faults }) => faults >= faultTries);
      for (const row of given)
        await this.#settle([
          { row, outcome: { state: 'unknown', cause: { code: 'our fault' }, reason: sayCause(unproven) } },
        ]);
      await returnToWaiting(
        this.#installation.db,
        missing.filter((row) => !given.includes(row)),
        this.#me,
      );
    } catch (error) {
      await this.#doubt(organisation, rows);
      // A refused look proves nothing about the notes: they stay in doubt and are looked for again.
      if (error instanceof CallError && (error.retry === 'refused' || error.retry === 'lost')) return;
      throw error;
    }
  }
}
