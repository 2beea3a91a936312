/** The sweep by trip: what one read tells, when an order is read alone, and what becomes of trips that cannot be read. */
import { expect, test } from 'vitest';
import { CallError } from '../../domain/calls/error.ts';
import { attention } from '../../store/views/attention.ts';
import { lastSweeps } from '../../store/views/overview.ts';
import { type FarOrder, FarQargo } from './far-qargo.ts';
import { useRecord } from './record.ts';
import { minute } from './said.ts';

const record = useRecord();

const refused = (status: number) =>
  new CallError(status === 403 ? 'auth' : 'refused', `Qargo answered with ${status}`, { status });
const down = (status = 500) => new CallError('down', `Qargo answered with ${status}`, { status });

/** Twelve orders on each of so many trips, all of which were swept once. */
async function rounds(trips: number, each = 12): Promise<FarQargo> {
  const far = new FarQargo(record);
  for (let trip = 1; trip <= trips; trip++) await far.addAll(each, trip);
  await far.sweep();
  await far.later(121);
  far.reads();
  return far;
}

const of = (far: FarQargo, n: number): FarOrder => far.orders[n - 1] as FarOrder;
const milestones = async ({ consignment }: FarOrder) =>
  (await record().facts(consignment)).flatMap(({ envelope: fact }) =>
    fact.kind === 'milestone' ? [fact.reason === undefined ? fact.milestone : `${fact.milestone} ${fact.reason}`] : [],
  );
const plans = async ({ consignment }: FarOrder) =>
  (await record().facts(consignment)).flatMap(({ envelope: fact }) => (fact.kind === 'plan' ? [fact.trip] : []));
const lines = async () => (await attention(record().db, { organisation: record().organisation })).lines;

test('one read of each trip tells arrivals and estimates of all 24 orders on two: none of them is read alone', async () => {
  const far = await rounds(2);
  const pickup = { status: 'COMPLETED', start: minute(1), end: minute(2) };
  for (const one of far.orders) Object.assign(one.pickup, pickup);
  Object.assign(of(far, 3).delivery, { status: 'AT_STOP', start: minute(30) });
  Object.assign(of(far, 24).delivery, { status: 'ROUTE_TO_STOP', start: minute(50), end: minute(60) });
  await far.sweep();
  expect(far.reads()).toEqual(['trip 1', 'trip 2']);
  expect(await milestones(of(far, 1))).toEqual(['out']);
  expect(await milestones(of(far, 3))).toEqual(['out', 'arrived']);
  const eta = (await record().facts(of(far, 24).consignment)).map(({ envelope }) => envelope);
  expect(eta).toContainEqual(expect.objectContaining({ kind: 'eta', eta: minute(50) }));
  await far.later(121);
  expect(await far.sweep()).toMatchObject({ found: 0, read: 2, complete: true });
});

test('a delivery that ended is read alone once, with its documents, and then for its signature ever more rarely', async () => {
  const far = await rounds(1);
  Object.assign(of(far, 5).delivery, { status: 'COMPLETED', start: minute(30), end: minute(31) });
  await far.sweep();
  expect(far.reads()).toEqual(['documents 5', 'order 5', 'trip 1']);
  expect(await milestones(of(far, 5))).toEqual(['arrived', 'delivered']);
  await far.later(121);
  await far.sweep();
  expect(far.reads()).toEqual(['order 5', 'trip 1']);
  const alone: number[] = [];
  for (let sweep = 0; sweep < 15; sweep++) {
    await far.later(121);
    await far.sweep();
    if (far.reads().includes('order 5')) alone.push(sweep);
  }
  expect(alone.length).toBeLessThan(9);
  of(far, 5).signed = minute(31);
  await far.later(3_600);
  await far.sweep();
  expect(far.reads()).toEqual(['documents 5', 'order 5', 'trip 1']);
  expect(await record().kinds(of(far, 5).consignment)).toContain('pod');
});

test('an order that left its trip is read alone at once, before the other trips, and its un-planning is known', async () => {
  const far = await rounds(3);
  const one = of(far, 7);
  one.trip = null;
  for (const stop of [one.pickup, one.delivery]) stop.status = 'TO_PLAN';
  await far.sweep();
  expect(far.reads()).toEqual(['order 7', 'trip 1', 'trip 2', 'trip 3']);
  expect(await plans(one)).toEqual([far.tripId(1), null]);
  await far.later(121);
  await far.sweep();
  // It stands in the yard now, where the slow round reads it.
  expect(far.reads()).toEqual(['order 7', 'trip 1', 'trip 2', 'trip 3']);
});

test('an order that appears on a trip is read alone once, though no push told of it, and then with the trip', async () => {
  const far = await rounds(1, 3);
  const late = await far.add(null);
  await far.sweep();
  await far.later(30);
  far.reads();
  late.trip = 1;
  for (const stop of [late.pickup, late.delivery]) stop.status = 'PLANNED';
  await far.later(91);
  // Without its share of the slow round: the trip alone shows it.
  await record().db.query('update consignment set qargo_read_at = clock_timestamp() where id = $1', [late.consignment]);
  await far.sweep({ input: { tripsSince: new Date().toISOString() } });
  expect(far.reads()).toEqual(['order 4', 'trip 1']);
  expect(await plans(late)).toEqual([far.tripId(1)]);
  for (let sweep = 0; sweep < 2; sweep++) {
    await far.later(121);
    await far.sweep();
    expect(far.reads()).toEqual(['trip 1']);
  }
});

