/** Qargo's pushes to us: operational visibility and subcontractor dispatch (apis 2.12, appendix G and H; wire-assumptions 3.1). Pure. */
import type { Counted } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { Aliases, Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { defaultTables, type ReadingTables } from './config.ts';
import { isNoInstant, momentOf, type WrittenInstant } from './instant.ts';
import { endingFact } from './read-endings.ts';
import {
  countDocument,
  documentFact,
  documentRole,
  Gathering,
  numberAlias,
  orderAliases,
  planFact,
  vehicleOf,
} from './read-events.ts';
import { reasonCode, stopEta, stopMilestones } from './read-stops.ts';
import * as wire from './wire.ts';

interface Message {
  readonly gathering: Gathering;
  readonly context: ReadingContext;
  readonly tables: ReadingTables;
  readonly order: Aliases | null;
  /** What was taken of the order's goods, where that was counted. */
  readonly counted: Counted | null;
  readonly trip: Trip | null;
}

interface Trip {
  readonly id: string;
  readonly name: string;
  readonly orders: readonly {
    readonly aliases: Aliases;
    readonly stops: readonly string[];
    /** Reference numbers of its stops. */
    readonly references: readonly string[];
  }[];
  readonly resources: readonly Resource[];
}

interface Resource {
  readonly type: string;
  readonly name?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly license_plate?: string | null | undefined;
}

/**
 * An `OperationalVisibilityUpdate` to facts. Never throws: what cannot be read is a problem with its path, the rest counts.
 * Plans are of every order of the trip; all else is of the message's order, which is found by its id.
 */
export function readVisibility(body: unknown, context: ReadingContext, tables: ReadingTables = defaultTables): Reading {
  const gathering = new Gathering();
  const parsed = gathering.part(wire.visibility, body, '');
  if (parsed === null) return gathering.reading();
  const order =
    parsed.order === null || parsed.order === undefined
      ? null
      : gathering.part(wire.visibilityOrder, parsed.order, 'order');
  const message: Message = {
    gathering,
    context,
    tables,
    order: order === null ? null : orderAliases(order),
    counted: countedOf(order?.consignment),
    trip: parsed.trip === null || parsed.trip === undefined ? null : readTrip(gathering, parsed.trip),
  };
  const planned: { said: WrittenInstant; resources: Resource[] }[] = [];
  for (const [index, entry] of parsed.events.entries()) {
    const path = `events[${index}]`;
    // Not even looked at: a message of nonsense has millions of them.
    if (typeof entry !== 'object' || entry === null) {
      gathering.problem(path, 'is no event');
      continue;
    }
    const event = gathering.part(wire.event, entry, path);
    if (event === null) continue;
    const said = gathering.instant(event.timestamp, `${path}.timestamp`);
    if (said === null) {
      if (isNoInstant(event.timestamp)) gathering.problem(`${path}.timestamp`, 'missing');
      continue;
    }
    const at = `${path}.update`;
    if (event.update.type === 'Trip') {
      const status = gathering.part(wire.tripUpdate, event.update, at)?.status;
      if (status === 'PLANNED') planned.push({ said, resources: [] });
      else if (status !== undefined) gathering.unused('trip status', status);
    } else if (event.update.type === 'Resource') {
      const resource = gathering.part(wire.resourceUpdate, event.update, at)?.resource;
      if (resource?.type === 'DRIVER') gathering.unused('resource of a trip', resource.type);
      else if (resource !== undefined) planned.push({ said, resources: [resource] });
    } else if (event.update.type === 'Stop') readStop(message, event.update, said, at);
    else if (event.update.type === 'Eta') {
      for (const [nth, stop] of (gathering.part(wire.etaUpdate, event.update, at)?.stops ?? []).entries())
        readStop(message, { stop }, said, `${at}.stops[${nth}]`, true);
    } else if (event.update.type === 'Order') readOrderEvent(message, event.update, said, at);
    else if (event.update.type === 'HandlingUnit') readScan(message, event.update, at);
    else if (event.update.type === 'Document') readDocument(message, event.update, said, at);
    else gathering.unused('type of update', event.update.type);
  }
  plan(message, planned);
  return gathering.reading();
}

/** One plan for a whole message, at its latest event: trip and resource come in several events of it. */
function plan(
  { gathering, context, trip, order }: Message,
  planned: readonly { readonly said: WrittenInstant; readonly resources: readonly Resource[] }[],
): void {
  const latest = planned
    .map(({ said }) => said)
    .reduce<WrittenInstant | null>((last, said) => (last === null || said.at > last.at ? said : last), null);
  if (latest === null) return;
  if (trip === null) {
    // The description lets it be left out. What it is about is read at the order, where one is named.
    if (order === null) gathering.unused('event about a trip', 'no trip');
    else gathering.add(order, readOf('trip', latest, order));
    return;
  }
  const assigned = planned.flatMap(({ resources }) => resources);
  const vehicle = vehicleOf([...assigned, ...trip.resources]);
  const orders = trip.orders.length > 0 ? trip.orders.map(({ aliases }) => aliases) : order === null ? [] : [order];
  if (orders.length === 0) gathering.unused('event about a trip', 'no orders');
  for (const aliases of orders) gathering.add(aliases, planFact(trip, vehicle, latest, context));
}

function readTrip(gathering: Gathering, value: unknown): Trip | null {
  const trip = gathering.part(wire.visibilityTrip, value, 'trip');
  if (trip === null) return null;
  const orders = (trip.orders ?? []).flatMap((entry, index) => {
    const order = gathering.part(wire.visibilityOrder, entry, `trip.orders[${index}]`);
    if (order === null) return [];
    return [
      {
        aliases: orderAliases(order),
        stops: (order.stops ?? []).flatMap(stopId),
        references: (order.stops ?? []).flatMap(stopReference),
      },
    ];
  });
  const resources = (trip.stops ?? []).flatMap(stopResources);
  return { id: trip.id, name: trip.name ?? '', orders, resources };
}

/**
 * How much of the goods was taken, over all of them: a good that nobody counted was taken as ordered. Null where none was counted, or
 * they cannot be read: it only completes what the events say.
 */
function countedOf(consignment: unknown): Counted | null {
  const goods = wire.countedGoods.safeParse(consignment).data?.goods ?? [];
  if (!goods.some((good) => typeof good.quantity_by_type?.actual === 'number')) return null;
  const each = goods.map(({ quantity, quantity_by_type: by }) => {
    const of = by?.ordered ?? quantity ?? by?.actual ?? 0;
    return { units: by?.actual ?? of, of };
  });
  return { units: each.reduce((sum, { units }) => sum + units, 0), of: each.reduce((sum, { of }) => sum + of, 0) };
}

function stopId(value: unknown): string[] {
  const parsed = wire.stop.pick({ id: true }).safeParse(value);
  return parsed.success ? [parsed.data.id] : [];
}

function stopReference(value: unknown): string[] {
  const reference = wire.stopReference.safeParse(value).data?.stop_reference?.trim();
  return reference ? [reference] : [];
}

/** Resources of a trip's stops only complete what the events say; one that cannot be read is left out. */
function stopResources(value: unknown): Resource[] {
  const resources = typeof value === 'object' && value !== null && 'resources' in value ? value.resources : null;
  return (Array.isArray(resources) ? resources : []).flatMap((resource) => {
    const parsed = wire.visibilityResource.safeParse(resource);
    return parsed.success ? [parsed.data] : [];
  });
}

/** @param estimates only the estimate is told: the stops of an `Eta` update come with whatever status they have. */
function readStop(message: Message, update: unknown, said: WrittenInstant, path: string, estimates = false): void {
  const { gathering, tables, trip } = message;
  const stop = gathering.part(wire.stopUpdate, update, path)?.stop;
  if (stop === undefined) return;
  const eta = {
    id: stop.id,
    type: stop.stop_type,
    status: stop.status,
    eta: gathering.instant(stop.eta_start_time, `${path}.stop.eta_start_time`),
  };
  const milestones = stopMilestones(
    {
      id: stop.id,
      type: stop.stop_type,
      status: stop.status,
      start: gathering.instant(stop.actual_start_timestamp, `${path}.stop.actual_start_timestamp`),
      end: gathering.instant(stop.actual_end_timestamp, `${path}.stop.actual_end_timestamp`),
      ...(trip === null ? {} : { trip: trip.id }),
      ...(message.counted === null ? {} : { counted: message.counted }),
      incidents: [],
    },
    said,
    tables,
  );
  const facts = [...(estimates ? [] : milestones), ...stopEta(eta, said, tables)];
  const isTakenOut = stop.status === 'CANCELLED' && !estimates;
  if (facts.length === 0 && !isTakenOut) {
    gathering.unused('stop', `${stop.status} at ${stop.stop_type}`);
    return;
  }
  const among =
    trip?.orders.find(({ stops }) => stops.includes(stop.id)) ??
    (trip?.orders.length === 1 ? trip.orders[0] : undefined);
  const aliases = message.order ?? among?.aliases;
  if (aliases === undefined) gathering.problem('order', `no order is named for ${path}`);
  // Why it was taken out of the routing, and what became of the order, the order itself shows.
  else gathering.add(aliases, ...facts, ...(isTakenOut ? [readOf('stop', said, aliases)] : []));
}

/** Asks for a read of both sides: once for each id and instant, however often the event is pushed. */
const refreshFact = (id: string, said: WrittenInstant): NewFactFrom<'qargo'> => ({
  kind: 'refresh',
  id: `qg:${id}:${said.at}`,
  ...momentOf(said),
  source: 'qargo',
});

/** Asks for a read of both sides because an event does not carry what it is about. */
const readOf = (what: string, said: WrittenInstant, of: Aliases): NewFactFrom<'qargo'> =>
  refreshFact(`${what}:${cutText(of.qargoOrderId ?? of.conNo ?? '-', 64)}`, said);

/** A configurable event asks for a read of both sides; the order's own status makes a milestone where the organisation says so. */
function readOrderEvent(
  { gathering, tables, order }: Message,
  update: unknown,
  said: WrittenInstant,
  path: string,
): void {
  const event = gathering.part(wire.orderUpdate, update, path);
  if (event === null) return;
  // The description gives STATUS where the type is left out.
  const type = event.update_type ?? 'STATUS';
  if (type === 'CUSTOM') {
    const code = event.custom_event_code?.trim() ?? '';
    if (!tables.refreshEvents.includes('*') && !tables.refreshEvents.includes(code)) {
      gathering.unused('event of the tenant', code);
      return;
    }
    if (order === null) gathering.problem('order', `no order is named for ${path}`);
    else gathering.add(order, refreshFact(`custom:${cutText(code, 40) || '-'}`, said));
  }
  if (type !== 'STATUS') {
    if (type !== 'CUSTOM') gathering.unused('type of order event', type);
    return;
  }
  if (event.status === 'REJECTED' && order !== null) {
    gathering.add(order, endingFact('rejected', said));
    return;
  }
  const rows = tables.orderMilestones.filter(({ status }) => status === event.status);
  if (rows.length === 0 || order?.qargoOrderId === undefined) {
    gathering.unused('order status', event.status ?? 'none');
    return;
  }
  const stop = `order:${order.qargoOrderId}`;
  for (const { milestone } of rows) {
    const id = `qg:order:${order.qargoOrderId}:${milestone}:${said.at}`;
    gathering.add(order, { kind: 'milestone', id, ...momentOf(said), source: 'qargo', milestone, stop });
  }
}

function readScan({ gathering, tables, order }: Message, update: unknown, path: string): void {
  const unit = gathering.part(wire.handlingUnitUpdate, update, path);
  if (unit === null) return;
  const said = gathering.instant(unit.timestamp, `${path}.timestamp`);
  if (said === null) {
    if (isNoInstant(unit.timestamp)) gathering.problem(`${path}.timestamp`, 'missing');
    return;
  }
  const stop = unit.stop?.stop_type ?? 'none';
  const barcode = unit.barcode.value;
  if (!barcode) {
    gathering.unused('scan without a barcode', unit.status);
    return;
  }
  const word = unit.source_status?.trim().toUpperCase() ?? '';
  const trouble = tables.palletStatuses.find(({ status }) => status.toUpperCase() === word);
  if (trouble !== undefined) {
    gathering.add(order ?? { barcodes: [barcode] }, {
      kind: 'exception',
      id: `qg:pallet:${barcode}:${trouble.code}:${said.at}`,
      ...momentOf(said),
      source: 'qargo',
      code: reasonCode(trouble.code, tables),
      stop: unit.stop?.id ?? 'none',
      barcode,
      body: { name: '', description: unit.description ?? '' },
    });
    if (!trouble.scanned) return;
  }
  const row = tables.scanKinds.find(
    (kind) => kind.status === unit.status && (kind.stop === 'any' || kind.stop === stop),
  );
  if (row === undefined) {
    // A scan is pushed once and read nowhere: what no table has is work for a person.
    gathering.problem(
      `${path}.status`,
      `no kind of scan for this status at a stop of type ${['PICKUP', 'DELIVERY', 'CUSTOM'].includes(stop) ? stop : 'none'}`,
    );
    return;
  }
  gathering.add(order ?? { barcodes: [barcode] }, {
    kind: 'scan',
    id: `qg:scan:${barcode}:${unit.status}:${unit.stop ? stop : '-'}:${said.at}`,
    ...momentOf(said),
    source: 'qargo',
    barcode,
    scan: row.scan,
    ...(row.byTimes === true ? { unplaced: true } : {}),
  });
}

function readDocument(
  { gathering, tables, order, trip }: Message,
  update: unknown,
  said: WrittenInstant,
  path: string,
): void {
  const document = gathering.part(wire.documentUpdate, update, path)?.document;
  if (document === undefined) return;
  const role = documentRole(document.document_type, tables);
  if (role === null) {
    countDocument(gathering, document.document_type, tables);
    return;
  }
  const whose = order === null ? whoseDocument(document.subject, trip) : [withOwnNumber(order, document.subject)];
  if (whose.length === 0) gathering.problem('order', `no order is named for ${path}`);
  const id = documentId(document.document_content.download_url ?? '');
  const contentType = document.document_content.mime_type ?? '';
  for (const aliases of whose)
    gathering.add(
      aliases,
      // Embedded, or at an address without Qargo's id: the order's own list of documents has it.
      id === undefined
        ? readOf('document', said, aliases)
        : documentFact({ id, name: document.name, type: document.document_type, contentType }, role, said),
    );
}

const uuid = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
/** In most cases the address is `<base_url>/documents/document/<id>/download` (QG `RemoteDocument`); else an id in its path. */
const documentAddresses = [
  /\/documents\/document\/([^/?#]{1,64})\/download(?:[?#]|$)/,
  new RegExp(`^[^?#]*/documents?/(?:[^?#]*/)?(${uuid})(?:[/?#.]|$)`),
];

function documentId(address: string): string | undefined {
  for (const known of documentAddresses) {
    const id = known.exec(address)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The order, and the number that the document's subject has where it is another than the order's. */
function withOwnNumber(order: Aliases, subject: wire.DocumentSubject | null | undefined): Aliases {
  const { conNo } = numberAlias(subject?.customer_reference_number, subject?.reference_number);
  return conNo === undefined || order.conNo === undefined || conNo === order.conNo
    ? order
    : { ...order, ownNumber: conNo };
}

/**
 * Of whom a document is that comes without an order: of every order that the trip delivers at the stop it names (one stop, one
 * signature), else of the consignment it names.
 */
function whoseDocument(subject: wire.DocumentSubject | null | undefined, trip: Trip | null): Aliases[] {
  const stop = subject?.reference_number?.trim();
  const together = stop ? (trip?.orders.filter(({ references }) => references.includes(stop)) ?? []) : [];
  if (together.length > 0) return together.map(({ aliases }) => aliases);
  const number = numberAlias(subject?.customer_reference_number, stop);
  return number.conNo === undefined ? [] : [number];
}

/**
 * A `SubcontractorDispatch` to plans of all its orders: `CREATE` and `UPDATE` planned, `CANCEL` un-planned. The
 * message has no time of its own: its plans are of the moment of receipt and marked untimed. Never throws.
 */
export function readDispatch(body: unknown, context: ReadingContext): Reading {
  const gathering = new Gathering();
  const parsed = gathering.part(wire.dispatch, body, '');
  const payload = parsed === null ? null : gathering.part(wire.dispatchPayload, parsed.payload, 'payload');
  if (parsed === null || payload === null) return gathering.reading(true);
  const cancelled = parsed.operation === 'CANCEL';
  const resources = cancelled
    ? []
    : (payload.resource_allocations ?? []).flatMap((entry, index) => {
        const resource = gathering.part(wire.allocation, entry, `payload.resource_allocations[${index}]`)?.resource;
        return resource === undefined ? [] : [{ ...resource, type: resource.resource_type ?? '' }];
      });
  const trip = cancelled || !payload.id ? null : { id: payload.id, name: payload.name ?? '' };
  const said: WrittenInstant = { at: context.receivedAt, zone: 'UTC' };
  if (payload.orders.length === 0) gathering.unused('event about a trip', 'no orders');
  for (const [index, entry] of payload.orders.entries()) {
    const order = gathering.part(wire.dispatchOrder, entry, `payload.orders[${index}]`);
    if (order === null) continue;
    const aliases = orderAliases(order);
    // A trip that is not named says that there is one: which one, a read of the order finds.
    if (trip === null && !cancelled) gathering.add(aliases, readOf('dispatch', said, aliases));
    else gathering.add(aliases, planFact(trip, vehicleOf(resources), said, context));
  }
  return gathering.reading(true);
}
