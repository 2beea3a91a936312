/** Qargo's order status and order documents, as read (apis 2.8, appendix C; wire-assumptions 1 and 3.2). Pure. */

import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { sizeValue } from '../../domain/policy/charges.ts';
import { defaultTables, type ReadingTables } from './config.ts';
import { momentOf, type WrittenInstant } from './instant.ts';
import { billUnitOf } from './mapping.ts';
import { documentFact, documentRole, Gathering, orderAliases, planFact, vehicleOf } from './read-events.ts';
import { reasonCode, type StopReport, stopEta, stopMilestones } from './read-stops.ts';
import * as wire from './wire.ts';
import type { GoodRead } from './write-partial-goods.ts';

/** An exception heard of this consignment before: its name, stop, our reason code and its instant. */
export interface EarlierException {
  readonly id?: string;
  readonly stop: string;
  readonly code: string;
  readonly at: string;
}

export interface OrderStatus {
  /** Exactly one heard, which may hold no facts. */
  readonly reading: Reading;
  /** Empty where the answer was no order. */
  readonly orderId: string;
  readonly status: string;
  /** For a partial update. */
  readonly goods: readonly Required<GoodRead>[];
  /** Consignment stops first, pickup before delivery, then what planning put between. */
  readonly stops: readonly StopReport[];
  /** Every delivery stop has ended, well (`COMPLETED`) or not (`IGNORED`). */
  readonly deliveryEnded: boolean;
  /** The trip and vehicle, null where not planned. Vehicle in clear: for people, not for facts. */
  readonly planned: { readonly trip: string; readonly name: string; readonly vehicle: string } | null;
}

/** Codes that a completed stop cannot have earned itself: they are of an earlier attempt (incidents are kept). */
const failures = ['CARDED', 'ADDRESS', 'CLOSED'];

/**
 * The answer of the order status to facts. Never throws; a member that cannot be read is a problem, the rest counts.
 *
 * Incidents stay on a stop that is planned again, without a time of their own. With `earlier` given, of each code as
 * many are news as were not heard before, and they count from arrival on; without it they count once the stop has
 * ended, and those of an attempt that failed are left out of a completed stop.
 *
 * @param startedAt when the read was started, UTC ISO: the instant of the plan, which is a snapshot.
 */
export function readOrderStatus(
  answer: unknown,
  context: ReadingContext,
  startedAt: string,
  more: { readonly tables?: ReadingTables; readonly earlier?: readonly EarlierException[] } = {},
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
  const consignments = readConsignments(gathering, order.consignments ?? [], tables);
  const stops = readStops(gathering, order, consignments, tables, tripOf);
  const deliveries = stops.filter((stop) => stop.type === 'DELIVERY');
  const said: WrittenInstant = { at: startedAt, zone: 'UTC' };
  const trip = planned(deliveries.at(-1)?.id);
  if (trip !== null) gathering.add(aliases, planFact({ id: trip.trip, name: trip.name }, trip.vehicle, said, context));
  else if (deliveries.length > 0 && deliveries.every((stop) => stop.status === 'TO_PLAN'))
    gathering.add(aliases, planFact(null, '', said, context));

  for (const stop of stops) {
    const missing = (time: string) =>
      gathering.problem(`stop ${stop.id}.${time}_timestamp`, `missing at ${stop.status}`);
    gathering.add(aliases, ...stopMilestones(stop, null, tables, missing), ...exceptions(stop, more.earlier));
    gathering.add(aliases, ...stopEta({ ...stop, eta: stop.start }, said, tables));
  }
  for (const consignment of consignments)
    gathering.add(aliases, ...goodsExceptions(consignment, deliveries, more.earlier));
  for (const consignment of consignments) gathering.add(aliases, ...proofs(gathering, consignment, stops, tables));

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
    /** The trip that delivers, else the last one. */
    planned: (delivery: string | undefined) => {
      const found = (delivery === undefined ? undefined : of(delivery)) ?? shipments.at(-1);
      return found === undefined ? null : { trip: found.trip, name: found.name, vehicle: found.vehicle };
    },
    tripOf: (stop: string) => of(stop)?.trip,
  };
}

// --- stops ----------------------------------------------------------------------------------------------------

interface Consignment {
  readonly id: string;
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
    return [{ id, path, pickup, delivery, goods: read, incidents, signatures: consignment.signatures ?? [] }];
  });
}

interface StopPart {
  readonly type: string;
  readonly path: string;
  readonly stop: wire.Stop;
}

/**
 * A stop of an order names no type: the consignment knows its pickup and delivery, `stops[]` has their state. A
 * stop that is told in both places is taken from `stops[]`.
 */
