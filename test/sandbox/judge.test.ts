import { describe, expect, test } from 'vitest';
import { judge } from '../../sandbox/judge/judge.ts';
import { print, summarise } from '../../sandbox/judge/print.ts';
import { type Held, KINDS, type Kind, type Order, type Said } from '../../sandbox/judge/shapes.ts';
import { conNo, trackingId } from '../cast.ts';
import { note, reported, startedAt } from './judged.ts';

const consignment = (changes: Record<string, unknown> = {}) => ({
  Type: 'D',
  Lifts: '2',
  Weight: '400.00',
  ManifestNote: 'Ring the bell',
  DueDate: '2026-11-23',
  BillUnit: [{ Type: 'FP', Amount: '2' }],
  Address: [
    { Type: 'Delivery', CompanyName: 'Hartley', Line: ['12 Mill Lane', 'Unit 3'], Town: 'Leeds', PostCode: 'LS10 1AB' },
  ],
  ...changes,
});

interface Content {
  weight?: number;
  quantity?: number;
  date?: string;
  note?: string;
  address?: string;
}

const imported = ({
  weight = 400,
  quantity = 2,
  date = '2026-11-23',
  note: words = 'Ring the bell',
  address = '12 Mill Lane, Unit 3',
}: Content = {}) => {
  const stop = { date, note: words, location: { address, postal_code: 'LS10 1AB' } };
  return { consignments: [{ pickup_stop: {}, delivery_stop: stop, goods: [{ quantity, total_weight_kg: weight }] }] };
};

function order(content: Content = {}, more: Partial<Order> = {}): Order {
  const body = imported(content);
  const [first] = body.consignments;
  return {
    id: 'o1',
    organisation: 'a',
    customerReference: conNo,
    status: 'TO_PLAN',
    stops: [{ type: 'PICKUP' }, { type: 'DELIVERY', ...first?.delivery_stop }],
    goods: (first?.goods ?? []).map((good) => ({ ...good, barcodes: ['B1', 'B2'] })),
    documents: [{ type: 'PALLET_LABEL_EXTERNAL', name: 'label', sha256: 'l1', at: startedAt + 2_000 }],
    createdAt: startedAt + 500,
    updatedAt: startedAt + 500,
    effects: { created: 1, updated: 0, cancelled: 0 },
    history: [{ at: startedAt + 500, what: 'created', body }],
    body,
    ...more,
  };
}

const held = (more: Partial<Held> = {}): Held => ({ notes: [], files: [], orders: [order()], ...more });
const file = (sha256: string, more = {}) => ({
  trackingId: trackingId,
  name: `${sha256}.jpg`,
  sha256,
  at: startedAt + 3_000,
  ...more,
});
const row = (kind: Kind, said: Said[], now: Held) => {
  const found = judge(said, now).rows.find((one) => one.kind === kind);
  if (found === undefined) throw new Error('no row');
  return found;
};

const edited = (changes: Record<string, unknown>, version = 2) =>
  reported('edited', { version, consignment: consignment({ ...changes }) });
const created = () => reported('created', { version: 1, consignment: consignment() });

