import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, ServiceError } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../bench/until.ts';
import { Dispatcher, type DispatcherOptions } from '../../client/dispatch/dispatcher.ts';
import { buildService } from '../../client/http/server.ts';
import type { Fact } from '../../domain/facts.ts';
import { inTransaction } from '../../store/database.ts';
import { claim, giveBack, markDispatched, newsOf } from '../../store/dispatch.ts';
import { addNames, mint } from '../../store/identity.ts';
import { type Installation, openInstallation } from '../../store/installation.ts';
import { receive } from '../../store/journal.ts';
import { matchParked, parkedFacts } from '../../store/parked.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { settingsOf } from './settings.ts';

let store: FreshSchema;
let installation: Installation;
let organisation: string;
let made = 0;

beforeAll(async () => {
  store = await freshSchema();
  installation = openInstallation('dispatcher', {
    variables: {
      DATABASE_URL: store.url,
      DATABASE_SCHEMA: store.schema,
      PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
      PALLETWAYS_QARGO_BLOBS: join(tmpdir(), 'dispatcher-blobs'),
    },
  });
});
afterAll(async () => {
  await installation.close();
  await store.close();
});
beforeEach(async () => {
  organisation = `org-${++made}`;
  await installation.organisations.put(settingsOf(organisation), 'test');
});

/** What a workflow was told, in the order in which it was. */
interface Signal {
  readonly workflow: string;
  readonly facts: readonly Fact[];
}

/** A Temporal that takes signals, and refuses those that `refuse` says. */
function temporal(refuse: (facts: readonly Fact[]) => Error | undefined = () => undefined) {
  const signals: Signal[] = [];
  const client = {
    connection: { withDeadline: (_: number, run: () => unknown) => run() },
    workflow: {
      signalWithStart: async (_: string, options: { workflowId: string; signalArgs: [{ facts: Fact[] }] }) => {
        const [{ facts }] = options.signalArgs;
        const refused = refuse(facts);
        if (refused !== undefined) throw refused;
        signals.push({ workflow: options.workflowId, facts });
      },
    },
  };
  return { client: client as unknown as Client, signals };
}

const grpc = (code: number, details: string) => {
  return new ServiceError('Failed to signal with start', { cause: Object.assign(new Error(details), { code, details }) });
};
const invalid = () => grpc(3, 'BlobSize exceeds limit.');

const running: Dispatcher[] = [];
afterEach(async () => {
  for (const dispatcher of running.splice(0)) await dispatcher.stop();
});
function dispatcher(client: Client, more: Partial<DispatcherOptions> = {}): Dispatcher {
  const started = new Dispatcher({ installation, temporal: client, log: pino({ level: 'silent' }), gatherMs: 20, pollMs: 20, ...more });
  started.start();
  running.push(started);
  return started;
}

