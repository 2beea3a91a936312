/** Deliveries: intent before the call, outcome with proof after it. One row an obligation, every outcome kept as an attempt. */
import type { Delivery, DeliveryState } from '../domain/deliveries.ts';
import type { Counterpart } from '../domain/facts.ts';
import type { ObligationKind } from '../domain/obligations.ts';
import { type DeliveryRow, toDelivery } from './consignments.ts';
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
  /** Where a call for it was on the wire and nobody knows how that ended: when it was sent, UTC ISO. */
  readonly inDoubt: string | null;
  /** What the steps before have reached (upload id, file name). */
  readonly progress: Readonly<Record<string, unknown>>;
  /** Proof of the earlier outcome, where it is settled. */
  readonly proof: Readonly<Record<string, unknown>> | null;
}

interface Row extends DeliveryRow {
  progress: Record<string, unknown>;
  proof: Record<string, unknown> | null;
  sent_at: Date | null;
}

/** Kinds that are met by replacing what was delivered before: a new digest is a new thing to send. */
const replaced: ReadonlySet<ObligationKind> = new Set(['order', 'references', 'labels', 'plan']);

/**
 * Writes the intent for each item before anything is sent, or finds that it is settled. Items in `waiting` join the next
 * call of their kind (see activities/note-desk.ts); their `payload` and `ref` are what will be sent.
 */
export async function intend(
  db: Database,
  owner: { organisation: string; consignment: string; counterpart: Counterpart },
  items: readonly { item: Item; waiting?: { ref: string; payload: unknown } }[],
): Promise<Intent[]> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<Row>('select * from delivery where consignment = $1 and key = any($2) for update', [
      owner.consignment,
      items.map(({ item }) => item.key),
    ]);
    const known = new Map(rows.map((row) => [row.key, row]));
    const intents: Intent[] = [];
    for (const { item, waiting } of items) {
      const row = known.get(item.key);
      if (row !== undefined && isSettled(row, item)) {
        intents.push({ item, settled: toDelivery(row), inDoubt: null, progress: row.progress, proof: row.proof });
        continue;
      }
      const same = row !== undefined && row.digest === item.digest && row.revision === item.revision;
      const onTheWire = row?.state === 'sending';
      if (!(same && (onTheWire || row.state === 'waiting'))) await write(tx, owner, item, waiting, row);
      const inDoubt = onTheWire ? (row.sent_at ?? row.written_at).toISOString() : null;
      intents.push({ item, settled: null, inDoubt, progress: row?.progress ?? {}, proof: null });
    }
    return intents;
  });
}

function isSettled(row: Row, item: Item): boolean {
  if (!['delivered', 'void', 'refused', 'unknown', 'erased'].includes(row.state) || row.revision < item.revision) return false;
  return !replaced.has(item.kind) || row.digest === item.digest;
}

async function write(
  tx: Queryable,
  owner: { organisation: string; consignment: string; counterpart: Counterpart },
  item: Item,
  waiting: { ref: string; payload: unknown } | undefined,
  row: Row | undefined,
): Promise<void> {
  // What was on the wire under another version stays in doubt until its own activity looked: the order keeps its progress.
  await tx.query(
    `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, ref, payload, progress)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (consignment, key) do update set digest = excluded.digest, revision = excluded.revision, fact = excluded.fact,
       state = excluded.state, ref = excluded.ref, payload = excluded.payload, until = null, cause = null, reason = null,
       written_at = case when $13 then delivery.written_at else clock_timestamp() end,
       waited_ms = case when $13 then delivery.waited_ms else 0 end, settled_at = null, progress = delivery.progress,
       sent_at = case when $13 then delivery.sent_at end, sender = null, lease_until = null`,
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
    ],
  );
}

/** Marks one item as on the wire: whoever finds it so later must look before sending again. */
export async function markSending(db: Queryable, consignment: string, key: string, progress: Record<string, unknown> = {}): Promise<void> {
  await db.query(
    `update delivery set state = 'sending', sent_at = clock_timestamp(), progress = progress || $3::jsonb where consignment = $1 and key = $2`,
    [consignment, key, JSON.stringify(progress)],
  );
}

/** Adds to the time that items waited for a call budget, ms. */
export async function keepWaited(db: Queryable, consignment: string, keys: readonly string[], ms: number): Promise<void> {
  if (keys.length === 0 || ms < 1) return;
  await db.query(`update delivery set waited_ms = waited_ms + $3 where consignment = $1 and key = any($2)`, [consignment, keys, ms]);
}

/** Takes the mark back: the call surely did not act. */
export async function markNotSent(db: Queryable, consignment: string, key: string): Promise<void> {
  await db.query(`update delivery set state = 'intent' where consignment = $1 and key = $2 and state = 'sending'`, [consignment, key]);
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
