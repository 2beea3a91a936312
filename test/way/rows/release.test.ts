/**
 * 200 open consignments that owe nothing are told nothing again: neither by another configuration nor by a release whose digests of the
 * same content, and whose words for it, are others, and that projects all of them anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import {
  amend,
  type Entered,
  enter,
  holds,
  label,
  labelsOf,
  noted,
  notesOf,
  orderOf,
  ordersOf,
  plan,
} from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { noteReference } from '../../../domain/facts/hash.ts';
import { factSignals, state } from '../../../workflows/messages.ts';
import { type House, onRealParts, useHouse, workflowOf } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { type FaultName, plant } from '../plant.ts';
import { heldOf } from './office.ts';
import { publish } from './publishing.ts';

/** The service, which runs in this process, is of the other release too. */
const release = vi.hoisted(() => ({ other: false }));
vi.mock(import('../../../domain/facts/hash.ts'), async (original) => {
  const real = await original();
  return { ...real, shortHash: (text: string) => real.shortHash(release.other ? `another release ${text}` : text) };
});
vi.mock(import('../../../domain/receipts/projection.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    get rulesVersion() {
      return (release.other ? otherRules : real.rulesVersion) as typeof real.rulesVersion;
    },
  };
});
const otherRules = 1_000;

/** Every digest of what is owed is another, so are our words to Qargo, and what stands outstanding is made anew of each. */
const anotherRelease = ['otherDigests', 'otherRules', 'otherWords'] as const;

/** No sweeps: what is counted is what publishing and the release do. */
const house = useHouse({ organisations: 2, pace: 50 });

/** The house is of another release from now on. */
async function turnTo(of: House, ...names: readonly FaultName[]): Promise<void> {
  await of.killWorker();
  release.other = true;
  await of.startWorker(plant(...names));
}

/** So many consignments, each with its order and labels at Qargo, planned, and told so. */
async function open(of: House, organisation: string, count: number): Promise<Entered[]> {
  const all: Entered[] = [];
  for (let n = 0; n < count; n += 20) {
    const some = await Promise.all(Array.from({ length: Math.min(20, count - n) }, () => enter(of, organisation)));
    await Promise.all(some.map((made) => label(of, made)));
    all.push(...some);
  }
  const orders = await until(
    `${count} orders with their labels`,
    async () => {
      const held = await of.installation.db.query<{ order: string; labels: boolean }>(
        `select c.qargo->>'orderId' as order, d.state = 'met' as labels from consignment c join receipt d on d.consignment = c.id
          where c.organisation = $1 and d.key = 'labels'`,
        [organisation],
      );
      return held.rows.filter(({ labels }) => labels).length === count
        ? held.rows.map(({ order }) => order)
        : undefined;
    },
    150_000,
  );
  await plan(of, organisation, 'ROUND 1', orders);
  await until(
    `${count} plans told`,
    async () => {
      const told = await of.installation.db.query<{ n: number }>(
        `select count(*) as n from receipt where organisation = $1 and key = 'plan' and state = 'met'`,
        [organisation],
      );
      return told.rows[0]?.n === count ? true : undefined;
    },
    60_000,
  );
  await nothingOutstanding(of, 120_000);
  return all;
}

/** What was called outward since a moment (epoch ms), by what it does. */
async function calledSince(of: House, since: number): Promise<string[]> {
  const { palletways, qargo } = await of.calls();
  return [...palletways, ...qargo]
    .filter(({ at }) => at >= since)
    .map(({ method, organisation }) => `${organisation} ${method}`);
}

const workflowsOf = async (of: House, organisation: string) => {
  const { rows } = await of.installation.db.query<{ id: string }>(
    `select id from consignment where organisation = $1 and closed_at is null`,
    [organisation],
  );
  return Promise.all(rows.map(async ({ id }) => of.temporal.workflow.getHandle(await workflowOf(of, id))));
};

/** Every workflow is had to ask the record, as `rebuild` does (which would start the sweeps besides). What is outstanding then. */
async function wake(of: House, organisation: string): Promise<string[]> {
  const all = await workflowsOf(of, organisation);
  for (let n = 0; n < all.length; n += atOnce)
    await Promise.all(
      all
        .slice(n, n + atOnce)
        .map((handle) =>
          answered(of, handle.workflowId, async () => (await handle.signal(factSignals.facts, { ask: true })) ?? true),
        ),
    );
  return askUntilEmpty(of, all);
}

/** Asks again for a while: a workflow that was just signalled answers from the plan that it holds, until the record's has come. */
async function askUntilEmpty(of: House, all: Awaited<ReturnType<typeof workflowsOf>>): Promise<string[]> {
  const end = Date.now() + 20_000;
  let found = await askEach(of, all);
  while (found.length > 0 && Date.now() < end) {
    await sleep(500);
    found = await askEach(of, all);
  }
  return found;
}

/** So many are asked at once: each is replayed for its answer, and what is given up is answered all the same. */
const atOnce = 20;

/** A call to Temporal that may be made again: one that was made while a worker went may never be answered. */
const answered = <T>(of: House, what: string, ask: () => Promise<T>): Promise<T> =>
  until(
    `an answer of ${what}`,
    () => of.temporal.withDeadline(Date.now() + 20_000, ask).catch(() => undefined),
    90_000,
  );

