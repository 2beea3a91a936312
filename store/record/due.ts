/**
 * Finds due obligations with one generic query: the obligation is open, its needs are met, its time has come, and its row of the
 * integration is on. The domain decided everything else when it projected the consignment.
 */

import type { Fact } from '../../domain/facts/facts.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Lane } from '../../domain/obligations/lanes.ts';
import { standardSwitches } from '../../domain/policy/rows.ts';
import type { TryCode } from '../../domain/receipts/last-try.ts';
import { rulesVersion } from '../../domain/receipts/projection.ts';
import type { Queryable } from '../postgres/database.ts';
import { type ConsignmentRow, consignmentColumns, type StoredConsignment, toRow } from './consignments.ts';

/** How rows of the integration are switched by default, as JSON for the queries below. */
export const standards = JSON.stringify(standardSwitches);

/** Whether the row of the integration that switches obligation `o` is on for organisation `g`. `$n` are the {@link standards}. */
export const rowIsOn = (o: string, g: string, n: string): string =>
  `(${o}.row is null or coalesce(${g}.settings->'policy'->'rows'->>${o}.row, ${n}::jsonb->>${o}.row) = 'on')`;

/**
 * The beginning of a query: `due` contains the obligations of consignment `$1` that can be sent at this moment; `$2` are the
 * {@link standards}. An item that meets a need of others is sent in the same run, before them.
 */
export const withDue = `
  with me as (
    select s.consignment, s.has, g.settings from status s join organisation g on g.id = s.organisation where s.consignment = $1),
  ready as (
    select o.* from obligation o cross join me g
     where o.consignment = $1 and o.state = 'open' and (o.not_before is null or o.not_before <= clock_timestamp()) and ${rowIsOn('o', 'g', '$2')}),
  given as (
    select r.lane, array_agg(distinct r.gives) as gives from ready r cross join me where r.gives is not null and r.needs <@ me.has group by r.lane),
  due as (
    select r.* from ready r cross join me left join given on given.lane = r.lane where r.needs <@ (me.has || coalesce(given.gives, '{}')))`;

/** An obligation as a send takes it. */
export interface Item {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly revision: number;
  /** Of the order at Qargo. */
  readonly generation: number;
  /** Id of the fact it is derived from. */
  readonly fact: string;
  /** It was heard before somebody switched its row on from then on, and nobody asked for it to be sent again. */
  readonly isPast?: true;
}

/** At most this many are sent together. */
const itemsAtOnce = 200;

/** What a send takes: the items, the facts that they are derived from, and the consignment at that moment. */
export interface Taken {
  readonly items: readonly Item[];
  /** By id. */
  readonly facts: ReadonlyMap<string, Fact>;
  readonly row: ConsignmentRow;
}

/**
 * Takes the due items of a lane for a send, and notes that the lane was taken. Items that others need come first; the rest is sorted by
 * class of call, then oldest first. Null if another `rulesVersion` projected the consignment, or if its projection was dropped when it was
 * closed.
 */
export async function takeDue(tx: Queryable, consignment: string, lane: Lane): Promise<Taken | null> {
  const { rows } = await tx.query<
    StoredConsignment & {
      stale: boolean;
      items: (Item & { readonly told: Fact | null; readonly past: boolean | null })[] | null;
    }
  >(
    `${withDue}, taken as (
       insert into lane as l (consignment, lane) values ($1, $3)
       on conflict (consignment, lane) do update set taken_at = clock_timestamp(), cause = null, until = null)
     select s.stale or s.rules <> $4 as stale, ${consignmentColumns('c')},
            (select json_agg(json_build_object('key', d.key, 'kind', d.kind, 'revision', d.revision, 'generation', d.generation, 'fact', d.fact,
                                               'told', f.envelope, 'past', f.heard < b.begun_at and d.revision = 1 and d.generation = 1))
               from (select * from due where lane = $3 order by gives is null, rank, since, happened_at, key limit ${itemsAtOnce}) d
               left join fact f on f.consignment = d.consignment and f.id = d.fact
               left join row_begun b on b.organisation = d.organisation and b.row = d.row) as items
       from consignment c join status s on s.consignment = c.id where c.id = $1`,
    [consignment, standards, lane, rulesVersion],
  );
  const [found] = rows;
  if (found === undefined || found.stale) return null;
  const { stale: _, items, ...row } = found;
  const facts = new Map((items ?? []).flatMap(({ fact, told }) => (told === null ? [] : [[fact, told] as const])));
  return {
    items: (items ?? []).map(({ told: _told, past, ...item }) => ({
      ...item,
      ...(past === true ? { isPast: true } : {}),
    })),
    facts,
    row: toRow(row),
  };
}

/** Stores what holds up a whole lane, for people and for the watch over untaken work. `until` is UTC ISO. */
export async function holdLane(
  db: Queryable,
  consignment: string,
  lane: Lane,
  cause: TryCode,
  until: string | undefined,
): Promise<void> {
  await db.query(
    `update lane set cause = $3, until = $4, taken_at = clock_timestamp() where consignment = $1 and lane = $2`,
    [consignment, lane, cause, until ?? null],
  );
}
