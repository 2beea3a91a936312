import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collected, defaultTables } from '../../../connectors/qargo/config.ts';
import { readInstant } from '../../../connectors/qargo/instant.ts';
import { readDispatch, readDocuments, readOrderStatus, readVisibility } from '../../../connectors/qargo/read.ts';
import type { NewFact } from '../../../domain/facts/facts.ts';
import type { Reading } from '../../../domain/facts/reading.ts';
import { messages, statusAnswer } from './messages.ts';
import { context } from './orders.ts';
import { ids } from './stored.ts';

/** Without the text that an instant was read from, which has tests of its own. */
const facts = (reading: Reading): NewFact[] =>
  reading.heard.flatMap((heard) =>
    heard.facts.map((fact) => Object.fromEntries(Object.entries(fact).filter(([name]) => name !== 'said')) as NewFact),
  );
const ofKind = (reading: Reading, kind: string) => facts(reading).filter((fact) => fact.kind === kind);
const started = '2026-11-24T11:00:00.000Z';
const read = (more: Parameters<typeof statusAnswer>[0]) => readOrderStatus(statusAnswer(more), context, started);
const orderAliases = { qargoOrderId: ids.order, conNo: '2557391-564' };
const completed = {
  status: 'COMPLETED',
  start_timestamp: '2026-11-24T10:01:00+00:00',
  end_timestamp: '2026-11-24T10:15:00.000000Z',
};

