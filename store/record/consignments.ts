/** The consignment as the record knows it: what activities need of it, and what people look up. */

import type { OrderContent } from '../../domain/facts/content.ts';
import type { Fact } from '../../domain/facts/facts.ts';
import type { Leg } from '../../domain/facts/roles.ts';
import { kindsWith } from '../../domain/obligations/kinds.ts';
import type { RefusedValue } from '../../domain/policy/decision.ts';
import { digestNow } from '../../domain/receipts/digests.ts';
import type { Receipt, ReceiptState } from '../../domain/receipts/receipts.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { toCause } from './causes.ts';
import { checkContent, nameOfContent, readableContent } from './contents.ts';

/** Kinds that are met by replacing what was delivered before: a new digest is a new thing to send. */
export const replaced = kindsWith(({ change }) => change === 'replace');

/** What Qargo holds of it, kept by the send activities. */
export interface QargoSide {
  readonly orderId?: string;
  readonly orderIdentifier?: string;
  /** Content reference of the order version that Qargo confirmed. */
  readonly agreed?: string;
  /** Content reference of the book-in that Qargo was told. */
  readonly bookIn?: string | null;
  /** The leg that the order was made of, where it is not as told. */
  readonly leg?: Leg;
  /** Fields of the order whose value, by its digest, came too late: said again at the stage and attempt that refused it, it is not judged again. */
  readonly refused?: Readonly<Record<string, RefusedValue>>;
  /** Goods as Qargo has them, for partial updates. */
  readonly goods?: readonly {
    readonly id: string;
    readonly packaging: string | null;
    readonly quantity: number | null;
    readonly weight: number | null;
    readonly adr: string | null;
    readonly handlingUnits: readonly string[];
    /** Value of measured dimensions; null: none are said. Left out by what was read before they were looked at. */
    readonly size?: string | null;
  }[];
  /** When the read that told the goods was started, UTC ISO. */
  readonly goodsAt?: string;
}

export interface ConsignmentRow {
  readonly id: string;
  readonly organisation: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargo: QargoSide;
  readonly generation: number;
  /** The consignment that goes on, where this identity proved to be another's. */
  readonly mergedInto: string | null;
  /** Its order at Qargo was made by another link (store/intake/adoption.ts). */
  readonly adopted: boolean;
  /** The id of its Temporal workflow. */
  readonly workflow: string;
}

export type StoredConsignment = Omit<ConsignmentRow, 'trackingId' | 'mergedInto'> & {
  readonly tracking_id: string | null;
  readonly merged_into: string | null;
};

export const toRow = ({ tracking_id, merged_into, ...row }: StoredConsignment): ConsignmentRow => ({
  ...row,
  trackingId: tracking_id,
  mergedInto: merged_into,
});

/** The id of a consignment's Temporal workflow. */
export const workflowColumn = (c: string): string => `coalesce(${c}.workflow, ${c}.organisation || '/' || ${c}.id)`;

const rowColumns = ['id', 'organisation', 'reference', 'tracking_id', 'qargo', 'generation', 'merged_into'];

/** The columns of a consignment `c` that make its row. */
export const consignmentColumns = (c: string): string =>
  [
    ...rowColumns.map((column) => `${c}.${column}`),
    `${c}.adopted_at is not null as adopted`,
    `${workflowColumn(c)} as workflow`,
  ].join(', ');

/** The row of a consignment; throws where there is none. */
export async function consignmentRow(db: Queryable, id: string): Promise<ConsignmentRow> {
  const { rows } = await db.query<StoredConsignment>(
    `select ${consignmentColumns('c')} from consignment c where c.id = $1`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`no consignment ${id}`);
  return toRow(row);
}

/** What a ledger entry is made of; more of the row may come with it. */
export interface ReceiptRow {
  key: string;
  fact: string;
  revision: number;
  /** Of the order at Qargo. */
  generation: number;
  state: string;
  ever: boolean;
  cause: unknown;
  until: Date | null;
  lease_until: Date | null;
  settled_at: Date | null;
  written_at: Date;
  /** Of what later versions replace: the fact that it told; null where there is none. */
  told: Fact | null;
}

/** Kinds of which it matters what the fact that was told says. */
const compared = kindsWith(({ change, comparesDigest }) => change !== 'once' || comparesDigest === true);

/**
 * Receipts with the facts that they told, where it matters what those say. Each is looked up by itself: joined, a life that is longer than
 * all that the server's statistics know would be compared with itself row by row.
 */
export const shownReceipts = `(
  select d.*, f.envelope as told from receipt d
    left join lateral (
      select t.envelope from fact t where t.consignment = d.consignment and t.id = d.fact and d.kind = any('{${compared.join(',')}}') limit 1) f on true)`;

const settledStates: ReadonlySet<string> = new Set(['met', 'void', 'refused', 'unknown', 'erased', 'not yet']);

/**
 * Ledger entry of a delivery row. Without an outcome it is owed again (whoever sends looks first), and where a call for it may still act,
 * not before that is over.
 */
