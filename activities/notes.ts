/** What is told to Palletways in notes: facts and their content in domain words. */

import { instantToLocal } from '../connectors/palletways/local-time.ts';
import { sayCharge } from '../domain/charges.ts';
import { momentOf } from '../domain/order-of-time.ts';
import type { ExceptionContent, NetworkContent, OutgoingNote, PlanContent, PodContent } from '../domain/content.ts';
import type { Counted, Fact, MilestoneFact, PodFact } from '../domain/facts.ts';
import { noteReference } from '../domain/hash.ts';
import { evidenceKey } from '../domain/obligations.ts';
import { doorOutcome } from '../domain/pallets.ts';
import { knownReason, reasonParked, reasonTold } from '../domain/reason.ts';
import { sayCounted, signedFor } from '../domain/signed-for.ts';
import { content } from '../store/consignments.ts';
import type { Queryable } from '../store/database.ts';
import { decide, type Item } from '../store/deliveries.ts';
import { legNow } from '../store/roles.ts';
import { factFor, type Work } from './delivering.ts';
import { reasonTables } from './reading-tables.ts';
import { verdictNote } from './verdicts.ts';

const ranks: Readonly<Record<MilestoneFact['milestone'], number>> = { out: 1, arrived: 2, failed: 3, delivered: 3 };
const words: Readonly<Record<string, string>> = {
  'scan-load': 'Loaded',
  'scan-unload': 'Unloaded',
  'scan-cross-dock': 'Cross-docked',
  'scan-delivery': 'Scanned at delivery',
  out: 'Out for delivery',
  collected: 'Collected',
  arrived: 'Arrived at consignee',
  delivered: 'Delivered',
  failed: 'Delivery failed',
};

/**
 * The note for an item, `erased` where its content was erased meanwhile, `withheld` where configuration says so, `not yet` where
 * Qargo must be asked first what became of the pallets.
 */
export async function noteFor(work: Work, item: Item): Promise<OutgoingNote | 'erased' | 'withheld' | 'not yet'> {
  const db = work.services.installation.db;
  const trackingId = work.row.trackingId ?? '';
  const ref = noteReference(work.consignment, item.key, item.fact, item.revision);
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
      const part = fact.milestone === 'delivered' ? await partDelivery(work, item, fact) : null;
      if (part === 'not yet') return part;
      const named = (reason: string) =>
        reason === '' ? '' : reasonTold(reason, reasonTables(work.services, work.organisation), work.organisation.policy);
      if (part !== null) return { ...base, what: part.what, at, late, description: named(part.reason), text: part.text };
      const what = fact.milestone === 'out' && (await legNow(db, work.consignment)) === 'collection' ? 'collected' : fact.milestone;
      return { ...base, what, at, late, description: named(fact.reason ?? ''), text: words[what] ?? '' };
    }
    case 'eta': {
      const { date, time } = instantToLocal(fact.eta, work.organisation.palletways.zone);
      const expected = `${date} ${time.slice(0, 5)}`;
      return { ...base, what: 'eta', at, description: expected, text: `Expected ${expected}` };
    }
    case 'network': {
      const said = fact.content === undefined ? null : await content<NetworkContent>(db, fact.content);
      if (said === null) return 'erased';
      const { date, time, window } = said;
      const text = `Booked in for ${date} ${time}${window === undefined ? '' : ` to ${window.until}`}`;
      return { ...base, what: 'booking', at, description: `${date} ${time}`, text };
    }
    case 'exception': {
      const said = fact.content === undefined ? { name: fact.code, description: '' } : await content<ExceptionContent>(db, fact.content);
      if (said === null) return 'erased';
      const text = [said.name, said.description].filter((part) => part !== '').join(': ');
      const description = knownReason(fact.code, reasonTables(work.services, work.organisation)) ?? fact.code;
      return { ...base, what: 'exception', at, description, barcode: fact.barcode ?? '', text };
    }
    case 'charge':
      return {
        ...base,
        what: 'charge',
        at,
        description: fact.charge.toUpperCase(),
        barcode: barcodeOf(fact.about),
        text: `Now ${sayCharge(fact)}`,
      };
    case 'verdict':
      return { ...base, what: 'verdict', at, ...verdictNote(fact) };
    case 'pod': {
      const said = fact.content === undefined ? { name: '' } : await content<PodContent>(db, fact.content);
      if (said === null) return 'erased';
      const counted = work.organisation.policy.podQuantities === 'off' ? null : await countedFor(work, fact);
      const signed = said.name === '' ? 'Delivered, signature taken' : `Signed by ${said.name}`;
      const how = (await corrects(db, work.consignment, item, fact)) ? `Correction: ${signed}` : signed;
      return {
        ...base,
        what: 'pod',
        at,
        signedBy: said.name,
        description: counted === null ? '' : sayCounted(counted),
        text: counted === null ? how : `${how} for ${sayCounted(counted)} pallets`,
      };
    }
    default:
      throw new Error(`no note tells ${item.kind}`);
  }
}

