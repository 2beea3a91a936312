import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { inspect } from 'node:util';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PalletwaysClient } from '../../../connectors/palletways/calls.ts';
import { type PalletwaysAccess, palletwaysAccess } from '../../../connectors/palletways/config.ts';
import { scrubber } from '../../../connectors/palletways/http.ts';
import { CallError, type Gate } from '../../../domain/calls/error.ts';
import type { OutgoingNote } from '../../../domain/facts/content.ts';
import { golden } from './reading-context.ts';

const apiKey = 'aB+c/d,e==';
type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;
let server: Server;
let handler: Handler;
let seen: { url: string; method: string; body: string; type: string }[];
let agent: Agent;
let base: string;

beforeAll(async () => {
  agent = new Agent({ connect: { timeout: 500 } });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      seen.push({
        url: request.url ?? '',
        method: request.method ?? '',
        body,
        type: request.headers['content-type'] ?? '',
      });
      handler(Object.assign(request, { body }), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await agent.destroy();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
});

const open: Gate = () => Promise.resolve();
const access = (more: Partial<PalletwaysAccess> = {}): PalletwaysAccess => ({
  ...palletwaysAccess.parse({
    apiUrl: `${base}/api2/`,
    portalUrl: `${base}/portal/api/`,
    apiKey,
    depot: { number: '564' },
    timeouts: { connectMs: 500, headersMs: 300, bodyMs: 300 },
    limits: { bodyBytes: 20_000 },
  }),
  ...more,
});
const client = (more: Partial<PalletwaysAccess> = {}, gate: Gate = open, signal?: AbortSignal) =>
  new PalletwaysClient(access(more), {
    gate,
    dispatcher: agent,
    now: () => '2026-11-23T05:14:00.000Z',
    ...(signal === undefined ? {} : { signal }),
  });
const answers =
  (body: string | Buffer, status = 200, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
const note: OutgoingNote = {
  trackingId: '60012340167',
  what: 'out',
  late: false,
  at: '2026-11-23T05:12:33.000Z',
  barcode: '',
  signedBy: '',
  description: '',
  text: 'Out & about',
  ref: 'abc123def4',
};

async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const outcome = await call.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof CallError)) throw outcome;
  for (const writing of [apiKey, encodeURIComponent(apiKey), 'aB%2Bc%2Fd%2Ce%3D%3D', 'aB+c']) {
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain(writing);
  }
  expect(outcome.cause).toBeUndefined();
  return outcome;
}

