/** Deliveries: intent before the call, outcome with proof after it. One row an obligation, every outcome kept as an attempt. */
import type { Delivery, DeliveryState } from '../domain/deliveries.ts';
import type { Counterpart } from '../domain/facts.ts';
import { isTry, type LastTry } from '../domain/last-try.ts';
import type { ObligationKind } from '../domain/obligations.ts';
import { type DeliveryRow, deliveriesTold, digestOf, replaced, toDelivery } from './consignments.ts';
import type { Database, Queryable } from './database.ts';
import { inTransaction } from './database.ts';

/** An obligation as a delivery activity is handed it. */
export interface Item {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly digest: string;
  readonly revision: number;
  /** Id of the fact it is derived from. */
  readonly fact: string;
}

export interface Intent {
  readonly item: Item;
  /** The outcome where it was settled before: answer with it and send nothing. */
  readonly settled: Delivery | null;
  /** Where a call for it (or for an earlier version) was on the wire and nobody knows how that ended: when it was sent, UTC ISO. */
  readonly inDoubt: string | null;
  /** In doubt, and that call may still act: neither look nor send before this instant, UTC ISO. */
  readonly quietUntil: string | null;
  /** What the steps before have reached (upload id, file name). */
  readonly progress: Readonly<Record<string, unknown>>;
  /** Proof of the earlier outcome, where it is settled. */
  readonly proof: Readonly<Record<string, unknown>> | null;
}

interface Row extends DeliveryRow {
  progress: Record<string, unknown>;
  proof: Record<string, unknown> | null;
  payload: unknown;
  sent_at: Date | null;
  lease_until: Date | null;
  /** The database's clock. */
  now: Date;
}

/** Whose deliveries they are, and who makes them. */
export interface Owner {
  readonly organisation: string;
  readonly consignment: string;
  readonly counterpart: Counterpart;
  /** This run of the activity: only the last one that wrote an intent may send. */
  readonly sender: string;
  /** How long after it was sent a call that nobody answers for may still act, ms: its time-out and the quiet time. */
  readonly doubtMs: number;
}

/**
 * Kinds whose calls write one and the same thing at the far side, the order's goods and names: an older call of one would undo a
 * newer one of another. So they are in the hands of one run at a time.
 */
const ofTheOrder: readonly ObligationKind[] = ['order', 'book-in', 'references', 'labels', 'charge', 'close-out'];

/**
 * Writes the intent for each item before anything is sent, or finds that it is settled. Items in `waiting` join the next
 * call of their kind (see activities/note-desk.ts); their `payload` and `ref` are what will be sent. While a call that was on
 * the wire may still act its row stays as it is: a newer version waits for the end of the quiet time too, since the older one
 * could otherwise act after it. The same holds for what changes the order beside it.
 */
