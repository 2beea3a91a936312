/** This file puts facts and their content into the notes that Palletways is sent, in domain words. */

import { setTimeout as sleep } from 'node:timers/promises';
import { instantToLocal } from '../../connectors/palletways/local-time.ts';
import { noteElements } from '../../connectors/palletways/write-notes.ts';
import { type CallPriority, callPriorities } from '../../domain/calls/error.ts';
import type { Contents, OutgoingNote } from '../../domain/facts/content.ts';
import type { Counted, Fact, FactKind, MilestoneFact, PodFact, ScanKind } from '../../domain/facts/facts.ts';
import { noteReference } from '../../domain/facts/hash.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import { correctsTime, isBehind, momentOf } from '../../domain/facts/order-of-time.ts';
import type { NoteKind } from '../../domain/obligations/kinds.ts';
import { describeCharge } from '../../domain/policy/charges.ts';
import { chooseReason, knownReason, reasonParked, type UnknownReason } from '../../domain/policy/reason.ts';
import { doorOutcome } from '../../domain/state/pallets.ts';
import { sayCounted, signedFor } from '../../domain/state/signed-for.ts';
import { legNow } from '../../store/identity/roles.ts';
import {
  attemptNow,
  awaitsEvidence,
  hasFailedInstead,
  loadPalletFacts,
  otherMilestonesSent,
  wasSentOtherwise,
} from '../../store/outbox/note-facts.ts';
import { decide, decided, type Intent, type Item } from '../../store/outbox/receipts.ts';
import { type ContentKind, loadContent } from '../../store/record/contents.ts';
import { splitByPath } from '../agreement/charges.ts';
import { decisionNote } from '../agreement/decisions.ts';
import { reasonTables } from '../reading/tables.ts';
import { type Call, type Message, needsNoLook, type Piece } from '../sending/call.ts';
import { collect, writeNotes } from '../sending/notes-waiting.ts';
import { factFor, type Work } from '../sending/work.ts';
import { placeScan, supposedScan } from './scan-place.ts';
import { secondsSince, waitFor } from './waiting.ts';

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

/** We decide these of a note once and for good, before it is put into words. */
export interface NoteDecisions {
  /** Palletways was already told a milestone that goes further than this one, or one of a later attempt. */
  readonly late: boolean;
  /** How what was left over at the door is told; null: nothing was. */
  readonly part: PartDelivery | null;
  /** The scan counts as this kind; left out where Qargo named its stop. */
  readonly scan?: ScanKind;
  /** The stop proved to have failed before its delivery was told. */
  readonly failed?: boolean;
}

export interface NoteMessage extends Message {
  readonly notes: readonly {
    readonly item: Item;
    readonly waiting: { readonly ref: string; readonly payload: OutgoingNote };
  }[];
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
    if (item === undefined) return { none: { code: 'nothing to send' }, state: 'void' };
    if (ready === undefined && (await splitByPath(work, 'palletways', [item]))[0].length > 0)
      return { show: { keyIn: describeCharge(await factFor(work, item, 'charge')) }, notes: [] };
    const note = await noteFor(work, item, ready ?? (await supposedOf(work, item)));
    if (note === 'erased') return { none: { code: 'erased' }, state: 'erased' };
    if (note === 'withheld') return { none: { code: 'later milestone sent' }, state: 'void' };
    if (note === 'untrue') return { none: { code: 'failed instead' }, state: 'void' };
    const cause = noteParked(work, note);
    if (cause !== null) return { none: cause, state: 'refused' };
    const show = noteElements(note, {
      ...work.services.counterparts.accessOf(work.organisation).palletways,
      now: note.at,
    });
    return { show, notes: [{ item, waiting: { ref: note.ref, payload: note } }] };
  },
  look: needsNoLook,
  send: async (work, _, { notes }) => {
    const open = await writeNotes(work, notes);
    if (open.length === 0) return null;
    const priorities: CallPriority[] = open.map(({ item }) => (item.kind === 'pod' ? 'pod' : 'milestone'));
    const best =
      callPriorities[Math.min(...priorities.map((priority) => callPriorities.indexOf(priority)))] ?? 'milestone';
    const items = open.map(({ item }) => item);
    return { open, states: await work.services.desk.settled(work.organisation, work.consignment, items, best) };
  },
  confirm: (work, _, { open, states }) => collect(work, open, states),
};

