/** The rows of getNotes: which notes a question finds, and how each is written (apis 1.7; open points by number). */
import { type Call, type Context, ownOf } from './answer.ts';
import { localTime, offsetSeconds } from './clock.ts';
import { isOwnEntry } from './entry.ts';
import { type Tree, text } from './tree.ts';
import { type Consignment, groupOf, type Note, type World } from './world.ts';

export type Form = 'trackingid' | 'conno' | 'daterange' | 'delta';

/** A note as one row shows it; flips 20c and 22d make two rows of one. */
export interface Row {
  note: Note;
  delta: number;
  mirror: boolean;
  unsigned: boolean;
}

/** Flip 3c: how long the delta lags. */
const LAG_MS = 3 * 60_000;
/** Flip 4b: when a note is updated. */
const UPDATED_MS = 60_000;
/** The published example of a note has a number of five digits. */
const FIRST_NUMBER = 21_970;
/** Flip 5b. */
const SERVER_NUMBERS = 8;
/** Flip 20c: what the number of a mirror is more than that of its note. */
const MIRRORED = 50_000;

/** The rows that a key may see in this form of the question. */
export function rowsFor(call: Call, { world }: Context, form: Form): Row[] {
  const shown: Row[] = [];
  for (const note of world.state.notes) {
    if (!isSeen(call, world, form, note)) continue;
    const delta = deltaOf(world, note, call.now);
    if (form === 'delta' && world.plays('3c') && note.delta * 1000 > call.now - world.paced(LAG_MS)) continue;
    const row = { note, delta, mirror: false, unsigned: false };
    if (world.plays('22d') && groupOf(note) === 'POD') shown.push({ ...row, unsigned: true });
    shown.push(row);
    if (world.plays('20c') && note.received !== null) shown.push({ ...row, mirror: true });
  }
  return shown;
}

/** By whose consignment it is (2), and by who wrote it (20). */
function isSeen(call: Call, world: World, form: Form, note: Note): boolean {
  const { organisation } = call;
  const isOurs = note.received !== null && note.organisation === organisation.name;
  if (isOurs && world.plays('20b')) return false;
  if (isOurs && world.plays('20a') && (form === 'delta' || form === 'daterange')) return false;
  const consignment = world.ofResponseId(note.responseId);
  if (form === 'delta') {
    if (world.plays('2c')) return true;
    if (consignment !== null && world.plays('2a') && !isOwnEntry(world, organisation, consignment)) return false;
    if (consignment !== null && world.plays('2b') && namesDepot(consignment, organisation.depot)) return true;
  }
  return note.organisation === organisation.name || ownOf(organisation, consignment) !== null;
}

function namesDepot({ fields, requesting }: Consignment, depot: string): boolean {
  return [requesting, text(fields, 'CollectionDepot'), text(fields, 'DeliveryDepot')].includes(depot);
}

/** Epoch seconds by which the feed goes (4). */
function deltaOf(world: World, note: Note, now: number): number {
  if (world.plays('4a')) return note.ownDelta ?? note.delta;
  if (world.plays('4c')) return note.delta + offsetSeconds(note.delta * 1000, zoneOf(world, note));
  if (!world.plays('4b')) return note.delta;
  const updated = note.delta + Math.ceil(world.paced(UPDATED_MS) / 1000);
  return updated * 1000 <= now ? updated : note.delta;
}

function zoneOf(world: World, note: Note): string {
  return world.zoneOf(world.organisation(note.organisation));
}

/** `SysNote` (5). */
export function numberOf(world: World, note: Note): string {
  if (world.plays('5c') && note.received === null) return '';
  if (world.plays('5d')) return note.sysNote;
  if (world.plays('5a')) return String(note.nth ?? 1);
  if (world.plays('5b')) return String(FIRST_NUMBER + (Number(note.sysNote) % SERVER_NUMBERS));
  return world.isPublished ? String(FIRST_NUMBER + (note.nth ?? 1)) : note.sysNote;
}

/** Elements in the order of apis 1.7. That a POD note carries the POD data, and a BIN note the book-in data, is assumed. */
export function rowOf({ world }: Context, row: Row): Tree {
  const { note } = row;
  const consignment = world.ofResponseId(note.responseId);
  const number = numberOf(world, note);
  return {
    Delta: String(row.delta),
    TrackingID: note.trackingId ?? consignment?.trackingId ?? '',
    ConNo: consignment?.conNo ?? '',
    SysNote: row.mirror && number !== '' ? String(Number(number) + MIRRORED) : number,
    Barcode: note.barcode,
    NoteDate: note.noteDate,
    NoteTime: note.noteTime,
    ...podOf(world, row),
    ...bookingOf(world, note),
    NoteText: textOf(world, note),
    StatusCode: statusCodeOf(world, note),
    NoteGroup: note.group,
    NoteType: note.type,
    NoteCodeID: note.codeId,
  };
}

function podOf(world: World, { note, unsigned }: Row): Tree {
  if (groupOf(note) !== 'POD') return { PodDate: '', PodTime: '', PodSignature: '' };
  const entered = localTime(note.delta * 1000, zoneOf(world, note));
  const { date, time } = world.plays('22a') ? entered : (note.pod ?? { date: note.noteDate, time: note.noteTime });
  return {
    PodDate: world.plays('22b') ? '' : date,
    PodTime: world.plays('22b') || world.plays('22c') ? '' : time,
    PodSignature: unsigned ? '' : note.customerName,
  };
}

/** A booking that a depot sent has no date of its own; the former character took the note's. */
function bookingOf(world: World, note: Note): Tree {
  const own = groupOf(note) === 'BIN' && !world.isPublished;
  const booked = note.bookIn ?? (own ? { date: note.noteDate, time: note.noteTime, contact: note.customerName } : null);
  const dateless = world.plays('11b');
  return {
    BookInDate: dateless ? '' : (booked?.date ?? ''),
    BookInTime: dateless ? '' : (booked?.time ?? ''),
    BookInContact: booked?.contact ?? '',
    BookInReference: note.bookInReference,
  };
}

/** `StatusCode` (14): the sample has 0. */
function statusCodeOf(world: World, note: Note): string {
  if (world.plays('14b')) return String(note.before ?? 0);
  if (world.plays('14c')) return note.barcode === '' ? '0' : String(note.statusCode || note.before || 0);
  return String(!world.isPublished || world.plays('14d') ? note.statusCode : 0);
}

/** What becomes of a text that a depot sent (19). */
function textOf(world: World, note: Note): string {
  if (note.received === null) return note.text;
  let shown = note.text;
  if (world.plays('19a')) shown = shown.slice(0, 100);
  if (world.plays('19e')) shown = shown.slice(0, 50);
  if (world.plays('19f')) shown = shown.slice(0, 255);
  if (world.plays('19b')) shown = plain(shown);
  if (world.plays('19c')) shown = `${note.organisation}: ${shown}`;
  if (world.plays('19g')) shown = `${shown} (${note.organisation})`;
  return world.plays('19d') ? shown.trim().toUpperCase() : shown;
}

function plain(value: string): string {
  return value
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[+\r\n]/g, ' ');
}
