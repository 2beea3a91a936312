/** Work for people: what was refused or is unknown, grouped by its cause, so that one fault of a table is one piece. */
import type { Counterpart } from '../domain/facts.ts';
import type { ObligationKind } from '../domain/obligations.ts';
import type { Queryable } from './database.ts';

export interface Piece {
  readonly organisation: string;
  readonly to: Counterpart;
  readonly kind: ObligationKind;
  readonly state: 'refused' | 'unknown';
  readonly cause: string;
  /** Obligations that wait for it, each of one open consignment. */
  readonly count: number;
  /** Since when the first waits, UTC ISO. */
  readonly since: string;
  /** Palletways references of the first few. */
  readonly examples: readonly string[];
  /** What the far side said to the first, or null. */
  readonly reason: string | null;
}

const examples = 5;

/** Merged, or cancelled with nobody having refused it nor being asked, as `isEnded` in domain/state.ts says. `c` is the consignment. */
const ended = `exists (
  select 1 from fact f where f.consignment = c.id and (f.kind = 'merged' or f.kind = 'cancellation'
     and not exists (select 1 from fact r where r.consignment = c.id and r.kind = 'revived' and r.at > f.at)
     and (f.envelope->>'source' = 'person' or coalesce((
       select v.envelope->>'verdict' from fact v
        where v.consignment = c.id and v.kind = 'verdict' and v.envelope->>'on' = (
          select 'cancel' || coalesce(':' || max((r.envelope->>'revival')::int), '') from fact r where r.consignment = c.id and r.kind = 'revived')
        order by v.envelope->>'source' = 'person' desc, v.at desc, v.id desc limit 1), 'accepted') = 'accepted')))`;

/** A person refused the cancellation that was asked about: it is owed no more. `d` is its delivery. */
const settledOtherwise = `exists (
  select 1 from fact v where v.consignment = d.consignment and v.kind = 'verdict' and v.envelope->>'on' = d.key
     and v.envelope->>'source' = 'person' and v.envelope->>'verdict' = 'refused')`;

/** The pieces, those that hold up most first; of one organisation or of all. Of a cancelled consignment only its cancellation and its proof are work. */
export async function piecesOfWork(db: Queryable, organisation?: string): Promise<Piece[]> {
  const { rows } = await db.query<Omit<Piece, 'since'> & { since: Date }>(
    `select d.organisation, d.counterpart as to, d.kind, d.state, coalesce(d.cause, 'no reason given') as cause, count(*) as count,
            min(d.settled_at) as since,
            (array_agg(coalesce(c.reference, c.tracking_id, c.id) order by d.settled_at, c.id))[1:${examples}] as examples,
            (array_agg(d.reason order by d.settled_at, c.id))[1] as reason
       from delivery d join consignment c on c.id = d.consignment
      where d.state in ('refused', 'unknown') and c.closed_at is null and ($1::text is null or d.organisation = $1)
        and (d.kind in ('cancel', 'verdict', 'pod', 'file') or not (${ended}))
        and not (d.kind = 'cancel' and ${settledOtherwise})
      group by d.organisation, d.counterpart, d.kind, d.state, d.cause order by count desc, since`,
    [organisation ?? null],
  );
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}

/** What Palletways told lately of orders, the latest first: their references and contents. At most `limit`. */
export async function recentOrders(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<{ readonly consignment: string; readonly reference: string; readonly content: unknown }[]> {
  const { rows } = await db.query<{ consignment: string; reference: string; content: unknown }>(
    `select c.id as consignment, coalesce(c.reference, c.tracking_id, c.id) as reference, k.body as content
       from (select distinct on (f.consignment) f.consignment, f.seq, f.envelope->>'content' as ref from fact f
              where f.organisation = $1 and f.kind = 'order' and f.consignment is not null
              order by f.consignment, f.at desc, f.id desc) o
       join consignment c on c.id = o.consignment join content k on k.id = o.ref::bigint
      where k.body is not null order by o.seq desc limit $2`,
    [organisation, limit],
  );
  return rows;
}

/** Notes that went to Palletways lately, the latest first, as they were handed to the desk. At most `limit`. */
export async function recentNotes(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<{ readonly consignment: string; readonly reference: string; readonly key: string; readonly note: unknown }[]> {
  const { rows } = await db.query<{ consignment: string; reference: string; key: string; note: unknown }>(
    `select c.id as consignment, coalesce(c.reference, c.tracking_id, c.id) as reference, d.key, d.payload as note
       from delivery d join consignment c on c.id = d.consignment
      where d.organisation = $1 and d.counterpart = 'palletways' and d.payload is not null and d.state in ('delivered', 'refused')
      order by d.settled_at desc nulls last limit $2`,
    [organisation, limit],
  );
  return rows;
}

/** Exceptions whose notes are held back for a code that no table has, the latest first. At most `limit`. */
export async function recentlyParked(
  db: Queryable,
  organisation: string,
  limit: number,
): Promise<{ readonly reference: string; readonly key: string; readonly code: string }[]> {
  const { rows } = await db.query<{ reference: string; key: string; code: string }>(
    `select coalesce(c.reference, c.tracking_id, c.id) as reference, d.key, f.envelope->>'code' as code
       from delivery d join consignment c on c.id = d.consignment join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.organisation = $1 and d.kind = 'exception' and d.state = 'refused' and d.payload is null and starts_with(d.cause, 'mapping: ')
      order by d.settled_at desc limit $2`,
    [organisation, limit],
  );
  return rows;
}
