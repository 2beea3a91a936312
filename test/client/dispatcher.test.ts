import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { until } from '../../bench/until.ts';
import { buildService } from '../../client/http/server.ts';
import { addNames, createIdentity } from '../../store/identity/identity.ts';
import { matchParked, parkedFacts } from '../../store/intake/parked.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { claimUnread, countUnread, giveUnreadBack } from '../../store/record/journal.ts';
import { planOf } from '../../store/record/plan.ts';
import { claimWakes, giveBack, markSignalled, type Wake, wakeConsignments } from '../../store/record/wake.ts';
import type { New } from '../store/said.ts';
import { barcodesOf, grpc, temporal, useDispatching } from './dispatching.ts';

const at = '2026-11-23T06:00:00Z';
const of = useDispatching();
/** The order of this test alone. */
const order = () => `order of ${of().organisation}`;
const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
const invalid = () => grpc(3, 'BlobSize exceeds limit.');

const scanned = (orderId: string, barcode: string, when = at) => ({
  events: [
    {
      timestamp: when,
      update: {
        type: 'HandlingUnit',
        status: 'SCANNED_OUT',
        timestamp: when,
        barcode: { value: barcode },
        stop: { stop_type: 'PICKUP' },
      },
    },
  ],
  order: { id: orderId },
});
/** One push with these scans of one order. */
const scans = (orderId: string, ...barcodes: readonly string[]) => ({
  order: { id: orderId },
  events: barcodes.flatMap((barcode, n) => scanned(orderId, barcode, `2026-11-23T06:00:0${n}Z`).events),
});
const scan = (barcode: string): New<'scan'> => {
  return { kind: 'scan', id: `qg:scan:${barcode}`, at, zone: 'UTC', source: 'qargo', barcode, scan: 'load' };
};
const barcodes = async () => barcodesOf(await of().facts());