describe('a push of Qargo', () => {
  test('planned: one plan for each order of the trip, with the vehicle and never the driver', () => {
    const reading = readVisibility(messages.planned, context);
    expect(reading.problems).toEqual([]);
    expect(reading.heard.map((heard) => heard.aliases.conNo)).toEqual(['2557391-564', '2557392-564']);
    const digest = context.digest('V12');
    expect(reading.heard.map((heard) => heard.facts)).toEqual(
      [1, 2].map(() => [
        {
          kind: 'plan',
          id: `qg:plan:${ids.trip}:${digest}:2026-11-24T05:00:01.000Z`,
          at: '2026-11-24T05:00:01.000Z',
          zone: 'UTC',
          said: '2026-11-24T05:00:01Z',
          source: 'qargo',
          trip: ids.trip,
          vehicle: digest,
          body: { tripName: 'TR-7', vehicle: 'V12' },
        },
      ]),
    );
  });

  test('dispatch: planned for its orders at the moment of receipt, untimed; cancelled: un-planned', () => {
    const [planned, cancelled] = [
      readDispatch(messages.dispatched, context),
      readDispatch(messages.dispatchCancelled, context),
    ];
    expect(planned.heard[0]).toMatchObject({ aliases: orderAliases, untimed: true });
    expect(facts(planned)).toMatchObject([
      { kind: 'plan', trip: ids.trip, vehicle: context.digest('V12'), at: context.receivedAt },
    ]);
    expect(facts(cancelled)).toMatchObject([{ kind: 'plan', trip: null, vehicle: '' }]);
    expect([...planned.problems, ...cancelled.problems]).toEqual([]);
  });

  test('scans: kind by status and stop, at the time of the scan, in the zone it was said', () => {
    const reading = readVisibility(messages.scanned, context);
    expect(facts(reading).map((fact) => (fact.kind === 'scan' ? fact.scan : ''))).toEqual([
      'load',
      'unload',
      'cross-dock',
      'delivery',
    ]);
    expect(facts(reading)[0]).toMatchObject({
      id: 'qg:scan:B00432B6FE:SCANNED_OUT:PICKUP:2026-11-24T07:00:04.120Z',
      at: '2026-11-24T07:00:04.120Z',
      zone: '+01:00',
      barcode: 'B00432B6FE',
    });
    expect(facts(reading)[1]?.id).toBe('qg:scan:B00432B6FE:SCANNED_IN:-:2026-11-24T07:00:04.120Z');
    expect(reading.heard).toHaveLength(1);
  });

  test('a scan without an order is heard of its barcode', () => {
    const { order: _, ...alone } = messages.scanned;
    expect(readVisibility(alone, context).heard).toMatchObject([{ aliases: { barcodes: ['B00432B6FE'] } }]);
  });

  test('a scan of no known kind is a problem with its path', () => {
    const leaving = structuredClone(messages.scanned);
    if (leaving.events[0]?.update.stop) leaving.events[0].update.stop.stop_type = 'PICKUP';
    if (leaving.events[0]) leaving.events[0].update.status = 'SCANNED_AGAIN';
    const reading = readVisibility(leaving, context);
    expect(reading.problems.map((problem) => problem.field)).toEqual(['events[0].update.status']);
    expect(facts(reading)).toHaveLength(3);
  });

  test('documents: those that Palletways is owed; labels and paperwork give nothing', () => {
    expect(facts(readVisibility(messages.documents, context))).toEqual([
      {
        kind: 'document',
        id: `qg:document:${ids.document}`,
        at: '2026-11-24T10:16:00.000Z',
        zone: 'UTC',
        source: 'qargo',
        document: ids.document,
        role: 'pod',
        body: { name: 'pod.pdf', type: 'PROOF_OF_DELIVERY_SIGNED', contentType: '' },
      },
    ]);
  });

  test('order and ETA updates say nothing, and are counted as a type that is unknown is', () => {
    expect(readVisibility(messages.quiet, context)).toMatchObject({ heard: [], problems: [] });
    expect(readVisibility(messages.quiet, context).unused).not.toEqual([]);
    const strange = { events: [{ timestamp: started, update: { type: 'Drone' } }] };
    expect(readVisibility(strange, context)).toEqual({
      heard: [],
      problems: [],
      unused: [{ what: 'type of update', code: 'Drone', count: 1 }],
    });
  });

  test('an order that was rejected is told, and a stop that was taken out of the routing has its order read', () => {
    const of = (update: object) =>
      readVisibility({ ...messages.out, events: [{ timestamp: started, update }] }, context);
    expect(facts(of({ type: 'Order', status: 'REJECTED' }))).toMatchObject([
      { kind: 'ending', how: 'rejected', at: started },
    ]);
    const stop = { ...messages.out.events[0]?.update.stop, status: 'CANCELLED' };
    expect(facts(of({ type: 'Stop', stop }))).toMatchObject([{ kind: 'refresh' }]);
  });

  test('a stop without times of its own is of the time of the event', () => {
    const bare = structuredClone(messages.out);
    const event = bare.events[0] ?? expect.fail();
    event.update.stop = {
      ...event.update.stop,
      actual_end_timestamp: undefined,
    } as unknown as typeof event.update.stop;
    expect(facts(readVisibility(bare, context))).toMatchObject([
      { milestone: 'out', at: '2026-11-24T07:30:10.000Z', trip: ids.trip },
    ]);
  });

  test('a bad event holds nobody else up', () => {
    const mixed = {
      ...messages.delivered,
      events: [{ timestamp: 'yesterday', update: { type: 'Stop' } }, 7, ...messages.delivered.events],
    };
    const reading = readVisibility(mixed, context);
    expect(facts(reading).map((fact) => fact.kind)).toEqual(['milestone', 'milestone']);
    expect(reading.problems.map((problem) => problem.field)).toEqual(['events[0].timestamp', 'events[1]']);
  });
});

