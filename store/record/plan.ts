/** Makes the plan of a consignment from the record, and closes a consignment that is over. */

import type { Leg, Role } from '../../domain/facts/roles.ts';
import type { Need, ObligationKind } from '../../domain/obligations/kinds.ts';
import { counterpartOf, type Lane } from '../../domain/obligations/lanes.ts';
import type { Asked, LanePlan, Outstanding, Page, Plan } from '../../domain/obligations/plan.ts';
import type { Row } from '../../domain/policy/rows.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import type { Stage } from '../../domain/state/state.ts';
import { type Database, inTransaction, isoText, type Queryable } from '../postgres/database.ts';
import { toCause } from './causes.ts';
import { rowIsOn, standards, withDue } from './due.ts';
import { lockConsignments } from './projection.ts';

interface DueRow {
  readonly lane: Lane;
  readonly kind: ObligationKind;
  readonly due: number;
  readonly rank: number;
  readonly supersedes: number;
}

interface OpenRow {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly lane: Lane;
  readonly state: 'open' | 'refused' | 'unknown';
  readonly cause: unknown;
  readonly until: string | null;
  readonly needs: readonly Need[];
  readonly switched: 'on' | 'shadow' | 'off';
  readonly row: Row | null;
}

interface StatusRow {
  readonly version: number;
  readonly stage: Stage;
  readonly service: string;
  readonly reference: string | null;
  readonly tracking_id: string | null;
  readonly roles: readonly Role[];
  readonly leg: Leg;
  readonly over: boolean;
  readonly quiet_at: Date;
  readonly has: readonly Need[];
  readonly asked: readonly Asked[];
  readonly goods: Page['goods'] | null;
  readonly happened: Page['happened'];
  readonly grace_hours: number;
  readonly max_history: number;
  readonly due: readonly DueRow[] | null;
  readonly wake_at: Date | null;
  readonly stuck: number;
  readonly open_on: number;
  readonly outstanding: number;
  readonly lines: readonly OpenRow[] | null;
}

/** A plan names at most this many outstanding updates. */
const lines = 10;
/** Bytes of a plan as JSON. The signal around it adds some; together they stay within 2 KB. */
const mostBytes = 1_700;

const planStatement = `${withDue}
  select s.version, s.stage, s.service, c.reference, c.tracking_id, s.roles, s.leg, s.over, s.quiet_at, s.has, s.asked, s.goods, s.happened,
         coalesce((g.settings->'policy'->>'graceHours')::float8, $3) as grace_hours,
         coalesce((g.settings->'policy'->>'maxHistory')::int, $4) as max_history,
         (select json_agg(d) from (
            select lane, kind, count(*) as due, min(rank) as rank,
                   max(case when replaced or kind = 'cancel' then version else 0 end) as supersedes
              from due group by lane, kind order by lane, min(rank), kind) d) as due,
         (select min(o.not_before) from obligation o where o.consignment = $1 and o.state = 'open' and o.not_before > clock_timestamp()
             and ${rowIsOn('o', 'g', '$2')}) as wake_at,
         (select count(*) from obligation o where o.consignment = $1 and o.state <> 'open' and ${rowIsOn('o', 'g', '$2')}) as stuck,
         (select count(*) from obligation o where o.consignment = $1 and o.state = 'open' and ${rowIsOn('o', 'g', '$2')}) as open_on,
         (select count(*) from obligation o where o.consignment = $1) as outstanding,
         (select json_agg(l) from (
            select o.key, o.kind, o.lane, o.state, o.cause, o.needs,
                   ${isoText('o.not_before')} as until,
                   coalesce(g.settings->'policy'->'rows'->>o.row, $2::jsonb->>o.row, 'on') as switched, o.row
              from obligation o where o.consignment = $1 order by o.state = 'open', o.rank, o.since, o.key limit ${lines}) l) as lines
    from status s join consignment c on c.id = s.consignment join organisation g on g.id = s.organisation where s.consignment = $1`;

