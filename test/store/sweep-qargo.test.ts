/** How a sweep reads at Qargo, at a far side that answers as it is told: who is read when, and what a busy Qargo ends. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import type { Services } from '../../activities/sending/work.ts';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import type { SweepResult } from '../../activities/types.ts';
import { CallError } from '../../domain/calls/error.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { ordersDue } from '../../store/due/orders.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { statusAnswer } from '../connectors/qargo/messages.ts';
import { access } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { problemsNoted, refusing } from './rows.ts';
import { milestone, minute, order, plan, said, trackingFact } from './said.ts';

const record = useRecord();

/** How often a sweep looks unless told. */
const standard = { sweepSeconds: defaultPolicy.sweepSeconds, pace: 1 };

/** Two readers, and a list that is looked up anew after 5 ms. */
const pace = 1_000;
const policy = { ...defaultPolicy, qargoCallsPerSecond: 1 / pace, sweepSeconds: 120 * pace };

/** An order at Qargo that stands in the yard, planned, read so many seconds ago where told. */
async function planned(name: string, readAgo?: number): Promise<string> {
  const of = record();
  const trackingId = `6001234${name}`;
  const consignment = await of.heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId)]);
  await of.hear({ trackingId }, [plan('trip-1', 1)]);
  await keepQargoSide(of.db, consignment, { orderId: name });
  if (readAgo !== undefined)
    await of.db.query(
      `update consignment set qargo_read_at = clock_timestamp() - $2 * interval '1 second' where id = $1`,
      [consignment, readAgo],
    );
  return consignment;
}

const goesOut = (name: string) => record().hear({ trackingId: `6001234${name}` }, [milestone('out', 2)]);