describe('an order status', () => {
  test('a milestone pushed and the same milestone read are one fact', () => {
    const status = read({
      pickup: { status: 'COMPLETED', end_timestamp: '2026-11-24T08:30:00+01:00' },
      delivery: completed,
    });
    const pushed = [messages.out, messages.arrived, messages.delivered].flatMap((message) =>
      facts(readVisibility(message, context)),
    );
    const milestones = ofKind(status.reading, 'milestone').map((fact) => fact.id);
    expect([...new Set(pushed.map((fact) => fact.id))].sort()).toEqual([...milestones].sort());
    expect(milestones).toHaveLength(3);
    expect(status.deliveryEnded).toBe(true);
  });

  test('a document pushed and the same document read are one fact', () => {
    const read = readDocuments(
      [
        {
          id: ids.document,
          name: 'pod.pdf',
          type: 'PROOF_OF_DELIVERY_SIGNED',
          subject_type: 'order',
          content_type: 'application/pdf',
        },
        { id: 'd2', name: 'l.pdf', type: 'PALLET_LABEL_EXTERNAL', subject_type: 'order' },
        { id: 'd3', name: 'x.jpg', type: 'PHOTO_DAMAGED_GOODS', subject_type: 'order' },
        { id: 'd4', name: 's.png', type: 'CONSIGNEE_SIGNATURE', subject_type: 'order' },
        { name: 'no id', type: 'PROOF_OF_DELIVERY' },
      ],
      ids.order,
      context,
    );
    expect(facts(read).map((fact) => (fact.kind === 'document' ? [fact.id, fact.role] : []))).toEqual([
      [facts(readVisibility(messages.documents, context))[0]?.id, 'pod'],
      ['qg:document:d3', 'exception-photo'],
      ['qg:document:d4', 'signature'],
    ]);
    expect(read.heard).toHaveLength(1);
    expect(read.problems.map((problem) => problem.field)).toEqual(['[4].id']);
  });

  test('a type that means a POD in some tenants and is in no table is counted as such, unless it is said to be none', () => {
    const documents = [{ id: 'd1', name: 'cmr.pdf', type: 'ORIGINAL_CMR', subject_type: 'order' }];
    const of = (role?: 'pod' | 'none') => {
      const types: Record<string, 'pod' | 'none'> = role === undefined ? {} : { ORIGINAL_CMR: role };
      const tables = { ...defaultTables, documentTypes: { ...defaultTables.documentTypes, ...types } };
      return readDocuments(documents, ids.order, context, tables);
    };
    expect(of().unused).toEqual([{ what: 'possible proof', code: 'ORIGINAL_CMR', count: 1 }]);
    expect(of('none')).toMatchObject({ problems: [] });
    expect(of('none').unused).toBeUndefined();
    expect(facts(of('pod'))).toMatchObject([{ kind: 'document', role: 'pod' }]);
    expect(facts(of('none'))).toEqual([]);
  });

  test('a status of a stop or of the order that no list has is counted', () => {
    expect(read({ delivery: { status: 'HOVERING' } }).reading.unused).toEqual([
      { what: 'stop status', code: 'HOVERING', count: 1 },
    ]);
    const odd = { ...statusAnswer(), status: 'DREAMT' };
    expect(readOrderStatus(odd, context, started).reading.unused).toEqual([
      { what: 'order status', code: 'DREAMT', count: 1 },
    ]);
  });

  test('planned: the same trip and vehicle as pushed, at the start of the read', () => {
    const status = read({});
    const pushed = facts(readVisibility(messages.planned, context))[0];
    expect(ofKind(status.reading, 'plan')).toEqual([
      expect.objectContaining({
        at: started,
        trip: ids.trip,
        vehicle: pushed?.kind === 'plan' ? pushed.vehicle : '',
        body: { tripName: 'TR-7', vehicle: 'V12' },
      }),
    ]);
    expect(status.planned).toEqual({ trip: ids.trip, name: 'TR-7', vehicle: 'V12' });
    expect(status.reading.heard[0]?.aliases).toEqual(orderAliases);
  });

  test('un-planned: a delivery stop to plan, and no shipment', () => {
    const status = read({ planned: false, pickup: { status: 'TO_PLAN' }, delivery: { status: 'TO_PLAN' } });
    expect(ofKind(status.reading, 'plan')).toMatchObject([{ trip: null, vehicle: '', id: `qg:plan:-:-:${started}` }]);
    expect(ofKind(read({ planned: false, delivery: completed }).reading, 'plan')).toEqual([]);
  });

  test('times of a stop that is only planned are estimates and say nothing', () => {
    const status = read({ delivery: { ...completed, status: 'PLANNED', incidents: [{ code: 'CARDED' }] } });
    expect(facts(status.reading).map((fact) => fact.kind)).toEqual(['plan']);
    expect(status.deliveryEnded).toBe(false);
  });

  test('failed: an ignored stop with an incident, its code mapped, and the incident as an exception', () => {
    const incidents = [{ code: 'CARDED', name: 'Carded', description: 'nobody in' }];
    const status = read({ delivery: { ...completed, status: 'IGNORED', incidents } });
    expect(ofKind(status.reading, 'milestone')).toMatchObject([
      {
        id: `qg:stop:${ids.delivery}:failed:2026-11-24T10:15:00.000Z`,
        reason: 'CARDED',
        stop: ids.delivery,
        trip: ids.trip,
      },
    ]);
    expect(ofKind(status.reading, 'exception')).toMatchObject([
      {
        id: `qg:incident:${ids.delivery}:CARDED:2026-11-24T10:15:00.000Z`,
        code: 'CARDED',
        body: { name: 'Carded', description: 'nobody in' },
      },
    ]);
    expect(ofKind(read({ delivery: { ...completed, status: 'IGNORED' } }).reading, 'milestone')).toEqual([]);
    expect(
      ofKind(read({ delivery: { ...completed, incidents: [{ code: 'X9' }] } }).reading, 'exception'),
    ).toMatchObject([{ code: 'OTHER' }]);
  });

  test('the incident of an earlier attempt is not told again when the next one is delivered', () => {
    const delivered = statusAnswer({
      delivery: { ...completed, incidents: [{ code: 'DAMAGE' }, { code: 'CARDED' }, { code: 'DAMAGE' }] },
    });
    const at = '2026-11-23T10:00:00.000Z';
    const exceptions = ['DAMAGE', 'CARDED'].map((code) => ({ stop: ids.delivery, code, at }));
    const ends = [{ stop: ids.delivery, milestone: 'failed' as const, at }];
    const news = readOrderStatus(delivered, context, started, { earlier: { exceptions, ends, types: {} } });
    expect(ofKind(news.reading, 'exception')).toMatchObject([{ code: 'DAMAGE', at: '2026-11-24T10:15:00.000Z' }]);
    const signed = { delivery: { ...completed, incidents: [{ code: 'CARDED' }] }, signed: '2026-11-24T10:12:00Z' };
    expect(ofKind(read(signed).reading, 'exception')).toEqual([]);
  });

  test('an incident of an earlier attempt is known by its own code, whatever that means by now', () => {
    const delivered = (...codes: string[]) =>
      statusAnswer({ delivery: { ...completed, incidents: codes.map((code) => ({ code })) } });
    const at = '2026-11-23T10:00:00.000Z';
    const heard = (incident: string, code: string) => ({
      id: `qg:incident:${ids.delivery}:${incident}:${at}`,
      stop: ids.delivery,
      code,
      at,
    });
    const codes = { DAMAGE: 'DAMAGE', FRAGILE: 'DAMAGE', REFUSED: 'CLOSED' };
    const ends = [{ stop: ids.delivery, milestone: 'failed' as const, at }];
    const news = (exceptions: ReturnType<typeof heard>[], ...incidents: string[]) =>
      (['send', 'park'] as const).map((unknownReasons) => {
        const earlier = { exceptions, ends, types: {} };
        const tables = { ...defaultTables, incidentCodes: codes, unknownReasons };
        return ofKind(
          readOrderStatus(delivered(...incidents), context, started, { earlier, tables }).reading,
          'exception',
        ).length;
      });
    expect(news([heard('FRAGILE', 'OTHER')], 'FRAGILE')).toEqual([0, 0]);
    expect(news([heard('FRAGILE', 'FRAGILE'), heard('REFUSED', 'REFUSED')], 'FRAGILE', 'REFUSED')).toEqual([0, 0]);
    expect(news([heard('FRAGILE', 'DAMAGE')], 'FRAGILE', 'DAMAGE')).toEqual([1, 1]);
    expect(news([heard('FRAGILE', 'DAMAGE')], 'FRAGILE', 'FRAGILE')).toEqual([1, 1]);
  });

  test('an unknown incident is OTHER, or keeps its code where it is to be held back', () => {
    const answer = statusAnswer({ delivery: { ...completed, incidents: [{ code: ' Fragile ' }, { code: '' }] } });
    const codes = (tables: object) =>
      ofKind(
        readOrderStatus(answer, context, started, { tables: { ...defaultTables, ...tables } }).reading,
        'exception',
      ).map((fact) => fact.kind === 'exception' && fact.code);
    expect([codes({}), codes({ unknownReasons: 'park' })]).toEqual([
      ['OTHER', 'OTHER'],
      ['FRAGILE', 'OTHER'],
    ]);
  });

  test('an incident told on arrival is not told again when the stop ends', () => {
    const incidents = [{ code: 'SHORT' }];
    const there = readOrderStatus(
      statusAnswer({ delivery: { ...completed, status: 'AT_STOP', incidents } }),
      context,
      started,
      {
        earlier: { exceptions: [], ends: [], types: {} },
      },
    );
    const earlier = ofKind(there.reading, 'exception').map((fact) => ({
      stop: ids.delivery,
      code: 'SHORT',
      at: fact.at,
    }));
    expect(earlier).toEqual([{ stop: ids.delivery, code: 'SHORT', at: '2026-11-24T10:01:00.000Z' }]);
    const ended = readOrderStatus(statusAnswer({ delivery: { ...completed, incidents } }), context, started, {
      earlier: { exceptions: earlier, ends: [], types: {} },
    });
    expect(ofKind(ended.reading, 'exception')).toEqual([]);
  });

  test('proof of a collection: who handed the goods over, at the end of the pickup where no time is said', () => {
    const answer = statusAnswer({ pickup: { status: 'COMPLETED', end_timestamp: '2026-11-24T08:30:00+01:00' } });
    const [consignment] = answer.consignments;
    const signed = {
      ...answer,
      consignments: [{ ...consignment, signatures: [{ type: 'CONSIGNOR', name: 'P. Marsh' }] }],
    };
    const tables = { ...defaultTables, signatureTypes: ['CONSIGNEE', 'CONSIGNOR'] as const };
    const pods = (of: typeof defaultTables) =>
      ofKind(readOrderStatus(signed, context, started, { tables: of }).reading, 'pod');
    expect(pods(tables)).toMatchObject([{ at: '2026-11-24T07:30:00.000Z', body: { name: 'P. Marsh' } }]);
    expect(pods(defaultTables)).toEqual([]);
  });

  test('papers of a pickup are owed where the tables of collections are used', () => {
    const documents = [{ id: 'd1', name: 'p.pdf', type: 'PROOF_OF_PICKUP_SIGNED', subject_type: 'order' }];
    const tables = { ...defaultTables, documentTypes: { ...defaultTables.documentTypes, ...collected.documentTypes } };
    expect(facts(readDocuments(documents, ids.order, context, tables))).toMatchObject([
      { kind: 'document', role: 'pod' },
    ]);
    expect(facts(readDocuments(documents, ids.order, context))).toEqual([]);
  });

  test('proof of delivery: who signed as the consignee, and when', () => {
    const status = read({ delivery: completed, signed: '2026-11-24T11:14:30+01:00' });
    expect(ofKind(status.reading, 'pod')).toEqual([
      {
        kind: 'pod',
        id: `qg:pod:${ids.consignment}:2026-11-24T10:14:30.000Z`,
        at: '2026-11-24T10:14:30.000Z',
        zone: '+01:00',
        source: 'qargo',
        body: { name: 'A. Rowe' },
      },
    ]);
  });

  test('gives the goods that a partial update needs, and the stops by type', () => {
    const status = read({});
    expect(
      status.goods.map(({ packaging, quantity, handlingUnits }) => [packaging, quantity, handlingUnits.length]),
    ).toEqual([
      ['FP', 2, 2],
      ['HP', 1, 2],
    ]);
    expect(status.stops.map(({ id, type }) => [id, type])).toEqual([
      [ids.pickup, 'PICKUP'],
      [ids.delivery, 'DELIVERY'],
    ]);
  });

  test('an answer that is no order is one heard without facts, and a problem', () => {
    for (const answer of [null, 'x', [], {}]) {
      const status = readOrderStatus(answer, context, started);
      expect(status.reading.heard).toEqual([{ aliases: {}, facts: [] }]);
      expect(status.reading.problems).not.toEqual([]);
    }
  });
});

