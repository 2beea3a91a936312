/** What the desk does in Qargo beside planning: edits an order, triggers an event, moves an ETA, adds documents, charges. */

import { settleDocument, typeOf } from './document-flips.ts';
import { badRequest } from './errors.ts';
import { SENT_DOCUMENTS, sendDocument, sendEta, sendOrderEvent, sendStop } from './events.ts';
import { type FileInput, goodOf, stopOfType } from './happenings.ts';
import type { Charge, Consignment, Fields, Order, StopType, StoredDocument } from './model.ts';
import type { OrderBody } from './order-body.ts';
import { changed, say, subject } from './told.ts';
import type { Twin } from './twin.ts';

type Instructed = 'order' | 'consignment' | 'delivery stop';

export interface OrderEdit {
  goods?: (Fields & { id: string })[] | undefined;
  deliveryDate?: string | undefined;
  pickupDate?: string | undefined;
  /** Of the delivery stop; what is left out stays. */
  address?: Fields | undefined;
  deliveryWindow?: Fields | undefined;
  instructions?: string | undefined;
  /** Of the customer, as the screen shows it from now on; null empties it. */
  reference?: string | null | undefined;
}

/** Where the order has its instructions now; a planner writes over what stands there. */
function instructed(order: Order, consignment: Consignment): Instructed {
  if (order.body.planning_instructions) return 'order';
  if (consignment.fields.planning_instructions) return 'consignment';
  return consignment.delivery.fields.planning_instructions ? 'delivery stop' : 'order';
}

/** The order and the import it is exported as change alike, each where it has the field; answers what changed, by name. */
function apply(order: Order, edit: OrderEdit): string[] {
  const [consignment] = order.consignments;
  // not the import that is in the history: that one stays as it came
  const body: OrderBody = structuredClone(order.body);
  const [imported] = body.consignments;
  if (consignment === undefined || imported === undefined) throw badRequest('the order has no consignment');
  const goods = (edit.goods ?? []).map(({ id, ...fields }) => ({ good: goodOf(order, id), fields }));
  for (const { good, fields } of goods) {
    good.fields = { ...good.fields, ...fields };
    order.consignments.forEach(({ goods: all }, index) => {
      const exported = body.consignments[index]?.goods?.[all.indexOf(good)];
      if (exported !== undefined) Object.assign(exported, fields);
    });
  }
  const put = (stop: 'pickup' | 'delivery', name: string, value: unknown) => {
    consignment[stop].fields = { ...consignment[stop].fields, [name]: value };
    Object.assign(imported[`${stop}_stop`], { [name]: value });
  };
  const merged = (name: string, value: Fields) => ({
    ...(consignment.delivery.fields[name] as Fields | null | undefined),
    ...value,
  });
  if (edit.pickupDate !== undefined) put('pickup', 'date', edit.pickupDate);
  if (edit.deliveryDate !== undefined) put('delivery', 'date', edit.deliveryDate);
  if (edit.address !== undefined) put('delivery', 'location', merged('location', edit.address));
  if (edit.deliveryWindow !== undefined) put('delivery', 'time_window', merged('time_window', edit.deliveryWindow));
  if (edit.instructions !== undefined) {
    const where = instructed(order, consignment);
    const planning_instructions = edit.instructions;
    if (where === 'order') Object.assign(body, { planning_instructions });
    else if (where === 'delivery stop') put('delivery', 'planning_instructions', planning_instructions);
    else {
      consignment.fields = { ...consignment.fields, planning_instructions };
      Object.assign(imported, { planning_instructions });
    }
  }
  order.body = body;
  if (edit.reference !== undefined) order.reference = edit.reference;
  return Object.keys(edit).filter((name) => Reflect.get(edit, name) !== undefined);
}

/** A planner's edit: seen in the order's reads, told by no event, unless one is configured (`custom`). */
export function editOrder(
  twin: Twin,
  order: Order,
  edit: OrderEdit,
  { by, at, custom }: { by: string | null; at: string; custom: string | undefined },
): string[] {
  if (order.status === 'CANCELLED') throw badRequest('the order was cancelled');
  const fields = apply(order, edit);
  if (fields.length === 0) throw badRequest('nothing is changed');
  const editedAt = Date.now();
  order.history.push({ at: editedAt, what: 'edited', fields });
  changed(twin, order);
  const content = { by, changes: edit, editedAt };
  const said = say(twin, order, 'order edited', at, custom !== undefined, content, subject(twin, order));
  if (custom !== undefined) sendOrderEvent(twin, order, { custom }, at, [said]);
  return [said];
}

