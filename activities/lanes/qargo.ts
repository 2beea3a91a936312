/** Sends to Qargo, call by call (calls.ts). Cancellations go first; looks go after changes, whose reads may answer them. */

import { obligationKinds, type QargoCall } from '../../domain/obligations/kinds.ts';
import { startOrderGeneration } from '../../store/identity/reinstatement.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import { decisionDocument } from '../agreement/decisions.ts';
import { cancelCall } from '../qargo/cancel.ts';
import { changeOrder } from '../qargo/change.ts';
import { evidenceCall } from '../qargo/evidence.ts';
import { sendGoods } from '../qargo/goods.ts';
import { journeyCall } from '../qargo/journey.ts';
import { labelPaper } from '../qargo/label-document.ts';
import { lookCall } from '../qargo/looks.ts';
import { noticePaper } from '../qargo/notice.ts';
import { createOrder } from '../qargo/order.ts';
import type { StatusRead } from '../reading/order-status.ts';
import { settleHistoricItems } from '../sending/adopted.ts';
import { carryOut, inGroups } from '../sending/call.ts';
import { hold } from '../sending/hold.ts';
import { importOnce, type PaperCall } from '../sending/import-once.ts';
import { type Doing, runAll, type Services, startWork, type Work, writeIntents } from '../sending/work.ts';
import type { SendInput } from '../types.ts';

/** One step of a run: a call, and the items that it sends together. */
interface Step {
  readonly items: readonly Item[];
  readonly run: () => Promise<void>;
}

/** Sends the items that are due to Qargo. */
export async function sendToQargo(
  services: Services,
  input: SendInput,
  signal?: AbortSignal,
  doing: Doing = { step: '' },
): Promise<void> {
  const work = await settleHistoricItems(await startWork(services, input, signal, doing), 'qargo');
  const of = (call: QargoCall) => work.items.filter(({ kind }) => obligationKinds[kind].calls.qargo === call);
  let read: StatusRead | null = null;
  const together = (call: QargoCall, run: (items: readonly Item[]) => Promise<void>): Step[] => {
    const items = of(call);
    return items.length === 0 ? [] : [{ items, run: () => run(items) }];
  };
  const each = (call: QargoCall, run: (intent: Intent) => Promise<void>): Step[] =>
    of(call).map((item) => ({
      items: [item],
      run: async () => {
        for (const intent of await written(work, [item])) await run(intent);
      },
    }));
  const paper = (call: PaperCall) => (intent: Intent) => importOnce(work, call, intent);
  await runAll(work, [
    ...each('cancel', async (intent) => void (await carryOut(cancelCall, work, [intent]))),
    ...together('change', async (items) => {
      read = await bringUpToDate(work, items);
    }),
    ...together('goods', (items) => sendGoods(work, items)),
    ...each('journey', async (intent) => void (await carryOut(journeyCall, work, [intent]))),
    ...together('look', async (items) => {
      await inGroups(
        work,
        await written(work, items),
        async (group) => void (await carryOut(lookCall(read), work, group)),
      );
    }),
    ...each('notice', paper(noticePaper)),
    ...together('evidence', async (items) => {
      await inGroups(
        work,
        await written(work, items),
        async (group) => void (await carryOut(evidenceCall, work, group)),
      );
    }),
    ...each('decision', paper(decisionDocument)),
  ]);
}

const written = (work: Work, items: readonly Item[]): Promise<Intent[]> =>
  writeIntents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );

/** Sends the order first, then the items that need it. Answers the status read that this made, if any. */
async function bringUpToDate(work: Work, items: readonly Item[]): Promise<StatusRead | null> {
  const { db } = work.services.installation;
  if (!(await inTransaction(db, (tx) => startOrderGeneration(tx, work.consignment, null)))) {
    await hold(work, await written(work, items), { code: 'needs', need: 'earlier order taken back' });
    return null;
  }
  work.row = await consignmentRow(db, work.consignment);
  let read: StatusRead | null = null;
  await inGroups(work, await written(work, items), async (group) => {
    read = (await bringGroupUpToDate(work, group)) ?? read;
  });
  return read;
}

async function bringGroupUpToDate(work: Work, group: readonly Intent[]): Promise<StatusRead | null> {
  const order = group.find(({ item }) => item.kind === 'order');
  let read: StatusRead | null = null;
  let left = group;
  if (order !== undefined && work.row.qargo.orderId === undefined) {
    work.doing.step = 'create order';
    const created = await createOrder(work, order);
    read = created.read;
    if (read === null || work.met.has('order')) left = group.filter((intent) => intent !== order);
    if (created.found) {
      // Labels and references may have been sent with the earlier order: the next try looks for them.
      await hold(work, left, { code: 'looked for first' });
      return read;
    }
  }
  if (work.row.qargo.orderId === undefined) {
    await hold(work, left, { code: 'needs', need: 'order accepted' });
    return read;
  }
  if (left.length === 0) return read;
  work.doing.step = 'change order';
  const changed = await changeOrder(work, left);
  const labels = left.find(({ item }) => item.kind === 'labels');
  if (labels !== undefined && !work.ended.has(labels.item.key)) {
    if (changed.barcodes) await importOnce(work, labelPaper, labels);
    else await hold(work, [labels], { code: 'barcodes not confirmed' });
  }
  return changed.read ?? read;
}