// --- anything -------------------------------------------------------------------------------------------------

/** The same value with the properties of every object in another order. */
function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, seed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, shuffled(one, seed)]);
  return Object.fromEntries(
    entries.sort(([a], [b]) => ((a.length * seed + a.charCodeAt(0)) % 17) - ((b.length * seed + b.charCodeAt(0)) % 17)),
  );
}

/** The value with one member, somewhere in it, replaced or taken away. */
function mutated(value: unknown, path: readonly number[], put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return put;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return put;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const members = copy as Record<string, unknown>;
  members[key] = mutated(members[key], rest, put);
  return copy;
}

const all = [
  ...Object.values(messages),
  statusAnswer({ delivery: { ...completed, incidents: [{ code: 'DAMAGE' }] }, signed: started }),
];
const every = (body: unknown) => [
  readVisibility(body, context),
  readDispatch(body, context),
  readOrderStatus(body, context, started).reading,
  readDocuments(body, ids.order, context),
];
const nearly = fc
  .tuple(
    fc.constantFrom(...all),
    fc.array(fc.nat(20), { maxLength: 8 }),
    fc.oneof(fc.anything(), fc.constantFrom(null, '', undefined, -1, '2026-02-30T00:00:00Z')),
  )
  .map(([message, path, put]) => mutated(message, path, put));