export async function intend(
  db: Database,
  owner: Owner,
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[]> {
  return inTransaction(db, async (tx) => {
    // A merge waits for this, or this for the merge: nothing is promised in the name of an identity that handed everything over.
    const merged = await tx.query<{ into: string | null }>('select merged_into as into from consignment where id = $1 for key share', [
      owner.consignment,
    ]);
    const into = merged.rows[0]?.into ?? null;
    if (into !== null && items.some(({ item }) => item.kind !== 'cancel')) throw new Error(`${owner.consignment} was merged into ${into}`);
    const { rows } = await tx.query<Row>(
      'select *, clock_timestamp() as now from delivery where consignment = $1 and key = any($2) order by key for update',
      [owner.consignment, items.map(({ item }) => item.key)],
    );
    const known = new Map((await saidAnew(tx, owner, items, rows)).map((row) => [row.key, row]));
    const beside = await besideInTheOrder(tx, owner, items);
    const intents: Intent[] = [];
    for (const { item, waiting } of items) {
      const row = known.get(item.key);
      if (row !== undefined && isSettled(row, item)) {
        intents.push({ item, settled: toDelivery(row), inDoubt: null, quietUntil: null, progress: row.progress, proof: row.proof });
        continue;
      }
      const same = row !== undefined && row.digest === item.digest && row.revision === item.revision;
      const onTheWire = row?.state === 'sending';
      const inDoubt = onTheWire ? (row.sent_at ?? row.written_at).toISOString() : null;
      const own = onTheWire ? stillQuiet(row, same, owner) : null;
      const quietUntil = ofTheOrder.includes(item.kind) ? latest(own, beside) : own;
      if (quietUntil === null) {
        if (!same || !(onTheWire || row.state === 'waiting')) await write(tx, owner, item, waiting, row);
        else if (row.payload === null) await takeOver(tx, owner, item);
      }
      intents.push({ item, settled: null, inDoubt, quietUntil, progress: row?.progress ?? {}, proof: null });
    }
    return intents;
  });
}

/**
 * Takes what else changes the order out of the hands of another run. Answers until when a call for it may still act (UTC ISO, null:
 * none may); then nothing was taken.
 */
async function besideInTheOrder(tx: Queryable, owner: Owner, items: readonly { item: Item }[]): Promise<string | null> {
  if (owner.counterpart !== 'qargo' || !items.some(({ item }) => ofTheOrder.includes(item.kind))) return null;
  const { rows } = await tx.query<Row>(
    `select *, clock_timestamp() as now from delivery
      where consignment = $1 and counterpart = 'qargo' and kind = any($2) and not key = any($3) and state in ('intent', 'sending')
        and sender is distinct from $4 order by key for update`,
    [owner.consignment, ofTheOrder, items.map(({ item }) => item.key), owner.sender],
  );
  const quietUntil = rows.reduce<string | null>(
    (until, row) => latest(until, row.state === 'sending' && row.progress.answered !== true ? stillQuiet(row, true, owner) : null),
    null,
  );
  if (quietUntil === null && rows.length > 0) {
    const keys = rows.map(({ key }) => key);
    await tx.query('update delivery set sender = null where consignment = $1 and key = any($2)', [owner.consignment, keys]);
  }
  return quietUntil;
}

const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

/** Until when what is on the wire may still act; null once it may be looked for, and where others look (a note's own version). */
function stillQuiet(row: Row, same: boolean, owner: Owner): string | null {
  if (row.payload !== null) {
    if (same) return null;
    return row.lease_until !== null && row.lease_until > row.now ? row.lease_until.toISOString() : null;
  }
  // An upload that Qargo gave an id is not in doubt: it is followed to its end.
  if (same && typeof row.progress.uploadId === 'string') return null;
  const until = row.until ?? new Date((row.sent_at ?? row.written_at).getTime() + owner.doubtMs);
  return until > row.now ? until.toISOString() : null;
}

/** What the steps of another obligation have reached, and until when a call for it may still act (UTC ISO, null: none may). */
export async function progressOf(
  db: Queryable,
  owner: Owner,
  key: string,
): Promise<{ readonly progress: Readonly<Record<string, unknown>>; readonly quietUntil: string | null }> {
  const { rows } = await db.query<Row>('select *, clock_timestamp() as now from delivery where consignment = $1 and key = $2', [
    owner.consignment,
    key,
  ]);
  const [row] = rows;
  if (row === undefined) return { progress: {}, quietUntil: null };
  return { progress: row.progress, quietUntil: row.state === 'sending' ? stillQuiet(row, true, owner) : null };
}

function isSettled(row: Row, item: Item): boolean {
  if (!['delivered', 'void', 'refused', 'unknown', 'erased'].includes(row.state) || row.revision < item.revision) return false;
  return !replaced.includes(item.kind) || row.digest === item.digest;
}

/** The rows, of which those that another release wrote for the very thing that is asked for have its digest as this one makes it. */
async function saidAnew(
  tx: Queryable,
  { consignment }: Owner,
  items: readonly { item: Item }[],
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const asked = new Map(items.map(({ item }) => [item.key, item.digest]));
  const others = rows.filter((row) => row.digest !== asked.get(row.key)).map(({ key }) => key);
  if (others.length === 0) return rows;
  const told = await tx.query<DeliveryRow>(`select * from ${deliveriesTold} as d where consignment = $1 and key = any($2)`, [
    consignment,
    others,
  ]);
  const anew = new Map(told.rows.flatMap((row) => (digestOf(row) === asked.get(row.key) ? [[row.key, digestOf(row)] as const] : [])));
  for (const [key, digest] of anew) {
    await tx.query('update delivery set digest = $3 where consignment = $1 and key = $2', [consignment, key, digest]);
  }
  return rows.map((row) => ({ ...row, digest: anew.get(row.key) ?? row.digest }));
}

async function write(
  tx: Queryable,
  owner: Owner,
  item: Item,
  waiting: { ref: string; payload: unknown } | undefined,
  row: Row | undefined,
): Promise<void> {
  await tx.query(
    `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, ref, payload, progress, sender)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
     on conflict (consignment, key) do update set digest = excluded.digest, revision = excluded.revision, fact = excluded.fact,
       state = excluded.state, ref = excluded.ref, payload = excluded.payload, until = null, cause = null, reason = null,
       written_at = case when $13 then delivery.written_at else clock_timestamp() end,
       waited_ms = case when $13 then delivery.waited_ms else 0 end, settled_at = null, progress = delivery.progress,
       sent_at = case when $13 then delivery.sent_at end, sender = excluded.sender, lease_until = null`,
    [
      owner.consignment,
      item.key,
      owner.organisation,
      owner.counterpart,
      item.kind,
      item.digest,
      item.revision,
      item.fact,
      waiting === undefined ? 'intent' : 'waiting',
      waiting?.ref ?? null,
      waiting === undefined ? null : JSON.stringify(waiting.payload),
      JSON.stringify(row?.progress ?? {}),
      row !== undefined && row.digest === item.digest && row.revision === item.revision,
      // A note that waits is anybody's; its sender claims it.
      waiting === undefined ? owner.sender : null,
    ],
  );
}

/** What was in doubt and may be looked for now is in the hands of this run; it stays in doubt. */
async function takeOver(tx: Queryable, owner: Owner, item: Item): Promise<void> {
  await tx.query(`update delivery set sender = $3, until = clock_timestamp() where consignment = $1 and key = $2`, [
    owner.consignment,
    item.key,
    owner.sender,
  ]);
}

/**
 * Marks items as on the wire: whoever finds them so later must look before sending again. Answers false, and marks nothing,
 * where another run has taken one of them over meanwhile: then nothing may be sent.
 */
export async function markSending(
  db: Database,
  of: Pick<Owner, 'consignment' | 'sender'>,
  keys: readonly string[],
  progress: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query(
      `select 1 from delivery where consignment = $1 and key = any($2) and sender = $3 and state in ('intent', 'sending') order by key for update`,
      [of.consignment, keys, of.sender],
    );
    if (rows.length < keys.length) return false;
    await tx.query(
      `update delivery set state = 'sending', sent_at = clock_timestamp(), until = null, progress = (progress || $3::jsonb) - 'answered'
        where consignment = $1 and key = any($2)`,
      [of.consignment, keys, JSON.stringify(progress)],
    );
    return true;
  });
}

