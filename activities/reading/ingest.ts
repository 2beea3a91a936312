/** Answers of reads that we made become facts; an answer that brings no news writes nothing. */
import { TemporalFailure } from '@temporalio/common';
import { CallError } from '../../domain/calls/error.ts';
import type { Fact } from '../../domain/facts/facts.ts';
import type { Reading } from '../../domain/facts/reading.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { describeError, ingestParts, isOfItem } from '../../store/intake/parts.ts';
import { countUnused } from '../../store/intake/unused.ts';
import type { Database, Queryable } from '../../store/postgres/database.ts';
import { type Channel, isNoted, keepAnswer, type Message, reserveEntry } from '../../store/record/journal.ts';

export interface ReadAnswer {
  readonly organisation: string;
  readonly channel: Channel;
  /** What was answered, as JSON. */
  readonly answer: unknown;
  readonly reading: Reading;
  /** The consignment that was asked about. */
  readonly consignment?: string;
  /** The trip that was asked about. */
  readonly trip?: string;
  /** True where the caller hands the facts to the workflow itself. */
  readonly handedOver: boolean;
}

/**
 * Takes in the answer, part by part, each in a transaction of its own; it is journalled where it tells news or holds what cannot be read.
 * Answers the facts that are news.
 */
export async function ingestAnswer(db: Database, answered: ReadAnswer): Promise<Fact[]> {
  const { organisation, consignment, reading, handedOver } = answered;
  await countUnused(db, { organisation, channel: answered.channel, journal: null }, reading.unused ?? []);
  if (reading.heard.length === 0 && reading.problems.length === 0) return [];
  const received = await reserveEntry(db);
  const context = { organisation, journal: received.id, heard: received.receivedAt, via: 'read', handedOver } as const;
  const taken = await ingestParts(db, reading.heard, consignment === undefined ? context : { ...context, consignment });
  const problems = [...reading.problems, ...taken.problems];
  if (taken.facts.length === 0 && problems.length === 0) return [];
  const message = messageOf(answered, consignment);
  // A sweep would fill the journal with troubles that are known.
  if (taken.facts.length === 0 && (await isNoted(db, message, problems))) return [];
  await keepAnswer(db, received, message, problems);
  return taken.facts;
}

function messageOf(
  { organisation, channel, answer, trip }: Pick<ReadAnswer, 'organisation' | 'channel' | 'answer' | 'trip'>,
  consignment: string | undefined,
): Message {
  const body = Buffer.from(JSON.stringify(answer));
  return {
    organisation,
    channel,
    contentType: 'application/json',
    body,
    context: { ...(consignment === undefined ? {} : { consignment }), ...(trip === undefined ? {} : { trip }) },
  };
}

/** A sweep reads many of these one by one: a note, a consignment, an order. */
export interface SweptItem {
  readonly organisation: string;
  readonly channel: Channel;
  readonly consignment?: string;
}

/**
 * Runs `take`, which takes in one of many things that a sweep reads. What cannot be taken in is noted in the journal, once, and `otherwise`
 * is answered, so that the sweep goes on with the rest. Throws what is no item's own trouble: a call that failed, a record that is away, a
 * sweep that is given up.
 */
export async function ingestOrReport<T>(
  db: Database,
  item: SweptItem,
  take: () => Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof CallError || error instanceof TemporalFailure || !isOfItem(error)) throw error;
    const problems = [{ field: 'answer', message: describeError(error) }];
    const message = messageOf({ ...item, answer: {} }, item.consignment);
    if (!(await isNoted(db, message, problems)))
      await keepAnswer(db, await reserveEntry(db), message, problems, 'parked');
    return otherwise;
  }
}

/** As {@link ingestAnswer}, in the caller's transaction and as a whole: where what is news depends on what the transaction has locked. */
export async function ingestAtOnce(
  tx: Queryable,
  answered: ReadAnswer & { readonly consignment: string },
): Promise<Fact[]> {
  const { organisation, consignment, reading, handedOver } = answered;
  const received = await reserveEntry(tx);
  const context = {
    organisation,
    consignment,
    journal: received.id,
    heard: received.receivedAt,
    via: 'read',
    handedOver,
  } as const;
  const facts: Fact[] = [];
  for (const heard of reading.heard) facts.push(...(await ingest(tx, heard, context)).facts);
  if (facts.length === 0 && reading.problems.length === 0) return [];
  await keepAnswer(tx, received, messageOf(answered, consignment), reading.problems);
  return facts;
}