describe('any message', () => {
  test('says the same in any order of its properties', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.integer({ min: 1, max: 1000 }), (message, seed) => {
        expect(every(shuffled(message, seed))).toEqual(every(message));
      }),
    );
  });

  test('that is malformed gives problems and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.anything()), (body) => {
        for (const reading of every(body)) {
          for (const problem of reading.problems) expect(problem.field).not.toBe('');
          for (const fact of facts(reading)) expect(new Date(fact.at).toISOString()).toBe(fact.at);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('gives envelopes within 400 bytes and ids that are its own', () => {
    for (const reading of all.flatMap(every)) {
      const found = reading.heard.flatMap((heard) =>
        heard.facts.map((fact) => ({ ...fact, body: undefined, said: undefined })),
      );
      for (const envelope of found)
        expect(
          JSON.stringify({ ...envelope, heard: started, via: 'push', content: 'x'.repeat(36) }).length,
        ).toBeLessThanOrEqual(400);
    }
  });
});

test.each([
  ['2026-11-23T05:12:33Z', '2026-11-23T05:12:33.000Z', 'UTC'],
  ['2026-11-23T05:12:33.123456+00:00', '2026-11-23T05:12:33.123Z', '+00:00'],
  ['2026-07-01T01:00:00-0530', '2026-07-01T06:30:00.000Z', '-05:30'],
  ['2026-11-23T05:12+01:00', '2026-11-23T04:12:00.000Z', '+01:00'],
])('the instant %s is %s said in %s', (text, at, zone) => {
  expect(readInstant(text)).toEqual({ at, zone });
});

test.each([
  '2026-11-23T05:12:33',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-11-23',
  '',
  'now',
  '2026-11-23T24:00:00Z',
])('%j is no instant: nothing is guessed', (text) => {
  expect(readInstant(text)).toBeNull();
});
