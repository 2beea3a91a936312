import { describe, expect, it } from 'vitest';
import { readConsignment, readNotes, readPush, readStatuses } from '../../../connectors/palletways/read.ts';
import { type Asked, readAnswer } from '../../../connectors/palletways/read-answers.ts';
import { noteFields, note as noteSchema } from '../../../connectors/palletways/wire.ts';
import type { Reading } from '../../../domain/facts/reading.ts';
import { context, evening, golden } from './reading-context.ts';

const asked: Asked = { label: 'getConsignment /getConsignment/1', effectful: false, scrub: (text) => text, now: 0 };
const push = (text: string, type = 'application/xml', more: Partial<typeof context> = {}): Reading =>
  readPush(Buffer.from(text), type, { ...context, ...more });
const answer = (body: Buffer) =>
  readAnswer({ status: 200, contentType: 'text/plain', retryAfter: undefined, body }, asked);
const expected = (name: string): unknown => JSON.parse(golden(`${name}.expected.json`).toString());
const fields = (reading: Reading) => reading.problems.map((problem) => problem.field);
const kinds = (reading: Reading) => reading.heard.map((heard) => heard.facts.map((fact) => fact.kind));

describe('a push in XML and the same in JSON', () => {
  for (const name of ['created', 'labelled', 'tracked', 'cancelled', 'amended-partial']) {
    it(`say the same facts: ${name}`, () => {
      expect(readPush(golden(`${name}.xml`), 'application/xml', evening)).toEqual(expected(name));
      expect(readPush(golden(`${name}.json`), 'application/json', evening)).toEqual(expected(name));
    });
  }
  it('is known by its first character where the content type is wrong', () => {
    expect(readPush(golden('created.json'), 'application/xml', context)).toEqual(expected('created'));
  });
  it('is read in the encoding that it declares', () => {
    const latin = golden('created.xml').toString().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"');
    expect(readPush(Buffer.from(latin, 'latin1'), 'application/xml', context)).toEqual(expected('created'));
  });
});

describe('an answer of getConsignment', () => {
  it('says the same in XML and JSON, as of the moment it was asked', () => {
    expect(readConsignment(answer(golden('consignment.xml')), context)).toEqual(expected('consignment'));
    expect(readConsignment(answer(golden('consignment.json')), context)).toEqual(expected('consignment'));
  });
  it('carries what it has, empty or not, and not what it leaves out', () => {
    const carried = (text: string) => {
      const [order] = readConsignment(answer(Buffer.from(text)), context).heard[0]?.facts ?? [];
      return order?.kind === 'order' ? order.carried : undefined;
    };
    const sample = golden('consignment.xml').toString();
    expect(carried(sample)).not.toContain('instructions');
    expect(carried(sample)).not.toContain('bookIn.contactPhone');
    expect(carried(sample)).not.toContain('delivery.telephone');
    expect(carried(sample)).toContain('bookIn.contactName');
    // The sample knows no `Reference`: an empty one of the collection does not take away what the customer gave.
    expect(carried(sample.replace('CR1', ''))).not.toContain('reference');
    // Two elements can say who is to be rung: an empty one alone takes away nothing.
    const nobody = sample.replaceAll(/<ContactName>[^<]*<.ContactName>/g, '<ContactName/>');
    expect(carried(nobody)).not.toContain('collection.contactName');
    expect(carried(sample.replace('<BookedIn>', '<ManifestNote/><BookedIn>'))).toContain('instructions');
  });
  it('says nothing where nobody knows the consignment', () => {
    const none = answer(
      Buffer.from(
        '{"Status":{"Code":"NO_RESULTS_FOUND","Count":0,"Description":"No results found."},"Detail":{"Data":[]}}',
      ),
    );
    expect(none.none).toBe(true);
    expect(readConsignment(none, context)).toEqual({ heard: [], problems: [] });
  });
  it('names the missing element where it is OK and empty', () => {
    const reading = readConsignment(
      answer(Buffer.from('<Response><Status><Code>OK</Code></Status></Response>')),
      context,
    );
    expect(fields(reading)).toEqual(['Detail.Data.Manifest.Depot.Account.Consignment']);
  });
});

