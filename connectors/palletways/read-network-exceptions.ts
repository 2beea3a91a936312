/** What the network says went wrong with a consignment, from its notes (wire assumptions 4.1; the list of codes is not public). Pure. */
import type { Message, Problem, Reading } from '../../domain/facts/reading.ts';
import { defaultNetworkExceptions } from './config.ts';
import { epochToInstant, localToInstant } from './local-time.ts';
import { toAliases } from './read-consignment.ts';
import { isEcho, type PalletwaysReading } from './reading.ts';
import type { PalletwaysNote } from './wire.ts';
import { noteKey } from './write-notes.ts';

/** Notes with one of the codes, less those that are ours, as exceptions that Palletways says. */
export function readNetworkExceptions(notes: readonly PalletwaysNote[], context: PalletwaysReading): Reading {
  const codes = context.networkExceptions ?? defaultNetworkExceptions;
  const problems: Problem[] = [];
  const heard: Message[] = [];
  notes.forEach((note, index) => {
    const found = codes.find(
      ({ group, type }) =>
        group.toUpperCase() === note.NoteGroup && (type === '*' || type.toUpperCase() === note.NoteType),
    );
    if (found === undefined || isEcho(note, context)) return;
    const aliases = toAliases({
      trackingId: note.TrackingID || null,
      responseId: null,
      conNo: note.ConNo || null,
      barcodes: [],
    });
    if (Object.keys(aliases).length === 0) {
      problems.push({ field: `Detail.Data[${index}].TrackingID`, message: 'an exception without identifier' });
      return;
    }
    const entered = note.Delta === null ? null : epochToInstant(note.Delta);
    const at = localToInstant(note.NoteDate, note.NoteTime, context.zone, entered ?? context.receivedAt) ?? entered;
    if (at === null)
      problems.push({ field: `Detail.Data[${index}].NoteDate`, message: 'NoteDate and NoteTime are not a moment' });
    heard.push({
      aliases,
      facts: [
        {
          kind: 'exception',
          id: `pw:exception:${noteKey(note)}`,
          at: at ?? context.receivedAt,
          zone: context.zone,
          ...(at === null ? {} : { said: `${note.NoteDate} ${note.NoteTime}` }),
          source: 'palletways',
          code: found.code,
          stop: `network:${noteKey(note)}`,
          body: { name: found.words, description: note.NoteText.trim() },
        },
      ],
    });
  });
  return { heard, problems };
}
