import { describe, expect, it } from 'vitest';
import { readPush } from '../../../connectors/palletways/read.ts';
import { type Asked, readAnswer, readPdf, readVersion } from '../../../connectors/palletways/read-answers.ts';
import { CallError } from '../../../domain/calls/error.ts';
import { context, golden } from './reading-context.ts';

const created = golden('created.xml').toString();
const bad: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  blank: Buffer.from(' \n '),
  prose: Buffer.from('The requested API is not available.'),
  'cut XML': Buffer.from(created.slice(0, -40)),
  'cut JSON': Buffer.from(golden('created.json').subarray(0, 400)),
  DOCTYPE: Buffer.from(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Notification>&b;</Notification>`),
  'DOCTYPE in other case': Buffer.from('<!doctype x SYSTEM "file:///etc/passwd"><x/>'),
  'unknown entity': Buffer.from('<Notification><Event>&nbsp;</Event></Notification>'),
  'XML depth bomb': Buffer.from('<a>'.repeat(500_000)),
  'XML depth bomb, well-formed': Buffer.from('<a>'.repeat(65) + '</a>'.repeat(65)),
  'XML width bomb': Buffer.from(`<a>${'<b/>'.repeat(1_000_001)}</a>`),
  'JSON depth bomb': Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  'JSON list depth bomb': Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  'JSON width bomb': Buffer.from(JSON.stringify({ a: Array.from({ length: 1_000_001 }, () => '') })),
  'carriage returns': Buffer.from(`<a>${'\r'.repeat(2_000_000)}`),
  'unclosed quote': Buffer.from('<Notification a="<b><c>'),
  'unclosed comment': Buffer.from('<Notification><!-- '),
  'wrong end tags': Buffer.from('<a></b><a></b>'.repeat(100)),
  'not UTF-8': Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe, 0x3c, 0x2f, 0x61, 0x3e]),
  'unknown encoding': Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>'),
  'over 16 MB': Buffer.alloc(16 * 1024 * 1024 + 1, 0x20),
  'JSON list': Buffer.from('[1,2]'),
  'JSON text': Buffer.from('"CREATED"'),
  'no event, no consignment': Buffer.from('{"__proto__":{"Event":"CREATED"}}'),
};

describe('a malformed push', () => {
  for (const [name, body] of Object.entries(bad)) {
    // Work that grew faster than the body would take hours for some of these: the test would be ended as one that hangs.
    it(`is a problem and no throw: ${name}`, () => {
      const reading = readPush(body, 'application/xml', context);
      expect(reading.heard).toEqual([]);
      expect(reading.problems.length).toBeGreaterThan(0);
    });
  }
  it('of a parser is not quoted in the problem', () => {
    for (const text of ['<Notification><Name>Ana Ruiz</Nam></Notification>', '{"Name":"Ana Ruiz"']) {
      expect(JSON.stringify(readPush(Buffer.from(text), '', context).problems)).not.toContain('Ana');
    }
  });
});

const asked = (effectful: boolean): Asked => ({
  label: 'x /x',
  effectful,
  scrub: (text) => text.replaceAll('s3cret', '***'),
  now: Date.UTC(2026, 10, 23),
});
const reply = (body: string | Buffer, status = 200, retryAfter?: string) => ({
  status,
  contentType: 'text/html',
  retryAfter,
  body: Buffer.from(body),
});

function classOf(read: () => unknown): CallError {
  try {
    read();
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
  throw new Error('no CallError');
}

describe('an answer that cannot be read', () => {
  for (const [name, body] of Object.entries(bad)) {
    if (name === 'prose') continue;
    it(`may have acted after an effectful call and is down after a read: ${name}`, () => {
      expect(classOf(() => readAnswer(reply(body), asked(true))).retry).toBe('lost');
      expect(classOf(() => readAnswer(reply(body), asked(false))).retry).toBe('down');
    });
    if (body.length > 1_000_000) continue;
    it(`is down after a read of a PDF or of the version: ${name}`, () => {
      expect(classOf(() => readPdf(reply(body), asked(false))).retry).toBe('down');
      expect(classOf(() => readVersion(reply(body), asked(false))).retry).toBe('down');
    });
  }
});

describe('a sentence with status 200', () => {
  const table: readonly [string, string, string][] = [
    ['API Key not specified.', 'auth', 'auth'],
    ['"API Key not specified."', 'auth', 'auth'],
    [
      '<html><body><p>The API key provided is not authorised to use the requested API.</p></body></html>',
      'auth',
      'auth',
    ],
    ['<error>API Key not specified.</error>', 'auth', 'auth'],
    ['{"ERROR":"The API key provided is not authorised to use the requested API."}', 'auth', 'auth'],
    ['The requested API is not available.', 'refused', 'refused'],
    ['ERROR: something else', 'refused', 'refused'],
    ['<br /><b>Fatal error</b>: Allowed memory size', 'lost', 'down'],
    ['Bonjour', 'lost', 'down'],
  ];
  for (const [sentence, effectful, read] of table) {
    it(`has its class: ${sentence}`, () => {
      expect(classOf(() => readAnswer(reply(sentence), asked(true))).retry).toBe(effectful);
      expect(classOf(() => readAnswer(reply(sentence), asked(false))).retry).toBe(read);
    });
  }
  it('says what it was where that decides: empty, or a method that is not there', () => {
    const kinds = ['', 'The requested API is not available.', 'ERROR: something else', 'Bonjour'].map(
      (body) => classOf(() => readAnswer(reply(body), asked(false))).answer,
    );
    expect(kinds).toEqual(['empty', 'no such method', undefined, undefined]);
  });
  it('of a label, POD or image call says "not yet", unless it is about the key or the method', () => {
    for (const sentence of [
      'There was an error generating this label: consignment data not found',
      'ERROR: POD not found for this ID.',
      'ERROR: no images',
    ]) {
      expect(readPdf(reply(sentence), asked(false))).toEqual({ ready: false, sentence });
    }
    const none =
      '<Response><Status><Code>NO_RESULTS_FOUND</Code><Count>0</Count></Status><Detail><Data/></Detail></Response>';
    expect(readPdf(reply(none), asked(false))).toEqual({ ready: false, sentence: 'No results found.' });
    expect(classOf(() => readPdf(reply('API Key not specified.'), asked(false))).retry).toBe('auth');
    expect(classOf(() => readPdf(reply('The requested API is not available.'), asked(false))).retry).toBe('refused');
  });
  it('that echoes the key does not carry it on, and is kept short', () => {
    const error = classOf(() => readAnswer(reply(`ERROR: key s3cret ${'x'.repeat(1000)}`), asked(false)));
    expect(error.message).not.toContain('s3cret');
    expect(error.message.length).toBeLessThan(330);
  });
});

describe('a status of HTTP', () => {
  const table: readonly [number, string | undefined, string, string][] = [
    [401, undefined, 'auth', 'auth'],
    [403, undefined, 'auth', 'auth'],
    [429, '7', 'busy', 'busy'],
    [429, undefined, 'busy', 'busy'],
    [503, '7', 'busy', 'busy'],
    [503, undefined, 'lost', 'down'],
    [500, undefined, 'lost', 'down'],
    [504, undefined, 'lost', 'down'],
    [408, undefined, 'lost', 'down'],
    [404, undefined, 'refused', 'refused'],
    [302, undefined, 'refused', 'refused'],
  ];
  for (const [status, retryAfter, effectful, read] of table) {
    it(`has its class: ${status}${retryAfter === undefined ? '' : ' with Retry-After'}`, () => {
      const error = classOf(() => readAnswer(reply('oops', status, retryAfter), asked(true)));
      expect([error.retry, error.status]).toEqual([effectful, status]);
      expect(error.until).toBe(retryAfter === undefined ? undefined : Date.UTC(2026, 10, 23) + 7000);
      expect(classOf(() => readAnswer(reply('oops', status, retryAfter), asked(false))).retry).toBe(read);
    });
  }
  it('may give Retry-After as a date', () => {
    const error = classOf(() => readAnswer(reply('', 503, 'Mon, 23 Nov 2026 00:05:00 GMT'), asked(false)));
    expect(error.until).toBe(Date.UTC(2026, 10, 23, 0, 5));
  });
});

describe('an envelope', () => {
  it('with ERROR_VALIDATION names the members by their place in what was sent', () => {
    const error = classOf(() => readAnswer(reply(golden('notes-refused.xml')), asked(true)));
    expect(error.retry).toBe('refused');
    expect(error.members).toEqual([
      { index: 1, code: 'ERROR_NOTE_PW_ID_VALUE', reason: 'Note [pw_id] is not known; Note [note_group] is not known' },
      { index: 3, code: 'ERROR_NOTE_BARCODE_VALUE', reason: 'Note [barcode] is not of the consignment' },
    ]);
    expect(error.fields).toEqual(['ERROR_NOTE_PW_ID_VALUE', 'ERROR_NOTE_GROUP_VALUE', 'ERROR_NOTE_BARCODE_VALUE']);
  });
  it('says the same in JSON', () => {
    const [a, b] = ['xml', 'json'].map((kind) =>
      classOf(() => readAnswer(reply(golden(`notes-refused.${kind}`)), asked(true))),
    );
    expect([a?.members, a?.fields, a?.message]).toEqual([b?.members, b?.fields, b?.message]);
  });
  it('with another ERROR is refused and names nobody', () => {
    const error = classOf(() =>
      readAnswer(reply('{"Status":{"Code":"ERROR_FORMAT_INVALID","Description":"no"}}'), asked(true)),
    );
    expect([error.retry, error.members]).toEqual(['refused', []]);
  });
  it('with an unknown code may have acted', () => {
    expect(classOf(() => readAnswer(reply('{"Status":{"Code":"PARTIAL"}}'), asked(true))).retry).toBe('lost');
    expect(classOf(() => readAnswer(reply('{"Status":{"Code":"PARTIAL"}}'), asked(false))).retry).toBe('down');
  });
});
