/** Publications: versions of a configuration of which the consignments that they change are still to be woken. */

import type { OrderContent } from '../../domain/facts/content.ts';
import type { Fact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Row } from '../../domain/policy/rows.ts';
import type { Receipt } from '../../domain/receipts/receipts.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { toCause } from '../record/causes.ts';
import { resend } from '../record/commands.ts';
import { type ReceiptRow, shownReceipts, toReceipt } from '../record/consignments.ts';
import { readableContent } from '../record/contents.ts';
import { lockConsignments } from '../record/projection.ts';

export interface Publication {
  readonly organisation: string;
  readonly version: number;
  readonly before: number;
  readonly askedAt: string;
  /** UTC ISO; null: not yet. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Open consignments looked at, and of those woken. */
  readonly looked: number;
  readonly woken: number;
}

interface PublicationRow {
  readonly organisation: string;
  readonly version: number;
  readonly before: number;
  readonly asked_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly looked: number;
  readonly woken: number;
}

const toPublication = ({ asked_at, started_at, ended_at, ...row }: PublicationRow): Publication => ({
  ...row,
  askedAt: asked_at.toISOString(),
  startedAt: started_at?.toISOString() ?? null,
  endedAt: ended_at?.toISOString() ?? null,
});

/** Of all organisations those that have not ended, oldest first. */
export async function openPublications(db: Queryable): Promise<Publication[]> {
  const { rows } = await db.query<PublicationRow>('select * from publication where ended_at is null order by asked_at');
  return rows.map(toPublication);
}

/** Of one organisation the latest 50, the latest first. */
export async function publicationsOf(db: Queryable, organisation: string): Promise<Publication[]> {
  const { rows } = await db.query<PublicationRow>(
    'select * from publication where organisation = $1 order by version desc limit 50',
    [organisation],
  );
  return rows.map(toPublication);
}

export async function publication(
  db: Queryable,
  organisation: string,
  version: number,
): Promise<Publication | undefined> {
  const { rows } = await db.query<PublicationRow>(
    'select * from publication where organisation = $1 and version = $2',
    [organisation, version],
  );
  return rows[0] === undefined ? undefined : toPublication(rows[0]);
}

/** How far it is; `after` undefined: from the beginning. Said again with the same numbers it changes nothing. */
export async function keepPublication(
  db: Queryable,
  { organisation, version }: Pick<Publication, 'organisation' | 'version'>,
  done: { readonly looked: number; readonly woken: number; readonly ended: boolean },
): Promise<void> {
  await db.query(
    `update publication set started_at = coalesce(started_at, clock_timestamp()), looked = $3, woken = $4,
            ended_at = case when $5 then coalesce(ended_at, clock_timestamp()) end
      where organisation = $1 and version = $2`,
    [organisation, version, done.looked, done.woken, done.ended],
  );
}

/** Something refused for good, as it would be sent again. */
export interface Refused {
  readonly consignment: string;
  readonly key: string;
  readonly kind: ObligationKind;
  readonly cause: Cause | null;
  readonly revision: number;
  /** The note that was refused, or null. */
  readonly note: unknown;
  /** What it tells. */
  readonly fact: Fact;
  /** What an order says; null where it is none, was erased or cannot be read. */
  readonly order: OrderContent | null;
}

/** What is refused of these consignments. */
export async function refusedOf(db: Queryable, consignments: readonly string[]): Promise<Refused[]> {
  const { rows } = await db.query<
    Omit<Refused, 'order' | 'cause'> & { readonly content: unknown; readonly cause: unknown }
  >(
    `select d.consignment, d.key, d.kind, d.cause, d.revision, d.payload as note, f.envelope as fact, c.body as content
       from receipt d join fact f on f.consignment = d.consignment and f.id = d.fact
       left join content c on c.id = (f.envelope->>'content')::bigint
      where d.consignment = any($1) and d.state = 'refused' order by d.consignment, d.key`,
    [consignments],
  );
  return rows.map(({ content, ...row }) => ({
    ...row,
    cause: toCause(row.cause),
    order: row.fact.kind === 'order' ? readableContent('order', content) : null,
  }));
}

/** Facts and ledger of each of these consignments. */
export async function recordsOf(
  db: Queryable,
  consignments: readonly string[],
): Promise<Map<string, { readonly facts: Fact[]; readonly ledger: Record<string, Receipt> }>> {
  const facts = await db.query<{ consignment: string; envelope: Fact }>(
    'select consignment, envelope from fact where consignment = any($1) order by seq',
    [consignments],
  );
  const receipts = await db.query<{ consignment: string } & ReceiptRow>(
    `select * from ${shownReceipts} as d where consignment = any($1)`,
    [consignments],
  );
  const found = new Map(consignments.map((id) => [id, { facts: [] as Fact[], ledger: {} as Record<string, Receipt> }]));
  for (const row of facts.rows) found.get(row.consignment)?.facts.push(row.envelope);
  for (const row of receipts.rows) {
    const of = found.get(row.consignment);
    if (of !== undefined) of.ledger[row.key] = toReceipt(row);
  }
  return found;
}

/** Asks for what was refused to be sent again, as a person's resend does; its workflow is woken. Once for each version. */
export async function resendRefused(
  db: Database,
  organisation: string,
  version: number,
  refused: readonly Pick<Refused, 'consignment' | 'key'>[],
): Promise<void> {
  for (const { consignment, key } of refused) {
    const why = `version ${version} of the configuration maps it otherwise`;
    await inTransaction(db, async (tx) => {
      await lockConsignments(tx, [consignment]);
      await resend(tx, { organisation, consignment }, key, {
        who: 'the engine',
        why,
        id: `version ${version}:${key}`.slice(0, 190),
      });
    });
  }
}

/** Of these consignments those to which something is outstanding in rows of the integration. */
export async function outstandingIn(
  db: Queryable,
  consignments: readonly string[],
  rows: readonly Row[],
): Promise<string[]> {
  const found = await db.query<{ consignment: string }>(
    `select distinct consignment from obligation where consignment = any($1) and row = any($2) and state = 'open'`,
    [consignments, rows],
  );
  return found.rows.map(({ consignment }) => consignment);
}
