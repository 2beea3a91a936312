/** What the tests of the rows ask of the operations API, and settings of single organisations. */
import { cancel, delivery, type Entered, enter, holds, label, orderOf, plan, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Row, Switch } from '../../../domain/policy/rows.ts';
import { defaultPolicy, type Policy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import type { House } from '../house.ts';

export interface Ready {
  readonly made: Entered;
  readonly barcodes: readonly string[];
  readonly orderId: string;
}

/** A policy with some rows switched otherwise. */
export const switched = (rows: Partial<Record<Row, Switch>>): Partial<Policy> => ({
  rows: { ...defaultPolicy.rows, ...rows },
});

/** A consignment of so many pallets, entered, labelled and at Qargo with its barcodes. */
export async function ready(of: House, organisation: string, lifts = 2): Promise<Ready> {
  const made = await enter(of, organisation, {
    Lifts: String(lifts),
    BillUnit: [{ Type: 'FP', Amount: String(lifts) }],
  });
  const barcodes = await label(of, made);
  return { made, barcodes, orderId: (await orderOf(of, made, holds(barcodes))).id };
}

/** Plays four consignments on one trip of that name: one is cancelled, three are delivered and signed for. */
export async function playFour(of: House, id: string, trip: string) {
  const lives = await Promise.all(Array.from({ length: 4 }, () => enter(of, id)));
  const [gone, ...driven] = lives;
  if (gone === undefined) throw new Error('no consignment');
  const labelled = await Promise.all(
    driven.map(async (made) => {
      const barcodes = await label(of, made);
      return { made, barcodes, orderId: (await orderOf(of, made, holds(barcodes))).id };
    }),
  );
  await orderOf(of, gone);
  await cancel(of, gone);
  await plan(
    of,
    id,
    trip,
    labelled.map(({ orderId }) => orderId),
  );
  for (const { orderId, barcodes } of labelled) await sync(of, delivery(orderId, barcodes));
  await orderOf(of, gone, ({ status }) => status === 'CANCELLED');
  return { gone, labelled };
}

/** A GET of the operations API about a consignment by any of its references, which fit one alone. */
export async function asked<T>(of: House, { trackingId }: Entered, what = ''): Promise<T> {
  const [only, other] = (await call('GET', `${of.service}/operations/consignments/${trackingId}${what}`)) as T[];
  if (only === undefined || other !== undefined) throw new Error('not exactly one consignment');
  return only;
}

/** Both sides are read about it, and what was read is taken in. What came of it may still be owed. */
export async function bothRead(of: House, { trackingId }: Entered): Promise<void> {
  const reads = async () => {
    const { rows } = await of.installation.db.query<{ n: number }>(
      `select count(*) as n from receipt d join consignment c on c.id = d.consignment
        where c.tracking_id = $1 and d.kind = 'refresh' and d.state = 'met'`,
      [trackingId],
    );
    return Number(rows[0]?.n);
  };
  const before = await reads();
  await call('POST', `${of.service}/operations/consignments/${trackingId}/refresh`, { who: 'Jo' });
  await until(
    `both sides to be read about ${trackingId}`,
    async () => ((await reads()) >= before + 2 ? true : undefined),
    40_000,
  );
}

/** So many minutes before now, in whole seconds, UTC ISO. */
export const ago = (minutes: number) =>
  new Date(Math.floor(Date.now() / 1_000) * 1_000 - minutes * 60_000).toISOString();
