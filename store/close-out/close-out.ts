/** Checks, freezes and adjusts close-outs, and lists what holds them up. Each consignment has a transaction of its own, under its lock. */

import type { DocumentRole, Fact } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { type Withheld, withheldOf } from '../../domain/policy/rows.ts';
import type { CloseOut } from '../../domain/policy/settings.ts';
import {
  type Change,
  changesBetween,
  type Final,
  finalDigest,
  finalOf,
  holdsOf,
  type Quantities,
  stillOwed,
} from '../../domain/receipts/close-out.ts';
import { type Ledger, type Receipt, settles } from '../../domain/receipts/receipts.ts';
import { emptyState, factsOf, fold, type State, standingFact } from '../../domain/state/state.ts';
import { sayHold } from '../../domain/words/holds.ts';
import { decide } from '../outbox/receipts.ts';
import { type Database, inTransaction, isoText, now, type Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { cursorOf, instantIn, organisationsAsked, type PageAsked, type PageOf } from '../postgres/pages.ts';
import { hasCode } from '../record/causes.ts';
import { type QargoSide, type ReceiptRow, shownReceipts, toReceipt } from '../record/consignments.ts';
import { readableQuantities } from '../record/contents.ts';
import { storeFact } from '../record/facts.ts';
import { touchWhole } from '../record/touch.ts';

/** What proves the end, as it was when it was frozen. */
export interface Evidence {
  readonly deliveredAt: string | null;
  readonly signedAt: string | null;
  /** Reference to who signed. */
  readonly signedBy: string | null;
  /** `sha256` null: its bytes were never had. */
  readonly documents: readonly {
    readonly document: string;
    readonly role: DocumentRole;
    readonly sha256: string | null;
  }[];
}

export interface Frozen {
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly service: string | null;
  readonly qargoOrder: string | null;
  readonly evidence: Evidence;
  /** Who accepted the close-out with missing evidence. */
  readonly accepted: Accepted | null;
}

export interface Accepted {
  readonly who: string;
  readonly why: string;
  /** UTC ISO. */
  readonly at: string;
}

interface Row {
  readonly id: string;
  readonly organisation: string;
  readonly reference: string | null;
  readonly tracking_id: string | null;
  readonly qargo: QargoSide;
}

interface Whole {
  readonly state: State;
  readonly facts: readonly Fact[];
  readonly ledger: Ledger;
  readonly withheld: Withheld;
  /** sha256 by the document's obligation. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Ids of the proofs that a person moved to another consignment. */
  readonly moved: ReadonlySet<string>;
  readonly accepted: Accepted | null;
  /** The agreed content of the order that stands; undefined if Qargo was sent none of it. */
  readonly agreed?: Quantities;
}

async function wholeOf(db: Queryable, row: Pick<Row, 'id' | 'organisation'>): Promise<Whole> {
  const [whole] = await wholesOf(db, [row]);
  if (whole === undefined) throw new Error(`no consignment ${row.id}`);
  return whole;
}

/** Reads all that each close-out is made from, in the order of the consignments. */
async function wholesOf(db: Queryable, of: readonly Pick<Row, 'id' | 'organisation'>[]): Promise<Whole[]> {
  const ids = of.map(({ id }) => id);
  const facts = await db.query<{ consignment: string; envelope: Fact; moved: boolean }>(
    `select consignment, envelope, ${hasCode('cause', 'moved')} as moved from fact where consignment = any($1)`,
    [ids],
  );
  const receipts = await db.query<ReceiptRow & { consignment: string; blob: string | null }>(
    `select consignment, key, fact, revision, generation, state, ever, cause, until, lease_until, settled_at, written_at, told,
            progress->>'blob' as blob
       from ${shownReceipts} as d where consignment = any($1)`,
    [ids],
  );
  const accepted = await db.query<{ consignment: string; value: Accepted }>(
    `select consignment, value from decision where consignment = any($1) and key = 'close-out accepted'`,
    [ids],
  );
  const agreed = await agreedOf(db, ids);
  const settings = await db.query<{ id: string; rows: Parameters<typeof withheldOf>[0] }>(
    `select id, settings->'policy'->'rows' as rows from organisation where id = any($1)`,
    [[...new Set(of.map(({ organisation }) => organisation))]],
  );
  const withheld = new Map(settings.rows.map(({ id, rows }) => [id, withheldOf(rows)]));
  const [factsOfEach, receiptsOfEach] = [byConsignment(facts.rows), byConsignment(receipts.rows)];
  const acceptedOfEach = new Map(accepted.rows.map(({ consignment, value }) => [consignment, value]));
  return of.map(({ id, organisation }): Whole => {
    const mine = factsOfEach.get(id) ?? [];
    const receipts = receiptsOfEach.get(id) ?? [];
    const said = mine.map(({ envelope }) => envelope);
    const state = fold(emptyState, said);
    const ledger = Object.fromEntries(receipts.map((row): [string, Receipt] => [row.key, toReceipt(row)]));
    const quantities = isOrderSettled(state, ledger) ? agreed.get(id) : undefined;
    return {
      state,
      facts: said,
      ...(quantities === undefined ? {} : { agreed: quantities }),
      withheld: withheld.get(organisation) ?? {},
      ledger,
      hashes: new Map(receipts.flatMap(({ key, blob }) => (blob === null ? [] : [[key, blob] as const]))),
      moved: new Set(mine.flatMap(({ envelope, moved }) => (moved ? [envelope.id] : []))),
      accepted: acceptedOfEach.get(id) ?? null,
    };
  });
}

function byConsignment<T extends { readonly consignment: string }>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const mine = found.get(row.consignment);
    if (mine === undefined) found.set(row.consignment, [row]);
    else mine.push(row);
  }
  return found;
}

