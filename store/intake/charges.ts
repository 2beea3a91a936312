/** Changes of what is charged for, as they are heard: compared with what stands and with what each side said last. */

import type { ChargeFact, ChargeKind, Counterpart, NewFact, OrderFact } from '../../domain/facts/facts.ts';
import { chargeKey } from '../../domain/obligations/obligations.ts';
import {
  amendmentId,
  changeBy,
  describeCharge,
  type Known,
  settingOf,
  unitsValue,
  weightValue,
} from '../../domain/policy/charges.ts';
import { type ChargePolicy, defaultPolicy } from '../../domain/policy/settings.ts';
import { showCause } from '../../domain/words/causes.ts';
import { decide } from '../outbox/receipts.ts';
import { isoText, type Queryable } from '../postgres/database.ts';
import { hasCode, toCause } from '../record/causes.ts';
import type { QargoSide } from '../record/consignments.ts';

type NewCharge = Extract<NewFact, { kind: 'charge' }>;
type Goods = NonNullable<QargoSide['goods']>;

/** Which way changes go, as configured now; all `off` where the organisation says nothing. */
export async function chargePolicy(db: Queryable, organisation: string): Promise<ChargePolicy> {
  const { rows } = await db.query<{ charges: Partial<ChargePolicy> | null }>(
    `select settings->'policy'->'charges' as charges from organisation where id = $1`,
    [organisation],
  );
  return { ...defaultPolicy.charges, ...rows[0]?.charges };
}

