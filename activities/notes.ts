/** What is told to Palletways in notes: facts and their content in domain words. */

import { noteElements } from '../connectors/palletways/notes.ts';
import { instantToLocal } from '../connectors/palletways/local-time.ts';
import { type CallPriority, callPriorities } from '../domain/call-error.ts';
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
import { decide, decided, type Intent, type Item } from '../store/deliveries.ts';
import { legNow } from '../store/roles.ts';
import { type Call, type Message, needsNoLook, type Piece } from './call.ts';
import { splitByPath } from './charges.ts';
import { factFor, finish, intents, soon, type Work } from './delivering.ts';
import { collect, writeNotes } from './notes-waiting.ts';
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

/** What is decided of a note before it is put into words, once and for good. */
export interface NoteDecisions {
  /** A milestone of a higher rank that happened later was told already. */
  readonly late: boolean;
  /** How what was left over at the door is told; null: nothing was. */
  readonly part: PartDelivery | null;
}

export interface NoteMessage extends Message {
  readonly notes: readonly { readonly item: Item; readonly waiting: { readonly ref: string; readonly payload: OutgoingNote } }[];
}

interface Settled {
  readonly open: readonly Intent[];
  /** How each stands then, by key. */
  readonly states: ReadonlyMap<string, string>;
}

/** Notes wait on the desk and ride one call with all that wait there; where one is in doubt the desk looks for it. */
export const noteCall: Call<Piece, NoteDecisions, NoteMessage, Settled> = {
  prepare: async (work, [piece]) => (piece === undefined ? null : decideNote(work, piece.item)),
  message: async (work, [item], ready) => {
    if (item === undefined) return { none: 'nothing', state: 'void' };
    if (ready === undefined && (await splitByPath(work, 'palletways', [item]))[0].length > 0)
      return { show: { keyIn: sayCharge(await factFor(work, item, 'charge')) }, notes: [] };
    const note = await noteFor(work, item, ready ?? (await supposedOf(work, item)));
    if (note === 'erased') return { none: 'erased', state: 'erased' };
    if (note === 'withheld') return { none: 'withheld: a later milestone was told', state: 'void' };
    const cause = noteParked(work, note);
    if (cause !== null) return { none: cause, state: 'refused' };
    const show = noteElements(note, { ...work.services.counterparts.accessOf(work.organisation).palletways, now: note.at });
    return { show, notes: [{ item, waiting: { ref: note.ref, payload: note } }] };
  },
  look: needsNoLook,
  send: async (work, _, { notes }) => {
    const open = await writeNotes(work, notes);
    if (open.length === 0) return null;
    const priorities: CallPriority[] = open.map(({ item }) => (item.kind === 'pod' ? 'pod' : 'milestone'));
    const best = callPriorities[Math.min(...priorities.map((priority) => callPriorities.indexOf(priority)))] ?? 'milestone';
    const items = open.map(({ item }) => item);
    return { open, states: await work.services.desk.settled(work.organisation, work.consignment, items, best) };
  },
  confirm: (work, _, { open, states }) => collect(work, open, states),
};

/** What is to be decided of an item; null where Qargo must be asked first what became of the pallets: it waits then. */
async function decideNote(work: Work, item: Item): Promise<NoteDecisions | null> {
  const db = work.services.installation.db;
  const decisions = await supposedOf(work, item);
  if (item.kind !== 'milestone') return decisions;
  const late = await decide(db, work.consignment, lateKey(item), decisions.late);
  if (isWithheld(work, late)) return { late, part: null };
  if (decisions.asked) {
    for (const { item: left } of await intents(work, 'palletways', [{ item }]))
      await finish(work, { item: left, state: 'not yet', cause: 'evidence not read', until: soon(work, 5) });
    return null;
  }
  const part = decisions.part === null ? null : await decide(db, work.consignment, partKey(item), decisions.part);
  return { late, part };
}

const lateKey = ({ key, revision }: Item) => `late ${key} ${revision}`;
const partKey = ({ key, revision }: Item) => `part ${key} ${revision}`;
const isWithheld = ({ organisation }: Work, late: boolean) => late && organisation.policy.lateMilestones === 'withhold';

