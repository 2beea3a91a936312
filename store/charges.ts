/** Changes of what is charged for, as they are heard: compared with what stands and with what each side said last. */
import {
  type ChargePolicy,
  changeBy,
  chargeValue,
  type Known,
  settingOf,
  sizeOf,
  unitsValue,
  weightValue,
} from '../domain/charges.ts';
import type { ChargeFact, ChargeKind, NewFact, OrderFact } from '../domain/facts.ts';
import { defaultPolicy } from '../domain/organisation.ts';
import type { QargoSide } from './consignments.ts';
import type { Queryable } from './database.ts';

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

/** The changes heard of a consignment, in the order in which they happened. */
export async function chargesOf(db: Queryable, consignment: string): Promise<ChargeFact[]> {
  const { rows } = await db.query<{ envelope: ChargeFact }>(
    `select envelope from fact where consignment = $1 and kind = 'charge' order by envelope->>'at', id`,
    [consignment],
  );
  return rows.map(({ envelope }) => envelope);
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
  return units.length > 0 && units.every(({ type, amount }) => type !== '' && amount > 0) ? unitsValue(units) : undefined;
}

/** The goods that a size is about: the pallet of that barcode, those of that packaging, or all. */
export function goodsAbout<G extends Pick<Goods[number], 'packaging' | 'handlingUnits'>>(goods: readonly G[], about: string): G[] {
  if (about === '') return [...goods];
  const byBarcode = goods.filter(({ handlingUnits }) => handlingUnits.includes(about));
  return byBarcode.length > 0 ? byBarcode : goods.filter(({ packaging }) => packaging === about);
}

/** What goods say of one thing that is charged for; null where they say nothing, or several things. */
export function saidByGoods(goods: Goods | undefined, charge: ChargeKind, about: string): string | null {
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

async function known(tx: Queryable, consignment: string, charge: ChargeKind, about: string): Promise<Known> {
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
  const said = told !== undefined && (order === undefined || told.at >= order.at) ? told.new : ordered;
  const goods = saidByGoods(rows[0]?.qargo.goods, charge, about);
  return {
    standing: changes.at(-1)?.new ?? ordered,
    said: { palletways: said, qargo: goods ?? changes.findLast(({ source }) => source === 'qargo')?.new ?? null },
  };
}

/** The change that a statement makes, with what stood before and whom it is owed to; null where it is none, or nobody wants to know. */
export async function asCharge(tx: Queryable, organisation: string, consignment: string, fact: NewCharge): Promise<NewCharge | null> {
  const policy = await chargePolicy(tx, organisation);
  const wanted = policy[settingOf(fact.charge)];
  if (wanted === 'off') return null;
  const value = fact.charge === 'dimensions' && sizeOf(fact.new) !== null ? fact.new : chargeValue(fact.charge, fact.new);
  if (value === null) return null;
  const change = changeBy(fact.source, value, await known(tx, consignment, fact.charge, fact.about), wanted);
  return change === null ? null : { ...fact, new: value, ...change };
}

/**
 * What Palletways changes by amending an order that we had before. Qargo gets it by the order itself, so it is owed to nobody. Asked
 * before the order is stored.
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
  const changes: NewCharge[] = [];
  for (const charge of ['weight', 'regrade'] as const) {
    const value = charge === 'weight' ? weightValue(order.weight) : unitsValue(order.billUnits);
    if (value === saidByOrder(before, charge)) continue;
    const { at, zone } = order;
    const id = `pw:charge:${charge}:${at}`;
    const made = await asCharge(tx, organisation, consignment, {
      ...{ kind: 'charge', id, at, zone, source: 'palletways', charge, about: '', old: null, new: value, owe: [] },
    });
    if (made !== null) changes.push({ ...made, owe: [] });
  }
  return changes;
}