/** The call was answered, and only reading back is missing: whoever finds them so looks at once. */
export async function markAnswered(db: Queryable, of: Pick<Owner, 'consignment' | 'sender'>, keys: readonly string[]): Promise<void> {
  await db.query(
    `update delivery set until = clock_timestamp(), progress = progress || '{"answered": true}'
      where consignment = $1 and key = any($2) and sender = $3 and state = 'sending'`,
    [of.consignment, keys, of.sender],
  );
}

/** Takes the mark back: the call surely did not act. */
export async function markNotSent(db: Queryable, of: Pick<Owner, 'consignment' | 'sender'>, keys: readonly string[]): Promise<void> {
  await db.query(
    `update delivery set state = 'intent', until = null where consignment = $1 and key = any($2) and sender = $3 and state = 'sending'`,
    [of.consignment, keys, of.sender],
  );
}

/** Adds to the time that items waited for a call budget, ms. */
export async function keepWaited(db: Queryable, consignment: string, keys: readonly string[], ms: number): Promise<void> {
  if (keys.length === 0 || ms < 1) return;
  await db.query(`update delivery set waited_ms = waited_ms + $3 where consignment = $1 and key = any($2)`, [consignment, keys, ms]);
}

/** Keeps why the try of these items ended without any of them being sent, for people; the next try forgets it. `until` UTC ISO. */
export async function keepLastTry(
  db: Queryable,
  consignment: string,
  keys: readonly string[],
  { cause, reason, until }: LastTry,
): Promise<void> {
  await db.query(
    `update delivery set cause = $3, reason = $4, until = $5 where consignment = $1 and key = any($2) and state in ('intent', 'waiting')`,
    [consignment, keys, cause, reason, until ?? null],
  );
}