/** The event that an organisation configures in Qargo, for a button or a rule: it tells nothing but the order as it is. */
export function triggerCustom(twin: Twin, order: Order, name: string | null, at: string): string[] {
  const said = say(twin, order, 'custom', at, true, { name }, subject(twin, order));
  sendOrderEvent(twin, order, { custom: name }, at, [said]);
  return [said];
}

export interface EtaInput {
  stop: StopType;
  start: string;
  end: string;
  at: string;
  /** `Eta` is the description's event for it, `Stop` that of a stop, which carries its ETA too. */
  event: 'Stop' | 'Eta';
  push: boolean;
}

export function moveEta(twin: Twin, order: Order, eta: EtaInput): string[] {
  const { stop: type, start, end, at, event } = eta;
  // a tenant whose estimates never change (flip 67b) shows and sends none
  const push = eta.push && !twin.plays('67b');
  const stop = stopOfType(order, type);
  if (stop.startIsActual) throw badRequest(`the ${type} stop was reached: it has no estimate any more`);
  if (twin.plays('67d')) stop.fixedStart = `${start.slice(0, 13)}:00:00.000Z`;
  if (!twin.plays('67b')) Object.assign(stop, { start, end });
  changed(twin, order);
  const said = say(twin, order, 'eta', at, push, { stop: type, start, end }, subject(twin, order, { stop: type }));
  if (push) (event === 'Eta' ? sendEta : sendStop)(twin, order, stop, at, [said]);
  return [said];
}

/** Documents that come by themselves, any time and with any bytes. */
export async function addDocuments(
  twin: Twin,
  order: Order,
  files: FileInput[],
  {
    at,
    push,
    subjectType,
    isEmbedded,
  }: {
    at: string;
    push: boolean;
    subjectType: StoredDocument['subjectType'];
    isEmbedded?: boolean | undefined;
  },
): Promise<{ said: string[]; documents: Pick<StoredDocument, 'id' | 'type' | 'name' | 'sha256' | 'contentType'>[] }> {
  const stored: StoredDocument[] = [];
  for (const { bytes, ...file } of files) {
    stored.push(
      await twin.keepDocument(
        {
          ...file,
          type: typeOf(twin, file.type),
          organisation: order.organisation,
          orderId: order.id,
          subjectType: twin.plays('53c') ? 'order' : subjectType,
          ...(isEmbedded === undefined ? {} : { isEmbedded }),
        },
        bytes,
      ),
    );
  }
  for (const document of stored) settleDocument(twin, order, document);
  changed(twin, order);
  const documents = stored.map(({ id, type, name, sha256, contentType }) => ({ id, type, name, sha256, contentType }));
  const event = push && stored.some((document) => SENT_DOCUMENTS.has(document.type));
  const said = say(twin, order, 'document', at, event, { documents }, subject(twin, order));
  if (push) for (const document of stored) await sendDocument(twin, order, document, at, [said]);
  return { said: [said], documents };
}

/** Replaces the order's charges; `request` sends the event that asks for their approval. */
export function setCharges(
  twin: Twin,
  order: Order,
  charges: Charge[],
  { at, request }: { at: string; request: boolean },
): string[] {
  order.charges = charges;
  changed(twin, order);
  const said = say(twin, order, 'charges', at, request, { charges }, subject(twin, order));
  if (request) sendOrderEvent(twin, order, 'costs', at, [said]);
  return [said];
}

/** All or none (assumed): one charge that is not of the order, and nothing is approved. */
export function approve(
  twin: Twin,
  order: Order,
  approvals: { id: string; approval_status: 'APPROVED' | 'REJECTED'; description?: string | null | undefined }[],
): void {
  const charges = order.charges ?? [];
  const found = approvals.map((approval) => ({
    approval,
    charge: charges.find(({ id }) => id === approval.id.toLowerCase()),
  }));
  for (const { approval, charge } of found) if (charge === undefined) throw badRequest(`unknown charge ${approval.id}`);
  for (const { approval, charge } of found) {
    if (charge === undefined) continue;
    charge.approval_status = approval.approval_status;
    const description = approval.description ?? null;
    order.approvals = [
      ...(order.approvals ?? []),
      { at: Date.now(), chargeId: charge.id, status: approval.approval_status, description },
    ];
  }
  twin.touch();
}