function readStops(
  gathering: Gathering,
  order: {
    readonly stops?: readonly unknown[] | null | undefined;
    readonly first_pickup_stop?: unknown;
    readonly last_delivery_stop?: unknown;
  },
  consignments: readonly Consignment[],
  tables: ReadingTables,
  tripOf: (stop: string) => string | undefined,
): StopStatus[] {
  const ends = consignments.flatMap(({ path, pickup, delivery }) => [
    { type: 'PICKUP', path: `${path}.pickup_stop`, value: pickup },
    { type: 'DELIVERY', path: `${path}.delivery_stop`, value: delivery },
  ]);
  const bare = [
    { type: 'PICKUP', path: 'first_pickup_stop', value: order.first_pickup_stop },
    { type: 'DELIVERY', path: 'last_delivery_stop', value: order.last_delivery_stop },
  ];
  const listed = (order.stops ?? []).map((value, index) => ({ type: 'CUSTOM', path: `stops[${index}]`, value }));
  const found = new Map<string, StopPart>();
  for (const { type, path, value } of [...(ends.length > 0 ? ends : bare), ...listed]) {
    if (value === null || value === undefined) continue;
    const stop = gathering.part(wire.stop, value, path);
    if (stop !== null) found.set(stop.id, { type: found.get(stop.id)?.type ?? type, path, stop });
  }
  return [...found.values()].map(({ type, path, stop }) => {
    const trip = tripOf(stop.id);
    const incidents = readIncidents(gathering, stop.incidents ?? [], path, tables);
    return {
      id: stop.id,
      type,
      status: stop.status ?? '',
      start: gathering.instant(stop.start_timestamp, `${path}.start_timestamp`),
      end: gathering.instant(stop.end_timestamp, `${path}.end_timestamp`),
      ...(trip === undefined ? {} : { trip }),
      incidents: incidents.map(({ reason }) => reason),
      details: incidents,
    };
  });
}

interface IncidentRead {
  readonly code?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Our reason code. */
  readonly reason: string;
}

interface StopStatus extends StopReport {
  readonly details: readonly IncidentRead[];
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

/** Times are estimates until the stop is there (start) or done (end): an incident has no instant before. */
function exceptions(stop: StopStatus, earlier: readonly EarlierException[] | undefined): NewFactFrom<'qargo'>[] {
  const ended = stop.status === 'COMPLETED' || stop.status === 'IGNORED';
  const there = stop.status === 'AT_STOP' && earlier !== undefined;
  const said = ended ? (stop.end ?? stop.start) : there ? stop.start : null;
  if (said === null) return [];
  const { details } = stop;
  return details.flatMap((detail, index): NewFactFrom<'qargo'>[] => {
    const { name, description, reason } = detail;
    const word = wordOf(detail);
    const nth = details.slice(0, index + 1).filter((other) => wordOf(other) === word).length;
    const heard =
      earlier?.filter((one) => one.stop === stop.id && isOf(one, word, reason) && one.at !== said.at).length ?? 0;
    if (nth <= heard) return [];
    if (earlier === undefined && stop.status === 'COMPLETED' && failures.includes(reason)) return [];
    return [
      {
        kind: 'exception',
        id: `${incidentPrefix(stop.id)}${word}:${said.at}`,
        ...momentOf(said),
        source: 'qargo',
        code: reason,
        stop: stop.id,
        body: { name: name ?? '', description: description ?? '' },
      },
    ];
  });
}

/** An incident's own code, where it has one: what it means to us is configuration, and may change. */
const wordOf = ({ code, reason }: IncidentRead) => cutText(code?.trim() || reason, 40);
const incidentPrefix = (stop: string) => `qg:incident:${stop}:`;

/** Whether an exception is of an incident of that code; one that no incident told, of that reason. */
function isOf({ id, stop, code, at }: EarlierException, word: string, reason: string): boolean {
  const prefix = incidentPrefix(stop);
  return id?.startsWith(prefix) === true ? id === `${prefix}${word}:${at}` : code === reason;
}

/**
 * What was noted of goods when the delivery ended: of one pallet where the good is one, or where the description names the barcode.
 * They stand under the good's own id, so that they are not counted with what was noted of the stop.
 */
function goodsExceptions(
  { delivery, goods, incidents }: Consignment,
  deliveries: readonly StopStatus[],
  earlier: readonly EarlierException[] | undefined,
): NewFactFrom<'qargo'>[] {
  const id = wire.stop.pick({ id: true }).safeParse(delivery).data?.id;
  const stop = deliveries.find((each) => each.id === id);
  if (stop === undefined) return [];
  return goods.flatMap((good, nth) =>
    exceptions({ ...stop, id: `good:${good.id}`, details: incidents[nth] ?? [] }, earlier).map(
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
    const done = stops.find((stop) => stop.type === where && stop.status === 'COMPLETED')?.end ?? null;
    const said = signature.timestamp ? gathering.instant(signature.timestamp, `${path}.timestamp`) : done;
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
      gathering.unused('document type', document.type);
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