const scanned = (orderId: string, barcode: string, at = '2026-11-23T06:00:00Z') => ({
  events: [
    {
      timestamp: at,
      update: { type: 'HandlingUnit', status: 'SCANNED_OUT', timestamp: at, barcode: { value: barcode }, stop: { stop_type: 'PICKUP' } },
    },
  ],
  order: { id: orderId },
});
const pushed = (body: unknown) =>
  receive(store.db, {
    organisation,
    channel: 'qargo visibility',
    contentType: 'application/json',
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

/** A consignment whose order at Qargo is known. */
async function withOrder(orderId: string): Promise<string> {
  return inTransaction(store.db, async (tx) => {
    const id = await mint(tx, organisation);
    await addNames(tx, organisation, id, [{ kind: 'qargoOrderId', value: orderId, strong: true }]);
    return id;
  });
}

const factsIn = async (state: string) =>
  (
    await store.db.query<{ id: string; consignment: string | null; cause: string | null; envelope: Fact }>(
      'select id, consignment, cause, envelope from fact where organisation = $1 and state = $2 order by seq',
      [organisation, state],
    )
  ).rows;
const dispatched = (count: number) =>
  until(`${count} facts told`, async () => ((await factsIn('dispatched')).length >= count ? true : undefined));
const barcodesOf = (signals: readonly Signal[]) =>
  signals.flatMap(({ facts }) => facts.map((fact) => (fact.kind === 'scan' ? fact.barcode : fact.kind)));

describe('reading', () => {
  test('takes many rows at once, in their order, and one bad row holds nobody up', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    // A row that no transaction can take in: its bytes are fine, its consignment is not to be had.
    await store.db.query(`create function ${store.schema}.refuse() returns trigger language plpgsql as $$
      begin if new.envelope->>'barcode' = 'BAD' then raise exception 'refused by the test'; end if; return new; end $$`);
    await store.db.query(`create trigger refuse before insert on fact for each row execute function ${store.schema}.refuse()`);
    try {
      const rows: number[] = [];
      for (let n = 0; n < 60; n++) rows.push((await pushed(scanned(order, n === 31 ? 'BAD' : `B${n}`))).id);
      const { client, signals } = temporal();
      dispatcher(client);
      await dispatched(59);
      expect(barcodesOf(signals)).toEqual(Array.from({ length: 60 }, (_, n) => `B${n}`).filter((barcode) => barcode !== 'B31'));
      const parked = await store.db.query<{ id: number; problems: { message: string }[] }>(
        `select id, problems from journal where organisation = $1 and state = 'parked'`,
        [organisation],
      );
      expect(parked.rows.map(({ id, problems }) => [id, problems[0]?.message])).toEqual([[rows[31], 'refused by the test']]);
    } finally {
      await store.db.query('drop trigger refuse on fact');
    }
  });

  /** One push with these scans of one order. */
  const scans = (orderId: string, ...barcodes: readonly string[]) => ({
    order: { id: orderId },
    events: barcodes.flatMap((barcode, n) => scanned(orderId, barcode, `2026-11-23T06:00:0${n}Z`).events),
  });
  const journalled = async () =>
    (
      await store.db.query<{ id: number; state: string; tries: number; problems: { field: string; message: string }[]; body: Buffer }>(
        'select id, state, tries, problems, body from journal where organisation = $1 order by id',
        [organisation],
      )
    ).rows;
  const allRead = (count: number) =>
    until(`${count} messages read`, async () => {
      const rows = await journalled();
      return rows.length === count && rows.every(({ state }) => state !== 'new') ? rows : undefined;
    });

  /** The record refuses a fact of the barcode `BAD`, with that SQLSTATE, so many times. */
  async function refusing(state: string, times: number, run: () => Promise<void>): Promise<void> {
    await store.db.query(`create sequence ${store.schema}.refused`);
    await store.db.query(`create or replace function ${store.schema}.refuse() returns trigger language plpgsql as $$
      begin if new.envelope->>'barcode' = 'BAD' and nextval('${store.schema}.refused') <= ${times} then
        raise exception 'refused by the test' using errcode = '${state}'; end if; return new; end $$`);
    await store.db.query(`create trigger refuse before insert on fact for each row execute function ${store.schema}.refuse()`);
    try {
      await run();
    } finally {
      await store.db.query('drop trigger refuse on fact');
      await store.db.query(`drop sequence ${store.schema}.refused`);
    }
  }

  test('loses only the bad scan of a push of [scan, bad scan, scan], and names it', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    await refusing('22P05', 1_000, async () => {
      await pushed(scans(order, 'B1', 'BAD', 'B3'));
      await pushed(scans(order, 'B4'));
      const { client, signals } = temporal();
      dispatcher(client);
      await dispatched(3);
      expect(barcodesOf(signals).toSorted()).toEqual(['B1', 'B3', 'B4']);
      const [first, second] = await allRead(2);
      expect(first).toMatchObject({ state: 'read', problems: [{ field: 'heard[0].facts[1]', message: 'refused by the test' }] });
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
      const order = `order-${made}`;
      await withOrder(order);
      await pushed(scans(order, 'B1', barcode, 'B3'));
      const { client, signals } = temporal();
      dispatcher(client);
      await dispatched(3);
      expect(barcodesOf(signals)).toEqual(['B1', 'B2', 'B3']);
      const [row] = await allRead(1);
      expect(row?.problems).toEqual([]);
      expect(row?.body.toString('utf8')).toContain(raw);
    },
  );

  test('takes in a push with a byte order mark before its JSON', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    await pushed(`\ufeff${JSON.stringify(scanned(order, 'B1'))}`);
    const { client, signals } = temporal();
    dispatcher(client);
    await dispatched(1);
    expect(barcodesOf(signals)).toEqual(['B1']);
  });

  test('tells a workflow nothing that holds half an emoji, wherever the push has one', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    const half = '\ud83d';
    const at = '2026-11-23T06:00:00Z';
    const trip = { id: `trip-${half}1`, name: half, orders: [{ id: `${order}${half}`, customer_reference_number: `2557391-564${half}` }] };
    const planned = { timestamp: at, update: { type: 'Trip', status: 'PLANNED' } };
    const driven = { timestamp: at, update: { type: 'Resource', resource: { type: 'RIGID', code: `V${half}12` } } };
    await pushed({ order: { id: `${order}${half}` }, trip, events: [planned, driven, ...scanned(order, `B${half}1`, at).events] });
    const { client, signals } = temporal();
    dispatcher(client);
    await dispatched(2);
    expect(signals.flatMap(({ facts }) => facts.map(({ kind }) => kind)).toSorted()).toEqual(['plan', 'scan']);
    expect(JSON.stringify(signals)).not.toMatch(/\\ud[89a-f]/i);
  });

  test('tries a message again that only the moment is against', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    await refusing('55P03', 3, async () => {
      await pushed(scans(order, 'B1', 'BAD', 'B3'));
      const { client, signals } = temporal();
      dispatcher(client);
      await dispatched(3);
      expect(barcodesOf(signals)).toEqual(['B1', 'BAD', 'B3']);
      expect(await allRead(1)).toMatchObject([{ state: 'read', problems: [], tries: 2 }]);
    });
  });

  test('tries no message for ever: after a few tries it is parked with its cause, and what came after it was not held up', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    await refusing('57014', 1_000, async () => {
      await pushed(scans(order, 'B1', 'BAD'));
      await pushed(scans(order, 'B4'));
      const { client, signals } = temporal();
      dispatcher(client);
      const [first, second] = await allRead(2);
      expect(first).toMatchObject({ state: 'parked', tries: 5, problems: [{ field: 'message', message: 'refused by the test' }] });
      expect(second).toMatchObject({ state: 'read', tries: 0, problems: [] });
      await dispatched(1);
      expect(barcodesOf(signals)).toEqual(['B4']);
    });
  });

  test('counts no try and parks nothing while the record is away', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    await refusing('57P03', 4, async () => {
      await pushed(scans(order, 'B1', 'BAD'));
      const { client, signals } = temporal();
      dispatcher(client);
      await dispatched(2);
      expect(barcodesOf(signals)).toEqual(['B1', 'BAD']);
      expect(await allRead(1)).toMatchObject([{ state: 'read', problems: [], tries: 0 }]);
    });
  });

  test('lets the facts of one consignment ride together, though they were read in several transactions', async () => {
    const order = `order-${made}`;
    await withOrder(order);
    for (let n = 0; n < 100; n++) await pushed(scanned(order, `B${n}`));
    const { client, signals } = temporal();
    dispatcher(client);
    await dispatched(100);
    expect(barcodesOf(signals)).toEqual(Array.from({ length: 100 }, (_, n) => `B${n}`));
    expect(signals.length).toBeLessThanOrEqual(5);
    const { rows } = await store.db.query<{ n: number }>('select count(distinct xmin::text) as n from journal where organisation = $1', [
      organisation,
    ]);
    // 25 rows a transaction.
    expect(rows[0]?.n).toBe(4);
  });
});

