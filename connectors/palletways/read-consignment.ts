/** One `Consignment` element, from a push or from getConsignment, to what it says of the order. Pure. */
import { everyPart } from '../../domain/facts/carry-over.ts';
import type { Address, OrderContent } from '../../domain/facts/content.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import { orderDigest, orderHead } from '../../domain/facts/order-digest.ts';
import type { Problems } from '../../domain/facts/problems.ts';
import type { Aliases, ReadingContext } from '../../domain/facts/reading.ts';
import { partOf } from '../../domain/facts/roles.ts';
import { all, has, type Node, text } from './node.ts';
import { furtherElements, readFurther } from './read-further.ts';
import {
  barcodeList,
  conNumber,
  consignmentFields,
  fieldPath,
  palletBarcodes,
  readFields,
  strongId,
  type WireAddress,
  type WireConsignment,
} from './wire.ts';

type New<K extends NewFactFrom<'palletways'>['kind']> = Extract<NewFactFrom<'palletways'>, { kind: K }>;

/** Names and barcodes of one consignment, each null (or none) where not said or not readable. */
export interface Identifiers {
  readonly trackingId: string | null;
  readonly responseId: string | null;
  readonly conNo: string | null;
  readonly barcodes: readonly string[];
}

/** The instant a fact is true at, the zone it was said in, and the text it was read from where one said it. */
export interface Moment {
  readonly at: string;
  readonly zone: string;
  readonly said?: string;
}

/** Reads the identifiers; one that cannot be read is a problem and taken as not said. `path` names the element. */
export function readIdentifiers(node: Node, path: string, problems: Problems): Identifiers {
  const one = (schema: typeof strongId, ...names: readonly [string, ...string[]]): string | null => {
    const said = text(node, ...names);
    if (said === '') return null;
    const read = schema.safeParse(said);
    if (!read.success)
      problems.push({
        field: fieldPath(path, [names[0]]),
        message: read.error.issues[0]?.message ?? 'is not readable',
      });
    return read.data ?? null;
  };
  const pallets = barcodeList.safeParse(palletBarcodes(node));
  for (const issue of pallets.error?.issues ?? []) {
    problems.push({ field: fieldPath(path, ['Pallet', ...issue.path]), message: issue.message });
  }
  return {
    trackingId: one(strongId, 'TrackingID'),
    responseId: one(strongId, 'ResponseID'),
    conNo: one(conNumber, 'Number', 'ConNo'),
    barcodes: pallets.data ?? [],
  };
}

export function toAliases(ids: Identifiers): Aliases {
  return {
    ...(ids.trackingId === null ? {} : { trackingId: ids.trackingId }),
    ...(ids.responseId === null ? {} : { responseId: ids.responseId }),
    ...(ids.conNo === null ? {} : { conNo: ids.conNo }),
    ...(ids.barcodes.length === 0 ? {} : { barcodes: ids.barcodes }),
  };
}

/** Tracking fact, or null where no identifier is there. */
export function trackingFact(
  ids: Pick<Identifiers, 'trackingId' | 'responseId' | 'conNo'>,
  when: Moment,
): New<'tracking'> | null {
  const key = ids.trackingId ?? ids.responseId ?? ids.conNo;
  if (key === null) return null;
  const { trackingId, conNo, responseId } = ids;
  return { kind: 'tracking', id: `pw:tracking:${key}`, ...when, source: 'palletways', trackingId, conNo, responseId };
}

/** Labels fact, or null where no barcode is there. */
export function labelsFact(
  barcodes: readonly string[],
  when: Moment,
  digest: ReadingContext['digest'],
): New<'labels'> | null {
  if (barcodes.length === 0) return null;
  return { kind: 'labels', id: `pw:labels:${digest(barcodes.join('\n'))}`, ...when, source: 'palletways', barcodes };
}