describe('reading', () => {
  test('takes many messages, begun in their order, and one bad message holds nobody up', async () => {
    const { withOrder, refusing, pushed, dispatcher, told, allRead, facts } = of();
    await withOrder(order());
    await refusing('22P05', 1_000, async () => {
      const rows: number[] = [];
      for (let n = 0; n < 60; n++) rows.push((await pushed(scanned(order(), n === 31 ? 'BAD' : `B${n}`))).id);
      dispatcher(temporal().client);
      await told(59);
      // Four are taken in at once.
      const places = barcodesOf(await facts()).map((barcode, place) => Math.abs(Number(barcode.slice(1)) - place));
      expect([places.length, Math.max(...places) <= 4]).toEqual([59, true]);
      const parked = (await allRead(60)).filter(({ state }) => state === 'parked');
      expect(parked.map(({ id, problems }) => [id, problems[0]?.message])).toEqual([[rows[31], 'refused by the test']]);
    });
  });

  test('loses only the bad scan of a push of [scan, bad scan, scan], and names it', async () => {
    const { withOrder, refusing, pushed, dispatcher, told, allRead } = of();
    await withOrder(order());
    await refusing('22P05', 1_000, async () => {
      await pushed(scans(order(), 'B1', 'BAD', 'B3'));
      await pushed(scans(order(), 'B4'));
      dispatcher(temporal().client);
      await told(3);
      expect((await barcodes()).toSorted()).toEqual(['B1', 'B3', 'B4']);
      const [first, second] = await allRead(2);
      expect(first).toMatchObject({
        state: 'read',
        problems: [{ field: 'heard[0].facts[1]', message: 'refused by the test' }],
      });
      expect(second).toMatchObject({ state: 'read', problems: [] });
    });
  });

  test.for([
    ['half an emoji', 'B\ud83d2', '"B\\ud83d2"'],
    ['a NUL', 'B\u00002', '"B\\u00002"'],
    ['a line end of a scanner', 'B2\r\n', '"B2\\r\\n"'],
    ['a symbology before it', ']C1B2', '"]C1B2"'],
    ['control characters and a byte order mark', '\ufeffB\u0007\u009d2', '"\ufeffB\\u0007\u009d2"'],
  ] as const)(
    'takes a push of [scan, scan with %s, scan] whole: the text is clean, and the journal keeps what came',
    async ([, barcode, raw]) => {
      const { withOrder, pushed, dispatcher, told, allRead } = of();
      await withOrder(order());
      await pushed(scans(order(), 'B1', barcode, 'B3'));
      dispatcher(temporal().client);
      expect(barcodesOf(await told(3))).toEqual(['B1', 'B2', 'B3']);
      const [row] = await allRead(1);
      expect(row?.problems).toEqual([]);
      expect(row?.body.toString('utf8')).toContain(raw);
    },
  );

  test('takes in a push with a byte order mark before its JSON', async () => {
    const { withOrder, pushed, dispatcher, told } = of();
    await withOrder(order());
    await pushed(`\ufeff${JSON.stringify(scanned(order(), 'B1'))}`);
    dispatcher(temporal().client);
    expect(barcodesOf(await told(1))).toEqual(['B1']);
  });

  test('tells a workflow nothing that holds half an emoji, wherever the push has one', async () => {
    const { withOrder, pushed, dispatcher, told } = of();
    await withOrder(order());
    const half = '\ud83d';
    const trip = {
      id: `trip-${half}1`,
      name: half,
      orders: [{ id: `${order()}${half}`, customer_reference_number: `2557391-564${half}` }],
    };
    const planned = { timestamp: at, update: { type: 'Trip', status: 'PLANNED' } };
    const driven = { timestamp: at, update: { type: 'Resource', resource: { type: 'RIGID', code: `V${half}12` } } };
    await pushed({
      order: { id: `${order()}${half}` },
      trip,
      events: [planned, driven, ...scanned(order(), `B${half}1`).events],
    });
    const { client, signals } = temporal();
    dispatcher(client);
    const facts = await told(2);
    expect(facts.map(({ kind }) => kind).toSorted()).toEqual(['plan', 'scan']);
    expect(signals).not.toEqual([]);
    expect(JSON.stringify([facts, signals])).not.toMatch(/\\ud[89a-f]/i);
  });

  test('tries a message again that only the moment is against', async () => {
    const { withOrder, refusing, pushed, dispatcher, told, allRead } = of();
    await withOrder(order());
    await refusing('55P03', 2, async () => {
      await pushed(scans(order(), 'B1', 'BAD', 'B3'));
      const { lines } = dispatcher(temporal().client);
      expect(barcodesOf(await told(3))).toEqual(['B1', 'BAD', 'B3']);
      expect(await allRead(1)).toMatchObject([{ state: 'read', problems: [] }]);
      expect(lines.map(({ tries }) => tries)).toEqual([1, 2]);
    });
  });

  test('tries no message for ever: after a few tries it is parked with its cause, and what came after it was not held up', async () => {
    const { withOrder, refusing, pushed, dispatcher, told, allRead, journalled } = of();
    await withOrder(order());
    await refusing('57014', 1_000, async () => {
      await pushed(scans(order(), 'BAD'));
      await pushed(scans(order(), 'B4'));
      const { lines } = dispatcher(temporal().client);
      expect(barcodesOf(await told(1))).toEqual(['B4']);
      expect((await journalled()).map(({ state }) => state)).toEqual(['new', 'read']);
      const [first, second] = await allRead(2);
      expect(first).toMatchObject({
        state: 'parked',
        problems: [{ field: 'message', message: 'refused by the test' }],
      });
      expect(second).toMatchObject({ state: 'read', problems: [] });
      expect(lines.map(({ tries }) => tries)).toEqual([1, 2, 3, 4, 5]);
    });
  });

  test('counts no try and parks nothing while the record is away', async () => {
    const { withOrder, refusing, pushed, dispatcher, told, allRead, store } = of();
    await withOrder(order());
    await refusing('57P03', 4, async () => {
      await pushed(scans(order(), 'B1', 'BAD'));
      const { lines } = dispatcher(temporal().client);
      expect(barcodesOf(await told(2))).toEqual(['B1', 'BAD']);
      expect(await allRead(1)).toMatchObject([{ state: 'read', problems: [] }]);
      expect(lines.filter(({ tries }) => tries !== undefined)).toEqual([]);
    });
    const { id } = await pushed(scans(order(), 'B5'));
    for (const [counted, tries] of [
      [false, 1],
      [true, 1],
      [false, 2],
    ] as const) {
      const [row] = await claimUnread(store.db, 1, 60_000);
      expect([row?.id, row?.tries]).toEqual([id, tries]);
      await giveUnreadBack(store.db, id, -1, counted);
    }
    await store.db.query('delete from inbox');
  });

  test('parks a message that was begun again and again and never ended: it may be what takes the service down', async () => {
    const { withOrder, pushed, dispatcher, allRead, facts, store } = of();
    await withOrder(order());
    const { id } = await pushed(scanned(order(), 'B1'));
    for (let n = 0; n < 8; n++) expect((await claimUnread(store.db, 1, -1)).map((row) => row.id)).toEqual([id]);
    dispatcher(temporal().client);
    const [row] = await allRead(1);
    expect(row).toMatchObject({
      state: 'parked',
      problems: [{ field: 'message', message: 'it was begun 8 times and never ended' }],
    });
    expect(await facts()).toEqual([]);
  });

  test('lets the facts of one consignment ride together, though they were read in several transactions', async () => {
    const { withOrder, pushed, dispatcher, told, store, organisation } = of();
    await withOrder(order());
    for (let n = 0; n < 100; n++) await pushed(scanned(order(), `B${n}`));
    const { client, signals } = temporal();
    const since = Date.now();
    dispatcher(client);
    expect(barcodesOf(await told(100)).toSorted()).toEqual(Array.from({ length: 100 }, (_, n) => `B${n}`).toSorted());
    // While more is unread it is told once a second at most.
    const mine = signals.filter(({ workflow }) => workflow.startsWith(`${organisation}/`));
    expect(mine.length).toBeLessThanOrEqual(3 + (Date.now() - since) / 1_000);
    expect(mine.length).toBeLessThan(20);
    const { rows } = await store.db.query<{ n: number }>(
      'select count(distinct xmin::text) as n from fact where organisation = $1',
      [organisation],
    );
    expect(rows[0]?.n).toBe(100);
  });
});

