/** Tracking ids that a note names besides its own (apis.md 1.7: "Redireccionada <new id>" in BookInReference). Pure. */
import type { PalletwaysNote } from './wire.ts';

export interface NamedId {
  readonly trackingId: string;
  /** Whether the note tells a redirect in words. If not, the number is a tracking id only if what it finds proves it. */
  readonly isRedirect: boolean;
}

/** Ids of one installation begin alike: a telephone number of the same length does not. */
const sameBeginning = 3;

/**
 * Answers the numbers in BookInReference and NoteText that may be the consignment's new tracking id: as long as its own, and beginning like it
 * unless the note tells a redirect.
 */
export function readRedirect(note: PalletwaysNote, redirectWords: readonly string[]): NamedId[] {
  const own = note.TrackingID;
  const said = `${note.BookInReference}\n${note.NoteText}`;
  const isRedirect = redirectWords.some((word) => said.toLowerCase().includes(word.toLowerCase()));
  const numbers = new Set(said.match(/(?<![\d.-])\d{8,20}(?![\d-])/g) ?? []);
  return [...numbers]
    .filter((id) => id !== own && id.length === own.length)
    .filter((id) => isRedirect || id.startsWith(own.slice(0, sameBeginning)))
    .map((trackingId) => ({ trackingId, isRedirect }));
}
