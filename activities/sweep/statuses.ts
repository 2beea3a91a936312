/** Asks Palletways for the statuses of open consignments: a cancellation may be told by nothing else (wire assumption 27). */
import { readCancelStatuses } from '../../connectors/palletways/read-cancel-signs.ts';
import type { ConStatus } from '../../connectors/palletways/wire.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { noteStatusRead, pullsDue } from '../../store/due/pulls.ts';
import { loadUnread } from '../../store/due/unread.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import type { Services } from '../sending/work.ts';
import type { SweepResult } from '../types.ts';
import { contextOf, itemsOf, type Palletways } from './context.ts';
import { answeredNothing, asOutage, patiently } from './patience.ts';

/** One sweep asks for the statuses of at most this many consignments, so that it ends. */
const statusesPerSweep = 20;

/** Asks as often as consignments are pulled, until they are delivered: from then on no cancellation changes anything. */
export async function sweepStatuses(
  services: Services,
  organisation: Organisation,
  client: Palletways,
): Promise<SweepResult> {
  const { db } = services.installation;
  const { pullMinutes: minutes, pullStages: stages } = organisation.policy;
  const { statusMethod } = services.counterparts.accessOf(organisation).palletways;
  if (statusMethod === 'none') return { found: 0, read: 0 };
  const schedule = { minutes, stages, pace: services.counterparts.pace };
  const due = await pullsDue(db, organisation.id, schedule, statusesPerSweep, 'palletways_status_at');
  const unread = await loadUnread(db, organisation.id, 'status');
  const items = itemsOf(services, organisation);
  let [found, read] = [0, 0];
  for (const { id, trackingId, stage } of due) {
    if (stage === 'delivered' || unread.has(trackingId)) continue;
    const thing = { item: 'status', id: trackingId, consignment: id } as const;
    read += 1;
    const none: readonly ConStatus[] = [];
    const rows = await patiently(() => client[statusMethod](trackingId))
      .catch((error: unknown) => answeredNothing(error) ?? none)
      .catch((error: unknown) => items.failed(thing, asOutage(error)));
    if (rows === undefined) continue;
    // A status that is told under another id than it was asked by is another consignment's.
    const own = rows.filter((row) => row.trackingId === null || row.trackingId === trackingId);
    const named = own.map((row) => ({ ...row, trackingId }));
    found += await takeInSigns(services, organisation, named, id);
    await noteStatusRead(db, id);
    await items.read(thing);
  }
  await items.end();
  return { found, read };
}

/** Takes in what statuses may say of a cancellation. */
export async function takeInSigns(
  services: Services,
  organisation: Organisation,
  rows: readonly ConStatus[],
  consignment?: string,
): Promise<number> {
  const { db } = services.installation;
  const reading = readCancelStatuses(rows, await contextOf(services, organisation));
  if (reading.heard.length === 0) return 0;
  const item = {
    organisation: organisation.id,
    channel: 'palletways entered',
    ...(consignment === undefined ? {} : { consignment }),
  } as const;
  const take = () => ingestAnswer(db, { ...item, answer: rows, reading, handedOver: false });
  return (await ingestOrReport(db, item, take, [])).length;
}
