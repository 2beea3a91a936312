/** Answers of reads that we made become facts; an answer that brings no news writes nothing. */
import type { Fact } from '../domain/facts.ts';
import type { Reading } from '../domain/heard.ts';
import type { Database, Queryable } from '../store/database.ts';
import { hear } from '../store/hearing.ts';
import { announce, type Channel, keepAnswer } from '../store/journal.ts';
import { takeInParts } from '../store/parts.ts';

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
 * Takes in the answer, part by part, each in a transaction of its own; it is journalled where it tells news or holds what cannot be read.
 * Answers the facts that are news.
 */
export async function takeIn(db: Database, answered: Answered): Promise<Fact[]> {
  const { organisation, channel, consignment, reading, handedOver } = answered;
  if (reading.heard.length === 0 && reading.problems.length === 0) return [];
  const received = await announce(db);
  const context = { organisation, journal: received.id, heard: received.receivedAt, via: 'read', handedOver } as const;
  const taken = await takeInParts(db, reading.heard, consignment === undefined ? context : { ...context, consignment });
  const problems = [...reading.problems, ...taken.problems];
  if (taken.facts.length === 0 && problems.length === 0) return [];
  const body = Buffer.from(JSON.stringify(answered.answer));
  const about = consignment === undefined ? {} : { context: { consignment } };
  await keepAnswer(db, received, { organisation, channel, contentType: 'application/json', body, ...about }, problems);
  return taken.facts;
}

/** As {@link takeIn}, in the caller's transaction and as a whole: where what is news depends on what the transaction has locked. */
export async function takeInAtOnce(tx: Queryable, answered: Answered & { readonly consignment: string }): Promise<Fact[]> {
  const { organisation, channel, consignment, reading, handedOver } = answered;
  const received = await announce(tx);
  const context = { organisation, consignment, journal: received.id, heard: received.receivedAt, via: 'read', handedOver } as const;
  const facts: Fact[] = [];
  for (const heard of reading.heard) facts.push(...(await hear(tx, heard, context)).facts);
  if (facts.length === 0 && reading.problems.length === 0) return [];
  const body = Buffer.from(JSON.stringify(answered.answer));
  const message = { organisation, channel, contentType: 'application/json', body, context: { consignment } } as const;
  await keepAnswer(tx, received, message, reading.problems);
  return facts;
}