describe('the inbox', () => {
  test('is emptied of organisations in turn: one that says much holds nobody up', async () => {
    const { pushed, another, organisation, store } = of();
    const other = await another();
    for (let n = 0; n < 6; n++) await pushed(scanned('x', `B${n}`));
    for (let n = 0; n < 2; n++) await pushed(scanned('x', `B${n}`), other);
    const claimed = async () => (await claimUnread(store.db, 4, 60_000)).map((row) => row.organisation).toSorted();
    expect(await claimed()).toEqual([organisation, organisation, other, other].toSorted());
    expect(await claimed()).toEqual(Array(4).fill(organisation));
    await store.db.query('delete from inbox');
  });

  test('gives a message to one reader, and to another once its time is over; what was tried waits behind what was not', async () => {
    const { pushed, store } = of();
    const first = await pushed(scanned('x', 'B1'));
    const take = async (leaseMs: number) =>
      (await claimUnread(store.db, 1, leaseMs)).map(({ id, tries }) => [id, tries]);
    const [one, two] = await Promise.all([take(100), take(100)]);
    expect([...one, ...two]).toEqual([[first.id, 1]]);
    const second = await pushed(scanned('x', 'B2'));
    await sleep(120);
    expect(await take(60_000)).toEqual([[second.id, 1]]);
    expect(await take(60_000)).toEqual([[first.id, 2]]);
    expect([await take(60_000), await countUnread(store.db)]).toEqual([[], 2]);
    await store.db.query('delete from inbox');
  });
});