test('a failure that a trip showed stands, though the order was planned again before it could be read alone', async () => {
  const far = await rounds(1, 3);
  const { delivery } = of(far, 2);
  Object.assign(delivery, { status: 'IGNORED', start: minute(40), end: minute(41), incidents: ['CARDED'] });
  const replanned = async () => {
    Object.assign(delivery, { status: 'PLANNED', start: null, end: null });
    return far.orderWithStatus(of(far, 2));
  };
  await far.sweep({ client: { getOrderStatus: replanned } });
  expect(await milestones(of(far, 2))).toEqual(['failed CARDED']);
  const outstanding = await record().rows<{ kind: string }>(
    `select kind from obligation where consignment = $1 and kind = 'milestone'`,
    of(far, 2).consignment,
  );
  expect(outstanding).toHaveLength(1);
});

test('what a trip asked to be read alone stays asked for until it was, whatever fails meanwhile', async () => {
  const far = await rounds(2, 3);
  Object.assign(of(far, 1).delivery, { status: 'COMPLETED', start: minute(30), end: minute(31) });
  far.errors.set('order 1', down());
  await far.sweep();
  expect(far.reads()).toEqual(['order 1', 'trip 1', 'trip 2']);
  far.errors.clear();
  await far.later(121);
  await far.sweep();
  expect(far.reads()).toEqual(['documents 1', 'order 1', 'trip 1', 'trip 2']);
  expect((await lines()).map(({ kind }) => kind)).toEqual(['POD outstanding']);
});

test('403 on trips is learnt at once: orders are read one by one, an administrator sees it, and it is tried again after hours', async () => {
  const far = new FarQargo(record);
  await far.addAll(4, 1);
  await far.addAll(4, 2);
  far.errors.set('trip', refused(403));
  await far.sweep();
  await far.later(121);
  const orders = far.orders.map(({ n }) => `order ${n}`);
  far.reads();
  await far.sweep();
  // A second reader may be at the other trip when the first is refused.
  expect(far.reads().filter((read) => !read.startsWith('trip'))).toEqual(orders);
  await far.later(121);
  await far.sweep();
  expect(far.reads()).toEqual(orders);
  expect(await lines()).toMatchObject([
    { kind: 'held', owner: 'administrator', cause: { code: 'trips refused', status: 403 }, count: 8 },
  ]);
  await record().db.query('update sweep set ended_at = clock_timestamp(), found = 0 where organisation = $1', [
    record().organisation,
  ]);
  const shown = (await lastSweeps(record().db)).find(({ organisation }) => organisation === record().organisation);
  expect(shown?.trips).toMatchObject({ refused: 403, lastReadAt: null });
  await far.later(22_000);
  far.errors.clear();
  await far.sweep();
  far.reads();
  await far.later(121);
  await far.sweep();
  expect(far.reads()).toEqual(['trip 1', 'trip 2']);
  expect(await lines()).toEqual([]);
});

test('404 of a trip that its orders still name means trips are not for us; where others were shown it means that trip', async () => {
  const far = await rounds(2, 3);
  far.errors.set('trip 2', refused(404));
  await far.sweep();
  await far.later(121);
  far.reads();
  await far.sweep();
  expect(far.reads()).toEqual(['order 4', 'order 5', 'order 6', 'trip 1']);
  expect(await lines()).toEqual([]);
  // Long ago one was shown; none is any more.
  await far.later(200_000);
  far.errors.set('trip 1', refused(404));
  await far.sweep();
  await far.later(121);
  await far.sweep();
  expect((await lines()).map(({ cause }) => cause)).toMatchObject([{ code: 'trips refused', status: 404 }]);
});

test('trips are not asked for where the organisation says so', async () => {
  const far = await rounds(1, 3);
  await far.sweep({ tripReads: false });
  expect(far.reads()).toEqual(['order 1', 'order 2', 'order 3']);
});

test('where trips are refused one order of a trip is read, if its answer carries the others: signatures too', async () => {
  const far = await rounds(2, 12);
  far.carries = true;
  Object.assign(of(far, 9).delivery, { status: 'COMPLETED', start: minute(30), end: minute(31) });
  of(far, 9).signed = minute(31);
  await far.sweep({ tripReads: false });
  const reads = far.reads();
  expect(reads.length).toBeLessThan(6);
  expect(await milestones(of(far, 9))).toEqual(['arrived', 'delivered']);
  expect(await record().kinds(of(far, 9).consignment)).toContain('pod');
});

