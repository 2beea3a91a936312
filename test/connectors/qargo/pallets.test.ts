/** What Qargo's events tell of single pallets and of estimates, and which of them makes a milestone. */
import { describe, expect, test } from 'vitest';
import { type ReadingTables, readingTables } from '../../../connectors/qargo/config.ts';
import { readOrderStatus, readVisibility } from '../../../connectors/qargo/read.ts';

const context = { zone: 'Europe/London', receivedAt: '2026-11-24T12:00:00.000Z', digest: (text: string) => text };
const tables = (over: object = {}): ReadingTables => readingTables.parse(over);
const order = { id: 'order-1', customer_reference_number: '2557391-564' };
const time = '2026-11-24T08:00:00+01:00';
const facts = (update: object, over: object = {}) => {
  const { heard, problems } = readVisibility({ events: [{ timestamp: time, update }], order }, context, tables(over));
  expect(problems).toEqual([]);
  return heard.flatMap((each) => each.facts);
};
const stop = (over: object = {}) => ({
  id: 'stop-1',
  stop_type: 'DELIVERY',
  status: 'PLANNED',
  eta_start_time: '2026-11-24T14:30:00Z',
  ...over,
});

describe('a scan with another system’s word on it', () => {
  const scan = (source_status: string | null, over: object = {}) =>
    facts(
      {
        type: 'HandlingUnit',
        status: 'SCANNED_OUT',
        timestamp: time,
        barcode: { value: 'B1' },
        description: 'wet',
        source_status,
        stop: { id: 'stop-1', stop_type: 'DELIVERY' },
      },
      over,
    );

  test.each([
    [null, ['scan']],
    ['whatever', ['scan']],
    ['Damaged', ['exception', 'scan']],
    ['REFUSED', ['exception']],
    ['missing', ['exception']],
  ])('%s gives %j', (word, kinds) => {
    expect(scan(word).map(({ kind }) => kind)).toEqual(kinds);
  });

  test('is an exception of that pallet, with its own time and zone', () => {
    expect(scan('MISSING')).toEqual([
      {
        kind: 'exception',
        id: 'qg:pallet:B1:SHORT:2026-11-24T07:00:00.000Z',
        at: '2026-11-24T07:00:00.000Z',
        zone: '+01:00',
        said: '2026-11-24T08:00:00+01:00',
        source: 'qargo',
        code: 'SHORT',
        stop: 'stop-1',
        barcode: 'B1',
        body: { name: '', description: 'wet' },
      },
    ]);
  });

  test('means what the account says it means', () => {
    expect(scan('MISSING', { palletStatuses: [] }).map(({ kind }) => kind)).toEqual(['scan']);
    expect(scan('T9', { palletStatuses: [{ status: 't9', code: 'CLOSED' }] })).toMatchObject([
      { kind: 'exception', code: 'CLOSED' },
    ]);
  });
});

describe('what was noted of goods', () => {
  const good = (id: string, barcodes: string[], description = '') => ({
    id,
    handling_units: barcodes.map((value) => ({ barcode: { value } })),
    incidents: [{ code: 'REFUSED', name: 'Refused', description }],
  });
  const read = (
    goods: object[],
    status = 'COMPLETED',
    earlier: readonly { stop: string; code: string; at: string }[] = [],
  ) => {
    const at = { id: 'stop-1', status, start_timestamp: '2026-11-24T08:50:00Z', end_timestamp: '2026-11-24T09:00:00Z' };
    const answer = { id: 'order-1', consignments: [{ id: 'c-1', delivery_stop: at, goods }] };
    const { reading } = readOrderStatus(answer, context, context.receivedAt, {
      tables: tables(),
      earlier: { exceptions: earlier, ends: [], types: {} },
    });
    return reading.heard.flatMap((each) => each.facts).filter(({ kind }) => kind === 'exception');
  };

  test('is of the pallet where the good is one pallet, or where its barcode is named; else of the good', () => {
    const told = read([
      good('g1', ['B1']),
      good('g2', ['B2', 'B3'], 'corner of B3 is wet'),
      good('g3', ['B4', 'B5'], 'B4 and B5'),
    ]);
    expect(told).toMatchObject([
      { stop: 'good:g1', barcode: 'B1', code: 'REFUSED', at: '2026-11-24T09:00:00.000Z' },
      { stop: 'good:g2', barcode: 'B3' },
      { stop: 'good:g3' },
    ]);
    expect(told[2]).not.toHaveProperty('barcode');
  });

  test('is told once, though Qargo keeps it on the good for the next attempt; before its stop, at the time of the read', () => {
    const earlier = [{ stop: 'good:g1', code: 'REFUSED', at: '2026-11-23T09:00:00.000Z' }];
    expect(read([good('g1', ['B1'])], 'COMPLETED', earlier)).toEqual([]);
    expect(read([good('g1', ['B1'])], 'PLANNED')).toMatchObject([{ code: 'REFUSED', at: context.receivedAt }]);
    expect(read([good('g1', ['B1'])], 'PLANNED', earlier)).toEqual([]);
  });
});