describe('a name that appears between the look-up and the parking', () => {
  /**
   * Whoever parks waits, in the same transaction and after its look-up, until the test lets it go on: a trigger that asks for a
   * lock which the test holds. Answers how to let it go.
   */
  async function holdParking(): Promise<() => Promise<void>> {
    const { store } = of();
    const holder = await store.open({ max: 1 }).connect();
    await holder.query('select pg_advisory_lock(4711)');
    await store.db.query(`create or replace function ${store.schema}.hold() returns trigger language plpgsql as $$
      begin if new.state = 'parked' then perform pg_advisory_xact_lock_shared(4711); end if; return new; end $$`);
    await store.db.query(
      `create trigger hold before insert on fact for each row execute function ${store.schema}.hold()`,
    );
    return async () => {
      await holder.query('select pg_advisory_unlock(4711)');
      holder.release();
      await until('nobody parking', async () => {
        const { rows } = await store.db.query(`select 1 from pg_locks where locktype = 'advisory' and objid = 4711`);
        return rows.length === 0 ? true : undefined;
      });
      await store.db.query('drop trigger hold on fact');
    };
  }
  const parking = () =>
    until('somebody parks', async () => {
      const { rows } = await of().store.db.query(
        `select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and not granted`,
      );
      return rows.length > 0 ? true : undefined;
    });

  /** The name is committed while the parking transaction, which did not find it, is still open. */
  async function race(): Promise<void> {
    const { store, organisation, pushed } = of();
    const letGo = await holdParking();
    await pushed(scanned(order(), 'B1'));
    await parking();
    // As the activity does that learns the order's id: it finds nothing parked, since nothing is committed yet.
    const name = [{ kind: 'qargoOrderId', value: order(), strong: true }] as const;
    await inTransaction(store.db, async (tx) => {
      const id = await createIdentity(tx, organisation);
      await addNames(tx, organisation, id, name);
      expect(await matchParked(tx, organisation, name)).toBe(0);
    });
    await letGo();
  }

  test('is found by who parked: the fact is told', async () => {
    const { dispatcher, told, facts } = of();
    const { client, signals } = temporal();
    dispatcher(client);
    await race();
    expect(barcodesOf(await told(1))).toEqual(['B1']);
    expect(signals).toMatchObject([{ signal: 'scan' }]);
    expect(await facts('parked')).toEqual([]);
  });

  test('would leave the fact parked without that second look, until a sweep looks at all', async () => {
    const { dispatcher, told, facts, store, organisation } = of();
    const { client, signals } = temporal();
    const { started } = dispatcher(client);
    started.matchParked = async () => 0;
    await race();
    await until('the parking', async () => ((await facts('parked')).length === 1 ? true : undefined));
    await sleep(300);
    expect(signals).toEqual([]);
    // What beginSweep does.
    expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(1);
    expect(barcodesOf(await told(1))).toEqual(['B1']);
  });
});

