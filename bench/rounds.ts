/**
 * `npm run bench:rounds -- [--orders 1000] [--each 12] [--minutes 10] [--stands 120] [--trips on|off|both]`: so many orders are made and
 * planned on rounds of 12 at one Qargo tenant, in fast time; then the real pace, 2 calls a second, with new orders, failures, un-plannings
 * and estimates that no push tells and that stand for two minutes. Tells how long sweeps took, how long new orders waited, what was found
 * of what stood, and the calls by kind; with trip reads, without, or both.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { House } from './house.ts';
import { enter, plan } from './people.ts';
import { Happenings, type Kind, type OpenOrder } from './rounds/happenings.ts';
import { percentile, say, short, table } from './table.ts';
import { until } from './until.ts';
import { withHouses } from './with-house.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    each: { type: 'string', default: '12' },
    minutes: { type: 'string', default: '10' },
    stands: { type: 'string', default: '120' },
    trips: { type: 'string', default: 'both' },
    pace: { type: 'string', default: '20' },
  },
});
const [orders, each, pace] = [Number(values.orders), Number(values.each), Number(values.pace)];
const minutesMs = Number(values.minutes) * 60_000;
const standsMs = Number(values.stands) * 1_000;
const organisation = 'northgate';
/** Estimates go over where they differ by a quarter of an hour. */
const policy = { etaMinutes: 15 };

const note = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Enters the orders at Palletways, waits until Qargo has them, and plans them; all of it is read once. */
async function make(house: House): Promise<void> {
  const { db } = house.installation;
  const ids = async () => {
    const { rows } = await db.query<{ id: string }>(
      `select qargo->>'orderId' as id from consignment where qargo->>'orderId' is not null order by created_at`,
    );
    return rows.map(({ id }) => id);
  };
  for (let nth = 0; nth < orders; nth += 20) {
    await Promise.all(Array.from({ length: Math.min(20, orders - nth) }, () => enter(house, organisation)));
    await until('the orders so far', async () => ((await ids()).length >= nth - 60 ? true : undefined), 300_000);
  }
  const made = await until('all orders', async () => ((await ids()).length >= orders ? ids() : undefined), 900_000);
  note(`${made.length} orders are at Qargo`);
  for (let nth = 0; nth * each < made.length; nth++)
    await plan(house, organisation, `R${nth + 1}`, made.slice(nth * each, (nth + 1) * each));
  const left = async () => {
    const { rows } = await db.query<{ left: number }>(
      `select (select count(*)::int from consignment where qargo_read_at is null) + (select count(*)::int from inbox)
            + (select count(*)::int from consignment c where not exists (select 1 from order_stop s where s.consignment = c.id and s.trip is not null)) as left`,
    );
    return rows[0]?.left ?? 0;
  };
  await until('all to be read once', async () => ((await left()) === 0 ? true : undefined), 1_200_000);
  await until('all to be sent', async () => ((await house.owed()).owed === 0 ? true : undefined), 900_000);
}

/** A while at the real pace. */
async function measure(house: House): Promise<void> {
  const { db } = house.installation;
  const endedSweeps = async () =>
    (await db.query<{ n: number }>('select count(*)::int as n from sweep where ended_at > $1', [startedAt])).rows[0]?.n;
  const startedAt = new Date().toISOString();
  // A sweep that the stop of the house before cut short is no measure; without trip reads none may ever end.
  await Promise.race([
    until('a sweep', async () => ((await endedSweeps()) ? true : undefined), 600_000).catch(() => undefined),
    sleep(150_000),
  ]);
  const { rows: open } = await db.query<OpenOrder>(
    `select c.id as consignment, c.qargo->>'orderId' as order, min(s.trip) as trip from consignment c join order_stop s on s.consignment = c.id
      where s.trip is not null and s.phase = 'under way' group by c.id order by c.id`,
  );
  // Spread over the rounds, the same ones in no two tries.
  const free = open.map((order, nth) => ({ order, at: (nth * 389) % open.length })).sort((a, b) => a.at - b.at);
  const happenings = new Happenings(house, organisation, standsMs);
  const began = new Date().toISOString();
  const end = Date.now() + minutesMs;
  const kinds: readonly Kind[] = ['failure', 'estimate', 'un-planning', 'estimate'];
  note(`measuring: ${open.length} orders on rounds`);
  for (let turn = 0; Date.now() < end; turn++) {
    const next = sleep(10_000);
    if (turn % 2 === 0) await enter(house, organisation);
    const order = free.pop()?.order;
    const kind = kinds[turn % kinds.length];
    if (order !== undefined && kind !== undefined) await happenings.begin(kind, order);
    await next;
  }
  await happenings.ended();
  const over = new Date().toISOString();
  // Read just before it was over, it may still be taken in.
  await sleep(10_000);
  await report(house, happenings, { began, over });
  happenings.stop();
}

