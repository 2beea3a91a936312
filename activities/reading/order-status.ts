/** The read of an order's status at Qargo, which many steps share. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { type OrderStatus, readOrderStatus } from '../../connectors/qargo/read.ts';
import { wholeExceptions } from '../../store/close-out/cases.ts';
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
  const { installation } = work.services;
  const startedAt = await now(installation.db);
  const answer = await client.getOrderStatus(orderId);
  const earlier = await wholeExceptions(installation.db, work.consignment);
  const context = {
    zone: work.organisation.palletways.zone,
    receivedAt: startedAt,
    digest: installation.digestOf(work.organisation.id),
  };
  const tables = await readingTables(work);
  return { answer, status: readOrderStatus(answer, context, startedAt, { tables, earlier }), startedAt };
}
