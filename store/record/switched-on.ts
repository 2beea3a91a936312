/**
 * A row of the integration that is switched on: how many updates are open in it, and what becomes of them where a person says that it is on
 * from now on. What was heard before is then withheld: its receipt says so, with who and why, and a resend still sends it.
 */
import type { Row } from '../../domain/policy/rows.ts';
import { type Database, inTransaction, isoText, type Queryable } from '../postgres/database.ts';
import { hasCode } from './causes.ts';
import { lockConsignments } from './projection.ts';
import { touchWhole } from './touch.ts';

/** Counts what is open in these rows, over the consignments that are not closed. */
export async function countOpenIn(db: Queryable, organisation: string, rows: readonly Row[]): Promise<number> {
  const { rows: found } = await db.query<{ count: number }>(
    `select count(*)::int as count from obligation where organisation = $1 and row = any($2) and state = 'open'`,
    [organisation, rows],
  );
  return found[0]?.count ?? 0;
}

/** Whether anything was ever heard for an organisation, so that a row that is switched on may have something to tell. */
export async function hasConsignments(db: Queryable, organisation: string): Promise<boolean> {
  const { rows } = await db.query('select 1 from consignment where organisation = $1 limit 1', [organisation]);
  return rows.length > 0;
}

/** The version that switches rows on, from now on, and whose word that is. */
export interface RowsBegun {
  readonly organisation: string;
  readonly rows: readonly Row[];
  readonly version: number;
  readonly who: string;
  readonly why: string;
}

/**
 * Begins rows now, in the transaction that switches them on: withholds what is open in them, whatever was asked to be sent again
 * meanwhile. What is on the wire is left alone. Answers how many updates were withheld.
 */
export async function beginRows(tx: Queryable, { organisation, rows, version, who, why }: RowsBegun): Promise<number> {
  await tx.query(
    `insert into row_begun as b (organisation, row, version, who, why, begun_at)
       select $1, r, $3, $4, $5, n.at from unnest($2::text[]) r, (select clock_timestamp() as at) n
     on conflict (organisation, row) do update set begun_at = excluded.begun_at, version = excluded.version, who = excluded.who, why = excluded.why`,
    [organisation, rows, version, who, why],
  );
  const which = `o.organisation = $1 and o.row = any($2)`;
  const { rows: open } = await tx.query<{ consignment: string }>(
    `select distinct o.consignment from obligation o where ${which} and o.state = 'open'`,
    [organisation, rows],
  );
  await lockConsignments(
    tx,
    open.map(({ consignment }) => consignment),
  );
  return withhold(tx, organisation, which, [organisation, rows]);
}

/**
 * Withholds updates of one consignment that were heard before their rows began, and were not open then: it was closed, or nobody knew
 * whose they were. Answers how many there were.
 */
export async function withholdPast(
  db: Database,
  organisation: string,
  consignment: string,
  keys: readonly string[],
): Promise<number> {
  return inTransaction(db, async (tx) => {
    await lockConsignments(tx, [consignment]);
    return withhold(tx, organisation, 'o.organisation = $1 and o.consignment = $2 and o.key = any($3)', [
      organisation,
      consignment,
      keys,
    ]);
  });
}

async function withhold(
  tx: Queryable,
  organisation: string,
  which: string,
  parameters: readonly unknown[],
): Promise<number> {
  const { rows } = await tx.query<{ consignment: string; kind: string }>(
    `with chosen as (
       select o.*, jsonb_build_object('who', b.who, 'why', b.why, 'version', b.version, 'begunAt', ${isoText('b.begun_at')}) as proof
         from obligation o join row_begun b on b.organisation = o.organisation and b.row = o.row
        where ${which} and o.state = 'open'
          and not exists (select 1 from receipt d where d.consignment = o.consignment and d.key = o.key and d.state = 'sending')),
     ended as (
       insert into receipt (consignment, key, organisation, counterpart, kind, revision, generation, fact, state, cause, proof, settled_at)
         select consignment, key, organisation, counterpart, kind, revision, generation, fact, 'void', '{"code": "before its row"}', proof,
                clock_timestamp() from chosen
         on conflict (consignment, key) do update set
           revision = excluded.revision, generation = excluded.generation, fact = excluded.fact, state = excluded.state,
           cause = excluded.cause, proof = excluded.proof, settled_at = excluded.settled_at, reason = null, until = null, sender = null,
           lease_until = null),
     kept as (
       insert into attempt (consignment, key, kind, fact, revision, generation, outcome, cause, proof)
         select consignment, key, kind, fact, revision, generation, 'void', '{"code": "before its row"}', proof from chosen),
     gone as (
       delete from obligation o using chosen c where o.consignment = c.consignment and o.key = c.key)
     select consignment, kind from chosen`,
    [...parameters],
  );
  // What else is owed depends on whether an order was taken back.
  for (const { consignment, kind } of rows) if (kind === 'cancel') touchWhole(tx, organisation, consignment, false);
  return rows.length;
}

/** Of these consignments those of which this version withheld something. */
export async function withheldBy(
  db: Queryable,
  organisation: string,
  version: number,
  consignments: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ consignment: string }>(
    `select distinct d.consignment from receipt d join row_begun b on b.organisation = $1 and b.version = $2
      where d.consignment = any($3) and ${hasCode('d.cause', 'before its row')} and (d.proof->>'version')::int = $2`,
    [organisation, version, consignments],
  );
  return rows.map(({ consignment }) => consignment);
}