/** Whether the fact corrects what was told of the same event. Before anything was told of it, it is told as if it had been said first. */
async function corrects(db: Queryable, consignment: string, item: Item, { retold }: Fact): Promise<boolean> {
  if (retold === undefined) return false;
  const { rows } = await db.query(
    `select 1 from attempt where consignment = $1 and key = $2 and fact <> $3 and outcome = 'delivered' limit 1`,
    [consignment, item.key, item.fact],
  );
  return rows.length > 0;
}

/** Why a note is held back until somebody makes a mapping; null where it can go. */
export function noteParked({ services, organisation }: Work, { what, description }: OutgoingNote): string | null {
  return what === 'exception' ? reasonParked(description, reasonTables(services, organisation), organisation.policy) : null;
}

const factKinds: Partial<Record<Item['kind'], Fact['kind']>> = {
  scan: 'scan',
  plan: 'plan',
  milestone: 'milestone',
  eta: 'eta',
  exception: 'exception',
  pod: 'pod',
  charge: 'charge',
  verdict: 'verdict',
  booking: 'network',
};

/** What was measured may be a pallet, known by its barcode, or a kind of pallets. */
const barcodeOf = (about: string) => (/^B[0-9A-Z]{9}$/.test(about) ? about : '');

/** Whether a milestone of a higher rank that happened later was told already. Decided once, for good. */
async function decideLate(db: Queryable, work: Work, item: Item, fact: MilestoneFact): Promise<boolean> {
  const { rows } = await db.query<{ envelope: MilestoneFact }>(
    `select f.envelope from delivery d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.kind = 'milestone' and d.key <> $2 and d.state in ('delivered', 'sending')`,
    [work.consignment, item.key],
  );
  const late = rows.some(({ envelope }) => ranks[envelope.milestone] > ranks[fact.milestone] && momentOf(envelope) >= momentOf(fact));
  return decide(db, work.consignment, `late ${item.key} ${item.revision}`, late);
}

/** How a delivery that left pallets over is told. */
interface PartDelivery {
  readonly what: 'delivered' | 'failed';
  /** Reason code of the first pallet that was left over; '' where it is told as delivered. */
  readonly reason: string;
  readonly text: string;
}

/** Qargo is not waited for longer than this: then the milestone is told as far as it is known. */
const evidenceMinutes = 10;

/**
 * What became of the pallets at the door, where some were left over; null where none were as far as is known. Decided once for a
 * milestone and what a person had sent again: what is heard of a pallet later is told as its own exception.
 */
async function partDelivery(work: Work, item: Item, fact: MilestoneFact): Promise<PartDelivery | null | 'not yet'> {
  const db = work.services.installation.db;
  const { partDelivery: rule } = work.organisation.policy;
  if (rule === 'failed' && (await isAsked(db, work, fact))) return 'not yet';
  const { delivered, left } = doorOutcome(await saidOfPallets(work), momentOf(fact));
  const [first] = left;
  if (first === undefined) return null;
  const named = left.map(({ barcode, position }) => `${barcode} ${position}`).join(', ');
  const count = `${delivered.length} of ${delivered.length + left.length}`;
  const text = `${words[rule]}, ${count} pallets: ${named}`;
  const told: PartDelivery = { what: rule, reason: rule === 'failed' ? first.trouble : '', text };
  return decide(db, work.consignment, `part ${item.key} ${item.revision}`, told);
}

/** For how much was signed, as far as it is known when the note is written: what is heard later is told as its own. */
async function countedFor(work: Work, pod: PodFact): Promise<Counted | null> {
  return signedFor(await saidOfPallets(work), pod);
}

/** What tells where each pallet is and was. */
async function saidOfPallets({ services, consignment }: Work): Promise<Fact[]> {
  const { rows } = await services.installation.db.query<{ envelope: Fact }>(
    `select envelope from fact where consignment = $1 and kind in ('labels', 'scan', 'exception', 'milestone')`,
    [consignment],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Whether Qargo is still to be asked what happened at that stop. */
async function isAsked(db: Queryable, work: Work, fact: MilestoneFact): Promise<boolean> {
  if (fact.via !== 'push') return false;
  const { rows } = await db.query(
    `select 1 from fact f where f.consignment = $1 and f.id = $2 and f.heard > clock_timestamp() - $4 * interval '1 minute'
        and not exists (select 1 from delivery d where d.consignment = $1 and d.key = $3 and d.state in ('delivered', 'void', 'refused', 'unknown'))`,
    [work.consignment, fact.id, evidenceKey(fact), evidenceMinutes / work.services.counterparts.pace],
  );
  return rows.length > 0;
}
