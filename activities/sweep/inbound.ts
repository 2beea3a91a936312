/** Finds at Palletways what no push and no list named: consignments that the note feed alone names, and tracking ids that came late. */

import { readConsignment, readStatuses } from '../../connectors/palletways/read.ts';
import type { Answer } from '../../connectors/palletways/read-answers.ts';
import { networkCodeOf } from '../../connectors/palletways/read-network.ts';
import { readRedirect } from '../../connectors/palletways/read-redirects.ts';
import { isEcho, type PalletwaysReading } from '../../connectors/palletways/reading.ts';
import type { ConStatus, PalletwaysNote } from '../../connectors/palletways/wire.ts';
import type { Reading } from '../../domain/facts/reading.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { noteConsignmentRead, referenceOf, type Untracked, untrackedDue } from '../../store/due/pulls.ts';
import {
  forgetStranger,
  type Stranger,
  saveForeign,
  saveStrangers,
  saveUnknown,
  strangersDue,
} from '../../store/due/strangers.ts';
import { loadUnread } from '../../store/due/unread.ts';
import { findOwners } from '../../store/identity/identity.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import type { Services } from '../sending/work.ts';
import type { SweepResult } from '../types.ts';
import { contextOf, itemsOf, type Palletways } from './context.ts';
import { answeredNothing, asOutage, patiently } from './patience.ts';

/** What the network's tables call a note that ends a consignment. */
const overCode = 'DELIVERED';
/** One sweep reads at most so many tracking ids that no consignment of ours has. */
const strangersPerSweep = 10;
/** One sweep looks for the tracking ids of at most so many consignments. */
const untrackedPerSweep = 10;
/** A consignment that was due longer ago is over: no order is made of a note that comes so late. */
const maxDaysPast = 7;
const dayMs = 86_400_000;

/** Remembers tracking ids that notes name and no consignment of ours has. A note that says that all is over names nothing to begin. */
export async function meetStrangers(
  { installation: { db }, counterparts }: Services,
  organisation: Organisation,
  notes: readonly PalletwaysNote[],
  reader: Pick<PalletwaysReading, 'sent'>,
): Promise<void> {
  const {
    redirectWords,
    networkCodes: codes,
    networkStatuses: statuses,
  } = counterparts.accessOf(organisation).palletways;
  const named = notes.filter((note) => note.TrackingID !== '' && !isEcho(note, reader));
  const moved = named.flatMap((note) =>
    readRedirect(note, redirectWords).map((each) => ({ ...each, oldId: note.TrackingID })),
  );
  const ids = [...named.map((note) => note.TrackingID), ...moved.map(({ trackingId }) => trackingId)];
  const known = await findOwners(
    db,
    organisation.id,
    [...new Set(ids)].map((value) => ({ kind: 'trackingId', value })),
  );
  const isKnown = (id: string) => known.has(`trackingId ${id}`);
  const begun = named.filter((note) => networkCodeOf(note, { codes, statuses }) !== overCode);
  await saveStrangers(db, organisation.id, [
    ...begun
      .filter((note) => !isKnown(note.TrackingID))
      .map((note) => ({ trackingId: note.TrackingID, oldId: null, redirect: false })),
    ...moved
      .filter(({ trackingId, oldId }) => isKnown(oldId) && !isKnown(trackingId))
      .map(({ trackingId, oldId, isRedirect }) => ({ trackingId, oldId, redirect: isRedirect })),
  ]);
}

/** Reads some of the tracking ids that no consignment of ours has: what our depots have a part in is taken in, others are remembered. */
export async function findStrangers(
  services: Services,
  organisation: Organisation,
  client: Palletways,
): Promise<SweepResult> {
  const { db } = services.installation;
  const items = itemsOf(services, organisation);
  const unread = await loadUnread(db, organisation.id, 'consignment');
  const due = (await strangersDue(db, organisation.id, strangersPerSweep)).filter(
    ({ trackingId }) => !unread.has(trackingId),
  );
  let found = 0;
  for (const stranger of due) {
    const { trackingId } = stranger;
    const thing = { item: 'consignment', id: trackingId } as const;
    const answer = await patiently(() => client.getConsignment(trackingId))
      .catch(answeredNothing)
      .catch((error: unknown) => items.failed(thing, asOutage(error)));
    if (answer === undefined) continue;
    if (answer === null || answer.none) await saveUnknown(db, organisation.id, trackingId, services.counterparts.pace);
    else found += await takeInStranger(services, organisation, stranger, answer);
    await items.read(thing);
  }
  await items.end();
  return { found, read: due.length };
}

