/** The effect of a partial order update (apis 2.9). What matches nothing, or several things, is discarded without a word. */
import { randomUUID } from 'node:crypto';
import { sendOrderEvent, sendStop } from './events.ts';
import { candidates, consignmentHolds, fieldHolds, only, orderHolds, stopHolds } from './matching.ts';
import {
  type Consignment,
  type Fields,
  type Good,
  type HandlingUnit,
  type Order,
  type Signature,
  stopsOf,
  stopsOfConsignment,
} from './model.ts';
import { cancel } from './orders.ts';
import type { ConsignmentUpdate, GoodUpdate, OrderUpdate, StopUpdate, UnitUpdate } from './partial-body.ts';
import type { Twin } from './twin.ts';

export interface WebhookError {
  error_type: 'USER_INPUT_ERROR' | 'INTERNAL_ERROR' | 'NOT_SUPPORTED';
  error_message: string;
}

/** What one update changed, by name, and what it could not do. */
interface Outcome {
  changed: string[];
  errors: WebhookError[];
  change: Change;
}

function notSupported(outcome: Outcome, what: string): void {
  outcome.errors.push({ error_type: 'NOT_SUPPORTED', error_message: what });
}

/** How given fields change those that are there. */
type Change = (known: Fields, data: Fields) => Fields;

/**
 * What is left out stays. Whether a null erases (flip 57b), and whether `custom_fields` are replaced as a whole (57a) or
 * one by one, is published nowhere.
 */
