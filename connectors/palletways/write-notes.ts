/** Notes to Palletways: domain words to the `createSystemNote` document (apis.md 1.7, wire assumptions 2.3) and back. Pure. */
import { create } from 'xmlbuilder2';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import { cutText } from '../../domain/facts/text.ts';
import { type NoteCode, type NoteCodes, otherExceptionType } from './config.ts';
import { instantToShort, instantWithOffset } from './local-time.ts';
import type { PalletwaysNote } from './wire.ts';

/** What a note's document depends on besides the notes. */
export interface NotesSetting {
  readonly codes: NoteCodes;
  /** IANA zone of the depot. */
  readonly zone: string;
  /** UTC instant of sending. */
  readonly now: string;
}

/**
 * The `<notes>` document of one `createSystemNote`. Dates `dd/mm/yy` and times `HH:MM` are local to the depot:
 * `create_*` of the header that of sending, `note_create_*` that at which the thing happened. As minutes without
 * zone say too little, each text ends with the exact instant and our reference.
 */
export function notesXml(notes: readonly OutgoingNote[], setting: NotesSetting): string {
  const sent = instantToShort(setting.now, setting.zone);
  const root = create().ele('notes');
  root
    .ele('header')
    .ele('create_date')
    .txt(sent.date)
    .up()
    .ele('create_time')
    .txt(sent.time)
    .up()
    .ele('orig_filename')
    .txt(`${notes[0]?.ref ?? 'empty'}.xml`)
    .up()
    .ele('notes_qty')
    .txt(String(notes.length));
  for (const note of notes) {
    const element = root.ele('note');
    for (const [name, said] of Object.entries(noteElements(note, setting))) element.ele(name).txt(said);
  }
  return root.end({ headless: true, prettyPrint: true });
}

/** The elements of one `<note>`, in the order of apis.md 1.7. */
export function noteElements(note: OutgoingNote, { codes, zone }: NotesSetting): Readonly<Record<string, string>> {
  const told = instantToShort(note.at, zone);
  const own = codeOf(note, codes);
  const code = note.late ? codes.general : own;
  const words = note.late && tellsReason(note) ? `${note.description} ${note.text}` : note.text;
  const described = tellsReason(note) || ['planned', 'charge', 'eta', 'decision', 'pod', 'booking'].includes(note.what);
  const description = note.late ? `${codes.lateWord} ${own.type}` : described ? note.description : '';
  return {
    pw_id: note.trackingId,
    barcode: clean(note.barcode),
    note_create_date: told.date,
    note_create_time: told.time,
    customer_name: cut(clean(note.signedBy), codes.limits.name),
    bin_ref: '',
    free_text: freeText(words, note, zone, codes.limits.text),
    note_group: code.group,
    note_type: code.type,
    note_description: cut(clean(description), codes.limits.description),
  };
}

function tellsReason(note: OutgoingNote): boolean {
  return (note.what === 'failed' || note.what === 'exception') && note.description !== '';
}

function codeOf(note: OutgoingNote, codes: NoteCodes): NoteCode {
  if (note.what !== 'exception') return codes[note.what];
  const { group, types } = codes.exception;
  return { group, type: types[note.description.toUpperCase()] ?? types.OTHER ?? otherExceptionType };
}

/** Words, instant with the zone's offset, reference. Only the words give way to the limit. */
function freeText(words: string, note: OutgoingNote, zone: string, limit: number): string {
  const end = `${instantWithOffset(note.at, zone)} #${note.ref}`;
  const start = cut(clean(words), limit - end.length - 1);
  return start === '' ? end : `${start} ${end}`;
}

/** One line, without what XML cannot hold. */
function clean(said: string): string {
  return said.replace(/[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]+/gu, ' ').trim();
}

/** At most so many UTF-16 units, no character cut in two. */
function cut(said: string, limit: number): string {
  return said.length <= limit ? said : cutText(said, limit).trimEnd();
}

/** The instant and the reference, also where a form that was decoded twice lost its `+`, or the `#` was escaped. */
const ours =
  /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+-]| )?(?:\d{2}:\d{2}|Z)\s+(?:#|&#35;|&#x23;|%23)?([0-9a-z]{10})\s*$/i;

/**
 * Our reference at the end of a note's text, or null where it is not plainly a note of ours. The instant before it must be
 * there too: a person at Palletways may well end a note with `#` and ten characters of her own.
 */
export function referenceOf(text: string): string | null {
  return ours.exec(text)?.[1]?.toLowerCase() ?? null;
}

/** By what a note is known: numbers of notes may begin anew in every consignment and on every server (wire assumption 5). */
export function noteKey(note: Pick<PalletwaysNote, 'TrackingID' | 'ConNo' | 'SysNote'>): string {
  return `${note.TrackingID || note.ConNo}:${note.SysNote}`;
}

/** Finds in a text what may be a reference of ours, wherever it stands. */
export function possibleReferences(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/(?<![0-9a-z])[0-9a-z]{10}(?![0-9a-z])/g))];
}

