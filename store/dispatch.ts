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
 * Claims consignments with undispatched facts, oldest news first, each for `leaseMs`: one signal per consignment is in
 * flight over all dispatchers, and no lock is held over a call.
 */
export async function claim(db: Queryable, limit: number, leaseMs: number): Promise<Claim[]> {
  const { rows } = await db.query<{ id: string; organisation: string; reference: string | null; tracking_id: string | null }>(
    `with news as (
       select consignment, min(seq) as first from fact where state = 'new' and consignment is not null group by consignment
     ), picked as (
       select c.id from consignment c join news n on n.consignment = c.id
        where c.dispatch_until is null or c.dispatch_until < clock_timestamp()
        order by n.first limit $1 for update of c skip locked
     )
     update consignment c set dispatch_until = clock_timestamp() + $2 * interval '1 ms'
       from picked where c.id = picked.id
     returning c.id, c.organisation, c.reference, c.tracking_id`,
    [limit, leaseMs],
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