/** The changes of a consignment, in the order in which they were heard. */
export async function chargesOf(db: Queryable, consignment: string): Promise<ChargeFact[]> {
  const { rows } = await db.query<{ envelope: ChargeFact }>(
    `select envelope from fact where consignment = $1 and kind = 'charge' order by heard, id`,
    [consignment],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Ids of the changes that a side has, by a call or by a person's hand. */
export async function listChargesSent(
  db: Queryable,
  consignment: string,
  to: Counterpart,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ key: string; fact: string }>(
    `select distinct key, fact from attempt where consignment = $1 and kind = 'charge' and outcome = 'met'`,
    [consignment],
  );
  const told = new Set(rows.map(({ key, fact }) => `${key} ${fact}`));
  const all = await chargesOf(db, consignment);
  return new Set(all.filter((one) => told.has(`${chargeKey(to, one)} ${one.id}`)).map(({ id }) => id));
}

/** What goods weigh together; undefined where one was not read. */
export function weightOfGoods(goods: Goods): string | undefined {
  const weights = goods.map(({ weight }) => weight);
  return weights.every((weight) => typeof weight === 'number') && weights.length > 0
    ? weightValue(weights.reduce((sum, weight) => sum + weight, 0))
    : undefined;
}

/** The bill units that goods are; undefined where the packaging or number of one was not read. */
export function unitsOfGoods(goods: Goods): string | undefined {
  const units = goods.map(({ packaging, quantity }) => ({ type: packaging ?? '', amount: quantity ?? 0 }));
  return units.length > 0 && units.every(({ type, amount }) => type !== '' && amount > 0)
    ? unitsValue(units)
    : undefined;
}

/** The goods that a size is about: the pallet of that barcode, those of that packaging, or all. */
export function goodsAbout<G extends Pick<Goods[number], 'packaging' | 'handlingUnits'>>(
  goods: readonly G[],
  about: string,
): G[] {
  if (about === '') return [...goods];
  const byBarcode = goods.filter(({ handlingUnits }) => handlingUnits.includes(about));
  return byBarcode.length > 0 ? byBarcode : goods.filter(({ packaging }) => packaging === about);
}

/** What goods say of one thing that is charged for; null where they say nothing, or several things. */
export function valueInGoods(goods: Goods | undefined, charge: ChargeKind, about: string): string | null {
  if (goods === undefined) return null;
  if (charge === 'weight') return weightOfGoods(goods) ?? null;
  if (charge === 'regrade') return unitsOfGoods(goods) ?? null;
  if (charge === 'surcharge') return null;
  const sizes = new Set(goodsAbout(goods, about).map(({ size }) => size ?? null));
  const [size] = sizes;
  return sizes.size === 1 ? (size ?? null) : null;
}

const saidByOrder = (order: OrderFact | undefined, charge: ChargeKind): string | null => {
  if (order === undefined) return null;
  return charge === 'weight' ? weightValue(order.weight) : charge === 'regrade' ? unitsValue(order.billUnits) : null;
};

async function known(
  tx: Queryable,
  consignment: string,
  charge: ChargeKind,
  about: string,
): Promise<Known & { readonly changedAt: string | null }> {
  const { rows } = await tx.query<{ qargo: QargoSide; order: OrderFact | null }>(
    `select c.qargo, (select f.envelope from fact f where f.consignment = c.id and f.kind = 'order'
                       order by f.envelope->>'at' desc, f.id desc limit 1) as order
       from consignment c where c.id = $1`,
    [consignment],
  );
  const order = rows[0]?.order ?? undefined;
  const changes = (await chargesOf(tx, consignment)).filter((one) => one.charge === charge && one.about === about);
  const ordered = saidByOrder(order, charge);
  const told = changes.findLast(({ source }) => source === 'palletways');
  const said = told !== undefined && (order === undefined || told.heard >= order.heard) ? told.new : ordered;
  const goods = valueInGoods(rows[0]?.qargo.goods, charge, about);
  return {
    changedAt: changes.at(-1)?.at ?? null,
    standing: changes.at(-1)?.new ?? ordered,
    said: { palletways: said, qargo: goods ?? changes.findLast(({ source }) => source === 'qargo')?.new ?? null },
  };
}

/** The change that a statement makes, with what stood before and whom it is owed to; null where it is none, or nobody wants to know. */
export async function toCharge(
  tx: Queryable,
  organisation: string,
  consignment: string,
  fact: NewCharge,
): Promise<NewCharge | null> {
  const policy = await chargePolicy(tx, organisation);
  const all = await known(tx, consignment, fact.charge, fact.about);
  // Notes tell minutes: what was measured in an earlier one than what stands came late, and changes nothing.
  if (all.changedAt !== null && fact.at.slice(0, 16) < all.changedAt.slice(0, 16)) return null;
  const change = changeBy(fact.source, fact.new, all, policy[settingOf(fact.charge)]);
  return change === null ? null : { ...fact, ...change };
}

/**
 * What Palletways changes by amending an order that we had before. Qargo gets it by the order itself, so it is owed to nobody. It is
 * taken notice of where such changes are wanted, and where an earlier one stood that the order now ends. Asked before the order is
 * stored.
 */
export async function chargesAmended(
  tx: Queryable,
  organisation: string,
  consignment: string,
  order: Extract<NewFact, { kind: 'order' }>,
): Promise<NewCharge[]> {
  const { rows } = await tx.query<{ envelope: OrderFact }>(
    `select envelope from fact where consignment = $1 and kind = 'order' order by envelope->>'at' desc, id desc limit 1`,
    [consignment],
  );
  const before = rows[0]?.envelope;
  if (before === undefined || before.at > order.at) return [];
  const policy = await chargePolicy(tx, organisation);
  const changes: NewCharge[] = [];
  for (const charge of ['weight', 'regrade'] as const) {
    const value = charge === 'weight' ? weightValue(order.weight) : unitsValue(order.billUnits);
    if (value === saidByOrder(before, charge)) continue;
    const all = await known(tx, consignment, charge, '');
    const wanted = all.changedAt !== null ? 'both' : policy[settingOf(charge)];
    const change = changeBy('palletways', value, all, wanted);
    if (change === null) continue;
    const { at, zone } = order;
    const said = {
      kind: 'charge',
      id: amendmentId(charge, at),
      at,
      zone,
      source: 'palletways',
      charge,
      about: '',
    } as const;
    changes.push({ ...said, old: change.old, new: value, owe: [] });
  }
  return changes;
}

/** Who keyed a change in at a side that takes it by no call, and when (UTC ISO); null where nobody said so. */
export interface KeyedIn {
  readonly who: string;
  readonly at: string;
}

const keyedKey = (obligation: string, fact: string) => `keyed ${obligation} ${fact}`;

export async function keyedIn(
  db: Queryable,
  consignment: string,
  obligation: string,
  fact: string,
): Promise<KeyedIn | null> {
  const { rows } = await db.query<{ value: KeyedIn }>(
    'select value from decision where consignment = $1 and key = $2',
    [consignment, keyedKey(obligation, fact)],
  );
  return rows[0]?.value ?? null;
}

/** Notes that a person keyed in what waits for it. Answers false where nothing waits under that key. */
export async function markKeyedIn(
  tx: Queryable,
  consignment: string,
  obligation: string,
  who: string,
): Promise<boolean> {
  const { rows } = await tx.query<{ fact: string; at: string }>(
    `select fact, ${isoText('clock_timestamp()')} as at from receipt
      where consignment = $1 and key = $2 and kind = 'charge' and state = 'refused' and ${hasCode('cause', 'to be keyed in')}`,
    [consignment, obligation],
  );
  const [row] = rows;
  if (row === undefined) return false;
  await decide<KeyedIn>(tx, consignment, keyedKey(obligation, row.fact), { who, at: row.at });
  return true;
}

export interface OpenCharge {
  readonly organisation: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly obligation: string;
  readonly side: Counterpart;
  /** What is to be keyed in, or is on its way: `weight 640 kg -> 700 kg`. */
  readonly what: string;
  /** True: a person keys it in and says so. False: it is on its way, or was refused (`cause`). */
  readonly keyIn: boolean;
  readonly cause: string | null;
  /** Its code. */
  readonly code: string | null;
  readonly said: { readonly by: string; readonly who: string | null; readonly at: string };
}

/** Changes that a side does not have yet, oldest first; at most 500. */
export async function openCharges(db: Queryable, organisation?: string): Promise<OpenCharge[]> {
  const { rows } = await db.query<{
    organisation: string;
    reference: string | null;
    tracking_id: string | null;
    key: string;
    counterpart: Counterpart;
    state: string;
    cause: unknown;
    envelope: ChargeFact;
    who: string | null;
  }>(
    `select d.organisation, c.reference, c.tracking_id, d.key, d.counterpart, d.state, d.cause, f.envelope, k.body->>'who' as who
       from receipt d join consignment c on c.id = d.consignment join fact f on f.consignment = d.consignment and f.id = d.fact
       left join content k on k.id = (f.envelope->>'content')::bigint
      where d.kind = 'charge' and d.state not in ('met', 'void') and ($1::text is null or d.organisation = $1)
        and not exists (select 1 from fact n where n.consignment = f.consignment and n.kind = 'charge' and n.id <> f.id
                          and n.envelope->>'charge' = f.envelope->>'charge' and n.envelope->>'about' = f.envelope->>'about'
                          and (n.heard, n.id) > (f.heard, f.id))
      order by d.written_at limit 500`,
    [organisation ?? null],
  );
  return rows.map((row) => ({
    organisation: row.organisation,
    reference: row.reference,
    trackingId: row.tracking_id,
    obligation: row.key,
    side: row.counterpart,
    what: describeCharge(row.envelope),
    keyIn: row.state === 'refused' && toCause(row.cause)?.code === 'to be keyed in',
    ...showCause(toCause(row.cause)),
    said: { by: row.envelope.source, who: row.who, at: row.envelope.at },
  }));
}