/** What is outstanding of each, and the lanes in which something is under way. */
async function askEach(of: House, all: Awaited<ReturnType<typeof workflowsOf>>): Promise<string[]> {
  const found: string[] = [];
  for (let n = 0; n < all.length; n += atOnce) {
    const views = await Promise.all(
      all.slice(n, n + atOnce).map((handle) => answered(of, handle.workflowId, () => handle.query(state))),
    );
    found.push(...views.flatMap(({ outstanding, inFlight }) => [...outstanding, ...inFlight]));
  }
  return found;
}

interface PlanTold {
  readonly consignment: string;
  readonly fact: string;
  readonly ref: string;
  readonly settled_at: Date;
}

/** Every plan that Palletways was told, the latest first. */
const notesSentOf = async (of: House, organisation: string): Promise<PlanTold[]> => {
  const { rows } = await of.installation.db.query<PlanTold>(
    `select consignment, fact, ref, settled_at from receipt where organisation = $1 and key = 'plan' order by written_at desc, consignment`,
    [organisation],
  );
  return rows;
};
/** Those of the consignments that there are so far, in an order that stays. */
const plansTold = async (of: House, organisation: string) =>
  (await notesSentOf(of, organisation)).sort((a, b) => (a.consignment < b.consignment ? -1 : 1));

/** Which rules made what is outstanding of the organisation's consignments. */
async function rulesOf(of: House, organisation: string): Promise<number[]> {
  const { rows } = await of.installation.db.query<{ rules: number }>(
    `select distinct s.rules from status s join consignment c on c.id = s.consignment where s.organisation = $1 and c.closed_at is null`,
    [organisation],
  );
  return rows.map(({ rules }) => rules);
}

const ready = vi.hoisted(() => ({ all: [] as { trackingId: string }[] }));

onRealParts(
  'a changed note-code map, and nothing owed to 200 open consignments: it is published without a call outward',
  300_000,
  async () => {
    const of = house();
    const [id = ''] = of.organisations;
    ready.all = await open(of, id, 200);
    const since = Date.now();
    const published = await publish(of, id, (now) => ({
      ...now,
      wire: {
        ...now.wire,
        palletways: { ...now.wire.palletways, codes: { delivered: { group: 'STS', type: 'COM' } } },
      },
    }));
    expect([published.looked, published.woken]).toEqual([200, 0]);
    expect(await calledSince(of, since)).toEqual([]);
  },
);

onRealParts(
  'a release whose digests and words are others wakes the 200 without a call outward, and goes on with each',
  420_000,
  async () => {
    const of = house();
    const [id = ''] = of.organisations;
    const all = ready.all as Entered[];
    const told = await plansTold(of, id);
    const since = Date.now();
    await turnTo(of, ...anotherRelease);
    expect((await of.owed()).owed).toBe(0);
    expect(await wake(of, id)).toEqual([]);
    expect(await rulesOf(of, id)).toEqual([otherRules]);
    expect(await calledSince(of, since)).toEqual([]);

    // The same plan under the new digests would be owed; what is really new is told, once, and nothing beside it.
    const [made] = all;
    if (made === undefined) throw new Error('no consignment');
    await amend(of, made, { Weight: 777 });
    await until('the edit at Qargo', async () => ((await heldOf(of, made)).weight === 777 ? true : undefined), 40_000);
    await nothingOutstanding(of, 120_000);
    expect([(await labelsOf(of, made)).length, (await notesOf(of, made)).length]).toEqual([1, 1]);
    expect(await plansTold(of, id)).toEqual(told);
    const anew = await enter(of, id);
    const barcodes = await label(of, anew);
    await plan(of, id, 'ROUND 1', [(await orderOf(of, anew, holds(barcodes))).id]);
    await noted(of, anew, 'PLN/ALC');
    await nothingOutstanding(of, 120_000);
    expect(await ordersOf(of, anew)).toHaveLength(1);
    // And it is another release: what the worker made of a digest is not what this one makes of it.
    const [last] = await notesSentOf(of, id);
    expect(last?.ref).toMatch(/^[0-9a-z]{10}$/);
    expect(last?.ref).not.toBe(noteReference(last?.consignment ?? '', 'plan', last?.fact ?? '', 1));
    expect(told.map(({ ref, consignment, fact }) => ref === noteReference(consignment, 'plan', fact, 1))).toEqual(
      told.map(() => true),
    );
    expect(await askEach(of, await workflowsOf(of, id))).toEqual([]);
  },
);

onRealParts(
  'and a release that compared its digests with those of an earlier one would call outward',
  240_000,
  async () => {
    const of = house();
    const [, id = ''] = of.organisations;
    release.other = false;
    await of.killWorker();
    await of.startWorker();
    await open(of, id, 2);
    const since = Date.now();
    await turnTo(of, ...anotherRelease, 'digestsOfAnEarlierRelease');
    await wake(of, id);
    await until('calls outward', async () => ((await calledSince(of, since)).length > 0 ? true : undefined));
  },
);
