/**
 * An error that nobody foresaw, in putting one item into words or in sending it: it is tried three times, then that item alone is our
 * fault, named by a trace, and everything beside it arrives at both twins.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { FaultPoint } from '../../activities/sending/unforeseen.ts';
import type { ConsignmentId } from '../../activities/types.ts';
import { ingest } from '../../store/intake/ingest.ts';
import type { Item } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { held, type Made, make, notesOf, plan, scan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({ charges: { measured: 'to qargo', regrade: 'off', surcharge: 'off' } });
afterEach(() => {
  ground().fault = undefined;
});

/** Plants an error; answers how often it was met. */
function plant(at: FaultPoint, which: (item: Item) => boolean): () => number {
  let met = 0;
  ground().fault = (point, item) => {
    if (point !== at || !which(item)) return;
    met += 1;
    throw new TypeError(`planted in ${item.key}`);
  };
  return () => met;
}

interface Ended {
  readonly key: string;
  readonly kind: string;
  readonly state: string;
  readonly cause: { readonly code: string } | null;
  readonly reason: string | null;
}

/** What came of everything of a consignment that is sent. */
async function ends({ consignment }: ConsignmentId): Promise<Ended[]> {
  const sql = 'select key, kind, state, cause, reason from receipt where consignment = $1 order by key';
  return (await ground().installation.db.query<Ended>(sql, [consignment])).rows;
}

/** The one item that did not arrive, after everything else did. */
async function onlyFault(id: ConsignmentId): Promise<Ended> {
  const all = await ends(id);
  const [one, ...more] = all.filter(({ state }) => state !== 'met');
  expect(more).toEqual([]);
  if (one === undefined) throw new Error('everything arrived');
  return one;
}

const entered = () => make(ground(), ground().organisations[0] ?? '');

async function scanned(made: Made): Promise<void> {
  await plan(made, 'R7', 300);
  await scan(made, 'PICKUP', 250);
  await ground().hear(made.id);
}

/** Palletways measured it. */
async function measured({ id, trackingId }: Made, charge: 'weight' | 'dimensions', value: string): Promise<void> {
  const now = new Date().toISOString();
  const said = {
    at: now,
    zone: 'Europe/London',
    source: 'palletways',
    kind: 'charge',
    about: '',
    old: null,
    owe: [],
  } as const;
  const fact = { ...said, id: `pw:charge:${charge}`, charge, new: value };
  const context = { organisation: id.organisation, journal: null, heard: now, via: 'push' } as const;
  await inTransaction(ground().installation.db, (tx) =>
    ingest(tx, { aliases: { trackingId }, facts: [fact] }, context),
  );
}

/** As another release, or a hand in the database, might leave it: the name of a plan's trip is a number. Answers how to end that. */
async function spoilPlans(): Promise<() => Promise<unknown>> {
  const { db } = ground().installation;
  await db.query(`create function spoil() returns trigger language plpgsql as
    $$ begin if new.body ? 'tripName' then new.body := new.body || '{"tripName": 7}'; end if; return new; end $$`);
  await db.query('create trigger spoil before insert on content for each row execute function spoil()');
  return () => db.query('drop function spoil cascade');
}

test('content that cannot be read is the fault of its fact alone, which names the field, and the notes beside it arrive', async () => {
  const made = await entered();
  const mend = await spoilPlans();
  try {
    await scanned(made);
  } finally {
    await mend();
  }
  const one = await onlyFault(made.id);
  expect([one.kind, one.state, one.cause?.code]).toEqual(['plan', 'refused', 'our fault']);
  expect(one.reason).toMatch(
    /^UnreadableContent: the stored content of the plan qg:.* cannot be read: tripName: .*expected string.* \(trace [0-9a-f]{8}\)$/,
  );
  const scans = (await notesOf(made)).flatMap(({ barcode }) => (barcode === null || barcode === '' ? [] : [barcode]));
  expect(scans.sort()).toEqual([...made.barcodes].sort());
  expect(await ground().attention(made.id)).toHaveLength(1);
});

const endOf = { message: 'refused', send: 'unknown' } as const;

describe.each(['message', 'send'] as const)('an error in the %s of one item, that nobody foresaw', (at) => {
  test.each(['labels', 'references'] as const)(
    'of the order at Qargo (%s) is tried three times, then it alone is our fault',
    async (key) => {
      const met = plant(at, (item) => item.kind === key);
      const made = await entered();
      expect(await onlyFault(made.id)).toEqual({
        key,
        kind: key,
        state: endOf[at],
        cause: { code: 'our fault' },
        reason: expect.stringMatching(new RegExp(`^TypeError: planted in ${key} \\(trace [0-9a-f]{8}\\)$`)),
      });
      expect(met()).toBe(3);
      const order = await held(made);
      expect(order.status).not.toBe('CANCELLED');
      const barcodes = order.goods.flatMap((good) => good.barcodes).sort();
      expect(barcodes).toEqual(key === 'labels' ? [] : [...made.barcodes].sort());
      expect(await ground().attention(made.id)).toHaveLength(1);
    },
  );

  test('of a note is tried three times, then it alone is our fault, and the notes beside it arrive once', async () => {
    const made = await entered();
    const [bad, good] = made.barcodes;
    const met = plant(at, (item) => item.kind === 'scan' && item.key.includes(bad ?? '?'));
    await scanned(made);
    const one = await onlyFault(made.id);
    expect([one.kind, one.state, one.cause?.code]).toEqual(['scan', endOf[at], 'our fault']);
    expect(one.reason).toMatch(/^TypeError: planted in scan:.* \(trace [0-9a-f]{8}\)$/);
    expect(met()).toBe(3);
    const told = await notesOf(made);
    expect(told.filter(({ group }) => group === 'PLN')).toHaveLength(1);
    expect(told.filter(({ barcode }) => barcode !== null && barcode !== '').map(({ barcode }) => barcode)).toEqual([
      good,
    ]);
  });

  test('of a change of goods is tried three times, then it alone is our fault, and the change beside it arrives', async () => {
    const made = await entered();
    const met = plant(at, (item) => item.key.startsWith('charge:qargo:dimensions'));
    await measured(made, 'weight', '700');
    await measured(made, 'dimensions', '1.2x1x1.5');
    await ground().drive(made.id);
    const one = await onlyFault(made.id);
    expect([one.kind, one.state, one.cause?.code]).toEqual(['charge', endOf[at], 'our fault']);
    expect(one.reason).toMatch(/^TypeError: planted in charge:qargo:dimensions.* \(trace [0-9a-f]{8}\)$/);
    expect(met()).toBe(3);
    const { consignments } = (await ground().readOrder(made.id, made.orderId)) as {
      consignments: { goods: { total_weight_kg: number }[] }[];
    };
    expect(consignments[0]?.goods.map((good) => good.total_weight_kg)).toEqual([700]);
  });
});
