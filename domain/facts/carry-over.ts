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

/**
 * The next order with what its message did not carry as it was before. Carried over twice it is the same, and it does not matter which two
 * of three messages in a row are joined first: the value of a field is that of the last message that carried it.
 */
export function carryOver(previous: OrderReport, next: OrderReport): OrderReport {
  const { carried } = next.fact;
  if (carried === undefined) return next;
  const isCarried = (field: OrderField) => carried.includes(field);
  const missing = fieldsOf(previous.content, next.content).filter((field) => !isCarried(field));
  const content = { ...next.content, ...pick(previous.content, missing) };
  const { roles, leg } = (ofRoles.every(isCarried) ? next : previous).fact;
  const all =
    previous.fact.carried === undefined ? {} : { carried: [...new Set([...previous.fact.carried, ...carried])].sort() };
  const fact = {
    ...orderHead(content),
    digests: {
      ...digestsOf(next.fact.digests, isCarried),
      ...digestsOf(previous.fact.digests, (field) => !isCarried(field)),
    },
    ...(roles === undefined ? {} : { roles }),
    ...(leg === undefined ? {} : { leg }),
    ...all,
  };
  return { fact, content };
}

const fieldsOf = (...contents: readonly OrderContent[]) => [
  ...new Set(contents.flatMap((one) => Object.keys(one) as OrderField[])),
];

function pick(content: OrderContent, fields: readonly OrderField[]): Partial<OrderContent> {
  return Object.fromEntries(fields.map((field) => [field, content[field]]));
}

/** The digests of the fields that are wanted: `bookIn.reference` is one of `bookIn`. */
function digestsOf(
  digests: Readonly<Record<string, string>>,
  isWanted: (field: OrderField) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(digests).filter(([name]) => isWanted(fieldOf(name))));
}

function fieldOf(name: string): OrderField {
  const beside = (Object.keys(besides) as OrderField[]).find((field) => besides[field]?.includes(name));
  return beside ?? (name.split('.')[0] as OrderField);
}