/** What would be decided now, where nothing was yet. Nothing is kept of it. `asked`: what Qargo is still to be asked may change it. */
async function supposedOf(work: Work, item: Item): Promise<NoteDecisions & { readonly asked: boolean }> {
  if (item.kind !== 'milestone') return { late: false, part: null, asked: false };
  const db = work.services.installation.db;
  const fact = await factFor(work, item, 'milestone');
  const late = (await decided<boolean>(db, work.consignment, lateKey(item))) ?? (await isLate(db, work, item, fact));
  if (fact.milestone !== 'delivered') return { late, part: null, asked: false };
  const asked = work.organisation.policy.partDelivery === 'failed' && (await isAsked(db, work, fact));
  const part = (await decided<PartDelivery>(db, work.consignment, partKey(item))) ?? (await partDelivery(work, fact));
  return { late, part, asked };
}

/** The note for an item, `erased` where its content was erased meanwhile, `withheld` where configuration says so. */
export async function noteFor(work: Work, item: Item, { late, part }: NoteDecisions): Promise<OutgoingNote | 'erased' | 'withheld'> {
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
    case 'milestone':
      return milestoneNote(work, fact, { late, part }, base);
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

type Base = Omit<OutgoingNote, 'what' | 'at' | 'text'>;

async function milestoneNote(
  work: Work,
  fact: MilestoneFact,
  { late, part }: NoteDecisions,
  base: Base,
): Promise<OutgoingNote | 'withheld'> {
  const { at } = fact;
  if (isWithheld(work, late)) return 'withheld';
  const named = (reason: string) =>
    reason === '' ? '' : reasonTold(reason, reasonTables(work.services, work.organisation), work.organisation.policy);
  if (part !== null) return { ...base, what: part.what, at, late, description: named(part.reason), text: part.text };
  const isCollected = fact.milestone === 'out' && (await legNow(work.services.installation.db, work.consignment)) === 'collection';
  const what = isCollected ? 'collected' : fact.milestone;
  return { ...base, what, at, late, description: named(fact.reason ?? ''), text: words[what] ?? '' };
}

/** Why a note is held back until somebody makes a mapping; null where it can go. */
function noteParked({ services, organisation }: Work, { what, description }: OutgoingNote): string | null {
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

/** Whether a milestone of a higher rank that happened later was told already. */
async function isLate(db: Queryable, work: Work, item: Item, fact: MilestoneFact): Promise<boolean> {
  const { rows } = await db.query<{ envelope: MilestoneFact }>(
    `select f.envelope from delivery d join fact f on f.consignment = d.consignment and f.id = d.fact
      where d.consignment = $1 and d.kind = 'milestone' and d.key <> $2 and d.state in ('delivered', 'sending')`,
    [work.consignment, item.key],
  );
  return rows.some(({ envelope }) => ranks[envelope.milestone] > ranks[fact.milestone] && momentOf(envelope) >= momentOf(fact));
}

/** How a delivery that left pallets over is told. */
export interface PartDelivery {
  readonly what: 'delivered' | 'failed';
  /** Reason code of the first pallet that was left over; '' where it is told as delivered. */
  readonly reason: string;
  readonly text: string;
}

/** Qargo is not waited for longer than this: then the milestone is told as far as it is known. */
const evidenceMinutes = 10;

/** What became of the pallets at the door, where some were left over; null where none were as far as is known. */
async function partDelivery(work: Work, fact: MilestoneFact): Promise<PartDelivery | null> {
  const { partDelivery: rule } = work.organisation.policy;
  const { delivered, left } = doorOutcome(await saidOfPallets(work), momentOf(fact));
  const [first] = left;
  if (first === undefined) return null;
  const named = left.map(({ barcode, position }) => `${barcode} ${position}`).join(', ');
  const count = `${delivered.length} of ${delivered.length + left.length}`;
  const text = `${words[rule]}, ${count} pallets: ${named}`;
  return { what: rule, reason: rule === 'failed' ? first.trouble : '', text };
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
