/** Qargo's order status and order documents, as read (apis 2.8, appendix C; wire-assumptions 1 and 3.2). Pure. */

import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { sizeValue } from '../../domain/policy/charges.ts';
import { defaultTables, type ReadingTables, statuses } from './config.ts';
import { isNoInstant, momentOf, readInstant, type WrittenInstant } from './instant.ts';
import { billUnitOf } from './mapping.ts';
import { endingOf } from './read-endings.ts';
import {
  countDocument,
  documentFact,
  documentRole,
  Gathering,
  orderAliases,
  planFact,
  vehicleOf,
} from './read-events.ts';
import { type Earlier, exceptionsOf, failureOf, type IncidentRead, type StopStatus } from './read-failures.ts';
import { isEnded, reasonCode, type StopReport, stopEta, stopMilestones } from './read-stops.ts';
import * as wire from './wire.ts';
import type { GoodRead } from './write-partial-goods.ts';

export interface OrderStatus {
  /** Exactly one heard, which may hold no facts. */
  readonly reading: Reading;
  /** Empty where the answer was no order. */
  readonly orderId: string;
  readonly status: string;
  /** For a partial update. */
  readonly goods: readonly Required<GoodRead>[];
  /** Consignment stops first, pickup before delivery, then what planning put between. */
  readonly stops: readonly (StopReport & { readonly consignment?: string })[];
  /** Every delivery stop has ended, well (`COMPLETED`) or not (`IGNORED`). */
  readonly deliveryEnded: boolean;
  /** The trip and vehicle, null where not planned. Vehicle in clear: for people, not for facts. */
  readonly planned: { readonly trip: string; readonly name: string; readonly vehicle: string } | null;
}

/**
 * The answer of the order status to facts. Never throws; a member that cannot be read is a problem, the rest counts.
 *
 * Incidents stay on a stop that is planned again, without a time of their own. With `earlier` given, of each code as
 * many are news as were not heard before, and they count from arrival on; without it they count once the stop has
 * ended, and those of an attempt that failed are left out of a completed stop.
 *
 * With `isPartial` (a trip's part of the order) signatures and stops of other trips are not there: how a completed stop with an incident
 * ended is left to the order's own read.
 *
 * @param startedAt when the read was started, UTC ISO: the instant of the plan, which is a snapshot.
 */
export function readOrderStatus(
  answer: unknown,
  context: ReadingContext,
  startedAt: string,
  more: { readonly tables?: ReadingTables; readonly earlier?: Earlier; readonly isPartial?: true } = {},
): OrderStatus {
  const gathering = new Gathering();
  const tables = more.tables ?? defaultTables;
  const order = gathering.part(wire.orderWithStatus, answer, '');
  if (order === null) {
    gathering.add({});
    return {
      reading: gathering.reading(),
      orderId: '',
      status: '',
      goods: [],
      stops: [],
      deliveryEnded: false,
      planned: null,
    };
  }
  const aliases = orderAliases(order);
  gathering.add(aliases);

  const { planned, tripOf } = readShipments(gathering, order.shipments ?? []);
  const all = readConsignments(gathering, order.consignments ?? [], tables);
  const types = more.earlier?.types ?? {};
  const isPartial = more.isPartial === true;
  const allStops = readStops(gathering, order, all, { tables, tripOf, types, isPartial });
  const consignments = oursAmong(all, allStops, types, order.customer_reference_number ?? '');
  const stops = stopsOf(consignments, allStops, all);
  const deliveries = stops.filter((stop) => stop.type === 'DELIVERY');
  const said: WrittenInstant = { at: startedAt, zone: 'UTC' };
  const reading = { tables, startedAt, ...(more.earlier === undefined ? {} : { earlier: more.earlier }) };

  countStatuses(gathering, order.status ?? '', stops);
  const failedAt = stops.flatMap((stop) => {
    const isOpenHow = isPartial && stop.status === 'COMPLETED' && stop.details.length > 0;
    const signed = wasSignedFor(stop, consignments, tables);
    const failed = isOpenHow ? null : failureOf(stop, { ...reading, wasSignedFor: signed, stops });
    gathering.add(aliases, ...factsOfStop(gathering, stop, { ...reading, said, failed, isOpenHow }));
    return failed === null ? [] : [stop.id];
  });
  for (const consignment of consignments) gathering.add(aliases, ...goodsExceptions(consignment, deliveries, reading));
  for (const consignment of consignments) gathering.add(aliases, ...proofs(gathering, consignment, stops, tables));
  // An attempt that failed is told before that nobody is to try again.
  // A trip on which all has ended cannot tell what comes next: a retry stands at a stop of its own.
  const isPast = isPartial && deliveries.length > 0 && deliveries.every(({ status }) => isEnded(status));
  const trip = isPast ? null : planned(deliveries);
  if (trip !== null) gathering.add(aliases, planFact({ id: trip.trip, name: trip.name }, trip.vehicle, said, context));
  else if (!isPast && isUnplanned(deliveries)) gathering.add(aliases, planFact(null, '', said, context));
  countTimesAtOnce(gathering, stops);
  if (more.earlier !== undefined && !isPartial) {
    const ending = endingOf({ status: order.status ?? '', stops: allStops, failed: failedAt }, startedAt, more.earlier);
    if (ending !== null) gathering.add(aliases, ending);
  }

  return {
    reading: gathering.reading(),
    orderId: order.id,
    status: order.status ?? '',
    goods: consignments.flatMap(({ goods }) => goods),
    stops: stops.map(({ details, ...stop }) => ({ ...stop, incidents: details.map(({ reason }) => reason) })),
    deliveryEnded:
      deliveries.length > 0 && deliveries.every((stop) => stop.status === 'COMPLETED' || stop.status === 'IGNORED'),
    planned: trip,
  };
}