/** Decides how an item's note is worded. Answers null where something must be known first; the item waits then, or a person is asked. */
async function decideNote(work: Work, item: Item): Promise<NoteDecisions | null> {
  const db = work.services.installation.db;
  if (item.kind === 'scan') {
    const scan = await placeScan(work, item);
    return scan === null ? null : { late: false, part: null, scan };
  }
  const decisions = await decisionsSoon(work, item);
  if (item.kind !== 'milestone' || decisions.failed) return decisions;
  const late = await decide(db, work.consignment, lateKey(item), decisions.late);
  if (isWithheld(work, late)) return { late, part: null };
  if (decisions.asked) {
    const { heard } = await factFor(work, item, 'milestone');
    await waitFor(work, item, { code: 'evidence not read' }, Math.max(5, secondsSince(work, heard)));
    return null;
  }
  const part = decisions.part === null ? null : await decide(db, work.consignment, partKey(item), decisions.part);
  return { late, part };
}

/** A look that goes on beside this send ends in a moment: so long (ms) is waited for it here, which costs no further turn of the workflow. */
const soonMs = 1_000;

async function decisionsSoon(work: Work, item: Item): Promise<Supposed> {
  const until = Date.now() + soonMs;
  let decisions = await supposedOf(work, item);
  while (decisions.asked && Date.now() < until && work.signal?.aborted !== true) {
    await sleep(100);
    decisions = await supposedOf(work, item);
  }
  return decisions;
}

const lateKey = ({ key, revision }: Item) => `late ${key} ${revision}`;
const partKey = ({ key, revision }: Item) => `part ${key} ${revision}`;
const isWithheld = ({ organisation }: Work, late: boolean) => late && organisation.policy.lateMilestones === 'withhold';

/** `asked`: Qargo's answer may still change it. */
type Supposed = NoteDecisions & { readonly asked: boolean };

/** Works out what would be decided now, and keeps nothing of it; what was decided stands. */
async function supposedOf(work: Work, item: Item): Promise<Supposed> {
  if (item.kind === 'scan') return { late: false, part: null, asked: false, scan: await supposedScan(work, item) };
  if (item.kind !== 'milestone') return { late: false, part: null, asked: false };
  const db = work.services.installation.db;
  const fact = await factFor(work, item, 'milestone');
  const late = (await decided<boolean>(db, work.consignment, lateKey(item))) ?? (await isLate(work, item, fact));
  if (fact.milestone !== 'delivered') return { late, part: null, asked: false };
  if (await hasFailedInstead(db, work.consignment, fact)) return { late, part: null, asked: false, failed: true };
  const asked = await isAsked(work, fact);
  const part = (await decided<PartDelivery>(db, work.consignment, partKey(item))) ?? (await partDelivery(work, fact));
  return { late, part, asked };
}

type Written = OutgoingNote | 'erased' | 'withheld' | 'untrue';

/** The note for an item, `erased` where its content was erased meanwhile, `withheld` where configuration says so, `untrue` where the stop failed. */
export async function noteFor(work: Work, item: Item, decisions: NoteDecisions): Promise<Written> {
  const kind = factTold(item);
  return write(kind, { work, item, decisions, fact: await factFor(work, item, kind) });
}

/** The kind of fact that an item's note tells. @throws where no note tells the item. */
function factTold({ kind }: Item): FactTold {
  const told: FactTold | undefined = Object.hasOwn(factsTold, kind)
    ? factsTold[kind as keyof typeof factsTold]
    : undefined;
  if (told === undefined) throw new Error(`no note tells ${kind}`);
  return told;
}

/** The kind of fact that the note of each kind of obligation tells; the compiler asks for every kind that a note serves. */
const factsTold = {
  scan: 'scan',
  plan: 'plan',
  milestone: 'milestone',
  eta: 'eta',
  exception: 'exception',
  pod: 'pod',
  charge: 'charge',
  decision: 'decision',
  booking: 'network',
} as const satisfies Readonly<Record<NoteKind, FactKind>>;

type FactTold = (typeof factsTold)[keyof typeof factsTold];

/** A writer gets all that its note is made of. */
interface Telling<K extends FactTold> {
  readonly work: Work;
  readonly item: Item;
  readonly decisions: NoteDecisions;
  readonly fact: Extract<Fact, { readonly kind: K }>;
}

type Writer<K extends FactTold> = (telling: Telling<K>) => Written | Promise<Written>;

