/**
 * Receipts: an intent is written before the call, and its outcome with proof after it. Each obligation has one row, and each outcome
 * becomes an attempt.
 */

import type { Counterpart } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { kindsWith } from '../../domain/obligations/kinds.ts';
import { isTry, type LastTry } from '../../domain/receipts/last-try.ts';
import type { ReceiptState } from '../../domain/receipts/receipts.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { toCause } from '../record/causes.ts';
import type { Item } from '../record/due.ts';
import { lockConsignments } from '../record/projection.ts';
import { touchByOutcome } from '../record/touch.ts';
import { goneBefore, mayHaveGone, type Restoration } from './restored.ts';

export type { Item } from '../record/due.ts';

export interface Intent {
  readonly item: Item;
  /** When a call for it (or for an earlier version) was sent, UTC ISO, if nobody knows how that call ended; else null. */
  readonly inDoubt: string | null;
  /** That call may still act until this instant, UTC ISO: before it nobody may look for it or send. */
  readonly quietUntil: string | null;
  /** What the earlier steps have reached (upload id, file name). */
  readonly progress: Readonly<Record<string, unknown>>;
}

interface Row {
  key: string;
  fact: string;
  revision: number;
  generation: number;
  state: string;
  until: Date | null;
  written_at: Date;
  progress: Record<string, unknown>;
  payload: unknown;
  sent_at: Date | null;
  lease_until: Date | null;
  /** The database's clock. */
  now: Date;
}

/** Whose receipts they are, and who makes them. */
export interface Owner {
  readonly organisation: string;
  readonly consignment: string;
  readonly counterpart: Counterpart;
  /** This run of the activity: only the last one that wrote an intent may send. */
  readonly sender: string;
  /** A call without an answer may still act for this long after it was sent, ms: its time-out and the quiet time. */
  readonly doubtMs: number;
}

/**
 * The kinds whose calls all write the goods and names of the order. An older call of one kind would undo a newer call of another, so
 * only one run at a time may send them.
 */
const ofTheOrder = kindsWith(({ calls }) => calls.qargo === 'change' || calls.qargo === 'goods');

/**
 * Writes the intent for each item before anything is sent. An item is left out if exactly this version is not outstanding any more: it was
 * met, or a newer version is owed, which the next run sends. Items in `waiting` join the next call of their kind (see
 * activities/sending/note-batcher.ts); their `payload` and `ref` are what will be sent. While an earlier call may still act, its row stays as
 * it is: a newer version also waits for the end of the quiet time, since the older call could act after it. So do other items that
 * change the same order. An item that may have been sent before the record was restored is in doubt from the start.
 */