function changeBy(twin: Twin): Change {
  return (known, data) => {
    const kept = Object.entries(data).filter(
      ([, value]) => value !== undefined && (value !== null || twin.plays('57b')),
    );
    const fields = Object.fromEntries(kept);
    if (isFields(fields.custom_fields) && isFields(known.custom_fields) && !twin.plays('57a'))
      fields.custom_fields = { ...known.custom_fields, ...fields.custom_fields };
    return { ...known, ...fields };
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was given, without what was left out. */
function given(data: Fields): Fields {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

type UnitData = NonNullable<NonNullable<UnitUpdate['update']>['data']>;

function makeUnit(data: UnitData | null | undefined): HandlingUnit {
  return { id: randomUUID(), barcode: data?.barcode?.value ?? null, source: 'EXTERNAL' };
}

/**
 * CREATE adds a unit; a barcode the good has already is not added twice (assumed). REPLACE with a match puts the barcode in
 * the place of the matched unit's; without a match it stands for all units of the good (assumed).
 */
function applyUnit(good: Good, update: UnitUpdate, outcome: Outcome, replaced: Set<Good>): void {
  if (update.update === null || update.update === undefined) return;
  const { operation, data } = update.update;
  const criteria = update.match?.matches_all ?? [];
  const holds = (unit: HandlingUnit) => criteria.every((one) => fieldHolds(one.handling_unit?.barcode, unit.barcode));
  if (operation === 'CREATE' || (operation === 'REPLACE' && criteria.length === 0)) {
    if (operation === 'REPLACE' && !replaced.has(good)) {
      good.handlingUnits = [];
      replaced.add(good);
    }
    const unit = makeUnit(data);
    if (unit.barcode === null || !good.handlingUnits.some((known) => known.barcode === unit.barcode))
      good.handlingUnits.push(unit);
    outcome.changed.push('handling_units');
    return;
  }
  const unit = only(good.handlingUnits.filter(holds));
  if (unit === null) return;
  if (operation === 'DELETE') good.handlingUnits = good.handlingUnits.filter((known) => known !== unit);
  else if (data?.barcode !== undefined)
    Object.assign(unit, { barcode: data.barcode?.value ?? null, source: 'EXTERNAL' });
  outcome.changed.push('handling_units');
}

function applyGoodItself(
  consignment: Consignment,
  good: Good | null,
  update: NonNullable<GoodUpdate['update']>,
  outcome: Outcome,
): void {
  const { handling_units: units, ...rest } = update.data ?? {};
  const fields = given(rest);
  if (update.operation === 'CREATE') {
    consignment.goods.push({ id: randomUUID(), fields, handlingUnits: (units ?? []).map(makeUnit) });
  } else if (good === null) {
    return;
  } else if (update.operation === 'DELETE') {
    consignment.goods = consignment.goods.filter((known) => known !== good);
  } else {
    good.fields = update.operation === 'REPLACE' ? fields : outcome.change(good.fields, rest);
    if (units !== undefined && units !== null) good.handlingUnits = units.map(makeUnit);
  }
  outcome.changed.push('goods');
}

function applyGoods(consignment: Consignment, updates: GoodUpdate[], outcome: Outcome): void {
  const replaced = new Set<Good>();
  for (const update of updates) {
    const criteria = update.match?.matches_all ?? [];
    const good = only(consignment.goods.filter((known) => criteria.every((one) => fieldHolds(one.good?.id, known.id))));
    if (update.update !== null && update.update !== undefined)
      applyGoodItself(consignment, good, update.update, outcome);
    if (good === null) continue;
    for (const unit of update.handling_unit?.updates ?? []) applyUnit(good, unit, outcome, replaced);
  }
}

function applyStops(consignment: Consignment, updates: StopUpdate[], outcome: Outcome): void {
  for (const update of updates) {
    if (update.update === null || update.update === undefined) continue;
    if (update.update.operation !== 'UPDATE') {
      notSupported(outcome, `${update.update.operation} of a stop`);
      continue;
    }
    const criteria = update.match?.matches_all ?? [];
    const stop = only(
      stopsOfConsignment(consignment).filter((known) => criteria.every((one) => stopHolds(one.stop, known))),
    );
    if (stop === null) continue;
    stop.fields = outcome.change(stop.fields, update.update.data ?? {});
    outcome.changed.push('stop');
  }
}

type ConsignmentData = NonNullable<NonNullable<ConsignmentUpdate['update']>['data']>;

function applyConsignmentData(consignment: Consignment, data: ConsignmentData, outcome: Outcome): void {
  const { palletways, consignee_signature, consignor_signature, ...rest } = data;
  if (palletways !== undefined && palletways !== null) {
    Object.assign(consignment.palletways, given(palletways));
    outcome.changed.push('palletways');
  }
  const signed = { CONSIGNEE: consignee_signature, CONSIGNOR: consignor_signature } as const;
  for (const type of ['CONSIGNEE', 'CONSIGNOR'] as const) {
    const value = signed[type];
    if (value === undefined || value === null) continue;
    const { name, timestamp, position } = value;
    const signature: Signature = { type, name: name ?? null, timestamp: timestamp ?? null, position: position ?? null };
    consignment.signatures.push(signature);
    outcome.changed.push('signature');
  }
  for (const [name, value] of Object.entries(given(rest))) {
    const known = name in READ ? consignment.fields : consignment.extra;
    Object.assign(known, outcome.change(known, { [name]: value }));
    outcome.changed.push(name);
  }
}

/** Properties of a consignment that its reads give back (appendix C). */
const READ: Fields = {
  consignment_reference_number: true,
  cmr_reference_number: true,
  planning_instructions: true,
  custom_fields: true,
  transport_network: true,
  central_transport_network: true,
  import_export: true,
};

function applyConsignment(order: Order, update: ConsignmentUpdate, outcome: Outcome): void {
  const criteria = update.match?.matches_all ?? [];
  const consignment = only(
    order.consignments.filter((known) => criteria.every((one) => consignmentHolds(one.consignment, known))),
  );
  if (update.update !== null && update.update !== undefined && update.update.operation !== 'UPDATE') {
    notSupported(outcome, `${update.update.operation} of a consignment`);
    return;
  }
  if (consignment === null) return;
  if (update.update?.data !== null && update.update?.data !== undefined)
    applyConsignmentData(consignment, update.update.data, outcome);
  applyGoods(consignment, update.good?.updates ?? [], outcome);
  applyStops(consignment, update.stop?.updates ?? [], outcome);
}

function matched(twin: Twin, organisation: string, update: OrderUpdate): Order | null {
  const criteria = update.match?.matches_all ?? [];
  if (criteria.length === 0)
    return update.id === null || update.id === undefined ? null : (twin.orderOf(organisation, update.id) ?? null);
  return only(
    candidates(twin, organisation, criteria.find((one) => one.order?.id)?.order).filter((order) =>
      criteria.every((one) => {
        const { name, code } = order.body.customer;
        return (
          orderHolds(one.order, order) && fieldHolds(one.company?.name, name) && fieldHolds(one.company?.code, code)
        );
      }),
    ),
  );
}

/** Flip 69a: Qargo's own link to the network takes what we wrote for news, and sends it to us. */
function echo(twin: Twin, order: Order): void {
  const at = new Date().toISOString();
  sendOrderEvent(twin, order, { custom: null }, at, []);
  for (const stop of stopsOf(order)) if (stop.startIsActual) sendStop(twin, order, stop, at, []);
}

/** One update of the list. A cancelled order takes none (assumed: discarded). */
export function applyUpdate(twin: Twin, organisation: string, update: OrderUpdate): WebhookError[] {
  const order = matched(twin, organisation, update);
  if (order === null || order.status === 'CANCELLED' || order.isGone) return [];
  if (twin.plays('57d') && order.tripId !== null)
    return [{ error_type: 'NOT_SUPPORTED', error_message: 'the order is planned' }];
  const outcome: Outcome = { changed: [], errors: [], change: changeBy(twin) };
  if (update.update?.operation === 'DELETE') {
    cancel(twin, order);
    twin.touch();
    return [];
  }
  if (update.update?.data !== null && update.update?.data !== undefined) {
    const { external_id: _, ...fields } = given(update.update.data);
    order.body = outcome.change(order.body, fields) as Order['body'];
    outcome.changed.push(...Object.keys(fields));
  }
  for (const consignment of update.consignment?.updates ?? []) applyConsignment(order, consignment, outcome);
  if (outcome.changed.length > 0) {
    order.updatedAt = Date.now();
    order.effects.partial += 1;
    order.history.push({ at: order.updatedAt, what: 'partial', fields: [...new Set(outcome.changed)] });
    twin.touch();
    if (twin.plays('69a')) echo(twin, order);
  }
  return outcome.errors;
}