/** @throws if the consignment was never projected, since there is no fact about it. */
export async function planOf(db: Queryable, consignment: string): Promise<Plan> {
  const { rows } = await db.query<StatusRow>(planStatement, [
    consignment,
    standards,
    defaultPolicy.graceHours,
    defaultPolicy.maxHistory,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error(`no consignment ${consignment}`);
  const attention = row.stuck > 0 || row.asked.length > 0;
  const quiet = row.over && row.open_on === 0 && !attention;
  return fitted({
    version: row.version,
    stage: row.stage,
    service: row.service,
    reference: [row.reference, row.tracking_id].filter((name) => name !== null),
    // The plan has roles only if our part is not that of an ordinary delivery.
    roles: row.leg === 'as told' ? [] : row.roles,
    leg: row.leg,
    attention,
    lanes: lanesFrom(row.due ?? []),
    ...(row.wake_at === null ? {} : { wakeAt: row.wake_at.toISOString() }),
    ...(quiet ? { closeAt: new Date(row.quiet_at.getTime() + row.grace_hours * 3_600_000).toISOString() } : {}),
    maxHistory: row.max_history,
    page: pageFrom(row),
  });
}

/** Answers as many outstanding updates as there is room for; the others are counted. */
function fitted(plan: Plan): Plan {
  let fits = plan;
  while (fits.page.outstanding.length > 0 && Buffer.byteLength(JSON.stringify(fits)) > mostBytes) {
    const { outstanding, more } = fits.page;
    fits = { ...fits, page: { ...fits.page, outstanding: outstanding.slice(0, -1), more: more + 1 } };
  }
  return fits;
}

function lanesFrom(rows: readonly DueRow[]): Plan['lanes'] {
  const lanes: Partial<Record<Lane, LanePlan>> = {};
  for (const { lane, kind, due, rank, supersedes } of rows) {
    const known = lanes[lane];
    lanes[lane] = {
      due: (known?.due ?? 0) + due,
      kinds: { ...known?.kinds, [kind]: due },
      rank: Math.min(known?.rank ?? rank, rank),
      supersedes: Math.max(known?.supersedes ?? 0, supersedes),
    };
  }
  return lanes;
}

function pageFrom({ goods, happened, lines: open, outstanding, has, asked }: StatusRow): Page {
  const shown = (open ?? []).map((row) => outstandingFrom(row, has));
  return {
    ...(goods === null ? {} : { goods }),
    happened,
    outstanding: shown,
    more: outstanding - shown.length,
    asked,
  };
}

/** Chooses the one unmet need that is shown, as `due` does (domain/receipts/receipts.ts). */
const namedFirst: readonly Need[] = ['earlier order taken back', 'tracking id', 'order accepted'];

function outstandingFrom(
  { key, kind, lane, state, cause: stored, until, needs, switched, row }: OpenRow,
  has: readonly Need[],
): Outstanding {
  const of = { key, kind, to: counterpartOf(lane) };
  const cause = toCause(stored);
  const why = cause === null ? {} : { cause };
  if (switched !== 'on') return { ...of, state: switched, ...(row === null ? {} : { by: row }) };
  if (state !== 'open') return { ...of, state, ...why };
  const missing = namedFirst.find((need) => needs.includes(need) && !has.includes(need));
  if (until !== null) return { ...of, state: 'waits', ...why, until };
  return missing === undefined ? { ...of, state: 'due' } : { ...of, state: 'needs', by: missing };
}

/**
 * Closes a consignment, if nothing came since this version and nothing is left to do. Its projection is deleted; later news projects it
 * again.
 */
export async function closeConsignment(db: Database, consignment: string, version: number): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    const plan = await planOf(tx, consignment);
    if (plan.version !== version || plan.closeAt === undefined) return false;
    await tx.query(
      `with gone as (delete from obligation where consignment = $1),
            idle as (delete from lane where consignment = $1),
            told as (delete from wake where consignment = $1 and version <= $2),
            kept as (update status set stale = true where consignment = $1)
       update consignment set closed_at = clock_timestamp() where id = $1`,
      [consignment, version],
    );
    return true;
  });
}
