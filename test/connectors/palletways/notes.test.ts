import { parseXml } from '@rgrove/parse-xml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultNoteCodes as codes, palletwaysAccess } from '../../../connectors/palletways/config.ts';
import { note as noteSchema } from '../../../connectors/palletways/wire.ts';
import {
  findOurs,
  findSaying,
  isSent,
  noteElements,
  noteKey,
  notesXml,
  referenceOf,
} from '../../../connectors/palletways/write-notes.ts';
import type { OutgoingNote } from '../../../domain/facts/content.ts';
import { golden } from './reading-context.ts';

const note: OutgoingNote = {
  trackingId: '60012340167',
  what: 'out',
  late: false,
  at: '2026-11-23T05:12:33.987Z',
  barcode: '',
  signedBy: '',
  description: '',
  text: 'Out for delivery',
  ref: 'abc123def4',
};
const setting = { codes, zone: 'Europe/London', now: '2026-11-23T05:14:00.000Z' };

const everyKind: readonly OutgoingNote[] = [
  { ...note, what: 'planned', description: 'Trip 12', text: 'Planned', ref: '0000000001' },
  { ...note, what: 'unplanned', text: 'No longer planned', ref: '0000000002' },
  { ...note, what: 'scan-load', barcode: 'B1244ABCDE', text: '', ref: '0000000003' },
  { ...note, what: 'scan-unload', barcode: 'B1244ABCDE', text: '', ref: '0000000004' },
  { ...note, what: 'scan-cross-dock', barcode: 'B1244ABCDE', text: '', ref: '0000000005' },
  { ...note, what: 'scan-delivery', barcode: 'B1244ABCDE', text: '', ref: '0000000006' },
  { ...note, ref: '0000000007' },
  { ...note, what: 'arrived', text: 'Arrived', ref: '0000000008' },
  { ...note, what: 'delivered', text: 'Delivered', ref: '0000000009' },
  { ...note, what: 'failed', description: 'CARDED', text: 'Nobody in', ref: '000000000a' },
  {
    ...note,
    what: 'exception',
    description: 'DAMAGE',
    barcode: 'B1244ABCDE',
    text: 'Corner <crushed> & wet',
    ref: '000000000b',
  },
  { ...note, what: 'exception', description: 'MARTIANS', text: 'Odd', ref: '000000000c' },
  { ...note, what: 'pod', signedBy: 'José Núñez', text: 'Signed', ref: '000000000d' },
  { ...note, what: 'out', late: true, text: 'Out for delivery', ref: '000000000e' },
  { ...note, what: 'failed', late: true, description: 'CLOSED', text: 'Shut', ref: '000000000f' },
];

describe('the notes document', () => {
  it('is what the wire assumptions say, for every kind of note', () => {
    expect(`${notesXml(everyKind, setting)}\n`).toBe(golden('notes-sent.xml').toString());
  });
  it('says of a POD who signed and for how many pallets', () => {
    const pod = noteElements(
      { ...note, what: 'pod', signedBy: 'Aoife Byrne', description: '3 of 5', text: 'Signed' },
      setting,
    );
    expect([pod.customer_name, pod.note_description]).toEqual(['Aoife Byrne', '3 of 5']);
  });
  it('has both nights of the clock change in local minutes with the exact instant at the end', () => {
    const summer = noteElements({ ...note, at: '2026-10-25T00:30:00.000Z' }, setting);
    const winter = noteElements({ ...note, at: '2026-10-25T01:30:00.000Z' }, setting);
    expect([summer.note_create_time, winter.note_create_time]).toEqual(['01:30', '01:30']);
    expect(summer.free_text).toBe('Out for delivery 2026-10-25T01:30:00+01:00 #abc123def4');
    expect(winter.free_text).toBe('Out for delivery 2026-10-25T01:30:00+00:00 #abc123def4');
  });
  it('is well-formed, within the limits and recognised again, whatever the words', () => {
    const anything = fc.string({ maxLength: 400, unit: 'binary' });
    fc.assert(
      fc.property(anything, anything, anything, (text, signedBy, description) => {
        const written = { ...note, what: 'exception' as const, text, signedBy, description };
        const elements = noteElements(written, setting);
        expect(elements.free_text?.length).toBeLessThanOrEqual(250);
        expect(elements.customer_name?.length).toBeLessThanOrEqual(50);
        expect(elements.note_description?.length).toBeLessThanOrEqual(40);
        expect(referenceOf(elements.free_text ?? '')).toBe(note.ref);
        expect(elements.free_text).toContain('2026-11-23T05:12:33+00:00');
        expect(parseXml(notesXml([written], setting)).text).toContain(elements.free_text);
      }),
    );
  });
  it('takes its codes from the configuration', () => {
    const own = palletwaysAccess.parse({
      apiKey: 'k',
      depot: { number: '564' },
      codes: { out: { group: 'ABC', type: 'XYZ' } },
    }).codes;
    expect(noteElements(note, { ...setting, codes: own })).toMatchObject({ note_group: 'ABC', note_type: 'XYZ' });
    expect(noteElements({ ...note, what: 'arrived' }, { ...setting, codes: own })).toMatchObject({
      note_group: 'STS',
      note_type: 'ARR',
    });
  });
});

