/** Notes of the network itself (apis.md 1.7, 1.8): what hubs and other depots say of a consignment on its way. Pure. */
import type { NetworkContent } from '../../domain/facts/content.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import type { ReadingContext } from '../../domain/facts/reading.ts';
import { isNoDate, readLocalDate, readLocalTime } from './local-time.ts';
import type { Moment } from './read-consignment.ts';
import type { PalletwaysNote } from './wire.ts';
import { noteKey } from './write-notes.ts';

/** Our words by note group and type, and by status code (docs/wire-assumptions.md 2.5). */
export interface NetworkTables {
  readonly codes: readonly { readonly group: string; readonly type: string; readonly code: string }[];
  readonly statuses: Readonly<Record<string, string>>;
}

type Told = (
  when: Moment,
  digest: ReadingContext['digest'],
  problem: (field: string, message: string) => void,
) => NewFactFrom<'palletways'>;

/** What makes the fact of a note once its time is known; null where the note is none that the tables name. */
export function networkFact(note: PalletwaysNote, tables: NetworkTables): Told | null {
  const code = networkCodeOf(note, tables);
  if (code === null) return null;
  return (when, digest, problem) => {
    const date = isNoDate(note.BookInDate) ? null : readLocalDate(note.BookInDate);
    const readable = date !== null;
    if (!readable && !isNoDate(note.BookInDate)) problem('BookInDate', 'is not a date YYYY-MM-DD of this century');
    const said = note.BookInTime === '' ? '00:00' : readLocalTime(note.BookInTime);
    if (said === null) problem('BookInTime', 'is not a time HH:MM');
    const time = said === '00:00' ? null : said;
    const body: NetworkContent = {
      text: note.NoteText.trim(),
      date,
      time,
      contact: note.BookInContact.trim(),
      reference: note.BookInReference.trim(),
      signedBy: note.PodSignature.trim(),
    };
    return {
      kind: 'network',
      id: `pw:network:${noteKey(note)}`,
      ...when,
      source: 'palletways',
      code,
      ...(/^[^\p{C}\s]{1,30}$/u.test(note.Barcode) ? { barcode: note.Barcode } : {}),
      ...(readable ? { bookIn: { date, time, digest: digest(`${body.contact}\n${body.reference}`) } } : {}),
      body,
    };
  };
}

/** Our word for what a note of the network says; null where the tables have none. */
export function networkCodeOf(note: PalletwaysNote, { codes, statuses }: NetworkTables): string | null {
  const named = codes.find(
    ({ group, type }) =>
      group.toUpperCase() === note.NoteGroup && (type === '*' || type.toUpperCase() === note.NoteType),
  );
  return named?.code ?? (Object.hasOwn(statuses, note.StatusCode) ? (statuses[note.StatusCode] ?? null) : null);
}
