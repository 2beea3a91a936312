/**
 * What a message does not carry it does not say: of an order each field keeps the last value that a message carried. A message that carries
 * all of them says all of them, empty ones too. Pure.
 */
import type { OrderContent } from './content.ts';
import type { OrderFact } from './facts.ts';
import { orderHead } from './order-digest.ts';

export type OrderField = keyof OrderContent;

/** What an order says, in its envelope and in its content. */
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

/** Names of digests that stand beside a field and are not called as it is. */
const besides: Readonly<Partial<Record<OrderField, readonly string[]>>> = { serviceCode: ['services'] };

/** What our part in an order is told from. */
const ofRoles: readonly OrderField[] = ['type', 'collectionDepot', 'deliveryDepot'];

/** Fields of several parts: each part is carried for itself, `bookIn.reference`; the name alone is all of it. */
const inParts: readonly OrderField[] = ['bookIn', 'collection', 'delivery'];
const places: readonly OrderField[] = ['collection', 'delivery'];

/**
 * The next order with what its message did not carry as it was before. Carried over twice it is the same, and it does not matter which two
 * of three messages in a row are joined first: the value of a field is that of the last message that carried it. An address with
 * another postcode is another place: of it nothing stays, so that no consignee gets the telephone of the one before.
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

/** Whether what was carried holds a field, or a part of one (`delivery.telephone`). */
export function isCarried(carried: readonly string[], name: string): boolean {
  return carried.includes(name) || carried.includes(fieldOf(name));
}

/** Every field of an order and every part of one, as `carried` names them. */
export function everyPart(content: OrderContent): string[] {
  return (Object.keys(content) as OrderField[]).flatMap((field) => {
    const value: unknown = content[field];
    if (!inParts.includes(field) || value === null) return [field];
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

/** Whether the field is an address, or a part of one, and the message names another place there. */
function movedTo(previous: OrderContent, next: OrderContent, carried: readonly string[], name: string): boolean {
  const field = fieldOf(name) as 'collection' | 'delivery';
  if (!places.includes(field) || !carried.includes(`${field}.postCode`)) return false;
  const [before, said] = [previous[field], next[field]];
  return isObject(before) && isObject(said) && plain(before.postCode) !== plain(said.postCode);
}

const plain = (postCode: string) => postCode.replaceAll(/\s+/g, '').toUpperCase();

const isObject = <T>(value: T): value is T & object => typeof value === 'object' && value !== null;

const fieldsOf = (...contents: readonly OrderContent[]) => [
  ...new Set(contents.flatMap((one) => Object.keys(one) as OrderField[])),
];

/** The digests of the fields and parts that are wanted. */
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