/**
 * The consignments of the order that are ours: planners add others, and merge orders (assumptions 40, 50). Those with a stop that was known as
 * ours; where none was, those that carry the reference of the order, as we write it; else all.
 */
function oursAmong(
  all: readonly Consignment[],
  stops: readonly StopStatus[],
  types: Earlier['types'],
  reference: string,
): readonly Consignment[] {
  if (all.length < 2) return all;
  const known = all.filter(({ id }) => stops.some((stop) => stop.consignment === id && Object.hasOwn(types, stop.id)));
  if (known.length > 0) return known;
  const named = reference === '' ? [] : all.filter((one) => one.reference === reference);
  return named.length > 0 ? named : all;
}

/** The stops of these consignments, and those that name none. */
function stopsOf(
  ours: readonly Consignment[],
  stops: readonly StopStatus[],
  all: readonly Consignment[],
): readonly StopStatus[] {
  const others = new Set(all.flatMap((one) => (ours.includes(one) ? [] : [one.id])));
  return stops.filter(({ consignment }) => consignment === undefined || !others.has(consignment));
}

/** Counts orders whose pickup and delivery ended at one instant: nobody was at both, so that somebody entered the times later (assumption 47). */
function countTimesAtOnce(gathering: Gathering, stops: readonly StopReport[]): void {
  const ends = (type: string) =>
    stops.flatMap((stop) => (stop.type === type && stop.status === 'COMPLETED' && stop.end ? [stop.end.at] : []));
  const delivered = new Set(ends('DELIVERY'));
  if (ends('PICKUP').some((at) => delivered.has(at))) gathering.unused('times of stops', 'all at once');
}

/** Counts statuses that no published list has. */
function countStatuses(gathering: Gathering, order: string, stops: readonly StopReport[]): void {
  const isKnown = (list: readonly string[], status: string) => status === '' || list.includes(status);
  if (!isKnown(statuses.order, order)) gathering.unused('order status', order);
  for (const { status } of stops) if (!isKnown(statuses.stop, status)) gathering.unused('stop status', status);
}

/** What a stop says: milestones, what was noted, the attempt that failed, the estimate. `isOpenHow`: how it ended is not told. */
function factsOfStop(
  gathering: Gathering,
  stop: StopStatus,
  {
    said,
    failed,
    isOpenHow,
    ...reading
  }: Parameters<typeof exceptionsOf>[2] & {
    readonly said: WrittenInstant;
    readonly failed: ReturnType<typeof failureOf>;
    readonly isOpenHow: boolean;
  },
): NewFactFrom<'qargo'>[] {
  const { tables } = reading;
  const missing = (time: string) => gathering.problem(`stop ${stop.id}.${time}_timestamp`, `missing at ${stop.status}`);
  const milestones = stopMilestones(stop, null, tables, missing).filter(
    ({ milestone }) => (failed === null && !isOpenHow) || (milestone !== 'delivered' && milestone !== 'failed'),
  );
  return [
    ...milestones,
    ...exceptionsOf(stop, failed, reading),
    ...(failed === null ? [] : [failed]),
    ...stopEta({ ...stop, eta: stop.start }, said, tables),
  ];
}