describe('a call', () => {
  const ok = '<Response><Status><Code>OK</Code></Status><Detail/></Response>';
  const key = 'apikey=aB%2Bc%2Fd%2Ce%3D%3D';
  const routes: readonly [string, string, (c: PalletwaysClient) => Promise<unknown>][] = [
    ['keytest', `/api2/keytest?${key}&outputformat=xml`, (c) => c.keytest()],
    [
      'getConsignment',
      `/api2/getConsignment/60012340167?${key}&outputformat=xml`,
      (c) => c.getConsignment('60012340167'),
    ],
    [
      'getNotes',
      `/api2/getNotes/trackingId/1?${key}&outputformat=xml&output=xml`,
      (c) => c.getNotes({ trackingId: '1' }),
    ],
    [
      'getNotes',
      `/api2/getNotes/conNo/1%2F2-564?${key}&outputformat=xml&output=xml`,
      (c) => c.getNotes({ conNo: '1/2-564' }),
    ],
    [
      'getNotes',
      `/api2/getNotes/delta/1795410753?${key}&outputformat=xml&output=xml`,
      (c) => c.getNotes({ delta: 1_795_410_753 }),
    ],
    [
      'getNotes',
      `/api2/getNotes/dateRange/2026-07-01/05%3A00%3A00/2026-07-01/06%3A30%3A00?${key}&outputformat=xml&output=xml`,
      (c) => c.getNotes({ from: '2026-07-01T04:00:00.000Z', to: '2026-07-01T05:30:00.000Z' }),
    ],
    ['consEntered', `/api2/consEntered/2026-11-23?${key}&outputformat=xml`, (c) => c.consEntered('2026-11-23')],
    [
      'conStatusById',
      `/api2/conStatusById/3972953?${key}&outputformat=xml&output=xml`,
      (c) => c.conStatusById('3972953'),
    ],
    [
      'conStatusByConNo',
      `/api2/conStatusByConNo/2557391-564?${key}&outputformat=xml`,
      (c) => c.conStatusByConNo('2557391-564'),
    ],
    [
      'conStatusByTrackingId',
      `/api2/conStatusByTrackingId/1?${key}&outputformat=xml`,
      (c) => c.conStatusByTrackingId('1'),
    ],
    [
      'getDynConStatus',
      `/portal/api/getDynConStatus/1?${key}&outputformat=xml&output=xml`,
      (c) => c.getDynConStatus('1'),
    ],
  ];
  for (const [name, url, call] of routes) {
    it(`goes to the host and path of its method, after the gate: ${url.split('?')[0]}`, async () => {
      handler = answers(ok);
      const asked: string[] = [];
      await call(
        client({}, ({ name }) => {
          expect(seen).toEqual([]);
          asked.push(name);
          return Promise.resolve();
        }),
      );
      expect(seen).toMatchObject([{ url, method: 'GET' }]);
      expect(asked).toEqual([name]);
    });
  }

  it('for a file goes to its host and gives the bytes or the sentence', async () => {
    handler = answers(Buffer.from('%PDF-1.7 \xff', 'latin1'), 200, { 'content-type': 'application/pdf' });
    const pdf = { ready: true, pdf: Buffer.from('%PDF-1.7 \xff', 'latin1') };
    expect([await client().getLabels('1'), await client().getPod('1'), await client().podImages('1')]).toEqual([
      pdf,
      pdf,
      pdf,
    ]);
    expect(seen.map((one) => one.url.split('?')[0])).toEqual([
      '/api2/getLabelsByTID/1',
      '/api2/getPodByTrackingId/1',
      '/portal/api/podimages/1',
    ]);
    handler = answers('There was an error generating this label: consignment data not found or account not configured');
    expect(await client().getLabels('1')).toMatchObject({
      ready: false,
      sentence: expect.stringContaining('There was an error'),
    });
  });

  it('that the gate refuses is not sent', async () => {
    const gate: Gate = () => Promise.reject(new CallError('budget', 'later', { until: 5 }));
    expect(await errorOf(client({}, gate).version())).toMatchObject({ retry: 'budget', until: 5 });
    expect(seen).toEqual([]);
  });

  it('asks for JSON where the access says so, and reads it', async () => {
    handler = answers(
      '{"Status":{"Code":"OK","Count":1},"Detail":{"Data":{"TrackingID":[],"ResponseID":3972953,"ConNo":"2557391-564","StatusCode":100}}}',
    );
    expect(await client({ format: 'json' }).conStatusById('3972953')).toEqual([
      {
        trackingId: null,
        responseId: '3972953',
        conNo: '2557391-564',
        statusCode: '100',
        statusDescription: '',
        account: '',
        deliveryDepot: '',
        entryDate: '',
        entryTime: '',
      },
    ]);
    expect(seen[0]?.url).toContain('outputformat=json&output=json');
  });

  it('that finds nothing gives nothing', async () => {
    handler = answers(
      '<Response><Status><Code>NO_RESULTS_FOUND</Code><Description>No results found.</Description><Count>0</Count></Status><Detail><Data/></Detail></Response>',
    );
    expect(await client().consEntered('2026-11-23')).toEqual([]);
    expect(await client().getNotes({ delta: 1 })).toEqual({ notes: [], problems: [] });
    expect((await client().getConsignment('1')).none).toBe(true);
    handler = answers(ok);
    expect(await client().consEntered('2026-11-23')).toEqual([]);
  });

  it('for notes gives those it can read and names the field of one it cannot', async () => {
    handler = answers(golden('notes-read.xml').toString().replace('<SysNote>900002</SysNote>', '<SysNote/>'));
    const read = await client().getNotes({ delta: 1 });
    expect(read.notes.map((one) => [one.SysNote, one.Delta])).toEqual([
      ['900001', 1_795_410_753],
      ['900003', 1_795_410_755],
    ]);
    expect(read.problems).toEqual([{ field: 'Detail.Data[1].SysNote', message: 'is not a note id' }]);
  });

  it('for notes takes one with an odd field without that field, and names it', async () => {
    const sent = golden('notes-read.xml').toString();
    for (const [from, to, field] of [
      ['<Delta>1795410753', '<Delta>1795410753000', 'Delta'],
      ['<Delta>1795410753', '<Delta>2026-11-23', 'Delta'],
      ['<TrackingID>60012340167', '<TrackingID>pending', 'TrackingID'],
      ['<Delta>1795410753', '<Delta>null', ''],
    ] as const) {
      expect(sent).toContain(from);
      handler = answers(sent.replace(from, to));
      const read = await client().getNotes({ delta: 1 });
      expect([to, read.notes.length]).toEqual([to, 3]);
      expect(read.problems.map((one) => one.field)).toEqual(field === '' ? [] : [`Detail.Data[0].${field}`]);
    }
  });

  it('for the version reads JSON, XML and a bare word; for the key its owner', async () => {
    for (const body of [
      '{"Version":"2.1"}',
      '<Response><Detail><Data><Version>2.1</Version></Data></Detail></Response>',
      '2.1',
    ]) {
      handler = answers(body);
      expect(await client().version()).toBe('2.1');
    }
    handler = answers(
      '<Response><Status><Code>OK</Code></Status><Detail><Data><DepotNumber>564</DepotNumber><DepotName>Leeds</DepotName><UserName>ana</UserName></Data></Detail></Response>',
    );
    expect(await client().keytest()).toEqual({ depotNumber: '564', depotName: 'Leeds', userName: 'ana' });
  });
});

