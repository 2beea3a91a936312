/** An order's own read at Qargo: its state, signatures, goods and documents; and what it carries of the other orders of its trip. */
import { ordersCarried, readDocuments } from '../../connectors/qargo/read.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { keepLook, noteOrderSeen, type OrderDue, readLastLook } from '../../store/due/orders.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { ingestGoods } from '../agreement/goods.ts';
import { ingestPlannerEdits } from '../agreement/planner-edits.ts';
import { ingestAnswer, ingestOrReport } from '../reading/ingest.ts';
import { readStatus, understandStatus } from '../reading/order-status.ts';
import { readingTables } from '../reading/tables.ts';
import type { Services } from '../sending/work.ts';
import { patiently } from './patience.ts';
import { keepStops } from './trips.ts';

type Qargo = ReturnType<Services['counterparts']['qargo']>;

/** One order's status, and its documents where an incident, the end of the delivery or a signature is new. Throws CallError. */
export async function sweepOrder(
  services: Services,
  organisation: Organisation,
  client: Qargo,
  row: OrderDue,
): Promise<{ found: number; read: number; answer: unknown }> {
  const { installation } = services;
  const work = { services, organisation, consignment: row.id };
  const read = await readStatus(work, client, row.orderId);
  const { answer, status, startedAt } = read;
  const asked = {
    organisation: organisation.id,
    channel: 'qargo status',
    answer,
    consignment: row.id,
    handedOver: false,
  } as const;
  let found = (await ingestAnswer(installation.db, { ...asked, reading: status.reading })).length;
  found += await inTransaction(installation.db, async (tx) => {
    const changes = await ingestGoods(tx, work, read, { handedOver: false });
    return changes.length + (await ingestPlannerEdits(tx, work, read, { handedOver: false })).length;
  });
  await keepStops(services, organisation, row.id, read);
  const { stops, deliveryEnded } = status;
  const { digest: before, pods } = await readLastLook(installation.db, row.id);
  const ends = stops.map((stop) => `${stop.incidents.join('+')}:${deliveryEnded ? (stop.end?.at ?? '') : ''}`);
  // A signature that comes days after the delivery is the only sign of the photos and papers that came with it, whoever read it first.
  const evidence = [...ends, ...(pods > 0 ? [`signed ${pods}`] : [])].join('|');
  const news = before?.endsWith(`#${evidence}`) !== true;
  const wantsDocuments = news && (deliveryEnded || stops.some((stop) => stop.incidents.length > 0));
  if (wantsDocuments) found += await sweepDocuments(services, organisation, client, row);
  const state = deliveryEnded ? (pods > 0 ? 'finished' : 'ended') : 'open';
  await keepLook(installation.db, row.id, `${state}#${evidence}`, startedAt);
  return { found, read: wantsDocuments ? 2 : 1, answer };
}

/** Photos and papers that no event told: once for each incident, each end of a delivery and each signature. */
async function sweepDocuments(
  services: Services,
  organisation: Organisation,
  client: Qargo,
  row: OrderDue,
): Promise<number> {
  const { installation } = services;
  const context = {
    zone: 'UTC',
    receivedAt: await now(installation.db),
    digest: installation.digestOf(organisation.id),
  };
  const documents = await patiently(() => client.getOrderDocuments(row.orderId));
  const reading = readDocuments(
    documents,
    row.orderId,
    context,
    await readingTables({ services, organisation, consignment: row.id }),
  );
  const asked = {
    organisation: organisation.id,
    channel: 'qargo documents',
    answer: documents,
    reading,
    consignment: row.id,
    handedOver: false,
  } as const;
  return (await ingestAnswer(installation.db, asked)).length;
}

/**
 * Takes in what an order's read carried of other orders on its trips: the stops, times, incidents and signatures of each that is due, as
 * its own read would show them. Answers how many facts were news, and of which orders.
 */
export async function sweepCarried(
  services: Services,
  organisation: Organisation,
  answer: unknown,
  due: (orderId: string) => OrderDue | undefined,
): Promise<{ found: number; rows: readonly OrderDue[] }> {
  const { installation } = services;
  const rows: OrderDue[] = [];
  let found = 0;
  for (const carried of ordersCarried(answer)) {
    const row = due(carried.order);
    if (row === undefined) continue;
    const item = { organisation: organisation.id, channel: 'qargo status', consignment: row.id } as const;
    const take = async () => {
      const startedAt = await now(installation.db);
      const work = { services, organisation, consignment: row.id };
      const status = await understandStatus(work, carried.answer, startedAt);
      const asked = { ...item, answer: carried.answer, reading: status.reading, handedOver: false };
      const facts = await ingestAnswer(installation.db, asked);
      await keepStops(services, organisation, row.id, { status, startedAt });
      await noteOrderSeen(installation.db, row.id);
      return facts.length;
    };
    const took = await ingestOrReport(installation.db, item, take, null);
    if (took === null) continue;
    found += took;
    rows.push(row);
  }
  return { found, rows };
}
