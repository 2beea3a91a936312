/**
 * Intake: a message is taken in part by part, each part in a transaction of its own, so that one consignment never waits for another of
 * the same message, and what cannot be stored is that part's problem alone, named. A part is what was heard of one consignment; one that
 * cannot be taken in is halved until the facts stand alone that cannot.
 */
import type { Fact } from '../../domain/facts/facts.ts';
import type { Message, Problem } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { type Name, namesOf } from '../identity/identity.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { isMomentary, isStoreOutage } from '../postgres/outage.ts';
import { type IngestContext, ingest } from './ingest.ts';
import { partsByOwner } from './merged-orders.ts';

export interface Taken {
  /** So many were taken in, news or not: 0 where nothing of the message was. */
  parts: number;
  /** What was news. */
  readonly facts: Fact[];
  /** Names under which something was parked. */
  readonly parked: Name[];
  /** What could not be taken in. */
  readonly problems: Problem[];
  /** Whether it was all taken in by one transaction, which noted that with it. */
  isNoted: boolean;
}

/** Notes in a transaction that a message was taken in. */
export type Noting = (tx: Queryable) => Promise<void>;

/** Whether an error is that of what was to be stored: neither the record's, nor one that passes in a moment. */
export const isOfItem = (error: unknown): boolean => !isStoreOutage(error) && !isMomentary(error);

/** What an error says, for a problem that people read. */
export const describeError = (error: unknown): string =>
  cutText(error instanceof Error ? error.message : String(error), 300);

/** Parts of one message that are taken in at once. */
const partsAtOnce = 4;

/**
 * Takes in what was heard. Throws only what is no part's own trouble (the record is away, or busy); what was taken in until then stays,
 * and taking it in again changes nothing. `note`: what is to be noted of a message that is one part, together with it; where it could not
 * be, the caller does.
 */
export async function ingestParts(
  db: Database,
  message: readonly Message[],
  context: IngestContext,
  note?: Noting,
): Promise<Taken> {
  const all = await partsByOwner(db, partsOf(message), context);
  const taken: Taken = { parts: 0, facts: [], parked: [], problems: [], isNoted: false };
  const [only] = all;
  if (note !== undefined && only !== undefined && all.length === 1) {
    await takeInPart(db, only.heard, only.context, taken, { heard: 0, first: 0 }, note);
    return taken;
  }
  let next = 0;
  const work = async () => {
    for (;;) {
      const index = next++;
      const part = all[index];
      if (part === undefined) return;
      await takeInPart(db, part.heard, part.context, taken, { heard: index, first: 0 });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(partsAtOnce, all.length) }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  return taken;
}

/** What a message says of one consignment by the same names is one part, in the order in which it is said. */
function partsOf(message: readonly Message[]): readonly Message[] {
  const parts = new Map<string, Message>();
  for (const heard of message) {
    const { barcodes = [], ...names } = heard.aliases;
    // By barcodes alone nobody knows yet whether two are one.
    const alone = Object.values(names).every((name) => name === undefined || name === '');
    const key = JSON.stringify([
      Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)),
      alone ? barcodes : null,
      heard.untimed ?? false,
      heard.created ?? null,
    ]);
    const known = parts.get(key);
    if (known === undefined) parts.set(key, heard);
    else {
      const all = [...new Set([...(known.aliases.barcodes ?? []), ...barcodes])];
      parts.set(key, {
        ...known,
        aliases: { ...known.aliases, barcodes: all },
        facts: [...known.facts, ...heard.facts],
      });
    }
  }
  return [...parts.values()];
}

async function takeInPart(
  db: Database,
  heard: Message,
  context: IngestContext,
  taken: Taken,
  at: { readonly heard: number; readonly first: number },
  note?: Noting,
): Promise<void> {
  try {
    const { consignment, facts } = await inTransaction(db, async (tx) => {
      const hearing = await ingest(tx, heard, context);
      await note?.(tx);
      return hearing;
    });
    taken.parts += 1;
    taken.isNoted = note !== undefined;
    taken.facts.push(...facts);
    if (consignment === null) taken.parked.push(...namesOf(heard.aliases));
    return;
  } catch (error) {
    if (!isOfItem(error)) throw error;
    if (heard.facts.length < 2) {
      const field = heard.facts.length === 0 ? `heard[${at.heard}]` : `heard[${at.heard}].facts[${at.first}]`;
      taken.problems.push({ field, message: describeError(error) });
      return;
    }
  }
  const middle = Math.ceil(heard.facts.length / 2);
  await takeInPart(db, { ...heard, facts: heard.facts.slice(0, middle) }, context, taken, at);
  await takeInPart(db, { ...heard, facts: heard.facts.slice(middle) }, context, taken, {
    ...at,
    first: at.first + middle,
  });
}