describe('a push', () => {
  const created = golden('created.xml').toString();
  it('names the field that cannot be read, and takes the order without it', () => {
    const reading = push(created.replace('<Code>A</Code>', '<Code/>').replace('<Lifts>2', '<Lifts>two'));
    const path = 'Manifest.Depot.Account.Consignment';
    expect(fields(reading)).toEqual([`${path}.Lifts`, `${path}.Service[0].Code`]);
    expect(kinds(reading)).toEqual([['order', 'tracking', 'labels']]);
  });
  it('never quotes what it could not read', () => {
    const reading = push(
      created.replace('<DueDate>2026-11-24', '<DueDate>Ana Ruiz').replace('<Country>gb', '<Country>Ana Ruiz'),
    );
    expect(reading.problems).toHaveLength(2);
    expect(JSON.stringify(reading.problems)).not.toContain('Ana');
  });
  it('with one bad consignment among several tells the good ones', () => {
    const consignment = /<Consignment>[\s\S]*<\/Consignment>/.exec(created)?.[0] ?? '';
    const bad = consignment.replace('3972953', '3972999').replace('<Weight>110.00', '<Weight>-3');
    const nameless = '<Consignment><Type>D</Type></Consignment>';
    const reading = push(created.replace(consignment, bad + nameless + consignment));
    const path = 'Manifest.Depot.Account.Consignment';
    expect(fields(reading)).toEqual([`${path}[0].Weight`, `${path}[1]`]);
    expect(kinds(reading)).toEqual([
      ['order', 'tracking', 'labels'],
      ['order', 'tracking', 'labels'],
    ]);
  });
  it('takes no 0 and no word for a tracking id, so that strangers are not merged', () => {
    for (const id of ['0', '00000', 'pending']) {
      const reading = push(created.replace('<TrackingID/>', `<TrackingID>${id}</TrackingID>`));
      expect(fields(reading)).toEqual(['Manifest.Depot.Account.Consignment.TrackingID']);
      expect(reading.heard[0]?.aliases.trackingId).toBeUndefined();
    }
  });
  it('without time is untimed and stands at its reception', () => {
    for (const without of [created.replace(/<Time>.*?<\/Time>/, ''), created.replace(/<Date>.*?<\/Date>/, '<Date/>')]) {
      const reading = push(without);
      expect(reading.heard[0]?.untimed).toBe(true);
      expect(reading.heard[0]?.facts[0]?.at).toBe(context.receivedAt);
      expect(reading.problems).toEqual([]);
    }
  });
  it('with a time that is still to come is of another clock: it is untimed, stands at its reception and keeps what was said', () => {
    const at = (receivedAt: string) => push(created, 'application/xml', { receivedAt }).heard[0];
    expect(at('2026-11-23T05:08:00.000Z')?.untimed).toBeUndefined();
    const early = at('2026-11-23T04:12:34.000Z');
    expect(early?.untimed).toBe(true);
    expect(early?.created).toBeUndefined();
    expect(early?.facts.map((fact) => [fact.at, fact.said])).toEqual(
      Array.from({ length: 3 }, () => ['2026-11-23T04:12:34.000Z', '2026-11-23 05:12:33']),
    );
  });
  it('with a time that is none is untimed and a problem', () => {
    const reading = push(created.replace('05:12:33', '25:12:33'));
    expect(reading.heard[0]?.untimed).toBe(true);
    expect(fields(reading)).toEqual(['Manifest.Date']);
  });
  it('made in the second pass of the autumn hour is newer than one of the first pass', () => {
    const at = (time: string, receivedAt: string) =>
      push(created.replace('2026-11-23', '2026-10-25').replace('05:12:33', time), 'application/xml', { receivedAt })
        .heard[0]?.facts[0]?.at;
    expect(at('01:50:00', '2026-10-25T00:50:02.000Z')).toBe('2026-10-25T00:50:00.000Z');
    expect(at('01:10:00', '2026-10-25T01:10:02.000Z')).toBe('2026-10-25T01:10:00.000Z');
    expect(at('01:50:00', '2026-10-25T00:56:31.000Z')).toBe('2026-10-25T00:50:00.000Z');
  });
  it('AMENDED stands after CREATED of the same second, for nothing is amended before it is created', () => {
    const at = (event: string) => push(created.replace('CREATED', event)).heard[0]?.facts[0]?.at ?? '';
    expect(at('AMENDED') > at('CREATED')).toBe(true);
    expect(at('AMENDED').slice(0, 19)).toBe(at('CREATED').slice(0, 19));
  });
  it('AMENDED with the whole order is an order; with part of it a hint', () => {
    expect(kinds(push(created.replace('CREATED', 'AMENDED')))).toEqual([['order', 'tracking', 'labels']]);
    expect(kinds(push(created.replace('CREATED', 'AMENDED').replace(/<Lifts>.*?<\/Lifts>/, '')))).toEqual([
      ['hint', 'tracking', 'labels'],
    ]);
  });
  it('of an unknown event is a problem that still tells the identifiers', () => {
    const reading = push(created.replace('CREATED', 'TELEPORTED'));
    expect(fields(reading)).toEqual(['Event']);
    expect(kinds(reading)).toEqual([['tracking', 'labels']]);
  });
  it('LABELLED without pallets and TRACKED without tracking id name what is missing', () => {
    expect(
      fields(
        push(
          golden('labelled.xml')
            .toString()
            .replace(/<Pallet>.*<\/Pallet>/, ''),
        ),
      ),
    ).toEqual(['Manifest.Depot.Account.Consignment.Pallet']);
    expect(
      fields(push(golden('tracked.xml').toString().replace('<TrackingID>60012340167</TrackingID>', '<TrackingID/>'))),
    ).toEqual(['Manifest.Depot.Account.Consignment[0].TrackingID']);
  });
  it('without the address its type needs gives no order', () => {
    expect(
      fields(push(created.replace('<Type>Delivery</Type><ContactName>', '<Type>Collection</Type><ContactName>'))),
    ).toEqual(['Manifest.Depot.Account.Consignment.Address']);
  });
  it("uses the organisation's own names of events", () => {
    const events = { created: 'NEW', amended: 'CHG', labelled: 'LBL', tracked: 'TID', cancelled: 'DEL' };
    expect(
      kinds(
        readPush(Buffer.from(golden('cancelled.xml').toString().replace('CANCELLED', 'Del')), '', {
          ...context,
          events,
        }),
      ),
    ).toEqual([['cancellation', 'tracking']]);
  });
  it('of 60 pallets fits the 4 KB envelope, and every other fact 400 bytes', () => {
    const pallets = Array.from(
      { length: 60 },
      (_, at) => `<Pallet>B00432B${String(at).padStart(3, '0')}</Pallet>`,
    ).join('');
    const units = Array.from({ length: 60 }, () => '<BillUnit><Type>SELP</Type><Amount>1</Amount></BillUnit>').join('');
    const [heard] = push(
      created.replace(/<Pallet>.*<\/Pallet>/, pallets).replace(/<BillUnit>.*<\/BillUnit>/, units),
    ).heard;
    for (const fact of heard?.facts ?? []) {
      const { body: _body, ...envelope } = { body: null, ...fact };
      const size = JSON.stringify({
        ...envelope,
        heard: context.receivedAt,
        via: 'push',
        content: 'x'.repeat(36),
      }).length;
      expect(size).toBeLessThan(fact.kind === 'order' || fact.kind === 'labels' ? 4096 : 400);
    }
  });
  it('leaves no name, address or reference outside of the body', () => {
    const [heard] = push(created).heard;
    const envelopes = JSON.stringify(heard?.facts.map((fact) => ({ ...fact, body: undefined })));
    for (const personal of ['Ana', 'Núñez', 'Bath', 'Dock', 'Glasgow', 'G1 1AA', 'PO 88', 'Ring', '0141'])
      expect(envelopes).not.toContain(personal);
  });
});

