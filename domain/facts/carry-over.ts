/**
 * Carries values over from one order to the next. A field that a message does not carry keeps the last value that a message carried. A
 * message that carries all fields sets all of them, also to empty. Pure.
 */
import type { Address, OrderContent } from './content.ts';
import type { OrderFact } from './facts.ts';
import { orderHead } from './order-digest.ts';

export type OrderField = keyof OrderContent;

/** An order as it was reported, in its envelope and in its content. */
export interface OrderReport {
  readonly fact: Pick<
    OrderFact,
    | 'type'
    | 'service'
    | 'lifts'
    | 'weight'
    | 'billUnits'
    | 'collectionDate'
    | 'deliveryDate'
    | 'digests'
    | 'roles'
    | 'leg'
    | 'carried'
  >;
  readonly content: OrderContent;
}

/** Some digests belong to a field but have another name than the field. These are their names, by field. */
const besides: Readonly<Partial<Record<OrderField, readonly string[]>>> = { serviceCode: ['services'] };

/** Our part in an order is worked out from these fields. */
const ofRoles: readonly OrderField[] = ['type', 'collectionDepot', 'deliveryDepot'];

/**
 * These fields have several parts, and each part is carried separately (`bookIn.reference`). The field's name alone means all its parts.
 */
const inParts: readonly OrderField[] = ['bookIn', 'further', 'collection', 'delivery'];
const places: readonly OrderField[] = ['collection', 'delivery'];

/**
 * Returns the next order, in which each field that its message did not carry is as it was before. The function is idempotent and
 * associative: the value of a field is that of the last message that carried it. An address with another postcode (without one, in another
 * street) is another place and keeps nothing of the earlier one, so that no consignee gets the phone number of the one before.
 */
export function carryOver(previous: OrderReport, next: OrderReport): OrderReport {
  const { carried } = next.fact;
  if (carried === undefined) return next;
  const content = joined(previous.content, next.content, carried);
  const isFromNext = (name: string) =>
    isCarried(carried, name) || movedTo(previous.content, next.content, carried, name);
  const { roles, leg } = (ofRoles.every((field) => isCarried(carried, field)) ? next : previous).fact;
  const all =
    previous.fact.carried === undefined ? {} : { carried: [...new Set([...previous.fact.carried, ...carried])].sort() };
  const fact = {
    ...orderHead(content),
    digests: {
      ...digestsOf(next.fact.digests, isFromNext),
      ...digestsOf(previous.fact.digests, (name) => !isFromNext(name)),
    },
    ...(roles === undefined ? {} : { roles }),
    ...(leg === undefined ? {} : { leg }),
    ...all,
  };
  return { fact, content };
}

/** Whether the message carried this field, or this part of a field (`delivery.telephone`). */
export function isCarried(carried: readonly string[], name: string): boolean {
  return carried.includes(name) || carried.includes(fieldOf(name));
}

/** Lists every field of an order and every part of a field, by the names that `carried` uses. */
export function everyPart(content: OrderContent): string[] {
  return (Object.keys(content) as OrderField[]).flatMap((field) => {
    const value: unknown = content[field];
    if (!inParts.includes(field) || value === null || value === undefined) return [field];
    return Object.keys(value as object).map((part) => `${field}.${part}`);
  });
}

function joined(previous: OrderContent, next: OrderContent, carried: readonly string[]): OrderContent {
  const entries = fieldsOf(previous, next).map((field): [OrderField, unknown] => {
    const [before, said]: unknown[] = [previous[field], next[field]];
    if (carried.includes(field) || movedTo(previous, next, carried, field)) return [field, said];
    if (!inParts.includes(field) || !isObject(said)) return [field, before];
    const parts = Object.entries(said).filter(([part]) => carried.includes(`${field}.${part}`));
    if (!isObject(before)) return [field, parts.length > 0 ? said : before];
    return [field, { ...before, ...Object.fromEntries(parts) }];
  });
  return Object.fromEntries(entries) as unknown as OrderContent;
}

/** Whether the field is an address, or a part of one, and the message names another place for it. */
function movedTo(previous: OrderContent, next: OrderContent, carried: readonly string[], name: string): boolean {
  const field = fieldOf(name) as 'collection' | 'delivery';
  if (!places.includes(field) || !carried.includes(`${field}.postCode`)) return false;
  const [before, said] = [previous[field], next[field]];
  if (!isObject(before) || !isObject(said)) return false;
  if (plain(before.postCode) !== plain(said.postCode)) return true;
  // Where there is no postcode, street and town are the place.
  if (plain(said.postCode) !== '' || !['town', 'lines'].every((part) => carried.includes(`${field}.${part}`)))
    return false;
  const street = ({ lines, town }: Address) => plain([...lines, town].join());
  return street(before) !== street(said);
}

const plain = (postCode: string) => postCode.replaceAll(/\s+/g, '').toUpperCase();

const isObject = <T>(value: T): value is T & object => typeof value === 'object' && value !== null;

const fieldsOf = (...contents: readonly OrderContent[]) => [
  ...new Set(contents.flatMap((one) => Object.keys(one) as OrderField[])),
];

/** Keeps the digests of the fields and parts that are wanted. */
function digestsOf(
  digests: Readonly<Record<string, string>>,
  isWanted: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(digests).filter(([name]) => isWanted(name)));
}

function fieldOf(name: string): OrderField {
  const beside = (Object.keys(besides) as OrderField[]).find((field) => besides[field]?.includes(name));
  return beside ?? (name.split('.')[0] as OrderField);
}
