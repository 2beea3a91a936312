/**
 * An older PostgreSQL is put in the place of the record, after the product went on: what was sent meanwhile the twins know, and the record
 * does not. Nothing is said a second time by hand: what comes back comes back by the product's own reads.
 */
import { afterAll, describe, expect, inject } from 'vitest';
import type { House } from '../../bench/house.ts';
import {
  amend,
  cancel,
  delivery,
  enter,
  holds,
  label,
  type OrderHeld,
  orderOf,
  plan,
  sync,
} from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import { photo } from '../../sandbox/day/evidence.ts';
import { type BackUp, backUp } from './back-up.ts';
import { onRealParts, useHouse } from './house.ts';
import { type Life, nothingLostOrDoubled } from './lives.ts';
import { storyOf } from './rows/office.ts';
import { ago } from './rows/people.ts';

const house = useHouse({ pace: 20, schedules: true, policy: { quietSeconds: 30 } });
const organisation = 'northgate';

let kept: BackUp | undefined;
afterAll(() => kept?.drop());

async function ordered(of: House): Promise<Life> {
  const made = await enter(of, organisation);
  const { id: orderId } = await orderOf(of, made);
  return { made, orderId, barcodes: [], deeds: [] };
}

async function withLabels(of: House, { made, orderId }: Life): Promise<Life> {
  const barcodes = await label(of, made);
  await orderOf(of, made, holds(barcodes));
  return { made, orderId, barcodes, deeds: delivery(orderId, barcodes) };
}

const labelled = async (of: House): Promise<Life> => withLabels(of, await ordered(of));

const failed = (of: House, { orderId, made }: Life, code: string) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
    stop: 'DELIVERY',
    status: 'FAILED',
    at: ago(60),
    incident: {
      code,
      name: code.toLowerCase(),
      description: 'nobody in',
      photos: [{ name: 'door.jpg', base64: photo(5, made.conNo, true).toString('base64') }],
    },
  });

/** All that either twin holds, and how often it was made, changed or cancelled. A partial update that says the same again has no effect. */
async function heldBy(of: House) {
  const [palletways, qargo] = (await Promise.all([
    call('GET', `${of.palletways}/control/held`),
    call('GET', `${of.qargo}/control/held`),
  ])) as [
    {
      notes: { sysNote: string; group: string; type: string; freeText: string }[];
      files: { name: string; copies: number }[];
    },
    {
      orders: {
        customerReference: string;
        status: string;
        effects: OrderHeld['effects'];
        goods: object[];
        documents: { name: string }[];
      }[];
    },
  ];
  return {
    notes: palletways.notes.map(({ sysNote, group, type, freeText }) => `${sysNote} ${group}/${type} ${freeText}`),
    files: palletways.files.map(({ name, copies }) => `${name} x ${copies}`).sort(),
    orders: qargo.orders.map(
      ({ customerReference, status, effects: { created, updated, cancelled }, goods, documents }) => {
        return [customerReference, status, created, updated, cancelled, goods, documents.map(({ name }) => name)];
      },
    ),
  };
}

/** Waits for so many more sweeps that were begun from now on and have ended. */
async function sweeps(of: House, count: number): Promise<void> {
  const since = new Date();
  await until(
    `${count} sweeps`,
    async () => {
      const { rows } = await of.installation.db.query<{ n: number }>(
        'select count(*) as n from sweep where ended_at is not null and started_at > $1',
        [since],
      );
      return Number(rows[0]?.n) >= count ? true : undefined;
    },
    120_000,
  );
}

/** Scans that are owed. */
async function scansOwed(of: House): Promise<number> {
  const { rows } = await of.installation.db.query<{ n: number }>(
    `select count(*) as n from obligation where kind = 'scan' and state = 'open'`,
  );
  return Number(rows[0]?.n);
}

