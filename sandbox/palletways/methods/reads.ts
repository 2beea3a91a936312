/** Reads of consignments: consEntered, conStatus*, getDynConStatus*, getConByBarcode, getConsignment. */
import { type Answer, type Call, type Context, type Method, ownOf, rows } from '../answer.ts';
import { localTime, realDate } from '../clock.ts';
import { manifestOf } from '../consignment.ts';
import { spoken } from '../dialect.ts';
import { isOwnEntry } from '../entry.ts';
import { headingOf, readOf } from '../shape.ts';
import { type Tree, text, trees } from '../tree.ts';
import { type Consignment, isOf, type World } from '../world.ts';

/** F PW-DOC25, complete as published (apis 1.8). */
const STATUS_NAMES: Record<number, string> = {
  15: 'REJECTED',
  25: 'TO REQUEST',
  30: 'AWAITING ACCEPT',
  50: 'REQUESTED',
  100: 'NOT BARCODED',
  300: 'IN COLLECTION DEPOT',
  350: 'TRUNKED TO HUB',
  500: 'AT THE HUB',
  525: 'AT INTERNATIONAL HUB',
  530: 'DEPART INTERNATIONAL HUB',
  550: 'DEPARTED HUB',
  675: 'STOCK HELD',
  700: 'AT DELIVERY DEPOT',
  800: 'OUT FOR DELIVERY',
  900: 'JOB COMPLETE',
};

/** Whether a row is of the family of conStatus or of getDynConStatus. */
type Family = 'con' | 'dyn';

/** The record of consEntered and the status methods: their answers are public nowhere (28). */
function statusRow(call: Call, world: World, consignment: Consignment, family: Family): Tree {
  if (world.plays('28a')) return rawRow(world, consignment);
  const code = { StatusCode: String(consignment.status), StatusDescription: STATUS_NAMES[consignment.status] ?? '' };
  const named = world.plays('28c') ? { StatusDescription: code.StatusDescription } : code;
  const status = family === 'con' && world.plays('28b') ? {} : named;
  const { trackingId, conNo } = consignment;
  if (!world.isPublished || world.plays('28d')) {
    return spoken(call.organisation, {
      TrackingID: trackingId ?? '',
      ResponseID: consignment.responseId,
      ConNo: conNo,
      ...status,
      Account: call.organisation.account,
      DeliveryDepot: text(consignment.fields, 'DeliveryDepot'),
      EntryDate: consignment.entered.date,
      EntryTime: consignment.entered.time,
    });
  }
  const read = readOf(world, consignment);
  const due = { DeliveryDate: text(read, 'DueDate'), DeliveryTime: text(read, 'DueTime') };
  return spoken(call.organisation, { TrackingID: trackingId ?? '', ConNo: conNo, ...status, ...due });
}

/** Flip 28a: the published table of raw names, which has no status among them. */
function rawRow(world: World, consignment: Consignment): Tree {
  const read = readOf(world, consignment);
  const [service = {}] = trees(read, 'Service');
  return {
    dc_syscon: consignment.trackingId ?? '',
    'd_shift-asn': consignment.entered.date,
    c_transaction: text(read, 'Type'),
    c_carcon: consignment.conNo,
    c_cusref: text(consignment.fields, 'Reference'),
    dc_weight: text(read, 'Weight'),
    'i_pay-syscardep': consignment.requesting ?? world.organisation(consignment.organisation)?.depot ?? '',
    i_syscardep: text(read, 'CollectionDepot'),
    'i_d-syscardep': text(read, 'DeliveryDepot'),
    'c_d-service': text(service, 'Code'),
    'c_d-surcharge': text(service, 'Surcharge'),
    d_duedate: text(read, 'DueDate'),
    i_duetime: text(read, 'DueTime'),
    l_handball: text(read, 'HandBall'),
    l_taillift: text(read, 'TailLift'),
    l_bin: text(read, 'BookedIn'),
  };
}

export type Finder = (call: Call, context: Context) => Consignment | null;

export const byTrackingId: Finder = (call, { world }) =>
  ownOf(call.organisation, world.ofTrackingId(call.args[0] ?? ''));
export const byResponseId: Finder = (call, { world }) =>
  ownOf(call.organisation, world.ofResponseId(call.args[0] ?? ''));
export const byConNo: Finder = (call, { world }) => world.ofConNo(call.organisation.name, call.args[0] ?? '');
export const byBarcode: Finder = (call, { world }) => world.ofBarcode(call.organisation.name, call.args[0] ?? '');

/** By response id or, as the published example has it, by tracking id (76). */
export const byEitherId: Finder = (call, context) => {
  const { world } = context;
  if (world.plays('76a')) return byTrackingId(call, context);
  const found = byResponseId(call, context);
  return found !== null || !world.isPublished || world.plays('76b') ? found : byTrackingId(call, context);
};

export function statusBy(find: Finder, family: Family = 'con'): Method {
  return (call, context) => {
    const own = ownOf(call.organisation, find(call, context));
    return rows(own === null ? [] : [statusRow(call, context.world, own, family)]);
  };
}

/** `/consEntered[/{YYYY-MM-DD}]`, today of the depot when none is given (F PW-DOC25). Whose entries: 6. */
export const consEntered: Method = (call, { world }): Answer => {
  const { organisation } = call;
  const zone = world.zoneOf(organisation);
  const date = call.args[0] === undefined ? localTime(call.now, zone).date : realDate(call.args[0]);
  const all = !world.isPublished || world.plays('6d');
  const entered = world.state.consignments.filter(
    (one) =>
      isOf(one, organisation.name) &&
      (all || isOwnEntry(world, organisation, one)) &&
      one.confirmed &&
      !one.hidden &&
      one.entered.date === date,
  );
  if (entered.length === 0 && world.plays('6c')) {
    const Status = { Code: 'OK', Description: 'Successful', Count: '0' };
    return { document: { Status, Detail: { Data: '' } } };
  }
  return rows(entered.map((one) => statusRow(call, world, one, 'con')));
};

/** `/getConsignment/{TrackingID}` (apis 1.6). */
export const getConsignment: Method = (call, context) => {
  const { world } = context;
  const consignment = byTrackingId(call, context);
  if (consignment === null) return rows([]);
  const heading = headingOf(world, call.organisation, consignment);
  const entered = localTime(consignment.enteredAt, world.zoneOf(call.organisation));
  const read = redirected(world, call.args[0] ?? '', consignment, readOf(world, consignment));
  return rows([{ Manifest: manifestOf(heading, entered, read, false) }]);
};

/** What an earlier tracking id answers (12): the old consignment as it was rejected, or the one that it became. */
function redirected(world: World, trackingId: string, consignment: Consignment, read: Tree): Tree {
  const isOld = consignment.former?.some((old) => old.trackingId === trackingId) === true;
  if (!isOld || !world.isPublished || world.plays('12c')) return read;
  return { ...read, TrackingID: trackingId, BookInReference: 'Rechazada.' };
}