/** Sweeps; `read` is called for each read of an order's status, with how many came before, and may answer what else it says. */
async function sweep(
  read: (name: string, before: number) => Promise<unknown>,
  documents: (name: string) => Promise<readonly unknown[]> = async () => [],
): Promise<{ names: string[]; complete: boolean | undefined }> {
  const { db, organisation } = record();
  const names: string[] = [];
  const client = {
    getOrderStatus: async (name: string) => {
      names.push(name);
      const more = (await read(name, names.length - 1)) ?? {};
      return { id: name, status: 'PLANNED', consignments: [], stops: [], shipments: [], ...(more as object) };
    },
    getOrderDocuments: documents,
  };
  const known = { id: organisation, active: true, policy, palletways: { zone: 'Europe/London' } };
  const services = {
    installation: {
      db,
      digestOf: () => (text: string) => `<${text.length}>`,
      organisations: { cached: async () => known },
    },
    counterparts: { pace, qargo: () => client, accessOf: () => ({ qargo: access }) },
  } as unknown as Services;
  await db.query('insert into sweep (organisation) values ($1)', [organisation]);
  const swept: unknown = await new MockActivityEnvironment().run(() => sweepQargo(services, { organisation }));
  return { names, complete: (swept as SweepResult).complete };
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

test('what goes out on the road while a sweep is under way is read before what still stands in the yard', async () => {
  for (let n = 0; n < 8; n++) await planned(`100${n}`, 300 - n);
  const { names, complete } = await sweep(async (_, before) => {
    if (before === 1) await goesOut('1007');
    await moment();
  });
  expect(names.slice(0, 2).toSorted()).toEqual(['1000', '1001']);
  expect(names.slice(2, 4)).toContain('1007');
  expect(names.toSorted()).toEqual(['1000', '1001', '1002', '1003', '1004', '1005', '1006', '1007']);
  expect(complete).toBe(true);
});

test('a Qargo that is too busy for one read ends no sweep: that order is read again, and every other once', async () => {
  for (let n = 0; n < 6; n++) await planned(`110${n}`);
  const { names, complete } = await sweep(async (_, before) => {
    if (before === 2) throw new CallError('busy', 'Rate limit exceeded', { status: 429, until: Date.now() + 10 });
  });
  const again = names[2] ?? '';
  expect(names.toSorted()).toEqual(['1100', '1101', '1102', '1103', '1104', '1105', again].toSorted());
  expect(complete).toBe(true);
});

test('what ends a sweep hands nothing more to those who still read', async () => {
  for (let n = 0; n < 6; n++) await planned(`120${n}`);
  const seen: string[] = [];
  const broken = sweep(async (name) => {
    seen.push(name);
    throw new CallError('down', 'nobody answers');
  });
  await expect(broken).rejects.toThrow('nobody answers');
  await moment();
  await moment();
  // Three answers that do not come are an outage; a second reader may just have begun.
  expect(seen.length).toBeLessThanOrEqual(4);
});

test('a signature is news until its documents were read, whoever heard of it first: it is the only sign of the photos that came with it', async () => {
  const consignment = await planned('1500');
  const ended = { status: 'COMPLETED', start_timestamp: minute(4), end_timestamp: minute(5) };
  const gone = { ...statusAnswer({ pickup: ended, delivery: ended }), id: '1500' };
  const signed = { ...statusAnswer({ pickup: ended, delivery: ended, signed: minute(5) }), id: '1500' };
  const photo = (nth: number) => ({
    id: `photo-${nth}`,
    name: 'IMG.jpg',
    type: 'PHOTO_OF_GOODS_DELIVERY',
    subject_type: 'order',
  });
  const known = async () =>
    (await record().facts(consignment)).map(({ kind }) => kind).filter((kind) => kind === 'pod' || kind === 'document');
  const lookAgain = () => record().db.query('update consignment set qargo_read_at = null where id = $1', [consignment]);
  let reads = 0;
  const answers = (documents: readonly unknown[]) => async () => {
    reads += 1;
    return documents;
  };
  await sweep(async () => gone, answers([]));
  expect([await known(), reads]).toEqual([[], 1]);
  await lookAgain();
  const cut = sweep(
    async () => signed,
    () => Promise.reject(new CallError('down', 'nobody answers')),
  );
  await expect(cut).rejects.toThrow('nobody answers');
  expect(await known()).toEqual(['pod']);
  await sweep(async () => signed, answers([photo(1)]));
  expect([await known(), reads]).toEqual([['pod', 'document'], 2]);
  await lookAgain();
  await sweep(async () => signed, answers([photo(1)]));
  expect(reads).toBe(2);
  // Another one, which somebody else's read told.
  await record().hear({ trackingId: '60012341500' }, [
    { ...said(6), kind: 'pod', id: `qg:pod:stop-2:${minute(6)}`, source: 'qargo', body: { name: 'P. Marsh' } },
  ]);
  await lookAgain();
  await sweep(async () => signed, answers([photo(1), photo(2)]));
  expect([await known(), reads]).toEqual([['pod', 'document', 'pod', 'document'], 3]);
});

test('what was kept out for three intervals goes before what is on the road and was read later; a further turn reads all again', async () => {
  const { db, organisation } = record();
  await db.query('insert into sweep (organisation) values ($1)', [organisation]);
  const due = async (since?: string) =>
    (await ordersDue(db, organisation, standard, since)).map(({ orderId, road }) => `${orderId} ${road}`);
  await planned('1401', 200);
  await planned('1402', 370);
  await planned('1403', 150);
  await goesOut('1403');
  expect(await due()).toEqual(['1402 out', '1403 out', '1401 planned']);
  await db.query('update consignment set qargo_read_at = clock_timestamp() where organisation = $1', [organisation]);
  await db.query(`update fact set heard = clock_timestamp() - interval '1 hour' where organisation = $1`, [
    organisation,
  ]);
  expect(await due()).toEqual([]);
  // Two of one moment come in either order.
  const [first, ...others] = await due(new Date(Date.now() + 1_000).toISOString());
  expect([first, ...others.toSorted()]).toEqual(['1403 out', '1401 planned', '1402 planned']);
});

test('a sweep that takes longer than its interval reads each order once an interval, and sooner where something was heard of it', async () => {
  const { db, organisation } = record();
  const quiet = async (name: string, readAgo: number) => {
    const consignment = await planned(name, readAgo);
    await db.query(`update fact set heard = clock_timestamp() - interval '1 hour' where consignment = $1`, [
      consignment,
    ]);
    return consignment;
  };
  const heardNow = (consignment: string) =>
    db.query('update fact set heard = clock_timestamp() where consignment = $1', [consignment]);
  await db.query(
    `insert into sweep (organisation, started_at) values ($1, clock_timestamp() - interval '10 minutes')`,
    [organisation],
  );
  await quiet('1301', 130);
  await quiet('1302', 110);
  await heardNow(await quiet('1303', 70));
  await heardNow(await quiet('1304', 50));
  expect((await ordersDue(db, organisation, standard)).map(({ orderId }) => orderId)).toEqual(['1301', '1303']);
});

const noted = () => problemsNoted(record());
const delivered = { status: 'COMPLETED', start_timestamp: minute(4), end_timestamp: minute(5) };

test.for([
  ['half an emoji', 'Jose \ud83d', 'Jose '],
  ['a NUL', 'Jo\u0000se', 'Jose'],
  ['a vertical tab and a byte order mark', '\ufeffJose\u000bMarti', 'Jose\nMarti'],
] as const)(
  'a signature with %s in its name ends no sweep of its organisation: it is taken in, clean',
  async ([, name, clean]) => {
    const consignment = await planned('1601', 300);
    await planned('1602', 299);
    const answer = statusAnswer({ pickup: delivered, delivery: delivered, signed: minute(5) });
    const [first] = answer.consignments;
    const signatures = [{ type: 'CONSIGNEE', name, timestamp: minute(5) }];
    const { names, complete } = await sweep(async (of) =>
      of === '1601' ? { ...answer, id: of, consignments: [{ ...first, signatures }] } : {},
    );
    expect([names.toSorted(), complete]).toEqual([['1601', '1602'], true]);
    const signed = await record().rows<{ body: { name: string } }>(
      `select t.body from fact f join content t on t.id = (f.envelope->>'content')::bigint where f.consignment = $1 and f.kind = 'pod'`,
      consignment,
    );
    expect(signed).toEqual([{ body: { name: clean } }]);
    expect(await noted()).toEqual([]);
  },
);

test('a signature that the record refuses is noted once, and ends neither the sweep nor what else was read of its order', async () => {
  const consignment = await planned('1701', 300);
  for (let n = 2; n < 6; n++) await planned(`170${n}`, 300 - n);
  const answer = statusAnswer({ pickup: delivered, delivery: delivered, signed: minute(5) });
  await refusing(record(), `new.kind = 'pod'`, async () => {
    for (let turn = 0; turn < 2; turn++) {
      await record().db.query('update consignment set qargo_read_at = null where organisation = $1', [
        record().organisation,
      ]);
      const { names, complete } = await sweep(async (of) => (of === '1701' ? { ...answer, id: of } : {}));
      expect([names.toSorted(), complete]).toEqual([['1701', '1702', '1703', '1704', '1705'], true]);
    }
  });
  expect(await record().kinds(consignment)).toEqual(expect.arrayContaining(['milestone', 'plan']));
  expect(await noted()).toMatchObject([
    { channel: 'qargo status', consignment, problems: [{ message: 'refused by the test' }] },
  ]);
});

test('an order of which nothing can be taken in is noted once, counts as read, and every other is read', async () => {
  for (let n = 1; n < 6; n++) await planned(`180${n}`, 300 - n);
  const answer = async (of: string) => {
    if (of === '1801') throw new TypeError('an error that nobody foresaw');
    return {};
  };
  for (let turn = 0; turn < 2; turn++) {
    await record().db.query('update consignment set qargo_read_at = null where organisation = $1', [
      record().organisation,
    ]);
    const { names, complete } = await sweep(answer);
    expect([names.toSorted(), complete]).toEqual([['1801', '1802', '1803', '1804', '1805'], true]);
  }
  expect(await noted()).toMatchObject([
    { channel: 'qargo status', problems: [{ field: 'answer', message: 'an error that nobody foresaw' }] },
  ]);
});

test('a record that is away ends a sweep, and nothing is noted of the order that it was at', async () => {
  await planned('1901', 300);
  const away = sweep(async () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  });
  await expect(away).rejects.toThrow('ECONNREFUSED');
  expect(await noted()).toEqual([]);
});