/**
 * The whole order with its content. A field that could not be read is a problem of its own, and the message did not carry it: what was
 * known of it before stands. Null where it is not known what it is, or its address is missing.
 * @param where.account code of the account the consignment stands under, `where.depot` number of that account's depot.
 */
export function orderFact(
  node: Node,
  where: { readonly path: string; readonly account: string; readonly depot: string },
  ids: Identifiers,
  when: Moment,
  { digest, ours }: Pick<ReadingContext, 'digest' | 'ours'>,
  problems: Problems,
): New<'order'> | null {
  const { wire, issues, odd } = readFields(consignmentFields(node));
  for (const issue of issues) problems.push({ field: fieldPath(where.path, issue.path), message: issue.message });
  if (wire === null) return null;
  // Without the number of lifts each bill unit is one.
  if (odd.has('Lifts')) wire.Lifts = wire.BillUnit.reduce((sum, { Amount }) => sum + Amount, 0);
  const content = withFurther(node, toContent(wire, where.account, ids));
  const missing = missingAddress(content);
  if (missing !== null) {
    problems.push({
      field: fieldPath(where.path, ['Address']),
      message: `a ${content.type} consignment needs its ${missing} address`,
    });
    return null;
  }
  const order = {
    ...orderHead(content),
    digests: orderDigests(content, wire, digest),
  };
  const carried = carriedIn(node, content, odd);
  const depots = { requesting: where.depot, collecting: content.collectionDepot, delivering: content.deliveryDepot };
  const part = ours === undefined ? null : partOf({ ...order, collectable: content.collection !== null }, depots, ours);
  return {
    kind: 'order',
    id: `pw:order:${when.at}:${digest(orderDigest(order))}`,
    ...when,
    source: 'palletways',
    ...order,
    ...(part === null ? {} : { roles: part.roles }),
    ...(part === null || part.leg === 'as told' ? {} : { leg: part.leg }),
    ...(carried === null ? {} : { carried }),
    body: content,
  };
}

function withFurther(node: Node, content: OrderContent): OrderContent {
  const further = readFurther(node);
  return Object.keys(further).length === 0 ? content : { ...content, further };
}

/** Where a field of the content, or a part of one, comes from: the first names; any of them says it. What is not here no order is without. */
const elements: Readonly<Record<string, readonly string[]>> = {
  reference: ['Reference'],
  collectionReference: ['CollectionReference'],
  classification: ['Classification'],
  handball: ['HandBall'],
  tailLift: ['TailLift'],
  adrGoods: ['ADRGoods'],
  limitedQuantity: ['LimitedQuantityGoods'],
  instructions: ['ManifestNote'],
  ...Object.fromEntries(Object.entries(furtherElements).map(([part, name]) => [`further.${part}`, [name]])),
  collectionDate: ['CollectionDate'],
  deliveryDate: ['DeliveryDate', 'DueDate'],
  deliveryTime: ['DeliveryTime', 'DueTime'],
  collectionDepot: ['CollectionDepot'],
  deliveryDepot: ['DeliveryDepot'],
  'bookIn.requested': ['BookInRequest'],
  'bookIn.booked': ['BookedIn'],
  'bookIn.contactName': ['BookInContactName'],
  'bookIn.contactPhone': ['BookInContactPhone'],
  'bookIn.reference': ['BookInReference'],
  'bookIn.instructions': ['BookInInstructions', 'BookInContactNote', 'BookInNotes'],
  'collection.contactName': ['CollectionContactName'],
  'collection.telephone': ['CollectionContactNumber'],
  'delivery.contactName': ['DeliveryAddressContactName'],
  'delivery.telephone': ['DeliveryAddressContactNumber'],
};

/** The same of the parts of an `Address`. */
const addressElements: Readonly<Record<keyof Address, readonly string[]>> = {
  contactName: ['ContactName'],
  companyName: ['CompanyName'],
  // A repeated element has no empty form in XML: lines go with their place.
  lines: ['Line', 'Addr1', 'PostCode', 'Town'],
  town: ['Town'],
  county: ['County'],
  postCode: ['PostCode'],
  country: ['Country'],
  telephone: ['Telephone'],
};

