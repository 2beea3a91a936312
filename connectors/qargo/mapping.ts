/**
 * Why an order cannot be made of what Palletways tells: a field that Qargo needs is missing, or a code stands in no table. The
 * cause is the same text for every consignment with the same fault, so that people see one piece of work. Pure.
 */
import type { Address, BillUnit, OrderContent } from '../../domain/facts/content.ts';
import { cutText } from '../../domain/facts/text.ts';
import type { Cause, FieldMissing, UnknownCode } from '../../domain/obligations/causes.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import type { QargoAccess } from './config.ts';

/** Fields of Palletways without which no order can be made, and where they stand in Qargo's order. */
const places = {
  'Address[Delivery]': 'consignments[0].delivery_stop.location',
  'Address[Collection]': 'consignments[0].pickup_stop.location',
  'Address[delivery].PostCode': 'consignments[0].delivery_stop.location.postal_code',
  'Address[collection].PostCode': 'consignments[0].pickup_stop.location.postal_code',
  'Service.Code': 'service_level.code',
  'BillUnit.Type': 'consignments[0].goods.packaging_type.packaging_size.code',
} as const;

/** The first cause for which the order is held back, or null where it can be made. A code of 80 characters and more is cut. */
export function unmapped(
  order: OrderContent,
  { serviceLevels, packagings }: Pick<QargoAccess, 'serviceLevels' | 'packagings'>,
  { unknownServices, unknownBillUnits }: Pick<Policy, 'unknownServices' | 'unknownBillUnits'>,
): UnknownCode | FieldMissing | null {
  const field = missingField(order);
  if (field !== null) return { code: 'field missing', field };
  const code = serviceOf(order);
  if (unknownServices === 'park' && !Object.hasOwn(serviceLevels, code)) return unknown('service', code);
  const unit = unknownBillUnits === 'send' ? undefined : order.billUnits.find((each) => isUnknown(each, packagings));
  return unit === undefined ? null : unknown('bill unit', unit.type.trim());
}

const unknown = (table: UnknownCode['table'], code: string): UnknownCode => ({
  code: 'unmapped',
  table,
  value: cutText(code, 80),
});

const isUnknown = ({ type, amount }: BillUnit, packagings: QargoAccess['packagings']): boolean =>
  amount > 0 && type.trim() !== '' && !Object.hasOwn(packagings, type.trim());

/** Qargo's packaging of a bill unit, as the table has it, else the same word. */
export function packagingOf(unit: string, packagings: QargoAccess['packagings']): string {
  return Object.hasOwn(packagings, unit) ? (packagings[unit] ?? unit) : unit;
}

/** The bill unit of a packaging: no two have the same. */
export function billUnitOf(packaging: string, packagings: QargoAccess['packagings']): string {
  return Object.entries(packagings).find(([, code]) => code === packaging)?.[0] ?? packaging;
}

/** Palletways' service as `serviceLevels` names it: `<group>-<code>`, what is not said left out. */
export function serviceOf(order: Pick<OrderContent, 'serviceGroup' | 'serviceCode'>): string {
  return [order.serviceGroup.trim(), order.serviceCode.trim()].filter((part) => part !== '').join('-');
}

/** Where in Qargo's order the field stands that a cause is about; null where the cause names none. */
export function placeOf(cause: Cause | null): string | null {
  if (cause?.code === 'unmapped') return placeOfTable[cause.table];
  if (cause?.code !== 'field missing') return null;
  return Object.entries(places).find(([field]) => field === cause.field)?.[1] ?? null;
}

const placeOfTable = {
  service: places['Service.Code'],
  'bill unit': places['BillUnit.Type'],
  reason: null,
} as const;

/** Whether an address names no place at all. Not every place has a postcode (Ireland before Eircode), and Qargo asks for none (QG, Location). */
function isNowhere(address: Address | null): boolean {
  return [address?.postCode, address?.town, ...(address?.lines ?? [])].every((said) => (said ?? '').trim() === '');
}

function missingField(order: OrderContent): keyof typeof places | null {
  if (order.type !== 'C' && order.delivery === null) return 'Address[Delivery]';
  if (order.type !== 'D' && order.collection === null) return 'Address[Collection]';
  if (order.type !== 'C' && isNowhere(order.delivery)) return 'Address[delivery].PostCode';
  if (order.type !== 'D' && isNowhere(order.collection)) return 'Address[collection].PostCode';
  return order.serviceGroup === '' ? 'Service.Code' : null;
}