/** What held up the last try of what was not sent yet, by its key. */
export function lastTries(
  rows: readonly { key: string; state: string; cause: string | null; reason: string | null; until: Date | null }[],
): ReadonlyMap<string, LastTry> {
  const held = rows.filter(({ state }) => state === 'intent' || state === 'waiting');
  return new Map(
    held.flatMap(({ key, cause, reason, until }) =>
      cause === null || !isTry(cause) ? [] : [[key, { cause, reason, ...(until === null ? {} : { until: until.toISOString() }) }] as const],
    ),
  );
}

/** Keeps how far an item got, without ending it. */
export async function keepProgress(db: Queryable, consignment: string, key: string, progress: Record<string, unknown>): Promise<void> {
  await db.query(`update delivery set progress = progress || $3::jsonb where consignment = $1 and key = $2`, [
    consignment,
    key,
    JSON.stringify(progress),
  ]);
}

export interface Outcome {
  readonly item: Item;
  readonly state: DeliveryState;
  /** A code, goes into Temporal history. */
  readonly cause?: string;
  /** The far side's words, for people; stays in the store. */
  readonly reason?: string;
  readonly proof?: Readonly<Record<string, unknown>>;
  /** `not yet`: UTC ISO. */
  readonly until?: string;
  /** `not yet` after a call whose end nobody knows: stay in doubt, so that the next try looks first. */
  readonly inDoubt?: boolean;
}

/** Writes outcomes in the caller's transaction and answers them as ledger entries. */
export async function settle(tx: Queryable, consignment: string, outcomes: readonly Outcome[]): Promise<Delivery[]> {
  const written: Delivery[] = [];
  for (const outcome of outcomes) {
    const { item } = outcome;
    const state = outcome.inDoubt === true ? 'sending' : outcome.state;
    const { rows } = await tx.query<Row>(
      // "Not yet" never takes back what ended, nor a note that waits or is in its sender's hands, nor that a call may have acted.
      `update delivery set state = case when $10 and state = 'sending' then 'sending' else $3 end, cause = $4, reason = $5, proof = $6, until = $7, settled_at = clock_timestamp(),
              ever = ever or $3 = 'delivered', lease_until = null, sender = null
        where consignment = $1 and key = $2 and digest = $8 and revision = $9
          and not ($10 and (state in ('delivered', 'void', 'refused', 'unknown', 'erased')
                            or payload is not null and state in ('waiting', 'sending')))
        returning *`,
      [
        consignment,
        item.key,
        state,
        outcome.cause ?? null,
        outcome.reason ?? null,
        outcome.proof === undefined ? null : JSON.stringify(outcome.proof),
        outcome.until ?? null,
        item.digest,
        item.revision,
        outcome.state === 'not yet',
      ],
    );
    const row = rows[0];
    // A newer version has taken the row while this one was on the wire: it is not settled by it, but what came of it is kept.
    if (outcome.state !== 'not yet') {
      await tx.query(
        `insert into attempt (consignment, key, kind, digest, revision, outcome, cause, reason, proof) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          consignment,
          item.key,
          item.kind,
          item.digest,
          item.revision,
          outcome.state,
          outcome.cause ?? null,
          outcome.reason ?? null,
          outcome.proof === undefined ? null : JSON.stringify(outcome.proof),
        ],
      );
    }
    if (row !== undefined) written.push(toDelivery({ ...row, state: outcome.state }));
    else if (outcome.state === 'delivered')
      await tx.query('update delivery set ever = true where consignment = $1 and key = $2', [consignment, item.key]);
  }
  return written;
}

/** Records a decision; answers the value that stands (the first one recorded). */
export async function decide<T>(tx: Queryable, consignment: string, key: string, value: T): Promise<T> {
  await tx.query('insert into decision (consignment, key, value) values ($1, $2, $3) on conflict do nothing', [
    consignment,
    key,
    JSON.stringify(value),
  ]);
  const { rows } = await tx.query<{ value: T }>('select value from decision where consignment = $1 and key = $2', [consignment, key]);
  return rows[0]?.value ?? value;
}
