/** Answers of reads that we made become journal rows and facts, in one transaction with the outcome that asked for them. */
import { TemporalFailure } from '@temporalio/common';
import { CallError } from '../domain/call-error.ts';
import type { Fact } from '../domain/facts.ts';
import type { Reading } from '../domain/heard.ts';
import { type Database, inTransaction, type Queryable } from '../store/database.ts';
import { type Channel, isNoted, markRead, receive } from '../store/journal.ts';
import { hearParts, isOfItem, type Manner, wordsOf } from '../store/parts.ts';

export interface Answered {
  readonly organisation: string;
  readonly channel: Channel;
  /** What was answered, as JSON. */
  readonly answer: unknown;
  readonly reading: Reading;
  /** The consignment that was asked about. */
  readonly consignment?: string;
  /** True where the caller hands the facts to the workflow itself. */
  readonly handedOver: boolean;
}

/**
 * Journals the answer where it tells news, and answers the facts that are news. Must run in a transaction. Apart, a part that cannot be
 * stored is a problem in the journal and the rest is taken in; as a whole it is thrown.
 */
export async function takeIn(tx: Queryable, answered: Answered, manner: Manner = 'whole'): Promise<Fact[]> {
  const { organisation, channel, consignment } = answered;
  const { id, receivedAt } = await receive(tx, {
    organisation,
    channel,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(answered.answer)),
    ...(consignment === undefined ? {} : { context: { consignment } }),
  });
  const context = { organisation, journal: id, heard: receivedAt, via: 'read', handedOver: answered.handedOver } as const;
  const asked = consignment === undefined ? context : { ...context, consignment };
  const taken = await hearParts(tx, answered.reading.heard, asked, manner);
  const problems = [...answered.reading.problems, ...taken.problems];
  await markRead(tx, id, problems, false);
  // An answer without news is not kept: a sweep would fill the journal with what is known, its troubles too.
  const known = taken.facts.length === 0 && (problems.length === 0 || (taken.problems.length > 0 && (await isNoted(tx, id))));
  if (known) await tx.query('delete from journal where id = $1', [id]);
  return taken.facts;
}

/** What a sweep reads, one of many. */
export interface SweptItem {
  readonly organisation: string;
  readonly channel: Channel;
  readonly consignment?: string;
}

/**
 * Runs `take`, which takes in one of many things that a sweep reads: as a whole, and part by part where that cannot be stored. What
 * still cannot is noted in the journal, once, and `otherwise` is answered, so that the sweep goes on with the rest. Throws on what is no
 * item's own trouble: a call that failed, a record that is away, a sweep that is given up. `take` may run twice.
 */
export async function takeOrNote<T>(db: Database, item: SweptItem, take: (manner: Manner) => Promise<T>, otherwise: T): Promise<T> {
  for (const manner of ['whole', 'apart'] as const) {
    try {
      return await take(manner);
    } catch (error) {
      if (error instanceof CallError || error instanceof TemporalFailure || !isOfItem(error)) throw error;
      if (manner === 'apart') await noteTrouble(db, item, error);
    }
  }
  return otherwise;
}

/** Leaves a parked row in the journal that says what could not be taken in, and why; the same is not said twice. */
async function noteTrouble(db: Database, { organisation, channel, consignment }: SweptItem, error: unknown): Promise<void> {
  const context = consignment === undefined ? {} : { consignment };
  await inTransaction(db, async (tx) => {
    const { id } = await receive(tx, { organisation, channel, contentType: 'application/json', body: Buffer.from('{}'), context });
    await markRead(tx, id, [{ field: 'answer', message: wordsOf(error) }], true);
    if (await isNoted(tx, id)) await tx.query('delete from journal where id = $1', [id]);
  });
}
