/**
 * Adopting what already runs: a consignment whose order at Qargo another link made. From then on the order is ours to change; what
 * stood or happened before was told by that link. Both sides are read once (an ordinary refresh), and what those looks find of what
 * stands is not told either.
 */
import type { Fact } from '../../domain/facts/facts.ts';
import { addNames, createIdentity, findConsignments, type Name, namesOf } from '../identity/identity.ts';
import { type Database, inTransaction, now, type Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { keepQargoSide } from '../record/consignments.ts';
import { storeFact } from '../record/facts.ts';
import { touchByOutcome } from '../record/touch.ts';
import { matchParked } from './parked.ts';
import { isOrderLost, replaceOrder } from './replacement.ts';

export interface ToAdopt {
  /** The consignment by its tracking id, or by its consignment number where it was heard of before. */
  readonly trackingId?: string;
  readonly conNo?: string;
  /** Qargo's id of its order. */
  readonly orderId: string;
  /** The `order_identifier` under which the other link made it; without it the order cannot be cancelled by us. */
  readonly orderIdentifier?: string;
}

export interface Adoption {
  readonly adopted: number;
  /** Consignments that had this order already. */
  readonly already: number;
  /** By place in the list, from 0. */
  readonly refused: readonly { readonly place: number; readonly reason: string }[];
}

export interface AdoptedBy {
  readonly who: string;
  readonly why: string;
  /** Until then what happened is the other link's, UTC ISO; now where left out. */
  readonly since?: string;
}

/** Adopts each of a list by itself; the dispatcher tells their workflows. Said again it changes nothing. */
export async function adopt(
  db: Database,
  organisation: string,
  list: readonly ToAdopt[],
  by: AdoptedBy,
): Promise<Adoption> {
  const refused: { place: number; reason: string }[] = [];
  let [adopted, already] = [0, 0];
  for (const [place, one] of list.entries()) {
    const reason = await inTransaction(db, (tx) => adoptOne(tx, organisation, one, by));
    if (reason === null) adopted += 1;
    else if (reason === 'already') already += 1;
    else refused.push({ place, reason });
  }
  return { adopted, already, refused };
}

async function adoptOne(tx: Queryable, organisation: string, one: ToAdopt, by: AdoptedBy): Promise<string | null> {
  const { trackingId, conNo, orderId, orderIdentifier } = one;
  const order = namesOf({ qargoOrderId: orderId, ...(orderIdentifier === undefined ? {} : { orderIdentifier }) });
  const whose = (await findConsignments(tx, organisation, order)).consignments;
  const named = await findConsignments(
    tx,
    organisation,
    namesOf(trackingId === undefined ? { conNo: conNo ?? '' } : { trackingId }),
  );
  const [known, another] = named.consignments;
  if (another !== undefined) return `several consignments have the number ${conNo}: name the tracking id`;
  if (whose.length > 0)
    return whose.every((id) => id === known) ? 'already' : 'the order is that of another consignment';
  if (known === undefined && trackingId === undefined)
    return `nothing was heard of a consignment ${conNo}: name its tracking id`;
  const consignment =
    known ?? (await createIdentity(tx, organisation, namesOf(trackingId === undefined ? {} : { trackingId })));
  const held = known === undefined ? null : await whatHolds(tx, consignment);
  if (held === 'another order' && (await isOrderLost(tx, consignment))) {
    const given = orderIdentifier === undefined ? {} : { orderIdentifier };
    await replaceOrder(tx, { organisation, consignment, orderId, ...given, who: by.who, why: by.why });
    return null;
  }
  if (held !== null) return holds[held];
  const names: Name[] = [...namesOf(trackingId === undefined ? {} : { trackingId }), ...order];
  const { taken, added } = await addNames(tx, organisation, consignment, names);
  if (taken.length > 0)
    throw new Error(`somebody else has just named a consignment ${taken.map(({ value }) => value).join(', ')}`);
  await keep(tx, organisation, consignment, one, by);
  await matchParked(tx, organisation, added);
  return null;
}

/** Why a consignment that is known cannot have another order, in words. */
const holds = {
  'another order': 'the consignment has another order at Qargo',
  'order on its way': 'an order of ours is on its way to Qargo',
} as const;

/** Answers why a consignment that is known cannot have another order; null where it can. */
async function whatHolds(tx: Queryable, consignment: string): Promise<keyof typeof holds | null> {
  const { rows } = await tx.query<{ order: string | null; sent: boolean }>(
    `select c.qargo->>'orderId' as order, exists (
              select 1 from receipt d where d.consignment = c.id and d.key = 'order' and (d.ever or d.state in ('intent', 'sending', 'unknown'))) as sent
       from consignment c where c.id = $1 for no key update of c`,
    [consignment],
  );
  const { order = null, sent = false } = rows[0] ?? {};
  if (order !== null) return 'another order';
  return sent ? 'order on its way' : null;
}

async function keep(
  tx: Queryable,
  organisation: string,
  consignment: string,
  one: ToAdopt,
  { who, why, since }: AdoptedBy,
): Promise<void> {
  const at = await now(tx);
  const { trackingId, orderId, orderIdentifier } = one;
  await tx.query(
    `update consignment set adopted_at = $2, tracking_id = coalesce(tracking_id, $3), palletways_read_at = clock_timestamp() where id = $1`,
    [consignment, since ?? at, trackingId ?? null],
  );
  await keepQargoSide(tx, consignment, { orderId, ...(orderIdentifier === undefined ? {} : { orderIdentifier }) });
  // That Qargo has the order is known; in which version, the first look tells.
  await tx.query(
    `insert into receipt (consignment, key, organisation, counterpart, kind, revision, fact, state, ever, proof, settled_at)
     values ($1, 'order', $2, 'qargo', 'order', 1, 'adopted', 'met', true, $3, clock_timestamp())
     on conflict (consignment, key) do update set state = 'met', ever = true, fact = 'adopted', cause = null,
       reason = null, until = null, sender = null, proof = excluded.proof, settled_at = clock_timestamp()`,
    [consignment, organisation, storableJson({ orderId, adopted: true, who, why })],
  );
  touchByOutcome(tx, organisation, consignment, ['order'], true);
  const said = { organisation, journal: null, heard: at, via: 'hand' } as const;
  if (trackingId !== undefined) {
    const names = { trackingId, conNo: null, responseId: null };
    await storeFact(
      tx,
      consignment,
      { kind: 'tracking', id: `adopted:${trackingId}`, at: begun, zone: 'UTC', source: 'person', ...names },
      said,
    );
  }
  await storeFact(
    tx,
    consignment,
    { kind: 'refresh', id: refreshOf(orderId), at, zone: 'UTC', source: 'person', body: { who, why } },
    said,
  );
}

/** Before everything that was ever said of it. */
const begun = '1970-01-01T00:00:00.000Z';
const refreshOf = (orderId: string) => `refresh:adopted:${orderId}`.slice(0, 120);

/** What a read tells as it is at its own time, by the side that tells it. */
const standing: Readonly<Partial<Record<Fact['kind'], 'palletways' | 'qargo'>>> = {
  order: 'palletways',
  labels: 'palletways',
  tracking: 'palletways',
  plan: 'qargo',
  document: 'qargo',
};

/**
 * Of facts of an adopted consignment those that were true before: what happened until then, and what stands as the first look at its
 * side, or any before it, found it.
 */
export async function beforeAdoption(
  db: Queryable,
  consignment: string,
  facts: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{
    id: string;
    kind: Fact['kind'];
    via: string;
    past: boolean;
    heard: Date;
    palletways: Date | null;
    qargo: Date | null;
  }>(
    `select f.id, f.kind, f.envelope->>'via' as via, f.at <= c.adopted_at as past, f.heard,
            (select d.settled_at from receipt d where d.consignment = c.id and d.key = 'refresh:palletways:' || r.id and d.state = 'met') as palletways,
            (select d.settled_at from receipt d where d.consignment = c.id and d.key = 'refresh:qargo:' || r.id and d.state = 'met') as qargo
       from fact f join consignment c on c.id = f.consignment
       left join lateral (select id from fact where consignment = c.id and kind = 'refresh' and id like 'refresh:adopted:%' limit 1) r on true
      where f.consignment = $1 and f.id = any($2) and c.adopted_at is not null`,
    [consignment, facts],
  );
  return new Set(
    rows
      .filter(({ kind, via, past, heard, ...looks }) => {
        const side = standing[kind];
        if (past) return true;
        if (via !== 'read' || side === undefined) return false;
        const looked = looks[side];
        return looked === null || heard <= looked;
      })
      .map(({ id }) => id),
  );
}

/** Content of the order as it stood when it was adopted; null where nobody has read it yet. */
export async function orderBefore(db: Queryable, consignment: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string; content: string | null }>(
    `select id, envelope->>'content' as content from fact where consignment = $1 and kind = 'order' order by at desc, id desc`,
    [consignment],
  );
  const before = await beforeAdoption(
    db,
    consignment,
    rows.map(({ id }) => id),
  );
  return rows.find(({ id }) => before.has(id))?.content ?? null;
}

/** Whether the order that was adopted was taken back since: what follows it is our own. */
export async function hasFollower(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from fact where consignment = $1 and kind = 'revived' and (envelope->>'generation')::int > 1 limit 1`,
    [consignment],
  );
  return rows.length > 0;
}
