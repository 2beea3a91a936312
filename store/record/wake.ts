/**
 * Keeps which workflows are to be signalled, in a small table that the projection writes in the transaction that brought the news. A
 * dispatcher claims a consignment with a token before it signals. So only one signal to a consignment is under way over all dispatchers,
 * and no lock is held during a call.
 */
import { randomUUID } from 'node:crypto';
import type { FactKind } from '../../domain/facts/facts.ts';
import { factKindsWith } from '../../domain/facts/kinds.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import type { Queryable } from '../postgres/database.ts';
import { workflowColumn } from './consignments.ts';
import { rowIsOn, standards } from './due.ts';

/** A consignment whose workflow is signalled. */
export interface Claim {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  /** The id of its Temporal workflow. */
  readonly workflow: string;
}

/** A claim of one dispatcher alone, until its time is over. */
export interface Wake extends Claim {
  /** Identifies the claim: after another dispatcher has claimed the consignment, this claim changes nothing any more. */
  readonly token: string;
  readonly version: number;
  /** Kinds of the facts that are new. */
  readonly kinds: readonly FactKind[];
}

/**
 * How long news waits for other news, so that both go in one signal; ms since it was received. News about a quiet consignment goes at
 * once. It waits while messages of its organisation are still unread (at most `unread`), while more keeps coming for a consignment
 * that was signalled a moment ago (`quiet`), and if nobody waits for it (`linger`).
 */
export const gathering = { quiet: 80, linger: 250, unread: 1_000 } as const;

/** Kinds that the other side should see within a second. An order, labels, a plan or a document can wait for what comes with it. */
export const urgentKinds: ReadonlySet<FactKind> = factKindsWith(({ isUrgent }) => isUrgent === true);

/** Claims up to `limit` consignments to signal, each for `leaseMs`. Organisations take turns; each sends its oldest news first. */
export async function claimWakes(db: Queryable, limit: number, leaseMs: number): Promise<Wake[]> {
  const token = randomUUID();
  const { rows } = await db.query<Omit<Wake, 'token'>>(
    `with ready as (
       select w.consignment, w.first_at, row_number() over (partition by w.organisation order by w.first_at) as turn
         from wake w
        where w.pending and (w.lease_until is null or w.lease_until < clock_timestamp())
          and (w.first_at < clock_timestamp() - $6 * interval '1 ms'
               or not exists (select 1 from inbox i where i.organisation = w.organisation and not i.large)
                  and (w.first_at < clock_timestamp() - $5 * interval '1 ms'
                       or w.urgent and (w.last_at < clock_timestamp() - $4 * interval '1 ms'
                                        or coalesce(w.lease_until < clock_timestamp() - interval '1 second', true))))
     ), picked as (
       select w.consignment from wake w join (select consignment, turn, first_at from ready order by turn, first_at limit $1) r on r.consignment = w.consignment
        order by w.consignment for update of w skip locked
     ), claimed as (
       update wake w set token = $3, lease_until = clock_timestamp() + $2 * interval '1 ms' from picked p
        where w.consignment = p.consignment and w.pending and (w.lease_until is null or w.lease_until < clock_timestamp())
       returning w.consignment, w.organisation, w.version, w.kinds, w.first_at
     )
     select c.id as consignment, c.organisation, k.version, k.kinds, c.reference, c.tracking_id as "trackingId", ${workflowColumn('c')} as workflow
       from claimed k join consignment c on c.id = k.consignment order by k.first_at`,
    [limit, leaseMs, token, gathering.quiet, gathering.linger, gathering.unread],
  );
  return rows.map((row) => ({ ...row, token }));
}

type Mine = Pick<Wake, 'consignment' | 'token'>;

/**
 * Notes that the workflow was sent a version. Newer news is still to be sent, and its waiting time starts now. The claim is kept for `keepMs`
 * more, so that news that follows goes in one signal.
 */
export async function markSignalled(db: Queryable, of: Mine, version: number, keepMs: number): Promise<void> {
  await db.query(
    `update wake set pending = version > $3, first_at = clock_timestamp(), lease_until = clock_timestamp() + $4 * interval '1 ms'
      where consignment = $1 and token = $2`,
    [of.consignment, of.token, version, keepMs],
  );
}

/** Gives the claim back; the next try may come after `waitMs`. If another dispatcher has claimed it, nothing changes. */
export async function giveBack(db: Queryable, of: Mine, waitMs: number): Promise<void> {
  await db.query(
    `update wake set lease_until = clock_timestamp() + $3 * interval '1 ms' where consignment = $1 and token = $2`,
    [of.consignment, of.token, waitMs],
  );
}

/** Deletes rows that were sent and whose claim is over. */
export async function forgetSignalled(db: Queryable): Promise<void> {
  await db.query(`delete from wake where not pending and lease_until < clock_timestamp() - interval '5 seconds'`);
}

/** Has the workflows of these consignments signalled that there is news, e.g. after a new configuration. */
export async function wakeConsignments(db: Queryable, consignments: readonly string[]): Promise<void> {
  await db.query(
    `insert into wake as w (consignment, organisation, version, kinds, urgent)
       select s.consignment, s.organisation, s.version, '{}', true from status s where s.consignment = any($1) order by s.consignment
       on conflict (consignment) do update set pending = true, urgent = true, last_at = excluded.last_at,
         kinds = case when w.pending then w.kinds else excluded.kinds end,
         first_at = case when w.pending then w.first_at else excluded.first_at end, version = greatest(w.version, excluded.version)`,
    [consignments],
  );
}

/**
 * Wakes consignments with work that has been due for `overdueMs` and was not taken, or that should have been closed for that long. So they go
 * on whatever happened to their workflows. Answers how many were woken, at most `limit`; one that is being signalled is left alone.
 */
export async function wakeOverdue(db: Queryable, overdueMs: number, limit: number): Promise<number> {
  const { rows } = await db.query(
    `with overdue as (
       select o.consignment from obligation o join status s on s.consignment = o.consignment join organisation g on g.id = o.organisation
         left join lane l on l.consignment = o.consignment and l.lane = o.lane
        where o.state = 'open' and o.since < now() - $1 * interval '1 ms' and o.needs <@ s.has and ${rowIsOn('o', 'g', '$3')}
          and greatest(o.since, o.not_before, l.taken_at, l.until) < now() - $1 * interval '1 ms'),
     unclosed as (
       select s.consignment from status s join organisation g on g.id = s.organisation
        where s.over and not s.stale
          and s.quiet_at + coalesce((g.settings->'policy'->>'graceHours')::float8, $4) * interval '1 hour'
              < now() - $1 * interval '1 ms'
          and not exists (select 1 from obligation o where o.consignment = s.consignment and ${rowIsOn('o', 'g', '$3')})),
     missed as (
       select s.consignment, s.organisation, s.version
         from (select consignment from overdue union select consignment from unclosed) m
         join status s on s.consignment = m.consignment join consignment c on c.id = m.consignment join organisation g on g.id = c.organisation
        where c.closed_at is null and c.merged_into is null and g.active
        order by s.consignment limit $2)
     insert into wake as w (consignment, organisation, version, kinds, urgent)
       select consignment, organisation, version, '{}', true from missed
       on conflict (consignment) do update set pending = true, urgent = true, kinds = excluded.kinds, first_at = excluded.first_at,
         last_at = excluded.last_at
         where not w.pending and w.lease_until < clock_timestamp() - $1 * interval '1 ms'
     returning 1`,
    [overdueMs, limit, standards, defaultPolicy.graceHours],
  );
  return rows.length;
}
