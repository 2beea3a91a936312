/** A scan without a stop: it waits until the times of the pickup stop tell whether the pallet was loaded, or at the depot (wire assumption 42). */
import type { ScanFact, ScanKind } from '../../domain/facts/facts.ts';
import { placeOfScan, type ScanPlace } from '../../domain/state/scan-place.ts';
import { hasLoadingScan, loadStops } from '../../store/outbox/note-facts.ts';
import { decide, decided, type Item } from '../../store/outbox/receipts.ts';
import { factFor, finish, type Work, writeIntents } from '../sending/work.ts';
import { secondsSince, waitFor } from './waiting.ts';

const scanKey = ({ key }: Item) => `scan ${key}`;

/** Answers the kind that a note would tell the scan as, if it were sent now. */
export async function supposedScan(work: Work, item: Item): Promise<ScanKind> {
  const { scan } = await factFor(work, item, 'scan');
  return (await decided<ScanKind>(work.services.installation.db, work.consignment, scanKey(item))) ?? scan;
}

/** Decides once what a scan was; what a person sends again is as the table of scans says. Null: it waits, or is a person's. */
export async function placeScan(work: Work, item: Item): Promise<ScanKind | null> {
  const { db } = work.services.installation;
  const fact = await factFor(work, item, 'scan');
  if (fact.unplaced !== true || item.revision > 1) return fact.scan;
  const before = await decided<ScanKind>(db, work.consignment, scanKey(item));
  if (before !== undefined) return before;
  const hours = work.organisation.policy.scanHours;
  const place = hours === 0 ? fact.scan : await placeNow(work, fact);
  if (place !== 'open' && place !== 'unclear') return decide(db, work.consignment, scanKey(item), place);
  const waited = secondsSince(work, fact.heard);
  const left = hours * 3_600 - waited;
  if (place === 'open' && left > 0) {
    await waitFor(work, item, { code: 'scan not placed' }, Math.min(Math.max(60, waited), left + 1));
    return null;
  }
  for (const intent of await writeIntents(work, 'palletways', [{ item }]))
    await finish(work, { item: intent.item, state: 'refused', cause: { code: 'scan not placed' } });
  return null;
}

/** Where loadings are told otherwise the table of scans is right; else the times of the stops tell. */
async function placeNow({ services, organisation, consignment }: Work, fact: ScanFact): Promise<ScanPlace | ScanKind> {
  const { db } = services.installation;
  if (await hasLoadingScan(db, organisation.id)) return fact.scan;
  const { milestones, plan } = await loadStops(db, consignment);
  return placeOfScan(fact, milestones, plan);
}
