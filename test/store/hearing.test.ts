import { beforeEach, describe, expect, test } from 'vitest';
import type { PlanFact } from '../../domain/facts/facts.ts';
import type { Aliases } from '../../domain/facts/reading.ts';
import { stageOf, standingFact } from '../../domain/state/state.ts';
import { addNames, createIdentity } from '../../store/identity/identity.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction, type Queryable } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import { closeConsignment, planOf } from '../../store/record/plan.ts';
import type { FreshSchema } from '../postgres.ts';
import {
  close,
  consignmentsOf,
  contentAt,
  contentsOf,
  isClosed,
  itemsOf,
  namesAndOrders,
  openKeys,
  tellAll,
  wakeOf,
} from './reads.ts';
import { type Recorded, useRecord } from './record.ts';
import { labels, milestone, minute, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();
let store: FreshSchema;
let organisation: string;
beforeEach(() => {
  ({ store, organisation } = record());
});

const hear: Recorded['hear'] = (...message) => record().hear(...message);
const consignments = () => consignmentsOf(store.db, organisation);
const stateOf = async (consignment: string) => (await record().state(consignment)).state;
const factRows: Recorded['facts'] = (consignment) => record().facts(consignment);
const kindsOf: Recorded['kinds'] = (consignment) => record().kinds(consignment);

const created = (aliases: Aliases, version = 'A', n = 0) => record().heard(aliases, [order(version, n)]);

const known: Aliases = { trackingId: '60012340167', responseId: '3972953', conNo: '2557391-564' };

describe('a consignment', () => {
  test('is created once, however often it is told', async () => {
    const first = await hear(known, [order('A', 0)]);
    const again = await hear(known, [order('A', 0)]);
    const byRead = await hear({ trackingId: '60012340167' }, [order('A', 5)], { via: 'read' });
    expect([again.consignment, byRead.consignment]).toEqual([first.consignment, first.consignment]);
    expect(first.facts).toHaveLength(1);
    expect([...again.facts, ...byRead.facts]).toEqual([]);
    expect(await consignments()).toHaveLength(1);
  });

  test('is created once where a push and a sweep tell it at the same moment', async () => {
    const readers = Array.from({ length: 6 }, (_, i) => store.open({ max: 1, applicationName: `reader ${i}` }));
    for (let n = 0; n < 8; n++) {
      const names: Aliases = { trackingId: `6001234000${n}`, responseId: `397290${n}` };
      await Promise.all(
        readers.map((reader, i) =>
          inTransaction(reader, (tx) =>
            hear(i % 2 === 0 ? names : { trackingId: names.trackingId ?? '' }, [order('A', n)], { on: tx }),
          ),
        ),
      );
    }
    expect(await namesAndOrders(store.db, organisation)).toEqual(
      Array.from({ length: 8 }, () => ({ names: 2, orders: 1 })),
    );
    await Promise.all(readers.map((reader) => reader.end()));
  });

  test('of another organisation is another one, though all its names are the same', async () => {
    const ours = await created(known);
    const other = await record().another();
    expect(await other.heard(known, [order('A', 0)])).not.toBe(ours);
  });

  test('a tracking id that comes late joins the consignment of its response id, and then finds it alone', async () => {
    const consignment = await created({ responseId: '3972953', conNo: '2557391-564' });
    const late = await hear({ trackingId: '60012340167', responseId: '3972953' }, [trackingFact(3, '60012340167')]);
    expect(late.consignment).toBe(consignment);
    expect((await hear({ trackingId: '60012340167' }, [labels(4, 'B1')])).consignment).toBe(consignment);
    const { trackingId, reference } = await consignmentRow(store.db, consignment);
    expect([trackingId, reference]).toEqual(['60012340167', '2557391-564']);
  });

  test('labels before created give a hint, so that one read tells the order; told again they give no second one', async () => {
    const { consignment, facts } = await hear(known, [labels(1, 'B1', 'B2'), trackingFact(1, '60012340167')]);
    expect(facts.map(({ kind }) => kind)).toEqual(['labels', 'tracking', 'hint']);
    await hear(known, [labels(2, 'B1', 'B2', 'B3')]);
    expect(await kindsOf(consignment)).toEqual(['labels', 'tracking', 'hint', 'labels']);
  });

  test('an order that comes with its labels gives no hint', async () => {
    const { facts } = await hear(known, [order('A', 0), labels(0, 'B1')]);
    expect(facts.map(({ kind }) => kind)).toEqual(['order', 'labels']);
  });
});

describe('what is news', () => {
  const versions = async (consignment: string) =>
    (await factRows(consignment))
      .filter(({ kind }) => kind === 'order')
      .map(({ envelope }) => (envelope.kind === 'order' ? envelope.digests.instructions : ''));
  const standing = async (consignment: string) =>
    standingFact(await stateOf(consignment), 'order')?.digests.instructions;

  test('the same push twice leaves no second fact', async () => {
    const consignment = await created(known);
    const message = [order('B', 2), labels(2, 'B1'), trackingFact(2, '60012340167')];
    expect((await hear(known, message)).facts).toHaveLength(3);
    expect((await hear(known, message)).facts).toEqual([]);
    expect(await kindsOf(consignment)).toEqual(['order', 'order', 'labels', 'tracking']);
  });

  test('a read that says what is known leaves no fact, however often it is made', async () => {
    const consignment = await created(known);
    for (const n of [5, 10, 15]) await hear(known, [order('A', n), plan(null, n)], { via: 'read' });
    expect(await kindsOf(consignment)).toEqual(['order']);
  });

  test('A to B to A ends in A', async () => {
    const consignment = await created(known);
    await hear(known, [order('B', 2)]);
    await hear(known, [order('A', 4)]);
    expect(await versions(consignment)).toEqual(['A', 'B', 'A']);
    expect(await standing(consignment)).toBe('A');
  });

  test.for([
    ['A B A', [0, 1, 2]],
    ['A A B', [0, 2, 1]],
    ['B A A', [1, 0, 2]],
    ['B A A, the last first', [1, 2, 0]],
    ['A A B, the last first', [2, 0, 1]],
    ['A B A, backwards', [2, 1, 0]],
  ] as const)('A to B to A ends in A when its pushes come as %s', async ([, arrival]) => {
    const pushes = [
      [order('A', 0), labels(0, 'B1'), plan('trip-1', 0)],
      [order('B', 2), labels(2, 'B1', 'B2'), plan('trip-2', 2)],
      [order('A', 4), labels(4, 'B1'), plan('trip-1', 4)],
    ];
    let consignment = '';
    for (const [place, n] of arrival.entries()) {
      consignment = (await hear(known, pushes[n] ?? [], { heard: 10 + place })).consignment ?? '';
    }
    const state = await stateOf(consignment);
    expect(standingFact(state, 'order')?.digests.instructions).toBe('A');
    expect(standingFact(state, 'labels')?.barcodes).toEqual(['B1']);
    expect(standingFact(state, 'plan')?.trip).toBe('trip-1');
  });

  test('a plan of nothing is no news where there was none, and is where there was one', async () => {
    const consignment = await created(known);
    expect((await hear(known, [plan(null, 1)])).facts).toEqual([]);
    await hear(known, [plan('trip-1', 2)]);
    expect((await hear(known, [plan(null, 3)])).facts.map((fact) => (fact as PlanFact).trip)).toEqual([null]);
    expect(stageOf(await stateOf(consignment))).toBe('announced');
  });

  test('a push without a time of its own that differs becomes a hint; the first one is taken as it is', async () => {
    const first = await hear(known, [order('A', 0)], { untimed: true });
    expect(first.facts.map(({ kind }) => kind)).toEqual(['order']);
    expect((await hear(known, [order('A', 3)], { untimed: true })).facts).toEqual([]);
    const differing = await hear(known, [order('B', 5)], { untimed: true });
    expect(differing.facts.map(({ kind }) => kind)).toEqual(['hint']);
    expect(await standing(first.consignment ?? '')).toBe('A');
  });

  test.for([
    ['at the instant of what is known', 0, 'push'],
    ['within a minute before a read', -0.5, 'read'],
    ['within a minute after a read', 0.5, 'read'],
  ] as const)('a differing push %s is ambiguous and becomes a hint', async ([, offset, via]) => {
    const { consignment } = await hear(known, [order('A', 10)], { via });
    const { facts } = await hear(known, [order('B', 10 + offset)], { heard: 11 });
    expect(facts.map(({ kind }) => kind)).toEqual(['hint']);
    expect(await standing(consignment ?? '')).toBe('A');
    // The hint asks for a read, whatever its own instant: it stands no earlier than the order it doubts.
    expect((facts[0]?.at ?? '') >= minute(10)).toBe(true);
  });

  test('the read that a hint asked for decides, though it comes within a minute of the read before', async () => {
    const { consignment } = await hear(known, [order('A', 10)], { via: 'read' });
    await hear(known, [order('B', 10.2)], { heard: 10.3 });
    const decided = await hear(known, [order('B', 10.5)], { via: 'read', consignment: consignment ?? '' });
    expect(decided.facts.map(({ kind }) => kind)).toEqual(['order']);
    expect(await standing(consignment ?? '')).toBe('B');
  });

  test('a push that was made before a read that saw what was known becomes a hint, so that no edit hides behind two clocks', async () => {
    const consignment = await created(known);
    expect((await hear(known, [order('A', 20)], { via: 'read', consignment })).facts).toEqual([]);
    expect((await hear(known, [order('B', 10)], { heard: 21 })).facts.map(({ kind }) => kind)).toEqual(['hint']);
    expect(await standing(consignment)).toBe('A');
  });

  test('a plan that Qargo tells late does not stand over one that it told again since', async () => {
    const consignment = await created(known);
    for (const [trip, n] of [
      ['trip-1', 0],
      ['trip-1', 4],
      ['trip-2', 2],
    ] as const)
      await hear(known, [plan(trip, n)]);
    expect(await kindsOf(consignment)).toEqual(['order', 'plan']);
    expect((await hear(known, [plan('trip-3', 5)])).facts).toHaveLength(1);
  });

  test('identifiers that come one by one are all known at the end, and one that is left out is not taken back', async () => {
    const consignment = await created(known);
    await hear(known, [trackingFact(1, null, '2557391-564')]);
    await hear(known, [trackingFact(2, '60012340167', null)]);
    await hear(known, [{ ...trackingFact(3, '60012340167', null), responseId: '3972953' }]);
    expect((await hear(known, [trackingFact(4, '60012340167', null)])).facts).toEqual([]);
    expect(standingFact(await stateOf(consignment), 'tracking')).toMatchObject({
      trackingId: '60012340167',
      conNo: '2557391-564',
      responseId: '3972953',
    });
  });

  test('content is stored once with its fact, and never travels in the envelope', async () => {
    const consignment = await created(known);
    const [row] = await factRows(consignment);
    expect(JSON.stringify(row?.envelope)).not.toContain('version A');
    const stored = await contentAt(store.db, row?.envelope.content);
    expect(stored).toEqual([{ body: { instructions: 'version A' }, consignment }]);
    await hear(known, [order('A', 0)]);
    expect(await contentsOf(store.db, consignment)).toHaveLength(1);
  });
});

describe('an event before its order', () => {
  const orderId = '0192f3aa-1111-7000-8000-00000000abcd';
  const event: Aliases = { qargoOrderId: orderId };
  const named = [{ kind: 'qargoOrderId', value: orderId, strong: true }] as const;

  /** As the delivery activity does where it learns Qargo's order id: the name, and what waits for it. */
  async function orderIdKnown(tx: Queryable, consignment: string): Promise<void> {
    await addNames(tx, organisation, consignment, named);
    await matchParked(tx, organisation, named);
  }

  test('is parked with its cause, makes no consignment, and is attached when the order id becomes known', async () => {
    expect(await hear(event, [scan(1), scan(2)])).toEqual({ consignment: null, facts: [] });
    expect((await factRows(null)).map(({ state, cause }) => [state, cause?.code])).toEqual([
      ['parked', 'unmatched'],
      ['parked', 'unmatched'],
    ]);
    expect(await consignments()).toEqual([]);
    const consignment = await created(known);
    expect(await kindsOf(consignment)).toEqual(['order']);
    await inTransaction(store.db, (tx) => orderIdKnown(tx, consignment));
    expect(await factRows(null)).toEqual([]);
    expect(await kindsOf(consignment)).toEqual(['scan', 'scan', 'order']);
    // They are owed, and its workflow is to be told of them.
    expect((await wakeOf(store.db, consignment))?.kinds).toEqual(['order', 'scan']);
    expect((await openKeys(store.db, consignment)).filter((key) => key.startsWith('scan:'))).toHaveLength(2);
  });

  test('told twice it is parked once, and told again after it was attached it is no second fact', async () => {
    for (let n = 0; n < 2; n++) await hear(event, [scan(1)]);
    expect(await factRows(null)).toHaveLength(1);
    const consignment = await created(known);
    await inTransaction(store.db, (tx) => orderIdKnown(tx, consignment));
    await hear(event, [scan(1)]);
    expect(await kindsOf(consignment)).toEqual(['scan', 'order']);
  });

  test('one message about several orders that are not known yet is parked for each of them', async () => {
    const other = '0192f3aa-1111-7000-8000-00000000dcba';
    for (const qargoOrderId of [orderId, other]) await hear({ qargoOrderId }, [plan('trip-1', 1)]);
    const [one, two] = [await created(known), await created({ trackingId: '60012340168' })];
    await inTransaction(store.db, (tx) => orderIdKnown(tx, one));
    await inTransaction(store.db, async (tx) => {
      const names = [{ kind: 'qargoOrderId', value: other, strong: true }] as const;
      await addNames(tx, organisation, two, names);
      await matchParked(tx, organisation, names);
    });
    expect([await kindsOf(one), await kindsOf(two)]).toEqual([
      ['plan', 'order'],
      ['plan', 'order'],
    ]);
    // On the consignment the fact has the id that its source gave it: told again it is known.
    expect((await hear({ qargoOrderId: other }, [plan('trip-1', 1)])).facts).toEqual([]);
  });

  test('its content belongs to the consignment once it is attached', async () => {
    await hear(event, [plan('trip-1', 1)]);
    const consignment = await created(known);
    await inTransaction(store.db, (tx) => orderIdKnown(tx, consignment));
    expect(await contentsOf(store.db, consignment)).toContainEqual({ tripName: 'trip-1', vehicle: '' });
  });

  /** Two connections, each in a transaction that the test ends when it wants to. */
  async function race(
    run: (parker: Queryable, namer: Queryable, end: (tx: Queryable) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const pools = [store.open({ max: 1 }), store.open({ max: 1 })] as const;
    const [parker, namer] = await Promise.all(pools.map((pool) => pool.connect()));
    if (parker === undefined || namer === undefined) throw new Error('no connection');
    try {
      for (const tx of [parker, namer]) await tx.query('begin');
      await run(parker, namer, async (tx) => void (await tx.query('commit')));
    } finally {
      for (const tx of [parker, namer]) tx.release();
      await Promise.all(pools.map((pool) => pool.end()));
    }
  }

  test('is attached though its name appears between the look-up and the parking: who parks looks once more', async () => {
    const consignment = await created(known);
    await race(async (parker, namer, commit) => {
      expect((await hear(event, [scan(1)], { on: parker })).consignment).toBeNull();
      await orderIdKnown(namer, consignment);
      await commit(namer);
      await commit(parker);
    });
    // Neither of the two saw the other: only the second look finds it.
    expect(await kindsOf(null)).toEqual(['scan']);
    expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(1);
    expect(await kindsOf(consignment)).toEqual(['order', 'scan']);
    expect((await wakeOf(store.db, consignment))?.kinds).toContain('scan');
  });

  test('is attached by the sweep where even the second look comes before the name is committed', async () => {
    const consignment = await created(known);
    await race(async (parker, namer, commit) => {
      await orderIdKnown(namer, consignment);
      await hear(event, [scan(1)], { on: parker });
      await commit(parker);
      expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(0);
      await commit(namer);
    });
    expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(1);
    expect(await kindsOf(consignment)).toEqual(['order', 'scan']);
  });

  test('two who match the same parked facts at once attach each once', async () => {
    for (let n = 0; n < 20; n++) await hear(event, [scan(n)]);
    const consignment = await created(known);
    await inTransaction(store.db, (tx) => addNames(tx, organisation, consignment, named));
    await Promise.all(Array.from({ length: 4 }, () => inTransaction(store.db, (tx) => matchParked(tx, organisation))));
    expect((await kindsOf(consignment)).filter((kind) => kind === 'scan')).toHaveLength(20);
    expect(await factRows(null)).toEqual([]);
  });
});

describe('a weak name', () => {
  const weak: Aliases = { conNo: '2557391-564' };

  test('finds the one open consignment that has it', async () => {
    const consignment = await created(known);
    expect((await hear(weak, [scan(1)])).consignment).toBe(consignment);
  });

  test('never chooses between two: what it alone names is parked', async () => {
    await created(known);
    const other = await inTransaction(store.db, async (tx) => {
      const id = await createIdentity(tx, organisation);
      await addNames(tx, organisation, id, [{ kind: 'conNo', value: '2557391-564', strong: false }]);
      return id;
    });
    expect((await hear(weak, [scan(1)])).consignment).toBeNull();
    expect((await hear({ qargoOrderId: 'not known yet', ...weak }, [scan(2)])).consignment).toBeNull();
    expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(0);
    expect(await kindsOf(other)).toEqual([]);
  });

  test('never joins two consignments that Palletways tells apart: a second one with the same number is its own', async () => {
    const first = await created(known);
    const second = await created({ trackingId: '60012340999', responseId: '3972999', conNo: '2557391-564' }, 'B', 5);
    expect(second).not.toBe(first);
    expect(await kindsOf(first)).toEqual(['order']);
    expect(standingFact(await stateOf(first), 'order')?.digests.instructions).toBe('A');
  });

  test('does not give an event of one Qargo order to the consignment of another', async () => {
    const consignment = await created(known);
    await inTransaction(store.db, (tx) =>
      addNames(tx, organisation, consignment, [{ kind: 'qargoOrderId', value: 'ours', strong: true }]),
    );
    expect((await hear({ qargoOrderId: 'somebody else', ...weak }, [scan(1)])).consignment).toBeNull();
    expect((await hear({ qargoOrderId: 'ours', ...weak }, [scan(2)])).consignment).toBe(consignment);
  });

  test('a strong name decides, whatever the weak ones point to', async () => {
    const first = await created({ trackingId: '1', conNo: '1-564' });
    await created({ trackingId: '2', conNo: '2-564' });
    expect((await hear({ trackingId: '1', conNo: '2-564' }, [labels(1, 'B1')])).consignment).toBe(first);
  });

  test('of a consignment that is closed finds nothing', async () => {
    const consignment = await created(known);
    await close(store.db, consignment);
    expect((await hear(weak, [scan(1)])).consignment).toBeNull();
    expect((await hear(known, [scan(2)])).consignment).toBe(consignment);
  });
});

test('a fact of a closed consignment reopens it at once: its workflow is told, and nothing that was met is owed again', async () => {
  const pod = { kind: 'pod', id: 'qg:pod', at: minute(5), zone: 'UTC', source: 'qargo' } as const;
  const consignment = await record().heard(known, [
    order('A', 0),
    trackingFact(0, '60012340167'),
    milestone('delivered', 4),
    pod,
  ]);
  for (const item of await itemsOf(store.db, consignment)) {
    const owner = {
      organisation,
      consignment,
      counterpart: item.kind === 'order' ? 'qargo' : 'palletways',
      sender: 'me',
      doubtMs: 0,
    } as const;
    await intend(store.db, owner, [{ item }]);
    await markSending(store.db, owner, [item.key]);
    await inTransaction(store.db, (tx) => settle(tx, owner, [{ item, state: 'met' }]));
  }
  await tellAll(store.db, consignment);
  const { version } = await planOf(store.db, consignment);
  expect(await closeConsignment(store.db, consignment, version - 1)).toBe(false);
  expect(await closeConsignment(store.db, consignment, version)).toBe(true);
  expect([await isClosed(store.db, consignment), await wakeOf(store.db, consignment)]).toEqual([true, null]);
  // What says nothing new leaves it closed.
  await hear(known, [order('A', 0)]);
  expect(await isClosed(store.db, consignment)).toBe(true);
  await hear(known, [scan(6)]);
  expect([await isClosed(store.db, consignment), (await wakeOf(store.db, consignment))?.kinds]).toEqual([
    false,
    ['scan'],
  ]);
  expect(await openKeys(store.db, consignment)).toEqual([`scan:B00432B6FE:load:${minute(6)}`]);
});

test('labels of two pushes of one second, the older one heard last: one read decides, and what it tells stands', async () => {
  const named = { trackingId: '1', conNo: '2557391-564' };
  const { consignment } = await hear(named, [order('A', 0), labels(0, 'B1', 'B2')]);
  await hear(named, [labels(5, 'B1')]);
  await hear(named, [{ ...labels(5, 'B1', 'B2') }]);
  expect((await kindsOf(consignment)).filter((kind) => kind === 'hint')).toHaveLength(1);
  await hear(named, [labels(6, 'B1')], { via: 'read' });
  const state = await stateOf(consignment ?? '');
  expect(standingFact(state, 'labels')?.barcodes).toEqual(['B1']);
});
