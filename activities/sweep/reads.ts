/** Reads of a consignment at Palletways that somebody asked for. */

import type { PalletwaysClient } from '../../connectors/palletways/calls.ts';
import { readConsignment, readNotes } from '../../connectors/palletways/read.ts';
import type { CallPriority } from '../../domain/calls/error.ts';
import type { Fact } from '../../domain/facts/facts.ts';
import { oursOf } from '../../domain/policy/organisation.ts';
import { noteConsignmentRead } from '../../store/due/pulls.ts';
import { notePresence } from '../../store/intake/presence.ts';
import { type Intent, keepProgress } from '../../store/outbox/receipts.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { ingestAnswer } from '../reading/ingest.ts';
import { noteTables, ownNotes } from '../reading/tables.ts';
import { type Call, carryOut, type Message, needsNoLook } from '../sending/call.ts';
import { endLooks, type Work } from '../sending/work.ts';
import { answeredNothing } from './patience.ts';

interface Ready {
  readonly trackingId: string;
  readonly client: PalletwaysClient;
  readonly context: { readonly zone: string; readonly receivedAt: string; readonly digest: (text: string) => string };
}

type Consignment = Awaited<ReturnType<PalletwaysClient['getConsignment']>>;
type Notes = Awaited<ReturnType<PalletwaysClient['getNotes']>>;

/** `null` where Palletways answered that there is nothing. */
interface Answer<T> {
  readonly answer: T | null;
}

const isRefresh = ({ item }: Intent): boolean => item.kind === 'refresh';

/** Meets what asks for the consignment alone; a refresh has its notes read too (notesRead). */
export const consignmentRead: Call<Intent, Ready, Message, Answer<Consignment>> = {
  // A read that only refreshes ask for takes turns with notes: many at once do not hold those up.
  prepare: (work, pieces) => reader(work, pieces.every(isRefresh) ? 'milestone' : 'label'),
  message: async (work) => ({ show: { read: 'the consignment', trackingId: work.row.trackingId } }),
  look: needsNoLook,
  send: async (_, __, ___, { client, trackingId }) => ({
    answer: await client.getConsignment(trackingId).catch(answeredNothing),
  }),
  confirm: async (work, pieces, { answer }, ready) => {
    const none = answer === null || answer.none;
    const looks = pieces.filter((piece) => !isRefresh(piece));
    await endLooks(work, looks, () => takeInConsignment(work, pieces.filter(isRefresh), answer, ready), { none });
  },
};

/** Ends a refresh. */
export const notesRead: Call<Intent, Ready, Message, Answer<Notes>> = {
  prepare: (work) => reader(work, 'milestone'),
  message: async (work) => ({ show: { read: 'the notes', trackingId: work.row.trackingId } }),
  look: needsNoLook,
  send: async (_, __, ___, { client, trackingId }) => ({
    answer: await client.getNotes({ trackingId }).catch(answeredNothing),
  }),
  confirm: (work, pieces, { answer }, ready) => endLooks(work, pieces, () => takeInNotes(work, pieces, answer, ready)),
};

/**
 * One read of the consignment, and one of its notes where a refresh asked, meet all that ask for them. What was read is kept before the
 * next call waits for its budget: where that wait is too long, only what is missing is read later. Throws CallError.
 */
export async function readBoth(work: Work, open: readonly Intent[]): Promise<void> {
  const refreshes = open.filter(isRefresh);
  const wantConsignment = refreshes.length < open.length || refreshes.some(({ progress }) => progress.read !== true);
  if (wantConsignment && open.length > 0) await carryOut(consignmentRead, work, open);
  const left = refreshes.filter(({ item }) => !work.ended.has(item.key));
  if (left.length > 0) await carryOut(notesRead, work, left);
}

async function takeInConsignment(
  work: Work,
  refreshes: readonly Intent[],
  answer: Consignment | null,
  { context }: Ready,
): Promise<Fact[]> {
  const { db } = work.services.installation;
  for (const { item } of refreshes) await keepProgress(db, work.consignment, item.key, { read: true });
  await noteConsignmentRead(db, work.consignment);
  if (answer === null || answer.none) {
    const heard = {
      organisation: work.organisation.id,
      journal: null,
      heard: context.receivedAt,
      via: 'read',
      handedOver: true,
    } as const;
    const missing = await inTransaction(db, (tx) => notePresence(tx, work.consignment, false, heard));
    return missing === null ? [] : [missing];
  }
  const reading = readConsignment(answer, { ...context, ours: oursOf(work.organisation) });
  return ingestAnswer(db, { ...askedBy(work), channel: 'palletways consignment', answer: answer.data, reading });
}

async function takeInNotes(
  work: Work,
  refreshes: readonly Intent[],
  answer: Notes | null,
  { context }: Ready,
): Promise<Fact[]> {
  const { db } = work.services.installation;
  // Sent once more, it reads both anew.
  for (const { item } of refreshes) await keepProgress(db, work.consignment, item.key, { read: false });
  if (answer === null) return [];
  const sent = await ownNotes(work.services, work.organisation, answer.notes);
  const reading = readNotes(answer.notes, { ...context, ...noteTables(work.services, work.organisation), sent });
  return ingestAnswer(db, { ...askedBy(work), channel: 'palletways notes', answer: answer.notes, reading });
}

const askedBy = (work: Work) =>
  ({ organisation: work.organisation.id, consignment: work.consignment, handedOver: true }) as const;

/** Null where the consignment has no tracking id yet. */
async function reader({ services, organisation, signal, row }: Work, priority: CallPriority): Promise<Ready | null> {
  if (row.trackingId === null) return null;
  const { installation, counterparts } = services;
  const receivedAt = await now(installation.db);
  const context = { zone: organisation.palletways.zone, receivedAt, digest: installation.digestOf(organisation.id) };
  return { trackingId: row.trackingId, client: counterparts.palletways(organisation, priority, signal), context };
}