const write = async <K extends FactTold>(kind: K, telling: Telling<K>): Promise<Written> => writers[kind](telling);

/** Who puts a fact into words, by its kind. */
const writers: { readonly [K in FactTold]: Writer<K> } = {
  scan: async ({ fact, ...of }) => {
    // Where a collection ends is our own depot: what is handed over there is unloaded.
    const scan = of.decisions.scan ?? fact.scan;
    const isAtOurDepot = scan === 'delivery' && (await isCollectedNow(of.work));
    const what = `scan-${isAtOurDepot ? 'unload' : scan}` as const;
    return { ...baseOf(of), what, at: fact.at, barcode: fact.barcode, text: words[what] ?? '' };
  },
  plan: async ({ fact, ...of }) => {
    const base = { ...baseOf(of), at: fact.at };
    if (fact.trip === null) return { ...base, what: 'unplanned', text: 'Taken off its trip' };
    const said = await contentOf(of.work, fact, { tripName: fact.trip, vehicle: '' });
    if (said === null) return 'erased';
    const vehicle = said.vehicle === '' ? '' : ` with ${said.vehicle}`;
    return { ...base, what: 'planned', description: said.tripName, text: `Planned on ${said.tripName}${vehicle}` };
  },
  milestone: ({ fact, ...of }) => milestoneNote(of.work, fact, of.decisions, baseOf(of)),
  eta: ({ fact, ...of }) => {
    const { date, time } = instantToLocal(fact.eta, of.work.organisation.palletways.zone);
    const expected = `${date} ${time.slice(0, 5)}`;
    return { ...baseOf(of), what: 'eta', at: fact.at, description: expected, text: `Expected ${expected}` };
  },
  network: async ({ fact, ...of }) => {
    const said = await contentOf(of.work, fact, null);
    if (said === null) return 'erased';
    const { date, time, window } = said;
    const text = `Booked in for ${date} ${time}${window === undefined ? '' : ` to ${window.until}`}`;
    return { ...baseOf(of), what: 'booking', at: fact.at, description: `${date} ${time}`, text };
  },
  exception: async ({ fact, ...of }) => {
    const said = await contentOf(of.work, fact, { name: fact.code, description: '' });
    if (said === null) return 'erased';
    const text = [said.name, said.description].filter((part) => part !== '').join(': ');
    const description = knownReason(fact.code, reasonTables(of.work.services, of.work.organisation)) ?? fact.code;
    return { ...baseOf(of), what: 'exception', at: fact.at, description, barcode: fact.barcode ?? '', text };
  },
  charge: ({ fact, ...of }) => {
    const about = { description: fact.charge.toUpperCase(), barcode: barcodeOf(fact.about) };
    return { ...baseOf(of), what: 'charge', at: fact.at, ...about, text: `Now ${describeCharge(fact)}` };
  },
  decision: ({ fact, ...of }) => ({ ...baseOf(of), what: 'decision', at: fact.at, ...decisionNote(fact) }),
  pod: async ({ fact, ...of }) => {
    const said = await contentOf(of.work, fact, { name: '' });
    if (said === null) return 'erased';
    const counted = of.work.organisation.policy.podQuantities === 'off' ? null : await countedFor(of.work, fact);
    const signed = said.name === '' ? 'Delivered, signature taken' : `Signed by ${said.name}`;
    const how = (await corrects(of.work, of.item, fact)) ? `Correction: ${signed}` : signed;
    return {
      ...baseOf(of),
      what: 'pod',
      at: fact.at,
      signedBy: said.name,
      description: counted === null ? '' : sayCounted(counted),
      text: counted === null ? how : `${how} for ${sayCounted(counted)} pallets`,
    };
  },
};

/** Loads the content of a fact. Answers `otherwise` where the fact has none, null where the content was erased. */
async function contentOf<K extends ContentKind>(
  { services }: Work,
  { kind, content: ref }: { readonly kind: K; readonly content?: string },
  otherwise: Contents[K] | null,
): Promise<Contents[K] | null> {
  return ref === undefined ? otherwise : loadContent(services.installation.db, kind, ref);
}

/** Tells whether the fact corrects a note that Palletways has of the same event. Where Palletways has none, the fact is sent as any first one. */
async function corrects({ services, consignment }: Work, item: Item, { retold }: Fact): Promise<boolean> {
  return retold !== undefined && wasSentOtherwise(services.installation.db, consignment, item);
}

type Base = Omit<OutgoingNote, 'what' | 'at' | 'text'>;

