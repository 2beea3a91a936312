/** Looks at the order at Qargo: what only a read tells. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { readDocuments } from '../../connectors/qargo/read.ts';
import { isSignatureKnown } from '../../store/intake/evidence.ts';
import { endWaiting, type Intent } from '../../store/outbox/receipts.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { ingestGoods } from '../agreement/goods.ts';
import { ingestPlannerEdits } from '../agreement/planner-edits.ts';
import { ingestAnswer } from '../reading/ingest.ts';
import { readStatus, type StatusRead } from '../reading/order-status.ts';
import { readingTables } from '../reading/tables.ts';
import { type Call, type Message, needsNoLook } from '../sending/call.ts';
import { waitForOrder } from '../sending/import-once.ts';
import { endLooks, type Work, waitedOf } from '../sending/work.ts';

interface Ready {
  readonly client: QargoClient;
  readonly orderId: string;
}

interface Answer {
  readonly read: StatusRead;
  readonly documents: unknown;
  /** When the documents were read, UTC ISO, database clock. */
  readonly readAt: string;
}

/**
 * One read of the order's status (and its documents, where a refresh asked, an incident may have photos, or a signature is read of which
 * nobody told the papers) meets all looks. `known`: a read that was made on the way.
 */
export const lookCall = (known: StatusRead | null = null): Call<Intent, Ready, Message, Answer> => ({
  prepare: async (work, pieces) => {
    const { orderId } = work.row.qargo;
    if (orderId !== undefined)
      return {
        orderId,
        client: work.services.counterparts.qargo(work.organisation, 'pod', work.signal, waitedOf(work)),
      };
    await waitForOrder(work, pieces);
    return null;
  },
  message: async () => ({ show: { read: 'the status of the order' } }),
  look: needsNoLook,
  send: async (work, pieces, _, { client, orderId }) => {
    const read = known ?? (await readStatus(work, client, orderId));
    // No event tells the photos of an incident, and the consignment may be closed before the next sweep.
    const wantsDocuments =
      pieces.some(({ item }) => item.kind === 'refresh') ||
      read.status.stops.some(({ incidents }) => incidents.length > 0) ||
      (await hasUntoldPapers(work, read));
    const documents = wantsDocuments ? await client.getOrderDocuments(orderId) : null;
    return { read, documents, readAt: await now(work.services.installation.db) };
  },
  confirm: takeInAnswer,
});

/** Whether a read tells a signature of which nobody told anything, nor of its papers: they came together, and this read is their only sign. */
async function hasUntoldPapers(work: Work, { status }: StatusRead): Promise<boolean> {
  const signed = status.reading.heard.flatMap(({ facts }) =>
    facts.flatMap(({ kind, id }) => (kind === 'pod' ? [id] : [])),
  );
  return signed.length > 0 && !(await isSignatureKnown(work.services.installation.db, work.consignment, signed));
}

async function takeInAnswer(
  work: Work,
  pieces: readonly Intent[],
  { read, documents, readAt }: Answer,
  { orderId }: Ready,
): Promise<void> {
  const { installation } = work.services;
  const of = { organisation: work.organisation.id, consignment: work.consignment };
  await endLooks(work, pieces, async () => {
    const { db } = installation;
    const asked = { organisation: work.organisation.id, consignment: work.consignment, handedOver: true } as const;
    const facts = await ingestAnswer(db, {
      ...asked,
      channel: 'qargo status',
      answer: read.answer,
      reading: read.status.reading,
    });
    const changed = await inTransaction(db, async (tx) => [
      ...(await ingestGoods(tx, work, read, { handedOver: true })),
      ...(await ingestPlannerEdits(tx, work, read, { handedOver: true })),
    ]);
    facts.push(...changed);
    if (documents !== null) {
      const context = { zone: 'UTC', receivedAt: readAt, digest: installation.digestOf(work.organisation.id) };
      const reading = readDocuments(documents, orderId, context, await readingTables(work));
      facts.push(...(await ingestAnswer(db, { ...asked, channel: 'qargo documents', answer: documents, reading })));
    }
    return facts;
  });
  await inTransaction(installation.db, (tx) => endWaiting(tx, of, 'evidence not read'));
}

/** Status and documents, for evidence that is missing; what they tell is dispatched as any news. */
export async function readForEvidence(work: Work): Promise<void> {
  const { orderId } = work.row.qargo;
  if (orderId === undefined) return;
  const { installation, counterparts } = work.services;
  const client = counterparts.qargo(work.organisation, 'poll', work.signal, waitedOf(work));
  const read = await readStatus(work, client, orderId);
  const documents = await client.getOrderDocuments(orderId);
  const context = {
    zone: 'UTC',
    receivedAt: await now(installation.db),
    digest: installation.digestOf(work.organisation.id),
  };
  const reading = readDocuments(documents, orderId, context, await readingTables(work));
  const asked = { organisation: work.organisation.id, consignment: work.consignment, handedOver: false } as const;
  await ingestAnswer(installation.db, {
    ...asked,
    channel: 'qargo status',
    answer: read.answer,
    reading: read.status.reading,
  });
  await ingestAnswer(installation.db, { ...asked, channel: 'qargo documents', answer: documents, reading });
}
