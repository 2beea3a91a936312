/** The read of an order's status at Qargo, which many steps share. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { markOf, type OrderStatus, phaseOf, readOrderStatus } from '../../connectors/qargo/read.ts';
import type { StopRow } from '../../store/due/trips.ts';
import { loadKnownBefore } from '../../store/intake/earlier.ts';
import { now } from '../../store/postgres/database.ts';
import type { Work } from '../sending/work.ts';
import { readingTables } from './tables.ts';

/** A read of the order's status made on the way; what else needs one uses it. */
export interface StatusRead {
  readonly answer: unknown;
  readonly status: OrderStatus;
  /** UTC ISO, database clock. */
  readonly startedAt: string;
}

/** Reads the order's status. Throws CallError. */
export async function readStatus(
  work: Pick<Work, 'services' | 'organisation' | 'consignment'>,
  client: QargoClient,
  orderId: string,
): Promise<StatusRead> {
  const startedAt = await now(work.services.installation.db);
  const answer = await client.getOrderStatus(orderId);
  return { answer, status: await understandStatus(work, answer, startedAt), startedAt };
}

/**
 * Reads what an answer shows of the consignment's order, by the organisation's tables and with the exceptions that are known of it. The
 * answer is of a read of the order's status that began at `startedAt` (UTC ISO), or has its form. `isPartial`: it holds a part of the order.
 */
export async function understandStatus(
  work: Pick<Work, 'services' | 'organisation' | 'consignment'>,
  answer: unknown,
  startedAt: string,
  how: { readonly isPartial?: true } = {},
): Promise<OrderStatus> {
  const { installation } = work.services;
  const earlier = await loadKnownBefore(installation.db, work.consignment);
  const context = {
    zone: work.organisation.palletways.zone,
    receivedAt: startedAt,
    digest: installation.digestOf(work.organisation.id),
  };
  return readOrderStatus(answer, context, startedAt, { tables: await readingTables(work), earlier, ...how });
}

/** The stops that an order's own read showed, as the record keeps them. */
export const stopRows = ({ stops }: OrderStatus): StopRow[] =>
  stops.map((stop) => ({
    id: stop.id,
    type: stop.type,
    trip: stop.trip ?? null,
    phase: phaseOf(stop),
    mark: markOf(stop),
  }));