describe('a claim', () => {
  /** A consignment of which there is news, and a claim of it. */
  async function withNews() {
    const { withOrder, said, store } = of();
    const consignment = await withOrder(order());
    await said(consignment, scan('B1'), false);
    const mine = async (leaseMs: number) =>
      (await claimWakes(store.db, 1_000, leaseMs)).find((each) => each.consignment === consignment);
    const claim = (leaseMs: number): Promise<Wake> => until('a claim', () => mine(leaseMs));
    return { consignment, mine, claim, db: store.db };
  }

  test('that another has taken over changes nobody’s lease: neither marked as told nor given back', async () => {
    const { mine, claim, db } = await withNews();
    const lost = await claim(50);
    const held = await claim(60_000);
    await giveBack(db, lost, -1);
    await markSignalled(db, lost, lost.version, -1);
    expect(await mine(60_000)).toBeUndefined();
    expect(await of().untold()).toEqual([held.consignment]);
    await markSignalled(db, held, held.version, -1);
    expect(await of().untold()).toEqual([]);
    expect(await mine(60_000)).toBeUndefined();
  });

  test('that was lost after its workflow was told tells the same version once more, and nothing else', async () => {
    const { claim, db } = await withNews();
    const lost = await claim(50);
    const again = await claim(60_000);
    expect([again.version, again.kinds]).toEqual([lost.version, ['scan']]);
    expect(again.token).not.toBe(lost.token);
    await markSignalled(db, again, again.version, -1);
    expect(await of().untold()).toEqual([]);
  });

  test('leaves what is new since to be told, with its kinds alone', async () => {
    const { consignment, claim, db } = await withNews();
    const first = await claim(60_000);
    await of().said(
      consignment,
      { ...scan('B2'), kind: 'exception', id: 'e', code: 'DAMAGE', stop: 's' } as unknown as New<'exception'>,
      false,
    );
    await markSignalled(db, first, first.version, -1);
    expect(await of().untold()).toEqual([consignment]);
    const second = await claim(60_000);
    expect(second.version).toBe(first.version + 1);
    expect(second.kinds).toContain('exception');
  });

  test('of a wake without news has no kinds: its workflow, which may stand at this version already, asks the record', async () => {
    const { consignment, claim, db } = await withNews();
    const told = await claim(60_000);
    await markSignalled(db, told, told.version, -1);
    await wakeConsignments(db, [consignment]);
    const { client, signals } = temporal();
    of().dispatcher(client);
    const mine = await of().workflowOf(consignment);
    await until('the wake', async () => signals.find(({ workflow }) => workflow === mine));
    expect(signals.filter(({ workflow }) => workflow === mine)).toMatchObject([{ signal: 'facts', asks: true }]);
    await until('that it is told', async () => ((await of().untold()).length === 0 ? true : undefined));
  });

  test('is made of organisations in turn: one of which much is heard holds nobody up', async () => {
    const { another, withOrder, said, organisation, store } = of();
    await store.db.query('delete from wake');
    for (let n = 0; n < 5; n++) await said(await withOrder(`${order()}-${n}`), scan('B1'), false);
    const other = await another();
    await said(await withOrder(order(), other), scan('B1'), false, other);
    await sleep(350);
    expect((await claimWakes(store.db, 2, 60_000)).map((wake) => wake.organisation).toSorted()).toEqual(
      [organisation, other].toSorted(),
    );
  });
});

describe('telling', () => {
  test('goes at once of a consignment that was quiet, and gathers while it was told a moment ago', async () => {
    const { withOrder, pushed, dispatcher, told, organisation } = of();
    await withOrder(order());
    const { client, signals } = temporal();
    const { started } = dispatcher(client, { gatherMs: 800 });
    await pushed(scanned(order(), 'B0'));
    started.kick();
    await told(1);
    for (let n = 1; n <= 5; n++) {
      await pushed(scanned(order(), `B${n}`));
      started.kick();
      await sleep(50);
    }
    await told(6);
    const mine = signals.filter(({ workflow }) => workflow.startsWith(`${organisation}/`));
    expect(mine.map(({ plan }) => plan.version)).toEqual([1, 6]);
  });

  test('names the signal for what is new, and carries the plan that follows, small however much there is', async () => {
    const { withOrder, pushed, dispatcher, told, organisation } = of();
    await withOrder(order());
    for (let n = 0; n < 40; n++) await pushed(scans(order(), ...Array.from({ length: 5 }, (_, k) => `B${n}-${k}`)));
    const { client, signals } = temporal();
    dispatcher(client);
    await told(200);
    const mine = signals.filter(({ workflow }) => workflow.startsWith(`${organisation}/`));
    expect(new Set(mine.map(({ signal }) => signal))).toEqual(new Set(['scan']));
    const last = mine.at(-1);
    expect(last?.plan.page).toMatchObject({ more: 190 });
    expect(JSON.stringify(last?.plan).length).toBeLessThan(3_000);
  });

  test('wakes what was due and nobody took, whatever became of its workflow; and not before its time', async () => {
    const { withOrder, said, dispatcher, workflowOf } = of();
    const consignment = await withOrder(order());
    // As an activity does whose worker dies before it answers.
    await said(
      consignment,
      { ...scan('B0'), kind: 'tracking', id: 't', trackingId: '1', conNo: null, responseId: null } as New<'tracking'>,
      true,
    );
    await said(consignment, scan('B1'), true);
    const patient = temporal();
    const { started } = dispatcher(patient.client, { overdueMs: 120_000 });
    await sleep(400);
    expect(patient.signals).toEqual([]);
    await started.stop();
    const { client, signals } = temporal();
    dispatcher(client, { overdueMs: 200 });
    const mine = await workflowOf(consignment);
    await until('the wake', async () => signals.find(({ workflow }) => workflow === mine));
    // It may stand at this version already, and would not look at a plan of it.
    expect(signals.find(({ workflow }) => workflow === mine)).toMatchObject({ signal: 'facts', asks: true });
    expect((await planOf(of().store.db, consignment)).lanes.palletways?.kinds).toEqual({ scan: 1 });
  });
});