test('a trip with words that no list has, a stop that is none and one of nobody is read for all the rest; the words are counted', async () => {
  const far = await rounds(1, 3);
  Object.assign(of(far, 1).delivery, { status: 'PARKED' });
  Object.assign(of(far, 2).delivery, { status: 'AT_STOP', start: minute(30) });
  const odd = async () => {
    const trip = far.trip(1);
    return { ...trip, status: 'RESTING', stops: [{ id: 7 }, null, { id: 'x', order: 5 }, ...trip.stops] };
  };
  for (let sweep = 0; sweep < 2; sweep++) {
    await far.sweep({ client: { getTrip: odd } });
    await far.later(121);
  }
  expect(await milestones(of(far, 2))).toEqual(['arrived']);
  const unused = await record().rows(
    'select channel, what, code from unused_word where organisation = $1 order by what, channel',
    record().organisation,
  );
  expect(unused).toEqual([
    { channel: 'qargo status', what: 'stop status', code: 'PARKED' },
    { channel: 'qargo trip', what: 'stop status', code: 'PARKED' },
    { channel: 'qargo trip', what: 'trip status', code: 'RESTING' },
  ]);
  // What could not be read is one message, however often.
  expect((await lines()).map(({ kind, cause }) => [kind, cause])).toMatchObject([
    ['unreadable', { channel: 'qargo trip', problems: 2 }],
  ]);
});

test('an order that is not shown is one line from its second sweep on, ends no sweep, is tried ever more rarely, and leaves the list', async () => {
  const far = await rounds(1, 3);
  const gone = await far.add(null);
  far.errors.set('order 4', refused(404));
  const tries: number[] = [];
  for (let sweep = 0; sweep < 20; sweep++) {
    expect((await far.sweep()).complete).toBe(true);
    tries.push(...(far.reads().includes('order 4') ? [sweep] : []));
    expect((await lines()).length).toBe(sweep === 0 ? 0 : 1);
    await far.later(121);
  }
  expect(tries).toEqual([0, 1, 2, 4, 8, 16]);
  expect(await lines()).toMatchObject([{ kind: 'unreadable', owner: 'Qargo', consignment: gone.consignment }]);
  far.errors.clear();
  await far.later(20_000);
  await far.sweep();
  expect(await lines()).toEqual([]);
});

test('a Qargo that answers nothing ends the sweep after three reads, and no order or trip is blamed', async () => {
  const far = await rounds(12, 1);
  far.errors.set('trip', down(503));
  far.errors.set('order', down(503));
  await expect(far.sweep()).rejects.toThrow('503');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(far.reads().length).toBeLessThanOrEqual(4);
  expect(await record().rows('select 1 from unread_item where organisation = $1', record().organisation)).toEqual([]);
  far.errors.clear();
  await far.sweep();
  expect(far.reads().filter((read) => read.startsWith('trip'))).toHaveLength(12);
});

test('a trip that gets no answer alone has its orders read alone, and is one line', async () => {
  const far = await rounds(3, 2);
  far.errors.set('trip 2', down());
  for (let sweep = 0; sweep < 20; sweep++) {
    await far.sweep();
    const reads = far.reads();
    if (sweep > 0)
      expect(reads.filter((read) => /order [34]|trip [13]/.test(read))).toEqual([
        'order 3',
        'order 4',
        'trip 1',
        'trip 3',
      ]);
    await far.later(121);
  }
  expect(await lines()).toMatchObject([{ cause: { code: 'not read', item: 'trip', of: far.tripId(2) } }]);
  far.errors.clear();
  await far.later(2_000);
  await far.sweep();
  await far.later(121);
  far.reads();
  await far.sweep();
  expect(far.reads()).toEqual(['trip 1', 'trip 2', 'trip 3']);
  expect(await lines()).toEqual([]);
});

test('an order that its trip leaves out though its own read names that trip is read alone, once a sweep', async () => {
  const far = await rounds(1, 3);
  far.hidden.add(2);
  for (let sweep = 0; sweep < 3; sweep++) {
    await far.sweep();
    expect(far.reads()).toEqual(['order 2', 'trip 1']);
    await far.later(121);
  }
  far.hidden.clear();
  await far.sweep();
  far.reads();
  await far.later(121);
  await far.sweep();
  expect(far.reads()).toEqual(['trip 1']);
});

test('of what stands in the yard a sweep reads its share, what was read longest ago first, and is complete', async () => {
  const far = new FarQargo(record);
  await far.addAll(70, null);
  await far.sweep();
  await far.later(121);
  far.reads();
  expect((await far.sweep()).complete).toBe(true);
  expect(far.reads()).toHaveLength(60);
  await far.later(121);
  await far.sweep();
  const left = far.reads();
  expect(left).toHaveLength(60);
});

test('trips that were read in less than half of the interval are read once more in it, and nothing else is', async () => {
  const far = await rounds(2, 2);
  await far.add(null);
  const { tripsAgainMs = 0 } = await far.sweep();
  expect(tripsAgainMs).toBeGreaterThan(50_000);
  expect(tripsAgainMs).toBeLessThanOrEqual(60_000);
  far.reads();
  await far.later(60);
  const again = await far.sweep({ input: { tripsSince: new Date().toISOString() } });
  expect(far.reads()).toEqual(['trip 1', 'trip 2']);
  expect([again.complete, again.tripsAgainMs]).toEqual([true, undefined]);
});