describe('the digest in the id of an order', () => {
  const created = golden('created.xml').toString();
  const id = (text: string) => push(text).heard[0]?.facts[0]?.id;
  it('is the same for a second copy, another spelling and another order of bill units', () => {
    const units = /(<BillUnit>.*?<\/BillUnit>)(<BillUnit>.*?<\/BillUnit>)/;
    expect(
      id(
        created
          .replace(units, '$2$1')
          .replace('110.00', '110')
          .replace('HandBall>no', 'Handball>f')
          .replace('/HandBall', '/Handball'),
      ),
    ).toBe(id(created));
  });
  it('changes with each field of the order', () => {
    const edits: [string, string][] = [
      ['<TailLift>yes', '<TailLift>no'],
      ['<ADRGoods>no', '<ADRGoods>yes'],
      ['Gate 3', 'Gate 4'],
      ['<DueTime>14:00', '<DueTime>15:00'],
      ['<BookedIn>no', '<BookedIn>yes'],
      ['G1 1AA', 'G1 1AB'],
      ['<Surcharge>DY', '<Surcharge>A'],
      ['PO 88', 'PO 87'],
      ['<DeliveryDepot>525', '<DeliveryDepot>526'],
    ];
    expect(new Set([created, ...edits.map(([from, to]) => created.replace(from, to))].map(id)).size).toBe(
      edits.length + 1,
    );
  });
});