/** Whether the order that stands is settled at Qargo: it was sent and confirmed, or is void. */
function isOrderSettled(state: State, ledger: Ledger): boolean {
  const order = owed(state).find(({ kind }) => kind === 'order');
  if (order !== undefined && !settles(ledger.order, order)) return false;
  return ledger.order?.state === 'met' || ledger.order?.state === 'void';
}

/** Answers the agreed order contents, by consignment. Consignments without one that can be read are left out. */
async function agreedOf(db: Queryable, consignments: readonly string[]): Promise<ReadonlyMap<string, Quantities>> {
  const { rows } = await db.query<{ id: string; body: unknown }>(
    `select c.id, jsonb_build_object('billUnits', t.body->'billUnits', 'lifts', t.body->'lifts', 'weight', t.body->'weight') as body
       from consignment c join content t on t.id = (c.qargo->>'agreed')::bigint
      where c.id = any($1) and t.body ?& array['billUnits', 'lifts', 'weight']`,
    [consignments],
  );
  return new Map(
    rows.flatMap(({ id, body }) => {
      const quantities = readableQuantities(body);
      return quantities === null ? [] : [[id, quantities] as const];
    }),
  );
}

export type Looked = 'closed' | 'adjusted' | 'held' | 'as it was';

/** Checks one consignment: it freezes the close-out if it is ready, or adjusts a frozen one that has changed. */
export async function lookAtCloseOut(db: Database, consignment: string, mode: CloseOut): Promise<Looked> {
  if (mode === 'off') return 'as it was';
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<Row>(
      `select id, organisation, reference, tracking_id, qargo from consignment where id = $1 and merged_into is null for no key update`,
      [consignment],
    );
    const [row] = rows;
    if (row === undefined) return 'as it was';
    await tx.query('update consignment set close_out_looked_at = clock_timestamp() where id = $1', [consignment]);
    const whole = await wholeOf(tx, row);
    const at = await now(tx);
    const final = finalOf(whole.state, whole.agreed);
    const before = await latest(tx, consignment);
    if (before === null) {
      const holds = holdsOf({ ...whole, accepted: whole.accepted !== null }, at);
      if (holds === null || final === null) return 'as it was';
      if (holds.length > 0) return 'held';
      await freeze(tx, row, whole, { final, adjustment: 0, changes: [], at, mode });
      return 'closed';
    }
    const changes = final === null ? [] : changesBetween(before.final, final);
    if (final === null || changes.length === 0) return 'as it was';
    // Changes on their way are waited for, so that they become one adjustment when all have arrived.
    if (stillOwed(whole, at).length > 0) return 'held';
    await freeze(tx, row, whole, { final, adjustment: before.adjustment + 1, changes, at, mode });
    return 'adjusted';
  });
}

