/** What people in the offices do and see in the rows of updates and cancellations: at the twins, and at the operations API. */
import { type Entered, noted, type OrderHeld, ordersOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import type { House } from '../house.ts';

import type { Life } from '../lives.ts';

export interface Story {
  readonly stage: string;
  readonly why: readonly string[];
  readonly questions: readonly { readonly edit: string; readonly stage: string; readonly fields: readonly string[] }[];
  readonly decisions: readonly {
    readonly decision: string;
    readonly stage: string;
    readonly fields: readonly string[];
    readonly source: string;
  }[];
  readonly facts: readonly { readonly kind: string; readonly via: string }[];
}

const operations = (of: House, { trackingId }: Entered) => `${of.service}/operations/consignments/${trackingId}`;

export async function storyOf(of: House, made: Entered): Promise<Story> {
  const [story] = (await call('GET', operations(of, made))) as Story[];
  if (story === undefined) throw new Error('no story');
  return story;
}

/** Waits until the consignment's story is as awaited. */
export const told = (of: House, made: Entered, what: string, ready: (story: Story) => boolean): Promise<Story> =>
  until(`${what} of ${made.conNo}`, async () => {
    const story = await storyOf(of, made).catch(() => undefined);
    return story !== undefined && ready(story) ? story : undefined;
  });

export const refresh = (of: House, made: Entered) => call('POST', `${operations(of, made)}/refresh`, { who: 'test' });
export const settle = (of: House, made: Entered, decision: 'accepted' | 'refused', edit?: string) =>
  call('POST', `${operations(of, made)}/decision`, {
    who: 'Priya',
    why: 'asked the customer',
    decision,
    ...(edit === undefined ? {} : { edit }),
  });

const consignment = (of: House, { responseId }: Entered, deed: string, body: unknown = {}) =>
  call('POST', `${of.palletways}/control/consignments/${responseId}/${deed}`, body);
export const revive = (of: House, made: Entered) => consignment(of, made, 'revive');
export const hide = (of: House, made: Entered, as: 'none' | 'error' | 'empty' | null) =>
  consignment(of, made, 'hide', { as });

const now = () => new Date().toISOString();
const order = (of: House, orderId: string, deed: string, body: unknown) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/${deed}`, body);
export const load = async (of: House, { orderId, barcodes }: Pick<Life, 'made' | 'barcodes' | 'orderId'>) => {
  for (const barcode of barcodes)
    await order(of, orderId, 'scan', { barcode, status: 'SCANNED_OUT', stop: 'PICKUP', at: now(), by: 'Declan Foley' });
};
/** Its order is on a trip, and the product knows. */
export const planned = async (of: House, one: Pick<Life, 'made' | 'barcodes' | 'orderId'>) => {
  await plan(of, one.made.organisation, 'R12', [one.orderId]);
  await told(of, one.made, 'the plan', ({ stage }) => stage === 'planned');
};
/** And all its pallets are on the vehicle, as Palletways was told. */
export const loaded = async (of: House, one: Pick<Life, 'made' | 'barcodes' | 'orderId'>) => {
  await planned(of, one);
  await load(of, one);
  await noted(of, one.made, 'SCN/LOD', one.barcodes.length);
};
export const stop = (of: House, orderId: string, what: 'PICKUP' | 'DELIVERY', status: 'AT_STOP' | 'COMPLETED') =>
  order(of, orderId, 'stop', {
    stop: what,
    status,
    at: now(),
    ...(status === 'COMPLETED' ? { startedAt: now() } : {}),
  });
export const atQargo = (of: House, orderId: string, deed: 'edit' | 'custom', body: unknown) =>
  order(of, orderId, deed, body);

export interface HeldNote {
  readonly trackingId: string;
  readonly group: string;
  readonly type: string;
  readonly description: string;
  readonly freeText: string;
}

/** Notes of decisions that Palletways holds. */
export async function decisionNotes(of: House, { trackingId }: Entered): Promise<HeldNote[]> {
  const { notes } = (await call('GET', `${of.palletways}/control/held`)) as { notes: HeldNote[] };
  return notes.filter((note) => note.trackingId === trackingId && `${note.group}/${note.type}` === 'JIN/GIN');
}

/** Waits for one decision's note. */
export const decisionNote = (of: House, made: Entered): Promise<HeldNote> =>
  until(`a decision on ${made.conNo} at Palletways`, async () => (await decisionNotes(of, made)).at(-1));

export const papers = (orders: readonly OrderHeld[]) =>
  orders.flatMap(({ documents }) => documents.filter(({ type }) => type === 'CUSTOMER_PAPERWORK'));

/** Waits for the decision's document on the order. */
export const decisionDocument = (of: House, made: Entered) =>
  until(`a decision on ${made.conNo} at Qargo`, async () => papers(await ordersOf(of, made))[0]);

export const effects = (orders: readonly OrderHeld[]) =>
  orders.map(({ status, effects: done }) => [status, done.created, done.cancelled]);

/** Waits until nothing is owed, read or told any more. What was refused on purpose is lost to the judge, so that he is not asked. */
export const quiet = (of: House) =>
  until(
    'nothing to be owed',
    async () => {
      const { owed, waiting } = await of.owed();
      return owed === 0 && waiting === 0 ? true : undefined;
    },
    40_000,
  );

export interface FullOrder extends OrderHeld {
  readonly stops: readonly { readonly date?: string | null }[];
  readonly goods: readonly {
    readonly barcodes: readonly string[];
    readonly quantity: number;
    readonly total_weight_kg: number;
  }[];
  readonly body: { readonly planning_instructions?: string | null };
}

/** What Qargo holds of the fields that the tests change. */
export async function heldOf(of: House, made: Entered) {
  const order = (await ordersOf(of, made)).at(-1) as unknown as FullOrder;
  return {
    dates: order.stops.map(({ date }) => date ?? null),
    weight: order.goods.reduce((sum, good) => sum + Number(good.total_weight_kg), 0),
    quantity: order.goods.reduce((sum, good) => sum + good.quantity, 0),
    instructions: order.body.planning_instructions ?? '',
  };
}

/** Waits until Qargo holds it so. */
export const holdsSo = (
  of: House,
  made: Entered,
  what: string,
  ready: (held: Awaited<ReturnType<typeof heldOf>>) => boolean,
) =>
  until(`${what} of ${made.conNo} at Qargo`, async () => {
    const held = await heldOf(of, made);
    return ready(held) ? held : undefined;
  });
