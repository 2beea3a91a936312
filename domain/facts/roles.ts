/** Works out which leg of a consignment is ours, from the depots that Palletways names, and what we do for it. Pure. */
import type { OrderContent } from './content.ts';

/** `third party` means that none of its depots is ours. A consignment may be ours in several roles. */
export const roles = ['requesting', 'collecting', 'delivering', 'third party'] as const;
export type Role = (typeof roles)[number];

/**
 * The leg that we drive. `as told`: as Palletways reports the order, also where it names no depots. `delivery`: from our depot to the
 * consignee. `collection`: from the shipper to our depot. `both`: from the shipper to the consignee. `none`: we drive nothing and make no
 * order.
 */
export type Leg = 'as told' | 'delivery' | 'collection' | 'both' | 'none';

/** The numbers or names of a consignment's depots, as Palletways writes them. One is empty where Palletways does not name that depot. */
export interface Depots {
  readonly requesting: string;
  readonly collecting: string;
  readonly delivering: string;
}

export interface RolePolicy {
  /** Other numbers and names, besides `palletways.depot`, under which Palletways may name depots of ours. */
  readonly depots: readonly string[];
  /** These three say whether an order is made where we only collect, only requested, or have no part. */
  readonly collecting: 'order' | 'none';
  readonly requesting: 'order' | 'none';
  readonly thirdParty: 'order' | 'none';
  /** How a collection (type C) is reported to Palletways: with the milestones of a delivery, or only as collected. */
  readonly collections: 'delivery' | 'collected';
  /** The services (`<group>-<code>`) of returns. A return goes from the delivery's depot back to the collection's. */
  readonly returns: readonly string[];
}

/** Our roles are worked out from this: the depots that are ours, and what is done in which role. */
export interface Ours extends RolePolicy {
  readonly depot: { readonly number: string; readonly name: string };
}

export interface Part {
  readonly roles: readonly Role[];
  readonly leg: Leg;
}

/** Writes a depot in one way: `0564` and `564` become the same, and so do `Northgate` and `NORTHGATE`. */
const plain = (depot: string) =>
  depot
    .trim()
    .toUpperCase()
    .replace(/^0+(?=\d)/, '');

/**
 * Works out our part in a consignment; null where that is unknown, because a depot is not named and none of the named ones is ours. We
 * assume that a return names the depots of the delivery that comes back.
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
  if (plain(from) === '' && plain(to) === '') {
    // Whoever is given a collection collects it, whether or not Palletways names the depot.
    return order.type === 'C' && ours.collections === 'collected' ? { roles: ['collecting'], leg: 'collection' } : null;
  }
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
  /** True where a depot collects it. */
  readonly fetched: boolean;
}

function legFor(mine: readonly Role[], order: Told, ours: Ours): Leg {
  if (
    mine.includes('collecting') &&
    ours.collecting !== 'none' &&
    order.type === 'C' &&
    ours.collections === 'collected'
  )
    return 'collection';
  if (mine.includes('delivering') && mine.includes('collecting'))
    return order.type !== 'C' && order.collectable ? 'both' : 'as told';
  if (mine.includes('delivering')) return order.type === '3' && order.fetched ? 'delivery' : 'as told';
  if (mine.includes('collecting')) {
    if (ours.collecting === 'none') return 'none';
    if (order.type === 'C') return 'as told';
    // There is nothing to collect: the shipper brings the goods, and another depot delivers them.
    return order.collectable ? 'collection' : 'none';
  }
  return (mine.includes('requesting') ? ours.requesting : ours.thirdParty) === 'order' ? 'as told' : 'none';
}

/**
 * The order for our leg, whose other end is another depot's. Where both ends are ours, one order goes all the way, and it names no depot,
 * because a tenant that has both would report to itself (apis 2.9).
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

/** Describes our part in one sentence for people. */
export function describePart({ roles: mine, leg }: Part): string {
  const who = mine.includes('third party') ? 'another depot’s' : `ours as ${mine.join(', ')} depot`;
  return `This consignment is ${who}: ${legWords[leg]}.`;
}