describe('an estimated arrival', () => {
  const told = [
    {
      kind: 'eta',
      id: 'qg:eta:stop-1:2026-11-24T14:30:00.000Z:2026-11-24T07:00:00.000Z',
      stop: 'stop-1',
      eta: '2026-11-24T14:30:00.000Z',
    },
  ];
  const eta = (of: object, etaMinutes = 15) => facts({ type: 'Eta', stops: [of] }, { etaMinutes });

  test('is told by a Stop event and by an Eta event alike, where the organisation wants it', () => {
    expect(facts({ type: 'Stop', stop: stop() }, { etaMinutes: 15 })).toMatchObject(told);
    expect(eta(stop())).toMatchObject(told);
    expect(facts({ type: 'Stop', stop: stop() })).toEqual([]);
    expect(eta(stop(), 0)).toEqual([]);
  });

  test('is none of a stop that was reached, is not planned, or is no delivery; and no milestone', () => {
    for (const over of [
      { status: 'AT_STOP' },
      { status: 'TO_PLAN' },
      { stop_type: 'PICKUP' },
      { eta_start_time: null },
    ])
      expect(eta(stop(over))).toEqual([]);
    expect(eta(stop({ status: 'COMPLETED', actual_end_timestamp: '2026-11-24T09:00:00Z' }))).toEqual([]);
  });

  test('is read from the order as well, as long as nobody is there', () => {
    const read = (status: string, etaMinutes: number) => {
      const at = { id: 'stop-1', status, start_timestamp: '2026-11-24T14:30:00Z' };
      const answer = { id: 'order-1', status: 'PLANNED', consignments: [{ id: 'c-1', delivery_stop: at }] };
      const { reading } = readOrderStatus(answer, context, '2026-11-24T07:00:00.000Z', {
        tables: tables({ etaMinutes }),
      });
      return reading.heard.flatMap((each) => each.facts).filter(({ kind }) => kind === 'eta');
    };
    expect(read('PLANNED', 15)).toMatchObject(told);
    expect(read('PLANNED', 0)).toEqual([]);
    expect(read('AT_STOP', 15)).toEqual([]);
  });
});

describe('which event or read makes a milestone', () => {
  const completed = {
    id: 'stop-1',
    stop_type: 'DELIVERY',
    status: 'COMPLETED',
    actual_end_timestamp: '2026-11-24T09:00:00Z',
  };
  const row = (told: string) => ({
    stopMilestones: [{ stop: 'DELIVERY', status: 'COMPLETED', milestone: 'delivered', time: 'end', told }],
  });
  const read = (over: object) => {
    const at = { id: 'stop-1', status: 'COMPLETED', end_timestamp: '2026-11-24T09:00:00Z' };
    const answer = { id: 'order-1', consignments: [{ id: 'c-1', delivery_stop: at }] };
    const { reading } = readOrderStatus(answer, context, context.receivedAt, { tables: tables(over) });
    return reading.heard.flatMap((each) => each.facts).length;
  };

  test.each([
    ['either', 1, 1],
    ['event', 1, 0],
    ['read', 0, 1],
  ])('%s: %i of an event, %i of a read', (told, event, reads) => {
    expect(facts({ type: 'Stop', stop: completed }, row(told))).toHaveLength(event);
    expect(read(row(told))).toBe(reads);
  });

  test('the order’s own status makes one only where the account says so', () => {
    const update = { type: 'Order', update_type: 'STATUS', status: 'DEPARTED' };
    expect(facts(update)).toEqual([]);
    const over = { orderMilestones: [{ status: 'DEPARTED', milestone: 'out' }] };
    expect(facts(update, over)).toMatchObject([
      { kind: 'milestone', milestone: 'out', stop: 'order:order-1', at: '2026-11-24T07:00:00.000Z' },
    ]);
    expect(facts({ ...update, update_type: 'CUSTOM' }, over).map(({ kind }) => kind)).toEqual(['refresh']);
    expect(facts({ ...update, update_type: 'CUSTOM' }, { ...over, refreshEvents: ['ASK'] })).toEqual([]);
    expect(facts({ ...update, status: 'COMPLETED' }, over)).toEqual([]);
  });
});

