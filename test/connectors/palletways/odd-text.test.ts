/** What of Palletways' text is no text: it is read as what it says, and one odd field takes nothing else along. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConsignment, readNotes, readPush } from '../../../connectors/palletways/read.ts';
import { readAnswer } from '../../../connectors/palletways/read-answers.ts';
import { noteFields, note as noteSchema } from '../../../connectors/palletways/wire.ts';
import { context, evening, golden } from './reading-context.ts';

const expected = (name: string): unknown => JSON.parse(golden(`${name}.expected.json`).toString());
const push = (text: string, type = 'application/json') => readPush(Buffer.from(text), type, evening);
const escaped = (dirt: string) => JSON.stringify(dirt).slice(1, -1);

/** What a scanner, a telephone or a copied text puts before and after what was meant. */
const dirt = ['\r', '\r\n', '\t', ' ', '\0', '\ud83d', '\u0007', '\u009d', '\ufeff', '\u001d', '\u200b'];
const around = fc.array(fc.constantFrom(...dirt), { maxLength: 4 }).map((parts) => parts.join(''));
const symbology = fc.constantFrom('', ']C1', ']C0', ']E0', ']d2');

describe('an identifier in a push', () => {
  for (const name of ['labelled', 'tracked', 'cancelled'])
    it(`is read alike with whatever stands around it: ${name}`, () => {
      const text = golden(`${name}.json`).toString();
      fc.assert(
        fc.property(around, symbology, around, (before, prefix, after) => {
          // Every text of digits, every barcode and every consignment number in the message.
          const odd = text.replace(
            /"(\d{5,}|B[0-9A-F]{9}|\d+-\d+)"/g,
            (_, said: string) => `"${escaped(`${before}${prefix}${said}${after}`)}"`,
          );
          expect(odd).not.toBe(before + prefix + after === '' ? '' : text);
          expect(push(odd)).toEqual(expected(name));
        }),
        { numRuns: 60 },
      );
    });

  it('is read alike in XML, where a scanner’s line end is a character reference', () => {
    const text = golden('labelled.xml').toString();
    const odd = text.replace(/B[0-9A-F]{9}/g, (barcode) => `]C1${barcode}&#13;`);
    expect(odd).not.toBe(text);
    expect(readPush(Buffer.from(odd), 'application/xml', evening)).toEqual(expected('labelled'));
  });

  it('twice under two spellings is one', () => {
    const of = {
      TrackingID: '60012340167',
      Pallet: [{ Barcode: 'B00432B6FE' }, { Barcode: 'B00432B6FE\r' }, { Barcode: ']C1B00432B6FF' }],
    };
    const message = { Event: 'LABELLED', Manifest: { Depot: { Account: { Consignment: of } } } };
    const { heard, problems } = push(JSON.stringify({ Notification: message }));
    expect([heard[0]?.aliases.barcodes, problems]).toEqual([['B00432B6FE', 'B00432B6FF'], []]);
  });
});

describe('free text', () => {
  it('is read without half an emoji, a NUL, control characters and byte order marks: it says the same order', () => {
    const text = golden('created.json').toString();
    for (const odd of ['\ud83d', '\ude00', '\0', '\u0007', '\u009d', '\ufeff']) {
      const said = text.replace(
        /"([A-Z][a-z]{3,}[^"]*)":\s*"([A-Za-z][^"]{3,})"/g,
        (_, name: string, words: string) => `"${name}": "${escaped(odd)}${words}"`,
      );
      expect(said).not.toBe(text);
      expect([odd, push(said)]).toEqual([odd, expected('created')]);
    }
  });

  it('with a byte order mark before the whole message is read', () => {
    expect(push(`\ufeff${golden('created.json').toString()}`)).toEqual(expected('created'));
    expect(push(`\ufeff${golden('created.xml').toString()}`, 'application/xml')).toEqual(expected('created'));
  });
});

describe('an answer', () => {
  it('of getConsignment says the same with half an emoji in every name', () => {
    const body = Buffer.from(
      golden('consignment.json')
        .toString()
        .replace(/"(CompanyName|ContactName|Town)":\s*"/g, '$&\\ud83d'),
    );
    expect(body.toString()).toContain('\\ud83d');
    const asked = { label: 'getConsignment', effectful: false, scrub: (text: string) => text, now: 0 };
    const answer = readAnswer({ status: 200, contentType: 'application/json', retryAfter: undefined, body }, asked);
    expect(readConsignment(answer, context)).toEqual(expected('consignment'));
  });

  it('of getNotes tells a note whose time, barcode and id have a NUL or a line end in them', () => {
    const row = {
      name: 'Data',
      text: '',
      children: Object.entries({
        TrackingID: '60012340167\r',
        SysNote: '991\0',
        Barcode: ']C1B00432B6FE\r\n',
        NoteDate: '2026-11-23\0',
        NoteTime: '06:10\ud83d',
        NoteGroup: 'CAN\u0007',
        NoteType: 'CAN',
      }).map(([name, text]) => ({ name, text, children: [] })),
    };
    const read = noteSchema.parse(noteFields(row));
    expect([read.Barcode, read.SysNote]).toEqual(['B00432B6FE', '991']);
    const cancelCodes = [{ group: 'CAN', type: 'CAN' }];
    expect(readNotes([read], { ...context, cancelCodes })).toMatchObject({
      heard: [
        {
          aliases: { trackingId: '60012340167' },
          facts: [{ kind: 'cancellation', id: 'pw:note:60012340167:991', at: '2026-11-23T06:10:00.000Z' }],
        },
      ],
      problems: [],
    });
  });
});