describe('a name that appears between the look-up and the parking', () => {
  /**
   * Whoever parks waits, in the same transaction and after its look-up, until the test lets it go on: a trigger that asks for a
   * lock which the test holds. Answers how to let it go.
   */
  async function holdParking(): Promise<() => Promise<void>> {
    const holder = await store.open({ max: 1 }).connect();
    await holder.query('select pg_advisory_lock(4711)');
    await store.db.query(`create or replace function ${store.schema}.hold() returns trigger language plpgsql as $$
      begin if new.state = 'parked' then perform pg_advisory_xact_lock_shared(4711); end if; return new; end $$`);
    await store.db.query(`create trigger hold before insert on fact for each row execute function ${store.schema}.hold()`);
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
      const { rows } = await store.db.query(`select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and not granted`);
      return rows.length > 0 ? true : undefined;
    });
  const order = () => `order-${made}`;

  /** The name is committed while the parking transaction, which did not find it, is still open. */
  async function race(): Promise<void> {
    const letGo = await holdParking();
    await pushed(scanned(order(), 'B1'));
    await parking();
    // As the activity does that learns the order's id: it finds nothing parked, since nothing is committed yet.
    const name = [{ kind: 'qargoOrderId', value: order(), strong: true }] as const;
    await inTransaction(store.db, async (tx) => {
      const id = await mint(tx, organisation);
      await addNames(tx, organisation, id, name);
      expect(await matchParked(tx, organisation, name)).toBe(0);
    });
    await letGo();
  }

  test('is found by who parked: the fact is told', async () => {
    const { client, signals } = temporal();
    dispatcher(client);
    await race();
    await dispatched(1);
    expect(barcodesOf(signals)).toEqual(['B1']);
    expect(await factsIn('parked')).toEqual([]);
  });

  test('would leave the fact parked without that second look, until a sweep looks at all', async () => {
    const { client, signals } = temporal();
    const blind = dispatcher(client);
    blind.matchParked = async () => 0;
    await race();
    await until('the parking', async () => ((await factsIn('parked')).length === 1 ? true : undefined));
    await new Promise((resume) => setTimeout(resume, 300));
    expect(signals).toEqual([]);
    // What beginSweep does.
    expect(await inTransaction(store.db, (tx) => matchParked(tx, organisation))).toBe(1);
    await dispatched(1);
    expect(barcodesOf(signals)).toEqual(['B1']);
  });
});

