/** What tests read of the record's rows, and the few rows that they write where no one else does. SQL of tests stands here. */

import type { Fact } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import type { Item } from '../../store/record/due.ts';

/** A row of `obligation`, less what tells only when it was written. */
export interface ObligationRow extends Item {
  readonly state: 'open' | 'refused' | 'unknown';
  readonly lane: string;
  readonly row: string | null;
  readonly cause: Cause | null;
  readonly not_before: Date | null;
}

/** What is outstanding of a consignment, by key. */
export async function obligationsOf(db: Queryable, consignment: string): Promise<ObligationRow[]> {
  const { rows } = await db.query<ObligationRow>(
    `select key, kind, revision, generation, fact, state, lane, row, cause, not_before from obligation where consignment = $1 order by key`,
    [consignment],
  );
  return rows;
}

/** Keys of what is open. */
export const openKeys = async (db: Queryable, consignment: string): Promise<string[]> =>
  (await obligationsOf(db, consignment)).filter(({ state }) => state === 'open').map(({ key }) => key);

const itemOf = ({ key, kind, revision, generation, fact }: ObligationRow): Item => ({
  key,
  kind,
  revision,
  generation,
  fact,
});

/** What is open, as a send takes it, whatever it needs. */
export const itemsOf = async (db: Queryable, consignment: string): Promise<Item[]> =>
  (await obligationsOf(db, consignment)).filter(({ state }) => state === 'open').map(itemOf);

/** What is open under a key. @throws where nothing is. */
export async function itemAt(db: Queryable, consignment: string, key: string): Promise<Item> {
  const found = (await itemsOf(db, consignment)).find((item) => item.key === key);
  if (found === undefined)
    throw new Error(`nothing is open under ${key}: ${(await openKeys(db, consignment)).join(', ')}`);
  return found;
}

export interface ReceiptRow {
  readonly key: string;
  readonly kind: string;
  readonly counterpart: 'palletways' | 'qargo';
  readonly fact: string;
  readonly revision: number;
  readonly generation: number;
  readonly state: string;
  readonly ever: boolean;
  readonly ref: string | null;
  readonly proof: unknown;
  readonly cause: Cause | null;
  readonly reason: string | null;
  readonly sender: string | null;
  readonly organisation: string;
  readonly sent_at: Date | null;
  readonly lease_until: Date | null;
}

