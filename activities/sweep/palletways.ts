/** Sweeps one organisation: its reads find what no push reported. All its calls are polls, which never go before a new order. */
import { instantToLocal } from '../../connectors/palletways/local-time.ts';
import { readConsignment, readNotes, readStatuses } from '../../connectors/palletways/read.ts';
import type { ConStatus, PalletwaysNote } from '../../connectors/palletways/wire.ts';
import { noteKey } from '../../connectors/palletways/write-notes.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { Problem, Reading } from '../../domain/facts/reading.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { loadPresent, loadUntracked, noteConsignmentRead, type PullDue, pullsDue } from '../../store/due/pulls.ts';
import { noteSweepBegun, noteSweepEnded } from '../../store/due/sweeps.ts';
import { forgetTrips } from '../../store/due/trips.ts';
import { loadUnread } from '../../store/due/unread.ts';
import { findOwners, type Name } from '../../store/identity/identity.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { notePresence } from '../../store/intake/presence.ts';
import { unreadSince } from '../../store/outbox/restored.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { noteSeen, notesUnseen, readNotesPosition } from '../../store/record/feeds.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import { ownNotes } from '../reading/tables.ts';
import type { Services } from '../sending/work.ts';
import type { SweepInput, SweepResult } from '../types.ts';
import { contextOf, itemsOf, type Palletways } from './context.ts';
import { findStrangers, findTracking, meetStrangers, trackingFound } from './inbound.ts';
import { eachStep } from './items.ts';
import { answeredNothing, asOutage, patiently } from './patience.ts';
import { sweepStatuses, takeInSigns } from './statuses.ts';

/** Each sweep reads the last ten minutes of the delta again, because a note can be entered with an earlier second. */
const againSeconds = 600;
/** One sweep reads at most this many consignments again, so that it ends. */
const pullsPerSweep = 40;

export async function beginSweep({ installation }: Services, input: SweepInput): Promise<number> {
  await inTransaction(installation.db, (tx) => matchParked(tx, input.organisation));
  await forgetTrips(installation.db, input.organisation);
  return noteSweepBegun(installation.db, input.organisation);
}

export async function endSweep(
  { installation }: Services,
  input: { readonly sweep: number; readonly found: number },
): Promise<void> {
  await noteSweepEnded(installation.db, input.sweep, input.found);
}

export async function activeOrganisation({ installation }: Services, id: string): Promise<Organisation | null> {
  const organisation = await installation.organisations.cached(id);
  return organisation?.active === true ? organisation : null;
}

export async function sweepPalletways(
  services: Services,
  input: SweepInput,
  signal?: AbortSignal,
): Promise<SweepResult> {
  const organisation = await activeOrganisation(services, input.organisation);
  if (organisation === null) return { found: 0, read: 0 };
  const { counterparts } = services;
  const client = counterparts.palletways(organisation, 'poll', signal);
  let [found, read] = [0, 0];
  const step = (sweep: typeof sweepNotes) => async () => {
    const done = await sweep(services, organisation, client);
    found += done.found;
    read += done.read;
  };
  try {
    await eachStep(
      step(sweepNotes),
      step(sweepEntered),
      step(findStrangers),
      step(findTracking),
      step(pullOpen),
      step(sweepStatuses),
    );
    await counterparts.heardFrom(organisation, undefined);
    return { found, read };
  } catch (error) {
    await counterparts.heardFrom(organisation, error);
    throw error;
  }
}

/** Reads the notes since the stored cursor; only notes that were not seen before are journalled. */
async function sweepNotes(services: Services, organisation: Organisation, client: Palletways): Promise<SweepResult> {
  const { db } = services.installation;
  const context = await contextOf(services, organisation);
  const now = Math.floor(Date.parse(context.receivedAt) / 1000);
  const position = Math.min((await readNotesPosition(db, organisation.id)) ?? now, now);
  const { notes, problems } = await patiently(() => client.getNotes({ delta: position - againSeconds }));
  const fresh = new Set(await notesUnseen(db, organisation.id, [...new Set(notes.map(noteKey))]));
  const news: PalletwaysNote[] = notes.filter((note) => fresh.has(noteKey(note)));
  const reader = { ...context, sent: await ownNotes(services, organisation, news) };
  const read = readNotes(news, reader);
  const reading = { ...read, problems: [...read.problems, ...problems, ...ahead(news, now)] };
  const asked = {
    organisation: organisation.id,
    channel: 'palletways notes',
    answer: news,
    reading,
    handedOver: false,
  } as const;
  const found = (await ingestAnswer(db, asked)).length;
  await meetStrangers(services, organisation, news, reader);
  // Only notes that were taken in count as seen. A note from the future leads nowhere: the feed is never read from later than now.
  const last = Math.min(now, Math.max(position, ...notes.map((note) => note.Delta ?? 0)));
  await noteSeen(db, organisation.id, [...fresh], String(last));
  return { found, read: 1 };
}

