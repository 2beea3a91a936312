/** Answers of reads that we made become journal rows and facts, in one transaction with the outcome that asked for them. */
import type { Fact } from '../domain/facts.ts';
import type { Reading } from '../domain/heard.ts';
import type { Queryable } from '../store/database.ts';
import { hear } from '../store/hearing.ts';
import { type Channel, markRead, receive } from '../store/journal.ts';

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

/** Journals the answer where it tells news, and answers the facts that are news. Must run in a transaction. */
export async function takeIn(tx: Queryable, answered: Answered): Promise<Fact[]> {
  const { organisation, channel, consignment } = answered;
  const { id, receivedAt } = await receive(tx, {
    organisation,
    channel,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(answered.answer)),
    ...(consignment === undefined ? {} : { context: { consignment } }),
  });
  const facts: Fact[] = [];
  for (const heard of answered.reading.heard) {
    const context = { organisation, journal: id, heard: receivedAt, via: 'read', handedOver: answered.handedOver } as const;
    const { facts: news } = await hear(tx, heard, consignment === undefined ? context : { ...context, consignment });
    facts.push(...news);
  }
  // An answer without news is not kept: a sweep would fill the journal with what is known.
  if (facts.length === 0 && answered.reading.problems.length === 0) await tx.query('delete from journal where id = $1', [id]);
  else await markRead(tx, id, answered.reading.problems, false);
  return facts;
}