/** Measured dimensions as their value; null where one of them is not said. */
function sizeRead({ unit_length_m: length, unit_width_m: width, unit_height_m: height }: wire.Good): string | null {
  return length && width && height ? sizeValue([length, width, height]) : null;
}

/** A good in the few words a partial update needs. */
export function goodRead(good: wire.Good, { packagings }: Pick<ReadingTables, 'packagings'>): Required<GoodRead> {
  const packaging = good.packaging_type?.packaging_size?.code ?? good.packaging_type?.code ?? null;
  return {
    id: good.id,
    packaging: packaging === null ? null : billUnitOf(packaging, packagings),
    quantity: good.quantity ?? null,
    weight: good.total_weight_kg ?? null,
    adr: good.adr_type ?? null,
    size: sizeRead(good),
    handlingUnits: (good.handling_units ?? []).flatMap((unit) => (unit.barcode?.value ? [unit.barcode.value] : [])),
  };
}

// --- plan -----------------------------------------------------------------------------------------------------

interface Shipment {
  readonly trip: string;
  readonly name: string;
  readonly vehicle: string;
  readonly stops: readonly string[];
}

function readShipments(gathering: Gathering, values: readonly unknown[]) {
  const shipments = values.flatMap((value, index): Shipment[] => {
    const path = `shipments[${index}]`;
    const shipment = gathering.part(wire.shipment, value, path);
    if (shipment === null) return [];
    const resources = (shipment.resource_allocations ?? []).flatMap((entry, at) => {
      const resource = gathering.part(wire.allocation, entry, `${path}.resource_allocations[${at}]`)?.resource;
      return resource === undefined ? [] : [{ ...resource, type: resource.resource_type ?? '' }];
    });
    const stops = (shipment.stops ?? []).flatMap((stop) => {
      const parsed = wire.stop.pick({ id: true }).safeParse(stop);
      return parsed.success ? [parsed.data.id] : [];
    });
    return [{ trip: shipment.id, name: shipment.name ?? '', vehicle: vehicleOf(resources), stops }];
  });
  const of = (stop: string) =>
    shipments.find(({ stops }) => stops.includes(stop)) ?? (shipments.length === 1 ? shipments[0] : undefined);
  return {
    /** The trip that delivers next, else the last one. One that the order names and that has other stops alone is of what was before. */
    planned: (deliveries: readonly StopReport[]) => {
      const next = nextDelivery(deliveries);
      if (next !== undefined && isToPlan(next)) return null;
      const found = (next === undefined ? undefined : of(next.id)) ?? shipments.at(-1);
      return found === undefined ? null : { trip: found.trip, name: found.name, vehicle: found.vehicle };
    },
    tripOf: (stop: string) => of(stop)?.trip,
  };
}

/** The delivery that comes next, else the last one: a retry adds others. */
const nextDelivery = (deliveries: readonly StopReport[]): StopReport | undefined =>
  deliveries.findLast(({ status }) => !isEnded(status)) ?? deliveries.at(-1);

/** Nobody is to go there: to be planned, held back, or taken out of the routing. */
const isToPlan = ({ status }: StopReport): boolean => ['TO_PLAN', 'BLOCKED', 'CANCELLED'].includes(status);

/** Whether nobody is to deliver any more as it stands. */
function isUnplanned(deliveries: readonly StopReport[]): boolean {
  const next = nextDelivery(deliveries);
  return next !== undefined && isToPlan(next);
}

// --- stops ----------------------------------------------------------------------------------------------------

interface Consignment {
  readonly id: string;
  readonly reference: string;
  readonly path: string;
  readonly pickup: unknown;
  readonly delivery: unknown;
  readonly goods: readonly Required<GoodRead>[];
  /** Of each good, in the order of `goods`. */
  readonly incidents: readonly (readonly IncidentRead[])[];
  readonly signatures: readonly unknown[];
}

function readConsignments(gathering: Gathering, values: readonly unknown[], tables: ReadingTables): Consignment[] {
  return values.flatMap((value, index): Consignment[] => {
    const path = `consignments[${index}]`;
    const consignment = gathering.part(wire.consignment, value, path);
    if (consignment === null) return [];
    const goods = (consignment.goods ?? []).flatMap((entry, at) => {
      const good = gathering.part(wire.good, entry, `${path}.goods[${at}]`);
      if (good === null) return [];
      return [
        {
          good: goodRead(good, tables),
          incidents: readIncidents(gathering, good.incidents ?? [], `${path}.goods[${at}]`, tables),
        },
      ];
    });
    const { id, pickup_stop: pickup, delivery_stop: delivery } = consignment;
    const [read, incidents] = [goods.map(({ good }) => good), goods.map((each) => each.incidents)];
    const reference = consignment.consignment_reference_number ?? '';
    return [
      { id, reference, path, pickup, delivery, goods: read, incidents, signatures: consignment.signatures ?? [] },
    ];
  });
}

