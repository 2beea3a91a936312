/** Labels and PODs (apis 1.11). */
import { type Answer, type Context, type Method, PROSE, rows } from '../answer.ts';
import { type Attachment, imagesPdf, labelPdf, podPdf } from '../pdf.ts';
import type { Consignment } from '../world.ts';
import { byTrackingId, type Finder } from './reads.ts';

/** PDF; nothing found: `NO_RESULTS_FOUND`; not ready: the sentence (wire-assumptions 2.2). `/degrees/{n}` is accepted and ignored. */
export function labelsBy(find: Finder): Method {
  return async (call, context): Promise<Answer> => {
    const consignment = find(call, context);
    if (consignment === null) return rows([]);
    if (consignment.labelReadyAt === null || consignment.labelReadyAt > call.now) return { prose: PROSE.noLabel };
    return { pdf: await labelPdf(consignment) };
  };
}

/** The latest POD: what the last POD note says, with the files that came by FTP. */
export const getPodByTrackingId: Method = async (call, context): Promise<Answer> => {
  const consignment = byTrackingId(call, context);
  if (consignment === null) return { prose: PROSE.noPod };
  const { notes } = context.world.state;
  const pod = notes.findLast(
    (note) => note.responseId === consignment.responseId && (note.meant?.group ?? note.group) === 'POD',
  );
  if (pod === undefined) return { prose: PROSE.noPod };
  return { pdf: await podPdf(consignment, pod, await attachmentsOf(consignment, context)) };
};

/** All images of the consignment (portal only). */
export const podImages: Method = async (call, context): Promise<Answer> => {
  const consignment = byTrackingId(call, context);
  const attachments = consignment === null ? [] : await attachmentsOf(consignment, context);
  if (consignment === null || attachments.length === 0) return { prose: PROSE.noPod };
  return { pdf: await imagesPdf(consignment.enteredAt, attachments) };
};

async function attachmentsOf(consignment: Consignment, { world, files }: Context): Promise<Attachment[]> {
  const held = world.state.files.filter(
    (file) => file.organisation === consignment.organisation && file.trackingId === consignment.trackingId,
  );
  held.sort((a, b) => a.name.localeCompare(b.name));
  return Promise.all(held.map(async (file) => ({ name: file.name, bytes: await files.read(file) })));
}
