/** What the dispatcher asks of the store: which consignments have news, the news itself, and the mark that it was told. */
import { randomUUID } from 'node:crypto';
import type { Fact } from '../domain/facts.ts';
import type { Queryable } from './database.ts';

/** A consignment whose workflow is told something. */
export interface Claim {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
}

/** A claim of one dispatcher alone, until its time is over. */
export interface Lease extends Claim {
  /** The lease's own mark: where somebody else has taken the claim over since, this one changes nothing any more. */
  readonly token: string;
}

/**
 * How what is said together comes to ride one signal, ms since it was heard. An event of a consignment that was quiet goes at
 * once. It waits while messages of its organisation are still unread (at most `unread`); while more keeps coming for a
 * consignment that was told a moment ago (`quiet`); and where it is nothing that somebody waits for (`linger`).
 */
export const gathering = { quiet: 80, linger: 250, unread: 1_000 } as const;

/** What the other side should see within the second; an order, labels, a plan, a document can wait for what comes with it. */
const urgent = ['scan', 'milestone', 'exception', 'pod', 'cancellation', 'merged', 'revived', 'verdict', 'refresh', 'resend'];

/**
 * Claims consignments with undispatched facts, oldest news first, each for `leaseMs`: one signal per consignment is in
 * flight over all dispatchers, and no lock is held over a call.
 */
export async function claim(db: Queryable, limit: number, leaseMs: number): Promise<Lease[]> {
  const token = randomUUID();
  const { rows } = await db.query<{ id: string; organisation: string; reference: string | null; tracking_id: string | null }>(
    `with news as (
       select consignment, min(seq) as first, bool_or(kind = any($3)) as urgent,
              clock_timestamp() - min(heard) as oldest, clock_timestamp() - max(heard) as youngest
         from fact where state = 'new' and consignment is not null group by consignment
     ), picked as (
       select c.id, n.first from consignment c join news n on n.consignment = c.id left join dispatch_lease l on l.consignment = c.id
        where (l.until is null or l.until < clock_timestamp())
          and (n.oldest > $6 * interval '1 ms'
               or not exists (select 1 from journal j where j.state = 'new' and j.organisation = c.organisation)
                  and (n.oldest > $5 * interval '1 ms'
                       or n.urgent and (n.youngest > $4 * interval '1 ms'
                                        or coalesce(l.until < clock_timestamp() - interval '1 second', true))))
        order by n.first limit $1
     ), leased as (
       insert into dispatch_lease as l (consignment, token, until)
         select id, $7, clock_timestamp() + $2 * interval '1 ms' from picked order by id
         on conflict (consignment) do update set token = excluded.token, until = excluded.until where l.until < clock_timestamp()
       returning consignment
     )
     select c.id, c.organisation, c.reference, c.tracking_id
       from leased join picked on picked.id = leased.consignment join consignment c on c.id = picked.id order by picked.first`,
    [limit, leaseMs, urgent, gathering.quiet, gathering.linger, gathering.unread, token],
  );
  return rows.map((row) => ({
    organisation: row.organisation,
    consignment: row.id,
    reference: row.reference,
    trackingId: row.tracking_id,
    token,
  }));
}

export interface News {
  readonly seq: number;
  readonly fact: Fact;
}

/** The undispatched facts of a consignment in the order of arrival, at most `limit`. */
export async function newsOf(db: Queryable, consignment: string, limit: number): Promise<News[]> {
  const { rows } = await db.query<{ seq: number; envelope: Fact }>(
    `select seq, envelope from fact where consignment = $1 and state = 'new' order by seq limit $2`,
    [consignment, limit],
  );
  return rows.map((row) => ({ seq: row.seq, fact: row.envelope }));
}

type Mine = Pick<Lease, 'consignment' | 'token'>;

/**
 * Marks facts as told to the workflow and keeps the consignment to itself for `keepMs` more, so that what follows rides
 * together. What a merge has given to another consignment meanwhile is not told there yet and stays new. Answers whether the
 * claim is still this one's; the lease of another is left alone.
 */
export async function markDispatched(db: Queryable, of: Mine, seqs: readonly number[], keepMs: number): Promise<boolean> {
  const { rows } = await db.query(
    `with told as (
       update fact set state = 'dispatched', dispatched_at = clock_timestamp() where seq = any($2) and state = 'new' and consignment = $1
     ), reopened as (
       update consignment set closed_at = null where id = $1 and closed_at is not null
     )
     update dispatch_lease set until = clock_timestamp() + $3 * interval '1 ms' where consignment = $1 and token = $4 returning 1`,
    [of.consignment, seqs, keepMs, of.token],
  );
  return rows.length > 0;
}

/** Gives the claim back; the next try may come after `waitMs`. A claim that is another's by now is left alone. */
export async function giveBack(db: Queryable, of: Mine, waitMs: number): Promise<void> {
  await db.query(`update dispatch_lease set until = clock_timestamp() + $3 * interval '1 ms' where consignment = $1 and token = $2`, [
    of.consignment,
    of.token,
    waitMs,
  ]);
}

/** Parks a fact that Temporal refuses for good. `cause` holds no personal data. */
export async function parkRefused(db: Queryable, consignment: string, seq: number, cause: string): Promise<void> {
  await db.query(`update fact set state = 'parked', cause = $3 where seq = $2 and consignment = $1 and state = 'new'`, [
    consignment,
    seq,
    cause,
  ]);
}