/** For each kind: the thing said, and the far side holding it once, not at all, and once too often. */
const cases: Record<Kind, { said: () => Said[]; once: () => Held; lost: () => Held; doubled: () => Held }> = {
  created: {
    said: () => [created()],
    once: () => held(),
    lost: () => held({ orders: [] }),
    doubled: () => held({ orders: [order(), order({}, { id: 'o2' })] }),
  },
  edited: {
    said: () => [created(), edited({ Weight: '460' })],
    once: () => held({ orders: [order({ weight: 460 })] }),
    lost: () => held(),
    doubled: () => {
      const bodies = [400, 460, 400, 460].map((weight) => imported({ weight }));
      const history = bodies.map((body, index) => ({
        at: startedAt + 500 + index,
        what: index === 0 ? ('created' as const) : ('updated' as const),
        body,
      }));
      return held({ orders: [order({ weight: 460 }, { history })] });
    },
  },
  labelled: {
    said: () => [created(), reported('labelled', { barcodes: ['B1', 'B2'] })],
    once: () => held(),
    lost: () => held({ orders: [order({}, { documents: [] })] }),
    doubled: () => {
      const [label] = order().documents;
      return held({ orders: [order({}, { documents: label ? [label, { ...label, sha256: 'l2' }] : [] })] });
    },
  },
  cancelled: {
    said: () => [created(), reported('cancelled')],
    once: () =>
      held({ orders: [order({}, { status: 'CANCELLED', effects: { created: 1, updated: 0, cancelled: 1 } })] }),
    lost: () => held(),
    doubled: () =>
      held({ orders: [order({}, { status: 'CANCELLED', effects: { created: 1, updated: 0, cancelled: 2 } })] }),
  },
  planned: {
    said: () => [reported('planned', { trip: 'A1-1123', vehicle: 'DAF' })],
    once: () => held({ notes: [note('PLN', 'ALC', { description: 'A1-1123' })] }),
    lost: () => held({ notes: [note('PLN', 'ALC', { description: 'A2-1123' })] }),
    doubled: () =>
      held({ notes: [note('PLN', 'ALC', { description: 'A1-1123' }), note('PLN', 'ALC', { description: 'A1-1123' })] }),
  },
  unplanned: {
    said: () => [reported('unplanned', {}, { event: false })],
    once: () => held({ notes: [note('PLN', 'UNA')] }),
    lost: () => held(),
    doubled: () => held({ notes: [note('PLN', 'UNA'), note('PLN', 'UNA')] }),
  },
  scan: {
    said: () => [reported('scan', { barcode: 'B1', scan: 'load' })],
    once: () => held({ notes: [note('SCN', 'LOD', { barcode: 'B1', instant: '2026-11-23T08:15:30+00:00' })] }),
    lost: () => held({ notes: [note('SCN', 'LOD', { barcode: 'B2' }), note('SCN', 'UNL', { barcode: 'B1' })] }),
    doubled: () => held({ notes: [note('SCN', 'LOD', { barcode: 'B1' }), note('SCN', 'LOD', { barcode: 'B1' })] }),
  },
  milestone: {
    said: () => [reported('milestone', { milestone: 'delivered' })],
    once: () => held({ notes: [note('STS', 'DLV')] }),
    lost: () => held({ notes: [note('STS', 'DLV', { instant: '2026-11-23T08:15:31Z' })] }),
    doubled: () => held({ notes: [note('STS', 'DLV'), note('JIN', 'GIN', { description: 'LATE DLV' })] }),
  },
  failed: {
    said: () => [reported('failed', { reason: 'CARDED' }, { event: false })],
    once: () => held({ notes: [note('STS', 'FLD', { description: 'CARDED' })] }),
    lost: () => held({ notes: [note('STS', 'DLV')] }),
    doubled: () => held({ notes: [note('STS', 'FLD'), note('STS', 'FLD')] }),
  },
  exception: {
    said: () => [reported('exception', { code: 'DAMAGE', photos: ['p1'] }, { event: false })],
    once: () => held({ notes: [note('EXC', 'DMG')], files: [file('p1')] }),
    lost: () => held({ notes: [note('EXC', 'DMG')], files: [file('p1', { trackingId: '60012340168' })] }),
    doubled: () => held({ notes: [note('EXC', 'DMG')], files: [file('p1'), file('p1', { name: 'again.jpg' })] }),
  },
  pod: {
    said: () => [reported('pod', { name: 'Aoife Byrne', photos: ['p1', 'p2'], documents: ['ink'] })],
    once: () =>
      held({
        notes: [note('POD', 'POD', { customerName: 'Aoife Byrne' })],
        files: [file('p1'), file('p2'), file('ink')],
      }),
    lost: () =>
      held({ notes: [note('POD', 'POD', { customerName: 'Aoife Byrne' })], files: [file('p1'), file('ink')] }),
    doubled: () => {
      const notes = [
        note('POD', 'POD', { customerName: 'Aoife Byrne' }),
        note('POD', 'POD', { customerName: 'Aoife Byrne' }),
      ];
      return held({ notes, files: [file('p1'), file('p2'), file('ink')] });
    },
  },
};

