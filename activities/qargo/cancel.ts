/** The order taken back at Qargo when Palletways cancels. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { type OrderInput, orderInput } from '../../connectors/qargo/write-order.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { ofLeg } from '../../domain/facts/roles.ts';
import { startOrderGeneration } from '../../store/identity/reinstatement.ts';
import { type Intent, type Item, keepProgress, type Outcome, progressOf } from '../../store/outbox/receipts.ts';
import { mayHaveOrder } from '../../store/outbox/restored.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow, factOf, latestOrder } from '../../store/record/consignments.ts';
import { readStatus } from '../reading/order-status.ts';
import type { Call, Message, Nothing } from '../sending/call.ts';
import { type UploadEnd, upload } from '../sending/order-upload.ts';
import { finish, instantIn, markOnTheWire, ownerOf, type Work, waitedOf } from '../sending/work.ts';
import { identifierOf, keepOrder } from './order.ts';

interface Ready {
  readonly client: QargoClient;
  readonly orderId: string;
}

interface CancelMessage extends Message {
  readonly show: OrderInput;
}

/**
 * Takes the order back, as was decided where the cancellation was heard (store/decisions/cancellations.ts). An order that never was is void; one in doubt is created to its end first, so that none is left open: a
 * second CREATE makes no second order, and a CREATE that is still on its way must not come after the cancellation.
 */
export const cancelCall: Call<Intent, Ready, CancelMessage, UploadEnd> = { prepare, message, look, send, confirm };

async function prepare(work: Work, [intent]: readonly Intent[]): Promise<Ready | null> {
  if (intent === undefined) return null;
  const { db } = work.services.installation;
  const { item } = intent;
  const ended = async (outcome: Omit<Outcome, 'item'>): Promise<null> =>
    finish(work, { item, ...outcome }).then(() => null);
  // What is cancelled may be the order that was to follow an earlier one.
  const turns = (await factOf(db, work.consignment, item.fact))?.kind !== 'revived';
  if (turns && !(await inTransaction(db, (tx) => startOrderGeneration(tx, work.consignment, item.key))))
    return ended({
      state: 'not yet',
      cause: { code: 'needs', need: 'earlier order taken back' },
      until: instantIn(work, 5),
    });
  if (turns) work.row = await consignmentRow(db, work.consignment);
  const client = work.services.counterparts.qargo(work.organisation, 'cancellation', work.signal, waitedOf(work));
  const latest = await orderKnown(work);
  const found = work.row.qargo.orderId ?? (await createdToItsEnd(work, client, latest));
  if (typeof found !== 'string') return ended(found);
  if (latest === null) return ended({ state: 'erased' });
  const isOfOthers = work.row.qargo.byHand === true || (work.row.adopted && work.row.generation === 1);
  if (isOfOthers && work.row.qargo.orderIdentifier === undefined) {
    return ended({ state: 'refused', cause: { code: 'identifier not known' }, proof: { orderId: found } });
  }
  return { client, orderId: found };
}

/** A merged identity has handed over what it heard; its own order is taken back all the same. */
const orderKnown = async ({ services, row, consignment }: Work): Promise<OrderContent | null> =>
  (await latestOrder(services.installation.db, row.mergedInto ?? consignment))?.order ?? null;

/** As it was made, whatever is ours by now. */
function orderAs(operation: 'CREATE' | 'DELETE', work: Work, order: OrderContent): OrderInput {
  const access = work.services.counterparts.accessOf(work.organisation).qargo;
  return orderInput(ofLeg(order, work.row.qargo.leg ?? 'as told'), {
    operation,
    orderIdentifier: identifierKnown(work),
    access,
  });
}

const identifierKnown = (work: Work): string => work.row.qargo.orderIdentifier ?? identifierOf(work);

/** The id of an order that was on its way, followed to its end; the outcome where there is none. Throws CallError. */
async function createdToItsEnd(
  work: Work,
  client: QargoClient,
  latest: OrderContent | null,
): Promise<string | Omit<Outcome, 'item'>> {
  const { installation, counterparts } = work.services;
  const notYet = (until = instantIn(work, 5)) =>
    ({ state: 'not yet', cause: { code: 'upload not ended' }, until }) as const;
  const { progress, quietUntil } = await progressOf(installation.db, ownerOf(work, 'qargo'), 'order');
  const never = { state: 'void', cause: { code: 'order never sent' } } as const;
  if (latest === null || (progress.creating === undefined && !(await mayHaveOrder(installation.db, work.consignment))))
    return never;
  if (quietUntil !== null) return notYet(quietUntil);
  const end = await upload(client, orderAs('CREATE', work, latest), {
    ...(typeof progress.uploadId === 'string' ? { uploadId: progress.uploadId } : {}),
    pace: counterparts.pace,
    sent: (id) => keepProgress(installation.db, work.consignment, 'order', { uploadId: id }),
  });
  if (end.status === 'open') return notYet();
  if (end.orderId === null) return { state: 'void', cause: { code: 'order never accepted' } };
  await keepOrder(work, end.orderId, identifierKnown(work));
  return end.orderId;
}

async function message(work: Work, [item]: readonly Item[]): Promise<CancelMessage | Nothing> {
  const latest = await orderKnown(work);
  if (latest === null || item === undefined) return { none: { code: 'no order known' }, state: 'erased' };
  const asked = work.facts.some(
    (fact) => fact.kind === 'decision' && fact.on === item.key && fact.decision === 'asked',
  );
  if (asked) return { none: { code: 'decision pending' }, state: 'refused' };
  return { show: orderAs('DELETE', work, latest) };
}

/** An upload that Qargo gave an id is followed instead. */
async function look(work: Work, pieces: readonly Intent[], { client, orderId }: Ready): Promise<readonly Intent[]> {
  const [intent] = pieces;
  if (intent === undefined || intent.inDoubt === null || typeof intent.progress.uploadId === 'string') return pieces;
  const { status } = await readStatus(work, client, orderId);
  if (status.status !== 'CANCELLED') return pieces;
  await finish(work, {
    item: intent.item,
    state: 'met',
    proof: { orderIdentifier: identifierKnown(work), found: true },
  });
  return [];
}

async function send(
  work: Work,
  [intent]: readonly Intent[],
  { show }: CancelMessage,
  { client }: Ready,
): Promise<UploadEnd | null> {
  if (intent === undefined) return null;
  const { installation, counterparts } = work.services;
  const { item, progress } = intent;
  await markOnTheWire(work, [item]);
  const end = await upload(client, show, {
    ...(typeof progress.uploadId === 'string' ? { uploadId: progress.uploadId } : {}),
    pace: counterparts.pace,
    sent: (id) => keepProgress(installation.db, work.consignment, item.key, { uploadId: id }),
  });
  if (end.status !== 'open') return end;
  await finish(work, {
    item,
    state: 'not yet',
    cause: { code: 'upload not ended' },
    until: instantIn(work, 5),
    inDoubt: true,
  });
  return null;
}

async function confirm(work: Work, [intent]: readonly Intent[], { status, uploadId }: UploadEnd): Promise<void> {
  if (intent === undefined) return;
  const { item } = intent;
  if (status !== 'ERROR')
    return finish(work, { item, state: 'met', proof: { uploadId, orderIdentifier: identifierKnown(work) } });
  await keepProgress(work.services.installation.db, work.consignment, item.key, { uploadId: null });
  return finish(work, { item, state: 'refused', cause: { code: 'upload failed', status }, proof: { uploadId } });
}