/** Notes that say they were entered later than a clock can differ from ours. */
const ahead = (notes: readonly PalletwaysNote[], now: number): Problem[] =>
  notes.flatMap(({ Delta }, index) =>
    (Delta ?? 0) > now + againSeconds
      ? [{ field: `Detail.Data[${index}].Delta`, message: 'is ahead of our clock; the feed is read on from now' }]
      : [],
  );

/**
 * Reads the consignments that were entered today (in the first hours of a day also yesterday, and after a restore all days that the record
 * lost). Unknown consignments are read whole, and tracking ids that came late are stored.
 */
async function sweepEntered(services: Services, organisation: Organisation, client: Palletways): Promise<SweepResult> {
  const { db } = services.installation;
  const context = await contextOf(services, organisation);
  const days = daysOf(context.receivedAt, (await unreadSince(db, organisation.id)) ?? context.receivedAt, context.zone);
  const items = itemsOf(services, organisation);
  const unread = await loadUnread(db, organisation.id, 'consignment');
  let found = 0;
  let read = 0;
  for (const day of days) {
    const entered = await patiently(() => client.consEntered(day));
    read += 1;
    for (const row of await unknownOf(services, organisation, entered)) {
      const { trackingId } = row;
      if (trackingId === null) {
        found += await keepStatuses(services, organisation, [row]);
        continue;
      }
      if (unread.has(trackingId)) continue;
      const thing = { item: 'consignment', id: trackingId } as const;
      const answer = await patiently(() => client.getConsignment(trackingId)).catch((error: unknown) =>
        items.failed(thing, error),
      );
      read += 1;
      if (answer === undefined) continue;
      const item = { organisation: organisation.id, channel: 'palletways consignment' } as const;
      const take = () =>
        ingestAnswer(db, {
          ...item,
          answer: answer.data,
          reading: known(readConsignment(answer, context), row),
          handedOver: false,
        });
      found += (await ingestOrReport(db, item, take, [])).length;
      await items.read(thing);
    }
    found += await keepStatuses(services, organisation, await lateTracking(services, organisation, entered));
    found += await takeInSigns(services, organisation, entered);
  }
  await items.end();
  return { found, read };
}

/** Answers the local dates from `since` to `now` (UTC ISO), the latest first. In the first hours of a day, it adds the day before. */
function daysOf(now: string, since: string, zone: string): string[] {
  const today = instantToLocal(now, zone);
  const eve = today.time < '03:00' ? 1 : 0;
  const span =
    Math.max(0, Date.parse(`${today.date}T00:00Z`) - Date.parse(`${instantToLocal(since, zone).date}T00:00Z`)) / dayMs;
  return Array.from({ length: Math.max(eve, span) + 1 }, (_, back) => {
    return new Date(Date.parse(`${today.date}T00:00Z`) - back * dayMs).toISOString().slice(0, 10);
  });
}

const dayMs = 86_400_000;

/**
 * Adds the response id, which getConsignment does not answer. Without it, a push that has only the response id (its tracking id was late)
 * would begin a second consignment.
 */
function known(reading: Reading, row: ConStatus): Reading {
  const { responseId } = row;
  if (responseId === null) return reading;
  return { ...reading, heard: reading.heard.map((heard) => ({ ...heard, aliases: { ...heard.aliases, responseId } })) };
}

