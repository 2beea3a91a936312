/** The consignment as the record has it, for activities and for people who look it up. */

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

/** Kinds that replace what was sent before: a new digest must be sent again. */
export const replaced = kindsWith(({ change }) => change === 'replace');

/** What Qargo has of the consignment, as the send activities stored it. */
export interface QargoSide {
  readonly orderId?: string;
  readonly orderIdentifier?: string;
  /** True for an order that a person made at Qargo and named to us: without its identifier we cannot take it back. */
  readonly byHand?: boolean;
  /** Content reference of the order version that Qargo confirmed. */
  readonly agreed?: string;
  /** Content reference of the book-in that Qargo was sent. */
  readonly bookIn?: string | null;
  /** The leg from which the order was made, if it is not the leg in the order fact. */
  readonly leg?: Leg;
  /** Order fields whose value (by its digest) came too late. If it comes again at the same stage and attempt, it is not judged again. */
  readonly refused?: Readonly<Record<string, RefusedValue>>;
  /** Goods as Qargo has them, for partial updates. */
  readonly goods?: readonly {
    readonly id: string;
    readonly packaging: string | null;
    readonly quantity: number | null;
    readonly weight: number | null;
    readonly adr: string | null;
    readonly handlingUnits: readonly string[];
    /** Value of measured dimensions; null if Qargo has none. Older rows, read before dimensions were, leave it out. */
    readonly size?: string | null;
  }[];
  /** When the read that contained the goods was started, UTC ISO. */
  readonly goodsAt?: string;
}

export interface ConsignmentRow {
  readonly id: string;
  readonly organisation: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargo: QargoSide;
  readonly generation: number;
  /** The consignment that this one was merged into, if it was merged. */
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
  /** The fact that was sent, for kinds that later versions replace; null if there is none. */
  told: Fact | null;
}

/** Kinds for which the content of the sent fact matters. */
const compared = kindsWith(({ change, comparesDigest }) => change !== 'once' || comparesDigest === true);

/**
 * Reads receipts with the facts that were sent, if the content of the fact matters. Each fact is looked up by itself: with a join, a
 * consignment with more facts than the server's statistics expect would be compared with itself row by row.
 */
export const shownReceipts = `(
  select d.*, f.envelope as told from receipt d
    left join lateral (
      select t.envelope from fact t where t.consignment = d.consignment and t.id = d.fact and d.kind = any('{${compared.join(',')}}') limit 1) f on true)`;

const settledStates: ReadonlySet<string> = new Set(['met', 'void', 'refused', 'unknown', 'erased', 'not yet']);

/**
 * Answers the ledger entry of a receipt row. Without an outcome it is owed again (the next run looks first); if a call for it may still act,
 * it is owed only after that.
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

/** Answers the digest of the sent fact; '1' for kinds that are sent only once, whatever their content. */
function digestOf({ key, told, generation }: ReceiptRow): string {
  return told === null ? '1' : (digestNow(told, key, generation) ?? '');
}

/** Stores content, with no fact or with one that is being stored, and answers its reference. `consignment` is null if it is parked. */
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

/** Deletes content by its reference. Nothing may refer to it any more. */
export async function dropContent(db: Queryable, ref: string): Promise<void> {
  await db.query('delete from content where id = $1', [ref]);
}

/** Answers the order content of a fact, by the fact's id. */
export async function factOf(db: Queryable, consignment: string, id: string): Promise<Fact | null> {
  const { rows } = await db.query<{ envelope: Fact }>('select envelope from fact where consignment = $1 and id = $2', [
    consignment,
    id,
  ]);
  return rows[0]?.envelope ?? null;
}

/** Whether we collect the consignment, by its latest order. */
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

/** Answers the order contents that came after the named one, or all if none is named. Erased and unreadable ones are left out. */
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

/** Answers the Palletways customer account in the latest order of a consignment; empty if there is none. */
export async function accountOf(db: Queryable, consignment: string): Promise<string> {
  const { rows } = await db.query<{ account: string | null }>(
    `select c.body->>'account' as account from fact f join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' order by f.at desc, f.id desc limit 1`,
    [consignment],
  );
  return rows[0]?.account ?? '';
}

/** Stores what Qargo holds. Given fields are replaced, and others stay. */
export async function keepQargoSide(db: Queryable, consignment: string, side: QargoSide): Promise<void> {
  await db.query('update consignment set qargo = qargo || $2::jsonb where id = $1', [consignment, storableJson(side)]);
}

/** Reads and locks what Qargo holds of a consignment: nobody else changes it before the transaction ends. */
export async function lockQargoSide(tx: Queryable, consignment: string): Promise<QargoSide> {
  const { rows } = await tx.query<{ qargo: QargoSide }>(
    'select qargo from consignment where id = $1 for no key update',
    [consignment],
  );
  return rows[0]?.qargo ?? {};
}

/** Stores the order fields whose value (by its digest) came too late. Earlier entries for other fields stay. */
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
