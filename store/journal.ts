/** The journal: what came in, raw, stored before it is acknowledged. */
import type { Problem } from '../domain/heard.ts';
import type { Queryable } from './database.ts';
import { storableJson } from './door.ts';

/** Where a message came from, and so how it is read. */
export type Channel =
  | 'palletways push'
  | 'palletways consignment'
  | 'palletways notes'
  | 'palletways entered'
  | 'qargo visibility'
  | 'qargo dispatch'
  | 'qargo status'
  | 'qargo documents'
  | 'hand';

export interface Message {
  readonly organisation: string;
  readonly channel: Channel;
  readonly contentType: string;
  readonly body: Buffer;
  /** What the reader must know beside the body, e.g. the consignment that was asked about. */
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface JournalRow extends Message {
  readonly id: number;
  /** UTC ISO, database clock. */
  readonly receivedAt: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** Stores a message; it is durable when this resolves outside a transaction. */
export async function receive(db: Queryable, message: Message): Promise<{ id: number; receivedAt: string }> {
  const { rows } = await db.query<{ id: number; received_at: Date }>(
    'insert into journal (organisation, channel, content_type, body, context) values ($1, $2, $3, $4, $5) returning id, received_at',
    [message.organisation, message.channel, message.contentType, message.body, storableJson(message.context ?? {})],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the journal gave no row');
  return { id: row.id, receivedAt: row.received_at.toISOString() };
}

interface RawRow {
  id: number;
  organisation: string;
  channel: Channel;
  content_type: string;
  body: Buffer;
  context: Record<string, unknown>;
  received_at: Date;
}

/** The oldest unread messages, those that were tried before last, locked for this transaction; other readers pass them by. */
export async function lockUnread(tx: Queryable, limit: number): Promise<JournalRow[]> {
  const { rows } = await tx.query<RawRow>(
    `select id, organisation, channel, content_type, body, context, received_at
       from journal where state = 'new' order by tries, id limit $1 for update skip locked`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    organisation: row.organisation,
    channel: row.channel,
    contentType: row.content_type,
    body: row.body,
    context: row.context,
    receivedAt: row.received_at.toISOString(),
  }));
}

/** Marks a message as read; what could not be read of it is kept with the field named. All unreadable: parked. */
export async function markRead(tx: Queryable, id: number, problems: readonly Problem[], parked: boolean): Promise<void> {
  await tx.query('update journal set state = $2, problems = $3, read_at = clock_timestamp() where id = $1', [
    id,
    parked ? 'parked' : 'read',
    storableJson(problems),
  ]);
}

/** Counts that a message could not be taken in though the record was there; answers how often by now. It stays unread. */
export async function countTry(db: Queryable, id: number): Promise<number> {
  const { rows } = await db.query<{ tries: number }>(
    `update journal set tries = tries + 1 where id = $1 and state = 'new' returning tries`,
    [id],
  );
  return rows[0]?.tries ?? 0;
}

/** Whether an earlier message of the same kind, about the same consignment or else of the same bytes, has the problems of this one. */
export async function isNoted(tx: Queryable, id: number): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from journal n join journal j on j.organisation = n.organisation and j.id < n.id
      where n.id = $1 and (j.state = 'parked' or j.problems <> '[]')
        and j.channel = n.channel and j.context = n.context and j.problems = n.problems
        and (n.context ? 'consignment' or j.body = n.body) limit 1`,
    [id],
  );
  return rows.length > 0;
}
