import type { Notation } from '../../domain/facts/number.ts';
import type { ReadingContext } from '../../domain/facts/reading.ts';
import type { CancelStatuses, ChargeCode, NetworkException, NoteCode, PushEvents } from './config.ts';
import type { ElementNames } from './dialect.ts';
import type { NetworkTables } from './read-network.ts';
import type { PalletwaysNote } from './wire.ts';
import { noteKey, referenceOf } from './write-notes.ts';

/** A reading of Palletways' messages: the organisation's own names of events and cancellations, where they differ. */
export interface PalletwaysReading extends ReadingContext {
  readonly events?: PushEvents;
  readonly elements?: ElementNames;
  readonly cancelCodes?: readonly NoteCode[];
  readonly cancelStatuses?: CancelStatuses;
  readonly cancelWords?: readonly string[];
  readonly chargeCodes?: readonly ChargeCode[];
  /** How people at the account write numbers; with a decimal point where it is left out. */
  readonly numbers?: Notation;
  readonly networkExceptions?: readonly NetworkException[];
  /** Keys of notes that are known to be ours by what we sent (`noteKey`), though their text does not end as we wrote it. */
  readonly sent?: ReadonlySet<string>;
  /** What of the network's own notes is a fact; left out, none is. */
  readonly network?: NetworkTables;
}

/** Whether a note is our own echo: it ends with an instant and a reference of ours, or we know it by what we sent. */
export function isEcho(note: PalletwaysNote, { sent }: Pick<PalletwaysReading, 'sent'>): boolean {
  return referenceOf(note.NoteText) !== null || sent?.has(noteKey(note)) === true;
}