describe('a claim that another has taken over', () => {
  test('changes nobody’s lease: neither marked as told nor given back', async () => {
    const order = `order-${made}`;
    const consignment = await withOrder(order);
    await store.db.query(
      `insert into fact (organisation, consignment, id, kind, at, heard, envelope) values ($1, $2, 'a', 'scan', now(), now() - interval '1 minute', '{}')`,
      [organisation, consignment],
    );
    const mine = async (leaseMs: number) => (await claim(store.db, 1_000, leaseMs)).find((each) => each.consignment === consignment);
    const lost = await mine(50);
    await new Promise((resume) => setTimeout(resume, 80));
    const held = await mine(60_000);
    if (lost === undefined || held === undefined) throw new Error('not claimed');
    const until = async () =>
      (await store.db.query<{ until: Date }>('select until from dispatch_lease where consignment = $1', [consignment])).rows[0]?.until;
    const before = await until();
    await giveBack(store.db, lost, 0);
    expect(await markDispatched(store.db, lost, [], 0)).toBe(false);
    expect(await until()).toEqual(before);
    expect(await mine(60_000)).toBeUndefined();
    const news = await newsOf(store.db, consignment, 10);
    expect(
      await markDispatched(
        store.db,
        held,
        news.map(({ seq }) => seq),
        0,
      ),
    ).toBe(true);
    expect(await newsOf(store.db, consignment, 10)).toEqual([]);
  });

  test('what was told all the same is marked as told: it is not told a second time', async () => {
    const order = `order-${made}`;
    const consignment = await withOrder(order);
    await store.db.query(
      `insert into fact (organisation, consignment, id, kind, at, heard, envelope) values ($1, $2, 'a', 'scan', now(), now() - interval '1 minute', '{}')`,
      [organisation, consignment],
    );
    const [news] = await newsOf(store.db, consignment, 10);
    await markDispatched(store.db, { consignment, token: 'lost long ago' }, [news?.seq ?? 0], 0);
    expect(await newsOf(store.db, consignment, 10)).toEqual([]);
  });
});

