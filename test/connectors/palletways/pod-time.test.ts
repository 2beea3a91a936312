/** When another depot delivered: what the note says of the POD, not when the note was written (wire assumption 22). */
import { expect, test } from 'vitest';
import { defaultNetworkCodes, defaultNetworkStatuses } from '../../../connectors/palletways/config.ts';
import { readNotes } from '../../../connectors/palletways/read.ts';
import { note, type PalletwaysNote } from '../../../connectors/palletways/wire.ts';
import { context } from './reading-context.ts';

const empty = Object.fromEntries(Object.keys(note.shape).map((name) => [name, '']));
const network = { codes: defaultNetworkCodes, statuses: defaultNetworkStatuses };
function deliveredAt(said: Partial<PalletwaysNote>) {
  const pod = { ...empty, TrackingID: '60012340167', SysNote: '21971', NoteDate: '2025-11-24', NoteTime: '17:30' };
  const one = { ...note.parse(pod), NoteGroup: 'POD', NoteType: 'POD', ...said };
  const [fact] = readNotes([one], { ...context, zone: 'Europe/London', network }).heard[0]?.facts ?? [];
  return fact?.at;
}

test('a POD note of the network stands at its POD date and time', () => {
  expect(deliveredAt({ PodDate: '2025-11-24', PodTime: '09:12' })).toBe('2025-11-24T09:12:00.000Z');
});

test('a POD without a time, with one that is none or one after the note stands at the note’s own', () => {
  const own = '2025-11-24T17:30:00.000Z';
  for (const PodTime of ['', '00:00', 'noon']) expect(deliveredAt({ PodDate: '2025-11-24', PodTime })).toBe(own);
  expect(deliveredAt({ PodDate: '2025-11-25', PodTime: '09:12' })).toBe(own);
  expect(deliveredAt({})).toBe(own);
});
