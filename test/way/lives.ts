/** What the tests on real parts begin with and end in: a consignment that is ready for the road, and nothing that is lost or left. */
import { expect } from 'vitest';
import { delivery, type Entered, enter, holds, label, orderOf } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import type { House } from './house.ts';

export interface Life {
  readonly made: Entered;
  readonly barcodes: string[];
  readonly orderId: string;
  /** What the driver does, in order. */
  readonly deeds: ReturnType<typeof delivery>;
}

/** Enters a consignment and labels it; answers once Qargo has its labels. */
export async function labelled(of: House, organisation: string): Promise<Life> {
  const made = await enter(of, organisation);
  const barcodes = await label(of, made);
  const { id: orderId } = await orderOf(of, made, holds(barcodes));
  return { made, barcodes, orderId, deeds: delivery(orderId, barcodes) };
}

/** Waits until all has come to rest: nothing that was reported so far is lost, and nothing is at a far side twice. */
export async function nothingLostOrDoubled(of: House, withinMs = 120_000): Promise<void> {
  const { lost, doubled, unsaid } = await of.settled(withinMs);
  expect({ lost, doubled, unsaid }).toEqual({ lost: [], doubled: [], unsaid: [] });
}

/** Waits until nothing is outstanding to either side. */
export const nothingOutstanding = (of: House, withinMs = 60_000): Promise<true> =>
  until(
    'that nothing is outstanding',
    async () => {
      const { owed, waiting } = await of.owed();
      return owed === 0 && waiting === 0 ? true : undefined;
    },
    withinMs,
  );
