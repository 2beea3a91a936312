/**
 * Each call with an effect is cut at each of its points, five times, side by side: one organisation for each point. Lateness
 * and quiet time are shortened by one factor (30 s to 3 s at pace 10).
 */
import { describe, expect } from 'vitest';
import {
  amend,
  cancel,
  delivery,
  type Entered,
  enter,
  holds,
  label,
  labelsOf,
  notesOf,
  orderOf,
  ordersOf,
  plan,
  sync,
} from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import type { Fault, FaultAction } from '../../sandbox/server/faults.ts';
import { type House, onRealParts, useHouse } from './house.ts';

const pace = 10;
const times = 5;
/** Later than the quiet time begins, and within it. */
const late = 2_500;

/** One for each organisation. */
const points: readonly FaultAction[] = [{ drop: 'before' }, { drop: 'after' }, { drop: 'answer' }, { late }];

/** What is cut last is the cancellation of what was delivered: here it is carried out. */
const cancellation = { announced: 'cancel', planned: 'cancel', loaded: 'cancel', delivered: 'cancel' } as const;
const house = useHouse({ organisations: 4, pace, policy: { quietSeconds: 30, cancellation } });

interface Life {
  readonly organisation: string;
  readonly made: Entered;
  orderId: string;
  barcodes: string[];
}

type Twin = 'palletways' | 'qargo';

/** Strikes the next calls of the methods at each organisation's own point, and sees that all were struck. */
async function struck(of: House, twin: Twin, methods: readonly string[], deeds: () => Promise<unknown>): Promise<void> {
  const at = (method: string, nth: number): Fault => ({
    match: { method, organisation: of.organisations[nth] ?? '' },
    times,
    do: points[nth] ?? { late },
  });
  await of.faults(
    twin,
    methods.flatMap((method) => points.map((_, nth) => at(method, nth))),
  );
  await deeds();
  const table = await of.settled(150_000);
  expect({ lost: table.lost, doubled: table.doubled, unsaid: table.unsaid }).toEqual({
    lost: [],
    doubled: [],
    unsaid: [],
  });
  const { faults } = (await call('GET', `${twin === 'qargo' ? of.qargo : of.palletways}/control/faults`)) as {
    faults: Fault[];
  };
  for (const { times: left } of faults) expect(left ?? times).toBeLessThan(times);
  await of.faults(twin, []);
  const { rows } = await of.installation.db.query<{ key: string }>(
    `select key from receipt where state in ('unknown', 'refused')`,
  );
  expect(rows).toEqual([]);
}

describe('a call that is cut before it acts, after it acted, in its answer, or that acts late', () => {
  onRealParts('has exactly one effect, whichever call it is', 1_200_000, async () => {
    const of = house();
    const lives: Life[] = [];
    const each = <T>(act: (life: Life) => Promise<T>) => Promise.all(lives.map(act));

    await struck(of, 'qargo', ['upload:CREATE'], async () => {
      for (const organisation of of.organisations) {
        for (let nth = 0; nth < times; nth += 1)
          lives.push({
            organisation,
            made: await enter(of, organisation, { TailLift: 'no' }),
            orderId: '',
            barcodes: [],
          });
      }
    });
    await each(async (life) => {
      const orders = await ordersOf(of, life.made);
      expect(orders.map(({ effects }) => effects.created)).toEqual([1]);
      life.orderId = orders[0]?.id ?? '';
    });

    await struck(of, 'qargo', ['partialOrderUpdate', 'documentImport'], () =>
      each(async (life) => {
        life.barcodes = await label(of, life.made);
        await orderOf(of, life.made, holds(life.barcodes));
      }),
    );
    await each(async (life) => expect((await labelsOf(of, life.made)).length).toBe(1));

    await struck(of, 'qargo', ['upload:UPDATE'], () => each(({ made }) => amend(of, made, { TailLift: 'yes' })));
    await each(async ({ made }) =>
      expect((await ordersOf(of, made)).map(({ effects }) => effects.updated)).toEqual([1]),
    );

    await struck(of, 'palletways', ['createSystemNote'], async () => {
      for (const organisation of of.organisations) {
        const mine = lives.filter((life) => life.organisation === organisation).map(({ orderId }) => orderId);
        await plan(of, organisation, `CUT-${organisation}`, mine);
      }
    });
    await each(async ({ made }) =>
      expect((await notesOf(of, made)).map(({ group, type }) => `${group}/${type}`)).toEqual(['PLN/ALC']),
    );

    await struck(of, 'palletways', ['RNTO'], () =>
      each(({ orderId, barcodes }) => sync(of, delivery(orderId, barcodes))),
    );
    await struck(of, 'qargo', ['upload:DELETE'], () => each(({ made }) => cancel(of, made)));
    await each(async ({ made }) =>
      expect((await ordersOf(of, made)).map(({ effects }) => [effects.created, effects.cancelled])).toEqual([[1, 1]]),
    );
  });
});

describe('a file', () => {
  onRealParts(
    'whose owner empties the folder while its answer is lost is an unknown outcome, and is there once',
    120_000,
    async () => {
      const of = house();
      const [organisation = ''] = of.organisations;
      const made = await enter(of, organisation);
      const barcodes = await label(of, made);
      const { id } = await orderOf(of, made, holds(barcodes));
      await plan(of, organisation, 'EMPTIED', [id]);
      await of.settled();
      await call('POST', `${of.palletways}/control/files/take`, { organisation });
      await call('PUT', `${of.palletways}/control/files/owner`, { organisation, everyMs: 50 });
      await of.faults('palletways', [{ match: { method: 'RNTO', organisation }, times: 1, do: { late: 500 } }]);
      await sync(of, delivery(id, barcodes));
      const [unknown] = await until('the unknown outcome', async () => {
        const { rows } = await of.installation.db.query<{ cause: string }>(
          `select cause->>'code' as cause from receipt where kind = 'file' and state = 'unknown'`,
        );
        return rows.length > 0 ? rows : undefined;
      });
      expect(unknown?.cause).toBe('folder emptied');
      await call('PUT', `${of.palletways}/control/files/owner`, { organisation, everyMs: 0 });
      const table = await of.judged();
      expect(table.doubled).toEqual([]);
    },
  );
});