/** Begins a note: it has its consignment and its reference, and all else is empty. */
const baseOf = ({ work, item }: { readonly work: Work; readonly item: Item }): Base => ({
  trackingId: work.row.trackingId ?? '',
  ref: noteReference(work.consignment, item.key, item.fact, item.revision),
  late: false,
  barcode: '',
  signedBy: '',
  description: '',
});

async function milestoneNote(
  work: Work,
  fact: MilestoneFact,
  { late, part, failed }: NoteDecisions,
  base: Base,
): Promise<OutgoingNote | 'withheld' | 'untrue'> {
  const { at } = fact;
  if (failed === true) return 'untrue';
  if (isWithheld(work, late)) return 'withheld';
  const named = (reason: string) =>
    reason === '' ? '' : chooseReason(reason, reasonTables(work.services, work.organisation), work.organisation.policy);
  if (part !== null) return { ...base, what: part.what, at, late, description: named(part.reason), text: part.text };
  const isCollected = fact.milestone === 'out' && (await isCollectedNow(work));
  const what = isCollected ? 'collected' : fact.milestone;
  const told = await otherMilestonesSent(work.services.installation.db, work.consignment, subjectOf(fact));
  const text = `${correctsTime(fact, told) ? 'Correction: ' : ''}${words[what] ?? ''}`;
  return { ...base, what, at, late, description: named(fact.reason ?? ''), text };
}

/** Returns whether we only collect the consignment and another depot delivers it. */
const isCollectedNow = async ({ services, consignment }: Work): Promise<boolean> =>
  (await legNow(services.installation.db, consignment)) === 'collection';

/** Why a note is held back until somebody makes a mapping; null where it can go. */
function noteParked({ services, organisation }: Work, { what, description }: OutgoingNote): UnknownReason | null {
  return what === 'exception'
    ? reasonParked(description, reasonTables(services, organisation), organisation.policy)
    : null;
}

/** Answers the barcode where one pallet was measured, '' where it was a kind of pallets. */
const barcodeOf = (about: string) => (/^B[0-9A-Z]{9}$/.test(about) ? about : '');

/** Returns whether Palletways was already told a milestone that goes further than this one, or one of a later attempt. */
async function isLate({ services, consignment }: Work, item: Item, fact: MilestoneFact): Promise<boolean> {
  const { db } = services.installation;
  const told = await otherMilestonesSent(db, consignment, item.key);
  return isBehind(fact, told, await attemptNow(db, consignment));
}

/** How a delivery that left pallets over is told. */
export interface PartDelivery {
  readonly what: 'delivered' | 'failed';
  /** Reason code of the first pallet that was left over; '' where it is told as delivered. */
  readonly reason: string;
  readonly text: string;
}

/** Where a part delivery is told as failed Qargo is not waited for longer than this: then the milestone is told as far as it is known. */
const partMinutes = 10;

/** What became of the pallets at the door, where some were left over; null where none were as far as is known. */
async function partDelivery(work: Work, fact: MilestoneFact): Promise<PartDelivery | null> {
  const { partDelivery: rule } = work.organisation.policy;
  const { delivered, left } = doorOutcome(
    await loadPalletFacts(work.services.installation.db, work.consignment),
    momentOf(fact),
  );
  const [first] = left;
  if (first === undefined) return null;
  const named = left.map(({ barcode, position }) => `${barcode} ${position}`).join(', ');
  const count = `${delivered.length} of ${delivered.length + left.length}`;
  const text = `${words[rule]}, ${count} pallets: ${named}`;
  return { what: rule, reason: rule === 'failed' ? first.trouble : '', text };
}

/** For how much was signed, as far as it is known when the note is written: what is heard later is told as its own. */
async function countedFor({ services, consignment }: Work, pod: PodFact): Promise<Counted | null> {
  return signedFor(await loadPalletFacts(services.installation.db, consignment), pod);
}

/** Whether Qargo is still to be asked what happened at that stop. */
async function isAsked({ services, consignment, organisation }: Work, fact: MilestoneFact): Promise<boolean> {
  const { installation, counterparts } = services;
  const { partDelivery: rule, lookSeconds } = organisation.policy;
  const minutes = Math.max(lookSeconds / 60, rule === 'failed' ? partMinutes : 0);
  return fact.via === 'push' && awaitsEvidence(installation.db, consignment, fact, minutes / counterparts.pace);
}
