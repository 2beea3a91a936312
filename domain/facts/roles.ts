/** Whose leg of a consignment is ours, from the depots that Palletways names, and what we do for it. Pure. */
import type { OrderContent } from './content.ts';

/** `third party`: none of its depots is ours. A consignment may be ours in several roles. */
export const roles = ['requesting', 'collecting', 'delivering', 'third party'] as const;
export type Role = (typeof roles)[number];

/**
 * What of a consignment is ours to drive. `as told`: as Palletways tells the order, so also where it names no depots; `delivery`: from
 * our depot to the consignee; `collection`: from the shipper to our depot; `both`: from the shipper to the consignee; `none`: nothing,
 * no order is made.
 */
export type Leg = 'as told' | 'delivery' | 'collection' | 'both' | 'none';

/** Numbers or names of the depots of a consignment, as Palletways writes them; empty: not told. */
export interface Depots {
  readonly requesting: string;
  readonly collecting: string;
  readonly delivering: string;
}

export interface RolePolicy {
  /** Numbers and names, beside `palletways.depot`, under which Palletways may name depots of ours. */
  readonly depots: readonly string[];
  /** Whether an order is made of what we only collect, only requested, or have no part in. */
  readonly collecting: 'order' | 'none';
  readonly requesting: 'order' | 'none';
  readonly thirdParty: 'order' | 'none';
  /** What a collection (type C) is told as: with the milestones of a delivery, or as collected and no more. */
  readonly collections: 'delivery' | 'collected';
  /** Services (`<group>-<code>`) of returns: they go from the delivery's depot back to the collection's. */
  readonly returns: readonly string[];
}

/** What tells our roles: the depots that are ours, and what is done in which role. */
export interface Ours extends RolePolicy {
  readonly depot: { readonly number: string; readonly name: string };
}

export interface Part {
  readonly roles: readonly Role[];
  readonly leg: Leg;
}

/** `0564` and `564`, `Northgate` and `NORTHGATE` are one. */
const plain = (depot: string) =>
  depot
    .trim()
    .toUpperCase()
    .replace(/^0+(?=\d)/, '');

/**
 * Our part in a consignment; null where that cannot be said, since a depot is not told and none that is told is ours. Depots of a
 * return are told as those of the delivery that comes back (assumed).
 */
export function partOf(
  order: { readonly type: 'D' | 'C' | '3'; readonly service: string; readonly collectable: boolean },
  told: Depots,
  ours: Ours,
): Part | null {
  const own = new Set([ours.depot.number, ours.depot.name, ...ours.depots].map(plain).filter((name) => name !== ''));
  const [from, to] = ours.returns.includes(order.service)
    ? [told.delivering, told.collecting]
    : [told.collecting, told.delivering];
  if (plain(from) === '' && plain(to) === '') return null;
  const found: Role[] = [];
  if (own.has(plain(told.requesting))) found.push('requesting');
  if (own.has(plain(from))) found.push('collecting');
  if (own.has(plain(to))) found.push('delivering');
  const drives = found.includes('collecting') || found.includes('delivering');
  if (!drives && (plain(from) === '' || plain(to) === '')) return null;
  const mine: readonly Role[] = found.length === 0 ? ['third party'] : found;
  return { roles: mine, leg: legFor(mine, { ...order, fetched: plain(from) !== '' }, ours) };
}

interface Told {
  readonly type: 'D' | 'C' | '3';
  readonly collectable: boolean;
  /** That some depot collects it. */
  readonly fetched: boolean;
}

function legFor(mine: readonly Role[], order: Told, ours: Ours): Leg {
  if (mine.includes('delivering') && mine.includes('collecting'))
    return order.type !== 'C' && order.collectable ? 'both' : 'as told';
  if (mine.includes('delivering')) return order.type === '3' && order.fetched ? 'delivery' : 'as told';
  if (mine.includes('collecting')) {
    if (ours.collecting === 'none') return 'none';
    if (order.type === 'C') return ours.collections === 'collected' ? 'collection' : 'as told';
    // Nothing to fetch: the shipper brings it, and another depot delivers.
    return order.collectable ? 'collection' : 'none';
  }
  return (mine.includes('requesting') ? ours.requesting : ours.thirdParty) === 'order' ? 'as told' : 'none';
}

/**
 * The order of our leg: the other end is another depot's. With both ends ours one order goes all the way, and no depot is named in
 * it: a tenant of both would tell itself (apis 2.9).
 */
export function ofLeg(order: OrderContent, leg: Leg): OrderContent {
  if (leg === 'collection') return { ...order, type: 'C' };
  if (leg === 'delivery') return { ...order, type: 'D' };
  return leg === 'both' ? { ...order, type: '3', collectionDepot: '', deliveryDepot: '' } : order;
}

const legWords: Readonly<Record<Leg, string>> = {
  'as told': 'the order is as Palletways tells it',
  delivery: 'the order is of the delivery, and another depot collects',
  collection: 'the order is of the collection, and the delivery is told by another depot',
  both: 'one order goes from the shipper to the consignee',
  none: 'nothing of it is ours to drive and no order is made of it at Qargo',
};

/** One sentence for people. */
export function describePart({ roles: mine, leg }: Part): string {
  const who = mine.includes('third party') ? 'another depot’s' : `ours as ${mine.join(', ')} depot`;
  return `This consignment is ${who}: ${legWords[leg]}.`;
}