interface StopPart {
  readonly type: string;
  readonly path: string;
  readonly stop: wire.Stop;
  readonly consignment?: string;
}

/**
 * A stop of an order names no type: the consignment knows its pickup and delivery, `stops[]` has their state. A
 * stop that is told in both places is taken from `stops[]`. What follows the delivery of a consignment is a retry: from the
 * hub, and to the consignee (assumption 39). Any other stop is what it was known as, and of its own kind where it was never.
 */
function readStops(
  gathering: Gathering,
  order: {
    readonly stops?: readonly unknown[] | null | undefined;
    readonly first_pickup_stop?: unknown;
    readonly last_delivery_stop?: unknown;
  },
  consignments: readonly Consignment[],
  {
    tables,
    tripOf,
    types,
    isPartial,
  }: {
    readonly tables: ReadingTables;
    readonly tripOf: (stop: string) => string | undefined;
    readonly types: Earlier['types'];
    readonly isPartial: boolean;
  },
): StopStatus[] {
  // An order that another one carries has stops that name no consignment.
  const only = isPartial || consignments.length !== 1 ? undefined : consignments[0]?.id;
  const ends = consignments.flatMap(({ id, path, pickup, delivery }) => [
    { type: 'PICKUP', path: `${path}.pickup_stop`, value: pickup, consignment: id },
    { type: 'DELIVERY', path: `${path}.delivery_stop`, value: delivery, consignment: id },
  ]);
  const bare = [
    { type: 'PICKUP', path: 'first_pickup_stop', value: order.first_pickup_stop },
    { type: 'DELIVERY', path: 'last_delivery_stop', value: order.last_delivery_stop },
  ];
  const listed = (order.stops ?? []).map((value, index) => ({ type: '', path: `stops[${index}]`, value }));
  const all: readonly { type: string; path: string; value: unknown; consignment?: string }[] = [
    ...(ends.length > 0 ? ends : bare),
    ...listed,
  ];
  const found = new Map<string, StopPart>();
  for (const { path, value, ...of } of all) {
    if (value === null || value === undefined) continue;
    const stop = gathering.part(wire.stop, value, path);
    if (stop === null) continue;
    const known = found.get(stop.id);
    const consignment = stop.consignment_id ?? known?.consignment ?? of.consignment ?? only;
    const type = known?.type || of.type;
    found.set(stop.id, { type, path, stop, ...(consignment ? { consignment } : {}) });
  }
  const inOrder = (order.stops ?? []).flatMap((value) => wire.stop.safeParse(value).data?.id ?? []);
  const retries = retriesAmong(
    inOrder.flatMap((id) => found.get(id) ?? []),
    consignments.map(({ id }) => id),
  );
  return [...found.values()].map(({ type, path, stop, consignment }) => {
    const trip = tripOf(stop.id);
    const incidents = readIncidents(gathering, stop.incidents ?? [], path, tables);
    return {
      id: stop.id,
      type: type || (retries.has(stop.id) ? 'DELIVERY' : (types[stop.id] ?? 'CUSTOM')),
      status: stop.status ?? '',
      start: gathering.instant(stop.start_timestamp, `${path}.start_timestamp`),
      end: gathering.instant(stop.end_timestamp, `${path}.end_timestamp`),
      ...(trip === undefined ? {} : { trip }),
      ...(consignment === undefined ? {} : { consignment }),
      incidents: incidents.map(({ reason }) => reason),
      details: incidents,
    };
  });
}

/** Stops to which a retry goes: each is the second of a pair behind the delivery of its consignment. */
function retriesAmong(stops: readonly StopPart[], consignments: readonly string[]): ReadonlySet<string> {
  return new Set(
    consignments.flatMap((consignment) => {
      const own = stops.filter((stop) => stop.consignment === consignment);
      const at = own.findIndex(({ type }) => type === 'DELIVERY');
      const behind = at === -1 ? [] : own.slice(at + 1).toReversed();
      return behind.filter((_, nth) => nth % 2 === 0).map(({ stop }) => stop.id);
    }),
  );
}

function readIncidents(
  gathering: Gathering,
  values: readonly unknown[],
  path: string,
  tables: ReadingTables,
): IncidentRead[] {
  return values.flatMap((value, index): IncidentRead[] => {
    const incident = gathering.part(wire.incident, value, `${path}.incidents[${index}]`);
    return incident === null ? [] : [{ ...incident, reason: reasonCode(incident.code, tables) }];
  });
}

