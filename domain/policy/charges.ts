/**
 * What is charged for, and who says so: measured size and weight, another grade of bill units, surcharges.
 *
 * A change is compared with what stands and with what each side said last. So a side's echo, and what it says already, is never
 * owed back to it: however the two read and repeat each other, it ends (test/domain/charges.test.ts).
 */
import type { BillUnit, OrderContent } from '../facts/content.ts';
import type { ChargeFact, ChargeKind, Counterpart, Source } from '../facts/facts.ts';
import type { ChargePolicy, Direction } from './settings.ts';

export const settingOf = (kind: ChargeKind): keyof ChargePolicy =>
  kind === 'dimensions' || kind === 'weight' ? 'measured' : kind;

/** What is known of one thing that is charged for; null: nothing was said of it. */
export interface Known {
  readonly standing: string | null;
  /** What each side said last. */
  readonly said: Readonly<Record<Counterpart, string | null>>;
}

/** The change that a statement makes: what stood before, and whom it is owed to. Null where it is no change. */
export function changeBy(
  source: Source,
  value: string,
  known: Known,
  wanted: Direction,
): { readonly old: string | null; readonly owe: readonly Counterpart[] } | null {
  if (wanted === 'off' || known.standing === value) return null;
  if ((source === 'palletways' || source === 'qargo') && known.said[source] === value) return null;
  const sides: Counterpart[] =
    wanted === 'both' ? ['palletways', 'qargo'] : [wanted === 'to qargo' ? 'qargo' : 'palletways'];
  return { old: known.standing, owe: sides.filter((side) => side !== source && known.said[side] !== value) };
}

const rounded = (number: number, by: number) => String(Math.round(number * by) / by);

/** Kilograms to 10 g: `640.5`. */
export const weightValue = (kg: number): string => rounded(kg, 100);

/** Metres to a centimetre, length x width x height: `1.2x1x1.5`. */
export const sizeValue = (metres: readonly [number, number, number]): string =>
  metres.map((each) => rounded(each, 100)).join('x');

/** `FP:2,HP:1`, types in the order of the alphabet. */
export function unitsValue(units: readonly BillUnit[]): string {
  const sums = new Map<string, number>();
  for (const { type, amount } of units) if (amount > 0) sums.set(type, (sums.get(type) ?? 0) + amount);
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, amount]) => `${type}:${amount}`)
    .join(',');
}

/** The bill units of a regrade's value. */
export function unitsOf(value: string): BillUnit[] {
  return value.split(',').flatMap((part) => {
    const [type = '', amount = ''] = part.split(':');
    return /^\d+$/.test(amount) && type !== '' ? [{ type, amount: Number(amount) }] : [];
  });
}

/** Length, width and height of a value of measured dimensions, metres; null where it is none. */
export function sizeOf(value: string): [number, number, number] | null {
  const [length = Number.NaN, width = Number.NaN, height = Number.NaN, ...more] = value.split('x').map(Number);
  return more.length === 0 && [length, width, height].every((each) => each > 0) ? [length, width, height] : null;
}

/** A value longer than this would not fit an envelope, characters. */
const longest = 48;

/**
 * What somebody wrote, as a value; null where it cannot be read. Weight `700`, `700 kg`; size `120x100x150 cm`, metres where no
 * unit is named; bill units `HP:2`, `HP x 2, QP 1`; a surcharge `12.50`, `GBP 12.5`. Of several the last counts: old, then new.
 */
export function chargeValue(kind: ChargeKind, text: string): string | null {
  const said = text.trim();
  const value = readers[kind](said);
  return value === null || value === '' || value.length > longest ? null : value;
}