/**
 * What of the content the message carried, sorted; null: all. The published answers print an empty element where something is empty
 * (apis-2.md K10), so one that is not there is no part of the answer and says nothing (assumption 8).
 */
function carriedIn(node: Node, content: OrderContent, odd: ReadonlySet<string>): string[] | null {
  const addresses = new Map(all(node, 'Address').map((one) => [text(one, 'Type').toLowerCase(), one]));
  const isThere = (part: string): boolean => {
    const [field = '', leaf] = part.split('.');
    if (isOdd(part, odd)) return false;
    const address = addresses.get(field);
    const isNamed = (names: readonly string[], of: Node) => names.some((name) => has(of, name));
    const outside = isNamed(elements[part] ?? [], node);
    if (leaf === undefined || address === undefined) {
      if (outside || field === 'collection' || field === 'delivery') return outside;
    } else {
      const inside = isNamed(addressElements[leaf as keyof Address] ?? [], address);
      // Who is to be rung stands in the address, beside it or in both: an empty one alone says nothing.
      const isEither = Object.hasOwn(elements, part) && valueAt(content, part) === '';
      return isEither ? outside && inside : outside || inside;
    }
    // Identifiers and barcodes come one by one: an empty one says that it is not known yet.
    if (field === 'conNo' || field === 'trackingId' || field === 'responseId') return content[field] !== null;
    if (field === 'barcodes') return content.barcodes.length > 0;
    return !Object.hasOwn(elements, part);
  };
  const parts = everyPart(content);
  const carried = parts.filter(isThere).sort();
  return carried.length === parts.length ? null : carried;
}

/** Elements of the parts that have no list of their own in {@link elements}: what no order is without. */
const ownElements: Readonly<Record<string, string>> = {
  lifts: 'Lifts',
  weight: 'Weight',
  billUnits: 'BillUnit',
  serviceGroup: 'Service',
  serviceCode: 'Service',
};

/** Whether an element that says this part could not be read. */
function isOdd(part: string, odd: ReadonlySet<string>): boolean {
  if (odd.size === 0) return false;
  const [field = '', leaf] = part.split('.');
  const names = [...(elements[part] ?? []), ...(part in ownElements ? [ownElements[part] ?? ''] : [])];
  if (field === 'collection' || field === 'delivery')
    names.push('Address', ...(addressElements[leaf as keyof Address] ?? []).map((name) => `${field}.${name}`));
  return names.some((name) => odd.has(name));
}

/** The value of a field of the content, or of a part of one. */
function valueAt(content: OrderContent, part: string): unknown {
  return part.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], content);
}

function missingAddress(content: OrderContent): 'collection' | 'delivery' | null {
  if (content.type !== 'D' && content.collection === null) return 'collection';
  return content.type !== 'C' && content.delivery === null ? 'delivery' : null;
}

