import { describe, expect, test } from 'vitest';
import { defaultNoteCodes, palletwaysWire } from '../../../connectors/palletways/config.ts';
import { readNotes } from '../../../connectors/palletways/read.ts';
import type { PalletwaysNote } from '../../../connectors/palletways/wire.ts';
import { noteElements } from '../../../connectors/palletways/write-notes.ts';
import { noteRead } from './note-read.ts';
import { context } from './reading-context.ts';

const note = (type: string, text: string, more: Partial<PalletwaysNote> = {}) =>
  noteRead({ NoteGroup: 'CHG', NoteType: type, NoteText: text, ...more });
const heard = (...notes: PalletwaysNote[]) => readNotes(notes, context).heard.flatMap(({ facts }) => facts);

describe('a note that changes what is charged for', () => {
  test('is a change of its kind, at its own local time, with its text kept as proof', () => {
    expect(heard(note('WGT', 'Weighed: 640 KG NOW 700 KG'))).toEqual([
      {
        kind: 'charge',
        id: 'pw:note:60012340167:991',
        at: '2026-11-23T05:10:00.000Z',
        zone: 'Europe/London',
        said: '2026-11-23 05:10',
        source: 'palletways',
        charge: 'weight',
        about: '',
        old: null,
        new: '700',
        owe: [],
        body: { who: 'Palletways', proof: 'Weighed: 640 KG NOW 700 KG' },
      },
    ]);
    expect(heard(note('DIM', '120 x 100 x 150 cm', { Barcode: 'B00432B6FE' }))).toMatchObject([
      { charge: 'dimensions', about: 'B00432B6FE', new: '1.2x1x1.5' },
    ]);
    expect(heard(note('SUR', 'Tail lift GBP 12.50'))).toMatchObject([
      { charge: 'surcharge', about: 'SUR', new: '12.50 GBP' },
    ]);
  });

  test('without a value is a problem with its field named; our own note, and one of another code, is none', () => {
    expect(readNotes([note('WGT', 'too heavy')], context)).toMatchObject({
      heard: [],
      problems: [{ field: 'Detail.Data[0].NoteText', message: 'says no weight' }],
    });
    const echo = readNotes(
      [note('WGT', 'Now weight 700 kg 2026-11-23T05:12:33+00:00 #abc123def4'), note('XXX', '700 kg')],
      context,
    );
    expect(echo).toEqual({ heard: [], problems: [] });
  });

  test('has the codes that the account is configured with', () => {
    const { chargeCodes = [] } = palletwaysWire.parse({
      chargeCodes: [{ group: 'inv', type: 'kg', charge: 'weight' }],
    });
    const own = note('KG', '700 kg', { NoteGroup: 'INV' });
    expect(readNotes([own], { ...context, chargeCodes }).heard).toHaveLength(1);
    expect(readNotes([own], context).heard).toHaveLength(0);
  });
});

test('a change told to Palletways goes as a general note that names its kind, or by the code configured', () => {
  const told = {
    trackingId: '60012340167',
    what: 'charge' as const,
    late: false,
    at: '2026-11-23T05:12:33.987Z',
    barcode: '',
    signedBy: '',
    description: 'WEIGHT',
    text: 'Now weight 640 kg -> 700 kg',
    ref: 'abc123def4',
  } as const;
  const sent = (codes: typeof defaultNoteCodes) =>
    noteElements(told, { codes, zone: 'Europe/London', now: '2026-11-23T05:14:00.000Z' });
  expect(sent(defaultNoteCodes)).toMatchObject({
    note_group: 'JIN',
    note_type: 'GIN',
    note_description: 'WEIGHT',
    free_text: 'Now weight 640 kg -> 700 kg 2026-11-23T05:12:33+00:00 #abc123def4',
  });
  expect(sent({ ...defaultNoteCodes, charge: { group: 'CHG', type: 'WGT' } })).toMatchObject({
    note_group: 'CHG',
    note_type: 'WGT',
  });
});
