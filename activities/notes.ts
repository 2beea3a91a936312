/** What is told to Palletways in notes: facts and their content in domain words. */
import type { ExceptionContent, OutgoingNote, PlanContent, PodContent } from '../domain/content.ts';
import type { Fact, MilestoneFact } from '../domain/facts.ts';
import { noteReference } from '../domain/hash.ts';
import { content } from '../store/consignments.ts';
import type { Queryable } from '../store/database.ts';
import { decide, type Item } from '../store/deliveries.ts';
import type { Work } from './delivering.ts';
import { factFor } from './delivering.ts';
import { verdictNote } from './verdicts.ts';

const ranks: Readonly<Record<MilestoneFact['milestone'], number>> = { out: 1, arrived: 2, failed: 3, delivered: 3 };
const words: Readonly<Record<string, string>> = {
  'scan-load': 'Loaded',
  'scan-unload': 'Unloaded',
  'scan-cross-dock': 'Cross-docked',
  'scan-delivery': 'Scanned at delivery',
  out: 'Out for delivery',
  arrived: 'Arrived at consignee',
  delivered: 'Delivered',
  failed: 'Delivery failed',
};

/** The note for an item, `erased` where its content was erased meanwhile, `withheld` where configuration says so. */
export async function noteFor(work: Work, item: Item): Promise<OutgoingNote | 'erased' | 'withheld'> {
  const db = work.services.installation.db;
  const trackingId = work.row.trackingId ?? '';
  const ref = noteReference(work.consignment, item.key, item.digest, item.revision);
  const base = { trackingId, ref, late: false, barcode: '', signedBy: '', description: '' };
  const fact = await factFor(work, item, factKinds[item.kind] ?? 'scan');
  const at = fact.at;
  switch (fact.kind) {
    case 'scan':
      return { ...base, what: `scan-${fact.scan}`, at, barcode: fact.barcode, text: words[`scan-${fact.scan}`] ?? '' };
    case 'plan': {
      if (fact.trip === null) return { ...base, what: 'unplanned', at, text: 'Taken off its trip' };
      const said = fact.content === undefined ? { tripName: fact.trip, vehicle: '' } : await content<PlanContent>(db, fact.content);
      if (said === null) return 'erased';
      const vehicle = said.vehicle === '' ? '' : ` with ${said.vehicle}`;
      return { ...base, what: 'planned', at, description: said.tripName, text: `Planned on ${said.tripName}${vehicle}` };
    }
    case 'milestone': {
      const late = await decideLate(db, work, item, fact);
      if (late && work.organisation.policy.lateMilestones === 'withhold') return 'withheld';
      return { ...base, what: fact.milestone, at, late, description: fact.reason ?? '', text: words[fact.milestone] ?? '' };
    }
    case 'exception': {
      const said = fact.content === undefined ? { name: fact.code, description: '' } : await content<ExceptionContent>(db, fact.content);
      if (said === null) return 'erased';
      const text = [said.name, said.description].filter((part) => part !== '').join(': ');
      return { ...base, what: 'exception', at, description: fact.code, barcode: fact.barcode ?? '', text };
    }
    case 'verdict':
      return { ...base, what: 'verdict', at, ...verdictNote(fact) };
    case 'pod': {
      const said = fact.content === undefined ? { name: '' } : await content<PodContent>(db, fact.content);
      if (said === null) return 'erased';
      return {
        ...base,
        what: 'pod',
        at,
        signedBy: said.name,
        text: said.name === '' ? 'Delivered, signature taken' : `Signed by ${said.name}`,
      };
    }
    default:
      throw new Error(`no note tells ${item.kind}`);
  }
}

const factKinds: Partial<Record<Item['kind'], Fact['kind']>> = {
  scan: 'scan',
  plan: 'plan',
  milestone: 'milestone',
  exception: 'exception',
  pod: 'pod',
  verdict: 'verdict',
};

/** Whether a milestone of a higher rank that happened later was told already. Decided once, for good. */
async function decideLate(db: Queryable, work: Work, item: Item, fact: MilestoneFact): Promise<boolean> {
  const { rows } = await db.query<{ envelope: MilestoneFact }>(
    `select f.envelope from delivery d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.kind = 'milestone' and d.key <> $2 and d.state in ('delivered', 'sending')`,
    [work.consignment, item.key],
  );
  const late = rows.some(({ envelope }) => ranks[envelope.milestone] > ranks[fact.milestone] && envelope.at >= fact.at);
  return decide(db, work.consignment, `late ${item.key} ${item.revision}`, late);
}
