/** Bytes in every encoding and under every label, and characters that no document may have: read, and never read as something else. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNotes, readPush } from '../../../connectors/palletways/read.ts';
import { readAnswer } from '../../../connectors/palletways/read-answers.ts';
import { note, noteFields } from '../../../connectors/palletways/wire.ts';
import { decodedOnce, decodeText } from '../../../domain/facts/encoding.ts';
import { context, golden } from './reading-context.ts';

const declaration = /<\?xml.*?\?>/;
const spanish = golden('created.xml').toString().replace('<Town>Glasgow', '<Town>Málaga').replace(declaration, '');
const json = golden('created.json').toString().replace('Glasgow', 'Málaga');
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>${spanish}`;
const town = (body: Buffer, type = 'application/xml') => {
  const { heard, problems } = readPush(body, type, context);
  const order = heard.flatMap(({ facts }) => facts).find(({ kind }) => kind === 'order');
  expect(problems).toEqual([]);
  return (order?.body as { delivery: { town: string } } | undefined)?.delivery.town;
};
const latin = (text: string) => Buffer.from(text, 'latin1');
const marked = (mark: readonly number[], rest: Buffer) => Buffer.concat([Buffer.from(mark), rest]);

describe('a town with an accent', () => {
  test.for<readonly [string, Buffer, string?]>([
    ['UTF-8', Buffer.from(spanish)],
    ['UTF-8 under the label of Latin 1', Buffer.from(spanish), 'text/xml; charset=iso-8859-1'],
    ['UTF-8 that declares itself Latin 1', Buffer.from(declared('ISO-8859-1'))],
    ['UTF-8 that declares itself UTF-16', Buffer.from(declared('utf-16'))],
    ['UTF-8 under a label that nobody knows', Buffer.from(spanish), 'text/xml; charset=klingon'],
    ['UTF-8 with a mark that declares itself UTF-16', marked([0xef, 0xbb, 0xbf], Buffer.from(declared('utf-16')))],
    ['Latin 1 under its label', latin(spanish), 'text/xml;charset="ISO-8859-1"'],
    ['Latin 1 under the label of UTF-8', latin(spanish), 'text/xml; charset=utf-8'],
    ['Latin 1 that declares itself UTF-8', latin(declared('UTF-8'))],
    ['Latin 1 without any label', latin(spanish)],
    ['Latin 9 under its label', latin(spanish), 'text/xml; charset=iso-8859-15'],
    ['UTF-16 with its mark', marked([0xff, 0xfe], Buffer.from(declared('UTF-8'), 'utf16le'))],
    ['UTF-16 without a mark', Buffer.from(spanish, 'utf16le')],
    ['UTF-16 of the other order', marked([0xfe, 0xff], Buffer.from(spanish, 'utf16le').swap16())],
    ['UTF-8 that was decoded twice', Buffer.from(spanish.replace('Málaga', 'MÃ¡laga'))],
    [
      'UTF-8 with a byte of Windows in another field',
      Buffer.from(
        latin(
          Buffer.from(spanish.replace('<County>', '<County>a \x96 b')).toString('latin1').replace('\xc2\x96', '\x96'),
        ),
      ),
    ],
    ['JSON in Latin 1', latin(json), 'application/json'],
    ['JSON with a mark', marked([0xef, 0xbb, 0xbf], Buffer.from(json)), 'application/json'],
    ['JSON in UTF-16', Buffer.from(json, 'utf16le'), 'application/json; charset=utf-8'],
  ])('is the same in %s', ([, body, type]) => {
    expect(town(body, type)).toBe('Málaga');
  });

  test('is as it was written, whatever was written, in every encoding that has its letters', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'binary' })
          .filter((text) => !/\p{Cs}/u.test(text) && !text.startsWith('\ufeff') && /^[ -~]{2}/.test(text)),
        (text) => {
          expect(decodeText(Buffer.from(text))).toBe(text);
          expect(decodeText(marked([0xff, 0xfe], Buffer.from(text, 'utf16le')))).toBe(text);
        },
      ),
    );
    for (const text of ['Málaga', 'Â', 'SÃO PAULO', 'naïve “quotes”', 'Łódź', '£12', 'Ã', '東京'])
      expect(decodedOnce(text)).toBe(text);
    expect(decodedOnce('MÃ¡laga â‚¬12 JosÃ©')).toBe('Málaga €12 José');
  });

  test('never ends in a throw, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('', 'utf-8', 'utf-16', 'iso-8859-1', 'x'),
        (bytes, label) => {
          expect(decodeText(bytes, label)).toEqual(expect.any(String));
        },
      ),
    );
    expect(decodeText(gzipSync('a'))).toEqual(expect.any(String));
  });
});

describe('one bad character', () => {
  const asked = { label: 'getNotes /getNotes', effectful: false, scrub: (text: string) => text, now: 0 };
  const row = (id: number, text: string) =>
    `<Data><Delta>17638710${id}</Delta><TrackingID>60012340167</TrackingID><ConNo/><SysNote>${id}</SysNote><NoteDate>2026-11-23</NoteDate><NoteTime>05:10</NoteTime><NoteText>${text}</NoteText><NoteGroup>CAN</NoteGroup><NoteType>CAN</NoteType></Data>`;
  const feed = (text: string) =>
    `<Response><Status><Code>OK</Code></Status><Detail>${row(11, 'first')}${row(12, text)}${row(13, 'last')}</Detail></Response>`;
  const texts = (body: string | Buffer) => {
    const reply = { status: 200, contentType: 'text/xml', retryAfter: undefined, body: Buffer.from(body) };
    return readAnswer(reply, asked).data.map((each) => note.safeParse(noteFields(each)).data?.NoteText);
  };

  test.for<readonly [string, string | Buffer, string | undefined]>([
    ['a vertical tab', feed('bay\u000b7'), 'bay7'],
    ['a reference to one', feed('bay&#x0B;7 &#11;&#0;&#xFFFF;'), 'bay7'],
    ['half an emoji as a reference', feed('ok &#xD83D;'), 'ok'],
    ['a bare ampersand', feed('M & S &co;&'), 'M & S &co;&'],
    ['a name that only HTML knows', feed('caf&eacute;&nbsp;&rsquo;s'), 'café\u00a0’s'],
    ['a bare less-than', feed('a < b <3'), 'a < b <3'],
    ['a byte of Windows', latin(feed('bay \x96 7')), 'bay – 7'],
    ['an ampersand beside marked text', feed('<![CDATA[M & S &amp; <b>]]> & co'), 'M & S &amp; <b> & co'],
    ['a tag that has no end', feed('see <b>bay 7'), undefined],
    ['an end without its tag', feed('see bay</b> 7'), undefined],
  ])('in a feed costs at most its own note: %s', ([, body, said]) => {
    expect(texts(body)).toEqual(['first', said, 'last']);
  });

  test('in a feed of JSON costs nothing but itself', () => {
    const rows = ['first', 'bay\u000b7', 'last'].map((text, id) => `{"SysNote":"${id + 1}","NoteText":"${text}"}`);
    const body = `{"Status":{"Code":"OK"},"Detail":{"Data":[${rows.join()}]}}`;
    expect(texts(body)).toEqual(['first', 'bay 7', 'last']);
    expect(texts(body.replace('bay\u000b7', String.raw`bay \x7`))).toEqual(['first', String.raw`bay \x7`, 'last']);
  });

  test('in a push of several consignments costs at most its own', () => {
    const one = /<Consignment>[\s\S]*<\/Consignment>/.exec(spanish)?.[0] ?? '';
    const bad = one.replace('Gate 3', 'Gate <3>').replaceAll('3972953', '3972999');
    const kinds = (body: string) =>
      readPush(Buffer.from(body), '', context).heard.map(({ facts }) => facts.map(({ kind }) => kind).join());
    expect(kinds(spanish.replace(one, one.replace('Gate 3', 'Gate & \u0001 3')))).toEqual(['order,tracking,labels']);
    expect(kinds(spanish.replace(one, one.replace('Gate 3', 'Gate <b>') + one))).toEqual(['order,tracking,labels']);
    expect(kinds(spanish.replace(one, bad + one))).toHaveLength(2);
  });

  test('that cannot be read is named: its row is a problem and no silence', () => {
    const reply = { status: 200, contentType: '', retryAfter: undefined, body: Buffer.from(feed('see <b>bay')) };
    const rows = readAnswer(reply, asked).data;
    expect(rows).toHaveLength(3);
    expect(
      readNotes(
        rows.flatMap((each) => note.safeParse(noteFields(each)).data ?? []),
        context,
      ).heard,
    ).toHaveLength(2);
  });
});