describe('notes read', () => {
  const read = (name: string) => answer(golden(name)).data.map((row) => noteSchema.parse(noteFields(row)));
  it('give the cancellation of Palletways, nothing for our echo and nothing for others, in XML and JSON alike', () => {
    const reading = readNotes(read('notes-read.xml'), context);
    expect(reading).toEqual(readNotes(read('notes-read.json'), context));
    expect(reading).toEqual({
      heard: [
        {
          aliases: { trackingId: '60012340167', conNo: '2557391-564' },
          facts: [
            {
              kind: 'cancellation',
              id: 'pw:note:60012340167:900001',
              at: '2026-11-23T05:12:33.000Z',
              zone: 'Europe/London',
              said: '2026-11-23 05:12:33',
              source: 'palletways',
            },
          ],
        },
      ],
      problems: [],
    });
  });
  it('give what the network says went wrong as its exceptions, by codes that can be set, and never what is ours', () => {
    const [one] = read('notes-read.xml');
    if (one === undefined) throw new Error('no note');
    const held = { ...one, SysNote: '77', NoteGroup: 'HLD', NoteType: 'HLD', NoteText: 'Stock held at hub' };
    const { heard, problems } = readNotes([held], context);
    expect(problems).toEqual([]);
    expect(heard).toMatchObject([
      {
        aliases: { trackingId: '60012340167' },
        facts: [
          {
            kind: 'exception',
            id: 'pw:exception:60012340167:77',
            at: '2026-11-23T05:12:33.000Z',
            source: 'palletways',
            code: 'STOCK_HELD',
            stop: 'network:60012340167:77',
            body: { name: 'stock held', description: 'Stock held at hub' },
          },
        ],
      },
    ]);
    const ours = {
      ...held,
      NoteGroup: 'STS',
      NoteType: 'FLD',
      NoteText: 'Failed 2026-11-23T05:12:33+00:00 #abc123def4',
    };
    expect(readNotes([ours], context).heard).toEqual([]);
    const networkExceptions = [{ group: 'NET', type: 'H1', code: 'STOCK_HELD', words: 'stock held' }];
    expect(readNotes([held], { ...context, networkExceptions }).heard).toEqual([]);
    expect(
      readNotes([{ ...held, NoteGroup: 'NET', NoteType: 'H1' }], { ...context, networkExceptions }).heard,
    ).toHaveLength(1);
    expect(readNotes([{ ...held, TrackingID: '', ConNo: '' }], context).problems).toHaveLength(1);
  });
  it('know the pass of the autumn hour by the second of their entry', () => {
    const [cancel] = read('notes-read.xml');
    if (cancel === undefined) throw new Error('no note');
    const at = (entered: string) =>
      readNotes(
        [{ ...cancel, NoteDate: '2026-10-25', NoteTime: '01:30:00', Delta: Date.parse(entered) / 1000 }],
        context,
      ).heard[0]?.facts[0]?.at;
    expect(at('2026-10-25T00:30:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-10-25T01:30:00Z')).toBe('2026-10-25T01:30:00.000Z');
  });
  it('of a cancellation without readable time is still one, at its entry', () => {
    const [cancel] = read('notes-read.xml');
    if (cancel === undefined) throw new Error('no note');
    expect(readNotes([{ ...cancel, NoteDate: '', NoteTime: '' }], context).heard[0]?.facts[0]?.at).toBe(
      '2026-11-23T05:12:33.000Z',
    );
    const untimed = readNotes([{ ...cancel, NoteDate: '', NoteTime: '', Delta: null }], context);
    expect(untimed.heard[0]?.facts[0]?.at).toBe(context.receivedAt);
    expect(fields(untimed)).toEqual(['Detail.Data[0].NoteDate']);
  });
});

it('a status row tells the identifiers it has', () => {
  const row = { statusCode: '', statusDescription: '', account: '', deliveryDepot: '', entryDate: '', entryTime: '' };
  const { heard } = readStatuses(
    [
      { ...row, trackingId: '60012340167', responseId: '3972953', conNo: null },
      { ...row, trackingId: null, responseId: null, conNo: null },
    ],
    context,
  );
  expect(heard.map((one) => [one.aliases, one.facts[0]?.id])).toEqual([
    [{ trackingId: '60012340167', responseId: '3972953' }, 'pw:tracking:60012340167'],
  ]);
});
