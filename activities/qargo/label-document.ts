/** The label PDF, from Palletways' printer to Qargo's order. */
import type { Intent } from '../../store/outbox/receipts.ts';
import { keepProgress } from '../../store/outbox/receipts.ts';
import { hold } from '../sending/hold.ts';
import { paperCall, paperReference, waitForOrder } from '../sending/import-once.ts';
import { finish, instantIn, type Work, waitedOf } from '../sending/work.ts';

export const labelPaper = paperCall({
  clientOf: (work) => work.services.counterparts.qargo(work.organisation, 'label', work.signal, waitedOf(work)),
  withoutOrder: waitForOrder,
  prepare: async (work, intent) => {
    if (work.row.trackingId === null) {
      await hold(work, [intent], { code: 'needs', need: 'tracking id' }, 30);
      return null;
    }
    // One that may be there already is looked for, and printed only where it is not.
    return {};
  },
  message: async (work, item) => {
    const ref = paperReference(work, item);
    const name = `Pallet labels ${ref}`;
    const paper = {
      filename: `labels-${ref}.pdf`,
      type: 'PALLET_LABEL_EXTERNAL',
      name,
      contentType: 'application/pdf',
    };
    return { show: { name, document: 'the label sheet as Palletways prints it' }, paper, bytes: null };
  },
  print: sheetFor,
});

/** The sheet, kept from the try before or printed now; null where Palletways has none yet: the outcome is written. Throws CallError. */
async function sheetFor(work: Work, intent: Intent): Promise<Buffer | null> {
  const { item, progress } = intent;
  const { installation, counterparts } = work.services;
  const { blob } = progress;
  // Whoever asks for it again wants the sheet as Palletways prints it now.
  const labelOf = item.revision === 1 ? item.fact : `${item.fact}:${item.revision}`;
  if (typeof blob === 'string' && progress.labelOf === labelOf && (await installation.blobs.has(blob)))
    return installation.blobs.get(blob);
  work.doing.step = 'getLabels';
  const answer = await counterparts
    .palletways(work.organisation, 'label', work.signal)
    .getLabels(work.row.trackingId ?? '');
  if (!answer.ready) {
    await finish(work, {
      item,
      state: 'not yet',
      cause: { code: 'label not ready' },
      reason: answer.sentence,
      until: instantIn(work, 15),
    });
    return null;
  }
  work.doing.step = 'store label';
  const stored = await installation.blobs.put(answer.pdf);
  await keepProgress(installation.db, work.consignment, item.key, { blob: stored.key, labelOf });
  return answer.pdf;
}
