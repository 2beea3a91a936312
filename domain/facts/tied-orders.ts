/**
 * Two reports of an order that say one instant, both made after a third: no clock orders them, so what each changed is taken of each,
 * whichever was heard first. Only where both changed one thing otherwise nobody can tell. Pure.
 */
import { carryOver, everyPart, type OrderReport } from './carry-over.ts';
import type { OrderContent } from './content.ts';

/** The order that both make, or the parts in which they contradict each other. */
export type Joined = { readonly order: OrderReport } | { readonly differing: readonly string[] };

/** An address is one thing: two that differ in the street and in the town are not two halves of a third. */
const wholes = ['collection', 'delivery'];
/** Our part in an order is worked out from these together. */
const ofRoles = ['type', 'collectionDepot', 'deliveryDepot'];

/** @param before what stood before both; null where nothing is known of it: then all in which they differ contradicts. */
export function joinTied(before: OrderContent | null, one: OrderReport, other: OrderReport): Joined {
  const parts = partsOf([one.content, other.content, ...(before === null ? [] : [before])]);
  const differ = (a: OrderContent, b: OrderContent) => parts.filter((part) => valueAt(a, part) !== valueAt(b, part));
  const apart = differ(one.content, other.content);
  if (before === null) return apart.length > 0 ? { differing: apart } : { order: one };
  const [byOne, byOther] = [differ(before, one.content), differ(before, other.content)];
  const differing = apart.filter((part) => byOne.includes(part) && byOther.includes(part));
  const roles = ofRoles.filter((part) => apart.includes(part));
  const isEither = [byOne, byOther].some((changed) => roles.every((part) => !changed.includes(part)));
  if (differing.length > 0 || !isEither) return { differing: [...new Set([...differing, ...(isEither ? [] : roles)])] };
  const named = byOther.some((part) => roles.includes(part)) ? ofRoles : [];
  const carried = [...new Set([...byOther, ...named])];
  return { order: carryOver(one, { fact: { ...other.fact, carried }, content: other.content }) };
}

function partsOf(contents: readonly OrderContent[]): string[] {
  const all = new Set(contents.flatMap(everyPart).map((part) => (isOfWhole(part) ? fieldOf(part) : part)));
  // A field that one of them has as a whole, for it is empty there, is compared as a whole.
  return [...all].filter((part) => part === fieldOf(part) || !all.has(fieldOf(part)));
}

const fieldOf = (part: string): string => part.split('.')[0] ?? part;
const isOfWhole = (part: string): boolean => wholes.includes(fieldOf(part));

function valueAt(content: OrderContent, part: string): string {
  const found = part
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], content);
  return JSON.stringify(found ?? null);
}