describe('what Temporal refuses', () => {
  const parkedHere = async () => (await parkedFacts(of().store.db, { organisation: of().organisation })).rows;

  test('for good holds nobody else up: the rest is told, nothing is parked, and it is asked again later', async () => {
    const { withOrder, pushed, dispatcher, untold, workflowOf } = of();
    const bad = await withOrder(order());
    await withOrder(`${order()} too`);
    await pushed(scanned(order(), 'B1'));
    await pushed(scanned(`${order()} too`, 'B2'));
    let asked = 0;
    const refused = await workflowOf(bad);
    const { client, signals } = temporal(({ workflow }) => {
      if (workflow !== refused) return undefined;
      asked += 1;
      return invalid();
    });
    dispatcher(client);
    await until('the refusal and the rest', async () => (asked > 0 && signals.length > 0 ? true : undefined));
    await sleep(300);
    expect([asked, signals.length]).toEqual([1, 1]);
    expect(await untold()).toEqual([bad]);
    expect(await parkedHere()).toEqual([]);
  });

  test.for([
    ['is away', 14, 'No connection established'],
    ['has too much to do', 8, 'namespace rate limit exceeded'],
    ['answers too late', 4, 'Deadline exceeded'],
  ] as const)('is not what it does not take while it %s: that is told again', async ([, code, details]) => {
    const { withOrder, pushed, dispatcher, told } = of();
    await withOrder(order());
    await pushed(scanned(order(), 'B1'));
    let times = 0;
    const { client, signals } = temporal(() => (++times <= 1 ? grpc(code, details) : undefined));
    dispatcher(client);
    expect(barcodesOf(await told(1))).toEqual(['B1']);
    expect(signals).toHaveLength(1);
    expect(await parkedHere()).toEqual([]);
  });
});

test('what is parked is looked up again when a person says so, and then is told and parked no more', async () => {
  const { pushed, withOrder, dispatcher, facts, told, installation, organisation } = of();
  await pushed(scanned(order(), 'B2'));
  const { client, signals } = temporal();
  dispatcher(client);
  const parkedHere = async () => (await parkedFacts(installation.db, { organisation })).rows;
  const parked = await until('the parking', async () => (await parkedHere())[0]);
  const app = buildService({
    installation,
    temporal: client,
    log: pino({ level: 'silent' }),
    operationsToken: undefined,
    stored: () => undefined,
  });
  const listed = (await app.inject('/operations/parked')).json<{ seq: number; code: string; organisation: string }[]>();
  expect(listed.filter((fact) => fact.organisation === organisation)).toMatchObject([
    { seq: parked.seq, code: 'unmatched' },
  ]);
  const again = async () =>
    (await app.inject({ method: 'POST', url: `/operations/parked/${parked.seq}/retry` })).json();
  expect(await again()).toEqual({ seq: parked.seq, state: 'parked' });
  // A name that nobody looked for: what is parked is not looked up again by itself.
  await withOrder(order());
  await sleep(300);
  expect([signals, (await facts('parked')).length]).toEqual([[], 1]);
  expect(await again()).toEqual({ seq: parked.seq, state: 'new' });
  for (const seq of ['0', 'x', '999999999']) {
    const { statusCode } = await app.inject({ method: 'POST', url: `/operations/parked/${seq}/retry` });
    expect(statusCode).toBe(404);
  }
  await app.close();
  expect(barcodesOf(await told(1))).toEqual(['B2']);
  expect(signals).toMatchObject([{ signal: 'scan' }]);
  expect(await parkedHere()).toEqual([]);
});
