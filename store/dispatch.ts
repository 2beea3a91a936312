/** What the dispatcher asks of the store: which consignments have news, the news itself, and the mark that it was told. */
import type { Fact } from '../domain/facts.ts';
import type { Queryable } from './database.ts';

export interface Claim {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
}

/**
 * How what is said together comes to ride one signal, ms since it was heard. An event of a consignment that was quiet goes at
 * once. It waits while messages of its organisation are still unread (at most `unread`); while more keeps coming for a
 * consignment that was told a moment ago (`quiet`); and where it is nothing that somebody waits for (`linger`).
 */
export const gathering = { quiet: 80, linger: 250, unread: 1_000 } as const;

/** What the other side should see within the second; an order, labels, a plan, a document can wait for what comes with it. */
const urgent = ['scan', 'milestone', 'exception', 'pod', 'cancellation', 'refresh', 'resend'];

/**
 * Claims consignments with undispatched facts, oldest news first, each for `leaseMs`: one signal per consignment is in
 * flight over all dispatchers, and no lock is held over a call.
 */
export async function claim(db: Queryable, limit: number, leaseMs: number): Promise<Claim[]> {
  const { rows } = await db.query<{ id: string; organisation: string; reference: string | null; tracking_id: string | null }>(
    `with news as (
       select consignment, min(seq) as first, bool_or(kind = any($3)) as urgent,
              clock_timestamp() - min(heard) as oldest, clock_timestamp() - max(heard) as youngest
         from fact where state = 'new' and consignment is not null group by consignment
     ), picked as (
       select c.id from consignment c join news n on n.consignment = c.id
        where (c.dispatch_until is null or c.dispatch_until < clock_timestamp())
          and (n.oldest > $6 * interval '1 ms'
               or not exists (select 1 from journal j where j.state = 'new' and j.organisation = c.organisation)
                  and (n.oldest > $5 * interval '1 ms'
                       or n.urgent and (n.youngest > $4 * interval '1 ms'
                                        or coalesce(c.dispatch_until < clock_timestamp() - interval '1 second', true))))
        order by n.first limit $1 for update of c skip locked
     )
     update consignment c set dispatch_until = clock_timestamp() + $2 * interval '1 ms'
       from picked where c.id = picked.id
     returning c.id, c.organisation, c.reference, c.tracking_id`,
    [limit, leaseMs, urgent, gathering.quiet, gathering.linger, gathering.unread],
  );
  return rows.map((row) => ({
    organisation: row.organisation,
    consignment: row.id,
    reference: row.reference,
    trackingId: row.tracking_id,
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

/** Marks facts as told to the workflow and keeps the consignment to itself for `gatherMs` more, so that what follows rides together. */
export async function markDispatched(db: Queryable, consignment: string, seqs: readonly number[], gatherMs: number): Promise<void> {
  await db.query(
    `with told as (update fact set state = 'dispatched', dispatched_at = clock_timestamp() where seq = any($2) and state = 'new')
     update consignment set dispatch_until = clock_timestamp() + $3 * interval '1 ms', closed_at = null where id = $1`,
    [consignment, seqs, gatherMs],
  );
}

/** Gives the claim back without having told anything; the next try may come after `waitMs`. */
export async function giveBack(db: Queryable, consignment: string, waitMs: number): Promise<void> {
  await db.query(`update consignment set dispatch_until = clock_timestamp() + $2 * interval '1 ms' where id = $1`, [consignment, waitMs]);
}