async function takeInStranger(
  services: Services,
  organisation: Organisation,
  stranger: Stranger,
  answer: Answer,
): Promise<number> {
  const { db } = services.installation;
  const { trackingId, oldId } = stranger;
  const context = await contextOf(services, organisation);
  const reading = readConsignment(answer, context);
  const consignment = await successorOf(services, organisation, stranger, reading);
  const isForeign = reading.problems.length === 0 && !isOurs(reading, context.receivedAt);
  if (consignment === undefined && (oldId !== null || isForeign)) {
    await saveForeign(db, organisation.id, trackingId);
    return 0;
  }
  const item = {
    organisation: organisation.id,
    channel: 'palletways consignment',
    ...(consignment === undefined ? {} : { consignment }),
  } as const;
  const take = () => ingestAnswer(db, { ...item, answer: answer.data, reading, handedOver: false });
  const facts = await ingestOrReport(db, item, take, []);
  await (facts.length > 0
    ? forgetStranger(db, organisation.id, trackingId)
    : saveForeign(db, organisation.id, trackingId));
  return facts.length;
}

/**
 * Answers the consignment of ours that has this tracking id from now on: a note of it said so in words, or named the id, and what stands under
 * that id has its number.
 */
async function successorOf(
  { installation: { db } }: Services,
  { id: organisation }: Organisation,
  { oldId, redirect }: Stranger,
  { heard }: Reading,
): Promise<string | undefined> {
  if (oldId === null) return undefined;
  const owner = (await findOwners(db, organisation, [{ kind: 'trackingId', value: oldId }])).get(`trackingId ${oldId}`);
  if (owner === undefined || redirect) return owner;
  const conNos = heard.flatMap(({ aliases: { conNo } }) => (conNo === undefined ? [] : [conNo]));
  return conNos.length > 0 && conNos.includes((await referenceOf(db, owner)) ?? '') ? owner : undefined;
}

/** Whether one of our depots has a part in it, and it is not over long since. */
function isOurs({ heard }: Reading, receivedAt: string): boolean {
  const since = new Date(Date.parse(receivedAt) - maxDaysPast * dayMs).toISOString().slice(0, 10);
  return heard
    .flatMap(({ facts }) => facts)
    .some(
      (fact) =>
        fact.kind === 'order' &&
        fact.roles?.some((role) => role !== 'third party') === true &&
        (fact.deliveryDate ?? fact.collectionDate ?? since) >= since,
    );
}

/** Looks for the tracking ids of consignments that were heard of without one. */
export async function findTracking(
  services: Services,
  organisation: Organisation,
  client: Palletways,
): Promise<SweepResult> {
  const { db } = services.installation;
  const { pullMinutes } = organisation.policy;
  const due = await untrackedDue(db, organisation.id, pullMinutes / services.counterparts.pace, untrackedPerSweep);
  const items = itemsOf(services, organisation);
  let found = 0;
  for (const row of due) {
    const thing = { item: 'consignment', id: row.responseId ?? row.conNo ?? row.id, consignment: row.id } as const;
    const kept = await trackingFound(services, organisation, client, row).catch((error: unknown) =>
      items.failed(thing, asOutage(error)),
    );
    if (kept === undefined) continue;
    found += kept;
    await noteConsignmentRead(db, row.id);
    await items.read(thing);
  }
  await items.end();
  return { found, read: due.length };
}

/**
 * Asks for the tracking id of a consignment by its response id, else by its number, and takes in the one that there is: a number is not unique,
 * and what another consignment of ours has is not this one's. Answers how many facts are news. Throws CallError.
 */
export async function trackingFound(
  services: Services,
  organisation: Organisation,
  client: Palletways,
  { id, responseId, conNo }: Untracked,
): Promise<number> {
  const { db } = services.installation;
  const none: readonly ConStatus[] = [];
  const byId =
    responseId === null
      ? none
      : ((await patiently(() => client.conStatusById(responseId)).catch(answeredNothing)) ?? none);
  const has = (row: ConStatus) => row.trackingId !== null;
  const byNumber =
    byId.some(has) || conNo === null
      ? none
      : ((await patiently(() => client.conStatusByConNo(conNo)).catch(answeredNothing)) ?? none);
  const rows = [
    ...byId.filter(has).map((row) => ({ ...row, responseId })),
    ...byNumber.filter((row) => has(row) && row.conNo === conNo),
  ];
  const [row] = rows;
  if (row === undefined || new Set(rows.map(({ trackingId }) => trackingId)).size > 1) return 0;
  const value = row.trackingId ?? '';
  const item = { organisation: organisation.id, consignment: id } as const;
  const owner = (await findOwners(db, organisation.id, [{ kind: 'trackingId', value }])).get(`trackingId ${value}`);
  if (owner !== undefined && (owner === id || byId.length === 0)) return 0;
  const reading = readStatuses([row], await contextOf(services, organisation));
  const asked = { ...item, channel: 'palletways entered', answer: rows, reading, handedOver: false } as const;
  return (await ingestOrReport(db, { ...item, channel: 'palletways entered' }, () => ingestAnswer(db, asked), []))
    .length;
}