const readers: Readonly<Record<ChargeKind, (said: string) => string | null>> = {
  weight: (said) => {
    const found = [...said.matchAll(/(\d{1,6}(?:\.\d{1,3})?)\s*(?:kgs?\b|$)/gi)].at(-1)?.[1];
    return found === undefined || Number(found) <= 0 ? null : weightValue(Number(found));
  },
  dimensions: (said) => {
    const number = String.raw`(\d{1,5}(?:\.\d{1,3})?)`;
    const found = [
      ...said.matchAll(new RegExp(String.raw`${number}\s*x\s*${number}\s*x\s*${number}\s*(mm|cm|m)?\b`, 'gi')),
    ].at(-1);
    if (found === undefined) return null;
    const by = { mm: 1000, cm: 100 }[(found[4] ?? 'm').toLowerCase()] ?? 1;
    const value = sizeValue([Number(found[1]) / by, Number(found[2]) / by, Number(found[3]) / by]);
    return sizeOf(value) === null ? null : value;
  },
  regrade: (said) => {
    const now = said.split(/->|>|\bto\b/i).at(-1) ?? '';
    const units = [...now.matchAll(/\b([A-Z]{1,4}\d?)\s*[:x*]?\s*(\d{1,3})\b/gi)];
    return units.length === 0
      ? null
      : unitsValue(units.map(([, type = '', amount]) => ({ type: type.toUpperCase(), amount: Number(amount) })));
  },
  surcharge: (said) => {
    const found = [...said.matchAll(/(?:\b([A-Z]{3})\s*)?(\d{1,6}(?:\.\d{1,2})?)(?:\s*([A-Z]{3})\b)?/g)].at(-1);
    if (found === undefined) return null;
    const currency = found[1] ?? found[3];
    return `${Number(found[2]).toFixed(2)}${currency === undefined ? '' : ` ${currency}`}`;
  },
};

/** Value with its unit, for people. */
export function describeValue(kind: ChargeKind, value: string | null): string {
  if (value === null) return 'nothing';
  return kind === 'weight' ? `${value} kg` : kind === 'dimensions' ? `${value} m` : value;
}

/** `weight 640 kg -> 700 kg`, `dimensions of B00432B6FE nothing -> 1.2x1x1.5 m`. */
export function describeCharge({
  charge,
  about,
  old,
  new: value,
}: Pick<ChargeFact, 'charge' | 'about' | 'old' | 'new'>): string {
  return `${charge}${about === '' ? '' : ` of ${about}`} ${describeValue(charge, old)} -> ${describeValue(charge, value)}`;
}

/** The change of each thing that was heard last, whoever said it. `all` in any order. */
export function standingCharges(all: readonly ChargeFact[]): ChargeFact[] {
  const latest = new Map<string, ChargeFact>();
  for (const one of [...all].sort((a, b) =>
    a.heard === b.heard ? (a.id < b.id ? -1 : 1) : a.heard < b.heard ? -1 : 1,
  ))
    latest.set(`${one.charge} ${one.about}`, one);
  return [...latest.values()];
}

/** The order as Qargo is to have it: what was said of weight and bill units since, by Qargo itself or for it, stands in it. */
export function applyCharges(order: OrderContent, all: readonly ChargeFact[]): OrderContent {
  // What Palletways says by amending its order is in the order, and ends what stood before it.
  const latest = standingCharges(all.filter((one) => one.source === 'palletways' || isForQargo(one)));
  const value = (kind: ChargeKind) =>
    latest.find((one) => one.charge === kind && one.about === '' && isForQargo(one))?.new;
  const weight = value('weight');
  const units = value('regrade');
  return {
    ...order,
    ...(weight === undefined ? {} : { weight: Number(weight) }),
    ...(units === undefined ? {} : { billUnits: unitsOf(units) }),
  };
}

/** Whether a change was said by amending the order itself. */
export const isAmendment = (one: Pick<ChargeFact, 'source' | 'id'>) =>
  one.source === 'palletways' && one.id.startsWith(amended);
const amended = 'pw:charge:';
/** Id of such a change. `at` UTC ISO. */
export const amendmentId = (charge: ChargeKind, at: string) => `${amended}${charge}:${at}`;

const isForQargo = (one: ChargeFact) => one.source === 'qargo' || one.owe.includes('qargo');
