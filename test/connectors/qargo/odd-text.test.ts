/** What of Qargo's text is no text: it is read as what it says, and one odd part takes nothing else along. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../connectors/qargo/errors.ts';
import { readDispatch, readDocuments, readOrderStatus, readVisibility } from '../../../connectors/qargo/read.ts';
import { messages, statusAnswer } from './messages.ts';
import { context } from './orders.ts';
import { ids } from './stored.ts';

const dirt = ['\r', '\r\n', '\t', ' ', '\0', '\ud83d', '\u0007', '\u009d', '\ufeff', '\u001d', '\u200b'];
const around = fc.array(fc.constantFrom(...dirt), { maxLength: 4 }).map((parts) => parts.join(''));
const symbology = fc.constantFrom('', ']C1', ']C0', ']E0', ']d2');
/** Properties that name something. */
const identifiers = new Set(['id', 'value', 'customer_reference_number']);

/** The message with this around each of its identifiers. */
function dirty<T>(message: T, before: string, after: string): T {
  return JSON.parse(
    JSON.stringify(message, (name, said: unknown) =>
      identifiers.has(name) && typeof said === 'string' ? `${before}${said}${after}` : said,
    ),
  ) as T;
}
const started = '2026-11-24T11:00:00.000Z';

describe('an identifier', () => {
  test('is read alike with whatever stands around it, in every push and every read', () => {
    const done = {
      status: 'COMPLETED',
      start_timestamp: '2026-11-24T10:01:00Z',
      end_timestamp: '2026-11-24T10:15:00Z',
    };
    const status = statusAnswer({ pickup: done, delivery: done, signed: '2026-11-24T10:15:00Z' });
    const documents = [
      { id: ids.document, name: 'IMG.jpg', type: 'PHOTO_OF_GOODS_DELIVERY', content_type: 'image/jpeg' },
    ];
    fc.assert(
      fc.property(around, symbology, around, (before, prefix, after) => {
        const odd = <T>(message: T) => dirty(message, before + prefix, after);
        for (const message of Object.values(messages)) {
          expect(readVisibility(odd(message), context)).toEqual(readVisibility(message, context));
          expect(readDispatch(odd(message), context)).toEqual(readDispatch(message, context));
        }
        expect(readOrderStatus(odd(status), context, started)).toEqual(readOrderStatus(status, context, started));
        expect(readDocuments(odd(documents), ids.order, context)).toEqual(readDocuments(documents, ids.order, context));
      }),
      { numRuns: 60 },
    );
  });

  test('that is nothing but a line end is the problem of its own scan: of [scan, that, scan] two are heard', () => {
    const scan = (value: string, second: number) => {
      const timestamp = `2026-11-24T07:00:0${second}Z`;
      return {
        timestamp,
        update: {
          type: 'HandlingUnit',
          status: 'SCANNED_OUT',
          timestamp,
          barcode: { value },
          stop: { stop_type: 'PICKUP' },
        },
      };
    };
    const push = { order: { id: ids.order }, events: [scan('B1', 1), scan(']C1\r\n', 2), scan('B3\r', 3)] };
    const { heard, problems } = readVisibility(push, context);
    expect(
      heard.flatMap(({ facts }) => facts.map((fact) => (fact.kind === 'scan' ? fact.barcode : fact.kind))),
    ).toEqual(['B1', 'B3']);
    expect(problems.map(({ field }) => field)).toEqual(['events[1].update.barcode.value']);
  });

  test('that is longer than any consignment number is no name, and its order is heard all the same', () => {
    const order = { id: ids.order, customer_reference_number: 'x'.repeat(10_000) };
    const trip = { id: ids.trip, orders: [order] };
    const planned = { timestamp: '2026-11-24T05:00:00Z', update: { type: 'Trip', status: 'PLANNED' } };
    expect(readVisibility({ events: [planned], trip }, context).heard.map(({ aliases }) => aliases)).toEqual([
      { qargoOrderId: ids.order },
    ]);
  });
});

test('a name signed with half an emoji is the name without it', () => {
  const done = { status: 'COMPLETED', start_timestamp: '2026-11-24T10:01:00Z', end_timestamp: '2026-11-24T10:15:00Z' };
  const answer = statusAnswer({ pickup: done, delivery: done, signed: '2026-11-24T10:15:00Z' });
  const [consignment] = answer.consignments;
  const signatures = [{ type: 'CONSIGNEE', name: 'Jose \ud83d', timestamp: '2026-11-24T10:15:00Z' }];
  const { reading } = readOrderStatus({ ...answer, consignments: [{ ...consignment, signatures }] }, context, started);
  const signed = reading.heard.flatMap(({ facts }) => facts.filter(({ kind }) => kind === 'pod'));
  expect(signed).toMatchObject([{ kind: 'pod', body: { name: 'Jose ' } }]);
});

test('a refusal in Qargo’s own words holds no half of a character, not even one that we cut in two', () => {
  const said = `${'x'.repeat(499)}\u{1f600}`;
  for (const message of [said, 'no \ud83d\0']) {
    const error = refusal({
      call: 'uploadOrder',
      status: 400,
      retryAfter: undefined,
      body: { message },
      effectful: true,
      now: 0,
    });
    expect(JSON.stringify(error.message)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  }
});