async function latest(db: Queryable, consignment: string): Promise<{ final: Final; adjustment: number } | null> {
  const { rows } = await db.query<{ final: Final; adjustment: number }>(
    'select final, adjustment from close_out where consignment = $1 order by adjustment desc limit 1',
    [consignment],
  );
  return rows[0] ?? null;
}

/** The final quantities, in the words of an order; null where nothing is frozen. */
export async function finalQuantities(
  db: Queryable,
  consignment: string,
): Promise<Pick<Final, 'billUnits' | 'lifts' | 'weight'> | null> {
  const found = await latest(db, consignment);
  return found === null
    ? null
    : { billUnits: found.final.billUnits, lifts: found.final.lifts, weight: found.final.weight };
}

async function freeze(
  tx: Queryable,
  row: Row,
  { state, hashes, moved, accepted }: Whole,
  of: { final: Final; adjustment: number; changes: readonly Change[]; at: string; mode: CloseOut },
): Promise<void> {
  const delivered = factsOf(state, 'milestone').findLast(({ milestone }) => milestone === 'delivered');
  const signed = factsOf(state, 'pod').findLast(({ id }) => !moved.has(id));
  const frozen: Frozen = {
    reference: row.reference,
    trackingId: row.tracking_id,
    service: standingFact(state, 'order')?.service ?? null,
    qargoOrder: row.qargo.orderId ?? null,
    evidence: {
      deliveredAt: delivered?.at ?? null,
      signedAt: signed?.at ?? null,
      signedBy: signed?.content ?? null,
      documents: factsOf(state, 'document')
        .filter(({ id }) => !moved.has(id))
        .map(({ document, role }) => ({ document, role, sha256: hashes.get(`document:${document}`) ?? null })),
    },
    accepted,
  };
  // One after the other: who has read a row has read all before it.
  await tx.query(`select pg_advisory_xact_lock(hashtext('palletways-qargo close_out'))`);
  await tx.query(
    'insert into close_out (consignment, organisation, adjustment, made_at, final, changes, record) values ($1, $2, $3, $4, $5, $6, $7)',
    [
      row.id,
      row.organisation,
      of.adjustment,
      of.at,
      storableJson(of.final),
      storableJson(of.changes),
      storableJson(frozen),
    ],
  );
  await tx.query('update consignment set close_out_at = coalesce(close_out_at, $2) where id = $1', [row.id, of.at]);
  const toQargo = of.mode === 'qargo' || of.mode === 'both';
  if (of.final.outcome !== 'delivered') return;
  const told = toQargo && row.qargo.orderId !== undefined;
  if (!told && accepted === null) return;
  // The missing evidence was accepted as missing, so looking for it is nobody's work any more.
  if (accepted !== null)
    await tx.query(
      `update receipt set state = 'void', cause = '{"code": "done without"}', reason = null, until = null, settled_at = clock_timestamp()
        where consignment = $1 and kind = 'proof' and state in ('refused', 'not yet')`,
      [row.id],
    );
  touchWhole(tx, row.organisation, row.id);
  const fact = {
    kind: 'close-out',
    id: `close-out:${of.adjustment}`,
    at: of.at,
    zone: 'UTC',
    source: 'engine',
  } as const;
  const said = { organisation: row.organisation, journal: null, heard: of.at, via: 'push' } as const;
  const whom = { ...(told ? {} : { told: false as const }), ...(accepted === null ? {} : { accepted: true as const }) };
  await storeFact(tx, row.id, { ...fact, adjustment: of.adjustment, digest: finalDigest(of.final), ...whom }, said);
}

/** One pass checks at most this many consignments. */
const atOnce = 500;