/** All of a delivery's row. @throws where there is none. */
export async function receiptAt(db: Queryable, consignment: string, key: string): Promise<ReceiptRow> {
  const { rows } = await db.query<ReceiptRow>('select * from receipt where consignment = $1 and key = $2', [
    consignment,
    key,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error(`no delivery of ${key}`);
  return row;
}

export async function receiptsOf(db: Queryable, consignment: string): Promise<ReceiptRow[]> {
  return (await db.query<ReceiptRow>('select * from receipt where consignment = $1 order by key', [consignment])).rows;
}

export interface AttemptRow {
  readonly fact: string;
  readonly revision: number;
  readonly outcome: string;
}

/** Every outcome of a key, in its order. */
export async function attemptsOf(db: Queryable, consignment: string, key: string): Promise<AttemptRow[]> {
  const { rows } = await db.query<AttemptRow>(
    'select fact, revision, outcome from attempt where consignment = $1 and key = $2 order by id',
    [consignment, key],
  );
  return rows;
}

/** A wait of a delivery is over. */
export async function endWait(db: Queryable, consignment: string, key: string): Promise<void> {
  await db.query('update receipt set until = clock_timestamp() where consignment = $1 and key = $2', [
    consignment,
    key,
  ]);
}

export interface WakeRow {
  readonly version: number;
  /** In the order of the alphabet. */
  readonly kinds: readonly string[];
  readonly urgent: boolean;
}

/** Whether, and of what, a workflow is to be told; null: it is not. */
export async function wakeOf(db: Queryable, consignment: string): Promise<WakeRow | null> {
  const { rows } = await db.query<WakeRow>(
    'select version, array(select unnest(kinds) order by 1) as kinds, urgent from wake where consignment = $1 and pending',
    [consignment],
  );
  return rows[0] ?? null;
}

/** The workflows of these consignments were told. */
export async function tellAll(db: Queryable, ...consignments: string[]): Promise<void> {
  await db.query('delete from wake where consignment = any($1)', [consignments]);
}

/** How many of these are still to be told. */
export async function countToTell(db: Queryable, consignments: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    'select count(*) as n from wake where consignment = any($1) and pending',
    [consignments],
  );
  return rows[0]?.n ?? 0;
}

export interface StatusRow {
  readonly version: number;
  readonly rules: number;
  readonly stale: boolean;
  readonly stage: string;
}

export async function statusRow(db: Queryable, consignment: string): Promise<StatusRow> {
  const { rows } = await db.query<StatusRow>('select version, rules, stale, stage from status where consignment = $1', [
    consignment,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error(`${consignment} was never projected`);
  return row;
}

/** All that is derived of a consignment as other rules would have left it: their stamp, and nothing that is outstanding. */
export async function leaveAsOtherRules(db: Queryable, consignment: string, rules: number): Promise<void> {
  await db.query('update status set rules = $2 where consignment = $1', [consignment, rules]);
  await db.query('delete from obligation where consignment = $1', [consignment]);
  await db.query('delete from standing where consignment = $1', [consignment]);
}

/** Closes a consignment and leaves all else as it is. */
export async function close(db: Queryable, consignment: string): Promise<void> {
  await db.query('update consignment set closed_at = clock_timestamp() where id = $1', [consignment]);
}

export async function isClosed(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ closed: boolean }>(
    'select closed_at is not null as closed from consignment where id = $1',
    [consignment],
  );
  return rows[0]?.closed === true;
}

/** Another policy of an organisation. */
export async function setPolicy(db: Queryable, organisation: string, policy: Partial<Policy>): Promise<void> {
  await db.query(`update organisation set settings = jsonb_build_object('policy', $2::jsonb) where id = $1`, [
    organisation,
    JSON.stringify(policy),
  ]);
}

/** Consignments of an organisation, oldest first. */
export async function consignmentsOf(db: Queryable, organisation: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from consignment where organisation = $1 order by created_at, id',
    [organisation],
  );
  return rows.map(({ id }) => id);
}

/** Of each consignment of an organisation how many strong names and orders it has. */
export async function namesAndOrders(
  db: Queryable,
  organisation: string,
): Promise<{ readonly names: number; readonly orders: number }[]> {
  const { rows } = await db.query<{ names: number; orders: number }>(
    `select (select count(*) from alias a where a.consignment = c.id and strong) as names,
            (select count(*) from fact f where f.consignment = c.id and kind = 'order') as orders
       from consignment c where organisation = $1`,
    [organisation],
  );
  return rows;
}

/** Names of a consignment, `kind=value`. */
export async function aliasesOf(db: Queryable, consignment: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select kind || '=' || value as name from alias where consignment = $1 order by 1`,
    [consignment],
  );
  return rows.map(({ name }) => name);
}

/** What is stored under a content reference. */
export async function contentAt(
  db: Queryable,
  ref: string | undefined,
): Promise<{ readonly body: unknown; readonly consignment: string }[]> {
  return (
    await db.query<{ body: unknown; consignment: string }>('select body, consignment from content where id = $1', [ref])
  ).rows;
}

/** Contents of a consignment. */
export async function contentsOf(db: Queryable, consignment: string): Promise<unknown[]> {
  const { rows } = await db.query<{ body: unknown }>('select body from content where consignment = $1 order by id', [
    consignment,
  ]);
  return rows.map(({ body }) => body);
}

/** Decisions of a consignment, by key. */
export async function decisionsOf(db: Queryable, consignment: string): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await db.query<{ key: string; value: unknown }>(
    'select key, value from decision where consignment = $1 order by key',
    [consignment],
  );
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

/** Facts of a long life, written at once as they arrived; what is derived of them is still to be made. */
export async function storeAtOnce(
  db: Queryable,
  organisation: string,
  consignment: string,
  facts: readonly Fact[],
): Promise<void> {
  const rows = facts.map((fact) => ({ fact, subject: subjectOf(fact) }));
  await db.query(
    `insert into fact (organisation, consignment, id, kind, subject, at, heard, envelope)
     select $1, $2, e->'fact'->>'id', e->'fact'->>'kind', e->>'subject', (e->'fact'->>'at')::timestamptz, (e->'fact'->>'heard')::timestamptz, e->'fact'
       from jsonb_array_elements($3::jsonb) with ordinality as t (e, n) order by n`,
    [organisation, consignment, JSON.stringify(rows)],
  );
}

/** Receipts of obligations, written at once. */
export async function insertReceipts(
  db: Queryable,
  organisation: string,
  consignment: string,
  of: readonly Obligation[],
): Promise<void> {
  await db.query(
    `insert into receipt (consignment, key, organisation, counterpart, kind, revision, fact, state, ever, settled_at)
     select $1, d.key, $2, d.to, d.kind, d.revision, d.fact, 'met', true, clock_timestamp()
       from jsonb_to_recordset($3::jsonb) as d (key text, "to" text, kind text, revision int, fact text)`,
    [consignment, organisation, JSON.stringify(of)],
  );
}

/** The server knows of the tables what they hold now. */
export async function analyze(db: Queryable): Promise<void> {
  await db.query('analyze consignment, fact, receipt, obligation, standing, status, wake');
}

/** Rows that this transaction has read so far, table by table. */
export async function rowsRead(tx: Queryable): Promise<Readonly<Record<string, number>>> {
  const { rows } = await tx.query<{ name: string; n: number }>(
    `select relname as name, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as n from pg_stat_xact_user_tables where schemaname = current_schema()`,
  );
  return Object.fromEntries(rows.filter(({ n }) => n > 0).map(({ name, n }) => [name, n]));
}

/** An intent that waits for the next call, as store/outbox/receipts.ts writes it, in a transaction that goes on. */
export async function insertWaiting(
  tx: Queryable,
  of: { readonly organisation: string; readonly consignment: string },
  { key, kind, revision, generation, fact }: Item,
  ref: string,
): Promise<void> {
  await tx.query(
    `insert into receipt (consignment, key, organisation, counterpart, kind, revision, generation, fact, state, ref)
     values ($1, $2, $3, 'palletways', $4, $5, $6, $7, 'waiting', $8)`,
    [of.consignment, key, of.organisation, kind, revision, generation, fact, ref],
  );
}
