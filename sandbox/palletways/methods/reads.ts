/** Reads of consignments: consEntered, conStatus*, getDynConStatus*, getConByBarcode, getConsignment. */
import { type Answer, type Call, type Context, type Method, ownOf, rows } from '../answer.ts';
import { localTime, realDate } from '../clock.ts';
import { manifestOf, wholeOf } from '../consignment.ts';
import { spoken, zoneOf } from '../dialect.ts';
import { type Tree, text } from '../tree.ts';
import { type Consignment, isOf } from '../world.ts';

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

/** The record of consEntered and the status methods: their answers are public nowhere (wire-assumptions 2.2, assumed). */
function statusRow(call: Call, consignment: Consignment): Tree {
  return spoken(call.organisation, {
    TrackingID: consignment.trackingId ?? '',
    ResponseID: consignment.responseId,
    ConNo: consignment.conNo,
    StatusCode: String(consignment.status),
    StatusDescription: STATUS_NAMES[consignment.status] ?? '',
    Account: call.organisation.account,
    DeliveryDepot: text(consignment.fields, 'DeliveryDepot'),
    EntryDate: consignment.entered.date,
    EntryTime: consignment.entered.time,
  });
}

function oneRow(call: Call, consignment: Consignment | null): Answer {
  const own = ownOf(call.organisation, consignment);
  return rows(own === null ? [] : [statusRow(call, own)]);
}

export type Finder = (call: Call, context: Context) => Consignment | null;

export const byTrackingId: Finder = (call, { world }) =>
  ownOf(call.organisation, world.ofTrackingId(call.args[0] ?? ''));
export const byResponseId: Finder = (call, { world }) =>
  ownOf(call.organisation, world.ofResponseId(call.args[0] ?? ''));
export const byConNo: Finder = (call, { world }) => world.ofConNo(call.organisation.name, call.args[0] ?? '');
export const byBarcode: Finder = (call, { world }) => world.ofBarcode(call.organisation.name, call.args[0] ?? '');

export function statusBy(find: Finder): Method {
  return (call, context) => oneRow(call, find(call, context));
}

/** `/consEntered[/{YYYY-MM-DD}]`, today of the depot when none is given (F PW-DOC25). */
export const consEntered: Method = (call, { world }) => {
  const { organisation } = call;
  const date = call.args[0] === undefined ? localTime(call.now, zoneOf(organisation)).date : realDate(call.args[0]);
  const entered = world.state.consignments.filter(
    (one) => isOf(one, organisation.name) && one.confirmed && !one.hidden && one.entered.date === date,
  );
  return rows(entered.map((one) => statusRow(call, one)));
};

/** `/getConsignment/{TrackingID}` (apis 1.6). */
export const getConsignment: Method = (call, context) => {
  const consignment = byTrackingId(call, context);
  if (consignment === null) return rows([]);
  const whole = wholeOf(consignment, { responseId: false });
  return rows([
    { Manifest: manifestOf(call.organisation, consignment.enteredAt, whole, false, consignment.requesting) },
  ]);
};