async function report(house: House, happenings: Happenings, { began, over }: { began: string; over: string }) {
  const { db } = house.installation;
  const { rows: sweeps } = await db.query<{ seconds: number | null }>(
    `select extract(epoch from ended_at - started_at)::float8 as seconds from sweep where started_at between $1 and $2::timestamptz - interval '2 minutes' order by id`,
    [began, over],
  );
  const ended = sweeps.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const { rows: waits } = await db.query<{ waited: number; seconds: number | null }>(
    `select r.waited_ms as waited, extract(epoch from r.settled_at - c.created_at)::float8 as seconds
       from consignment c join receipt r on r.consignment = c.id and r.kind = 'order' where c.created_at between $1 and $2`,
    [began, over],
  );
  const at = (list: readonly number[], part: number) => short(percentile(list, part));
  const waited = waits.map((row) => row.waited / 1_000);
  const arrived = waits.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  say(
    table(
      ['what', 'how many', 'p50 s', 'at most s'],
      [
        ['sweeps that ended', `${ended.length} of ${sweeps.length}`, at(ended, 0.5), at(ended, 1)],
        ['new orders, waiting for a call', waits.length, at(waited, 0.5), at(waited, 1)],
        ['new orders, until Qargo has them', arrived.length, at(arrived, 0.5), at(arrived, 1)],
      ],
    ),
  );
  const known = await happenings.known();
  const rows = (['failure', 'un-planning', 'estimate'] as const).map((kind) => {
    const mine = known.filter((one) => one.kind === kind);
    const times = mine.flatMap(({ ms }) => (ms === null ? [] : [ms / 1_000]));
    return [kind, mine.length, times.length, at(times, 0.5), at(times, 1)];
  });
  say(table([`stood ${values.stands} s`, 'how many', 'found', 'after p50 s', 'at most s'], rows));
  await sayCalls(house, { began, over });
}

async function sayCalls(house: House, { began, over }: { began: string; over: string }): Promise<void> {
  const [from, to] = [Date.parse(began), Date.parse(over)];
  const { qargo } = await house.calls();
  const counts = new Map<string, number>();
  for (const { at, method, status } of qargo)
    if (at >= from && at <= to) {
      const name = status === 200 ? method : `${method} (${status})`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const minutes = (to - from) / 60_000;
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([name, n]) => [name, n, (n / minutes).toFixed(1)]);
  say(table(['calls at Qargo', 'how many', 'a minute'], rows));
  say('');
}

await withHouses(async (stand) => {
  note(`making ${orders} orders on rounds of ${each}`);
  await stand({ organisations: 1, pace, schedules: true, policy }, make);
  for (const tripReads of values.trips === 'both' ? [true, false] : [values.trips === 'on'])
    await stand({ organisations: 1, pace: 1, schedules: true, policy, tripReads }, async (house) => {
      say(
        `${tripReads ? 'With' : 'Without'} trip reads: ${orders} orders on rounds of ${each}, ${values.minutes} minutes`,
      );
      await measure(house);
    });
});
