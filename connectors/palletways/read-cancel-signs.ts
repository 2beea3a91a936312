/**
 * What looks like a cancellation and is none that a table of the account names (wire assumption 27): a status that ends a consignment, or a
 * note whose free text says so. It is a question to a person. A status that the account's table takes for a cancellation is one. Pure.
 */
import type { CancelSign } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { Message, Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { defaultCancelCodes, defaultCancelStatuses, defaultCancelWords } from './config.ts';
import { toAliases } from './read-consignment.ts';
import { isEcho, type PalletwaysReading } from './reading.ts';
import type { ConStatus, PalletwaysNote } from './wire.ts';
import { noteKey } from './write-notes.ts';

/** The first of the words that the text has, at the beginning of a word of it; null where it has none. Case does not count. */
export function cancelWordIn(text: string, words: readonly string[]): string | null {
  const said = text.toLowerCase();
  const isBegun = (word: string) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word.toLowerCase())}`, 'u').test(said);
  return words.find(isBegun) ?? null;
}

const escaped = (word: string) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Signs in notes that are neither ours nor of a code that cancels. */
export function readCancelSigns(notes: readonly PalletwaysNote[], context: PalletwaysReading): Reading {
  const codes = context.cancelCodes ?? defaultCancelCodes;
  const isKnown = (note: PalletwaysNote) =>
    codes.some(({ group, type }) => group.toUpperCase() === note.NoteGroup && type.toUpperCase() === note.NoteType);
  const heard = notes.flatMap((note): Message[] => {
    if (isEcho(note, context) || isKnown(note)) return [];
    const ids = { trackingId: note.TrackingID || null, responseId: null, conNo: note.ConNo || null, barcodes: [] };
    const aliases = toAliases(ids);
    const fact = ofStatus(note.StatusCode, '', context) ?? ofText(note, context);
    return fact === null || Object.keys(aliases).length === 0 ? [] : [{ aliases, facts: [fact] }];
  });
  return { heard, problems: [] };
}

/** Rows of a status method to what their status may say of a cancellation; all other rows say nothing. */
export function readCancelStatuses(rows: readonly ConStatus[], context: PalletwaysReading): Reading {
  const heard = rows.flatMap((row): Message[] => {
    const fact = ofStatus(row.statusCode, row.statusDescription, context);
    return fact === null ? [] : [{ aliases: toAliases({ ...row, barcodes: [] }), facts: [fact] }];
  });
  return { heard, problems: [] };
}

type Told = NewFactFrom<'palletways'>;

function ofStatus(code: string, name: string, context: PalletwaysReading): Told | null {
  const statuses = context.cancelStatuses ?? defaultCancelStatuses;
  const named = [code, name].find((word) => word !== '' && Object.hasOwn(statuses, word));
  const word = cancelWordIn(name, context.cancelWords ?? defaultCancelWords);
  const means = named === undefined ? (word === null ? 'nothing' : 'asked') : statuses[named];
  const key = code || name;
  if (means === 'cancelled') return { ...base(context), kind: 'cancellation', id: `pw:status:${key}` };
  if (means !== 'asked') return null;
  const shown = [code, name].filter((part) => part !== '').join(' ');
  return sign(`status:${key}`, { by: 'status', code: shown.slice(0, 60) }, context);
}

function ofText(note: PalletwaysNote, context: PalletwaysReading): Told | null {
  const word = cancelWordIn(`${note.NoteText}\n${note.BookInReference}`, context.cancelWords ?? defaultCancelWords);
  if (word === null) return null;
  return sign(`note:${noteKey(note)}`, { by: 'note', code: `${note.NoteGroup}/${note.NoteType}`, word }, context);
}

const sign = (key: string, what: CancelSign, context: ReadingContext): Told => ({
  ...base(context),
  kind: 'presence',
  id: `presence:sign:${key}`,
  present: false,
  sign: what,
});

const base = ({ receivedAt }: ReadingContext) => ({ at: receivedAt, zone: 'UTC', source: 'palletways' }) as const;