/** Kind and consignment number of each line. */
async function attention(of: House): Promise<readonly (readonly [string, string | null])[]> {
  const { lines } = JSON.parse(await of.command('attention', '--json')) as {
    lines: { kind: string; reference: string | null }[];
  };
  return lines.map(({ kind, reference }) => [kind, reference] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe('an older PostgreSQL that was restored', () => {
  onRealParts(
    'after `rebuild --restored`: what was sent since is looked for and nothing is doubled, and what no look can tell is in `attention`',
    420_000,
    async () => {
      const of = house();
      const database = { url: inject('databaseUrl'), schema: of.installation.environment.DATABASE_SCHEMA };
      const [entered, barcoded, planned, out, done, amended, cancelled, carded] = (await Promise.all([
        ordered(of),
        labelled(of),
        labelled(of),
        labelled(of),
        labelled(of),
        labelled(of),
        labelled(of),
        labelled(of),
      ])) as [Life, Life, Life, Life, Life, Life, Life, Life];
      await plan(
        of,
        organisation,
        'BEFORE-1',
        [planned, out, done, carded].map(({ orderId }) => orderId),
      );
      await sync(of, out.deeds.slice(0, 3));
      await sync(of, done.deeds);
      await nothingLostOrDoubled(of, 150_000);
      // Two scans are owed at that instant, and told after it.
      await of.faults('palletways', [{ match: { method: 'createSystemNote' }, do: { status: 503 } }]);
      await sync(of, planned.deeds.slice(0, 2));
      await until('scans to be owed', async () => ((await scansOwed(of)) >= 2 ? true : undefined));
      kept = await backUp(database);
      await of.faults('palletways', []);

      const later = await withLabels(of, entered);
      await amend(of, amended.made, { TailLift: 'yes' });
      await cancel(of, cancelled.made);
      await failed(of, carded, 'CARDED');
      const [fresh, gone] = (await Promise.all([labelled(of), ordered(of)])) as [Life, Life];
      await plan(
        of,
        organisation,
        'AFTER-1',
        [later, barcoded, fresh].map(({ orderId }) => orderId),
      );
      await nothingLostOrDoubled(of, 150_000);
      await cancel(of, gone.made);
      await sync(of, planned.deeds.slice(2, 3));
      await sync(of, barcoded.deeds);
      await sync(of, out.deeds.slice(3));
      await sync(of, fresh.deeds.slice(0, 4));
      await nothingLostOrDoubled(of, 150_000);
      // Of one delivery the folder's owner has taken the files away: whether they were there no look tells.
      const names = (await heldBy(of)).files.map((file) => file.split(' ')[0] ?? '');
      for (const name of names.filter((each) => each.startsWith(`${barcoded.made.trackingId}_`)))
        await call('POST', `${of.palletways}/control/files/take`, { organisation, name });

      const before = await heldBy(of);
      let noted = '';
      await of.restartProduct(async () => {
        await kept?.restore();
        noted = await of.rebuild('--restored');
      });
      expect(noted).toMatch(
        /^noted: the record is of \S+; what may have been sent since is looked for before it is sent$/m,
      );
      expect(noted).toContain(', 0 not done');
      await sweeps(of, 3);
      await nothingLostOrDoubled(of, 150_000);
      expect(await heldBy(of)).toEqual(before);
      // All that a read tells is known again.
      for (const [{ made }, stage] of [
        [later, 'planned'],
        [barcoded, 'delivered'],
        [planned, 'out for delivery'],
        [out, 'delivered'],
        [fresh, 'at consignee'],
        [cancelled, 'cancelled'],
        [gone, 'cancelled'],
      ] as const)
        expect([made.conNo, (await storyOf(of, made)).stage]).toEqual([made.conNo, stage]);
      const forPeople = [
        ['case', carded.made.conNo],
        ['unknown', barcoded.made.conNo],
        ['unknown', barcoded.made.conNo],
      ];
      expect(await attention(of)).toEqual(forPeople);

      // And it goes on: what happens from now on is told, once.
      await sync(of, fresh.deeds.slice(4));
      await sync(of, planned.deeds.slice(3));
      await sync(of, later.deeds);
      const next = await labelled(of);
      await plan(of, organisation, 'NEXT-1', [next.orderId, amended.orderId]);
      await nothingLostOrDoubled(of, 150_000);
      expect(await attention(of)).toEqual(forPeople);
    },
  );
});