describe('what Temporal refuses for good', () => {
  const order = () => `order-${made}`;
  const isBad = (fact: Fact) => fact.kind === 'scan' && fact.barcode === 'B2';
  const parkedHere = async () => (await parkedFacts(store.db)).filter((fact) => fact.organisation === organisation);

  test('is parked with its cause, alone; the rest goes on in its order', async () => {
    const consignment = await withOrder(order());
    for (let n = 0; n < 5; n++) await pushed(scanned(order(), `B${n}`));
    const { client, signals } = temporal((facts) => (facts.some(isBad) ? invalid() : undefined));
    dispatcher(client);
    await dispatched(4);
    expect(barcodesOf(signals)).toEqual(['B0', 'B1', 'B3', 'B4']);
    await pushed(scanned(order(), 'B5'));
    await dispatched(5);
    const [parked, ...more] = await parkedHere();
    expect(more).toEqual([]);
    expect(parked).toMatchObject({ consignment, kind: 'scan' });
    expect(parked?.cause).toMatch(/^refused by Temporal: INVALID_ARGUMENT \(scan, \d+ bytes\)$/);
  });

  test('is told again when a person says so, and then is parked no more', async () => {
    await withOrder(order());
    await pushed(scanned(order(), 'B2'));
    let refuses = true;
    const { client, signals } = temporal((facts) => (refuses && facts.some(isBad) ? invalid() : undefined));
    dispatcher(client);
    const parked = await until('the parking', async () => (await parkedHere())[0]);
    // What is parked is not tried again by itself.
    await new Promise((resume) => setTimeout(resume, 300));
    expect(barcodesOf(signals)).toEqual([]);
    refuses = false;
    const app = buildService({
      installation,
      temporal: client,
      log: pino({ level: 'silent' }),
      operationsToken: undefined,
      stored: () => undefined,
    });
    const listed = (await app.inject('/operations/parked')).json<{ seq: number; cause: string; organisation: string }[]>();
    expect(listed.filter((fact) => fact.organisation === organisation)).toMatchObject([{ seq: parked.seq, cause: parked.cause }]);
    const again = await app.inject({ method: 'POST', url: `/operations/parked/${parked.seq}/retry` });
    expect(again.json()).toEqual({ seq: parked.seq, state: 'new' });
    for (const seq of ['0', 'x', '999999999']) {
      const { statusCode } = await app.inject({ method: 'POST', url: `/operations/parked/${seq}/retry` });
      expect(statusCode).toBe(404);
    }
    await app.close();
    await dispatched(1);
    expect(barcodesOf(signals)).toEqual(['B2']);
    expect(await parkedHere()).toEqual([]);
  });

  test('whatever it is told is not the fact’s fault: nothing is parked, and it is asked again later', async () => {
    await withOrder(order());
    await pushed(scanned(order(), 'B1'));
    let asked = 0;
    const { client } = temporal(() => {
      asked += 1;
      return invalid();
    });
    dispatcher(client);
    await until('the refusals', async () => (asked >= 3 ? true : undefined));
    await new Promise((resume) => setTimeout(resume, 300));
    // Together, alone, and with nothing in it; then it waits.
    expect(asked).toBe(3);
    expect(await parkedHere()).toEqual([]);
    expect(await factsIn('new')).toHaveLength(1);
  });

  test.for([
    ['is away', 14, 'No connection established'],
    ['has too much to do', 8, 'namespace rate limit exceeded'],
    ['answers too late', 4, 'Deadline exceeded'],
  ] as const)('is not what it does not take while it %s: that is told again', async ([, code, details]) => {
    await withOrder(order());
    await pushed(scanned(order(), 'B1'));
    let times = 0;
    const { client, signals } = temporal(() => (++times <= 1 ? grpc(code, details) : undefined));
    dispatcher(client);
    await dispatched(1);
    expect(barcodesOf(signals)).toEqual(['B1']);
    expect(await parkedHere()).toEqual([]);
  });

  test('a message larger than the connection takes is refused for good, too', async () => {
    await withOrder(order());
    await pushed(scanned(order(), 'B2'));
    const { client } = temporal((facts) => (facts.some(isBad) ? grpc(8, 'grpc: received message larger than max (5 vs. 4)') : undefined));
    dispatcher(client);
    const parked = await until('the parking', async () => (await parkedHere())[0]);
    expect(parked.cause).toContain('RESOURCE_EXHAUSTED');
  });
});
