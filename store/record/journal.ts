/** The journal stores each message as it came, before it is acknowledged. The inbox names the messages that are still to be taken in. */
import type { Problem } from '../../domain/facts/reading.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';

/** Where a message came from, which decides how it is read. */
export type Channel =
  | 'palletways push'
  | 'palletways consignment'
  | 'palletways notes'
  | 'palletways entered'
  | 'qargo visibility'
  | 'qargo dispatch'
  | 'qargo status'
  | 'qargo trip'
  | 'qargo documents'
  | 'hand';

export interface Message {
  readonly organisation: string;
  readonly channel: Channel;
  readonly contentType: string;
  readonly body: Buffer;
  /** What the reader needs besides the body, e.g. the consignment that was asked about. */
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface JournalRow extends Message {
  readonly id: number;
  /** UTC ISO, database clock. */
  readonly receivedAt: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** Identifies a message before it is stored: its id and the instant at which it came (UTC ISO, database clock). */
export interface Received {
  readonly id: number;
  readonly receivedAt: string;
}

const received = ({ id, received_at }: { id: number; received_at: Date }): Received => ({
  id,
  receivedAt: received_at.toISOString(),
});

const valuesOf = ({ organisation, channel, contentType, body, context }: Message) => [
  organisation,
  channel,
  contentType,
  body,
  storableJson(context ?? {}),
];

/** A message is large from this many bytes on: it may be about many consignments, and small messages do not wait for it. */
export const largeFrom = 32 * 1024;

/** Stores a message that is to be taken in; it is durable when this resolves outside a transaction. */
export async function receive(db: Queryable, message: Message): Promise<Received> {
  const { rows } = await db.query<{ id: number; received_at: Date }>(
    `with kept as (
       insert into journal (organisation, channel, content_type, body, context) values ($1, $2, $3, $4, $5) returning id, received_at),
     waiting as (insert into inbox (journal, received_at, organisation, large) select id, received_at, $1, octet_length($4) >= ${largeFrom} from kept)
     select id, received_at from kept`,
    valuesOf(message),
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the journal gave no row');
  return received(row);
}

/** Reserves an id and an instant for the answer to one of our reads, which is stored only if it brings news ({@link keepAnswer}). */
export async function reserveEntry(db: Queryable): Promise<Received> {
  const { rows } = await db.query<{ id: number; received_at: Date }>(
    `select nextval('journal_id') as id, date_trunc('milliseconds', clock_timestamp()) as received_at`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the journal gave no id');
  return received(row);
}

/** Stores an answer that was taken in, with the problems of what could not be read; `parked` if nothing in it could be read. */
export async function keepAnswer(
  db: Queryable,
  of: Received,
  message: Message,
  problems: readonly Problem[],
  state: 'read' | 'parked' = 'read',
): Promise<void> {
  await db.query(
    `insert into journal (organisation, channel, content_type, body, context, id, received_at, state, problems, read_at)
     values ($1, $2, $3, $4, $5, $6, $7, $9, $8, clock_timestamp())`,
    [...valuesOf(message), of.id, of.receivedAt, storableJson(problems), state],
  );
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

/**
 * Claims up to `limit` waiting messages for `leaseMs`. Organisations take turns; within one, the message with the fewest tries goes first,
 * then the oldest. Each claim counts as a try, and nobody else claims the message until the lease is over. Of large messages only one of each
 * organisation is read at a time, whichever service reads it.
 */
export async function claimUnread(
  db: Queryable,
  limit: number,
  leaseMs: number,
  size: 'small' | 'large' = 'small',
): Promise<(JournalRow & { readonly tries: number })[]> {
  const { rows } = await db.query<RawRow & { tries: number }>(
    `with free as (
       select f.journal, f.tries, f.turn from organisation g cross join lateral (
         select w.journal, w.tries, row_number() over (order by w.tries, w.journal) as turn from (
           select i.journal, i.tries from inbox i
            where i.organisation = g.id and i.large = $3 and (i.lease_until is null or i.lease_until < clock_timestamp())
              and not ($3 and exists (
                select 1 from inbox l where l.organisation = g.id and l.large and l.lease_until >= clock_timestamp()))
            order by i.tries, i.journal limit case when $3 then 1 else $1 end) w) f),
     picked as (
       select i.journal from inbox i join (select journal from free order by turn, tries, journal limit $1) f on f.journal = i.journal
        order by i.journal for update of i skip locked),
     claimed as (
       update inbox i set tries = i.tries + 1, lease_until = clock_timestamp() + $2 * interval '1 ms' from picked p
        where i.journal = p.journal and (i.lease_until is null or i.lease_until < clock_timestamp())
       returning i.journal, i.received_at, i.tries)
     select j.id, j.organisation, j.channel, j.content_type, j.body, j.context, j.received_at, c.tries
       from claimed c join journal j on j.id = c.journal and j.received_at = c.received_at order by c.tries, j.id`,
    [limit, leaseMs, size === 'large'],
  );
  return rows.map((row) => ({
    id: row.id,
    organisation: row.organisation,
    channel: row.channel,
    contentType: row.content_type,
    body: row.body,
    context: row.context,
    receivedAt: row.received_at.toISOString(),
    tries: row.tries,
  }));
}

/** Renews the lease of messages that are being taken in, so that nobody else claims them. */
export async function holdUnread(db: Queryable, ids: readonly number[], leaseMs: number): Promise<void> {
  await db.query(`update inbox set lease_until = clock_timestamp() + $2 * interval '1 ms' where journal = any($1)`, [
    ids,
    leaseMs,
  ]);
}

/** Gives a message back: it is tried again after `waitMs`. `counted`: whether this try counts. */
export async function giveUnreadBack(db: Queryable, id: number, waitMs: number, counted: boolean): Promise<void> {
  await db.query(
    `update inbox set lease_until = clock_timestamp() + $2 * interval '1 ms', tries = tries - case when $3 then 0 else 1 end where journal = $1`,
    [id, waitMs, counted],
  );
}

/**
 * Marks a waiting message as read, and stores the fields that could not be read; it is parked if nothing could be read. A message that
 * somebody else has marked already stays as it is.
 */
export async function markRead(
  db: Queryable,
  id: number,
  problems: readonly Problem[],
  parked: boolean,
): Promise<void> {
  await db.query(
    `with done as (delete from inbox where journal = $1 returning journal, received_at)
       update journal j set state = $2, problems = $3, read_at = clock_timestamp(), aside = null
         from done d where j.id = d.journal and j.received_at = d.received_at`,
    [id, parked ? 'parked' : 'read', storableJson(problems)],
  );
}

/** Counts the messages that wait to be taken in. */
export async function countUnread(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: number }>('select count(*) as n from inbox');
  return rows[0]?.n ?? 0;
}

/** For this many days after today the journal has partitions of their own. */
const daysAhead = 7;

/** Creates the journal's partitions for the days to come. A row of a day without one goes to the default partition. */
export async function keepJournalDays(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ day: string; from: string; to: string }>(
    `select to_char(d, 'YYYYMMDD') as day, to_char(d, 'YYYY-MM-DD') as "from", to_char(d + interval '1 day', 'YYYY-MM-DD') as "to"
       from generate_series(date_trunc('day', clock_timestamp()) + interval '1 day',
                            date_trunc('day', clock_timestamp()) + $1 * interval '1 day', interval '1 day') as d
      where to_regclass('journal_' || to_char(d, 'YYYYMMDD')) is null`,
    [daysAhead],
  );
  for (const { day, from, to } of rows)
    await db.query(
      `create table if not exists journal_${day} partition of journal for values from ('${from}') to ('${to}')`,
    );
}

/** Whether the journal has a message of the same channel with these problems, about the same consignment or trip, or else of the same bytes. */
export async function isNoted(db: Queryable, message: Message, problems: readonly Problem[]): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from journal j
      where j.organisation = $1 and (j.state = 'parked' or j.problems <> '[]') and j.channel = $2 and j.context = $5::jsonb
        and j.problems = $6::jsonb and ($5::jsonb ?| array['consignment', 'trip'] or j.body = $4) and $3::text is not null limit 1`,
    [...valuesOf(message), storableJson(problems)],
  );
  return rows.length > 0;
}