describe('judge', () => {
  test.each(KINDS)('%s: one effect has arrived, none is lost, one more is doubled', (kind) => {
    const { said, once, lost, doubled } = cases[kind];
    expect(row(kind, said(), once())).toMatchObject({ said: 1, arrived: 1, lost: 0, doubled: 0, void: 0 });
    expect(row(kind, said(), lost())).toMatchObject({ said: 1, arrived: 0, lost: 1, doubled: 0 });
    expect(row(kind, said(), doubled())).toMatchObject({ said: 1, arrived: 1, lost: 0, doubled: 1 });
  });

  test.each([
    ['weight', { Weight: '460' }],
    [
      'lifts',
      {
        Lifts: '3',
        BillUnit: [
          { Type: 'FP', Amount: '1' },
          { Type: 'HP', Amount: '2' },
        ],
      },
    ],
    ['delivery date', { DueDate: '2026-11-25' }],
    ['instructions', { ManifestNote: 'Neighbour may sign' }],
    ['address', { Address: [{ Type: 'Delivery', Line: ['12 Mill Lane', 'Gate 4'], PostCode: 'LS10 1AB' }] }],
  ])('an edit of %s that is not in the order is lost, and the reason names it', (name, changes) => {
    expect(judge([created(), edited(changes)], held()).lost).toMatchObject([
      { kind: 'edited', why: `differs in ${name}` },
    ]);
  });

  test('an older edit has arrived when a later one is held', () => {
    const said = [created(), edited({ Weight: '460' }), edited({ Weight: '470' }, 3)];
    expect(row('edited', said, held({ orders: [order({ weight: 470 })] }))).toMatchObject({ arrived: 2, lost: 0 });
    expect(row('edited', said, held({ orders: [order({ weight: 460 })] }))).toMatchObject({ arrived: 1, lost: 1 });
  });

  test('an edit that Palletways was told of by note is withheld, not lost', () => {
    const notes = [note('JIN', 'GIN', { description: 'EDIT REFUSED', freeText: 'weight changed after loading' })];
    expect(row('edited', [created(), edited({ Weight: '460' })], held({ notes }))).toMatchObject({
      lost: 0,
      withheld: 1,
    });
  });

  test('a cancellation makes what was not told void, and itself needs no order', () => {
    const said = [
      created(),
      edited({ Weight: '460' }),
      reported('labelled', { barcodes: ['B1'] }),
      reported('planned', { trip: 'A1' }),
      reported('cancelled'),
    ];
    const table = judge(said, held({ orders: [] }));
    expect(table.total).toMatchObject({ said: 5, arrived: 1, void: 4, lost: 0 });
  });

  test('an order that was cancelled though nobody said so is lost', () => {
    expect(row('created', [created()], held({ orders: [order({}, { status: 'CANCELLED' })] })).lost).toBe(1);
  });

  test('a plan or un-planning that was not told is old news once a later plan was', () => {
    const said = [
      reported('planned', { trip: 'A1' }),
      reported('unplanned', {}, { event: false }),
      reported('planned', { trip: 'A1-B' }),
    ];
    const table = judge(said, held({ notes: [note('PLN', 'ALC', { description: 'A1-B' })] }));
    expect(table.total).toMatchObject({ arrived: 3, lost: 0 });
    expect(judge(said, held({ notes: [note('PLN', 'ALC', { description: 'A1' })] })).total).toMatchObject({
      arrived: 1,
      lost: 2,
    });
  });

  test('a plan that was taken back before anybody was told of it is void, and so is its taking back', () => {
    const said = [reported('planned', { trip: 'A1' }), reported('unplanned', {}, { event: false })];
    expect(judge(said, held({})).total).toMatchObject({ void: 2, lost: 0 });
    const told = judge(said, held({ notes: [note('PLN', 'ALC', { description: 'A1' })] }));
    expect(told.total).toMatchObject({ arrived: 1, lost: 1 });
  });

  test('a time that was changed after the stop was left may be told once more', () => {
    const said = [
      reported('milestone', { milestone: 'delivered' }),
      reported('times changed', { stop: 'DELIVERY', end: '2026-11-23T15:00:00.000Z' }, { event: false }),
    ];
    const corrected = note('STS', 'DLV', { instant: '2026-11-23T15:00:00Z' });
    expect(judge(said, held({ notes: [note('STS', 'DLV'), corrected] })).unsaid).toEqual([]);
    expect(judge(said, held({ notes: [note('STS', 'DLV'), corrected, corrected] })).unsaid).toHaveLength(1);
    expect(judge(said.slice(0, 1), held({ notes: [note('STS', 'DLV'), corrected] })).unsaid).toHaveLength(1);
  });

  test('a milestone told late by note has arrived, and is counted as late', () => {
    const notes = [note('JIN', 'GIN', { description: 'LATE ARR' })];
    expect(row('milestone', [reported('milestone', { milestone: 'arrived' })], held({ notes }))).toMatchObject({
      arrived: 1,
      lateAsNote: 1,
    });
  });

  test('two attempts are two things: each needs its own note', () => {
    const said = [
      reported('milestone', { milestone: 'out' }),
      reported('milestone', { milestone: 'out' }, { at: '2026-11-23T13:00:00.000Z' }),
    ];
    const second = note('STS', 'OFD', { instant: '2026-11-23T13:00:00Z' });
    expect(row('milestone', said, held({ notes: [note('STS', 'OFD'), second] }))).toMatchObject({
      arrived: 2,
      doubled: 0,
    });
    expect(row('milestone', said, held({ notes: [second] }))).toMatchObject({ arrived: 1, lost: 1 });
  });

  test('a scan of which no push got through is never heard; one that was heard is lost', () => {
    const scan = { barcode: 'B1', scan: 'load' };
    const unheard = reported('scan', scan, { push: { tries: 4, delivered: false } });
    const heard = reported('scan', scan, { at: '2026-11-23T09:00:00Z', push: { tries: 1, delivered: true } });
    expect(row('scan', [unheard, heard], held())).toMatchObject({ said: 2, lost: 1, neverHeard: 1 });
  });

  describe('what nobody could hear', () => {
    const failed = { push: { tries: 1, delivered: false } };
    const shownFor = (seconds: number | null) => ({
      readable: { from: startedAt, until: seconds === null ? null : startedAt + seconds * 1_000 },
    });
    const outcome = (said: Said[], now: Held, sweepSeconds?: number) => {
      const {
        arrived,
        lost,
        neverHeard,
        void: pointless,
      } = judge(said, now, sweepSeconds === undefined ? {} : { sweepSeconds }).total;
      return { arrived, lost, neverHeard, void: pointless };
    };
    const arrivedAtDoor = (more: Partial<Said>) => reported('milestone', { milestone: 'arrived' }, more);

    test('is what no push told and was undone before the next sweep; the rest of it is lost', () => {
      const count = (more: Partial<Said>, sweepSeconds?: number) =>
        outcome([arrivedAtDoor(more)], held(), sweepSeconds);
      expect(count({ ...failed, ...shownFor(119) })).toMatchObject({ neverHeard: 1, lost: 0 });
      expect(count({ ...failed, ...shownFor(120) })).toMatchObject({ neverHeard: 0, lost: 1 });
      expect(count({ ...failed, ...shownFor(119) }, 60)).toMatchObject({ neverHeard: 0, lost: 1 });
      expect(count({ ...failed, ...shownFor(null) })).toMatchObject({ neverHeard: 0, lost: 1 });
      expect(count({ push: { tries: 1, delivered: true }, ...shownFor(1) })).toMatchObject({ neverHeard: 0, lost: 1 });
      expect(count({ event: false, push: null, ...shownFor(1) })).toMatchObject({ neverHeard: 1, lost: 0 });
    });

    test('is never what was told all the same', () => {
      const now = held({ notes: [note('STS', 'ARR')] });
      expect(outcome([arrivedAtDoor({ ...failed, ...shownFor(1) })], now)).toMatchObject({ arrived: 1, neverHeard: 0 });
    });

    test('is a scan without a push, and a cancellation that no note repeats', () => {
      const scan = reported('scan', { barcode: 'B1', scan: 'load' }, { event: false, push: null, readable: null });
      expect(outcome([scan], held())).toMatchObject({ neverHeard: 1 });
      const cancelled = (readable: Said['readable']) =>
        outcome([created(), reported('cancelled', {}, { ...failed, readable })], held());
      expect(cancelled(null)).toMatchObject({ neverHeard: 1, lost: 0 });
      expect(cancelled({ from: startedAt, until: null })).toMatchObject({ neverHeard: 0, lost: 1 });
    });

    test('is a plan replaced at once, though the later plan was told; an un-planning so is old news', () => {
      const plan = reported('planned', { trip: 'A1' }, { ...failed, ...shownFor(10) });
      const un = reported('unplanned', {}, { event: false, push: null, ...shownFor(10) });
      const said = [plan, un, reported('planned', { trip: 'A2' })];
      expect(outcome(said, held({ notes: [note('PLN', 'ALC', { description: 'A2' })] }))).toEqual({
        arrived: 2,
        lost: 0,
        neverHeard: 1,
        void: 0,
      });
    });

    test('is an edit replaced before its hourly read, unless it was made', () => {
      const first = (seconds: number) =>
        reported(
          'edited',
          { version: 2, consignment: consignment({ Weight: '460' }) },
          { ...failed, ...shownFor(seconds) },
        );
      const said = (seconds: number) => [created(), first(seconds), edited({ Weight: '470' }, 3)];
      const now = held({ orders: [order({ weight: 470 })] });
      expect(outcome(said(3_599), now)).toMatchObject({ arrived: 2, neverHeard: 1 });
      expect(outcome(said(3_600), now)).toMatchObject({ arrived: 3, neverHeard: 0 });
      const history = [400, 460, 470].map((weight, nth) => ({
        at: startedAt + 500 + nth,
        what: nth === 0 ? ('created' as const) : ('updated' as const),
        body: imported({ weight }),
      }));
      expect(outcome(said(10), held({ orders: [order({ weight: 470 }, { history })] }))).toMatchObject({
        arrived: 3,
        neverHeard: 0,
      });
    });

    test('is listed by name', () => {
      const table = judge([arrivedAtDoor({ ...failed, ...shownFor(5) })], held());
      expect(table.neverHeard).toMatchObject([
        { kind: 'milestone', why: 'no push got through, undone or replaced after 5.0 s' },
      ]);
      expect(print(table)).toContain('said, never heard:');
    });
  });

  test('every arrival of a file counts: written over itself, or again after its owner took it', () => {
    const said = () => [reported('pod', { name: 'Aoife Byrne', photos: ['p1'] })];
    const notes = [note('POD', 'POD', { customerName: 'Aoife Byrne' })];
    expect(row('pod', said(), held({ notes, files: [file('p1', { copies: 1 })] }))).toMatchObject({
      arrived: 1,
      doubled: 0,
    });
    expect(row('pod', said(), held({ notes, files: [file('p1', { copies: 3 })] }))).toMatchObject({
      arrived: 1,
      doubled: 2,
    });
    expect(row('pod', said(), held({ notes, files: [file('p1'), file('p1')] }))).toMatchObject({
      arrived: 1,
      doubled: 1,
    });
  });

  test('an order that a person made in the screen beside the imported one is not doubled', () => {
    const said = () => [reported('created', { version: 1, consignment: consignment() }), reported('cancelled')];
    const similar = order({}, { id: 'o2', history: [{ at: startedAt + 900, what: 'created' }] });
    const orders = [order({}, { status: 'CANCELLED' }), similar];
    expect(row('created', said(), held({ orders }))).toMatchObject({ arrived: 1, doubled: 0 });
    const imported = [order({}, { status: 'CANCELLED' }), order({}, { id: 'o2' })];
    expect(row('created', said(), held({ orders: imported }))).toMatchObject({ arrived: 1, doubled: 1 });
  });

  test('whichever bytes a document had under its id count as the document', () => {
    const said = () => [reported('pod', { name: 'Aoife Byrne', photos: ['p1'] })];
    const notes = [note('POD', 'POD', { customerName: 'Aoife Byrne' })];
    const document = { type: 'PROOF_OF_DELIVERY', name: 'pod.pdf', sha256: 'p3', formerly: ['p1', 'p2'] };
    const orders = [order({}, { documents: [document] })];
    for (const sha256 of ['p1', 'p2', 'p3'])
      expect(row('pod', said(), held({ notes, orders, files: [file(sha256)] }))).toMatchObject({ arrived: 1, lost: 0 });
    expect(row('pod', said(), held({ notes, orders, files: [file('p4')] }))).toMatchObject({ arrived: 0, lost: 1 });
  });

  test('a number used again: each consignment has its own order, and one too many is doubled', () => {
    const later = { conNo: conNo, trackingId: '60012340199', responseId: '3972999' };
    const said = [
      created(),
      reported(
        'created',
        { version: 1, consignment: consignment() },
        { subject: later, saidAt: startedAt + 1_000_000 },
      ),
    ];
    const of = (id: string, tracking_id: string | null, createdAt: number) =>
      order({}, { id, createdAt, palletways: { tracking_id } });
    const one = of('o1', trackingId, startedAt + 500);
    const late = of('o2', later.trackingId, startedAt + 1_000_500);
    const rows = (orders: Order[]) => row('created', said, held({ orders }));
    expect(rows([one, late])).toMatchObject({ arrived: 2, lost: 0, doubled: 0 });
    expect(rows([one, of('o2', null, startedAt + 1_000_500)])).toMatchObject({ arrived: 2, doubled: 0 });
    expect(rows([one])).toMatchObject({ arrived: 1, lost: 1 });
    expect(rows([one, { ...one, id: 'o3' }])).toMatchObject({ arrived: 1, lost: 1, doubled: 1 });
    const scan = reported(
      'scan',
      { barcode: 'B1', scan: 'load' },
      { subject: { conNo: conNo, orderId: 'o2' }, saidAt: startedAt + 1_000_900 },
    );
    const told = (trackingId: string) =>
      held({ orders: [one, late], notes: [note('SCN', 'LOD', { barcode: 'B1', trackingId })] });
    expect(row('scan', [...said, scan], told(later.trackingId))).toMatchObject({ arrived: 1 });
    expect(row('scan', [...said, scan], told(trackingId))).toMatchObject({ lost: 1 });
  });

  test('after a redirect what was told under either tracking id counts', () => {
    const fresh = '60012340200';
    const identities = [
      {
        organisation: 'a',
        responseId: '3972953',
        conNo: conNo,
        trackingIds: [trackingId, fresh],
        enteredAt: startedAt,
      },
    ];
    const said = [
      created(),
      reported('scan', { barcode: 'B1', scan: 'load' }),
      reported('pod', { name: 'A', photos: ['p1', 'p2'] }),
    ];
    const notes = [note('SCN', 'LOD', { barcode: 'B1', trackingId: fresh }), note('POD', 'POD', { customerName: 'A' })];
    const files = [file('p1'), file('p2', { trackingId: fresh })];
    expect(judge(said, held({ identities, notes, files })).total).toMatchObject({ said: 3, arrived: 3, doubled: 0 });
  });

  test('a late tracking id is found by the response id', () => {
    const subject = { conNo: conNo, trackingId: null, responseId: '3972953' };
    const said = [
      reported('created', { version: 1, consignment: consignment() }, { subject }),
      reported('scan', { barcode: 'B1', scan: 'load' }, { subject: { conNo: conNo } }),
    ];
    const now = held({ notes: [note('SCN', 'LOD', { barcode: 'B1' })] });
    expect(judge(said, now).total.lost).toBe(1);
    expect(judge(said, now, { trackingIds: { '3972953': trackingId } }).total.lost).toBe(0);
  });

  test('notes that tell what nobody said are listed', () => {
    expect(
      judge([], held({ notes: [note('STS', 'DLV'), note('JIN', 'GIN', { description: 'hello' })] })).unsaid,
    ).toMatchObject([{ group: 'STS' }]);
  });

  test('the wait is from said to arrived, and the table prints', () => {
    const said = reported('unplanned', {}, { event: false, saidAt: startedAt });
    const table = judge([said], held({ notes: [note('PLN', 'UNA', { at: startedAt + 1_234 })] }));
    expect(table.total).toMatchObject({ p50: 1_234, p99: 1_234 });
    expect(judge([said], held(), { since: startedAt + 1 }).total.said).toBe(0);
    expect(print(table)).toMatch(/unplanned +1 +1 +0 +0/);
  });

  test('the busiest minute of calls is counted', () => {
    const calls = [0, 1_000, 59_999, 61_000].map((at, index) => ({
      n: index,
      at,
      organisation: 'a',
      method: 'x',
      class: 'api',
      status: 200,
    }));
    expect(summarise(calls)).toEqual({ calls: 4, peakMinute: 3, refused: 0 });
  });
});