export async function intend(
  db: Database,
  owner: Owner,
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[]> {
  const atOnce = await intendAtOnce(db, owner, items);
  if (atOnce !== null) return atOnce;
  return inTransaction(db, async (tx) => {
    await lockConsignments(tx, [owner.consignment]);
    const wanted = await stillOutstanding(tx, owner.consignment, items);
    const { rows } = await tx.query<Row>(
      `select key, fact, revision, generation, state, until, written_at, progress, payload, sent_at, lease_until, clock_timestamp() as now
         from receipt where consignment = $1 and key = any($2) order by key for update`,
      [owner.consignment, wanted.map(({ item }) => item.key)],
    );
    const known = new Map(rows.map((row) => [row.key, row]));
    const beside = await besideInTheOrder(tx, owner, wanted);
    const restored = await goneBefore(
      tx,
      owner.consignment,
      wanted.map(({ item }) => item),
    );
    const intents: Intent[] = [];
    for (const { item, waiting } of wanted) {
      const row = known.get(item.key);
      const same = row !== undefined && isOf(row, item);
      const onTheWire = row?.state === 'sending';
      const before = same && onTheWire ? undefined : restored.get(item.key);
      const inDoubt = before?.knownUntil ?? (onTheWire ? (row.sent_at ?? row.written_at).toISOString() : null);
      const acts = onTheWire ? stillQuiet(row, same, owner) : null;
      // The note batcher looks for notes, and waits by itself.
      const own = before !== undefined && waiting === undefined ? latest(acts, before.quietUntil) : acts;
      const quietUntil = ofTheOrder.includes(item.kind) ? latest(own, beside) : own;
      if (quietUntil !== null) await postponeUntil(tx, owner, item.key, quietUntil);
      else if (before !== undefined) {
        await write(tx, owner, item, waiting, row);
        await markInDoubt(tx, owner, item, before);
        intents.push({ item, inDoubt, quietUntil, progress: { ...row?.progress, restored: versionOf(item) } });
        continue;
      } else if (!same || !(onTheWire || row.state === 'waiting')) await write(tx, owner, item, waiting, row);
      else if (row.payload === null) await takeOver(tx, owner, item);
      intents.push({ item, inDoubt, quietUntil, progress: row?.progress ?? {} });
    }
    return intents;
  });
}

/**
 * Writes the intents in one statement, if no call for any of the items, or for what is written together with them, is on the wire. Else it
 * writes nothing and answers null.
 */
async function intendAtOnce(
  db: Database,
  owner: Owner,
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[] | null> {
  if (items.some(({ item }) => ofTheOrder.includes(item.kind))) return null;
  const wanted = items.map(({ item, waiting }) => ({
    ...item,
    ref: waiting?.ref ?? null,
    payload: waiting?.payload ?? null,
  }));
  const { rows } = await db.query<{ key: string; progress: Record<string, unknown> }>(
    `with wanted as (
       select w.* from jsonb_to_recordset($4::jsonb) as w (key text, kind text, fact text, revision int, generation int, ref text, payload jsonb)
         join obligation o on o.consignment = $1 and o.key = w.key and o.state = 'open'
          and (o.fact, o.revision, o.generation) = (w.fact, w.revision, w.generation)),
     free as (
       select w.* from wanted w where not exists (
         select 1 from receipt d where d.consignment = $1 and d.key = w.key and d.state in ('sending', 'waiting'))
         and not ${mayHaveGone('w', '$1')})
     insert into receipt as d (consignment, key, organisation, counterpart, kind, fact, revision, generation, state, ref, payload, sender)
       select $1, w.key, $2, $3, w.kind, w.fact, w.revision, w.generation, case when w.payload is null then 'intent' else 'waiting' end, w.ref,
              w.payload, case when w.payload is null then $5 end
         from free w where (select count(*) from free) = $6
       on conflict (consignment, key) do update set
         ref = excluded.ref, payload = excluded.payload, state = excluded.state, sender = excluded.sender, until = null, cause = null,
         reason = null, settled_at = null, lease_until = null,
         written_at = case when ${sameVersion} then d.written_at else clock_timestamp() end,
         waited_ms = case when ${sameVersion} then d.waited_ms else 0 end,
         sent_at = case when ${sameVersion} then d.sent_at end,
         fact = excluded.fact, revision = excluded.revision, generation = excluded.generation
         where d.state not in ('sending', 'waiting')
     returning d.key, d.progress`,
    [owner.consignment, owner.organisation, owner.counterpart, storableJson(wanted), owner.sender, items.length],
  );
  const progress = new Map(rows.map((row) => [row.key, row.progress]));
  if (progress.size < items.length) return null;
  return items.map(({ item }) => ({ item, inDoubt: null, quietUntil: null, progress: progress.get(item.key) ?? {} }));
}

const sameVersion = '(d.fact, d.revision, d.generation) = (excluded.fact, excluded.revision, excluded.generation)';

/** Whether a receipt is of exactly this version of an obligation. */
const isOf = (row: Pick<Row, 'fact' | 'revision' | 'generation'>, item: Item): boolean =>
  row.fact === item.fact && row.revision === item.revision && row.generation === item.generation;

async function stillOutstanding<T extends { readonly item: Item }>(
  tx: Queryable,
  consignment: string,
  items: readonly T[],
): Promise<T[]> {
  const { rows } = await tx.query<Pick<Row, 'key' | 'fact' | 'revision' | 'generation'>>(
    `select key, fact, revision, generation from obligation where consignment = $1 and key = any($2) and state = 'open'`,
    [consignment, items.map(({ item }) => item.key)],
  );
  const open = new Map(rows.map((row) => [row.key, row]));
  return items.filter(({ item }) => {
    const row = open.get(item.key);
    return row !== undefined && isOf(row, item);
  });
}

/** Postpones an item until no earlier call for it can act any more. */
async function postponeUntil(tx: Queryable, owner: Owner, key: string, until: string): Promise<void> {
  await tx.query(
    `update obligation set not_before = $3, cause = '{"code": "answer lost"}' where consignment = $1 and key = $2 and state = 'open'`,
    [owner.consignment, key, until],
  );
}

/**
 * Takes the other items that change the order away from another run. If a call for one of them may still act, it takes none and answers
 * until when (UTC ISO); else null.
 */
async function besideInTheOrder(tx: Queryable, owner: Owner, items: readonly { item: Item }[]): Promise<string | null> {
  if (owner.counterpart !== 'qargo' || !items.some(({ item }) => ofTheOrder.includes(item.kind))) return null;
  const { rows } = await tx.query<Row>(
    `select key, fact, revision, generation, state, until, written_at, progress, payload, sent_at, lease_until, clock_timestamp() as now
       from receipt
      where consignment = $1 and counterpart = 'qargo' and kind = any($2) and not key = any($3) and state in ('intent', 'sending')
        and sender is distinct from $4 order by key for update`,
    [owner.consignment, ofTheOrder, items.map(({ item }) => item.key), owner.sender],
  );
  const quietUntil = rows.reduce<string | null>(
    (until, row) =>
      latest(until, row.state === 'sending' && row.progress.answered !== true ? stillQuiet(row, true, owner) : null),
    null,
  );
  if (quietUntil === null && rows.length > 0) {
    const keys = rows.map(({ key }) => key);
    await tx.query('update receipt set sender = null where consignment = $1 and key = any($2)', [
      owner.consignment,
      keys,
    ]);
  }
  return quietUntil;
}

/** Whether a call of ours that writes the order at Qargo was on its way at `startedAt` (UTC ISO), or since. */
export async function changesOrderSince(tx: Queryable, consignment: string, startedAt: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from receipt where consignment = $1 and counterpart = 'qargo' and kind in (${ofTheOrder.map((kind) => `'${kind}'`).join(', ')})
        and (state in ('intent', 'sending') or settled_at > $2::timestamptz) limit 1`,
    [consignment, startedAt],
  );
  return rows.length > 0;
}

const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

/** Answers until when a call on the wire may still act; null once it may be looked for, or if the note batcher looks for it. */
function stillQuiet(row: Row, same: boolean, owner: Owner): string | null {
  if (row.payload !== null) {
    if (same) return null;
    return row.lease_until !== null && row.lease_until > row.now ? row.lease_until.toISOString() : null;
  }
  // An upload to which Qargo gave an id is not in doubt: it is followed to its end.
  if (same && typeof row.progress.uploadId === 'string') return null;
  const until = row.until ?? new Date((row.sent_at ?? row.written_at).getTime() + owner.doubtMs);
  return until > row.now ? until.toISOString() : null;
}

/** Answers what the steps of another obligation have reached, and until when a call for it may still act (UTC ISO; null if none may). */
export async function progressOf(
  db: Queryable,
  owner: Owner,
  key: string,
): Promise<{ readonly progress: Readonly<Record<string, unknown>>; readonly quietUntil: string | null }> {
  const { rows } = await db.query<Row>(
    'select *, clock_timestamp() as now from receipt where consignment = $1 and key = $2',
    [owner.consignment, key],
  );
  const [row] = rows;
  if (row === undefined) return { progress: {}, quietUntil: null };
  return { progress: row.progress, quietUntil: row.state === 'sending' ? stillQuiet(row, true, owner) : null };
}

async function write(
  tx: Queryable,
  owner: Owner,
  item: Item,
  waiting: { ref: string; payload: unknown } | undefined,
  row: Row | undefined,
): Promise<void> {
  await tx.query(
    `insert into receipt (consignment, key, organisation, counterpart, kind, generation, revision, fact, state, ref, payload, progress, sender)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
     on conflict (consignment, key) do update set generation = excluded.generation, revision = excluded.revision, fact = excluded.fact,
       state = excluded.state, ref = excluded.ref, payload = excluded.payload, until = null, cause = null, reason = null,
       written_at = case when $13 then receipt.written_at else clock_timestamp() end,
       waited_ms = case when $13 then receipt.waited_ms else 0 end, settled_at = null, progress = receipt.progress,
       sent_at = case when $13 then receipt.sent_at end, sender = excluded.sender, lease_until = null`,
    [
      owner.consignment,
      item.key,
      owner.organisation,
      owner.counterpart,
      item.kind,
      item.generation,
      item.revision,
      item.fact,
      waiting === undefined ? 'intent' : 'waiting',
      waiting?.ref ?? null,
      waiting === undefined ? null : JSON.stringify(waiting.payload),
      JSON.stringify(row?.progress ?? {}),
      row !== undefined && isOf(row, item),
      // A waiting note belongs to no run; whoever sends it claims it.
      waiting === undefined ? owner.sender : null,
    ],
  );
}

/** Marks an item that may have been sent before the record was restored as on the wire, so that the next run looks before it sends. */
async function markInDoubt(
  tx: Queryable,
  owner: Owner,
  item: Item,
  { knownUntil, quietUntil }: Restoration,
): Promise<void> {
  await tx.query(
    `update receipt set state = 'sending', sent_at = $3, until = case when payload is null then clock_timestamp() end,
            sender = case when payload is null then sender else 'doubt' end, lease_until = case when payload is null then null else coalesce($4::timestamptz, clock_timestamp()) end,
            written_at = clock_timestamp(), progress = progress || jsonb_build_object('restored', $5::text)
      where consignment = $1 and key = $2`,
    [owner.consignment, item.key, knownUntil, quietUntil, versionOf(item)],
  );
}

/** Claims for this run an item in doubt that may be looked for now; it stays in doubt. */
async function takeOver(tx: Queryable, owner: Owner, item: Item): Promise<void> {
  await tx.query(`update receipt set sender = $3, until = clock_timestamp() where consignment = $1 and key = $2`, [
    owner.consignment,
    item.key,
    owner.sender,
  ]);
}

/**
 * Marks items as on the wire: whoever finds them so later must look before sending again. If another run has claimed one of them in the
 * meantime, it marks nothing and answers false; then nothing may be sent.
 */
export async function markSending(
  db: Database,
  of: Pick<Owner, 'consignment' | 'sender'>,
  keys: readonly string[],
  progress: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query(
      `select 1 from receipt where consignment = $1 and key = any($2) and sender = $3 and state in ('intent', 'sending') order by key for update`,
      [of.consignment, keys, of.sender],
    );
    if (rows.length < keys.length) return false;
    await tx.query(
      `update receipt set state = 'sending', sent_at = clock_timestamp(), until = null, progress = (progress || $3::jsonb) - 'answered'
        where consignment = $1 and key = any($2)`,
      [of.consignment, keys, JSON.stringify(progress)],
    );
    return true;
  });
}

/** Marks items whose call was answered and only has to be read back: whoever finds them so looks at once. */
export async function markAnswered(
  db: Queryable,
  of: Pick<Owner, 'consignment' | 'sender'>,
  keys: readonly string[],
): Promise<void> {
  await db.query(
    `update receipt set until = clock_timestamp(), progress = progress || '{"answered": true}'
      where consignment = $1 and key = any($2) and sender = $3 and state = 'sending'`,
    [of.consignment, keys, of.sender],
  );
}

/** Removes the mark, because the call certainly did not act. */
export async function markNotSent(
  db: Queryable,
  of: Pick<Owner, 'consignment' | 'sender'>,
  keys: readonly string[],
): Promise<void> {
  await db.query(
    `update receipt set state = 'intent', until = null where consignment = $1 and key = any($2) and sender = $3 and state = 'sending'`,
    [of.consignment, keys, of.sender],
  );
}

/** Adds to the time that items waited for a call budget, ms. */
export async function keepWaited(
  db: Queryable,
  consignment: string,
  keys: readonly string[],
  ms: number,
): Promise<void> {
  if (keys.length === 0 || ms < 1) return;
  await db.query(`update receipt set waited_ms = waited_ms + $3 where consignment = $1 and key = any($2)`, [
    consignment,
    keys,
    ms,
  ]);
}

/** Stores for people why the try of these items ended before any was sent; the next try clears it. `until` is UTC ISO. */
export async function keepLastTry(
  db: Queryable,
  consignment: string,
  keys: readonly string[],
  { cause, reason, until }: LastTry,
): Promise<void> {
  await db.query(
    `update receipt set cause = $3, reason = $4, until = $5 where consignment = $1 and key = any($2) and state in ('intent', 'waiting')`,
    [consignment, keys, { code: cause }, reason, until ?? null],
  );
}

/** Answers what held up the last try of each item that was not sent yet, by its key. */
export function lastTries(
  rows: readonly { key: string; state: string; cause: unknown; reason: string | null; until: Date | null }[],
): ReadonlyMap<string, LastTry> {
  const held = rows.filter(({ state }) => state === 'intent' || state === 'waiting');
  return new Map(
    held.flatMap(({ key, cause: stored, reason, until }) => {
      const cause = toCause(stored)?.code;
      const again = until === null ? {} : { until: until.toISOString() };
      return cause === undefined || !isTry(cause) ? [] : [[key, { cause, reason, ...again }] as const];
    }),
  );
}

/** Stores how far an item got, without ending it. */
export async function keepProgress(
  db: Queryable,
  consignment: string,
  key: string,
  progress: Record<string, unknown>,
): Promise<void> {
  await db.query(`update receipt set progress = progress || $3::jsonb where consignment = $1 and key = $2`, [
    consignment,
    key,
    JSON.stringify(progress),
  ]);
}

/** Whether exactly this version may have been sent before the record was restored, so that nobody knows how that call ended. */
export const isRestored = ({ item, inDoubt, progress }: Pick<Intent, 'item' | 'inDoubt' | 'progress'>): boolean =>
  inDoubt !== null && progress.restored === versionOf(item);

/** Names a version of an obligation; errors are counted for each version. */
export const versionOf = ({ fact, revision, generation }: Pick<Item, 'fact' | 'revision' | 'generation'>): string =>
  `${fact} ${revision} ${generation}`;

/**
 * Counts an unforeseen error for each item, and answers how many its version has had by now. An item without a row gets one, so that its
 * outcome can be stored.
 */
export async function countFaults(
  db: Queryable,
  organisation: string,
  consignment: string,
  counterpart: Counterpart,
  items: readonly Item[],
): Promise<ReadonlyMap<string, number>> {
  const tries = new Map<string, number>();
  for (const item of items) {
    const { key, kind, fact, revision, generation } = item;
    const version = versionOf(item);
    const { rows } = await db.query<{ faults: number }>(
      `insert into receipt as d (consignment, key, organisation, counterpart, kind, fact, revision, generation, state, progress)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'intent', jsonb_build_object('faults', 1, 'faultOf', $9::text))
       on conflict (consignment, key) do update set
         progress = d.progress || jsonb_build_object('faultOf', $9::text, 'faults',
           case when d.progress->>'faultOf' = $9 then (d.progress->>'faults')::int + 1 else 1 end),
         fact = case when d.state in ('sending', 'waiting') then d.fact else $6 end,
         revision = case when d.state in ('sending', 'waiting') then d.revision else $7 end,
         generation = case when d.state in ('sending', 'waiting') then d.generation else $8 end,
         state = case when d.state in ('sending', 'waiting') then d.state else 'intent' end
       returning (progress->>'faults')::int as faults`,
      [consignment, key, organisation, counterpart, kind, fact, revision, generation, version],
    );
    tries.set(key, rows[0]?.faults ?? 1);
  }
  return tries;
}

export interface Outcome {
  readonly item: Item;
  readonly state: ReceiptState;
  readonly cause?: Cause;
  /** The far side's words, for people; stays in the store. */
  readonly reason?: string;
  readonly proof?: Readonly<Record<string, unknown>>;
  /** `not yet`: UTC ISO. */
  readonly until?: string;
  /** `not yet` after a call whose end nobody knows: the item stays in doubt, so that the next try looks first. */
  readonly inDoubt?: boolean;
}

/**
 * Writes outcomes in the caller's transaction; what is outstanding is derived again before it commits. Answers the keys that are settled in
 * the version that was sent.
 */
export async function settle(
  tx: Queryable,
  of: Pick<Owner, 'organisation' | 'consignment'>,
  outcomes: readonly Outcome[],
): Promise<string[]> {
  await lockConsignments(tx, [of.consignment]);
  const settled: string[] = [];
  for (const outcome of outcomes) if (await settleOne(tx, of.consignment, outcome)) settled.push(outcome.item.key);
  touchByOutcome(
    tx,
    of.organisation,
    of.consignment,
    outcomes.map(({ item }) => item.key),
  );
  return settled;
}

async function settleOne(tx: Queryable, consignment: string, outcome: Outcome): Promise<boolean> {
  const { item } = outcome;
  const state = outcome.inDoubt === true ? 'sending' : outcome.state;
  const proof = outcome.proof === undefined ? null : JSON.stringify(outcome.proof);
  const common = [
    consignment,
    item.key,
    item.fact,
    item.revision,
    item.generation,
    outcome.cause ?? null,
    outcome.reason ?? null,
    proof,
  ];
  // "Not yet" changes neither an outcome, nor a note that waits or is being sent, and it leaves a call that may have acted in doubt.
  // If a newer version took the row while this one was on the wire, the row is not settled, but the outcome is kept as an attempt.
  const { rows } = await tx.query(
    `with settled as (
       update receipt set state = case when $11 and state = 'sending' then 'sending' else $9 end, cause = $6, reason = $7, proof = $8::jsonb,
              until = $10, settled_at = clock_timestamp(), ever = ever or $9 = 'met', lease_until = null, sender = null
        where consignment = $1 and key = $2 and fact = $3 and revision = $4 and generation = $5
          and not ($11 and (state in ('met', 'void', 'refused', 'unknown', 'erased')
                            or payload is not null and state in ('waiting', 'sending')))
        returning key),
     overtaken as (
       update receipt set ever = true where consignment = $1 and key = $2 and $9 = 'met' and not exists (select 1 from settled)),
     kept as (
       insert into attempt (consignment, key, kind, fact, revision, generation, outcome, cause, reason, proof)
         select $1, $2, $12, $3, $4, $5, $9, $6, $7, $8::jsonb where not $11)
     select key from settled`,
    [...common, state, outcome.until ?? null, outcome.state === 'not yet', item.kind],
  );
  return rows.length > 0;
}

/** Makes items due that wait by this cause: what they waited for has come. Must run in a transaction. */
export async function endWaiting(
  tx: Queryable,
  of: Pick<Owner, 'organisation' | 'consignment'>,
  cause: Cause['code'],
): Promise<void> {
  const { rows } = await tx.query<{ key: string }>(
    `update receipt set until = clock_timestamp()
      where consignment = $1 and state = 'not yet' and cause->>'code' = $2 and until > clock_timestamp() returning key`,
    [of.consignment, cause],
  );
  const keys = rows.map(({ key }) => key);
  if (keys.length > 0) touchByOutcome(tx, of.organisation, of.consignment, keys);
}

/** Records a decision, and answers the value that stands (the first one recorded). */
export async function decide<T>(tx: Queryable, consignment: string, key: string, value: T): Promise<T> {
  await tx.query('insert into decision (consignment, key, value) values ($1, $2, $3) on conflict do nothing', [
    consignment,
    key,
    JSON.stringify(value),
  ]);
  const { rows } = await tx.query<{ value: T }>('select value from decision where consignment = $1 and key = $2', [
    consignment,
    key,
  ]);
  return rows[0]?.value ?? value;
}

/** Answers the value that was decided; undefined if nothing was decided. */
export async function decided<T>(db: Queryable, consignment: string, key: string): Promise<T | undefined> {
  const { rows } = await db.query<{ value: T }>('select value from decision where consignment = $1 and key = $2', [
    consignment,
    key,
  ]);
  return rows[0]?.value;
}