describe('createSystemNote', () => {
  const stored = (rows: string) =>
    `<Response><Status><Code>OK</Code><Description>Successful</Description></Status><Detail>${rows}</Detail></Response>`;
  it('posts the notes as a form and gives the ids by place', async () => {
    handler = answers(
      stored(
        '<ImportDetail><Index>2</Index><SysNote>902</SysNote></ImportDetail><ImportDetail><Index>1</Index><SysNote>901</SysNote></ImportDetail>',
      ),
    );
    expect(await client().createSystemNotes([note, { ...note, ref: 'abc123def5' }])).toEqual([
      { index: 0, sysNote: '901' },
      { index: 1, sysNote: '902' },
    ]);
    expect(seen).toMatchObject([{ method: 'POST', type: 'application/x-www-form-urlencoded' }]);
    expect(seen[0]?.url).toMatch(/^\/api2\/createSystemNote\?apikey=/);
    const form = new URLSearchParams(seen[0]?.body);
    expect([form.get('apikey'), form.get('commit'), form.get('inputformat'), form.get('outputformat')]).toEqual([
      apiKey,
      'yes',
      'xml',
      'xml',
    ]);
    expect(form.get('data')).toContain('<notes_qty>2</notes_qty>');
    expect(form.get('data')).toContain('Out &amp; about 2026-11-23T05:12:33+00:00 #abc123def5');
  });
  it('proves nothing of a note that an OK has no import detail for', async () => {
    handler = answers(stored(''));
    expect(await client().createSystemNotes([note])).toEqual([]);
    handler = answers(stored('<Message>No data has been imported as it was not requested.</Message>'));
    expect(await client().createSystemNotes([note, note])).toEqual([]);
    handler = answers(stored('<ImportDetail><Index>2</Index><SysNote>902</SysNote></ImportDetail>'));
    expect(await client().createSystemNotes([note, note])).toEqual([{ index: 1, sysNote: '902' }]);
    handler = answers(stored('<ImportDetail><Information>stored</Information></ImportDetail>'));
    expect(await client().createSystemNotes([note])).toEqual([{ index: 0, sysNote: null }]);
  });
  it('says in the query, in the form or in both what it is to do, as the account wants it', async () => {
    handler = answers(stored('<ImportDetail><Index>1</Index><SysNote>901</SysNote></ImportDetail>'));
    for (const notesParameters of ['both', 'form', 'query'] as const)
      await client({ notesParameters }).createSystemNotes([note]);
    const places = seen.map(({ url, body }) => {
      const [query, form] = [new URL(url, 'http://far').searchParams, new URLSearchParams(body)];
      return ['apikey', 'commit', 'data'].map((name) => [query.has(name), form.has(name)]);
    });
    expect(places).toEqual([
      [
        [true, true],
        [true, true],
        [false, true],
      ],
      [
        [false, true],
        [false, true],
        [false, true],
      ],
      [
        [true, false],
        [true, false],
        [true, false],
      ],
    ]);
  });
  it('sends nothing for no notes and for too many', async () => {
    expect(await client().createSystemNotes([])).toEqual([]);
    await expect(client({ notesPerCall: 1 }).createSystemNotes([note, note])).rejects.toBeInstanceOf(RangeError);
    expect(seen).toEqual([]);
  });
  it('refused names the members by place', async () => {
    handler = answers(golden('notes-refused.json'));
    expect((await errorOf(client().createSystemNotes([note]))).members.map((member) => member.index)).toEqual([1, 3]);
  });
});