/** Checks every consignment with news, or with a newer configuration. Answers how many were closed, adjusted and held. */
export async function closeOutPass(
  db: Database,
  organisation: string,
  mode: CloseOut,
): Promise<{ readonly closed: number; readonly adjusted: number; readonly held: number }> {
  const found = { closed: 0, adjusted: 0, held: 0 };
  if (mode === 'off') return found;
  const { rows } = await db.query<{ id: string }>(
    `select c.id from consignment c join organisation o on o.id = c.organisation join status s on s.consignment = c.id
      where c.organisation = $1 and c.merged_into is null
        and (c.closed_at is null or c.close_out_looked_at is null or c.close_out_looked_at < c.closed_at)
        and ${ended}
        and (c.close_out_looked_at is null or s.changed_at > c.close_out_looked_at
          or c.closed_at > c.close_out_looked_at
          or o.updated_at > c.close_out_looked_at)
      order by c.close_out_looked_at nulls first limit $2`,
    [organisation, atOnce],
  );
  for (const { id } of rows) {
    const looked = await lookAtCloseOut(db, id, mode);
    if (looked !== 'as it was') found[looked] += 1;
  }
  return found;
}

/** SQL: only delivered or cancelled consignments can be closed out. `s` is the consignment's status. */
const ended = `s.stage in ('delivered', 'cancelled')`;

export interface Held {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly deliveredAt: string | null;
  readonly holds: readonly string[];
}

/** A page without a limit checks this many consignments, since everything about each is read. */
const usual = 25;
/** This many are checked together, so that nothing else in the process waits longer for them. */
const lookedAtTogether = 25;

/**
 * A page of what is delivered or cancelled and cannot be closed out, with its reasons, oldest first. `limit` consignments are looked at;
 * one that nothing holds is closed out with the next sweep and is not shown, so that a page may have fewer. @throws AskedWrongly
 */
export async function heldCloseOuts(
  db: Database,
  { organisation, limit = usual, cursor }: PageAsked = {},
): Promise<PageOf<Held>> {
  const [after, name] = instantIn(cursor, ['-infinity', '']);
  const { rows } = await db.query<Row & { readonly made: string }>(
    `select c.id, c.organisation, c.reference, c.tracking_id, c.qargo, ${isoText('c.created_at', 'microseconds')} as made
       from ${organisationsAsked('$1')} org
       join organisation o on o.id = org.id and coalesce(o.settings->'policy'->>'closeOut', 'export') <> 'off'
       cross join lateral (
         select c.* from consignment c join status s on s.consignment = c.id
          where c.organisation = org.id and c.close_out_at is null and c.merged_into is null and ${ended}
            and (c.created_at, c.id) > ($3::timestamptz, $4::text)
          order by c.created_at, c.id limit $2) c
      order by c.created_at, c.id limit $2`,
    [organisation ?? null, limit + 1, after, name],
  );
  const looked = rows.slice(0, limit);
  const held: Held[] = [];
  const at = await now(db);
  for (let first = 0; first < looked.length; first += lookedAtTogether) {
    const together = looked.slice(first, first + lookedAtTogether);
    for (const [nth, whole] of (await wholesOf(db, together)).entries()) {
      const row = together[nth];
      const holds = holdsOf({ ...whole, accepted: whole.accepted !== null }, at);
      if (row === undefined || holds === null || holds.length === 0) continue;
      held.push({
        organisation: row.organisation,
        consignment: row.id,
        reference: row.reference,
        trackingId: row.tracking_id,
        deliveredAt:
          factsOf(whole.state, 'milestone').findLast(({ milestone }) => milestone === 'delivered')?.at ?? null,
        holds: holds.map(sayHold),
      });
    }
  }
  const last = looked.at(-1);
  return {
    rows: held,
    next: last === undefined || looked.length === rows.length ? null : cursorOf([last.made, last.id]),
  };
}

/** Answers what holds up the close-out of one consignment; nothing if it is neither delivered nor cancelled. */
export async function holdsOfOne(
  db: Database,
  { consignment: id, organisation }: { readonly consignment: string; readonly organisation: string },
): Promise<string[]> {
  const whole = await wholeOf(db, { id, organisation });
  return (holdsOf({ ...whole, accepted: whole.accepted !== null }, await now(db)) ?? []).map(sayHold);
}

/** Stores that a person accepts the close-out with the evidence and exceptions that it has. The first acceptance stands. */
export async function acceptCloseOut(
  db: Database,
  consignment: string,
  by: { who: string; why: string },
): Promise<Accepted> {
  return inTransaction(db, async (tx) =>
    decide<Accepted>(tx, consignment, 'close-out accepted', { ...by, at: await now(tx) }),
  );
}
