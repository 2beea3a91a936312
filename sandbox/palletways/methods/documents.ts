/** Labels and PODs (apis 1.11). */
import { type Answer, type Call, type Context, type Method, PROSE, rows } from '../answer.ts';
import { type Attachment, imagesPdf, labelPdf, podPdf } from '../pdf.ts';
import { filesOf, podNoteOf, proofDelayMs } from '../proof.ts';
import { text } from '../tree.ts';
import type { Consignment, HeldFile, Note, World } from '../world.ts';
import { byBarcode, byTrackingId, type Finder } from './reads.ts';

/** Flip 33b: when the POD is replaced. */
const REPLACED_MS = 10 * 60_000;

/** PDF; nothing found: `NO_RESULTS_FOUND`; not ready: the sentence (35). `/degrees/{n}` is accepted and ignored. */
export function labelsBy(find: Finder): Method {
  return (call, context) => {
    const consignment = find(call, context);
    if (consignment === null) return rows([]);
    const [first = ''] = consignment.barcodes;
    return labelOf(call, context, consignment, context.world.plays('35c') ? [first] : consignment.barcodes);
  };
}

/** `/getLabelsByBarcode/{barcode}` (portal): the label of one pallet. */
export const getLabelsByBarcode: Method = (call, context) => {
  const consignment = byBarcode(call, context);
  return consignment === null ? rows([]) : labelOf(call, context, consignment, [call.args[0] ?? '']);
};

async function labelOf(call: Call, { world }: Context, consignment: Consignment, barcodes: string[]): Promise<Answer> {
  const { labelReadyAt, fields } = consignment;
  const isCollecting = text(fields, 'CollectionDepot') === call.organisation.depot;
  const isRefused = world.plays('35a') || (world.plays('35b') && !isCollecting);
  if (isRefused || labelReadyAt === null || labelReadyAt > call.now) return { prose: PROSE.noLabel };
  return { pdf: await labelPdf(consignment, barcodes) };
}

/** The latest POD: what the last POD note says, with the files that came by FTP. When it is there: 33. */
export const getPodByTrackingId: Method = async (call, context): Promise<Answer> => {
  const { world } = context;
  const consignment = byTrackingId(call, context);
  if (consignment === null) return { prose: PROSE.noPod };
  const note = podNoteOf(world, consignment);
  const files = filesOf(world, consignment);
  const since = cameAt(world, note, files);
  if (since === null || since + proofDelayMs(world) > call.now) return { prose: PROSE.noPod };
  const attachments = await attachmentsOf(files, context);
  const [picture] = attachments;
  if (world.plays('33d') && picture !== undefined) return { image: imageOf(picture) };
  const isReplaced = world.plays('33b') && since + world.paced(REPLACED_MS) <= call.now;
  const pages = isReplaced ? [...attachments, ...attachments] : attachments;
  if (note === null) return { pdf: await imagesPdf(consignment.enteredAt, pages) };
  return { pdf: await podPdf(consignment, isReplaced ? { ...note, text: `${note.text} (2)` } : note, pages) };
};

/** From when the network has what makes a POD, epoch ms; null where it has not. */
function cameAt(world: World, note: Note | null, files: HeldFile[]): number | null {
  if (!world.isPublished || world.plays('33c')) return note === null ? null : note.delta * 1000;
  const moments = [...files.map((file) => file.at), ...(note === null ? [] : [note.delta * 1000])];
  return moments.length === 0 ? null : Math.max(...moments);
}

function imageOf({ name, bytes }: Attachment): { contentType: string; bytes: Uint8Array } {
  return { contentType: /\.png$/i.test(name) ? 'image/png' : 'image/jpeg', bytes };
}

/** All images of the consignment (portal only). */
export const podImages: Method = async (call, context): Promise<Answer> => {
  const { world } = context;
  const consignment = byTrackingId(call, context);
  const wait = world.plays('33c') ? 0 : proofDelayMs(world);
  const files = consignment === null ? [] : filesOf(world, consignment).filter((file) => file.at + wait <= call.now);
  if (consignment === null || files.length === 0) return { prose: PROSE.noPod };
  return { pdf: await imagesPdf(consignment.enteredAt, await attachmentsOf(files, context)) };
};

function attachmentsOf(held: HeldFile[], { files }: Context): Promise<Attachment[]> {
  return Promise.all(held.map(async (file) => ({ name: file.name, bytes: await files.read(file) })));
}
