/**
 * Compares changes of what is charged for: measured size and weight, another grade of bill units, surcharges.
 *
 * A change is compared with the value that stands and with what each side reported last. So neither a side's echo nor a value that it
 * already reports is ever owed back to it. However the two sides read and repeat each other, the exchange ends
 * (test/domain/charges.test.ts).
 */
import type { BillUnit, OrderContent } from '../facts/content.ts';
import type { ChargeFact, ChargeKind, Counterpart, Source } from '../facts/facts.ts';
import type { ChargePolicy, Direction } from './settings.ts';

export const settingOf = (kind: ChargeKind): keyof ChargePolicy =>
  kind === 'dimensions' || kind === 'weight' ? 'measured' : kind;

/** The known values of one thing that is charged for; null where nothing was reported of it. */
export interface Known {
  readonly standing: string | null;
  /** The value that each side reported last. */
  readonly said: Readonly<Record<Counterpart, string | null>>;
}

/**
 * Returns the change that a report makes: the value that stood before, and the sides that the change is owed to. It is null where nothing
 * changes.
 */
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

/** Writes kilograms, rounded to 10 g: `640.5`. */
export const weightValue = (kg: number): string => rounded(kg, 100);

/** Writes length x width x height in metres, rounded to a centimetre: `1.2x1x1.5`. */
export const sizeValue = (metres: readonly [number, number, number]): string =>
  metres.map((each) => rounded(each, 100)).join('x');

/** Writes bill units as `FP:2,HP:1`, with the types in alphabetical order. */
export function unitsValue(units: readonly BillUnit[]): string {
  const sums = new Map<string, number>();
  for (const { type, amount } of units) if (amount > 0) sums.set(type, (sums.get(type) ?? 0) + amount);
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, amount]) => `${type}:${amount}`)
    .join(',');
}

/** Reads the bill units of a regrade's value. */
export function unitsOf(value: string): BillUnit[] {
  return value.split(',').flatMap((part) => {
    const [type = '', amount = ''] = part.split(':');
    return /^\d+$/.test(amount) && type !== '' ? [{ type, amount: Number(amount) }] : [];
  });
}

/** Reads length, width and height, metres, of a value of measured dimensions; null where it is no such value. */
export function sizeOf(value: string): [number, number, number] | null {
  const [length = Number.NaN, width = Number.NaN, height = Number.NaN, ...more] = value.split('x').map(Number);
  return more.length === 0 && [length, width, height].every((each) => each > 0) ? [length, width, height] : null;
}

/** Writes a value with its unit, for people. */
export function describeValue(kind: ChargeKind, value: string | null): string {
  if (value === null) return 'nothing';
  return kind === 'weight' ? `${value} kg` : kind === 'dimensions' ? `${value} m` : value;
}

/** Writes a change for people: `weight 640 kg -> 700 kg`, `dimensions of B00432B6FE nothing -> 1.2x1x1.5 m`. */
export function describeCharge({
  charge,
  about,
  old,
  new: value,
}: Pick<ChargeFact, 'charge' | 'about' | 'old' | 'new'>): string {
  return `${charge}${about === '' ? '' : ` of ${about}`} ${describeValue(charge, old)} -> ${describeValue(charge, value)}`;
}

/** Returns for each thing the change that was received last, whoever reported it. `all` may be in any order. */
export function standingCharges(all: readonly ChargeFact[]): ChargeFact[] {
  const latest = new Map<string, ChargeFact>();
  for (const one of [...all].sort((a, b) =>
    a.heard === b.heard ? (a.id < b.id ? -1 : 1) : a.heard < b.heard ? -1 : 1,
  ))
    latest.set(`${one.charge} ${one.about}`, one);
  return [...latest.values()];
}

/**
 * Returns the order as Qargo should have it. It includes the weight and the bill units that Qargo reported since, or that are owed to
 * Qargo.
 */
export function applyCharges(order: OrderContent, all: readonly ChargeFact[]): OrderContent {
  // A change that Palletways made by amending its order is already in the order, and replaces the change that stood before it.
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

/** Whether a change was made by amending the order itself. */
export const isAmendment = (one: Pick<ChargeFact, 'source' | 'id'>) =>
  one.source === 'palletways' && one.id.startsWith(amended);
const amended = 'pw:charge:';
/** Makes the id of such a change. `at` is UTC ISO. */
export const amendmentId = (charge: ChargeKind, at: string) => `${amended}${charge}:${at}`;

const isForQargo = (one: ChargeFact) => one.source === 'qargo' || one.owe.includes('qargo');
