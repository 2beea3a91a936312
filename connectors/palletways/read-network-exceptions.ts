/** What the network says went wrong with a consignment, from its notes (wire assumptions 4.1; the list of codes is not public). Pure. */
import type { Message, Problem, Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { defaultNetworkExceptions, type NetworkException } from './config.ts';
import { epochToInstant, localToInstant } from './local-time.ts';
import { toAliases } from './read-consignment.ts';
import type { PalletwaysNote } from './wire.ts';
import { referenceOf } from './write-notes.ts';

/** Notes with one of the codes, less those that are ours, as exceptions that Palletways says. */
export function readNetworkExceptions(
  notes: readonly PalletwaysNote[],
  context: ReadingContext & { readonly networkExceptions?: readonly NetworkException[] },
): Reading {
  const codes = context.networkExceptions ?? defaultNetworkExceptions;
  const problems: Problem[] = [];
  const heard: Message[] = [];
  notes.forEach((note, index) => {
    const found = codes.find(
      ({ group, type }) =>
        group.toUpperCase() === note.NoteGroup && (type === '*' || type.toUpperCase() === note.NoteType),
    );
    if (found === undefined || referenceOf(note.NoteText) !== null) return;
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
          id: `pw:exception:${note.SysNote}`,
          at: at ?? context.receivedAt,
          zone: context.zone,
          ...(at === null ? {} : { said: `${note.NoteDate} ${note.NoteTime}` }),
          source: 'palletways',
          code: found.code,
          stop: `network:${note.SysNote}`,
          body: { name: found.words, description: note.NoteText.trim() },
        },
      ],
    });
  });
  return { heard, problems };
}