export function toReceipt(row: ReceiptRow): Receipt {
  const { key, revision } = row;
  const cause = toCause(row.cause);
  const common = { key, digest: digestOf(row), revision, ...(row.ever ? { ever: true } : {}) };
  if (!settledStates.has(row.state)) {
    const until = row.state === 'sending' ? (row.until ?? row.lease_until) : null;
    const waits =
      until === null ? {} : { until: until.toISOString(), cause: cause ?? ({ code: 'answer lost' } as const) };
    return { ...common, state: 'not yet', at: row.written_at.toISOString(), ...waits };
  }
  return {
    ...common,
    state: row.state as ReceiptState,
    at: (row.settled_at ?? row.written_at).toISOString(),
    ...(row.until === null ? {} : { until: row.until.toISOString() }),
    ...(cause === null ? {} : { cause }),
  };
}

/** Of the fact that it told; '1' for what is told once, whatever it says. */
function digestOf({ key, told, generation }: ReceiptRow): string {
  return told === null ? '1' : (digestNow(told, key, generation) ?? '');
}

/** Stores content that is of no fact, or of one that is being stored; answers its reference. `consignment` null: it is parked. */
export async function keepContent(
  db: Queryable,
  organisation: string,
  consignment: string | null,
  body: unknown,
): Promise<string> {
  const { rows } = await db.query<{ id: number }>(
    'insert into content (organisation, consignment, body) values ($1, $2, $3) returning id',
    [organisation, consignment, storableJson(body)],
  );
  return String(rows[0]?.id);
}

/** Deletes content by its reference, which nothing may name any more. */
export async function dropContent(db: Queryable, ref: string): Promise<void> {
  await db.query('delete from content where id = $1', [ref]);
}

/** The order's content that stands for a fact, by the fact's id. */
export async function factOf(db: Queryable, consignment: string, id: string): Promise<Fact | null> {
  const { rows } = await db.query<{ envelope: Fact }>('select envelope from fact where consignment = $1 and id = $2', [
    consignment,
    id,
  ]);
  return rows[0]?.envelope ?? null;
}

/** Whether the consignment is one that we collect, as its latest order says. */
export async function isCollection(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ collected: boolean }>(
    `select envelope->>'type' = 'C' or coalesce(envelope->>'leg' = 'collection', false) as collected from fact where consignment = $1 and kind = 'order' order by at desc, id desc limit 1`,
    [consignment],
  );
  return rows[0]?.collected === true;
}

/** The latest order content of a consignment, or null. @throws UnreadableContent */
export async function latestOrder(
  db: Queryable,
  consignment: string,
): Promise<{ ref: string; order: OrderContent } | null> {
  const { rows } = await db.query<{ id: number; fact: string; body: unknown }>(
    `select c.id, f.id as fact, c.body from fact f join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' order by f.at desc, f.id desc limit 1`,
    [consignment],
  );
  const [row] = rows;
  const order = row === undefined ? null : checkContent('order', row.body, nameOfContent('order', row.fact));
  return row === undefined || order === null ? null : { ref: String(row.id), order };
}

/** The copies of its order that came after another, by its content reference (all where none is named); those that were erased, or cannot be read, are left out. */
export async function ordersSince(
  db: Queryable,
  consignment: string,
  agreed: string | undefined,
): Promise<OrderContent[]> {
  const { rows } = await db.query<{ body: unknown }>(
    `select c.body from fact f join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' and c.body is not null and c.id > $2::bigint order by c.id`,
    [consignment, agreed ?? '0'],
  );
  return rows.flatMap(({ body }) => readableContent('order', body) ?? []);
}

/** The Palletways customer account of a consignment, as its latest order says it; empty where none does. */
export async function accountOf(db: Queryable, consignment: string): Promise<string> {
  const { rows } = await db.query<{ account: string | null }>(
    `select c.body->>'account' as account from fact f join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' order by f.at desc, f.id desc limit 1`,
    [consignment],
  );
  return rows[0]?.account ?? '';
}

/** Remembers what Qargo holds; given fields replace, others stay. */
export async function keepQargoSide(db: Queryable, consignment: string, side: QargoSide): Promise<void> {
  await db.query('update consignment set qargo = qargo || $2::jsonb where id = $1', [consignment, storableJson(side)]);
}

/** What Qargo holds of a consignment; nobody else changes the consignment before the transaction ends. */
export async function lockQargoSide(tx: Queryable, consignment: string): Promise<QargoSide> {
  const { rows } = await tx.query<{ qargo: QargoSide }>(
    'select qargo from consignment where id = $1 for no key update',
    [consignment],
  );
  return rows[0]?.qargo ?? {};
}

/** Remembers fields of the order whose value, by its digest, came too late; what was refused of other fields before stays. */
export async function keepRefusedValues(
  db: Queryable,
  consignment: string,
  values: NonNullable<QargoSide['refused']>,
): Promise<void> {
  await db.query(
    `update consignment set qargo = jsonb_set(qargo, '{refused}', coalesce(qargo->'refused', '{}') || $2::jsonb) where id = $1`,
    [consignment, storableJson(values)],
  );
}

/** Consignments a person's reference points to (consignment number, tracking id, internal id, Qargo order id), newest first. */
export async function findByReference(
  db: Queryable,
  reference: string,
  organisation?: string,
): Promise<ConsignmentRow[]> {
  const { rows } = await db.query<StoredConsignment>(
    `with named as (select $1::text as id union select consignment from alias where value = $1)
     select ${consignmentColumns('c')}
       from named n join consignment c on c.id = n.id
      where $2::text is null or c.organisation = $2
      order by c.created_at desc, c.id limit 20`,
    [reference, organisation ?? null],
  );
  return rows.map(toRow);
}