describe('every outcome has one class, for a read and for a call that may act', () => {
  const silent: Handler = () => undefined;
  const drip: Handler = (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  };
  const stall: Handler = (_, response) => {
    response.writeHead(200);
    response.write('<Response>');
  };
  const cut: Handler = (request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('<Response>');
    setTimeout(() => request.socket.destroy(), 20);
  };
  const table: readonly [string, Handler, string, string][] = [
    ['silence until the head is due', silent, 'banned', 'lost'],
    ['a body that stalls', stall, 'down', 'lost'],
    ['a body that drips for ever', drip, 'down', 'lost'],
    ['a body that is cut', cut, 'down', 'lost'],
    ['a socket closed without answer', (request) => request.socket.destroy(), 'down', 'lost'],
    ['a body over the limit', answers('x'.repeat(20_001)), 'refused', 'lost'],
    ['an unreadable body', answers('<Response><Status>'), 'down', 'lost'],
    ['an empty body', answers(''), 'down', 'lost'],
    ['a bad key in prose', answers('The API key provided is not authorised to use the requested API.'), 'auth', 'auth'],
    ['401', answers('', 401), 'auth', 'auth'],
    ['429', answers('', 429, { 'retry-after': '3' }), 'busy', 'busy'],
    ['500', answers('oops', 500), 'down', 'lost'],
    ['503 with Retry-After', answers('', 503, { 'retry-after': '3' }), 'busy', 'busy'],
    ['a method that is not there', answers('The requested API is not available.'), 'refused', 'refused'],
    ['404', answers('', 404), 'refused', 'refused'],
    ['a redirect', answers('', 302, { location: '/elsewhere' }), 'refused', 'refused'],
    [
      'prose that echoes the key',
      answers(`ERROR: apikey=${encodeURIComponent(apiKey)} ${apiKey}`),
      'refused',
      'refused',
    ],
  ];
  for (const [name, behaviour, read, act] of table) {
    it(name, async () => {
      handler = behaviour;
      expect((await errorOf(client().getConsignment('60012340167'))).retry).toBe(read);
      const error = await errorOf(client().createSystemNotes([note]));
      expect(error.retry).toBe(act);
      expect(error.message).toMatch(/^createSystemNote \/createSystemNote: /);
    });
  }

  it('no connection, refused or timed out: surely nothing was done', async () => {
    const free = createSocketServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(free.address() as AddressInfo).port}/`;
    await new Promise((resolve) => free.close(resolve));
    expect((await errorOf(client({ apiUrl }).createSystemNotes([note]))).retry).toBe('down');
    expect((await errorOf(client({ apiUrl: 'http://nowhere.invalid/' }).createSystemNotes([note]))).retry).toBe('down');
    const slow = new Agent({
      connect: (_, done) => {
        setTimeout(
          () => done(Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' }), null),
          20,
        );
      },
    });
    const late = new PalletwaysClient(access(), { gate: open, dispatcher: slow });
    expect((await errorOf(late.createSystemNotes([note]))).retry).toBe('down');
    await slow.destroy();
  });

  it('given up before sending is down, while under way lost for a call that may act', async () => {
    handler = silent;
    expect((await errorOf(client({}, open, AbortSignal.abort()).createSystemNotes([note]))).retry).toBe('down');
    expect(seen).toEqual([]);
    const soon = () => AbortSignal.timeout(60);
    expect((await errorOf(client({}, open, soon()).createSystemNotes([note]))).retry).toBe('lost');
    expect((await errorOf(client({}, open, soon()).getConsignment('1'))).retry).toBe('down');
    const during = new AbortController();
    const gate: Gate = () => {
      during.abort();
      return Promise.resolve();
    };
    seen = [];
    expect((await errorOf(client({}, gate, during.signal).createSystemNotes([note]))).retry).toBe('down');
    expect(seen).toEqual([]);
  });
});

it('a key is taken out of a text in every writing', () => {
  const scrub = scrubber('aB+c/d e==');
  for (const writing of [
    'aB+c/d e==',
    'aB%2Bc%2Fd%20e%3D%3D',
    'aB%2Bc%2Fd+e%3D%3D',
    'aB%2bc%2fd%20e%3d%3d',
    'x?apikey=something-else&y',
  ]) {
    expect(scrub(`before ${writing} after`)).not.toMatch(/aB|something|2[Ff]d/);
  }
});