/**
 * What was noted of goods when the delivery ended: of one pallet where the good is one, or where the description names the barcode.
 * They stand under the good's own id, so that they are not counted with what was noted of the stop.
 */
function goodsExceptions(
  { delivery, goods, incidents }: Consignment,
  deliveries: readonly StopStatus[],
  reading: Parameters<typeof exceptionsOf>[2],
): NewFactFrom<'qargo'>[] {
  const id = wire.stop.pick({ id: true }).safeParse(delivery).data?.id;
  const stop = deliveries.find((each) => each.id === id);
  if (stop === undefined) return [];
  return goods.flatMap((good, nth) =>
    exceptionsOf({ ...stop, id: `good:${good.id}`, details: incidents[nth] ?? [] }, null, reading).map(
      (fact): NewFactFrom<'qargo'> => {
        const text = fact.kind === 'exception' ? JSON.stringify(fact.body ?? '') : '';
        const named = good.handlingUnits.filter((barcode) => text.includes(barcode));
        const [barcode, other] = good.handlingUnits.length === 1 ? good.handlingUnits : named;
        return fact.kind !== 'exception' || barcode === undefined || other !== undefined ? fact : { ...fact, barcode };
      },
    ),
  );
}

// --- proof ----------------------------------------------------------------------------------------------------

/** Signatures that prove the job. One without a time is of the end of the stop where it was given, once that is known. */
function proofs(
  gathering: Gathering,
  consignment: Consignment,
  stops: readonly StopReport[],
  tables: ReadingTables,
): NewFactFrom<'qargo'>[] {
  return consignment.signatures.flatMap((value, index): NewFactFrom<'qargo'>[] => {
    const path = `${consignment.path}.signatures[${index}]`;
    const signature = gathering.part(wire.signature, value, path);
    if (signature === null || !tables.signatureTypes.some((type) => type === signature.type)) return [];
    const where = signature.type === 'CONSIGNOR' ? 'PICKUP' : 'DELIVERY';
    const done = stops.findLast((stop) => stop.type === where && stop.status === 'COMPLETED')?.end ?? null;
    const isSaid = typeof signature.timestamp === 'string' && !isNoInstant(signature.timestamp);
    const said = isSaid ? gathering.instant(signature.timestamp, `${path}.timestamp`) : done;
    if (said === null) return [];
    return [
      {
        kind: 'pod',
        id: `qg:pod:${consignment.id}:${said.at}`,
        ...momentOf(said),
        source: 'qargo',
        body: { name: signature.name ?? '' },
      },
    ];
  });
}

/** Whether the consignee signed while somebody was at this stop: then it was handed over, whatever else was noted. */
function wasSignedFor(stop: StopStatus, consignments: readonly Consignment[], tables: ReadingTables): boolean {
  const [from, to] = [stop.start?.at, stop.end?.at];
  if (from === undefined || to === undefined) return false;
  return consignments
    .filter(({ id }) => stop.consignment === undefined || stop.consignment === id)
    .flatMap(({ signatures }) => signatures)
    .some((value) => {
      const signature = wire.signature.safeParse(value).data;
      const at = signature?.timestamp ? readInstant(signature.timestamp)?.at : undefined;
      return (
        at !== undefined && at >= from && at <= to && tables.signatureTypes.some((type) => type === signature?.type)
      );
    });
}

/**
 * `GET /v1/orders/order/{id}/documents` to facts, in one heard of that order; only what Palletways is owed. A
 * document has no time of its own here: it is of `context.receivedAt`. Never throws.
 */
export function readDocuments(
  documents: unknown,
  orderId: string,
  context: ReadingContext,
  tables: ReadingTables = defaultTables,
): Reading {
  const gathering = new Gathering();
  gathering.add({ qargoOrderId: orderId });
  for (const [index, entry] of (gathering.part(wire.documents, documents, '') ?? []).entries()) {
    const document = gathering.part(wire.document, entry, `[${index}]`);
    if (document === null) continue;
    const role = documentRole(document.type, tables);
    if (role === null) {
      countDocument(gathering, document.type, tables);
      continue;
    }
    const { id, name, type } = document;
    const fact = documentFact({ id, name, type, contentType: document.content_type ?? '' }, role, {
      at: context.receivedAt,
      zone: 'UTC',
    });
    gathering.add({ qargoOrderId: orderId }, fact);
  }
  return gathering.reading();
}