describe('how much of the goods was taken', () => {
  const counted = (goods: unknown) => {
    const update = {
      type: 'Stop',
      stop: stop({ status: 'COMPLETED', actual_start_timestamp: time, actual_end_timestamp: time }),
    };
    const body = { events: [{ timestamp: time, update }], order: { ...order, consignment: { id: 'c', goods } } };
    const { heard, problems } = readVisibility(body, context, tables());
    expect(problems).toEqual([]);
    return heard
      .flatMap((each) => each.facts)
      .map((fact) => (fact.kind === 'milestone' ? [fact.milestone, fact.counted] : fact.kind));
  };

  test('is told with the delivery where Qargo counted a good; one that nobody counted was taken as ordered', () => {
    const goods = [{ quantity: 3, quantity_by_type: { actual: 1, ordered: 3 } }, { quantity: 2 }];
    expect(counted(goods)).toEqual([
      ['arrived', undefined],
      ['delivered', { units: 3, of: 5 }],
    ]);
  });

  test.each([
    ['counted none', [{ quantity: 3, quantity_by_type: { actual: null, ordered: 3 } }]],
    ['says nothing of goods', null],
    ['says what is no number', [{ quantity: 'many', quantity_by_type: { actual: 'some' } }]],
  ])('is not told where Qargo %s', (_, goods) => {
    expect(counted(goods)).toEqual([
      ['arrived', undefined],
      ['delivered', undefined],
    ]);
  });
});

describe('a document without an order', () => {
  const drop = (id: string, conNo: string, stop_reference: string | null) => ({
    id,
    customer_reference_number: conNo,
    stops: [{ id: `stop of ${id}`, stop_reference }],
  });
  const trip = {
    id: 'trip-1',
    name: 'ROUND 1',
    stops: [],
    orders: [
      drop('order-1', '1-564', 'DROP-7'),
      drop('order-2', '2-564', 'DROP-7'),
      drop('order-3', '3-564', 'DROP-8'),
    ],
  };
  const whose = (subject: object, of: object | null = null) => {
    const content = { download_url: '/v1/documents/document/d1/download' };
    const document = { name: 'sign.png', document_type: 'CONSIGNEE_SIGNATURE', document_content: content, subject };
    const body = { events: [{ timestamp: time, update: { type: 'Document', document } }], order: of, trip };
    const { heard, problems } = readVisibility(body, context, tables());
    const named = heard.flatMap(({ aliases, facts: told }) =>
      told.length === 0 ? [] : [aliases.qargoOrderId ?? aliases.conNo],
    );
    return { named, problems: problems.map(({ field }) => field) };
  };

  test('is of every order that the trip delivers at its stop, and of no other', () => {
    expect(whose({ reference_number: 'DROP-7' })).toEqual({ named: ['order-1', 'order-2'], problems: [] });
  });

  test('is of the consignment that it names, where no stop is called so', () => {
    expect(whose({ reference_number: '3-564' })).toEqual({ named: ['3-564'], problems: [] });
    expect(whose({ customer_reference_number: '3-564' })).toEqual({ named: ['3-564'], problems: [] });
  });

  test('that names nothing is of nobody: it is parked, and not given to the whole trip', () => {
    expect(whose({})).toEqual({ named: [], problems: ['order'] });
  });

  test('comes with an order and is of that alone', () => {
    expect(whose({ reference_number: 'DROP-7' }, order).named).toEqual(['order-1']);
  });
});