function toContent(wire: WireConsignment, account: string, ids: Identifiers): OrderContent {
  // A third-party consignment has a service for each leg (apis.md 1.4); the delivery one is the consignment's.
  const leg = wire.Type === 'C' ? 'collection' : 'delivery';
  const service = wire.Service.find((one) => one.Type === leg) ?? wire.Service[0];
  return {
    conNo: ids.conNo,
    trackingId: ids.trackingId,
    responseId: ids.responseId,
    type: wire.Type,
    account,
    reference: wire.Reference,
    collectionReference: wire.CollectionReference,
    classification: wire.Classification,
    serviceGroup: service?.Code ?? '',
    serviceCode: service?.Surcharge ?? '',
    lifts: wire.Lifts,
    weight: wire.Weight,
    billUnits: wire.BillUnit.map((unit) => ({ type: unit.Type, amount: unit.Amount })),
    handball: wire.HandBall,
    tailLift: wire.TailLift,
    adrGoods: wire.ADRGoods,
    limitedQuantity: wire.LimitedQuantityGoods,
    instructions: wire.ManifestNote,
    collectionDate: wire.CollectionDate,
    deliveryDate: wire.DeliveryDate ?? wire.DueDate,
    deliveryTime: wire.DeliveryTime ?? wire.DueTime,
    bookIn: {
      requested: wire.BookInRequest,
      booked: wire.BookedIn,
      contactName: wire.BookInContactName,
      contactPhone: wire.BookInContactPhone,
      reference: wire.BookInReference,
      instructions: [wire.BookInInstructions, wire.BookInContactNote, wire.BookInNotes]
        .filter((said) => said !== '')
        .join('\n'),
    },
    collectionDepot: wire.CollectionDepot,
    deliveryDepot: wire.DeliveryDepot,
    collection: toAddress(wire.Address, 'collection', wire.CollectionContactName, wire.CollectionContactNumber),
    delivery: toAddress(wire.Address, 'delivery', wire.DeliveryAddressContactName, wire.DeliveryAddressContactNumber),
    barcodes: ids.barcodes,
  };
}

function toAddress(
  addresses: readonly WireAddress[],
  type: 'collection' | 'delivery',
  contact: string,
  phone: string,
): Address | null {
  const found = addresses.find((one) => one.Type === type);
  if (found === undefined) return null;
  return {
    contactName: found.ContactName || contact,
    companyName: found.CompanyName,
    lines: found.Line,
    town: found.Town,
    county: found.County,
    postCode: found.PostCode,
    country: found.Country,
    telephone: found.Telephone || phone,
  };
}

/**
 * Keyed digests by field: of every field that can hold personal data, and of the fields that the envelope has no
 * room of its own for, so that a change of any of them shows. Empty and false ones are left out.
 */
function orderDigests(
  content: OrderContent,
  wire: WireConsignment,
  digest: ReadingContext['digest'],
): Record<string, string> {
  const yes = (said: boolean) => (said ? 'yes' : '');
  const fields: Record<string, string> = {
    account: content.account,
    reference: content.reference,
    collectionReference: content.collectionReference,
    classification: content.classification,
    handball: yes(content.handball),
    tailLift: yes(content.tailLift),
    adrGoods: yes(content.adrGoods),
    limitedQuantity: yes(content.limitedQuantity),
    instructions: content.instructions,
    ...Object.fromEntries(Object.entries(content.further ?? {}).map(([part, said]) => [`further.${part}`, said])),
    deliveryTime: content.deliveryTime ?? '',
    'bookIn.requested': yes(content.bookIn.requested),
    'bookIn.booked': yes(content.bookIn.booked),
    'bookIn.contactName': content.bookIn.contactName,
    'bookIn.contactPhone': content.bookIn.contactPhone,
    'bookIn.reference': content.bookIn.reference,
    'bookIn.instructions': content.bookIn.instructions,
    collectionDepot: content.collectionDepot,
    deliveryDepot: content.deliveryDepot,
    // The second leg's service of a third-party consignment.
    services:
      wire.Service.length > 1
        ? wire.Service.map((one) => `${one.Type}:${one.Code}-${one.Surcharge}`)
            .sort()
            .join('\n')
        : '',
    ...addressFields('collection', content.collection),
    ...addressFields('delivery', content.delivery),
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, said]) => (said === '' ? [] : [[name, digest(said)]])),
  );
}

function addressFields(prefix: string, address: Address | null): Record<string, string> {
  if (address === null) return {};
  return Object.fromEntries(
    Object.entries(address).map(([name, said]: [string, string | readonly string[]]) => [
      `${prefix}.${name}`,
      typeof said === 'string' ? said : said.join('\n'),
    ]),
  );
}