/**
 * Whether a note as read is one that we sent: it has its reference, wherever that stands, or it is of the same consignment, code and
 * minute and what is left of the text is ours. The far side may cut a text, decode it, change its case, or sign it with a user's name (wire
 * assumption 19).
 */
export function isSent(read: PalletwaysNote, sent: OutgoingNote, setting: NotesSetting): boolean {
  if (possibleReferences(read.NoteText).includes(sent.ref)) return true;
  const { note_group: group = '', note_type: type = '', free_text: text = '', ...rest } = noteElements(sent, setting);
  if (read.TrackingID !== sent.trackingId || read.NoteGroup !== group.toUpperCase()) return false;
  if (read.NoteType !== type.toUpperCase() || read.Barcode !== (rest.barcode ?? '')) return false;
  if (!isMinute(read, rest)) return false;
  const [whole, left] = [letters(text), letters(read.NoteText)];
  if (left === '') return false;
  return whole.startsWith(left) || left.includes(whole.slice(0, signedLength));
}

/** So many letters of a text are enough to know it behind a name. */
const signedLength = 24;

/** A text without all that is changed on the way: case, blanks and signs. */
const letters = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

function isMinute(
  read: PalletwaysNote,
  { note_create_date, note_create_time }: Readonly<Record<string, string>>,
): boolean {
  const [day, month, year] = (note_create_date ?? '').split('/');
  return read.NoteDate === `20${year}-${month}-${day}` && read.NoteTime.slice(0, 5) === note_create_time;
}

/** The notes that are one we sent: how a look tells whether a note whose answer was lost was stored. */
export function findOurs(
  notes: readonly PalletwaysNote[],
  sent: OutgoingNote,
  setting: NotesSetting,
): readonly PalletwaysNote[] {
  return notes.filter((note) => isSent(note, sent, setting));
}

/** A read tells when it was made: a note of what we read, told twice, ends with another instant and another reference. */
const readAgain: readonly OutgoingNote['what'][] = ['planned', 'unplanned', 'eta', 'exception', 'charge'];
/** Palletways goes by the last note of each of these: the same words before another note are told anew. */
const lastCounts: readonly OutgoingNote['what'][] = ['planned', 'unplanned', 'eta'];

/**
 * The note of ours that says just what this one would, though it may have another instant and reference; undefined where there is none, or
 * where the words alone do not tell one happening from another. Notes whose keys are in `taken` are those of others.
 */
export function findSaying(
  notes: readonly PalletwaysNote[],
  note: OutgoingNote,
  setting: NotesSetting,
  taken: ReadonlySet<string>,
): PalletwaysNote | undefined {
  if (!readAgain.includes(note.what)) return undefined;
  const {
    note_group: group = '',
    note_type: type = '',
    barcode = '',
    free_text: text = '',
  } = noteElements(note, setting);
  const ofUs = notes.filter((each) => each.TrackingID === note.trackingId && referenceOf(each.NoteText) !== null);
  const words = wordsOf(text);
  const says = (each: PalletwaysNote) =>
    each.NoteGroup === group.toUpperCase() &&
    each.NoteType === type.toUpperCase() &&
    each.Barcode === barcode &&
    wordsOf(each.NoteText) === words &&
    !taken.has(noteKey(each));
  if (!lastCounts.includes(note.what)) return ofUs.find(says);
  const same = ofUs.filter(
    (each) => each.NoteGroup === group.toUpperCase() && (note.what !== 'eta' || each.NoteType === type.toUpperCase()),
  );
  const last = same.reduce<PalletwaysNote | undefined>(
    (latest, each) => (latest === undefined || isLater(each, latest) ? each : latest),
    undefined,
  );
  return last !== undefined && says(last) ? last : undefined;
}

/** The words of a note of ours, without the instant and the reference at its end; the far side may change case or spaces. */
const wordsOf = (text: string): string => text.replace(ours, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();

/** By when they were entered, then by their ids, which Palletways counts up. */
function isLater(one: PalletwaysNote, other: PalletwaysNote): boolean {
  const [a, b] = [one.Delta ?? 0, other.Delta ?? 0];
  return a === b ? one.SysNote.localeCompare(other.SysNote, 'en', { numeric: true }) > 0 : a > b;
}
