/** What follows an import that the import itself does not say: stages, copies, what a person does with the order. */
import { sendImportIgnored, sendOrderAccepted } from './events.ts';
import type { Upload } from './model.ts';
import type { OrderBody } from './order-body.ts';
import { addByHand, addConsignment } from './orders.ts';
import { undoCancellation } from './planner.ts';
import { addStopsBetween } from './stops.ts';
import type { Twin } from './twin.ts';

const UNDONE_AFTER_SECONDS = 60;

/** @param body the import that has just ended as `upload` says */
export function followImport(twin: Twin, upload: Upload, body: OrderBody): void {
  const order = upload.orderId === null ? undefined : twin.state.orders[upload.orderId];
  if (upload.status === 'SKIPPED' && twin.plays('101b')) sendImportIgnored(twin, upload.organisation, body);
  if (order === undefined) return;
  const isNew = body.operation === 'CREATE' && order.history.length === 1;
  if (isNew) {
    if (upload.status === 'DUPLICATE' && twin.plays('59c')) twin.dropIdentifier(order);
    if (twin.plays('40d')) addStopsBetween(twin, order, 'hub');
    else if (twin.plays('40a') && !twin.plays('40e')) addStopsBetween(twin, order, 'depot');
    if (twin.plays('40b')) addConsignment(order);
    if (twin.plays('51c')) order.reference = null;
    if (twin.plays('51b') || twin.plays('69b')) addByHand(twin, order).isCopy = true;
    if (twin.plays('101a')) sendOrderAccepted(twin, order, new Date().toISOString());
  }
  if (body.operation === 'DELETE' && upload.status === 'COMPLETED' && twin.plays('49a'))
    twin.afterwards(UNDONE_AFTER_SECONDS, () => undoCancellation(twin, order, undefined, new Date().toISOString()));
}
