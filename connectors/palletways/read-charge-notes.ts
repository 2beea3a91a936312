/**
 * Notes by which Palletways changes what is charged for (wire assumptions 2.3, assumed): their codes are configuration, their
 * values are read from the text. Whether anybody wants to know is decided where they are heard. Pure.
 */

import type { Message, Problem } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { chargeValue } from '../../domain/policy/charge-text.ts';
import { defaultChargeCodes } from './config.ts';
import { epochToInstant, localToInstant } from './local-time.ts';
import { toAliases } from './read-consignment.ts';
import { isEcho, type PalletwaysReading } from './reading.ts';
import type { PalletwaysNote } from './wire.ts';
import { noteKey } from './write-notes.ts';

/** A text that holds no value is a problem with its field named: a person reads the note. */
export function readChargeNotes(
  notes: readonly PalletwaysNote[],
  context: PalletwaysReading,
): { readonly heard: Message[]; readonly problems: Problem[] } {
  const codes = context.chargeCodes ?? defaultChargeCodes;
  const heard: Message[] = [];
  const problems: Problem[] = [];
  notes.forEach((note, index) => {
    const code = codes.find(
      ({ group, type }) => group.toUpperCase() === note.NoteGroup && type.toUpperCase() === note.NoteType,
    );
    // What we told is our own echo.
    if (code === undefined || isEcho(note, context)) return;
    const field = `Detail.Data[${index}]`;
    const ids = { trackingId: note.TrackingID || null, responseId: null, conNo: note.ConNo || null, barcodes: [] };
    if (ids.trackingId === null && ids.conNo === null) {
      problems.push({ field: `${field}.TrackingID`, message: 'a charge without identifier' });
      return;
    }
    const value = chargeValue(code.charge, note.NoteText, context.numbers ?? 'point');
    if (value === null) {
      problems.push({ field: `${field}.NoteText`, message: `says no ${code.charge}` });
      return;
    }
    const entered = note.Delta === null ? null : epochToInstant(note.Delta);
    const at = localToInstant(note.NoteDate, note.NoteTime, context.zone, entered ?? context.receivedAt) ?? entered;
    const about =
      code.charge === 'surcharge'
        ? cutText(note.NoteType, 10)
        : code.charge === 'dimensions'
          ? cutText(note.Barcode, 30)
          : '';
    heard.push({
      aliases: toAliases(ids),
      facts: [
        {
          kind: 'charge',
          id: `pw:note:${noteKey(note)}`,
          at: at ?? context.receivedAt,
          zone: context.zone,
          ...(at === null ? {} : { said: `${note.NoteDate} ${note.NoteTime}` }),
          source: 'palletways',
          charge: code.charge,
          about,
          old: null,
          new: value,
          owe: [],
          body: { who: 'Palletways', proof: note.NoteText },
        },
      ],
    });
  });
  return { heard, problems };
}