async function keepStatuses(
  services: Services,
  organisation: Organisation,
  rows: readonly ConStatus[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const reading = readStatuses(rows, await contextOf(services, organisation));
  const asked = {
    organisation: organisation.id,
    channel: 'palletways entered',
    answer: rows,
    reading,
    handedOver: false,
  } as const;
  return (await ingestAnswer(services.installation.db, asked)).length;
}

const strongNames = ({ trackingId, responseId }: ConStatus): Pick<Name, 'kind' | 'value'>[] => [
  ...(trackingId === null ? [] : [{ kind: 'trackingId', value: trackingId } as const]),
  ...(responseId === null ? [] : [{ kind: 'responseId', value: responseId } as const]),
];

/** Answers which names are known, and which consignment has each. */
const namesKnown = ({ installation }: Services, organisation: Organisation, rows: readonly ConStatus[]) =>
  findOwners(installation.db, organisation.id, rows.flatMap(strongNames));

/** Answers the rows whose two identifiers are both unknown. */
async function unknownOf(
  services: Services,
  organisation: Organisation,
  rows: readonly ConStatus[],
): Promise<ConStatus[]> {
  const known = await namesKnown(services, organisation, rows);
  return rows.filter((row) => !known.has(`trackingId ${row.trackingId}`) && !known.has(`responseId ${row.responseId}`));
}

/** Answers the rows whose response id is known, while the tracking id is unknown or belongs to another consignment: then the two are one. */
async function lateTracking(
  services: Services,
  organisation: Organisation,
  rows: readonly ConStatus[],
): Promise<ConStatus[]> {
  const known = await namesKnown(services, organisation, rows);
  return rows.filter((row) => {
    const owner = known.get(`responseId ${row.responseId}`);
    return row.trackingId !== null && owner !== undefined && owner !== known.get(`trackingId ${row.trackingId}`);
  });
}

/** So many that are all missing at once, and nothing else that is found: Palletways does not answer for what it has. */
const manyMissing = 3;

/** Reads the open consignments whose last read at Palletways is longer ago than their stage allows. */
async function pullOpen(services: Services, organisation: Organisation, client: Palletways): Promise<SweepResult> {
  const { db } = services.installation;
  const { pullMinutes, pullStages } = organisation.policy;
  const { pace } = services.counterparts;
  const due = await pullsDue(db, organisation.id, { minutes: pullMinutes, stages: pullStages, pace }, pullsPerSweep);
  const items = itemsOf(services, organisation);
  const unread = await loadUnread(db, organisation.id, 'consignment');
  const missing: PullDue[] = [];
  let found = 0;
  let isAnswered = false;
  for (const row of due.filter(({ trackingId }) => !unread.has(trackingId))) {
    const thing = { item: 'consignment', id: row.trackingId, consignment: row.id } as const;
    const context = await contextOf(services, organisation);
    const answer = await patiently(() => client.getConsignment(row.trackingId))
      .catch(answeredNothing)
      .catch((error: unknown) => items.failed(thing, asOutage(error)));
    if (answer === undefined) continue;
    await items.read(thing);
    if (answer === null || answer.none) {
      missing.push(row);
      continue;
    }
    isAnswered = true;
    const item = { organisation: organisation.id, channel: 'palletways consignment', consignment: row.id } as const;
    const take = () =>
      ingestAnswer(db, {
        ...item,
        answer: answer.data,
        reading: readConsignment(answer, context),
        handedOver: false,
      });
    found += (await ingestOrReport(db, item, take, [])).length;
    // It counts as read even if the answer could not be taken in, so that it does not keep other consignments from their turn.
    await noteConsignmentRead(db, row.id);
  }
  await items.end();
  if (missing.length >= manyMissing && !isAnswered) await checkPresent(services, organisation, client, missing);
  for (const row of missing) found += await takeInMissing(services, organisation, client, row);
  return { found, read: due.length };
}

/**
 * Reads one that was there when it was last read: if that is not there either, Palletways has lost sight of all, and nothing is concluded of
 * any. @throws CallError `down` then.
 */
async function checkPresent(
  { installation: { db } }: Services,
  { id: organisation }: Organisation,
  client: Palletways,
  missing: readonly PullDue[],
): Promise<void> {
  const ids = missing.map(({ id }) => id);
  const other = await loadPresent(db, organisation, ids);
  const answer =
    other === null ? null : await patiently(() => client.getConsignment(other.trackingId)).catch(answeredNothing);
  if (answer !== null && !answer.none) return;
  const asked = missing.length + (other === null ? 0 : 1);
  throw new CallError('down', `getConsignment: Palletways finds none of ${asked} open consignments`, { status: 200 });
}

/** What is not found by its tracking id may have another one by now; else it is noted as missing. */
async function takeInMissing(
  services: Services,
  organisation: Organisation,
  client: Palletways,
  { id }: PullDue,
): Promise<number> {
  const { db } = services.installation;
  const item = { organisation: organisation.id, channel: 'palletways consignment', consignment: id } as const;
  const take = async (): Promise<number> => {
    const learned = await trackingFound(services, organisation, client, await loadUntracked(db, id));
    if (learned > 0) return learned;
    const heard = { organisation: organisation.id, journal: null, heard: await now(db), via: 'read' } as const;
    return (await inTransaction(db, (tx) => notePresence(tx, id, false, heard))) === null ? 0 : 1;
  };
  const found = await ingestOrReport(db, item, take, 0);
  await noteConsignmentRead(db, id);
  return found;
}