describe('beside an ordinary day', () => {
  const story = (said: Said[], now: Held) => judge(said, now, { story: true });
  const rowOf = (kind: string, said: Said[], now: Held) => story(said, now).rows.find((one) => one.kind === kind);
  const dead = (more: Partial<Order> = {}) =>
    order({}, { status: 'CANCELLED', effects: { created: 1, updated: 0, cancelled: 1 }, ...more });
  const again = (more: Partial<Order> = {}) => order({}, { id: 'o2', createdAt: startedAt + 9_000, ...more });
  const life = () => [
    created(),
    reported('cancelled'),
    reported('revived', { version: 2, consignment: consignment() }),
  ];

  test('has no row unless it is asked for, and no part in the sums', () => {
    const table = judge(life(), held({ orders: [dead(), again()] }));
    expect(table.rows.map(({ kind }) => kind)).toEqual([...KINDS]);
    expect(table.total).toMatchObject({ said: 2, arrived: 2, lost: 0, doubled: 0 });
  });

  test('a consignment that lives again needs a new order, beside the cancelled one', () => {
    expect(story(life(), held({ orders: [dead(), again()] })).total).toMatchObject({
      said: 3,
      arrived: 3,
      lost: 0,
      doubled: 0,
    });
    expect(rowOf('revived', life(), held({ orders: [dead()] }))).toMatchObject({ arrived: 0, lost: 1 });
    expect(story(life(), held({ orders: [dead(), again(), again({ id: 'o3' })] })).total).toMatchObject({
      lost: 0,
      doubled: 1,
    });
    expect(story(life(), held()).total).toMatchObject({ arrived: 3, lost: 0 });
  });

  test('cancelled once more after it, no order may live; what was said since and not told is void, without that lost', () => {
    const [first, cancelled, revived] = life();
    if (first === undefined || cancelled === undefined || revived === undefined) throw new Error('no life');
    const since = reported('planned', { trip: 'A1' });
    expect(rowOf('planned', [first, cancelled, revived, since], held({ orders: [dead(), again()] }))).toMatchObject({
      lost: 1,
      void: 0,
    });
    const end = [first, cancelled, revived, since, reported('cancelled')];
    expect(story(end, held({ orders: [dead(), dead({ id: 'o2' })] })).total).toMatchObject({
      said: 5,
      arrived: 3,
      void: 2,
      lost: 0,
    });
    expect(rowOf('cancelled', end, held({ orders: [dead(), again()] }))).toMatchObject({ arrived: 1, lost: 1 });
  });

  test('each proof among documents that come by themselves is a file once; what proves nothing is not asked for', () => {
    const jpeg = (sha256: string, type = 'PHOTO_OF_GOODS_DELIVERY') => ({ type, sha256, contentType: 'image/jpeg' });
    const said = [
      created(),
      reported('document', { documents: [jpeg('p1'), jpeg('p2'), jpeg('x', 'CUSTOMER_PAPERWORK')] }),
    ];
    expect(rowOf('document', said, held({ files: [file('p1'), file('p2')] }))).toMatchObject({
      said: 1,
      arrived: 1,
      doubled: 0,
    });
    expect(rowOf('document', said, held({ files: [file('p1'), file('p2', { copies: 3 })] }))).toMatchObject({
      arrived: 1,
      doubled: 2,
    });
    expect(story(said, held({ files: [file('p1')] })).lost).toMatchObject([
      { kind: 'document', why: '1 of 2 files missing' },
    ]);
    const nothing = reported('document', { documents: [{ ...jpeg('h'), contentType: 'image/heic' }] });
    expect(rowOf('document', [created(), nothing], held())).toMatchObject({ void: 1, lost: 0 });
  });
});