describe('a reference of ours', () => {
  it('is found at the end of a text, also where the far side changed case or spaces', () => {
    expect(referenceOf('Out 2026-11-23T05:12:33+00:00 #abc123def4')).toBe('abc123def4');
    expect(referenceOf('OUT 2026-11-23T05:12:33+00:00\n #ABC123DEF4 ')).toBe('abc123def4');
  });
  it('is not seen in what a person wrote', () => {
    expect(referenceOf('cancelled, ticket #1234567890')).toBeNull();
    expect(referenceOf('2026-11-23T05:12:33+00:00 #abc123def4 seen')).toBeNull();
  });
  it('is known by where it ends also where a form was decoded twice', () => {
    expect(referenceOf('Out 2026-11-23T05:12:33 00:00 #abc123def4')).toBe('abc123def4');
    expect(referenceOf('Out 2026-11-23T05:12:33+00:00 &#35;abc123def4')).toBe('abc123def4');
  });
});

describe('a note that we sent', () => {
  const row = (text: string, more: Record<string, string> = {}) =>
    noteSchema.parse({
      ...Object.fromEntries(Object.keys(noteSchema.shape).map((k) => [k, ''])),
      SysNote: '1',
      TrackingID: note.trackingId,
      NoteGroup: 'STS',
      NoteType: 'OFD',
      NoteText: text,
      NoteDate: '2026-11-23',
      NoteTime: '05:12:00',
      Barcode: note.barcode,
      ...more,
    });
  const whole = 'Out for delivery 2026-11-23T05:12:33+00:00 #abc123def4';

  it('is known by its reference wherever that stands, cut, decoded, in capitals, or behind a user’s name', () => {
    for (const text of [
      whole,
      `J SMITH: ${whole}`,
      `${whole} (J SMITH)`,
      whole.replace('+', ' '),
      whole.toUpperCase(),
      whole.slice(0, 50),
      whole.slice(0, 30),
      `J SMITH: ${whole}`.slice(0, 50),
    ])
      expect([text, isSent(row(text), note, setting)]).toEqual([text, true]);
    expect(findOurs([row('a'), row(whole)], note, setting)).toEqual([row(whole)]);
  });
  it('is not what somebody else wrote, of another consignment, minute, code or pallet', () => {
    expect(isSent(row('Customer rang, will collect'), note, setting)).toBe(false);
    expect(isSent(row(''), note, setting)).toBe(false);
    const cut = whole.slice(0, 40);
    const others: Record<string, string>[] = [
      { TrackingID: '60099999999' },
      { NoteTime: '05:13:00' },
      { NoteType: 'DLV' },
      { Barcode: 'B0000000AA' },
    ];
    for (const more of others) expect([more, isSent(row(cut, more), note, setting)]).toEqual([more, false]);
  });
  it('has a key of its consignment: another may have the same number', () => {
    expect(noteKey(row('a'))).not.toBe(noteKey(row('a', { TrackingID: '60099999999' })));
  });
});

describe('a note that a read dates anew', () => {
  const told = (text: string, ref: string, sysNote: number, code: { group: string; type: string }) =>
    noteSchema.parse({
      ...Object.fromEntries(Object.keys(noteSchema.shape).map((k) => [k, ''])),
      SysNote: String(sysNote),
      Delta: '1795000000',
      TrackingID: note.trackingId,
      NoteText: `${text} 2026-11-23T05:12:33+00:00 #${ref}`,
      NoteGroup: code.group,
      NoteType: code.type,
    });
  const planned = (trip: string, sysNote: number) =>
    told(`Planned on ${trip}`, `abc123de${String(sysNote).padStart(2, '0')}`, sysNote, setting.codes.planned);
  const saying = (trip: string) => ({
    ...note,
    what: 'planned' as const,
    barcode: '',
    description: trip,
    text: `Planned on ${trip}`,
  });
  const none = new Set<string>();

  it('is found by its words, whatever its instant and its reference', () => {
    const notes = [planned('R12', 1), planned('R13', 2)];
    expect(findSaying(notes, saying('R13'), setting, none)?.SysNote).toBe('2');
    expect(findSaying(notes, { ...saying('R13'), trackingId: '60099999999' }, setting, none)).toBeUndefined();
    expect(findSaying(notes, saying('R13'), setting, new Set([`${note.trackingId}:2`]))).toBeUndefined();
  });
  it('is another where something else was told since, and stands for nothing that happened twice', () => {
    expect(findSaying([planned('R12', 9), planned('R13', 10)], saying('R12'), setting, none)).toBeUndefined();
    const loaded = told('Loaded', 'abc123def4', 1, setting.codes['scan-load']);
    const scan = { ...note, what: 'scan-load' as const, barcode: '', text: 'Loaded' };
    expect(findSaying([loaded], scan, setting, none)).toBeUndefined();
  });
});
